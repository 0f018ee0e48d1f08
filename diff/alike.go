package diff

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
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
	words := strings.Fields(string(nameWords(buf[:0], name, uid)))
	slices.Sort(words)
	return strings.Join(words, " ")
}

// hashName is the hash of a folded name, in whatever order its words are; 0 is
// none. It is taken of each user of the app.
func hashName(name, uid string) (sum uint64) {
	var buf [64]byte
	for b := nameWords(buf[:0], name, uid); len(b) > 0; {
		n := bytes.IndexByte(b, ' ')
		sum += xxhash.Sum64(b[:n])
		b = b[n+1:]
	}
	return sum
}

// nameWords appends the folded words of a name, each with a blank after it; nothing
// of a name that is none.
func nameWords(b []byte, name, uid string) []byte {
	if len(name) == len(uid) && strings.EqualFold(name, uid) {
		return b
	}
	start, letters := 0, false
	for i := 0; i <= len(name); i++ {
		c := byte(' ') // after the last word
		if i < len(name) {
			c = name[i]
		}
		switch lower := c | ('a' - 'A'); {
		case 'a' <= lower && lower <= 'z':
			b, letters = append(b, lower), true
			continue
		case '0' <= c && c <= '9':
			b = append(b, c)
			continue
		case c == '\'', c == '`':
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(name[i:])
			i += size - 1
			if text := foldRune(r); text != " " {
				b, letters = append(b, text...), letters || strings.ContainsFunc(text, unicode.IsLetter)
				continue
			}
		}
		switch string(b[start:]) {
		case "", "dr", "prof", "mr", "mrs", "ms", "herr", "frau":
			b = b[:start]
		default:
			b = append(b, ' ')
			start = len(b)
		}
	}
	if !letters {
		return b[:0]
	}
	return b
}

// foldRune is what a character beyond ASCII becomes; a blank ends a word.
func foldRune(c rune) string {
	if c < mostFolds {
		return folds()[c]
	}
	return foldSlowly(c)
}

// folds are those of the scripts with an alphabet.
var folds = sync.OnceValue(func() *[mostFolds]string {
	fold := new([mostFolds]string)
	for c := rune(utf8.RuneSelf); c < mostFolds; c++ {
		fold[c] = foldSlowly(c)
	}
	return fold
})

const mostFolds = 0x2000

// foldSlowly takes marks away, so that their order says nothing, and each character
// can be decomposed by itself.
func foldSlowly(c rune) string {
	c = unicode.ToLower(c)
	if c == '’' || c == 'ʼ' || c == '´' {
		return ""
	}
	text, ends := "", false
	for _, c := range norm.NFKD.String(string(c)) {
		switch {
		case spelt[c] != "":
			text += spelt[c]
		case unicode.IsLetter(c), unicode.IsNumber(c):
			text += string(c)
		default:
			ends = ends || !unicode.IsMark(c)
		}
	}
	if text == "" && ends {
		return " "
	}
	return text
}

// spelt is the letters that are more than an accent away from ASCII.
var spelt = map[rune]string{'ß': "ss", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th"}

// groupKeys are the metadata keys, folded, that say where in an organisation
// somebody is, and what kind of place that is. People of one name in one place
// of a strong kind are seldom two.
var groupKeys = map[string]string{
	"department": "department", "dept": "department", "abteilung": "department", "fachbereich": "department", "orgunit": "department",
	"organizationalunit": "department", "ou": "department", "faculty": "department", "departement": "department",
	"departamento": "department",
	"afdeling":     "department", "avdeling": "department", "avdelning": "department", "reparto": "department",
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

// elsewhere reports whether two people are known to be in two places: of a kind
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

// contradict reports whether two people have values of one second key that differ.
func contradict(a, b []string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != "" && b[i] != "" && a[i] != b[i] {
			return true
		}
	}
	return false
}
