package diff

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"cometsync/internal/user"
)

// rewritten is the text of a uid's cell if that is not the uid to the letter;
// "" of all others.
func rewritten(cell string) string {
	if user.ValidUID(cell) {
		return "" // nearly all
	}
	text, _ := user.Undefuse(cell)
	if text = strings.TrimSpace(text); user.ValidUID(text) {
		return ""
	}
	return text
}

// mostMeant bounds how much one text may mean.
const mostMeant = 24

// meant are the uids and the numbers that a text with another uid made of it
// may mean: what a reject of it would claim, and any part of it that could be a
// uid. A part that is a word is one; it is a name as often.
func meant(text string, yield func(t trait, word bool)) {
	var seen []trait
	once := func(t trait, word bool) {
		if len(seen) < mostMeant && !slices.Contains(seen, t) {
			seen = append(seen, t)
			yield(t, word)
		}
	}
	add := func(uid string, claimed bool) {
		once(trait{because: user.SameSlug, value: uid}, !claimed && !strings.ContainsAny(uid, "0123456789"))
		if digits := user.SameDigits(uid); digits != "" {
			once(trait{because: user.SameSlug, kind: sameNumber, value: digits}, false)
		}
	}
	for _, c := range user.Claims(text) {
		if c.Because == user.SameSlug {
			add(c.Value, true)
		}
	}
	parts := func(splits func(c rune) bool) {
		for _, part := range strings.FieldsFunc(norm.NFKC.String(text), splits) {
			if uid := user.SlugUID(part); len(uid) >= 3 && user.ValidUID(uid) {
				add(uid, false)
			}
		}
	}
	parts(func(c rune) bool { return !unicode.In(c, unicode.L, unicode.M, unicode.N) && c != '-' && c != '_' })
	parts(func(c rune) bool { return c < '0' || c > '9' })
}

// sameNumber is the kind of what one number has, with zeros in front or
// without.
const sameNumber = 1

// sameSlug is for uids that were made of texts which are none: the old system's
// uid may be in the text. Somebody whose name differs is not meant by a word.
func (m *matcher) sameSlug() (out []candidate) {
	m.common(user.SameSlug, func(t trait, o, n *person, _ bool) {
		names, confidence := agree(o.name, n.name), 80
		if names == namesDiffer {
			confidence = 60
		}
		rank, found := 0, false // of the part that says most
		meant(n.written, func(of trait, word bool) {
			if of == t && !(word && names == namesDiffer) {
				found = true
				if !word {
					rank = max(rank, 2-int(t.kind))
				}
			}
		})
		if found {
			out = append(out, candidate{pair{o, n, user.SameSlug, confidence}, int(names)*4 + rank})
		}
	})
	return out
}
