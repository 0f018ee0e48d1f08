// Package monitor tells those who watch over a nightly job how it ended: by a
// file of metrics, by the address of a cron monitor, and by a command of theirs.
//
// It is given counts and names of things, and knows of no person, no key and no
// roster. Whether it is heard makes no difference to the run: an error is for
// whoever called to tell, and for nothing else.
package monitor

import (
	"time"

	"cometsync/internal/plan"
)

// Run is what there is to tell of a run. A pointer that is nil is a number that
// the run did not come to know.
type Run struct {
	App, Region string
	ID          string
	Result      string
	Exit        int
	Ended       time.Time
	Took        time.Duration

	Plan    *Plan // nil: there was none
	Roster  *int  // users
	Rejects *int  // rows

	Requests  int64
	Throttled time.Duration // for so long the API had requests wait
}

// Plan is what a run had to do, and what came of it.
type Plan struct {
	Outcomes            map[plan.Verb]map[plan.Outcome]int
	Guards              []string // that tripped
	Foreseen            []string // that will, when those go who began to leave
	Held, Leaving       int
	Active, Deactivated int // users of the app, before anything was done
}
