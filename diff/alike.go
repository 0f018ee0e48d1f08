package diff

import (
	"slices"
	"strings"
	"unicode"

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
	if strings.EqualFold(name, uid) {
		return ""
	}
	var words []string
	var b strings.Builder
	letters := false
	end := func() {
		if w := b.String(); w != "" && !titles[w] {
			words = append(words, w)
		}
		b.Reset()
	}
	for _, c := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case unicode.IsMark(c), strings.ContainsRune("'’ʼ`´", c):
		case spelt[c] != "":
			b.WriteString(spelt[c])
			letters = true
		case unicode.IsLetter(c):
			b.WriteRune(c)
			letters = true
		case unicode.IsNumber(c):
			b.WriteRune(c)
		default:
			end()
		}
	}
	end()
	if !letters {
		return ""
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// spelt is the letters that are more than an accent away from ASCII.
var spelt = map[rune]string{
	'ß': "ss", 'ø': "o", 'đ': "d", 'ð': "d", 'ł': "l", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th",
}

var titles = map[string]bool{"dr": true, "prof": true, "mr": true, "mrs": true, "ms": true, "herr": true, "frau": true}

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
	o, ok := object(metadata)
	if !ok {
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

// strangers are the kinds of places of which both people have one, and none in
// common.
func strangers(a, b []string) (kinds []string) {
	for _, g := range a {
		kind := kindOf(g)
		other, common := false, false
		for _, h := range b {
			if kindOf(h) == kind {
				other = true
				common = common || slices.Contains(a, h)
			}
		}
		if other && !common && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// elsewhere says whether two people are known to be in two places. Tags are
// added and taken away, and say nothing of the kind.
func elsewhere(a, b []string) bool {
	return slices.ContainsFunc(strangers(a, b), func(kind string) bool { return kind != "tags" })
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
