package man

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/phrase"
)

// lines is how many a screen has; what does not go into them is left to Reference.
const lines = 24

// sheet is help being laid out in so many columns.
type sheet struct {
	strings.Builder
	width int
}

func (s *sheet) hang(first, text string) { s.WriteString(phrase.Hang(first, text, s.width)) }

// prose writes paragraphs. One in which lines are indented is a table, or something to
// type, and stays as it is.
func (s *sheet) prose(text string) {
	for i, paragraph := range paragraphs(text) {
		if i > 0 {
			s.WriteString("\n")
		}
		if asTyped(paragraph) {
			s.WriteString(strings.ReplaceAll(paragraph, "\t", " ") + "\n")
		} else {
			s.hang("", paragraph)
		}
	}
}

func paragraphs(text string) []string { return strings.Split(strings.Trim(text, "\n"), "\n\n") }

func asTyped(paragraph string) bool {
	return strings.Contains("\n"+paragraph, "\n  ") || strings.Contains("\n"+paragraph, "\n\t")
}

// about is what a command does, in paragraphs.
func about(c *cobra.Command) string {
	if c.Long == "" {
		return c.Short + "."
	}
	return c.Long
}

func usage(c *cobra.Command) string {
	if c.HasAvailableSubCommands() {
		return c.CommandPath() + " COMMAND [options]"
	}
	return strings.TrimSuffix(c.UseLine(), " [flags]") + " [options]"
}

// row is a line of a table: what belongs to one label has it once.
type row struct{ label, term, text string }

func (s *sheet) table(rows []row) {
	labels, terms := 0, 0
	for _, r := range rows {
		labels, terms = max(labels, len(r.label)), max(terms, len(r.term))
	}
	before := ""
	for _, r := range rows {
		label := r.label
		if label == before {
			label = ""
		}
		before = r.label
		s.hang(fmt.Sprintf("%-*s%-*s", labels+2, label, terms+2, r.term), r.text)
	}
}

// commands are those below one, in groups, but for topics, which only have a text.
func commands(c *cobra.Command) (rows []row, topics []*cobra.Command) {
	titles := map[string]string{"": "Commands"}
	for _, g := range c.Groups() {
		titles[g.ID] = g.Title
	}
	for _, sub := range c.Commands() {
		switch {
		case IsTopic(sub) && !sub.Hidden:
			topics = append(topics, sub)
		case sub.IsAvailableCommand():
			rows = append(rows, row{titles[sub.GroupID], sub.Name(), sub.Short})
		}
	}
	return rows, topics
}

// IsTopic reports whether a command only has a text, which its help prints.
func IsTopic(c *cobra.Command) bool { return !c.Runnable() && !c.HasSubCommands() }

// flags are all of a command, as help has them.
func flags(c *cobra.Command) []config.Group {
	c.InitDefaultHelpFlag() // also takes those of every command in
	c.InitDefaultVersionFlag()
	return config.Groups(c.Flags())
}

// options are the rows of a command's, and whether they are all of them.
func options(c *cobra.Command, all bool) (rows []row, n int) {
	for _, g := range flags(c) {
		for _, e := range g.Entries {
			n++
			if text := e.Brief; text != "" || all {
				if text == "" {
					text = e.Text
				}
				rows = append(rows, row{g.Name, strings.TrimSpace(e.Flag + " " + e.Value), text})
			}
		}
	}
	return rows, n
}

// Screen is what --help shows: what the command is for, how it is called, and its
// common options, or all if there is room for them.
func Screen(c *cobra.Command, width int) string {
	whole := screen(c, width, true)
	if strings.Count(whole, "\n") <= lines {
		return whole
	}
	return screen(c, width, false)
}

func screen(c *cobra.Command, width int, all bool) string {
	s := &sheet{width: width}
	s.hang("", paragraphs(about(c))[0])
	s.WriteString("\n")
	s.hang("Usage:    ", usage(c))
	if c.Example != "" {
		s.hang("Example:  ", c.Example)
	}
	s.WriteString("\n")
	if rows, topics := commands(c); len(rows) > 0 {
		s.program(rows, topics)
		s.WriteString("\n")
		all := strings.Join(append(strings.Fields("cometsync help "+Below(c)), "COMMAND"), " ")
		s.hang("", all+" explains a command in full, help TOPIC a topic.")
		return s.String()
	}
	rows, n := options(c, all)
	s.table(rows)
	s.WriteString("\n")
	more := "says more, with defaults, variables and keys."
	if len(rows) < n {
		more = fmt.Sprintf("has all %d options, with defaults, variables and keys.", n)
	}
	s.hang("", "cometsync help "+Below(c)+" "+more)
	return s.String()
}

// program lists the commands of the program; of its own ones, and of topics, the names do.
func (s *sheet) program(rows []row, topics []*cobra.Command) {
	last := rows[len(rows)-1].label
	i := slices.IndexFunc(rows, func(r row) bool { return r.label == last })
	names := func(label string, list []string) {
		if len(list) > 0 {
			s.hang(fmt.Sprintf("%-11s", label), strings.Join(list, ", "))
		}
	}
	if len(topics) == 0 {
		s.table(rows)
		return
	}
	s.table(rows[:i])
	var own, about []string
	for _, r := range rows[i:] {
		own = append(own, r.term)
	}
	for _, t := range topics {
		about = append(about, t.Name())
	}
	names(last, own)
	names("Topics", about)
}

// Below is the path of a command below the root.
func Below(c *cobra.Command) string {
	_, path, _ := strings.Cut(c.CommandPath(), " ")
	return path
}

// Reference is all that there is to say of a command.
func Reference(c *cobra.Command, width int) string {
	s := &sheet{width: width}
	s.prose(about(c))
	s.WriteString("\nUsage:\n  " + usage(c) + "\n")
	if c.Example != "" {
		s.WriteString("\nExample:\n  " + c.Example + "\n")
	}
	rows, topics := commands(c)
	for _, t := range topics {
		rows = append(rows, row{"Topics", t.Name(), t.Short})
	}
	if len(rows) > 0 {
		s.WriteString("\n")
		s.table(rows)
	}
	for _, g := range flags(c) {
		s.WriteString("\n" + g.Name + ":\n")
		for _, e := range g.Entries {
			s.WriteString("  " + strings.TrimSpace(e.Flag+" "+e.Value) + "\n")
			s.hang("      ", e.Text)
			if notes := e.Notes(); notes != "" {
				s.hang("      ", notes)
			}
		}
	}
	return s.String()
}
