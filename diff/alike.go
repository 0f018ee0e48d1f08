package diff

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"cometsync/internal/user"
)

// agreement is what two names say of whether they are one person's.
type agreement int

// The agreements, the best last.
const (
	namesDiffer  agreement = iota
	namesUnknown           // one has none
	namesAgree
)

// agree compares folded names.
func agree(a, b string) agreement {
	switch {
	case a == "" || b == "":
		return namesUnknown
	case a == b:
		return namesAgree
	}
	return namesDiffer
}

// foldName is the form in which names are compared: the words in order of the
// alphabet, so that Berg, Anna is Anna Berg; without case, accents, apostrophes
// and titles. A name without a letter is none, and neither is the uid itself,
// which apps are given where nobody knows a name.
func foldName(name, uid string) string {
	var buf [64]byte
	b, ok := nameWords(buf[:0], name, uid)
	if !ok {
		return ""
	}
	words := strings.Fields(string(b))
	slices.Sort(words)
	return strings.Join(words, " ")
}

// hashName is the hash of a folded name, in whatever order its words are; 0 is
// none. It is taken of each user of the app, so that names of ASCII are hashed as
// they are folded, byte by byte.
func hashName(seed uint64, name, uid string) (sum uint64) {
	if len(name) == len(uid) && strings.EqualFold(name, uid) {
		return 0
	}
	word, start, n, letters := seed, 0, 0, false
	odd := false // the word has an apostrophe or an accent
	for i := 0; ; i++ {
		c := byte(' ')
		if i < len(name) {
			c = name[i]
		}
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(name[i:])
			text := ""
			if r < mostFolds {
				text = folds()[r]
			}
			if text == "" {
				return hashWords(seed, name, uid)
			}
			for k := range len(text) {
				word = wordHash(word, text[k])
			}
			i, n, letters, odd = i+size-1, n+len(text), true, true
			continue
		case 'A' <= c && c <= 'Z':
			c |= 'a' - 'A'
			fallthrough
		case 'a' <= c && c <= 'z':
			letters = true
			fallthrough
		case '0' <= c && c <= '9':
			word, n = wordHash(word, c), n+1
			continue
		case c == '\'', c == '`':
			odd = true
			continue
		}
		switch {
		case n == 0:
		case n > longestTitle:
			sum += spreadWord(word)
		case odd: // it may be a title without them
			return hashWords(seed, name, uid)
		case !isTitle(name[start:i]):
			sum += spreadWord(word)
		}
		if word, start, n, odd = seed, i+1, 0, false; i >= len(name) {
			break
		}
	}
	if !letters {
		return 0
	}
	return sum
}

// folds is what a letter beyond ASCII folds to, for those of the scripts with an
// alphabet; "" is for hashWords to say.
var folds = sync.OnceValue(func() *[mostFolds]string {
	fold := new([mostFolds]string)
	for c := rune(utf8.RuneSelf); c < mostFolds; c++ {
		b, letters := nameWords(nil, string(c), "")
		if text := strings.TrimSuffix(string(b), " "); letters && !strings.Contains(text, " ") {
			fold[c] = text
		}
	}
	return fold
})

const mostFolds = 0x2000

// isTitle says whether a short word of ASCII is a title.
func isTitle(word string) bool {
	switch word[0] | ('a' - 'A') {
	case 'd', 'f', 'h', 'm', 'p':
		return titles[strings.ToLower(word)]
	}
	return false
}

// hashWords is hashName of a name in any characters.
func hashWords(seed uint64, name, uid string) (sum uint64) {
	var buf [64]byte
	b, ok := nameWords(buf[:0], name, uid)
	if !ok {
		return 0
	}
	for len(b) > 0 {
		n := bytes.IndexByte(b, ' ')
		word := seed
		for _, c := range b[:n] {
			word = wordHash(word, c)
		}
		sum += spreadWord(word)
		b = b[n+1:]
	}
	return sum
}

func wordHash(word uint64, c byte) uint64 { return (word ^ uint64(c)) * 0x100000001B3 }

// spreadWord makes sums of words' hashes tell names apart, those of two words
// that are one as well.
func spreadWord(h uint64) uint64 {
	h ^= h >> 32
	h *= 0xD6E8FEB86659FD93
	h ^= h >> 32
	return h * (h>>32 | 1)
}

// nameWords appends the folded words of a name, each with a blank behind it.
func nameWords(b []byte, name, uid string) (_ []byte, ok bool) {
	if len(name) == len(uid) && strings.EqualFold(name, uid) {
		return b, false
	}
	start, letters := 0, false
	end := func() {
		switch word := b[start:]; {
		case len(word) == 0:
			return
		case len(word) <= longestTitle && titles[string(word)]:
			b = b[:start]
			return
		}
		b = append(b, ' ')
		start = len(b)
	}
	put := func(c rune) {
		switch {
		case c < lastSpelt && spelt[c] != "":
			b, letters = append(b, spelt[c]...), true
		case unicode.IsLetter(c):
			b, letters = utf8.AppendRune(b, c), true
		case unicode.IsMark(c):
		case unicode.IsNumber(c):
			b = utf8.AppendRune(b, c)
		default:
			end()
		}
	}
	var one [utf8.UTFMax]byte
	for _, c := range name {
		switch c = unicode.ToLower(c); {
		case 'a' <= c && c <= 'z':
			b, letters = append(b, byte(c)), true
		case c == '\'', c == '’', c == 'ʼ', c == '`', c == '´':
		case '0' <= c && c <= '9':
			b = append(b, byte(c))
		case c < utf8.RuneSelf:
			end()
		default:
			// Marks go, so that their order says nothing, and each character
			// can be decomposed by itself.
			parts := norm.NFKD.Properties(one[:utf8.EncodeRune(one[:], c)]).Decomposition()
			if parts == nil {
				put(c)
			}
			for len(parts) > 0 {
				c, n := utf8.DecodeRune(parts)
				put(c)
				parts = parts[n:]
			}
		}
	}
	end()
	return b, letters
}

// spelt is the letters that are more than an accent away from ASCII.
var spelt = [lastSpelt]string{
	'ß': "ss", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th",
}

const lastSpelt = 'œ' + 1

var titles = map[string]bool{"dr": true, "prof": true, "mr": true, "mrs": true, "ms": true, "herr": true, "frau": true}

const longestTitle = 4

// groupKeys are the metadata keys, folded, that say where in an organisation
// somebody is, and what kind of place that is. People of one name in one place
// of a strong kind are seldom two.
var groupKeys = map[string]string{
	"department": "department", "dept": "department", "abteilung": "department", "fachbereich": "department", "orgunit": "department",
	"organizationalunit": "department", "ou": "department", "faculty": "department", "departement": "department", "departamento": "department",
	"afdeling": "department", "avdeling": "department", "avdelning": "department", "reparto": "department",
	"team": "team", "costcenter": "costcenter", "costcentre": "costcenter", "kostenstelle": "costcenter",
	"class": "class", "klasse": "class", "grade": "class", "homeroom": "class", "classe": "class", "clase": "class", "jahrgang": "class",
	"division": "division", "bereich": "division", "school": "school", "schule": "school", "ecole": "school", "escuela": "school",
	"site": "site", "standort": "site", "location": "site", "office": "site", "campus": "site", "branch": "site",
}

// weak says of a kind of places that they are large: the same name in the same
// one says less.
func weak(kind string) bool {
	return kind == "division" || kind == "school" || kind == "site" || kind == "tags"
}

func kindOf(group string) string {
	kind, _, _ := strings.Cut(group, "=")
	return kind
}

// groupsOf is where somebody is, as far as metadata says: kind=value, in order.
// Keys are looked for in the object and in the objects in it.
func groupsOf(metadata string) []string {
	if len(metadata) < len(`{"a":1}`) {
		return nil
	}
	o, err := user.ReadObject(metadata)
	if err != nil {
		return nil
	}
	var groups []string
	add := func(key string, value any) {
		kind := groupKeys[foldGroupKey(key)]
		if kind == "" {
			return
		}
		text, _ := user.ScalarText(value)
		if text = user.FoldKey(text); text != "" {
			groups = append(groups, kind+"="+text)
		}
	}
	for key, value := range o {
		add(key, value)
		if inner, ok := value.(user.Object); ok {
			for key, value := range inner {
				add(key, value)
			}
		}
	}
	slices.Sort(groups)
	return slices.Compact(groups)
}

func foldGroupKey(key string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsLetter(c) {
			return -1
		}
		return unicode.ToLower(c)
	}, strings.ReplaceAll(key, "é", "e"))
}

// tagGroup is the group of those with the very same tags; "" of nobody.
func tagGroup(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	return "tags=" + user.FoldKey(user.JSON(user.TagSet(tags)))
}

// elsewhere says whether two people are known to be in two places: of a kind
// both have one, and none in common. Tags are added and taken away, and say
// nothing of the kind.
func elsewhere(a, b []string) bool {
	return slices.ContainsFunc(a, func(g string) bool {
		kind := kindOf(g)
		of := func(h string) bool { return kindOf(h) == kind }
		return kind != "tags" && slices.ContainsFunc(b, of) &&
			!slices.ContainsFunc(b, func(h string) bool { return of(h) && slices.Contains(a, h) })
	})
}

// contradict says whether two people have values of one second key that differ.
func contradict(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != "" && b[i] != "" && a[i] != b[i] {
			return true
		}
	}
	return false
}
