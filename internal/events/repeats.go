package events

import (
	"fmt"
	"sync"
	"time"

	"cometsync/internal/cometchat"
)

// Repeated tells of what the client does again; of an app that is waited for, a
// line now and then.
func (l *Log) Repeated(patience time.Duration) func(cometchat.Repeat) {
	return func(r cometchat.Repeat) {
		e := r.Failed
		if e == nil {
			l.Tell(listingRepeated, "why", r.Gap)
			return
		}
		ev, what := callRepeated, "does not answer"
		if e.Trouble() == cometchat.Busy {
			ev, what = callThrottled, "gets too many requests"
		}
		l.Tell(ev, append(CallAttrs(e), "wait", r.Wait.Round(time.Millisecond))...)
		if r.Left == 0 || !l.waiting.due(patience-r.Left, min(hiccup, patience/10)) {
			return
		}
		left := r.Left.Round(time.Second)
		words := fmt.Sprintf("the app %s (%s); trying again for %s", what, e.Why(), left)
		l.toPeople(appUnanswered, words)
		l.ToPrograms(appUnanswered, words, append(CallAttrs(e), "left", left)...)
	}
}

// waiting is when somebody was told last that the app does not answer.
type waiting struct {
	mu   sync.Mutex
	told time.Time
}

const (
	hiccup    = 2 * time.Second // an app that answers again sooner, or in a tenth of --patience, is not spoken of
	tellEvery = 30 * time.Second
)

// due reports that it is time to tell, of a call that has failed for so long; soon is
// until when nobody is.
func (w *waiting) due(since, soon time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if since < soon || !w.told.IsZero() && time.Since(w.told) < tellEvery {
		return false
	}
	w.told = time.Now()
	return true
}
