package survey

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"cometsync/importer/columns"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// guess proposes a uid where no column has its name, and says what it would
// take to keep what no field is for.
func (v *survey) guess(cols []seen) {
	if !slices.ContainsFunc(cols, func(c seen) bool { return c.target.Field == user.UID }) {
		v.guessUID(cols)
	}
	for i := range cols {
		c := &cols[i]
		if c.target.Field == user.UID && c.target.Strength == columns.Alias {
			v.unsure("%q is taken for the uid, which is a usual name of it and may mean something else", c.Header)
			c.Why = "a usual name of the uid; what people are known by in the app has to be in it"
		}
		if c.Field != "" || c.Suggest == "" {
			continue
		}
		if c.filled == 0 {
			c.Suggest, c.Why = "", "not a known field, and it is empty"
			continue
		}
		if c.count(isMail) > c.filled/2 || delicate(c.Header) {
			c.Suggest = "metadata." + user.Private + "." + strings.TrimPrefix(c.Suggest, "metadata.")
		}
		c.Why = fmt.Sprintf("not a known field; map it to %s to keep it", c.Suggest)
	}
	if !slices.ContainsFunc(cols, func(c seen) bool { return c.target.Field == user.Name }) {
		v.unsure("no column holds the name, which everybody who is created has to have")
	}
}

// guessUID proposes the column that most likely is the uid: one whose name is
// near to it, or whose values are all different and could be one.
func (v *survey) guessUID(cols []seen) {
	own := cols[:min(len(cols), len(v.source.Header.Names))]
	var names []string
	for i := range own {
		if c := &own[i]; c.target.Field == user.NoField && c.Why == "" {
			names = append(names, own[i].Header)
		}
	}
	if len(names) == 0 || v.Unheaded != nil {
		v.unsure("no column holds the uid; say which one does")
		return
	}
	byName, sure := columns.LikelyUID(names)
	best, why, score := -1, "", -1
	for i := range own {
		c := &own[i]
		if c.target.Field != user.NoField || !slices.Contains(names, c.Header) {
			continue
		}
		n, because := 0, "it comes first"
		if c.differ() && c.filled >= v.Rows {
			n, because = 2, "its values are all different"
			if c.count(likeUID) == c.filled {
				n, because = 4, "its values are all different, and could be uids"
			}
		}
		if c.Header == byName && sure {
			n += 3
			because = "its name is the nearest"
		}
		if n > score {
			best, why, score = i, because, n
		}
	}
	c := &own[best]
	c.target = columns.Target{Slot: user.Slot{Field: user.UID}}
	c.Field, c.Sure, c.Suggest = "uid", false, ""
	c.Why = "a guess: no column has a name of the uid, and " + why
	v.source.Header.Columns[best] = user.Column{Header: c.Header, Slot: user.Slot{Field: user.UID}}
	v.unsure("no column has a name of the uid; %q is the best guess: %s", c.Header, why)
}

func isMail(x text) bool { return strings.Contains(x.short, "@") }

// displayed proposes that uids are what a sheet shows, if it shows them with
// leading zeros.
func (v *survey) displayed(cols []seen) {
	for i := range cols {
		c := &cols[i]
		if n := v.zeros[i].N; n > 0 && (c.target.Field == user.UID || v.source.Header.Transform.Use(i).Field == user.UID) &&
			!v.opt.DisplayedUIDs {
			v.DisplayedUIDs = true
			v.unsure("%s of %q %s with leading zeros, as in %q, which the sheet does not keep; numeric-uid: displayed takes what it "+
				"shows, and without that these rows are rejects",
				phrase.Counted(n, "number"), c.Header, phrase.Form(n, "is shown", "are shown"), v.zeros[i].Shown)
		}
	}
}

var email = regexp.MustCompile(`(?i)\be[^\pL\pN]?mail`)

// camelKey is a header as a key of metadata: Cost Centre is costCentre, and E-Mail email.
func camelKey(header string) string {
	words := strings.FieldsFunc(email.ReplaceAllString(user.Text(header), "email"), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	})
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
var delicateWords = strings.Fields("mail phone mobile mobil telefon fax birth geburt gender salary gehalt iban address adresse street " +
	"ssn passport urodz naissance nacimiento nascita correo courriel teléfono móvil direcci adres")

// delicate reports whether a header sounds like something that not everybody
// should see.
func delicate(header string) bool {
	f := columns.Fold(header)
	return slices.ContainsFunc(delicateWords, func(w string) bool { return strings.Contains(f, w) })
}
