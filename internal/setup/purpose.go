package setup

import (
	"bytes"
	"fmt"
	"strings"
)

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
type proposed struct{ why, option string }

// lines is what a configuration of so many people says because of what it is for.
func (p Purpose) lines(people int) []proposed {
	if p == ForMigration {
		return []proposed{{`A first migration: users of the app whom the file lacks keep access. Before this
runs every night, init --for nightly proposes what that takes.`, "missing: keep"}}
	}
	all := []proposed{
		{`Every night: users whom the file lacks lose access, but for those whom the file of
no earlier run had. (keep: nobody does; deactivate: those do, too.)`, "missing: known"},
		{`A file that was written longer ago is refused: tonight's did not come.`, "max-source-age: 36h"},
	}
	if people < graceBelow {
		all = append(all, proposed{fmt.Sprintf(`Fewer than %d people: too few for guards to see each mistake, so that users keep
access until the file of two nights lacked them. (1: until that of one did.)`, graceBelow), "grace-runs: 2"})
	}
	return all
}

// write puts the lines into a configuration.
func (p Purpose) write(b *bytes.Buffer, people int) {
	for _, l := range p.lines(people) {
		for text := range strings.Lines(l.why) {
			fmt.Fprintf(b, "# %s\n", strings.TrimSuffix(text, "\n"))
		}
		fmt.Fprintf(b, "%s\n", l.option)
	}
	fmt.Fprintln(b)
	if p == ForNightly {
		suggest(b, watching)
		fmt.Fprintln(b)
	}
}

// suggest puts options into a configuration that somebody has to fill in first.
func suggest(b *bytes.Buffer, all []proposed) {
	for _, l := range all {
		fmt.Fprintf(b, "# %-51s # %s\n", l.option, l.why)
	}
}

// naming is how the app and its key may be named otherwise, and watching what a job
// that runs every night may want.
var naming = []proposed{
	{"in place of both, such as for a proxy", "base-url: https://APP.api-us.cometchat.io/v3"},
	{"holds the key, for its owner alone", "api-key-file: /etc/cometsync/api-key"},
}

var watching = []proposed{
	{"removes what is older of reports and journals", "keep-days: 90"},
	{"tells the node exporter how each run ended", "metrics-file: /var/lib/node-exporter/cometsync.prom"},
	{"tells a cron monitor, which notices a missing run", "ping-url: https://hc-ping.com/ID"},
}

// String says what the configuration is for.
func (p Purpose) String() string {
	if p == ForMigration {
		return "a first migration"
	}
	return "every night"
}
