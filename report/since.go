package report

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Who reads the mail of every night has read about the same six rows for weeks.
// What stood in the last run's report is counted; what is new is listed. The
// tables, which are looked things up in, have all of it.

// Last is what the last run of the app left: what could not be used, whom that
// held, and what failed.
type Last struct {
	Run       string
	StartedAt time.Time
	Lost      string // why what it left is not known; then all is listed

	Left int    // rejects, held and failed
	Told *Since // of a report that is read again: what it says was there before

	rejects map[uint64]int
	held    map[string]bool
	failed  map[failedThen]bool
}

type failedThen struct {
	verb      plan.Verb
	uid, code string
}

// LastOf is what a run left whose report was, or would be, made of this.
func LastOf(in Input) *Last {
	l := &Last{
		Run: in.Run.ID, StartedAt: in.Run.StartedAt,
		rejects: map[uint64]int{}, held: map[string]bool{}, failed: map[failedThen]bool{},
	}
	if in.Plan == nil {
		return l
	}
	for _, list := range []user.Rejects{in.Intake.Rejects, user.ListOf(in.Plan.Rejects)} {
		for _, x := range list.All() {
			l.rejects[sameAs(x)]++
		}
	}
	for i := range in.Plan.Held {
		l.held[in.Plan.Held[i].UID] = true
	}
	for i := range in.Results {
		if result := &in.Results[i]; result.Outcome == plan.Failed {
			o := &in.Plan.Operations[i]
			l.failed[failedThen{o.Verb, o.UID, result.Code}] = true
		}
	}
	l.Left = len(l.rejects) + len(l.held) + len(l.failed)
	return l
}

// sameAs is what a reject has in common with that of the same row on another
// night, when the file may have another name and the row another place: the uid,
// or where none can be read all cells in any order, and what is wrong.
func sameAs(x *user.Reject) uint64 {
	h := xxhash.New()
	add := func(s string) {
		h.Write(binary.AppendUvarint(nil, uint64(len(s))))
		h.WriteString(s)
	}
	add(x.UID)
	if x.UID == "" {
		for _, cell := range slices.Sorted(slices.Values(x.Cells)) {
			add(cell)
		}
	}
	for _, d := range x.Defects {
		add(d.Column)
		add(d.Code.String())
		add(d.Value)
	}
	return h.Sum64()
}

// Since is what was there in the last run already.
type Since struct {
	Rejects         []bool // as they are listed; nil: none was
	Held            []bool // by their number in the plan; nil: none was
	Failed          map[int]bool
	nRejects, nHeld int
}

// compare finds out what was there in the last run already.
func (r *Report) compare() {
	last := r.In.Last
	switch {
	case last == nil || last.Lost != "":
		return
	case last.Told != nil:
		r.Before = *last.Told
		return
	}
	r.Before.Failed = map[int]bool{}
	if len(last.rejects) > 0 {
		seen := map[uint64]int{}
		for i, read := 0, r.Rejects.raw(); i < r.Rejects.Len(); i++ {
			like := sameAs(read(i))
			seen[like]++
			r.Before.Reject(seen[like] <= last.rejects[like])
		}
	}
	for i := range r.Plan.Held {
		r.Before.Hold(last.held[r.Plan.Held[i].UID])
	}
	for i := range r.In.Results {
		o, result := &r.Plan.Operations[i], &r.In.Results[i]
		if result.Outcome == plan.Failed && last.failed[failedThen{o.Verb, o.UID, result.Code}] {
			r.Before.Failed[i] = true
		}
	}
}

// Reject takes in whether the next reject was there.
func (s *Since) Reject(was bool) { s.Rejects, s.nRejects = noted(s.Rejects, s.nRejects, was) }

// Hold takes in whether the next user was held.
func (s *Since) Hold(was bool) { s.Held, s.nHeld = noted(s.Held, s.nHeld, was) }

func noted(list []bool, n int, was bool) ([]bool, int) {
	if was {
		n++
	}
	return append(list, was), n
}

// Was reports whether the i-th of a list was there, which may be none.
func Was(list []bool, i int) bool { return i < len(list) && list[i] }

// news are the operations of a failure that did not fail in the last run.
func (r *Report) news(f *Failure) []int {
	if len(r.Before.Failed) == 0 {
		return f.Operations
	}
	var fresh []int
	for _, i := range f.Operations {
		if !r.Before.Failed[i] {
			fresh = append(fresh, i)
		}
	}
	return fresh
}

// asThen says how many of n were there in the last run, after a comma; "" if
// none were.
func asThen(before, n int) string {
	switch {
	case before == 0:
		return ""
	case before == n:
		return ", as in the last run"
	}
	return fmt.Sprintf(", %s as in the last run", phrase.Thousands(before))
}

// asThenBehind is asThen in brackets, for the midst of a sentence.
func asThenBehind(before, n int) string {
	return bracketed(strings.TrimPrefix(asThen(before, n), ", "))
}

// rejectWords says of a sentence's rejects what else is to be known, in brackets:
// whether they are tolerated, that they were there in the last run, or what most of
// them are.
func (r *Report) rejectWords() string {
	var words []string
	switch {
	case r.intolerable():
		words = append(words, fmt.Sprintf("more than the %s that --tolerate-rejects allows", phrase.Thousands(r.In.Run.Tolerated)))
	case r.In.Run.Result == Partial && r.In.Run.ExitCode == 0:
		words = append(words, "tolerated")
	}
	if then := asThen(r.Before.nRejects, r.Rejects.Len()); then != "" {
		words = append(words, strings.TrimPrefix(then, ", "))
	} else if cause := r.mainCause(); cause != "" {
		words = append(words, cause)
	}
	return bracketed(strings.Join(words, "; "))
}

// bracketed puts an aside after a clause; "" if there is none.
func bracketed(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// new says what is new since the last run; "" if there is nothing to compare.
func (r *Report) new() string {
	last := r.In.Last
	if last == nil {
		return ""
	}
	if last.Lost != "" {
		return "everything is listed, since what the last run left is not known: " + last.Lost
	}
	var fresh, old []string
	for _, c := range r.SinceCounts() {
		if c.New > 0 {
			fresh = append(fresh, phrase.Thousands(c.New)+" "+c.what)
		}
		if c.AsBefore > 0 {
			old = append(old, phrase.Thousands(c.AsBefore)+" "+c.what)
		}
	}
	if len(old) == 0 && last.Left == 0 {
		return ""
	}
	text := "nothing"
	if len(fresh) > 0 {
		text = phrase.And(fresh)
	}
	text += " since run " + last.Run
	if len(old) > 0 {
		text += "; " + phrase.And(old) + " as before"
	}
	return text
}

// SinceCount is how many of a kind are new, and how many were there before.
type SinceCount struct {
	what     string
	New      int `json:"new"`
	AsBefore int `json:"asBefore"`
}

// SinceCounts are those of what could not be used, of who is held and of what failed.
func (r *Report) SinceCounts() [3]SinceCount {
	return [3]SinceCount{
		{"rejected", r.Rejects.Len() - r.Before.nRejects, r.Before.nRejects},
		{"held", len(r.Plan.Held) - r.Before.nHeld, r.Before.nHeld},
		{"failed", r.Total.Failed - len(r.Before.Failed), len(r.Before.Failed)},
	}
}
