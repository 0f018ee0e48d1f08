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

	// mostEarlier bounds how many bytes of journals Earlier reads: a night's are
	// small, and those of a migration would take longer than the night's run.
	mostEarlier = 32 << 20
)

// Before is the record of a target's last run that compared a roster with the
// app, and whose plan is such a one; nil if there is none. The error says why
// what that run left is not known.
func Before(dir string, of plan.Target, now time.Time, such func(*plan.Plan) bool) (*Record, error) {
	runs, err := List(dir, now)
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
		r, _, err := s.read(largestBefore)
		switch {
		case err != nil:
			return nil, err
		case r == nil:
			return nil, fmt.Errorf("journal: %s is too large to be compared with", s.Path)
		case r.Plan != nil && such(r.Plan):
			return r, nil
		}
	}
	return nil, err
}

// read is the record of a run and its size; nil of one that takes more bytes.
func (s *Summary) read(most int64) (*Record, int64, error) {
	info, err := os.Stat(s.Path)
	if err != nil || info.Size() > most {
		return nil, 0, wrap(err)
	}
	r, err := readFile(s.Path)
	if err != nil {
		return nil, 0, err
	}
	return &r.Record, r.fileSize, nil
}

// Earlier is what a target's runs within a time before now carried out, the latest first.
// Runs whose journals can't be read, or are not finished, are passed over, and so
// is everything before the first run that would make it too much to read: what is
// missing makes the guards that ask for it more lenient, and nothing else. If fewer
// than least of them changed something, there is nothing to read.
func Earlier(dir string, of plan.Target, now time.Time, within time.Duration, least int) (out []plan.Earlier) {
	runs, _ := List(dir, now)
	runs = slices.DeleteFunc(runs, func(s Summary) bool {
		if s.Damage != nil || s.End == nil || !s.Head.Target.Same(of) || now.Sub(s.At) > within {
			return true
		}
		if s.Done > 0 {
			least--
		}
		return false
	})
	if least > 0 {
		return nil
	}
	left := int64(mostEarlier)
	for _, s := range slices.Backward(runs) {
		e := plan.Earlier{Run: s.Head.Run, At: s.At, Files: s.Files}
		if s.Done > 0 {
			r, size, err := s.read(left)
			switch {
			case err == nil && r == nil:
				return out
			case err != nil || r.Plan == nil:
				continue
			}
			left -= size
			e.Done = r.Done()
		}
		out = append(out, e)
	}
	return out
}
