package journal

import (
	"cmp"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// # Order
//
// Runs have an order of their own: a clock may be ahead for one of them, and
// behind for the next. Each takes a number when it begins, its time in
// milliseconds or one more than the greatest that was taken in the state
// directory, whichever is more. So it also goes on rising after that directory,
// or a part of it, was lost, and what is restored from a copy finds its place. A
// run of an earlier version has no number, and counts by its time.
//
// The greatest is in a file for all apps, and in the journals of each.

const orderFile = "order"

// Order takes the number of a run of the target that starts now; each run's lock keeps
// those of its app apart. Where it can't be written down for other apps, the journals
// tell those of the same one.
func (h Home) Order(state string, started time.Time) int64 {
	order := started.UnixMilli()
	path := filepath.Join(state, orderFile)
	if text, err := os.ReadFile(path); err == nil {
		if last, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && last < math.MaxInt64 {
			order = max(order, last+1)
		}
	}
	for _, dir := range h.dirs() {
		if all, err := glances(dir); err == nil && len(all) > 0 {
			order = max(order, all[len(all)-1].Head.order()+1)
		}
	}
	_ = replace(path, strconv.AppendInt(nil, order, 10))
	return order
}

// order is the place of a run among others. Of one whose head can't be read, the
// second in its name is all there is.
func (h *Head) order() int64 {
	switch {
	case h.Order != 0:
		return h.Order
	case !h.StartedAt.IsZero():
		return h.StartedAt.UnixMilli()
	}
	return named(h.Run).UnixMilli()
}

// named is when a run started at the latest, by its name.
func named(run string) time.Time {
	const form = "20060102T150405Z"
	at, err := time.Parse(form, run[:min(len(run), len(form))])
	if err != nil {
		return time.UnixMilli(0)
	}
	return at.Add(time.Second)
}

func inOrder(a, b *Head) int {
	return cmp.Or(cmp.Compare(a.order(), b.order()), a.StartedAt.Compare(b.StartedAt), strings.Compare(a.Run, b.Run))
}

// Sort puts runs of any apps in their order, the oldest first, and says of each
// when it was, as far as the order tells: not after now, nor before the run
// before it or after the one after it. A run without a place in the order is
// put where its name says.
func Sort[R any](runs []R, summary func(*R) *Summary, now time.Time) {
	of := func(i int) *Summary { return summary(&runs[i]) }
	slices.SortStableFunc(runs, func(a, b R) int { return inOrder(&summary(&a).Head, &summary(&b).Head) })
	times(len(runs), of, now)
	slices.SortStableFunc(runs, func(a, b R) int { return summary(&a).At.Compare(summary(&b).At) })
}

// times settles when runs in order were.
func times(n int, of func(i int) *Summary, now time.Time) {
	next := now
	for i := n - 1; i >= 0; i-- {
		s := of(i)
		if s.At = s.Head.StartedAt; s.At.IsZero() {
			s.At = named(s.Head.Run)
			continue
		}
		if s.At.After(now) {
			s.At = next
		}
		next = s.At
	}
	var last time.Time
	for i := range n {
		if s := of(i); !s.Head.StartedAt.IsZero() {
			if s.At.Before(last) {
				s.At = last
			}
			last = s.At
		}
	}
}

// Ahead says that a run's time lies in the future, and nothing tells its place
// among the others: it is one of an earlier version.
func (s *Summary) Ahead(now time.Time) bool { return s.Head.Order == 0 && s.Head.StartedAt.After(now) }
