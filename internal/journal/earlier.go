package journal

import (
	"os"
	"slices"
	"time"

	"cometsync/internal/plan"
)

// mostEarlier bounds how many bytes of journals Earlier reads: a night's are
// small, and those of a migration would take longer than the night's run.
const mostEarlier = 32 << 20

// Earlier is what a target's runs within a time before now carried out, the latest first.
// Runs whose journals can't be read, or are not finished, are passed over, and so
// is everything before the first run that would make it too much to read: what is
// missing makes the guards that ask for it more lenient, and nothing else. If fewer
// than least of them changed something, there is nothing to read.
func Earlier(dir string, of plan.Target, now time.Time, within time.Duration, least int) []plan.Earlier {
	runs, err := List(dir, now)
	if err != nil {
		return nil
	}
	runs = slices.DeleteFunc(runs, func(s Summary) bool {
		return s.Damage != nil || s.End == nil || !s.Head.Target.Same(of) || now.Sub(s.At) > within
	})
	for i := range runs {
		if runs[i].Done > 0 {
			least--
		}
	}
	if least > 0 {
		return nil
	}
	var out []plan.Earlier
	left := int64(mostEarlier)
	for _, s := range slices.Backward(runs) {
		e := plan.Earlier{Run: s.Head.Run, At: s.At, Files: s.Files}
		if s.Done > 0 {
			info, err := os.Stat(s.Path)
			if err != nil {
				continue
			}
			if left -= info.Size(); left < 0 {
				break
			}
			r, err := Read(dir, s.Head.Run)
			if err != nil || r.Plan == nil {
				continue
			}
			e.Done = r.Done()
		}
		out = append(out, e)
	}
	return out
}
