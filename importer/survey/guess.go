package survey

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"cometsync/importer/columns"
	"cometsync/importer/footer"
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
			c.Suggest, c.Why = "", "no field has this name, and it is empty"
			continue
		}
		if c.mails > c.filled/2 || delicate(c.Header) {
			c.Suggest = "metadata." + user.Private + "." + strings.TrimPrefix(c.Suggest, "metadata.")
		}
		c.Why = fmt.Sprintf("no field has this name; %s would keep it", c.Suggest)
	}
	if !slices.ContainsFunc(cols, func(c seen) bool { return c.target.Field == user.Name }) {
		v.unsure("no column holds the name, which whoever is created has to have")
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
	keys := func(c *seen) bool { return c.filled > 0 && c.filled >= v.Rows && len(c.seen) == c.filled }
	byName := columns.GuessUID(names)
	best, why, score := -1, "", -1
	for i := range own {
		c := &own[i]
		if c.target.Field != user.NoField || !slices.Contains(names, c.Header) {
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
	c.target = columns.Target{Field: user.UID}
	c.Field, c.Sure, c.Suggest = "uid", false, ""
	c.Why = "a guess: no column has a name of the uid, and " + why
	v.source.Header.Columns[best] = user.Column{Header: c.Header, Field: user.UID}
	v.unsure("no column has a name of the uid; %q is the best guess: %s", c.Header, why)
}

// nameColumns says what stands for the header of a file that has none: what the
// settings say, or a guess from what the columns hold.
func (v *survey) nameColumns(t columns.Table, first []string) {
	if v.source.Lines {
		return
	}
	if v.mapping.Columns != nil {
		v.Unheaded = v.mapping.Columns
		return
	}
	rows := columns.WithText(columns.FirstLines(v.text[t.At:], t.Comma, 1+surveyRows, 0))
	if v.source.Wanted > 0 || v.mapping.HoldsUID(first) || !v.mapping.NoHeader(rows[:min(len(rows), 1+columns.Agreeing)]) {
		return
	}
	uid, name := false, false
	for i := range columns.Trimmed(first) {
		n, uids, people, seen := 0, 0, 0, map[string]bool{}
		for _, l := range rows {
			if i >= len(l.Cells) || user.Empty(l.Cells[i]) {
				continue
			}
			cell := strings.TrimSpace(l.Cells[i])
			n++
			seen[cell] = true
			if user.ValidUID(user.FoldUID(cell)) {
				uids++
			}
			if strings.ContainsFunc(cell, unicode.IsUpper) && !strings.ContainsAny(cell, "@/") && (strings.Contains(cell, " ") ||
				!strings.ContainsAny(cell, footer.Digits)) {
				people++
			}
		}
		named := columns.LeftAlone
		switch {
		case !uid && n > 0 && uids == n && len(seen) == n && people < n:
			named, uid = "uid", true
		case !name && 10*people > 9*n && 2*len(seen) > n:
			named, name = "name", true
		}
		v.Unheaded = append(v.Unheaded, named)
	}
	m := *v.mapping
	m.Columns = v.Unheaded
	v.mapping, v.source.Mapping = &m, &m
	v.unsure("it seems to have no header: row %d (%s) looks like the rows below it; columns says what its columns are, by a guess, and has "+
		"to be right; if row %d is the header, take columns out and say header-row: %d",
		t.Row, columns.Quoted(columns.Trimmed(first)), t.Row, t.Row)
}

// nearUID says whether a header has something of an id.
func nearUID(header string) bool {
	f := columns.Fold(header)
	return strings.HasSuffix(f, "id") || strings.HasSuffix(f, "nr") || strings.HasSuffix(f, "number") || strings.Contains(f, "user") ||
		strings.Contains(f, "login")
}

// camelKey is a header as a key of metadata: Cost Centre is costCentre.
func camelKey(header string) string {
	words := strings.FieldsFunc(user.Text(header), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) &&
			!unicode.IsMark(r)
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

// delicate says whether a header sounds like something that not everybody
// should see.
func delicate(header string) bool {
	f := columns.Fold(header)
	return slices.ContainsFunc(delicateWords, func(w string) bool { return strings.Contains(f, w) })
}
