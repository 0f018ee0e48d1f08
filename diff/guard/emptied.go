package guard

import (
	"maps"
	"math/bits"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// columns is the guards on columns that the last good run read as well.
func (j *judge) columns() {
	past := j.Past
	if past == nil {
		return
	}
	now := j.Watch.roster.Sources()
	for i, at := range plan.SameSources(past.Sources, now) {
		if at < 0 {
			continue
		}
		for _, column := range past.Sources[i].Columns {
			if !slices.Contains(now[at].Columns, column) {
				j.trip(plan.LostColumn, sourceName(&now[at])+": "+column, "0", 1,
					"%s had a column for %s in the last good run and has none now; it would not be managed any "+
						"more", sourceName(&now[at]), column)
			}
		}
	}
	limit := mostEmptied.of(j.Seen.Both)
	if !mayBeEmptied(now, limit) {
		return
	}
	emptied := emptiedColumns(past.Sources, now)
	for _, column := range slices.Sorted(maps.Keys(emptied)) {
		if n := emptied[column]; n > limit {
			j.trip(plan.EmptiedCells, column, mostEmptied.text(j.Seen.Both, bothUsers), n,
				"%s of %s had a value in the last good run and is empty now; where an empty cell keeps what the app has (--empty keep), "+
					"nothing is cleared by it",
				column, phrase.Counted(n, "user"))
		}
	}
}

// emptiedColumns says of each column how many of the users that both runs read
// had a value in it then and have none now, whatever source they were in.
func emptiedColumns(then, now []plan.PastSource) map[string]int {
	had := make([][][]uint64, len(then)) // by source then and now, and combination of then: which columns of now had a value
	counts := make([][64]int, len(now))
	for t := range then {
		for s := range now {
			had[t] = append(had[t], filledThen(&then[t], now[s].Columns))
		}
	}
	meet(then, now, func(t, k, s, i int) {
		is := &now[s].Filled[now[s].Sets[i]]
		gone := had[t][s][then[t].Sets[k]] &^ is.Columns
		if gone == 0 || is.Unknown {
			return
		}
		for ; gone != 0; gone &= gone - 1 {
			counts[s][bits.TrailingZeros64(gone)]++
		}
	})
	out := map[string]int{}
	for s := range now {
		for c, column := range now[s].Columns[:min(64, len(now[s].Columns))] {
			if counts[s][c] > 0 {
				out[column] += counts[s][c]
			}
		}
	}
	return out
}

// filledThen says for each combination of a source then which of the columns had a
// value in it; of a row that could only be read as a whole, none.
func filledThen(then *plan.PastSource, columns []string) []uint64 {
	out := make([]uint64, len(then.Filled))
	for c, column := range columns[:min(64, len(columns))] {
		at := slices.Index(then.Columns, column)
		for set, was := range then.Filled {
			if at >= 0 && !was.Unknown && was.Columns>>at&1 == 1 {
				out[set] |= 1 << c
			}
		}
	}
	return out
}

// meet gives each user whom both runs read: the source and the place then and now.
// Rosters keep their order but for a few, so that both are walked in step, and only
// who is elsewhere is looked up.
func meet(then, now []plan.PastSource, each func(t, k, s, i int)) {
	const ahead = 32 // so many who are gone between two who are there
	at := make([]int, len(then))
	met := make([][]bool, len(then))
	for t := range then {
		met[t] = make([]bool, len(then[t].UIDs))
	}
	step := func(s, i int, uid uint64) bool {
		for t := range then {
			uids := then[t].UIDs
			for k := at[t]; k < min(at[t]+ahead, len(uids)); k++ {
				if uids[k] == uid {
					at[t], met[t][k] = k+1, true
					each(t, k, s, i)
					return true
				}
			}
		}
		return false
	}
	elsewhere := map[uint64][2]int{}
	for s := range now {
		for i, uid := range now[s].UIDs {
			if !step(s, i, uid) {
				elsewhere[uid] = [2]int{s, i}
			}
		}
	}
	for t := 0; t < len(then) && len(elsewhere) > 0; t++ {
		for k, uid := range then[t].UIDs {
			if is, ok := elsewhere[uid]; ok && !met[t][k] {
				each(t, k, is[0], is[1])
			}
		}
	}
}

// mayBeEmptied reports whether some column has more empty cells than the limit:
// looking closer takes a walk through everybody.
func mayBeEmptied(now []plan.PastSource, limit int) bool {
	empty := map[string]int{}
	for s := range now {
		counts := make([]int, len(now[s].Filled))
		for _, set := range now[s].Sets {
			counts[set]++
		}
		for set, n := range counts {
			if now[s].Filled[set].Unknown {
				continue
			}
			for c, column := range now[s].Columns[:min(64, len(now[s].Columns))] {
				if now[s].Filled[set].Columns&(1<<c) == 0 {
					empty[column] += n
				}
			}
		}
	}
	for _, n := range empty {
		if n > limit {
			return true
		}
	}
	return false
}
