package html

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"cometsync/internal/plan"
	"cometsync/report"
)

type conflictView struct {
	plan.Conflict
	Values []conflictValue
}

// conflictValue is a field with its three values. What differs is marked
// between what the run left and what is there now.
type conflictValue struct {
	Field              string
	Before, After, Now valueView
}

// Conflicts are the users that an undo leaves alone.
func (p pageView) Conflicts() (views shown[conflictView]) {
	conflicts := first(p.Report.Conflicts, sectionRows)
	views.More = conflicts.More
	for _, c := range conflicts.Rows {
		view := conflictView{Conflict: c}
		for _, f := range c.Fields {
			v := conflictValue{Field: f.Field, Before: viewOf(report.ShownAs(f.Field, f.Before))}
			v.After, v.Now = compare(report.ShownAs(f.Field, f.After), report.ShownAs(f.Field, f.Now))
			view.Values = append(view.Values, v)
		}
		views.Rows = append(views.Rows, view)
	}
	return views
}

// valueView is a value beside the one that it is compared with.
type valueView struct {
	None  bool // there is no value
	Empty bool // the empty text
	List  bool // Parts are the elements of a list
	Parts []part
}

// part is a piece of a value.
type part struct {
	Text    string
	Differs bool // from the other side
}

// compare takes two values apart for people to see where they differ: lists
// by their elements, long texts by the words in the middle that differ.
func compare(before, after string) (valueView, valueView) {
	b, a := viewOf(before), viewOf(after)
	switch {
	case b.None || a.None || b.Empty || a.Empty:
	case b.List && a.List:
		markElements(b.Parts, a.Parts)
		markElements(a.Parts, b.Parts)
	case !b.List && !a.List:
		b.Parts, a.Parts = markWords(b.Parts[0].Text, a.Parts[0].Text)
	}
	return b, a
}

func viewOf(value string) valueView {
	if value == "" || value == "null" {
		return valueView{None: true}
	}
	if list, ok := report.StringList(value); ok {
		v := valueView{List: true, Empty: len(list) == 0}
		for _, s := range list {
			v.Parts = append(v.Parts, part{Text: s})
		}
		return v
	}
	text := report.ValueText(value)
	return valueView{Empty: text == "", Parts: []part{{Text: text}}}
}

func markElements(list, other []part) {
	for i := range list {
		list[i].Differs = !slices.ContainsFunc(other, func(p part) bool { return p.Text == list[i].Text })
	}
}

// markWords marks what differs between what two texts begin and end with
// alike; if that is little, nothing is marked: the whole differs.
func markWords(b, a string) ([]part, []part) {
	whole := func(s string) []part { return []part{{Text: s}} }
	if b == a {
		return whole(b), whole(a)
	}
	head := 0
	for head < len(b) && head < len(a) && b[head] == a[head] {
		head++
	}
	head = wordStart(b, wordStart(a, head))
	tail := 0
	for tail < len(b)-head && tail < len(a)-head && b[len(b)-1-tail] == a[len(a)-1-tail] {
		tail++
	}
	tail = min(wordEnd(b, tail), wordEnd(a, tail))
	if (head+tail)*3 < min(len(b), len(a)) {
		return whole(b), whole(a)
	}
	cut := func(s string) []part {
		var parts []part
		for _, p := range []part{{s[:head], false}, {s[head : len(s)-tail], true}, {s[len(s)-tail:], false}} {
			if p.Text != "" {
				parts = append(parts, p)
			}
		}
		return parts
	}
	return cut(b), cut(a)
}

// wordStart goes back from i to the next place between words, so that no
// letter, and no mark upon one, is torn apart.
func wordStart(s string, i int) int {
	for i > 0 && !betweenWords(s, i) {
		i--
	}
	return i
}

// wordEnd shortens the n bytes at the end of s to whole words.
func wordEnd(s string, n int) int {
	for n > 0 && !betweenWords(s, len(s)-n) {
		n--
	}
	return n
}

func betweenWords(s string, i int) bool {
	if i == 0 || i == len(s) {
		return true
	}
	if !utf8.RuneStart(s[i]) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	return !(inWord(before) && inWord(after)) && !unicode.IsMark(after)
}

func inWord(c rune) bool {
	return unicode.IsLetter(c) || unicode.IsDigit(c) || unicode.IsMark(c) || c > 0x1F000 || c == '\u200D' || c == '\uFE0F' ||
		c == utf8.RuneError
}
