package user

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Claims say whom the text of a uid's cell may mean beside the uid that it
// spells, whatever is wrong with it. Spreadsheets take zeros off numbers and
// round long ones, and what is not a uid was often made one by whoever put people
// into the app. A claim holds a user and does nothing else, so that one too
// many costs a question, and one too few an account:
//
//   - of a number, SameNumber with its digits; 1.000 is two numbers, since
//     nobody can say what its point is;
//   - of a number that may have been rounded, RoundedAlike; see RoundsTo;
//   - of what the vendor's migration tool would have made another uid of,
//     SameVendor with that;
//   - of another text that is not a uid, SameSlug with its slug, with the text
//     without the characters that no uid has, and the same of what stands
//     before the @ of an e-mail address and after the domain of a logon.
//
// What is in the text of a broken encoding nobody can say: it claims nothing.
func Claims(uidCell string) []Claim {
	if !utf8.ValidString(uidCell) || strings.ContainsRune(uidCell, utf8.RuneError) {
		return nil
	}
	cell, _ := Undefuse(uidCell)
	text := FoldUID(Text(cell))
	var out []Claim
	add := func(because MatchReason, value string) {
		if c := (Claim{Because: because, Value: value}); !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	addNumber := func(digits string) {
		add(SameNumber, digits)
		if rounded := Rounded(digits); rounded != "" {
			add(RoundedAlike, rounded)
		}
	}
	number := FoldUID(norm.NFKC.String(text)) // full-width digits are digits
	if digits, places, ok := scientific(number); ok {
		switch shown := strings.TrimRight(digits, "0"); {
		case len(digits) < places:
			add(RoundedAlike, spell(digits, places))
		case len(shown) <= places: // nothing was left out
			addNumber(digits[:places])
		}
		return out
	}
	if exponential(number) {
		return nil // of nobody
	}
	for _, digits := range wholeNumbers(number) {
		addNumber(digits)
	}
	if id := strings.TrimSpace(cell); id != "" && !ValidUID(id) {
		add(SameVendor, CometChatUID(id))
	}
	if ValidUID(FoldUID(cell)) { // what nobody sees makes another text invalid
		return out
	}
	addSlugs := func(text string) {
		for _, uid := range []string{SlugUID(text), withoutInvalid(text)} {
			if len(uid) < 2 || !ValidUID(uid) || strings.Trim(uid, "-_") == "" {
				continue
			}
			add(SameSlug, uid)
			if allDigits(uid) {
				addNumber(trimZeros(uid))
			}
		}
	}
	addSlugs(text)
	if local, _, ok := strings.Cut(text, "@"); ok {
		addSlugs(strings.TrimSpace(local))
	}
	if i := strings.LastIndexByte(text, '\\'); i >= 0 {
		addSlugs(strings.TrimSpace(text[i+1:]))
	}
	return out
}

// withoutInvalid is a folded text without the characters that no uid has.
func withoutInvalid(text string) string {
	return strings.Map(func(c rune) rune {
		if c < utf8.RuneSelf && alphaDash(string(c)) {
			return c
		}
		return -1
	}, text)
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// trimZeros is digits without zeros in front; zeros alone are one.
func trimZeros(digits string) string {
	if t := strings.TrimLeft(digits, "0"); t != "" || digits == "" {
		return t
	}
	return "0"
}

// SameDigits is a uid of digits without the zeros in front, as a claim of
// SameNumber has it; "" for any other.
func SameDigits(uid string) string {
	if !allDigits(uid) {
		return ""
	}
	return trimZeros(uid)
}

// wholeNumbers are the whole numbers that a text may be, without zeros in
// front: with digits in groups, and with a decimal separator that nothing but
// zeros is behind.
func wholeNumbers(text string) []string {
	var out []string
	add := func(digits string, ok bool) {
		if ok && len(digits) <= MaxUID {
			if digits = trimZeros(digits); !slices.Contains(out, digits) {
				out = append(out, digits)
			}
		}
	}
	add(ungroup(text))
	if i := strings.LastIndexAny(text, ".,"); i > 0 && strings.Trim(text[i+1:], "0") == "" {
		add(ungroup(text[:i]))
	}
	return out
}

// ungroup takes the separators out of a number that is written in groups:
// of three digits, or as in India of two before the last three.
func ungroup(text string) (digits string, ok bool) {
	at := strings.IndexFunc(text, func(c rune) bool { return c < '0' || c > '9' })
	if at < 0 {
		return text, text != ""
	}
	separator, _ := utf8.DecodeRuneInString(text[at:])
	if !strings.ContainsRune(",.'’ \u00a0\u202f\u2009", separator) {
		return "", false
	}
	groups := strings.Split(text, string(separator))
	for i, g := range groups {
		fits := len(g) == 3
		switch {
		case i == 0:
			fits = len(g) >= 1 && len(g) <= 3
		case i < len(groups)-1:
			fits = len(g) == 2 || len(g) == 3
		}
		if !fits || !allDigits(g) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// scientific takes a number with an exponent apart: its digits, from the first
// that is not zero on, and how many of them are before the decimal point.
func scientific(text string) (digits string, places int, ok bool) {
	mantissa, exponent, ok := strings.Cut(strings.ToLower(text), "e")
	exponent = strings.TrimPrefix(exponent, "+")
	if !ok || !allDigits(exponent) || len(exponent) > 3 {
		return "", 0, false
	}
	whole, fraction, pointed := strings.Cut(mantissa, ".")
	if !pointed {
		whole, fraction, pointed = strings.Cut(mantissa, ",")
	}
	if !allDigits(whole) || pointed && !allDigits(fraction) {
		return "", 0, false
	}
	n, _ := strconv.Atoi(exponent) // three digits at most
	places = len(whole) + n
	digits = strings.TrimLeft(whole+fraction, "0")
	places -= len(whole+fraction) - len(digits)
	return digits, places, digits != "" && places >= 1 && places <= MaxUID
}

// spell is the one spelling of a number of which only the first digits are
// known: 1.23457e+15, with as many digits as were shown, zeros included, and
// the exponent of two digits at least.
func spell(digits string, places int) string {
	if len(digits) > 1 {
		digits = digits[:1] + "." + digits[1:]
	}
	return fmt.Sprintf("%se+%02d", digits, places-1)
}

const (
	// KeptDigits is how many digits of a number spreadsheets keep; what is
	// after them becomes zeros.
	KeptDigits = 15
	// floatDigits is how many other programs write of one.
	floatDigits = 17
)

// Rounded is the spelling of a whole number whose last digits look as if they
// were lost; "" of one that has all of them.
func Rounded(digits string) string {
	shown := len(strings.TrimRight(digits, "0"))
	switch {
	case len(digits) > KeptDigits && shown <= KeptDigits:
		return spell(digits[:KeptDigits], len(digits))
	case len(digits) > floatDigits && shown <= floatDigits:
		return spell(digits[:floatDigits], len(digits))
	}
	return ""
}

// RoundsTo reports whether a spreadsheet may show a uid of digits, which may begin with
// zeros, as value, in the spelling of a RoundedAlike claim.
func RoundsTo(value, uid string) bool {
	values, shown := Kept(value)
	return slices.ContainsFunc(Roundings(uid, shown), func(v string) bool { return slices.Contains(values, v) })
}

// Kept are the values, each with so many digits, that are one with a claim's: what is
// after the digits that are kept is no two programs' same.
func Kept(value string) (values []string, digits int) {
	shown, places, ok := scientific(value)
	switch {
	case !ok:
		return nil, 0
	case len(shown) <= KeptDigits:
		return []string{value}, len(shown)
	}
	return []string{spell(roundDigits(shown, places, KeptDigits)), spell(shown[:KeptDigits], places)}, KeptDigits
}

// Roundings are what a uid of digits may be shown as with n digits: with the last
// rounded half away from zero, at once or out of those that are kept. Where n is as
// many as are kept, they may have been cut off as well: some programs round and some
// do not.
func Roundings(uid string, n int) []string {
	digits := strings.TrimLeft(uid, "0")
	if n < 1 || digits == "" || !allDigits(uid) || len(uid) > MaxUID {
		return nil
	}
	kept, at := roundDigits(digits, len(digits), KeptDigits)
	values := []string{spell(roundDigits(digits, len(digits), n)), spell(roundDigits(kept, at, n))}
	if n == KeptDigits && len(digits) >= n {
		values = append(values, spell(digits[:n], len(digits)))
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// roundDigits is a number with n digits, the last rounded half away from zero,
// and filled up with zeros.
func roundDigits(digits string, places, n int) (string, int) {
	if len(digits) <= n {
		return digits + strings.Repeat("0", n-len(digits)), places
	}
	out := []byte(digits[:n])
	if digits[n] < '5' {
		return string(out), places
	}
	for i := n - 1; i >= 0; i-- {
		if out[i] < '9' {
			out[i]++
			return string(out), places
		}
		out[i] = '0'
	}
	return "1" + string(out[:n-1]), places + 1
}

// FoldKey is the form in which the values of a second key are compared: NFC,
// without white space around it, one space for a run of it, in lower case.
func FoldKey(text string) string {
	return Text(strings.ToLower(Text(strings.ToValidUTF8(text, "\uFFFD"))))
}

// KeyValue is the folded value that a user has under a key path of the
// metadata: a row's own cell, or else a text, number or boolean of the
// object. "" is none.
func (u *User) KeyValue(path []string) string {
	for i := range u.Keys {
		if k := &u.Keys[i]; slices.Equal(k.Path, path) {
			return FoldKey(k.Text)
		}
	}
	if u.Metadata == "" || len(path) == 0 {
		return ""
	}
	o, _ := ParseObject(u.Metadata)
	v, _ := At(o, path)
	text, _ := ScalarText(v)
	return FoldKey(text)
}

// The decisions on a pair of uids that may be one person. An empty one is the first
// in rekey.csv, and the last in the workbook, in which both accounts are left alone until
// somebody has decided.
const (
	OnePerson     = "same"
	TwoPeople     = "different"
	UndecidedPair = "undecided"
)

// Known is pairs of uids of which somebody has said that they are one person's,
// ready to be asked whom a claim means by them.
type Known struct {
	old    map[string]string   // by the new uid
	digits map[string][]string // new uids of digits, by these without zeros in front
}

// NewKnown takes pairs, the uid under which the app knows a person by the new one.
func NewKnown(rekey map[string]string) *Known {
	k := &Known{old: rekey, digits: map[string][]string{}}
	for uid := range rekey {
		if digits := SameDigits(uid); digits != "" {
			k.digits[digits] = append(k.digits[digits], uid)
		}
	}
	return k
}

// ClaimKnown has a reject claim whom the app knows under another uid than the
// ones that it claims: a row with a new uid that is damaged means the old one's
// person.
func (r *Reject) ClaimKnown(k *Known) {
	if k == nil || len(k.old) == 0 {
		return
	}
	claim := func(uid string) {
		if old, ok := k.old[uid]; ok {
			r.Claim(Claim{Because: SameUID, Value: old})
		}
	}
	for _, c := range r.Claims {
		switch c.Because {
		case SameNumber:
			for _, uid := range k.digits[c.Value] {
				claim(uid)
			}
		case RoundedAlike:
			for digits, uids := range k.digits {
				if RoundsTo(c.Value, digits) {
					for _, uid := range uids {
						claim(uid)
					}
				}
			}
		default:
			claim(c.Value)
		}
	}
}
