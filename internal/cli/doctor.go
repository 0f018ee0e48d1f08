package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/diff/guard"
	"cometsync/importer"
	"cometsync/importer/input"
	"cometsync/internal/config"
	"cometsync/internal/exit"
	"cometsync/internal/formats"
	"cometsync/internal/history"
	"cometsync/internal/monitor"
	"cometsync/internal/phrase"
	"cometsync/internal/run"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/term"
	"cometsync/report/wire"
)

func (a *app) doctorCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "doctor [SOURCE...]",
		Short: "Check what a sync needs, without writing anything",
		Long: `Doctor takes the words of a sync, and says whether it would run.

It looks at the options and where each has its value from, the sources and the
roles that they name, the key and what it may do, the rates and the clock of the
service, the directories of state and reports, the disk, the lock, the last good
run, and runs that did not finish. Every check is made, whatever another one finds.

It sends nothing but GET requests, and writes nothing, no directory either. It
exits with 1 if something would keep a sync from running, else with 0.`,
		Example: "cometsync doctor staff.csv --config cometsync.yaml",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.doctor(cmd.Context(), args) },
	}, config.OfSync)
}

// doctor is a run that only looks.
type doctor struct {
	*run.Run
	wrong  []error // of the options
	checks []check
	roles  map[string]string // that somebody is to have, and where they are named
}

func (a *app) doctor(ctx context.Context, args []string) error {
	d := &doctor{
		Run:   &run.Run{Session: a.Session, ID: "{run}", Command: "doctor", Protects: a.Opt.Protect},
		wrong: a.wrong,
		roles: map[string]string{},
	}
	defer d.Close()
	a.Hasty = true
	d.await(ctx, d.options)
	d.source(ctx, args)
	if d.await(ctx, d.named) {
		d.service(ctx)
		d.homes()
		d.past()
	}
	d.directories()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return d.tell()
}

// await makes a check that reads files which options name, and leaves it to itself
// once the context ends; then nothing else is looked at.
func (d *doctor) await(ctx context.Context, check func() bool) bool {
	ok, err := input.Await(ctx, func() (bool, error) { return check(), nil })
	return err == nil && ok
}

func (d *doctor) ok(name, format string, args ...any) {
	d.checks = append(d.checks, check{Name: name, State: checkOK, Told: phrase.Sprintf(format, args...)})
}

func (d *doctor) warn(name, todo, format string, args ...any) {
	d.checks = append(d.checks, check{Name: name, State: checkWarn, Told: phrase.Sprintf(format, args...), Todo: todo})
}

// fail tells an error, which says by itself what to do.
func (d *doctor) fail(name string, err error) {
	d.checks = append(d.checks, check{Name: name, State: checkFail, Told: err.Error()})
}

func (d *doctor) tell() error {
	worst := checkOK
	for i := range d.checks {
		c := &d.checks[i]
		c.Told, c.Todo, worst = d.Mask.Text(c.Told), d.Mask.Text(c.Todo), max(worst, c.State)
	}
	var err error
	switch {
	case d.Opt.Output == "json":
		err = wire.WriteDocument(d.Stdout, struct {
			Schema  string     `json:"schema"`
			Result  checkState `json:"result"`
			Checks  []check    `json:"checks"`
			Options []setting  `json:"options"`
		}{formats.Checks.String(), worst, d.checks, d.settings()})
	case d.Opt.Quiet && d.Origins["quiet"].Kind != config.FromFile && worst == checkOK:
	default:
		err = writeChecks(d.Stdout, d.checks, d.settings(), d.Terminal(""))
	}
	if err == nil && worst == checkFail {
		err = exit.Silent(exit.Failed)
	}
	return err
}

// hidden are options whose values may be secrets.
var hidden = []string{"ping-url", "on-finish"}

// settings are the options as they hold, in order of their names.
func (d *doctor) settings() []setting {
	var all []setting
	add := func(name string, values ...string) {
		from := d.Origins[name]
		if from.Kind == "" {
			from.Kind = "default"
		}
		for i, v := range values {
			values[i] = d.Mask.Text(v)
			if v != "" && (slices.Contains(hidden, name) || name == "base-url" && strings.ContainsAny(v, "@?#") || name == "api-key-file" &&
				run.LooksLikeKey(v)) {
				values[i] = "(not shown)"
			}
		}
		all = append(all, setting{Name: name, Values: append([]string{}, values...), Origin: string(from.Kind), Where: from.Where})
	}
	d.Set.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		values := config.Values(f)
		if f.Value.Type() == "duration" {
			span, _ := time.ParseDuration(values[0]) // it is one
			values[0] = phrase.Span(span)
		}
		add(f.Name, values...)
	})
	for _, o := range d.Opt.ConfigOnly() {
		for i, v := range o.Values {
			if d.Opt.Output != "json" {
				o.Values[i] = asText(v)
			}
		}
		add(o.Name, o.Values...)
	}
	slices.SortFunc(all, func(a, b setting) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// asText is a value of the configuration for people, out of its JSON.
func asText(value string) string {
	var v any
	if yaml.UnmarshalWithOptions([]byte(value), &v, yaml.UseOrderedMap()) != nil {
		return value
	}
	text, err := yaml.MarshalWithOptions(v, yaml.Flow(true))
	if err != nil {
		return value
	}
	inner := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(string(text)), "{"), "}")
	return strings.TrimPrefix(inner, "path: ") // of a source
}

// options checks what newRun does before a sync, and does not stop at the first.
func (d *doctor) options() bool {
	problems := d.wrong
	check := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	var err error
	d.Policy, err = d.Opt.Policy()
	check(err)
	d.Reading, err = d.Opt.Reading()
	check(err)
	check(d.CheckReportDir())
	check(d.Opt.CheckTokens())
	if d.Opt.PingURL != "" {
		if _, err := monitor.ParsePing(d.Opt.PingURL); err != nil {
			check(usage("--ping-url: %v", err))
		}
	}
	if d.Opt.Allow != nil {
		d.warn("options", "leave it out of what runs every night", "--allow lets a guard trip in one run, at one number")
	}
	n := 0
	for _, from := range d.Origins {
		if from.Kind != "" {
			n++
		}
	}
	for _, err := range problems {
		d.fail("options", err)
	}
	if len(problems) == 0 {
		from := "no configuration file"
		if d.Opt.Config != "" {
			from = d.Opt.Config
		}
		d.ok("options", "%s; %d set, see below", from, n)
	}
	return len(problems) == 0
}

// source reads the roster, if it is known which.
func (d *doctor) source(ctx context.Context, args []string) {
	if ctx.Err() != nil {
		return
	}
	for _, role := range d.Opt.NamedRoles() {
		d.roles[user.FoldRole(role)] = "the configuration"
	}
	sources, err := d.Opt.Sources(args)
	switch {
	case err != nil && len(d.Opt.Also) == 0:
		d.warn("sources", "name them as for a sync", "none is named, so none was checked")
		return
	case err != nil:
		d.fail("sources", err)
		return
	case slices.Contains(sources, history.StandardInput):
		d.ok("sources", "standard input, which is left for the sync")
		return
	}
	d.Reading.Stdin = d.Stdin
	if d.Roster, err = importer.Read(ctx, sources, d.Reading); err != nil {
		d.fail("sources", err)
		return
	}
	in := d.Roster.Intake()
	for _, g := range guard.Sources(in, d.Policy.Allow) {
		d.fail("sources", errors.New(g.Message))
	}
	newest := time.Time{}
	for _, s := range d.Roster.Sources() {
		if newest.Before(s.Modified) {
			newest = s.Modified
		}
		if age := d.Started.Sub(s.Modified); d.Policy.MaxSourceAge > 0 && age > d.Policy.MaxSourceAge {
			d.fail("sources", fmt.Errorf("%s was written %s ago, and --max-source-age is %s; see whether the export still runs",
				s.Path, phrase.Ago(age), phrase.Span(d.Policy.MaxSourceAge)))
		}
	}
	told := phrase.Sprintf("%s, %s, %d rejected", phrase.Counted(in.Rows, "row"), phrase.Counted(in.Users, "user"), in.Rejected)
	if !newest.IsZero() {
		told += fmt.Sprintf("; the newest file is from %s ago", phrase.Ago(d.Started.Sub(newest)))
	}
	if in.Rejected > 0 {
		d.rejects(told)
	} else {
		d.ok("sources", "%s", told)
	}
	for i := range d.Roster.Len() {
		if _, ok := d.Roster.Entry(i); !ok {
			continue // a reject by now
		}
		row, err := d.Roster.Load(i)
		if err != nil {
			d.fail("sources", err)
			return
		}
		if row.User.Has.Has(user.Role) && row.User.Role != "" {
			d.roles[user.FoldRole(row.User.Role)] = "the roster"
		}
	}
}

// rejects tells of rows that can't be used, and what they have in common, as a run would.
func (d *doctor) rejects(told string) {
	const list = "cometsync validate lists them"
	rep, err := report.New(report.Input{Run: report.Run{Command: "validate", Result: report.Partial}, Intake: *d.Roster.Intake()})
	if err != nil {
		d.fail("sources", err)
		return
	}
	causes := append([]string{told}, rep.CauseLines(3)...)
	d.warn("sources", list, "%s", strings.Join(causes, "; "))
}

// checkState is how a check came out.
type checkState uint8

// The states; the worst is the greatest.
const (
	checkOK   checkState = iota + 1
	checkWarn            // a sync runs, and something wants to be looked at
	checkFail            // it keeps a sync from running
)

func (s checkState) String() string { return [...]string{"invalid", "ok", "warn", "fail"}[s] }

// MarshalText is the word for it.
func (s checkState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

type check struct {
	Name  string     `json:"check"`
	State checkState `json:"state"`
	Told  string     `json:"told"` // what was found
	Todo  string     `json:"todo"` // what to do about it; "" for nothing
}

type setting struct {
	Name   string   `json:"option"`
	Values []string `json:"values"`
	Origin string   `json:"origin"` // flag, environment, file or default
	Where  string   `json:"where"`  // the variable, or the file and the line
}

// writeChecks writes the checks as a table, and the options that somebody set.
func writeChecks(w io.Writer, checks []check, settings []setting, t report.Terminal) error {
	s := term.New(w, t.Color, t.Width)
	for i := range checks {
		c := &checks[i]
		style := map[checkState]string{checkWarn: term.Yellow, checkFail: term.Red}[c.State]
		s.Wrapped(style, fmt.Sprintf("%-6s%-15s", c.State, c.Name), c.Told)
		if c.Todo != "" {
			s.Wrapped("", fmt.Sprintf("%-21s", "")+"→ ", c.Todo)
		}
	}
	set := slices.DeleteFunc(slices.Clone(settings), func(o setting) bool { return o.Origin == "default" })
	s.Line("")
	if len(set) > 0 {
		heads := []term.Column{{Head: "OPTION"}, {Head: "VALUE"}, {Head: "FROM"}}
		s.Table(term.Table{Columns: heads, Rows: len(set), Cells: func(i int, cells []string) {
			o := &set[i]
			cells[0], cells[1], cells[2] = o.Name, strings.Join(o.Values, ", "), cmp.Or(o.Where, o.Origin)
		}})
	}
	if n := len(settings) - len(set); n > 0 {
		s.Line("%s as by default; --output json lists them", phrase.Counted(n, "option holds", "options hold"))
	}
	return s.Flush()
}
