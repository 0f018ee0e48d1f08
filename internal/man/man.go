// Package man says how a command is used, straight from the command: in one screen,
// with everything, and as a manual page in the macros of man(7). The way over Markdown
// that cobra has to those would take *, _ and < of a help text for its own, and lose
// them. It refuses to know what a command does.
package man

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cometsync/internal/help"
)

// Name is that of its page, without the section.
func Name(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

type roff struct{ strings.Builder }

func (p *roff) section(head string) { p.WriteString(`.SH "` + head + "\"\n") }

// text writes paragraphs. One in which lines are indented is a table, or something
// to type, and stays as it is.
func (p *roff) text(text string) {
	for i, paragraph := range paragraphs(text) {
		if i > 0 {
			p.WriteString(".PP\n")
		}
		asIs := asTyped(paragraph)
		if asIs {
			p.WriteString(".nf\n")
		}
		for line := range strings.Lines(paragraph) {
			p.WriteString(escaped(strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    ")) + "\n")
		}
		if asIs {
			p.WriteString(".fi\n")
		}
	}
}

// item writes a term, whose words after the first are not bold, and what it is.
func (p *roff) item(term, text string) {
	p.WriteString(".TP\n" + term + "\n")
	p.text(text)
}

func bolded(s string) string { return `\fB` + escaped(s) + `\fR` }

// escaped is a text that roff takes as it is.
func escaped(s string) string {
	var b strings.Builder
	for i, c := range s {
		switch {
		case c == '\\':
			b.WriteString(`\e`)
		case c == '-':
			b.WriteString(`\-`)
		case c == '\'' || c == '.' && i == 0:
			b.WriteString(map[rune]string{'\'': `\(aq`, '.': `\&.`}[c])
		case c == '`':
			b.WriteString(`\(ga`)
		case c == '^':
			b.WriteString(`\(ha`)
		case c == '~':
			b.WriteString(`\(ti`)
		case c > '~':
			fmt.Fprintf(&b, `\[u%04X]`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// Page is the page of a command.
func Page(c *cobra.Command, date string) string {
	p := &roff{}
	fmt.Fprintf(p, ".TH %s 1 \"%s\" \"%s\" cometsync\n.ad l\n", escaped(strings.ToUpper(Name(c))), date,
		escaped("cometsync "+c.Root().Version))
	p.section("NAME")
	fmt.Fprintf(p, "%s \\- %s\n", escaped(Name(c)), escaped(c.Short))
	p.section("SYNOPSIS")
	fmt.Fprintf(p, "%s\n", bolded(usage(c)))
	p.section("DESCRIPTION")
	p.text(about(c))
	if c.Example != "" {
		p.section("EXAMPLE")
		p.WriteString(bolded(c.Example) + "\n")
	}
	p.section("OPTIONS")
	for _, g := range flags(c) {
		p.WriteString(`.SS "` + g.Name + "\"\n")
		for _, e := range g.Entries {
			term := bolded(e.Flag)
			if e.Value != "" {
				term += `=\fI` + escaped(e.Value) + `\fR`
			}
			p.item(term, e.Text+" "+e.Notes())
		}
	}
	p.section("EXIT STATUS")
	for _, row := range (help.Topic{Name: "exit-codes"}).Table() {
		p.item(bolded(row[0]), row[1])
	}
	p.around(c)
	p.also(c)
	return p.String()
}

// around tells what the command takes from the environment and which files it has, by its
// options.
func (p *roff) around(c *cobra.Command) {
	p.section("ENVIRONMENT")
	has := func(flag string) bool { return c.Flags().Lookup(flag) != nil }
	if has("api-key-file") {
		p.item(bolded("COMETCHAT_API_KEY"), "the REST API key itself, unless --api-key-file names a file")
		p.item(bolded("HTTPS_PROXY")+", "+bolded("NO_PROXY"), "the proxy on the way to the app, and what is reached without it")
	}
	if has("state-dir") {
		p.item(bolded("STATE_DIRECTORY")+", "+bolded("XDG_STATE_HOME"), "where the state lies; see FILES")
	}
	if has("protect-list") {
		p.item(bolded("CONFIGURATION_DIRECTORY")+", "+bolded("XDG_CONFIG_HOME"), "where the protect list lies; see FILES")
	}
	p.item(bolded("NO_COLOR"), "with any value, a terminal is shown no colours")
	p.item(bolded("COMETSYNC_OPTION"), "the value of any other option, in capitals with _ for -, as COMETSYNC_LOG_FORMAT; "+
		"a list has commas in it. The command line comes before the environment, and that before the file of --config.")
	p.section("FILES")
	p.item(bolded("cometsync.yaml"), "a configuration, as cometsync init writes one; it is read where --config names it")
	if has("state-dir") {
		p.item(bolded("~/.local/state/cometsync"), "the journals of earlier runs, the lock, and what the last good run read: the "+
			"directory that --state-dir names, else $STATE_DIRECTORY, else $XDG_STATE_HOME/cometsync, else this")
	}
	if has("protect-list") {
		p.item(bolded("~/.config/cometsync/APP.protect"), "the users that are never written: the file that --protect-list names, else "+
			"the one in $CONFIGURATION_DIRECTORY, else in $XDG_CONFIG_HOME/cometsync, else this")
	}
	if f := c.Flags().Lookup("report-dir"); f != nil && strings.Contains(f.Usage, "cometsync-reports") {
		p.item(bolded("cometsync-reports/RUN"), "the reports of a run, below the directory that it runs in, unless --report-dir names "+
			"another")
	}
}

// also names the pages of the commands above and below.
func (p *roff) also(c *cobra.Command) {
	var names []string
	if c.HasParent() {
		names = append(names, Name(c.Parent()))
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, Name(sub))
		}
	}
	p.section("SEE ALSO")
	for i, name := range names {
		names[i] = bolded(name) + "(1)"
	}
	p.WriteString(strings.Join(names, ",\n") + "\n")
}
