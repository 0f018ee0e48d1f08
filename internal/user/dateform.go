package user

import (
	"fmt"
	"strings"
)

// DateForm is how a source writes its dates. The zero value is not known: then a
// date is read where a part above 12 settles what is the day.
type DateForm struct {
	text  string // as it was given
	parts string // d, m and y, in order
	sep   string // between them; "" is none
	short bool   // the year has two digits
}

// ParseDateForm reads a form such as dd.mm.yyyy, mm/dd/yyyy, d/m/yy or yyyymmdd.
// "" and auto are the zero value.
func ParseDateForm(text string) (DateForm, error) {
	low := strings.ToLower(strings.TrimSpace(text))
	if low == "" || low == "auto" {
		return DateForm{}, nil
	}
	f := DateForm{text: low}
	for _, piece := range pieces(low) {
		switch piece {
		case "d", "dd":
			f.parts += "d"
		case "m", "mm":
			f.parts += "m"
		case "yyyy":
			f.parts += "y"
		case "yy":
			f.parts, f.short = f.parts+"y", true
		case ".", "/", "-", " ":
			if f.sep != "" && f.sep != piece {
				return DateForm{}, dateFormError(text)
			}
			f.sep = piece
		default:
			return DateForm{}, dateFormError(text)
		}
	}
	switch f.parts {
	case "dmy", "mdy", "ymd":
		if f.sep != "" || !f.short && (low == "ddmmyyyy" || low == "mmddyyyy" || low == "yyyymmdd") {
			return f, nil
		}
	}
	return DateForm{}, dateFormError(text)
}

func dateFormError(text string) error {
	return fmt.Errorf("%q is no form of a date; write dd.mm.yyyy, mm/dd/yyyy, dd/mm/yyyy, yyyy-mm-dd or the like, as the source has it", text)
}

// pieces takes a text apart into runs of one character.
func pieces(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		end := i + 1
		for end < len(s) && s[end] == s[i] {
			end++
		}
		out = append(out, s[i:end])
		i = end
	}
	return out
}

// iso is a text that begins with a date in another form, in that of ISO 8601, or
// what is wrong with it; "" and "" is a text without one.
func (f DateForm) iso(s string) (text, defect string) {
	if f.parts != "" && f.sep == "" {
		if len(s) < 8 || strings.Trim(s[:8], "0123456789") != "" || len(s) > 8 && digit(s[8]) {
			return "", ""
		}
		at := 2
		if f.parts == "ymd" {
			at = 4
		}
		return f.order(s[:at], s[at:at+2], s[at+2:8], s[8:])
	}
	var group [3]string
	sep, rest := byte(0), s
	for i := range group {
		n := 0
		for n < len(rest) && digit(rest[n]) {
			n++
		}
		if n == 0 || n > 4 || n == 3 {
			return "", ""
		}
		group[i], rest = rest[:n], rest[n:]
		if i == 2 {
			break
		}
		if rest == "" || strings.IndexByte("./- ", rest[0]) < 0 || sep != 0 && rest[0] != sep {
			return "", ""
		}
		sep, rest = rest[0], rest[1:]
	}
	a, b, c := group[0], group[1], group[2]
	switch {
	case f.parts != "" && f.sep == string(sep) && f.fits(group):
		return f.order(a, b, c, rest)
	case len(a) == 4 && len(b) <= 2 && len(c) <= 2:
		return date(a, b, c, rest)
	case len(a) == 4 || len(b) == 4:
		return "", ""
	case f.parts != "":
		return "", "not a date of the form " + f.text + ", which dates says of the source; write it so, or with the year first"
	case len(c) != 4:
		return "", dayFirst
	}
	switch day, month := small(a), small(b); {
	case day > 12 || day == month:
		return date(c, b, a, rest)
	case month > 12:
		return date(c, a, b, rest)
	}
	return "", dayFirst
}

// fits says whether the groups of a date have as many digits as the form says.
func (f DateForm) fits(group [3]string) bool {
	for i, g := range group {
		year := f.parts[i] == 'y'
		if year && f.short != (len(g) <= 2) || !year && len(g) > 2 || year && len(g) == 1 {
			return false
		}
	}
	return true
}

// order puts a date's parts into order; a year of two digits is of this century.
func (f DateForm) order(a, b, c, rest string) (text, defect string) {
	group := map[byte]string{f.parts[0]: a, f.parts[1]: b, f.parts[2]: c}
	if f.short {
		group['y'] = "20" + group['y']
	}
	return date(group['y'], group['m'], group['d'], rest)
}

// date is a date and what stands behind it, as ISO 8601 has them.
func date(year, month, day, rest string) (text, defect string) {
	two := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
	clock, ok := isoClock(rest)
	if !ok {
		return "", noTime
	}
	return year + "-" + two(month) + "-" + two(day) + clock, ""
}

// isoClock is a time of day behind a date, with a zone or without, as ISO 8601 has
// it: also 8:05, and 8:05 PM behind a comma.
func isoClock(s string) (clock string, ok bool) {
	if s == "" {
		return "", true
	}
	s = strings.TrimPrefix(s, ",")
	if s == "" || s[0] != ' ' && s[0] != 'T' && s[0] != 't' {
		return "", false
	}
	hours, behind, ok := strings.Cut(s[1:], ":")
	if !ok || hours == "" || len(hours) > 2 || strings.Trim(hours, "0123456789") != "" {
		return "", false
	}
	hour := small(hours)
	end := len(behind)
	for i := range len(behind) {
		if c := behind[i]; !digit(c) && c != ':' && c != '.' && c != ',' {
			end = i
			break
		}
	}
	half := strings.ToLower(strings.NewReplacer(".", "", " ", "", "\u202f", "").Replace(behind[end:]))
	if half == "am" || half == "pm" {
		if hour < 1 || hour > 12 {
			return "", false
		}
		hour %= 12
		if half == "pm" {
			hour += 12
		}
		behind = behind[:end]
	}
	return fmt.Sprintf("T%02d:%s", hour, behind), true
}

// small is the number of one or two digits.
func small(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// FormsOf is the forms that a text which begins with a date may have, if its year
// stands behind: the day first, and the month first. Both are "" without such a date.
func FormsOf(text string) (days, months string) {
	at := strings.IndexAny(text, "./-")
	if at < 1 || at > 2 {
		return "", ""
	}
	sep := text[at : at+1]
	parts := strings.SplitN(text, sep, 3)
	if len(parts) < 3 || len(parts[1]) > 2 || !allDigits(parts[0]) || !allDigits(parts[1]) {
		return "", ""
	}
	year, _, _ := strings.Cut(parts[2], " ")
	year = strings.TrimSuffix(year, ",")
	if n := len(year); !allDigits(year) || n != 2 && n != 4 {
		return "", ""
	}
	y := "yyyy"[:len(year)]
	return "dd" + sep + "mm" + sep + y, "mm" + sep + "dd" + sep + y
}

// DottedForm says whether a form has dots, with which only the day comes first.
func DottedForm(form string) bool { return strings.Contains(form, ".") }

// inForms is how dates says what a date's form is: one form where dots show it.
func inForms(text string) string {
	days, months := FormsOf(text)
	switch {
	case days == "":
		return "dates: dd.mm.yyyy"
	case DottedForm(days):
		return "dates: " + days
	}
	return "dates: " + days + " or " + months
}
