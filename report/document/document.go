// Package document holds what a report says as blocks of lines, and lays them out for a
// terminal, as Markdown and as a sheet of a workbook. It refuses to know what the lines
// are about: every format says the same, and none words anything by itself.
package document

import (
	"fmt"
	"slices"
	"strings"
)

// Document is what a report says.
type Document struct {
	Verdict string
	Tone    Tone
	Blocks  []Block
}

// Tone is how a verdict is coloured.
type Tone uint8

// The tones.
const (
	Plain Tone = iota
	Bold
	Good
	Warning
	Bad
)

// Block is Facts, *Table, *Alert, *List or Steps.
type Block any

// Facts are lines with labels, under a title where the format needs one.
type Facts struct {
	Title string
	Facts []Fact
}

// Fact is a line with its label, and what belongs below it.
type Fact struct {
	Label string
	Text  Line
	Below []Line
}

// Add takes in a fact; one without a text is none.
func (f *Facts) Add(label string, text Line, below ...Line) {
	if len(text) > 0 {
		f.Facts = append(f.Facts, Fact{label, text, below})
	}
}

// Table has a name in the first cell of each row, and numbers in the others.
type Table struct {
	Title string   // for formats that have headings
	Heads []string // of the numbers
	Rows  []Row
	All   Row    // their sums, for formats that have room
	Below []Fact // what is said of the rows
	Long  bool   // it is for formats that have room
}

// Row is a row of a table.
type Row struct {
	Name, Note string // Note says what the name means, where there is room
	N          []int
}

// Alert is what nobody may overlook.
type Alert struct {
	Title string
	Text  string
	Stop  bool // it kept everything from being written
}

// List is a title and items.
type List struct {
	Title string
	Bold  bool   // the title is a heading, and not what was found
	Label string // where there is little room, the heads of the items are after it on one line
	Items []Item
	More  int    // items that are left out
	File  string // which has them; "" for none
}

// Item is an element of a list.
type Item struct {
	Head  Line
	Text  Line // after the head
	Below []Line
}

// Lines are the items and where the rest is, a line each.
func (l *List) Lines() []Line {
	if l == nil {
		return nil
	}
	var lines []Line
	for _, item := range l.Items {
		lines = append(lines, slices.Concat(item.Head, item.Text))
	}
	if l.More > 0 {
		lines = append(lines, l.rest())
	}
	return lines
}

// Steps are what to do, in order.
type Steps struct {
	Title, Label string
	Steps        []string
}

// Line is a sentence, or a part of one.
type Line []Span

// Span is a piece of a line.
type Span struct {
	Text  string
	Value bool // it is not ours: a name, a uid, a cell
}

// Value is a text that comes from a roster or an app.
type Value string

// Text is a line of our own words; "" makes none.
func Text(text string) Line {
	if text == "" {
		return nil
	}
	return Line{{Text: text}}
}

// Say is Sprintf for lines: a Value stays one, and so does a Line.
func Say(format string, args ...any) Line {
	var line Line
	for n := 0; format != ""; {
		text, rest, found := strings.Cut(format, "%")
		if text != "" {
			line = append(line, Span{Text: text})
		}
		if !found {
			break
		}
		switch arg := args[n].(type) {
		case Value:
			line = append(line, Span{string(arg), true})
		case Line:
			line = append(line, arg...)
		default:
			line = append(line, Text(fmt.Sprintf("%"+rest[:1], arg))...)
		}
		n, format = n+1, rest[1:]
	}
	return line
}

// Join puts lines after each other.
func Join(lines []Line, by string) Line {
	var all Line
	for i, line := range lines {
		if i > 0 {
			all = append(all, Span{Text: by})
		}
		all = append(all, line...)
	}
	return all
}

// String is the line as it is read.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}
