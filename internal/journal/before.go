package journal

import (
	"fmt"
	"os"
	"slices"
	"time"

	"cometsync/internal/plan"
)

const (
	mostBefore    = 5        // runs that are read in search of one
	largestBefore = 64 << 20 // bytes of a journal that is
)

// Before is the record of a target's last run that compared a roster with the
// app, and whose plan is such a one; nil if there is none. The error says why
// what that run left is not known.
func Before(dir string, of plan.Target, now time.Time, such func(*plan.Plan) bool) (*Record, error) {
	runs, err := List(dir, now)
	if err != nil {
		return nil, err
	}
	read := 0
	for _, s := range slices.Backward(runs) {
		switch {
		case s.Damage != nil:
			return nil, s.Damage
		case s.End == nil, !s.Head.Target.Same(of), s.Head.Undoes != "", len(s.Files) == 0:
			continue
		}
		if read++; read > mostBefore {
			break
		}
		info, err := os.Stat(s.Path)
		switch {
		case err != nil:
			return nil, wrap(err)
		case info.Size() > largestBefore:
			return nil, fmt.Errorf("journal: %s is too large to be compared with", s.Path)
		}
		r, err := Read(dir, s.Head.Run)
		if err != nil {
			return nil, err
		}
		if r.Plan != nil && such(r.Plan) {
			return r, nil
		}
	}
	return nil, nil
}
