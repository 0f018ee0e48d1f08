package guard

import (
	"math"
	"time"
)

// threshold is where a guard trips if nobody set a limit: a count that small
// apps are allowed in any case, and what is allowed beyond it of a large one.
type threshold struct {
	least   int
	percent float64 // of those that are counted against, rounded up
	// Or else the square root of their number, divided by this and rounded up: groups
	// who leave together do not grow with an app.
	root float64
}

// of is the count for so many.
func (t threshold) of(all int) int {
	switch {
	case t.root > 0:
		return max(t.least, int(math.Ceil(math.Sqrt(float64(all))/t.root-1e-9)))
	case t.percent > 0:
		return max(t.least, int(min(math.Ceil(t.percent*float64(all)/100-1e-9), math.MaxInt32)))
	}
	return t.least
}

// The thresholds come from simulated years of schools of 150 to 5,000 people:
// no night of ordinary churn reaches one, and of more than eighty kinds of wrong
// exports nearly every one does. Who changes a number has to measure again.
var (
	// More than so many lose access. Without an earlier good run it is tenPercent
	// alone, so that a migration can tidy up.
	mostLost   = threshold{least: 20, percent: 2}
	tenPercent = threshold{percent: 10}

	// So many in a row, as the last good run read a source, lose access: a page
	// of the export is missing.
	lostBlock = threshold{least: 8, root: 3}

	// So many at the end of a source lose access: it was cut.
	lostTail = threshold{least: 8, root: 6}

	// So many of one role, tag, department, mail domain or source lose access,
	// and they are lostShare of it: a part of the organisation is missing.
	lostGroup = threshold{least: 8, root: 3}

	// One field of more users changes without an explanation: a column was
	// shifted, sorted, emptied, or decoded wrong.
	mostChanged = threshold{least: 20, percent: 3}

	// The cells of one column of more users have become empty.
	mostEmptied = threshold{least: 5, percent: 1}

	// More are created: the roster is another organisation's, or ids have changed.
	mostCreated = threshold{least: 20, percent: 3}

	// More get access back, but for those whom one run of the last week took it
	// from: an old file brings back who has left.
	mostReactivated = threshold{least: 3, percent: 0.5}
)

const (
	lostShare = 80 // per cent of a group

	explainedShare = 90 // per cent of those with a value who exchange it for one other explain their changes,
	explainedLeast = 3  // if they are so many,
	explainedMost  = 3  // and if no more values of the field are exchanged so

	mostRekeyed  = 5 // pairs of people under a new uid refuse a plan
	mostNewForms = 3 // users created under uids of a form that no active user has are withheld,
	ownForms     = 3 // if that is beyond chance, by so many standard deviations: in an app of random ids many have a form to themselves
	someForms    = 5 // are named

	reversedLeast = 5  // changes that restore what earlier runs changed,
	reversedShare = 70 // per cent of all,
	reversedRuns  = 3  // of so many runs,
	reversedSorts = 2  // of so many sorts

	// EarlierWithin is how far back the guards look at what runs did.
	EarlierWithin = 45 * 24 * time.Hour

	oldFileRuns = 2 // runs that an old file takes back

	// sourceAhead is how far ahead a source may be dated where its age counts: file
	// servers differ from here by a time zone, and a broken clock by more.
	sourceAhead = 24 * time.Hour

	repairDays = 7 // whom one run removed within so many days, another may bring back
)
