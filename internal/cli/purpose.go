package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
)

// purpose is what a configuration is for, a word of --for.
type purpose string

const (
	forNightly   purpose = "nightly"
	forMigration purpose = "migration"
)

// graceBelow is below how many people guards can't see that a few are missing who
// should not be, so that a night more shows it.
const graceBelow = 500

// proposed is an option of a configuration, and why it is there.
type proposed struct{ why, option string }

// lines is what a configuration of so many people says because of what it is for.
func (p purpose) lines(people int) []proposed {
	if p == forMigration {
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
func (p purpose) write(b *bytes.Buffer, people int) {
	for _, l := range p.lines(people) {
		for text := range strings.Lines(l.why) {
			fmt.Fprintf(b, "# %s\n", strings.TrimSuffix(text, "\n"))
		}
		fmt.Fprintf(b, "%s\n", l.option)
	}
	fmt.Fprintln(b)
}

// String says what the configuration is for.
func (p purpose) String() string {
	if p == forMigration {
		return "a first migration"
	}
	return "every night"
}

// askPurpose asks on the terminal what the configuration is for.
func (a *app) askPurpose(ctx context.Context) (purpose, error) {
	words := a.opt.Find("for").Words
	if _, ok := terminal(a.Stdin); !ok {
		return "", usage("--ask: there is no terminal to ask on; say it with --for %s", phrase.Or(words))
	}
	fmt.Fprintf(a.Stderr, "What is this configuration for?\n  1  %s: a job keeps the app in line with the file\n  2  %s: the people of the file come into the app, and nobody leaves it\n", forNightly, forMigration)
	answers := make(chan string)
	go func() { // which a signal does not wake
		defer close(answers)
		for in := bufio.NewScanner(a.Stdin); in.Scan(); {
			select {
			case answers <- strings.ToLower(strings.TrimSpace(in.Text())):
			case <-ctx.Done():
				return
			}
		}
	}()
	for range 3 {
		fmt.Fprint(a.Stderr, "1 or 2 [1]: ")
		select {
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case answer, ok := <-answers:
			switch {
			case !ok:
				return "", usage("--ask: nobody answered; say it with --for %s", phrase.Or(words))
			case slices.Contains(words, answer):
				return purpose(answer), nil
			case answer == "" || answer == "1":
				return forNightly, nil
			case answer == "2":
				return forMigration, nil
			}
		}
	}
	return "", usage("--ask: no answer was 1 or 2; say it with --for %s", phrase.Or(words))
}
