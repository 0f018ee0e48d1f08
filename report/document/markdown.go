package document

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"cometsync/internal/phrase"
)

// Markdown lays the document out to be pasted into a pull request or a chat: the
// verdict comes first and alone, since a chat shows one line of it.
func (d *Document) Markdown(w io.Writer) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	items := func(label string, text Line, below []Line) {
		line("- %s%s", label, text.markdown())
		for _, l := range below {
			line("  - %s", l.markdown())
		}
	}
	facts := func(facts []Fact) {
		for _, f := range facts {
			items(prose(f.Label)+": ", f.Text, f.Below)
		}
	}
	line("**%s**", prose(d.Verdict))
	for _, block := range d.Blocks {
		if t, ok := block.(*Table); ok && t.Long {
			continue
		}
		line("")
		switch block := block.(type) {
		case Facts:
			line("**%s**\n", block.Title) // or they would be more of the list above them
			facts(block.Facts)
		case *Table:
			line("| | %s |", strings.Join(block.Heads, " | "))
			line("| :-- |%s", strings.Repeat(" --: |", len(block.Heads)))
			for _, r := range block.Rows {
				line("| %s | %s |", r.Name, strings.Join(r.Numbers(), " | "))
			}
			if len(block.Below) > 0 {
				line("")
				facts(block.Below)
			}
		case *Alert:
			line("> **%s.** %s", prose(block.Title), prose(block.Text))
		case *List:
			line("**%s**", prose(block.Title))
			for i, item := range block.Items {
				if i == 0 {
					line("")
				}
				items("", slices.Concat(item.Head, item.Text), item.Below)
			}
			if more := block.rest(); len(more) > 0 {
				items("", more, nil)
			}
		case Steps:
			if len(block.Steps) == 1 {
				line("**%s:** %s", block.Title, prose(block.Steps[0]))
				break
			}
			line("**%s**\n", block.Title)
			for i, step := range block.Steps {
				line("%d. %s", i+1, prose(step))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (l Line) markdown() string {
	var b strings.Builder
	for _, s := range l {
		if s.Value {
			b.WriteString(value(s.Text))
		} else {
			b.WriteString(prose(s.Text))
		}
	}
	return b.String()
}

// prose escapes a sentence of ours that may quote what is not ours.
func prose(s string) string {
	var b strings.Builder
	for _, c := range phrase.Visible(s) {
		switch c {
		case '\\', '`', '*', '_', '[', ']', '<', '>', '|', '~', '#':
			b.WriteByte('\\')
		case '@': // would call whoever has that name
			b.WriteString("`@`")
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// value is a text that is not ours: as it is if it consists of letters, digits and
// spaces, else as code, in which nothing has a meaning.
func value(s string) string {
	s = phrase.Visible(s)
	plain := func(c rune) bool {
		return unicode.IsLetter(c) || unicode.IsMark(c) || unicode.IsDigit(c) || c == ' ' || c == '\'' || c == '’'
	}
	if strings.IndexFunc(s, func(c rune) bool { return !plain(c) }) < 0 {
		return s
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + strings.ReplaceAll(s, "|", `\|`) + fence
}
