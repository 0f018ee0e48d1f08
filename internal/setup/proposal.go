package setup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cometsync/importer/delimited"
	"cometsync/importer/survey"
	"cometsync/internal/config"
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
func (p *Proposal) Text() []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# yaml-language-server: $schema=%s", config.SchemaName)
	line("#")
	line("# What cometsync init understood of %s on %s.", printable(strings.Join(p.Sources, ", ")), p.Made.Format("2006-01-02"))
	line("# Look at what each column means, and at \"Not sure\", then type:")
	line("#")
	line("#   %s", p.next("validate"))
	line("#   %s", p.next("plan"))
	line("")
	line("# The app. Its key is never in here: it comes from COMETCHAT_API_KEY, or from")
	line("# the file that api-key-file names.")
	line("# app-id: ")
	line("# region: us")
	suggest(&b, naming)
	line("")
	p.Use.write(&b, p.people())
	line("sources:")
	for _, s := range p.Surveyed {
		p.source(&b, s)
	}
	return b.Bytes()
}

// people is how many rows were seen.
func (p *Proposal) people() (n int) {
	for _, s := range p.Surveyed {
		n += s.Rows
	}
	return n
}

// next is a command to type.
func (p *Proposal) next(command string) string {
	to := p.To
	if to == "-" {
		to = "cometsync.yaml"
	}
	return "cometsync " + command + " --config " + phrase.ShellWord(to)
}

// source writes one source.
func (p *Proposal) source(b *bytes.Buffer, s *survey.Source) {
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	line("  - path: %s", yamlText(s.Path))
	rows := phrase.Plural(s.Rows, "row was", "rows were")
	if s.More {
		rows = "the first " + rows
	}
	line("    # %s, %s; %s looked at", printable(s.Format), phrase.Plural(len(s.Columns), "column", "columns"), rows)
	for _, u := range s.Unsure {
		line("    # Not sure: %s", printable(u))
	}
	if s.Sheet != "" {
		line("    sheet: %s", yamlText(s.Sheet))
	} else {
		found := map[survey.Origin]string{survey.OriginBytes: " # its words show it", survey.OriginMark: " # its mark says so"}
		line("    encoding: %s%s", yamlText(s.Encoding), found[s.Origin])
		if s.Delimiter != 0 {
			line("    delimiter: %s", yamlText(delimited.Word(s.Delimiter)))
		}
	}
	if s.DisplayedUIDs {
		line("    numeric-uid: displayed # the sheet keeps ids as numbers, and shows them with their zeros")
	}
	switch {
	case s.DatesSpare:
		line("    # dates: %s # as they show; needed if a column of dates becomes createdAt or lastActiveAt", yamlText(s.Dates))
	case s.Dates != "":
		line("    dates: %s # as they show: dots, or a part above 12, tell which is the day", yamlText(s.Dates))
	}
	if s.HeaderRow > 0 {
		above := ""
		if len(s.Above) > 0 {
			above = " # above it: " + printable(strings.Join(s.Above, " / "))
		}
		line("    header-row: %d%s", s.HeaderRow, above)
	}
	if s.Unheaded != nil {
		line("    # It has no header: row 1 is the first person. These are its columns, in their")
		line("    # order, and - is one that is left alone.")
		line("    columns:")
		for i := range s.Columns[:min(len(s.Columns), len(s.Unheaded))] {
			c := &s.Columns[i]
			line("      - %s%s", yamlText(s.Unheaded[i]), columnNote(c))
		}
		p.values(b, s)
		return
	}
	line("    # A column that is not listed here stops the run, and so does one that is")
	line("    # listed and missing: a header that was renamed never empties a field.")
	line("    # (ignore: leave columns alone that are not listed.)")
	line("    other-columns: refuse")
	line("    map:")
	columns, used := map[string]int{}, map[string]bool{}
	for _, c := range s.Columns {
		columns[c.Header]++
		used[c.Header] = used[c.Header] || c.Field != ""
	}
	for _, c := range s.Columns {
		switch n := columns[c.Header]; {
		case n > 1 && used[c.Header]:
			c.Why = strings.TrimPrefix(fmt.Sprintf("%s; its header is %q, which %d columns have", c.Why, c.Header, n), "; ")
			c.Header = "column " + c.Letter
		case n > 1:
			c.Why = fmt.Sprintf("%d columns have this header; \"column %s\" in its place means this one alone", n, c.Letter)
			c.Samples, c.Suggest = nil, ""
		case n == 0:
			continue // told with the first
		}
		columns[c.Header] = 0
		p.column(b, &c)
	}
	p.values(b, s)
}

// column writes what one column means.
func (p *Proposal) column(b *bytes.Buffer, c *survey.Column) {
	field := c.Field
	if field == "" {
		field = `"-"`
	} else {
		field = yamlText(field)
	}
	fmt.Fprintf(b, "      %s: %s%s\n", yamlText(c.Header), field, columnNote(c))
}

// columnNote is what there is to know of a column, as a comment.
func columnNote(c *survey.Column) string {
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
			quoted[i] = "“" + shortened(s) + "”"
		}
		notes = append(notes, "such as "+strings.Join(quoted, ", "))
	}
	if len(notes) == 0 {
		return ""
	}
	return " # " + printable(strings.Join(notes, "; "))
}

// values writes a place for what words mean that a field does not take.
func (p *Proposal) values(b *bytes.Buffer, s *survey.Source) {
	first := true
	for _, c := range s.Columns {
		if c.Field == "" || c.Field == "uid" || len(c.Unknown) == 0 {
			continue
		}
		if first {
			fmt.Fprintf(b, "    # What these values mean has to be said; until then their rows are rejects.\n    # values:\n")
			first = false
		}
		fmt.Fprintf(b, "    #   %s:\n", yamlText(c.Field))
		for _, v := range c.Unknown {
			fmt.Fprintf(b, "    #     %s: %s\n", printable(yamlText(v)), map[string]string{"state": "active or inactive?"}[c.Field])
		}
	}
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
		fmt.Fprintf(&b, "%s: %s; %d of %s understood\n", s.Path, kind, mapped, phrase.Plural(len(s.Columns), "column", "columns"))
		for _, n := range names {
			fmt.Fprintf(&b, "  %s\n", printable(n))
		}
		for _, u := range s.Unsure {
			fmt.Fprintf(&b, "  not sure: %s\n", printable(u))
		}
	}
	fmt.Fprintf(&b, "\nFor %s:", p.Use)
	for i, l := range p.Use.lines(p.people()) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + l.option)
	}
	if p.Use == ForNightly {
		b.WriteString(" (--for migration: to begin with)")
	}
	fmt.Fprintf(&b, "\nWritten: %s, and %s for editors. Look through it, then:\n\n  %s\n", p.To, config.SchemaName, p.next("validate"))
	return b.String()
}

// yamlText is a text as a value or key of YAML, in quotes where it needs them.
func yamlText(s string) string {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' || r == '/')
	}) && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z') && !yamlWords[strings.ToLower(s)]
	if plain {
		return s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(strings.ToValidUTF8(s, "\uFFFD")); err != nil {
		panic(err) // a text can always be marshalled
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// yamlWords mean something else where they stand without quotes.
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

// shortened is as much of a cell as a comment has room for.
func shortened(s string) string {
	const most = 40
	runes := []rune(strings.TrimSpace(printable(s)))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}
