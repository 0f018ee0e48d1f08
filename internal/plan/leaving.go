package plan

import (
	"fmt"
	"time"

	"cometsync/internal/phrase"
)

// Absence is somebody who is in the app and no longer in the roster.
type Absence struct {
	UID   string    `json:"uid"`
	Since time.Time `json:"since,omitzero"` // the first good run that lacked them
	Last  time.Time `json:"last,omitzero"`  // the last that counted
	Runs  int       `json:"runs"`           // good runs in a row that lacked them
}

// After is the absence once a good run at a time lacked the user, too. One that
// is nearer to the last than within does not count, so that a run that is tried
// again brings nobody's end nearer.
func (a Absence) After(at time.Time, within time.Duration) Absence {
	switch {
	case a.Runs == 0:
		a.Since, a.Last, a.Runs = at, at, 1
	case a.Last.After(at): // by a clock that was ahead, for as long as which nobody would leave
		a.Last = at
		if a.Since.After(at) {
			a.Since = at
		}
	case at.Sub(a.Last) >= within:
		a.Last, a.Runs = at, a.Runs+1
	}
	return a
}

// Leaving is an active user whom the roster lacks, and who is deactivated once
// enough good runs in a row lacked it.
type Leaving struct {
	Absence           // with this run, unless it was refused or withheld their like
	Name    string    `json:"name"`
	Of      int       `json:"of"`   // runs in a row that it takes
	From    time.Time `json:"from"` // no run before that deactivates the user
}

// More is how many more runs have to lack the user until one deactivates it.
func (l *Leaving) More() int { return l.Of - l.Runs }

// checkLeaving reports whether those who are leaving are kept, and nothing else.
func (p *Plan) checkLeaving() error {
	if len(p.Leaving)+p.Strangers > p.Kept {
		return phrase.Errorf("%d users are leaving and %d are strangers, and %d are kept", len(p.Leaving), p.Strangers, p.Kept)
	}
	for i := range p.Leaving {
		l := &p.Leaving[i]
		if i > 0 && p.Leaving[i-1].UID >= l.UID {
			return fmt.Errorf("who is leaving is out of order at %s", l.UID)
		}
		if _, changes := p.On(l.UID); changes || p.heldAt(l.UID) != nil {
			return fmt.Errorf("%s is leaving, and held or to be changed as well", l.UID)
		}
	}
	return nil
}

// Forewarned is what the guards will say of those who begin to leave with this plan;
// a plan that is refused has nobody begin.
func (p *Plan) Forewarned() []Guard {
	if p.Refused() {
		return nil
	}
	return p.Foreseen
}
