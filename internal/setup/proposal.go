package setup

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cometsync/importer/delimited"
	"cometsync/importer/survey"
	"cometsync/internal/config"
	"cometsync/internal/formats"
	"cometsync/internal/phrase"
)

// Proposal is a configuration that init writes.
type Proposal struct {
	To       string
	Made     time.Time
	Use      Purpose
	Sources  []string // as they were named
	Surveyed []*survey.Source
}

// Text is the configuration.
func (p *Proposal) Text() []byte { return form("cometsync.yaml", p) }

// Schema is the file beside it.
func (p *Proposal) Schema() string { return config.SchemaName }

// Nightly reports whether it is for a job that runs every night.
func (p *Proposal) Nightly() bool { return p.Use == ForNightly }

func (p *Proposal) people() (n int) {
	for _, s := range p.Surveyed {
		n += s.Rows
	}
	return n
}

// Next is a command to type.
func (p *Proposal) Next(command string) string {
	to := p.To
	if to == "-" {
		to = "cometsync.yaml"
	}
	return "cometsync " + command + " --config " + phrase.ShellWord(to)
}

// mapped are a source's columns as the map has them: one of several with one header by
// its letter, where any of them is used, and else once for all.
func mapped(s *survey.Source) (all []survey.Column) {
	columns, used := map[string]int{}, map[string]bool{}
	for _, c := range s.Columns {
		columns[c.Header]++
		used[c.Header] = used[c.Header] || c.Field != ""
	}
	for _, c := range s.Columns {
		header := c.Header
		switch n := columns[header]; {
		case n > 1 && used[header]:
			c.Why = strings.TrimPrefix(phrase.Sprintf("%s; its header is %q, which %d columns have", c.Why, header, n), "; ")
			c.Header = "column " + c.Letter
		case n > 1:
			c.Why = phrase.Sprintf("%d columns have this header; \"column %s\" in its place means this one alone", n, c.Letter)
			c.Samples, c.Suggest = nil, ""
			columns[header] = 0
		case n == 0:
			continue // told with the first
		}
		all = append(all, c)
	}
	return all
}

// unknown are columns with words that their field does not take.
func unknown(s *survey.Source) []survey.Column {
	return slices.DeleteFunc(slices.Clone(s.Columns), func(c survey.Column) bool {
		return c.Field == "" || c.Field == "uid" || len(c.Unknown) == 0
	})
}

// columnNote is what there is to know of a column, as a comment.
func columnNote(c survey.Column) string {
	var notes []string
	switch unsure := c.Field != "" && !c.Sure; {
	case unsure && c.Why != "" && !strings.HasPrefix(c.Why, "a guess"):
		notes = append(notes, "not sure: "+c.Why)
	case c.Why != "":
		notes = append(notes, c.Why)
	case unsure:
		notes = append(notes, "not sure")
	}
	if c.Field == "" && c.Suggest != "" && !strings.Contains(c.Why, c.Suggest) {
		notes = append(notes, c.Suggest+" would keep it")
	}
	if len(c.Samples) > 0 {
		quoted := make([]string, len(c.Samples))
		for i, s := range c.Samples {
			quoted[i] = "“" + phrase.Shorten(strings.TrimSpace(printable(s)), 40) + "”" // as there is room for
		}
		notes = append(notes, "such as "+strings.Join(quoted, ", "))
	}
	if len(notes) == 0 {
		return ""
	}
	return " # " + printable(strings.Join(notes, "; "))
}

// Summary tells what was written.
func (p *Proposal) Summary() string {
	var b strings.Builder
	for _, s := range p.Surveyed {
		mapped := 0
		var names []string
		for _, c := range s.Columns {
			if c.Field != "" {
				mapped++
				names = append(names, c.Header+" → "+c.Field)
			}
		}
		kind := s.Format
		if s.Sheet != "" {
			kind += ", sheet " + s.Sheet
		} else {
			kind += ", " + s.Encoding
			if s.Delimiter != 0 {
				kind += ", " + delimited.Word(s.Delimiter)
			}
		}
		fmt.Fprintf(&b, "%s: %s; %d of %s understood\n", s.Path, kind, mapped, phrase.Counted(len(s.Columns), "column", "columns"))
		for _, n := range names {
			fmt.Fprintf(&b, "  %s\n", printable(n))
		}
		for _, u := range s.Unsure {
			fmt.Fprintf(&b, "  not sure: %s\n", printable(u))
		}
	}
	fmt.Fprintf(&b, "\nFor %s:", p.Use)
	for i, l := range p.Lines() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + l.Option)
	}
	if p.Use == ForNightly {
		b.WriteString(" (for a first run, once: --for migration)")
	}
	fmt.Fprintf(&b, "\nWritten: %s, and %s for editors. Look through it, then:\n\n  %s\n", p.To, config.SchemaName, p.Next("validate"))
	return b.String()
}

// Document is the same for programs, without anybody's values.
func (p *Proposal) Document() any {
	type source struct {
		*survey.Source
		Delimiter string `json:"delimiter"`
	}
	d := struct {
		Schema        string   `json:"schema"`
		Configuration string   `json:"configuration"`
		JSONSchema    string   `json:"jsonSchema"`
		For           Purpose  `json:"for"`
		Sources       []source `json:"sources"`
	}{formats.Proposal.String(), p.To, filepath.Join(filepath.Dir(p.To), p.Schema()), p.Use, nil}
	for _, s := range p.Surveyed {
		found := source{Source: s}
		if s.Delimiter != 0 {
			found.Delimiter = delimited.Word(s.Delimiter)
		}
		d.Sources = append(d.Sources, found)
	}
	return d
}

// yamlText is a text as a value or key of YAML, in quotes where it needs them.
func yamlText(s string) string {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' || r == '/')
	}) && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z') && !yamlWords[strings.ToLower(s)]
	if plain {
		return s
	}
	return strconv.Quote(strings.ToValidUTF8(s, "\uFFFD")) // whose escapes YAML has as well
}

// yamlWords mean something else where they are without quotes.
var yamlWords = map[string]bool{"true": true, "false": true, "null": true, "yes": true, "no": true, "on": true, "off": true, "y": true,
	"n": true}

// printable is a text on one line, without what a terminal or an editor would
// act on.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}

// Purpose is what a configuration is for, a word of --for.
type Purpose string

const (
	ForNightly   Purpose = "nightly"
	ForMigration Purpose = "migration"
)

// graceBelow is below how many people guards can't see that a few are missing who
// should not be, so that a night more shows it.
const graceBelow = 500

// proposed is an option of a configuration, and why it is there.
type proposed struct {
	Why    []string // its lines
	Option string
}

// Lines is what the configuration says because of what it is for.
func (p *Proposal) Lines() []proposed {
	if p.Use == ForMigration {
		return []proposed{{[]string{"A first migration: users of the app whom the file lacks keep access. Before this",
			"runs every night, init --for nightly proposes what that takes."}, "missing: keep"}}
	}
	all := []proposed{
		{[]string{"Every night: users whom the file lacks lose access, but for those whom the file of",
			"no earlier run had. (keep: nobody does; deactivate: those do, too.)"}, "missing: known"},
		{[]string{"A file that was written longer ago is refused: tonight's did not come."}, "max-source-age: 36h"},
	}
	if p.people() < graceBelow {
		all = append(all, proposed{[]string{phrase.Sprintf("Fewer than %d people: too few for guards to see each mistake, so users keep",
			graceBelow), "access until the file of two nights lacked them. (1: until that of one did.)"}, "grace-runs: 2"})
	}
	return all
}

// String says what the configuration is for.
func (p Purpose) String() string {
	if p == ForMigration {
		return "a first migration"
	}
	return "every night"
}
