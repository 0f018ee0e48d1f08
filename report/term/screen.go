// Package term lays text out for a terminal, or for what takes one's place: lines
// broken between words, lines with a label, tables, colours. It refuses to know
// what any text says, and looks at no terminal: width and colour are handed in.
package term

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"cometsync/internal/phrase"
)

// Screen is text being laid out. What goes wrong is told by Flush.
type Screen struct {
	out   *bufio.Writer
	color bool
	width int  // columns
	Cut   bool // a word that is wider is cut, instead of standing alone
}

// New begins to lay text out in so many columns; 0 is 80.
func New(w io.Writer, color bool, width int) *Screen {
	if width <= 0 {
		width = 80
	}
	return &Screen{out: bufio.NewWriter(w), color: color, width: width}
}

// Flush writes what is not written yet.
func (s *Screen) Flush() error { return s.out.Flush() }

// The styles, which may be joined.
const (
	Bold   = "\x1b[1m"
	Red    = "\x1b[31m"
	Green  = "\x1b[32m"
	Yellow = "\x1b[33m"
)

// Paint is a text in a style, where there are colours.
func (s *Screen) Paint(style, text string) string {
	if !s.color || style == "" {
		return text
	}
	return style + text + "\x1b[0m"
}

// Line writes a line as it is given.
func (s *Screen) Line(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// Wrapped writes first and then text, broken between words to the width, with
// every line but the first indented as far as first reaches.
func (s *Screen) Wrapped(style, first, text string) {
	at := phrase.Columns(first)
	room := max(s.width-at, 20)
	lines := phrase.Wrap(phrase.Visible(text), room)
	indent := strings.Repeat(" ", at)
	for i, l := range lines {
		if i > 0 {
			first = indent
		}
		if s.Cut {
			l = phrase.Cut(l, room)
		}
		s.Line("%s%s", first, s.Paint(style, l))
	}
}

// Labelled writes a text in the right one of two columns, and a label in the left.
func (s *Screen) Labelled(label, text string) { s.Wrapped("", fmt.Sprintf("  %-13s", label), text) }

// Steps writes a list of what to do, in order; one thing alone has no number.
func (s *Screen) Steps(label string, steps []string) {
	for i, step := range steps {
		first := fmt.Sprintf("  %-13s", label)
		if len(steps) > 1 {
			first += fmt.Sprintf("%d. ", i+1)
		}
		s.Wrapped("", first, step)
		label = ""
	}
}
