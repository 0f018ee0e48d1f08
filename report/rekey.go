package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// A user whom the roster lacks and one whom the app lacks may be one person
// who got a new uid. Neither is touched until somebody has said so: the pairs
// go into rekey.csv, in which people decide, and which the next run reads.

// RekeyTitle is the heading over the pairs.
const RekeyTitle = "Probably the same people under a new uid"

// Confidence is how sure it is that a pair is one person.
func Confidence(k *plan.Rekey) string { return strconv.Itoa(k.Confidence) + "%" }

// pairOf finds the pair that a user is the old one of.
func pairOf(p *plan.Plan, old string) (int, bool) {
	return slices.BinarySearchFunc(p.Rekeys, old, func(k plan.Rekey, old string) int { return strings.Compare(k.Old, old) })
}

// rekeyHeading says how many pairs there are, and what was done: nothing.
func (r *Report) rekeyHeading() string {
	return fmt.Sprintf("%s: %s; neither account %s touched", RekeyTitle, phrase.Counted(len(r.Plan.Rekeys), "pair"), r.RekeyTense())
}

// RekeyTense is the verb for what is, or was, done to them.
func (r *Report) RekeyTense() string {
	if r.Unsent() {
		return "is"
	}
	return "was"
}

// undecidedPairs is on how many pairs nobody has decided.
func (r *Report) undecidedPairs() int {
	n := len(r.Plan.Rekeys)
	if d := r.In.Decisions; d != nil {
		n -= d.Pairs.Same + d.Pairs.Different
	}
	return n
}

// PairDecision is what was decided on a pair of the plan.
func (r *Report) PairDecision(k *plan.Rekey) string {
	i, _ := pairOf(r.Plan, k.Old)
	if d := r.In.Decisions; d != nil && i < len(d.OfPairs) {
		return d.OfPairs[i]
	}
	return user.UndecidedPair
}

// rekeyDecided is how every run from then on has what is decided on some of the pairs.
func (r *Report) rekeyDecided(open int) string {
	n := len(r.Plan.Rekeys)
	of := "pairs"
	if open > 0 {
		of = phrase.Thousands(n-open) + " of " + phrase.Counted(n, "pair")
	}
	return ", from then on always with --rekey " + phrase.ShellWord(r.In.Decisions.File) + ", which has what is decided on " + of
}

// DecisionsFile is what the page saves.
func (r *Report) DecisionsFile() string { return "decisions-" + r.PlanRun() + ".json" }

// pairsTodo is what to do about pairs that are decided in the page or the workbook, and
// pairsAgain how every run from then on has what was decided. Later runs take a copy: the
// report goes when its run is no longer kept.
func (r *Report) pairsTodo() string {
	return fmt.Sprintf("have each pair under a new uid decided, and put that file beside your configuration: %s, which the page saves, "+
		"or a copy of report.xlsx (its sheet %s) or of %s (empty there means: one person)", r.DecisionsFile(), RekeySheet, RekeyName)
}

func (r *Report) pairsAgain() string {
	return ", from then on always with --rekey " + r.DecisionsFile() + " (or the copy)"
}

// RekeyTodo is what to do about the pairs, from beginning to end.
func (r *Report) RekeyTodo() string {
	if open := r.undecidedPairs(); open < len(r.Plan.Rekeys) {
		return "run again" + r.rekeyDecided(open)
	}
	return r.pairsTodo() + ", then run again" + r.pairsAgain()
}

// rekeyTodo is what to do about pairs where rekey.csv is at a path.
func rekeyTodo(path string) string {
	return fmt.Sprintf("copy %s beside your configuration, look through it (empty means: one person) and write %s into the column "+
		"decision where a pair is two people", phrase.ShellWord(path), user.TwoPeople)
}

// rekeyAgain is how every run from then on has what was decided; RekeyThen says
// to run.
const (
	rekeyAgain = ", from then on always with --rekey COPY"
	RekeyThen  = ", then run again" + rekeyAgain
)

func besides(path, name string) string { return filepath.Join(filepath.Dir(path), name) }
