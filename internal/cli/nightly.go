package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/internal/config"
	"cometsync/internal/history"
	"cometsync/internal/plan"
)

// What starts a sync every night: a systemd service and timer, a crontab line, or
// a Kubernetes CronJob, each with the options at hand. What the configuration says
// is left to it; what comes from flags and variables, of which a scheduler knows
// nothing, is written out. All of it comes from the options of sync, so that
// another one needs nothing here.

// nightly is the job that is to run. Its paths are absolute.
type nightly struct {
	target  plan.Target
	binary  string
	dir     string // at which relative paths of the configuration begin; "" where it has none
	key     string // the file that holds the API key
	files   []handed
	words   []string
	sources []string // the directories that they lie in
	outputs []string // the directories of what options have it write
	reports bool     // an option says where they go
	grace   time.Duration
}

// handed is a file of which only the run needs to know what it holds, so that the
// schedulers have ways of their own to hand it over.
type handed struct{ option, path string }

// nightlyAt is when it runs: a time of the night at which few other jobs begin.
const (
	nightlyHour   = 3
	nightlyMinute = 17
)

// nightlyForms are what --nightly prints.
var nightlyForms = []struct {
	name string
	text func(*nightly) string
}{{"systemd", (*nightly).systemd}, {"cron", (*nightly).crontab}, {"kubernetes", (*nightly).kubernetes}}

// nightly prints the job.
func (a *app) nightly(cmd *cobra.Command, args []string, form string) error {
	n, err := a.nightlyJob(cmd, args)
	if err != nil {
		return err
	}
	var texts []string
	for _, f := range nightlyForms {
		if form == "all" || form == f.name {
			texts = append(texts, f.text(n))
		}
	}
	if texts == nil {
		return usage("--nightly %q: must be systemd, cron, kubernetes or all", form)
	}
	if kind := a.origins["ping-url"].Kind; kind == config.FromFlag || kind == config.FromEnvironment {
		a.tell(pingPrinted)
	}
	_, err = fmt.Fprint(a.Stdout, a.mask.Text(strings.Join(texts, "\n\n")))
	return err
}

func (a *app) nightlyJob(cmd *cobra.Command, args []string) (*nightly, error) {
	sources, err := a.opt.Sources(args)
	if err != nil {
		return nil, err
	}
	n := &nightly{binary: ownBinary(), words: []string{"sync"}, grace: a.opt.Grace}
	if n.target, err = a.opt.Target(a.origins); err != nil {
		return nil, err
	}
	if _, err := a.opt.Policy(); err != nil {
		return nil, err
	}
	switch {
	case n.target.Sandbox:
		return nil, usage("--sandbox: is for trying out; name the app that is to be synced every night")
	case len(a.opt.Allow) > 0:
		return nil, usage("--allow: lets a guard trip in one run, at one number, and has no place in what runs every night")
	case slices.Contains(sources, history.StandardInput):
		return nil, usage("-: nobody writes to standard input at night; name files")
	}
	for _, path := range sources {
		n.sources = append(n.sources, filepath.Dir(absolute(path)))
	}
	for _, path := range args {
		n.words = append(n.words, absolute(path))
	}
	if len(args) == 0 && slices.ContainsFunc(a.opt.Own, func(s config.OwnSource) bool { return !filepath.IsAbs(s.Path) }) {
		n.dir = absolute(".")
	}
	n.hand(a)
	inherited, of := cmd.InheritedFlags(), (&app{}).syncCommand().Flags() // of another app: they would set this one's back
	a.set.VisitAll(func(f *pflag.Flag) {
		if of.Lookup(f.Name) != nil || inherited.Lookup(f.Name) != nil {
			n.option(f, a.origins[f.Name].Kind)
		}
	})
	for _, text := range append(n.command(func(f handed) string { return f.path }, ""), n.dir, n.key) {
		if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return nil, usage("%q: holds a character that no unit and no crontab can hold; put the value into the configuration, or rename the file", text)
		}
	}
	return n, nil
}

// hand finds these files.
func (n *nightly) hand(a *app) {
	n.key = "/etc/cometsync/api-key"
	if a.opt.KeyFile != "" {
		n.key = absolute(a.opt.KeyFile)
	}
	protect := ""
	lists, _ := (&run{app: a, target: n.target}).protectLists()
	for _, list := range lists { // the first is the one that users are added to
		if protect == "" && history.Exists(list) {
			protect = list
		}
	}
	for _, f := range []handed{{"config", a.opt.Config}, {"protect-list", protect}, {"password-file", a.opt.Passwords}} {
		if f.path != "" {
			n.files = append(n.files, handed{f.option, absolute(f.path)})
		}
	}
}

// written are the options whose file a run writes, beside those of a directory.
var written = []string{"auth-tokens", "log-file", "metrics-file"}

// option takes in an option of sync.
func (n *nightly) option(f *pflag.Flag, from config.OriginKind) {
	if from == "" || slices.Contains([]string{"api-key-file", "config", "protect-list", "password-file", "quiet"}, f.Name) {
		return
	}
	values := []string{f.Value.String()}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		values = slices.Clone(list.GetSlice())
	}
	what, _ := pflag.UnquoteUsage(f)
	for i, v := range values {
		if what != "FILE" && what != "DIR" && what != "SOURCE" || v == "" || v == "none" {
			continue
		}
		if from == config.FromFile && !filepath.IsAbs(v) {
			n.dir = absolute(".")
		}
		values[i] = absolute(v)
		if what == "DIR" || slices.Contains(written, f.Name) {
			fixed, _, _ := strings.Cut(values[i], "{") // what is in braces, each run has its own of
			n.outputs = append(n.outputs, filepath.Dir(fixed))
		}
	}
	n.reports = n.reports || f.Name == "report-dir"
	if from == config.FromFile {
		return
	}
	for _, v := range values {
		word := "--" + f.Name
		if f.Value.Type() != "bool" || v != "true" {
			word += "=" + v
		}
		n.words = append(n.words, word)
	}
}

// command is the words of it, where the form hands it each file at some place, and
// has the reports below a directory, if it is not the one that it runs in.
func (n *nightly) command(place func(handed) string, reports string) []string {
	words := append([]string{n.binary}, n.words...)
	for _, f := range n.files {
		words = append(words, "--"+f.option+"="+place(f))
	}
	if n.dir != "" && !n.reports && reports != "" {
		words = append(words, "--report-dir="+reports+"/{run}")
	}
	return append(words, "--quiet")
}

// each writes words out.
func each(words []string, write func(string) string) string {
	var out []string
	for _, w := range words {
		out = append(out, write(w))
	}
	return strings.Join(out, " ")
}

// ownBinary is the program that runs, or the place for one that go run has made
// for this one time.
func ownBinary() string {
	path, err := os.Executable()
	if err != nil || strings.Contains(path, "/go-build") {
		return "/usr/local/bin/cometsync"
	}
	return path
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// outermost are directories without those that lie in others of them.
func outermost(dirs []string) []string {
	var out []string
	for _, d := range slices.Compact(slices.Sorted(slices.Values(dirs))) {
		if !slices.ContainsFunc(out, func(o string) bool { return o == d || within(d, o) }) {
			out = append(out, d)
		}
	}
	return out
}

// within says whether a path is below a directory.
func within(path, dir string) bool {
	return strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}
