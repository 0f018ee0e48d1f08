package corrections

import (
	"fmt"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Disposition is what became of a correction.
type Disposition uint8

const (
	CorrectsNothing Disposition = iota
	Supersedes
	StillBroken
	Unchanged
	DropsRow
	DropsNothing
	dispositions
)

// Tally counts what became of the corrections of one file, and names
// those of each kind.
type Tally struct {
	n     [dispositions]int
	names [dispositions][]string // of the first
}

const mostNamed = 50

// Add counts one.
func (t *Tally) Add(what Disposition, name string) {
	if t.n[what]++; t.n[what] <= mostNamed {
		t.names[what] = append(t.names[what], name)
	}
}

// named are the names of one kind, and how many more there are.
func (t *Tally) named(what Disposition) []string {
	if n := t.n[what] - mostNamed; n > 0 {
		return append(t.names[what], phrase.Sprintf("%d more", n))
	}
	return t.names[what]
}

// Notices tell what became of the corrections of a file.
func (t *Tally) Notices(where string) (told []user.Notice) {
	tell := func(code notice.Code, n int, format string, args ...any) {
		if n > 0 {
			told = append(told, user.Notice{Code: code, Count: n, Message: fmt.Sprintf(format, args...)})
		}
	}
	n := t.n[DropsRow]
	tell(notice.Dropped, n, "%s: %s taken out of the run by drop under _code (%s), and %s among the duplicates; whoever is on no "+
		"other row is absent",
		where, phrase.Counted(n, "row is", "rows are"), strings.Join(t.named(DropsRow), ", "), phrase.Form(n, "counts", "count"))
	n = t.n[DropsNothing]
	tell(notice.DroppedNothing, n, "%s: %s no row out with drop under _code, since the row that is named is another now or none: %s",
		where, phrase.Counted(n, "row takes", "rows take"), strings.Join(t.named(DropsNothing), ", "))
	n = t.n[Supersedes]
	tell(notice.Mended, n, "%s of %s%s", phrase.Counted(n, "row", "rows"), where,
		phrase.Form(n, " replaces the row that it corrects, which counts as a duplicate",
			" replace the rows that they correct, which count as duplicates"))
	var still []string
	if n := t.n[StillBroken]; n > 0 {
		still = append(still, phrase.Counted(n, "row")+" still can't be used, and the "+phrase.Form(n,
			"row that it stands for stays a reject",
			"rows that they stand for stay rejects"))
	}
	if n := t.n[Unchanged]; n > 0 {
		still = append(still, phrase.Counted(n, "row")+phrase.Form(n, " is as it was, and stays a reject",
			" are as they were, and stay rejects")+": correct what is wrong, clear its cell under _code to accept a row as it is, or "+
			"write "+
			"drop there to take it out of the run")
	}
	tell(notice.MendedBroken, t.n[StillBroken]+t.n[Unchanged], "%s: %s", where, strings.Join(still, "; "))
	n = t.n[CorrectsNothing]
	tell(notice.MendedNothing, n, "%s of %s%s: %s; if the sources were exported again, take the rows out, or correct the new rejects",
		phrase.Counted(n, "row", "rows"), where,
		phrase.Form(n, " corrects nothing, since the row that it names is another now or none, and counts as a row of its own",
			" correct nothing, since the rows that they name are others now or none, and count as rows of their own"),
		phrase.And(t.named(CorrectsNothing)))
	return told
}
