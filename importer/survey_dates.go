package importer

import (
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// forms proposes how the source writes its dates, by what its columns of times
// show, and has them read so.
func (v *survey) forms(columns []column) {
	if v.mapping.form != (user.DateForm{}) {
		return
	}
	var found []string
	doubted, either := "", ""
	for i := range columns {
		c := &columns[i]
		if c.dates.field == user.NoField && c.target.field != user.CreatedAt && c.target.field != user.LastActiveAt {
			continue
		}
		form, doubt := dateForm(c.seen)
		if form != "" && !slices.Contains(found, form) {
			found = append(found, form)
		}
		if form == "" && doubt != "" && doubted == "" {
			doubted, either = c.Header, doubt
		}
	}
	switch {
	case len(found) > 1:
		v.unsure("dates are written in several forms, %s, and dates can say one; export them alike, or with the year first", phrase.And(found))
	case len(found) == 1:
		v.Dates = found[0]
		form, err := user.ParseDateForm(v.Dates)
		if err != nil {
			return
		}
		for i := range v.source.header.columns {
			v.source.header.columns[i].Dates = form
		}
	case doubted != "":
		v.unsure("%q has dates that don't tell which part is the day and which the month; say it under dates: %s", doubted, either)
	}
}

// dateForm is the form of a column's dates with the year behind, if a part above
// 12 settles it; else the forms that it may be. Both are "" without such dates, and
// where they contradict each other.
func dateForm(texts map[string]int) (form, either string) {
	day, month, year, sep := false, false, "", ""
	for text := range texts {
		at := strings.IndexAny(text, "./-")
		if at < 1 || at > 2 {
			continue
		}
		parts := strings.SplitN(text, text[at:at+1], 3)
		if len(parts) < 3 || len(parts[1]) > 2 || !digits(parts[0]) || !digits(parts[1]) {
			continue
		}
		last, _, _ := strings.Cut(parts[2], " ")
		last = strings.TrimSuffix(last, ",")
		if n := len(last); !digits(last) || n != 2 && n != 4 || year != "" && n != len(year) || sep != "" && sep != text[at:at+1] {
			continue
		}
		sep, year = text[at:at+1], "yyyy"[:len(last)]
		day = day || len(parts[0]) == 2 && parts[0] > "12"
		month = month || len(parts[1]) == 2 && parts[1] > "12"
	}
	days, months := "dd"+sep+"mm"+sep+year, "mm"+sep+"dd"+sep+year
	switch {
	case sep == "" || day && month:
		return "", ""
	case day:
		return days, ""
	case month:
		return months, ""
	}
	return "", days + " or " + months
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
