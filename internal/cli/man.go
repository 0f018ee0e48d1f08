package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/internal/config"
	"cometsync/internal/help"
	"cometsync/internal/phrase"
)

// Man pages are written in the macros of man(7) straight from the commands. The
// way over Markdown that cobra has would take *, _ and < of a help text for its
// own, and lose them.

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages",
		Long: `Man writes a page of section 1 for each command into a directory, which is made
if it is not there. One version writes the same bytes every time; with
SOURCE_DATE_EPOCH in the environment, the pages have its date.

  cometsync man /usr/local/share/man/man1`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("%s takes the directory that the pages are written to", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.man(cmd.Root(), args[0]) },
	}
}

func (a *app) man(root *cobra.Command, dir string) error {
	date, err := a.manDate()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	written := 0
	var write func(c *cobra.Command) error
	write = func(c *cobra.Command) error {
		written++
		if err := os.WriteFile(filepath.Join(dir, manName(c)+".1"), []byte(manPage(c, date)), 0o644); err != nil {
			return err
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				if err := write(sub); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := write(root); err != nil || a.opt.Quiet {
		return err
	}
	_, err = fmt.Fprintf(a.Stdout, "%d pages are in %s; man -l %s shows the first\n", written, dir, phrase.ShellWord(filepath.Join(dir, manName(root)+".1")))
	return err
}

// manDate is the date of the pages: the one that is asked for, else that of the
// commit which the program was built from; "" where nobody knows.
func (a *app) manDate() (string, error) {
	if epoch := a.getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return "", usage("SOURCE_DATE_EPOCH: %q: must be seconds since 1970", epoch)
		}
		return time.Unix(seconds, 0).UTC().Format(time.DateOnly), nil
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
				return at.UTC().Format(time.DateOnly), nil
			}
		}
	}
	return "", nil
}

func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// roff is a page as it is written.
type roff struct{ strings.Builder }

func (p *roff) section(head string) { p.WriteString(`.SH "` + head + "\"\n") }

// text writes paragraphs. One in which lines are indented is a table, or something
// to type, and stands as it is.
func (p *roff) text(text string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			p.WriteString(".PP\n")
		}
		asIs := strings.Contains("\n"+paragraph, "\n  ") || strings.Contains("\n"+paragraph, "\n\t")
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

// manPage is the page of a command.
func manPage(c *cobra.Command, date string) string {
	p := &roff{}
	fmt.Fprintf(p, ".TH %s 1 \"%s\" \"%s\" cometsync\n.ad l\n", escaped(strings.ToUpper(manName(c))), date, escaped("cometsync "+version()))
	p.section("NAME")
	fmt.Fprintf(p, "%s \\- %s\n", escaped(manName(c)), escaped(c.Short))
	p.section("SYNOPSIS")
	fmt.Fprintf(p, "%s\n", bolded(c.UseLine()))
	p.section("DESCRIPTION")
	long := c.Long
	if long == "" {
		long = c.Short + "."
	}
	p.text(long)
	for _, part := range []struct {
		head  string
		flags *pflag.FlagSet
	}{{"OPTIONS", c.NonInheritedFlags()}, {"OPTIONS OF EVERY COMMAND", c.InheritedFlags()}} {
		if part.flags.HasAvailableFlags() {
			p.section(part.head)
			p.flags(part.flags)
		}
	}
	p.section("EXIT STATUS")
	for _, row := range (help.Topic{Name: "exit-codes"}).Table() {
		p.item(bolded(row[0]), row[1])
	}
	p.environment(c)
	p.files(c)
	p.also(c)
	return p.String()
}

func (p *roff) flags(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		what, text := pflag.UnquoteUsage(f)
		term := bolded("--" + f.Name)
		if f.Shorthand != "" {
			term = bolded("-"+f.Shorthand) + ", " + term
		}
		if what != "" {
			if short := map[string]string{"string": "TEXT", "int": "N", "uint": "N", "duration": "TIME"}[what]; short != "" {
				what = short
			}
			term += `=\fI` + escaped(what) + `\fR`
		}
		if d := f.DefValue; !slices.Contains([]string{"", "[]", "0", "0s", "false"}, d) {
			text += " (default " + d + ")"
		}
		p.item(term, text)
	})
}

// environment tells what the command takes from it, by its options.
func (p *roff) environment(c *cobra.Command) {
	p.section("ENVIRONMENT")
	has := func(flag string) bool { return c.Flags().Lookup(flag) != nil }
	for _, x := range new(config.Options).Table() {
		if x.Variable != "" && has(x.Name) {
			p.item(bolded(x.Variable), "the same as --"+x.Name)
		}
	}
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
	p.item(bolded("COMETSYNC_OPTION"), "the value of any other option, which stands in capitals with _ for -, as COMETSYNC_LOG_FORMAT; "+
		"a list has commas in it. The command line comes before the environment, and that before the file of --config.")
}

func (p *roff) files(c *cobra.Command) {
	has := func(flag string) bool { return c.Flags().Lookup(flag) != nil }
	p.section("FILES")
	p.item(bolded("cometsync.yaml"), "a configuration, as cometsync init writes one; it is read where --config names it")
	if has("state-dir") {
		p.item(bolded("~/.local/state/cometsync"), "the journals of earlier runs, the lock, and what the last good run read: the directory "+
			"that --state-dir names, else $STATE_DIRECTORY, else $XDG_STATE_HOME/cometsync, else this")
	}
	if has("protect-list") {
		p.item(bolded("~/.config/cometsync/APP.protect"), "the users that are never written: the file that --protect-list names, else "+
			"the one in $CONFIGURATION_DIRECTORY, else in $XDG_CONFIG_HOME/cometsync, else this")
	}
	if f := c.Flags().Lookup("report-dir"); f != nil && strings.Contains(f.Usage, "cometsync-reports") {
		p.item(bolded("cometsync-reports/RUN"), "the reports of a run, below the directory that it runs in, unless --report-dir names another")
	}
}

// also names the pages of the commands above and below.
func (p *roff) also(c *cobra.Command) {
	var names []string
	if c.HasParent() {
		names = append(names, manName(c.Parent()))
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, manName(sub))
		}
	}
	p.section("SEE ALSO")
	for i, name := range names {
		names[i] = bolded(name) + "(1)"
	}
	p.WriteString(strings.Join(names, ",\n") + "\n")
}
