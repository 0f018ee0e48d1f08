package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"cometsync/internal/user"
)

// guess proposes a uid where no column has its name, and says what it would
// take to keep what no field is for.
func (v *survey) guess(columns []column) {
	if !slices.ContainsFunc(columns, func(c column) bool { return c.target.field == user.UID }) {
		v.guessUID(columns)
	}
	for i := range columns {
		c := &columns[i]
		if c.target.field == user.UID && c.target.strength == alias {
			v.unsure("%q is taken for the uid, which is a usual name of it and may mean something else", c.Header)
			c.Why = "a usual name of the uid; what people are known by in the app has to be in it"
		}
		if c.Field != "" || c.Suggest == "" {
			continue
		}
		if c.filled == 0 {
			c.Suggest, c.Why = "", "no field has this name, and it is empty"
			continue
		}
		if c.mails > c.filled/2 || delicate(c.Header) {
			c.Suggest = "metadata." + user.Private + "." + strings.TrimPrefix(c.Suggest, "metadata.")
		}
		c.Why = fmt.Sprintf("no field has this name; %s would keep it", c.Suggest)
	}
	if !slices.ContainsFunc(columns, func(c column) bool { return c.target.field == user.Name }) {
		v.unsure("no column holds the name, which whoever is created has to have")
	}
}

// guessUID proposes the column that most likely is the uid: one whose name is
// near to it, or whose values are all different and could be one.
func (v *survey) guessUID(columns []column) {
	own := columns[:min(len(columns), len(v.source.header.names))]
	var names []string
	for i := range own {
		if c := &own[i]; c.target.field == user.NoField && c.Why == "" {
			names = append(names, own[i].Header)
		}
	}
	if len(names) == 0 {
		v.unsure("no column holds the uid; say which one does")
		return
	}
	keys := func(c *column) bool { return c.filled > 0 && c.filled >= v.Rows && len(c.seen) == c.filled }
	byName := guessUID(names)
	best, why, score := -1, "", -1
	for i := range own {
		c := &own[i]
		if c.target.field != user.NoField || !slices.Contains(names, c.Header) {
			continue
		}
		n, because := 0, "it comes first"
		if keys(c) {
			n, because = 2, "its values are all different"
			if c.uids == c.filled {
				n, because = 4, "its values are all different, and could be uids"
			}
		}
		if c.Header == byName && byName != names[0] || c.Header == byName && nearUID(byName) {
			n += 3
			because = "its name is the nearest"
		}
		if n > score {
			best, why, score = i, because, n
		}
	}
	c := &own[best]
	c.target = target{field: user.UID}
	c.Field, c.Sure, c.Suggest = "uid", false, ""
	c.Why = "a guess: no column has a name of the uid, and " + why
	v.source.header.columns[best] = user.Column{Header: c.Header, Field: user.UID}
	v.unsure("no column has a name of the uid; %q is the best guess: %s", c.Header, why)
}

// nearUID says whether a header has something of an id.
func nearUID(header string) bool {
	f := fold(header)
	return strings.HasSuffix(f, "id") || strings.HasSuffix(f, "nr") || strings.HasSuffix(f, "number") || strings.Contains(f, "user") || strings.Contains(f, "login")
}

// camelKey is a header as a key of metadata: Cost Centre is costCentre.
func camelKey(header string) string {
	words := strings.FieldsFunc(user.Text(header), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	for i, w := range words {
		r := []rune(w)
		if strings.ToUpper(w) == w {
			r = []rune(strings.ToLower(w))
		}
		if i == 0 {
			r[0] = unicode.ToLower(r[0])
		} else {
			r[0] = unicode.ToUpper(r[0])
		}
		words[i] = string(r)
	}
	return strings.Join(words, "")
}

// delicateWords are parts of headers, folded, whose values are for the user
// and administrators alone.
var delicateWords = strings.Fields("mail phone mobile mobil telefon fax birth geburt gender salary gehalt iban address adresse street ssn passport")

// delicate says whether a header sounds like something that not everybody
// should see.
func delicate(header string) bool {
	f := fold(header)
	return slices.ContainsFunc(delicateWords, func(w string) bool { return strings.Contains(f, w) })
}
