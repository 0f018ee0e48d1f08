package plan

import (
	"math"
	"slices"
	"strings"
)

// SameSources says for each source of then which one of now it is, -1 for none: the
// one at its path, or else the one that has the most of its users, or else the one
// whose path is the same but for its digits, as of an export with a date in its name.
// A source that was the only one then is the only one now, whatever it is called.
func SameSources(then, now []PastSource) []int {
	same := make([]int, len(then))
	taken := make([]bool, len(now))
	take := func(of func(i, k int) bool) {
		for i := range then {
			if same[i] >= 0 {
				continue
			}
			found := -1
			for k := range now {
				if taken[k] || !of(i, k) {
					continue
				}
				if found >= 0 {
					found = -1 // several: nobody can say which
					break
				}
				found = k
			}
			if same[i] = found; found >= 0 {
				taken[found] = true
			}
		}
	}
	for i := range same {
		same[i] = -1
	}
	take(func(i, k int) bool { return then[i].Path == now[k].Path && then[i].Sheet == now[k].Sheet })
	for _, c := range inCommon(then, now, same, taken) {
		if same[c.then] < 0 && !taken[c.now] {
			same[c.then], taken[c.now] = c.now, true
		}
	}
	take(func(i, k int) bool {
		return undated(then[i].Path) == undated(now[k].Path) && then[i].Sheet == now[k].Sheet
	})
	if len(then) == 1 && len(now) == 1 {
		same[0] = 0
	}
	return same
}

// common is how many of a sample of a source's users another one has, of a thousand.
type common struct{ then, now, share int }

// inCommon are the sources that share at least half of their users, of those that
// are not matched yet, most in common first.
func inCommon(then, now []PastSource, same []int, taken []bool) (out []common) {
	const sample = 500
	if !slices.Contains(same, -1) || !slices.Contains(taken, false) {
		return nil
	}
	of := map[uint64]int{} // whose the user was then
	sizes := make([]int, len(then))
	for i := range then {
		if same[i] >= 0 {
			continue
		}
		uids := then[i].UIDs
		for at := 0; at < len(uids); at += max(1, len(uids)/sample) {
			of[uids[at]] = i
			sizes[i]++
		}
	}
	for k := range now {
		if taken[k] {
			continue
		}
		found := make([]int, len(then))
		for _, uid := range now[k].UIDs {
			if i, ok := of[uid]; ok {
				found[i]++
			}
		}
		for i, n := range found {
			if n > 0 && 2*n >= sizes[i] {
				out = append(out, common{i, k, 1000 * n / sizes[i]})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b common) int { return b.share - a.share })
	return out
}

func undated(path string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, path)
}

// keepPlaces is the sources with those of some users whom they lack where they were
// in the order of the last good run; those of a source that is none of this run stay
// a source of their own, without columns. What is handed in stays as it is.
func (p *Past) keepPlaces(sources []PastSource, still map[uint64]bool) []PastSource {
	out := slices.Clone(sources)
	if len(still) == 0 {
		return out
	}
	for i, k := range SameSources(p.Sources, sources) {
		then := &p.Sources[i]
		if k >= 0 {
			out[k].keep(then, still)
			continue
		}
		gone := PastSource{Path: then.Path, Sheet: then.Sheet}
		if gone.keep(then, still); len(gone.UIDs) > 0 {
			out = append(out, gone)
		}
	}
	return out
}

// keep puts those of some users whom a source lacks where it had them then:
// behind whoever stood before them, and is still there.
func (s *PastSource) keep(then *PastSource, still map[uint64]bool) {
	if !slices.ContainsFunc(then.UIDs, func(uid uint64) bool { return still[uid] }) {
		return
	}
	has := slices.Clone(s.UIDs)
	slices.Sort(has)
	behind := map[uint64][]uint64{}
	before := uint64(0) // of nobody
	n := 0
	for _, uid := range then.UIDs {
		_, there := slices.BinarySearch(has, uid)
		switch {
		case there:
			before = uid
		case still[uid]:
			behind[before] = append(behind[before], uid)
			n++
		}
	}
	if n == 0 {
		return
	}
	// They had access, and no cell of theirs is compared with anything.
	absent := Filled{Active: true, Unknown: true}
	set := slices.Index(s.Filled, absent)
	if set < 0 {
		set = len(s.Filled)
		s.Filled = append(slices.Clone(s.Filled), absent)
	}
	if set > math.MaxUint16 {
		return
	}
	uids, sets := make([]uint64, 0, len(s.UIDs)+n), make([]uint16, 0, len(s.UIDs)+n)
	width := len(s.Readings)
	cells, none := make([]byte, 0, width*(len(s.UIDs)+n)), make([]byte, width)
	put := func(before uint64) {
		for _, uid := range behind[before] {
			uids, sets, cells = append(uids, uid), append(sets, uint16(set)), append(cells, none...)
		}
	}
	put(0)
	for i, uid := range s.UIDs {
		uids, sets, cells = append(uids, uid), append(sets, s.Sets[i]), append(cells, s.Cells[i*width:(i+1)*width]...)
		put(uid)
	}
	s.UIDs, s.Sets, s.Cells = uids, sets, cells
}
