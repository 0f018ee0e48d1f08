package setup

import "fmt"

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
		all = append(all, proposed{[]string{fmt.Sprintf("Fewer than %d people: too few for guards to see each mistake, so users keep",
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
