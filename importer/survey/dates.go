package survey

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// forms proposes how the source writes its dates, by what its columns of times show,
// and has them read so. Where these don't tell, or there are none, its other columns
// of dates do: a system writes all its dates alike.
func (v *survey) forms(cols []seen) {
	if v.mapping.Form != (user.DateForm{}) {
		return
	}
	var times, others dateForms
	for i := range cols {
		c := &cols[i]
		switch {
		case c.dates.Field != user.NoField, c.target.Field == user.CreatedAt, c.target.Field == user.LastActiveAt:
			times.look(c)
		case c.target.Field == user.NoField && 2*c.count(isDate) > c.filled:
			others.look(c)
			if c.Suggest != "" && !delicate(c.Header) {
				c.Why = fmt.Sprintf("not a known field; map it to %s to keep it, and createdAt is for it, if it says when people became "+
					"users", c.Suggest)
			}
		}
	}
	found := times.found
	if len(found) == 0 && len(others.found) == 1 && (times.either == "" || slices.Contains(strings.Split(times.either, " or "),
		others.found[0])) {
		found = others.found
		v.DatesSpare = !times.any
	}
	switch {
	case len(found) > 1:
		v.unsure("dates are written in several forms, %s, and dates can say one; export them alike, or with the year first",
			phrase.And(found))
	case len(found) == 1:
		v.Dates = found[0]
		form, err := user.ParseDateForm(v.Dates)
		if err != nil {
			return
		}
		for i := range v.source.Header.Columns {
			v.source.Header.Columns[i].Dates = form
		}
	case times.either != "":
		v.unsure("%q has dates whose day and month are ambiguous; say it under dates: %s", times.doubted, times.either)
	}
}

func isDate(x text) bool {
	days, _ := user.FormsOf(x.short)
	return days != ""
}

// dateForms is what some columns show of how dates are written.
type dateForms struct {
	found           []string // the forms that show
	doubted, either string   // the first column that does not tell, and the forms that it may have
	any             bool     // there are columns
}

func (f *dateForms) look(c *seen) {
	f.any = true
	form, either := dateForm(c.texts)
	switch {
	case form != "" && !slices.Contains(f.found, form):
		f.found = append(f.found, form)
	case form == "" && f.doubted == "" && either != "":
		f.doubted, f.either = c.Header, either
	}
}

// dateForm is the form of dates with the year behind, if a part above
// 12 settles it, or dots do; else the forms that it may be. Both are "" without such
// dates, and where they contradict each other.
func dateForm(texts []text) (form, either string) {
	day, month, days, months := false, false, "", ""
	for _, x := range texts {
		d, m := user.FormsOf(x.short)
		switch {
		case d == "":
			continue
		case days != "" && d != days:
			return "", "" // in several ways
		}
		days, months = d, m
		parts := strings.SplitN(x.short, d[2:3], 3)
		day = day || len(parts[0]) == 2 && parts[0] > "12"
		month = month || len(parts[1]) == 2 && parts[1] > "12"
	}
	switch {
	case days == "" || day && month:
		return "", ""
	case day, !month && user.DottedForm(days):
		return days, ""
	case month:
		return months, ""
	}
	return "", days + " or " + months
}
