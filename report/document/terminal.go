package document

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/report/term"
)

var tones = [...]string{Bold: term.Bold, Good: term.Bold + term.Green, Warning: term.Bold + term.Yellow, Bad: term.Bold + term.Red}

const (
	inset  = "    " // of what belongs below a line
	nested = "      "
)

// Terminal lays the document out for a terminal; for a mail with its verdict on one
// line, since a mail's reader, or its subject, may have but the first.
func (d *Document) Terminal(s *term.Screen, mail bool) {
	if mail {
		s.Line("%s", phrase.Visible(d.Verdict))
	} else {
		s.Wrapped(tones[d.Tone], "", d.Verdict)
	}
	var last Block
	for _, block := range d.Blocks {
		if t, ok := block.(*Table); ok && t.Long {
			continue
		}
		if !follows(last, block) {
			s.Line("")
		}
		switch b := block.(type) {
		case Facts:
			b.terminal(s)
		case *Table:
			b.terminal(s)
		case *Alert:
			style := term.Bold
			if b.Stop {
				style += term.Red
			}
			s.Wrapped(style, "  ", b.Title)
			s.Wrapped("", inset, b.Text)
		case *List:
			b.terminal(s)
		case Steps:
			s.Steps(b.Label, b.Steps)
		}
		last = block
	}
}

// follows reports whether a block is directly below another.
func follows(last, block Block) bool {
	switch last := last.(type) {
	case Facts:
		_, steps := block.(Steps)
		return steps
	case *List:
		_, facts := block.(Facts)
		return facts && last.Label != ""
	}
	return false
}

func (f Facts) terminal(s *term.Screen) {
	for _, f := range f.Facts {
		s.Labelled(f.Label, f.Text.String())
		for _, line := range f.Below {
			s.Wrapped("", strings.Repeat(" ", 17), line.String())
		}
	}
}

func (t *Table) terminal(s *term.Screen) {
	row := func(name string, cells []string) string {
		text := fmt.Sprintf("  %-13s", name)
		for i, cell := range cells {
			text += fmt.Sprintf("%*s", []int{7, 10}[min(i, 1)], cell)
		}
		return text
	}
	s.Line("%s", s.Paint(term.Bold, row("", t.Heads)))
	for _, r := range t.Rows {
		s.Line("%s", row(r.Name, r.Numbers()))
	}
	Facts{Facts: t.Below}.terminal(s)
}

// Numbers are those of the row as people read them.
func (r Row) Numbers() []string {
	cells := make([]string, len(r.N))
	for i, n := range r.N {
		cells[i] = phrase.Thousands(n)
	}
	return cells
}

func (l *List) terminal(s *term.Screen) {
	if l.Label != "" {
		heads := make([]string, len(l.Items))
		for i := range l.Items {
			heads[i] = l.Items[i].Head.String()
		}
		text := strings.Join(heads, ", ")
		if l.More > 0 {
			text = phrase.And(append(heads, phrase.Thousands(l.More)+" more"))
		}
		s.Labelled(l.Label, text)
		return
	}
	style := ""
	if l.Bold {
		style = term.Bold
	}
	s.Wrapped(style, "  ", l.Title)
	for _, item := range l.Items {
		s.Wrapped("", inset, slices.Concat(item.Head, item.Text).String())
		for _, line := range item.Below {
			s.Wrapped("", nested, line.String())
		}
	}
	if more := l.rest(); len(more) > 0 {
		s.Wrapped("", inset, more.String())
	}
}

// rest says where the items are that are left out; none for none.
func (l *List) rest() Line {
	switch {
	case l.More == 0:
		return nil
	case l.File == "":
		return Say("and %s more; --report-dir DIR writes all of them", phrase.Thousands(l.More))
	}
	return Say("and %s more in %s", phrase.Thousands(l.More), Value(l.File))
}
