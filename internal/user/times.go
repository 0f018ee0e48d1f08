package user

import (
	"strings"
	"time"
)

// Times are read where they can mean one thing only, and refused where they
// can't: a day and a month that changed places would still look like a date.
// What is read are Unix seconds, Unix milliseconds, ISO 8601 with the year first,
// as RFC 3339 and databases write it, the form that somebody has said the source
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
		bad(c, cell, code, "%s; correct the cell, clear it, or leave the column alone with --map '%s=-'", defect, c.Header)
		return
	}
	if len(text) != len(cell) {
		rep.Trimmed++
	}
	u.SetTime(c.Field, sec)
}

// What is wrong with a time.
const (
	noTime     = "not a time; write 2023-01-11, 2023-01-11T08:16:59Z or Unix seconds"
	dayFirst   = "which part is the day and which the month can't be told"
	numberOnly = "a number, and neither Unix seconds (10 digits) nor milliseconds (13); if it is how a spreadsheet keeps a date, make the " +
		"cell a text such as 2023-01-11"
	noSuchTime = "there is no such day or time of day"
	timeTooFar = "an import takes times of 10 digits in seconds, from 2001-09-09 01:46:40 to 2286-11-20 17:46:39 UTC"
)

// parseTime reads a time as Unix seconds, fractions cut off, or says what is
// wrong with it.
func parseTime(s string, form DateForm, rep *Repairs) (sec int64, defect string) {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	if n == len(s) {
		switch n {
		case 10:
			return inRange(number(s), nil)
		case 13:
			return inRange(number(s)/1000, &rep.Milliseconds)
		}
		if text, _ := form.iso(s); text != "" && n == 8 {
			return parseISO(text, rep)
		}
		return 0, numberOnly
	}
	switch c := s[n]; {
	case n == 4 && c == '-':
		return parseISO(s, rep)
	case n > 0 && (c == '.' || c == ',') && strings.Trim(s[n+1:], "0123456789") == "", exponential(strings.ToLower(s)):
		return 0, numberOnly
	}
	text, defect := form.iso(s)
	switch {
	case text != "":
		return parseISO(text, rep)
	case defect != "":
		return 0, defect
	}
	return 0, noTime
}

// noTimeYet says whether a cell says that there was no time, as systems write of
// whoever has never logged in.
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

// parseISO reads 2006-01-02, alone or with a T or a space, 15:04, 15:04:05 or
// 15:04:05.999 and a zone behind it. Without a zone it is UTC.
func parseISO(s string, rep *Repairs) (sec int64, defect string) {
	date, rest := s, ""
	if len(s) > 10 {
		date, rest = s[:10], s[10:]
	}
	if !shaped(date, "0000-00-00") {
		return 0, noTime
	}
	var zoneless *int // of a day alone nobody has to know whose midnight it begins at
	var offset, hour, minute, second int
	if rest != "" {
		if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
			return 0, noTime
		}
		rest, zoneless = rest[1:], &rep.Zoneless
		switch {
		case len(rest) >= 8 && shaped(rest[:8], "00:00:00"):
			hour, minute, second = pair(rest), pair(rest[3:]), pair(rest[6:])
			rest = withoutFraction(rest[8:])
		case len(rest) >= 5 && shaped(rest[:5], "00:00"):
			hour, minute = pair(rest), pair(rest[3:])
			rest = rest[5:]
		default:
			return 0, noTime
		}
		if rest != "" {
			var ok bool
			if offset, ok = zone(rest); !ok {
				return 0, noTime
			}
			zoneless = nil
		}
	}
	year, month, day := pair(date)*100+pair(date[2:]), pair(date[5:]), pair(date[8:])
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	// What does not exist comes out as something else: the thirtieth of February
	// in March, 24 o'clock on the next day.
	if t.Month() != time.Month(month) || t.Day() != day || minute > 59 || second > 59 {
		return 0, noSuchTime
	}
	return inRange(t.Unix()-int64(offset), zoneless)
}

// zone reads Z, UTC, GMT, +01, +0100 or +01:00, behind a space or not, as
// seconds east of UTC.
func zone(s string) (offset int, ok bool) {
	s = strings.TrimPrefix(s, " ")
	switch s {
	case "Z", "z", "UTC", "GMT":
		return 0, true
	case "":
		return 0, false
	}
	sign, digits := 1, s[1:]
	switch s[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	minutes := 0
	switch {
	case shaped(digits, "00"):
	case shaped(digits, "0000"):
		minutes = pair(digits[2:])
	case shaped(digits, "00:00"):
		minutes = pair(digits[3:])
	default:
		return 0, false
	}
	hours := pair(digits)
	if hours > 23 || minutes > 59 {
		return 0, false
	}
	return sign * (hours*3600 + minutes*60), true
}

// withoutFraction takes a fraction of a second off the front.
func withoutFraction(s string) string {
	if len(s) < 2 || s[0] != '.' && s[0] != ',' || !digit(s[1]) {
		return s
	}
	for i := 1; i < len(s); i++ {
		if !digit(s[i]) {
			return s[i:]
		}
	}
	return ""
}

// inRange is a time that an import takes, or what is wrong with it. What is
// fine is counted, where there is something to count.
func inRange(sec int64, count *int) (int64, string) {
	if sec < minTime || sec > maxTime {
		return 0, timeTooFar
	}
	if count != nil {
		*count++
	}
	return sec, ""
}

// shaped says whether s has the digits of the pattern, and its other
// characters, where the pattern has them.
func shaped(s, pattern string) bool {
	if len(s) != len(pattern) {
		return false
	}
	for i := range len(s) {
		if pattern[i] == '0' && !digit(s[i]) || pattern[i] != '0' && s[i] != pattern[i] {
			return false
		}
	}
	return true
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// pair is the number of two digits.
func pair(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// number is the number of 10 or 13 digits.
func number(s string) int64 {
	var n int64
	for i := range len(s) {
		n = n*10 + int64(s[i]-'0')
	}
	return n
}
