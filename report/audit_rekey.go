package report

import (
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// What rows hold, and the pairs of users who are probably one person, as
// report.json, plan.json and rekey.csv have them.

// holding compares whom a reject holds with the plan.
func (l *listing) holding(x *listedReject) {
	if l.plan == nil || !x.Listed {
		return
	}
	if l.holds == nil {
		l.holds = holdings(l.plan)
	}
	if want := l.holds[x.Source].uids; !slices.EqualFunc(x.Holds, want, same) {
		l.find(reportName, "reject %d, of %s, holds %q, and in %s %q", l.rejected, x.Source, x.Holds, l.planOf, want)
	}
}

// holder compares why a user is held, and by which row, with the plan.
func (l *listing) holder(h *listedHeld) {
	i := len(l.held)
	if l.plan == nil || i >= len(l.plan.Held) {
		return
	}
	want := &l.plan.Held[i]
	because := max(want.Because, user.SameUID).String()
	if !same(h.UID, want.UID) || !samePlace(h.Source, want.Source) || h.Because != "" && h.Because != because {
		l.find(reportName, "user %d who is held is %s, by %s (%s), and in %s %s, by %s (%s)", i+1, h.UID, h.Source, h.Because, l.planOf, want.UID, want.Source, because)
	}
}

// pairs reads the list of pairs, and then rekey.csv, which has them in another
// order: the least sure first.
func (l *listing) pairs(key string) error {
	var k listedRekey
	var all []plan.Rekey
	l.paired = map[string]string{}
	err := l.list(key, func() error {
		err := k.decode(&l.element)
		if err == nil {
			l.pair(&k)
			all = append(all, k.Rekey)
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(all, leastSure)
	for i := range all {
		if err := l.rekeyed.rekey(&all[i]); err != nil {
			return passOn(err)
		}
	}
	return nil
}

// pair compares a pair with the plan's, and with whom the report holds.
func (l *listing) pair(k *listedRekey) {
	i := l.rekeys
	l.rekeys++
	if _, held := slices.BinarySearch(l.held, k.Old); !held {
		l.find(reportName, "pair %d: %s is probably %s, and is not held", i+1, k.New, k.Old)
	}
	l.paired[k.Old], l.paired[k.New] = k.New, k.Old
	if l.plan == nil || i >= len(l.plan.Rekeys) {
		return
	}
	if want := &l.plan.Rekeys[i]; !sameRekey(&k.Rekey, want) {
		l.find(reportName, "pair %d, of %s and %s, is not what %s has: %s and %s", i+1, k.Old, k.New, l.planOf, want.Old, want.New)
	}
}

func sameRekey(a, b *plan.Rekey) bool {
	return same(a.Old, b.Old) && same(a.New, b.New) && same(a.OldName, b.OldName) && same(a.NewName, b.NewName) &&
		a.Because == b.Because && a.Confidence == b.Confidence && samePlace(a.Source, b.Source)
}

func samePlace(a, b user.Source) bool {
	return a.Row == b.Row && same(a.File, b.File) && same(a.Sheet, b.Sheet)
}

// rekey compares the next row with a pair; nobody has decided on it yet.
func (t *rowsFile) rekey(k *plan.Rekey) error {
	row, ok, err := t.next()
	if !ok || err != nil {
		return err
	}
	for i, want := range rekeyCells(k) {
		if !same(row[i], defused(want)) {
			t.find("row %d: %s is %q, and report.json has %q for the pair of %s and %s", t.n, rekeyColumns[i], row[i], strings.ToValidUTF8(want, "\uFFFD"), k.Old, k.New)
		}
	}
	return nil
}
