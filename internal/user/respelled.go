package user

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Respelled reports whether the text of a uid's cell is another than it was, and
// only as a spreadsheet makes it of it unasked: a number without its zeros in
// front or its decimals, with or without an exponent or separators, or rounded;
// of a uid also without zeros in front of numbers within it, or as a date in
// another order. None of them puts zeros in front: who does corrects.
func Respelled(was, now string) bool {
	was, now = asWritten(was), asWritten(now)
	if was == now || was == "" || now == "" {
		return false
	}
	if digits := SameDigits(now); digits != "" && digits != now {
		return false
	}
	before, after := numbersIn(was), numbersIn(now)
	for _, n := range after {
		if slices.Contains(before, n) {
			return true
		}
		if r := Rounded(n); r != "" && slices.ContainsFunc(before, func(b string) bool { return RoundsTo(r, b) }) {
			return true
		}
	}
	if !ValidUID(was) {
		return false
	}
	return len(now) < len(was) && withoutZeros(was) == withoutZeros(now) || onlyDate(was) && onlyDate(now) && sameNumbers(was, now)
}

func withoutZeros(text string) string {
	var b strings.Builder
	for text != "" {
		n := strings.IndexFunc(text, func(c rune) bool { return c >= '0' && c <= '9' })
		if n < 0 {
			n = len(text)
		}
		b.WriteString(text[:n])
		rest := strings.TrimLeft(text[n:], "0123456789")
		b.WriteString(trimZeros(text[n : len(text)-len(rest)]))
		text = rest
	}
	return b.String()
}

func onlyDate(text string) bool {
	return strings.Trim(text, "0123456789-") == "" && strings.Count(text, "-") == 2
}

// asWritten is the text of a uid's cell as uids are compared.
func asWritten(cell string) string {
	cell, _ = Undefuse(cell)
	return FoldUID(norm.NFKC.String(Text(strings.ToValidUTF8(cell, "\uFFFD"))))
}

// numbersIn are the whole numbers that a text may be, without zeros in front.
func numbersIn(text string) []string {
	text = strings.TrimPrefix(text, "-")
	numbers := wholeNumbers(text)
	if digits, places, ok := scientific(text); ok {
		if shown := strings.TrimRight(digits, "0"); len(shown) <= places {
			digits = shown + strings.Repeat("0", places-len(shown))
			if !slices.Contains(numbers, digits) {
				numbers = append(numbers, digits)
			}
		}
	}
	return numbers
}

// sameNumbers reports whether two texts have the same numbers, in whatever order,
// and the same letters around them.
func sameNumbers(a, b string) bool {
	x, words := numbersOf(a)
	y, others := numbersOf(b)
	return len(x) > 0 && slices.Equal(x, y) && words == others
}

// LikeCell reports whether a cell is what a spreadsheet may have made of another:
// numbers have lost zeros, and dates have another order.
func LikeCell(a, b string) bool {
	a, _ = Undefuse(a)
	b, _ = Undefuse(b)
	a, b = FoldKey(a), FoldKey(b)
	return a == b || sameNumbers(a, b)
}

func numbersOf(text string) (numbers []string, letters string) {
	digits := func(c rune) bool { return c >= '0' && c <= '9' }
	for _, n := range strings.FieldsFunc(text, func(c rune) bool { return !digits(c) }) {
		numbers = append(numbers, SameDigits(n))
	}
	slices.Sort(numbers)
	return numbers, strings.Map(func(c rune) rune {
		if digits(c) || strings.ContainsRune(" .,:/-+", c) {
			return -1
		}
		return c
	}, text)
}
