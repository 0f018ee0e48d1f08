package workbook

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// mostDigits is how many digits of a number a spreadsheet keeps.
const mostDigits = 15

// parse reads a number as workbooks store them.
func parse(raw string) (float64, bool) {
	if raw == "" || strings.Trim(raw, "0123456789.+-eE") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(raw, 64)
	return v, err == nil
}

// shown is a number by the digits that a spreadsheet shows: 0.1 may be stored
// as 0.10000000000000001.
func shown(v float64) string {
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'e', mostDigits-1, 64), 64)
	return strconv.FormatFloat(v+0, 'f', -1, 64) // and -0 is 0
}

// Plain is a number as a person writes it, without an exponent and without
// more decimals than it has. Digits of a whole number that are stored are
// kept, however many they are. false is what is not a number.
func Plain(raw string) (string, bool) {
	if whole(raw) {
		return raw, true
	}
	v, ok := parse(raw)
	if !ok {
		return "", false
	}
	if size := math.Abs(v); size >= 1e30 || size > 0 && size < 1e-31 {
		return strconv.FormatFloat(v, 'E', -1, 64), true
	}
	return shown(v), true
}

// whole reports whether a number is stored as the digits of a whole one.
func whole(raw string) bool {
	digits := strings.TrimPrefix(raw, "-")
	return digits == "0" && digits == raw || digits != "" && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// Show is a number as the sheet shows it, where the format is of digits.
func (f Format) Show(raw string) (string, bool) {
	v, ok := parse(raw)
	if !ok || f.scaled || f.Kind != Digits && f.Kind != Shaped && f.Kind != Percent || math.Abs(v) >= 1e15-0.5 {
		return "", false
	}
	exact, _ := new(big.Rat).SetString(shown(v))
	if f.Kind == Percent {
		exact.Mul(exact, big.NewRat(100, 1))
	}
	text, negative := strings.CutPrefix(exact.FloatString(f.decimals), "-") // a half is rounded up
	negative = negative && strings.Trim(text, "0.") != ""
	w, fraction, _ := strings.Cut(text, ".")
	w = strings.TrimLeft(w, "0")
	w = strings.Repeat("0", max(0, f.whole-len(w))) + w
	fraction = strings.TrimRight(fraction, "0")
	fraction += strings.Repeat("0", max(0, f.fixed-len(fraction)))
	places := 0 // in front of the point
	for _, i := range f.items {
		if i.kind == '.' {
			break
		}
		if i.kind == '0' {
			places++
		}
	}
	var out strings.Builder
	if negative {
		out.WriteByte('-')
	}
	behind := false
	for _, i := range f.items {
		switch {
		case i.kind == 't':
			out.WriteString(i.text)
		case i.kind == '.':
			behind = true
			if places == 0 {
				out.WriteString(w)
			}
			if fraction != "" {
				out.WriteByte('.')
			}
		case behind:
			if fraction != "" {
				out.WriteByte(fraction[0])
				fraction = fraction[1:]
			}
		default:
			n := 0 // digits that belong to this place: the first takes what is too many
			switch {
			case len(w) > places:
				n = len(w) - places + 1
			case len(w) == places:
				n = 1
			}
			for range n {
				out.WriteByte(w[0])
				w = w[1:]
				if f.group && len(w) > 0 && len(w)%3 == 0 {
					out.WriteByte(',')
				}
			}
			places--
		}
	}
	return strings.TrimSpace(out.String()), true
}

// The days that a spreadsheet counts from: the first is one day too early,
// since the 29th of February 1900, which never was, is counted too.
var (
	epoch1900 = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	epoch1904 = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Moment is the point in time that a number means, to the second; days alone
// are those of the 1900 or the 1904 system. A number of no day, or of the day
// that never was, is none.
func (b *Book) Moment(raw string) (time.Time, bool) {
	days, err := strconv.ParseFloat(raw, 64)
	if err != nil || !(days >= 0 && days < 2958466) {
		return time.Time{}, false
	}
	epoch := epoch1904
	if !b.date1904 {
		switch epoch = epoch1900; {
		case days >= 60 && days < 61:
			return time.Time{}, false
		case days < 60:
			epoch = epoch.AddDate(0, 0, 1)
		}
	}
	whole := int(days)
	seconds := int((days-float64(whole))*86400 + 0.5)
	t := epoch.AddDate(0, 0, whole).Add(time.Duration(seconds) * time.Second)
	return t, t.Year() <= 9999
}
