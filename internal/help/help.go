// Package help holds the reference that "cometsync help TOPIC" prints and that the
// README points to: one Markdown text a topic, laid out here for a terminal. It
// refuses to know the commands and their options.
package help

import (
	"embed"
	"strings"

	"cometsync/internal/phrase"
)

//go:embed topics/*.md
var texts embed.FS

// Topic is a page of reference.
type Topic struct{ Name, Short string }

// Topics are all topics, in the order in which they are listed.
var Topics = []Topic{
	{"sources", "What is read: files, columns, rejects, people under a new uid"},
	{"configuration", "The YAML file, the environment, and what overrides what"},
	{"nightly", "Unattended runs: who is missing, waiting, watching, keeping"},
	{"review", "Reviewing a plan, verifying a run, taking it back"},
	{"guards", "When a plan is refused as a whole, and how to let it through"},
	{"exit-codes", "What the exit status says"},
	{"reports", "The files of a report"},
	{"api", "How the API is treated, and what to know of the service"},
}

// Markdown is the topic as it is written.
func (t Topic) Markdown() string {
	b, err := texts.ReadFile("topics/" + t.Name + ".md")
	if err != nil {
		panic(err) // a topic without its text does not pass the tests
	}
	return string(b)
}

// Text is the topic as a terminal shows it that is so many columns wide.
func (t Topic) Text(width int) string {
	var b strings.Builder
	var paragraph []string
	hang := func(first, text string) { b.WriteString(phrase.Hang(first, text, width)) }
	flush := func() {
		if len(paragraph) > 0 {
			hang("", plain(strings.Join(paragraph, " ")))
			paragraph = nil
		}
	}
	heads := 0 // lines of the table that have been seen
	for line := range strings.Lines(t.Markdown()) {
		line = strings.TrimRight(line, "\n")
		if !strings.HasPrefix(line, "|") {
			heads = 0
		}
		switch title, isTitle := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); {
		case strings.HasPrefix(line, "    "):
			b.WriteString(line + "\n")
		case isTitle && line[0] == '#':
			b.WriteString(title + "\n")
		case strings.HasPrefix(line, "- "):
			flush()
			hang("- ", plain(line[2:]))
		case strings.HasPrefix(line, "|"):
			if heads++; heads > 2 {
				cells := row(line)
				hang("  ", cells[0])
				hang("      ", strings.Join(cells[1:], "; "))
			}
		case line == "":
			flush()
			b.WriteString("\n")
		default:
			paragraph = append(paragraph, line)
		}
	}
	flush()
	return b.String()
}

// Table has the rows of the topic's first table, but for its head.
func (t Topic) Table() (rows [][]string) {
	for line := range strings.Lines(t.Markdown()) {
		if strings.HasPrefix(line, "| ") {
			rows = append(rows, row(strings.TrimSpace(line)))
		} else if len(rows) > 0 {
			break
		}
	}
	return rows[2:]
}

func row(line string) []string {
	const bar = "\x00" // a bar that is text
	cells := strings.Split(strings.Trim(strings.ReplaceAll(line, `\|`, bar), "|"), "|")
	for i, c := range cells {
		cells[i] = plain(strings.TrimSpace(strings.ReplaceAll(c, bar, "|")))
	}
	return cells
}

// plain is a text without its markup. What is code is kept to the letter.
func plain(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		if i%2 == 0 {
			part = strings.ReplaceAll(part, "*", "")
		}
		b.WriteString(part)
	}
	return b.String()
}
