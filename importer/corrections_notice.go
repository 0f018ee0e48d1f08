package importer

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
)

// disposition is what became of a correction.
type disposition uint8

const (
	correctsNothing disposition = iota
	supersedes
	stillBroken
	unchanged
	dropsRow
	dropsNothing
	dispositions
)

// correctionTally counts what became of the corrections of one file, and names
// those of each kind.
type correctionTally struct {
	where string
	n     [dispositions]int
	names [dispositions][]string // of the first
}

// correctionTallies are those of all files, in the order in which they are read.
type correctionTallies []*correctionTally

func (all *correctionTallies) of(where string) *correctionTally {
	i := slices.IndexFunc(*all, func(t *correctionTally) bool { return t.where == where })
	if i < 0 {
		i = len(*all)
		*all = append(*all, &correctionTally{where: where})
	}
	return (*all)[i]
}

func (t *correctionTally) add(what disposition, name string) {
	if t.n[what]++; t.n[what] <= mostAsides {
		t.names[what] = append(t.names[what], name)
	}
}

// named are the names of one kind, and how many more there are.
func (t *correctionTally) named(what disposition) []string {
	if n := t.n[what] - mostAsides; n > 0 {
		return append(t.names[what], fmt.Sprintf("%d more", n))
	}
	return t.names[what]
}

func (r *Roster) noticeCorrected(t *correctionTally) {
	if n := t.n[supersedes]; n > 0 {
		r.notice(notice.Mended, n, "%s of %s",
			phrase.Plural(n, "row", "rows"), t.where+phrase.Form(n, " replaces the row that it mends", " replace the rows that they mend"))
	}
	var still []string
	if n := t.n[stillBroken]; n > 0 {
		still = append(still, phrase.Plural(n, "row")+" still can't be used, and the "+phrase.Form(n, "row that it stands for stays a reject",
			"rows that they stand for stay rejects"))
	}
	if n := t.n[unchanged]; n > 0 {
		still = append(still, phrase.Plural(n, "row")+phrase.Form(n, " is as it was, and stays a reject",
			" are as they were, and stay rejects")+": correct what is wrong, clear its cell under _code to take a row as it stands, or write "+
			"drop there to take it out of the run")
	}
	if n := t.n[stillBroken] + t.n[unchanged]; n > 0 {
		r.notice(notice.MendedBroken, n, "%s: %s", t.where, strings.Join(still, "; "))
	}
	if n := t.n[correctsNothing]; n > 0 {
		r.notice(notice.MendedNothing, n, "%s of %s: %s; if the sources were exported again, take the rows out, or mend the new rejects",
			phrase.Plural(n, "row", "rows"),
			t.where+phrase.Form(n, " mends nothing, since the row that it names is another now or none, and counts as a row of its own",
				" mend nothing, since the rows that they name are others now or none, and count as rows of their "+
					"own"), phrase.And(t.named(correctsNothing)))
	}
}

func (r *Roster) noticeDropped(t *correctionTally) {
	if n := t.n[dropsRow]; n > 0 {
		r.notice(notice.Dropped, n, "%s: %s taken out of the run by drop under _code (%s), and %s among the duplicates; whoever is on no "+
			"other row is absent",
			t.where, phrase.Plural(n, "row is", "rows are"), strings.Join(t.named(dropsRow), ", "), phrase.Form(n, "counts", "count"))
	}
	if n := t.n[dropsNothing]; n > 0 {
		r.notice(notice.DroppedNothing, n, "%s: %s no row out with drop under _code, since the row that is named is another now or none: %s",
			t.where, phrase.Plural(n, "row takes", "rows take"), strings.Join(t.named(dropsNothing), ", "))
	}
}
