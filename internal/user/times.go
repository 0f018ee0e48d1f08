package user

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"cometsync/internal/phrase"
)

// Times are read where they can mean one thing only, and refused where they
// can't: a day and a month that changed places would still look like a date.
// What is read are Unix seconds, Unix milliseconds, dates with the year first, as
// ISO 8601 and databases write them, the form that somebody has said the source
// has, and a date in which a part above 12 settles which is the day.

// The times that an import takes have ten digits, in seconds.
const (
	minTime = 1_000_000_000 // 2001-09-09T01:46:40Z
	maxTime = 9_999_999_999 // 2286-11-20T17:46:39Z
)

// time reads a cell of a time column. An empty one says nothing: a time can't be
// cleared.
func (rules Rules) time(u *User, c *Column, cell string, rep *Repairs, bad badFunc) {
	text := strings.TrimSpace(cell)
	if text == "" || noTimeYet(text) {
		return
	}
	sec, defect := parseTime(text, c.Dates, rep)
	code := TimeInvalid
	switch {
	case defect == dayFirst:
		code, defect = TimeAmbiguous, dayFirst+"; say how the source writes dates, as in "+inForms(text)+", or write the year first"
	case defect == noTime && c.Dates.text != "":
		defect = "not a time; write it as dates says of the source, " + c.Dates.text
	}
	if defect != "" {
		bad(c, cell, code, defect+"; correct the cell, clear it, or leave the column alone with "+phrase.MapOption(c.Header, "-"))
		return
	}
	if len(text) != len(cell) {
		rep[Trimmed]++
	}
	u.SetTime(c.Field, sec)
}

// What is wrong with a time.
const (
	noTime     = "not a time; write 2023-01-11, 2023-01-11T08:16:59Z or Unix seconds"
	dayFirst   = "day and month are ambiguous"
	numberOnly = "a number, and neither Unix seconds (10 digits) nor milliseconds (13); if it is how a spreadsheet keeps a date, make " +
		"the cell a text such as 2023-01-11"
	noSuchTime = "there is no such day or time of day"
	timeTooFar = "an import takes times of 10 digits in seconds, from 2001-09-09 01:46:40 to 2286-11-20 17:46:39 UTC"
)

// noTimeYet reports whether a cell says that there was no time, as systems write
// of whoever has never logged in.
func noTimeYet(text string) bool {
	if text[0] >= '1' && text[0] <= '9' {
		return false
	}
	switch first, _, _ := strings.Cut(strings.ToLower(text), " "); first {
	case "never", "nie", "niemals", "jamais", "nunca", "mai", "nooit", "aldrig", "aldri", "nigdy", "0000-00-00":
		return true
	}
	return Nobody(text)
}

// parseTime reads a time as Unix seconds, fractions cut off, or says what is
// wrong with it. Without a zone it is UTC.
func parseTime(s string, form DateForm, rep *Repairs) (sec int64, defect string) {
	if sec = usualTime(s, rep); sec != 0 {
		return sec, ""
	}
	end, sep := dateEnd(s)
	if form.layout != "" && form.sep == 0 && len(s) >= 8 && allDigits(s[:8]) && (len(s) == 8 || !digit(s[8])) {
		end = 8
	}
	if end == 0 {
		return parseNumber(s, rep)
	}
	clock, layout, ok := clockOf(s[end:])
	if !ok {
		return 0, noTime
	}
	read := func(dates string) (int64, string) {
		t, err := time.Parse(dates+layout, s[:end]+clock)
		switch {
		case err != nil && strings.HasSuffix(err.Error(), "out of range"):
			return 0, noSuchTime
		case err != nil:
			return 0, noTime
		case form.short && t.Year() < 2000:
			t = t.AddDate(100, 0, 0) // it is of this century
		}
		return t.Unix(), ""
	}
	switch of := func(first, second string) string { return first + string(sep) + second + string(sep) }; {
	case strings.IndexByte(s[:end], sep) == 4:
		sec, defect = read(of("2006", "1") + "2")
	case form.sep == sep && form.layout != "":
		if sec, defect = read(form.layout); defect == noTime {
			defect = notOfForm(form)
		}
	case form.layout != "":
		defect = notOfForm(form)
	case end < 8 || s[end-5] != sep:
		return 0, dayFirst // its year is short
	default:
		sec, defect = read(of("2", "1") + "2006")
		other, wrong := read(of("1", "2") + "2006")
		switch {
		case defect == "" && wrong == "" && sec != other:
			return 0, dayFirst
		case defect == noSuchTime:
			sec, defect = other, wrong
		}
	}
	if defect == "" && (sec < minTime || sec > maxTime) {
		defect = timeTooFar
	}
	if defect != "" {
		return 0, defect
	}
	if layout != "" && !strings.Contains(layout, "Z07") { // of a day alone nobody has to know whose midnight it begins at
		rep[Zoneless]++
	}
	return sec, ""
}

// usualTime is a time as nearly all sources write it, quickly; 0 is another.
func usualTime(s string, rep *Repairs) int64 {
	layout := ""
	switch {
	case len(s) < 10 || s[4] != '-':
		return 0
	case len(s) == len(time.DateOnly):
		layout = time.DateOnly
	case len(s) == len(time.DateTime):
		layout = time.DateTime
	case s[10] == 'T':
		layout = time.RFC3339
	}
	t, err := time.Parse(layout, s)
	if sec := t.Unix(); err == nil && sec >= minTime && sec <= maxTime {
		if layout == time.DateTime {
			rep[Zoneless]++
		}
		return sec
	}
	return 0
}

func notOfForm(form DateForm) string {
	return "not a date of the form " + form.text + ", which dates says of the source; write it so, or with the year first"
}

// parseNumber is parseTime for what does not begin with a date.
func parseNumber(s string, rep *Repairs) (sec int64, defect string) {
	if !allDigits(s) {
		whole, fraction, _ := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
		if allDigits(whole) && (fraction == "" || allDigits(fraction)) || exponential(strings.ToLower(s)) {
			return 0, numberOnly
		}
		return 0, noTime
	}
	if len(s) != 10 && len(s) != 13 {
		return 0, numberOnly
	}
	sec, _ = strconv.ParseInt(s[:10], 10, 64)
	if sec < minTime {
		return 0, timeTooFar
	}
	if len(s) == 13 {
		rep[Milliseconds]++
	}
	return sec, ""
}

// dateEnd is where the three numbers of a date end that a text begins with, and
// what is between them; 0 is a text without one.
func dateEnd(s string) (end int, sep byte) {
	for group := range 3 {
		if group > 0 {
			if end == len(s) || strings.IndexByte("./- ", s[end]) < 0 || group == 2 && s[end] != sep {
				return 0, 0
			}
			sep = s[end]
			end++
		}
		start := end
		for end < len(s) && digit(s[end]) {
			end++
		}
		if n := end - start; n != 1 && n != 2 && n != 4 {
			return 0, 0
		}
	}
	return end, sep
}

// clockOf is the time of day after a date, with a zone or without, and its layout:
// also 8:05, and 8:05 p.m. after a comma.
func clockOf(s string) (clock, layout string, ok bool) {
	if s = strings.ToUpper(strings.TrimPrefix(s, ",")); s == "" {
		return "", "", true
	}
	if s[0] != ' ' && s[0] != 'T' {
		return "", "", false
	}
	clock, layout = "T"+s[1:], "T15:04"
	if strings.ContainsAny(clock, " MC") {
		clock = clockSpellings.Replace(clock)
	}
	at := strings.IndexAny(clock+"Z", "Z+-")
	switch zone := zoneLayouts[len(clock)-at]; {
	case zone == "" && at < len(clock):
		return "", "", false
	case strings.HasSuffix(clock, "M"):
		layout = "T3:04PM"
	default:
		layout += zone
	}
	if strings.Count(clock[:at], ":") == 2 {
		layout = strings.Replace(layout, ":04", ":04:05", 1)
	}
	return clock, layout, true
}

var (
	clockSpellings = strings.NewReplacer(" ", "", "\u202f", "", "A.M.", "AM", "P.M.", "PM", "UTC", "Z", "GMT", "Z")
	zoneLayouts    = map[int]string{1: "Z07", 3: "Z07", 5: "Z0700", 6: "Z07:00"} // by their length
)

func digit(c byte) bool { return '0' <= c && c <= '9' }

// DateForm is how a source writes its dates. The zero value is not known: then a
// date is read where a part above 12 settles what is the day.
type DateForm struct {
	text   string // as it was given
	layout string // as package time has it
	sep    byte   // between its parts; 0 is nothing
	short  bool   // the year has two digits
}

var (
	dateParts    = map[string]string{"d": "2", "dd": "2", "m": "1", "mm": "1", "yy": "06", "yyyy": "2006"}
	compactForms = map[string]string{"ddmmyyyy": "02012006", "mmddyyyy": "01022006", "yyyymmdd": "20060102"}
)

// ParseDateForm reads a form such as dd.mm.yyyy, mm/dd/yyyy, d/m/yy or yyyymmdd.
// "" and auto are the zero value.
func ParseDateForm(text string) (DateForm, error) {
	low := strings.ToLower(strings.TrimSpace(text))
	if low == "" || low == "auto" {
		return DateForm{}, nil
	}
	f := DateForm{text: low, layout: compactForms[low]}
	if at := strings.IndexAny(low, "./- "); at >= 0 {
		f.sep = low[at]
		order, parts := "", strings.Split(low, low[at:at+1])
		for i, p := range parts {
			if parts[i] = dateParts[p]; parts[i] != "" {
				order += p[:1]
			}
		}
		if len(parts) == 3 && slices.Contains([]string{"dmy", "mdy", "ymd"}, order) {
			f.layout, f.short = strings.Join(parts, low[at:at+1]), slices.Contains(parts, "06")
		}
	}
	if f.layout == "" {
		return DateForm{}, fmt.Errorf("%q is not a form of a date; write dd.mm.yyyy, mm/dd/yyyy, dd/mm/yyyy, yyyy-mm-dd or the like, as "+
			"the source has it", text)
	}
	return f, nil
}

// FormsOf is the forms that a text which begins with a date may have, if its year
// comes last: the day first, and the month first. Both are "" without such a date.
func FormsOf(text string) (days, months string) {
	end, sep := dateEnd(text)
	if end == 0 || sep == ' ' || end < len(text) && text[end] != ' ' && text[end] != ',' {
		return "", ""
	}
	parts := strings.Split(text[:end], string(sep))
	if len(parts[0]) > 2 || len(parts[1]) > 2 || len(parts[2]) < 2 {
		return "", ""
	}
	s, y := string(sep), "yyyy"[:len(parts[2])]
	return "dd" + s + "mm" + s + y, "mm" + s + "dd" + s + y
}

// DottedForm reports whether a form has dots, with which only the day comes first.
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
