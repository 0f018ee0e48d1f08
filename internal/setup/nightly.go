// Package setup writes what sets the program up: a configuration out of sources that
// were looked at, and what starts a sync every night. It refuses to know what a source
// or an app holds beyond what it is told.
package setup

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"cometsync/internal/config"
	"cometsync/internal/plan"
)

// What starts a sync every night: a systemd service and timer, a crontab line, or
// a Kubernetes CronJob, each with the options at hand. What the configuration says
// is left to it; what comes from flags and variables, of which a scheduler knows
// nothing, is written out. All of it comes from the options of sync, so that
// another one needs nothing here.

// Job is the job that is to run. Its paths are absolute.
type Job struct {
	Target  plan.Target
	Binary  string
	Dir     string // at which relative paths of the configuration begin; "" where it has none
	Key     string // the file that holds the API key
	files   []handed
	Words   []string
	Sources []string // the directories that they lie in
	Outputs []string // the directories of what options have it write
	reports bool     // an option says where they go
	Grace   time.Duration
	Version string // of the program
}

// handed is a file of which only the run needs to know what it holds, so that the
// schedulers have ways of their own to hand it over.
type handed struct{ Option, Path string }

// Hand adds a file that only the run needs to know; none is not a path.
func (n *Job) Hand(option, path string) {
	if path != "" {
		n.files = append(n.files, handed{option, config.Absolute(path)})
	}
}

// Check refuses what no scheduler can hold.
func (n *Job) Check() error {
	for _, text := range append(n.Arguments("", ""), n.Binary, n.Dir, n.Key) {
		if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return config.Errorf("%q: holds a character that no unit and no crontab can hold; put the value into the configuration, or "+
				"rename the file", text)
		}
	}
	return nil
}

// Written are the options whose file a run writes, beside those of a directory.
var Written = []string{"auth-tokens", "log-file", "metrics-file"}

// Option takes in an option of sync.
func (n *Job) Option(f *pflag.Flag, from config.OriginKind) {
	if from == "" || slices.Contains([]string{"api-key-file", "config", "protect-list", "password-file", "quiet"}, f.Name) {
		return
	}
	values := config.Values(f)
	what, _ := pflag.UnquoteUsage(f)
	for i, v := range values {
		if what != "FILE" && what != "DIR" && what != "SOURCE" || v == "" || v == "none" {
			continue
		}
		if from == config.FromFile && !filepath.IsAbs(v) {
			n.Dir = config.Absolute(".")
		}
		values[i] = config.Absolute(v)
		if what == "DIR" || slices.Contains(Written, f.Name) {
			fixed, _, _ := strings.Cut(values[i], "{") // what is in braces, each run has its own of
			n.Outputs = append(n.Outputs, filepath.Dir(fixed))
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
		n.Words = append(n.Words, word)
	}
}

// OwnBinary is the program that runs, or the place for one that go run has made
// for this one time.
func OwnBinary() string {
	path, err := os.Executable()
	if err != nil || strings.Contains(path, "/go-build") {
		return "/usr/local/bin/cometsync"
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

func within(path, dir string) bool {
	return strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}
