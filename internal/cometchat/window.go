package cometchat

import (
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// # Yielding
//
// Of its minute the service tells Limit, Remaining and the time of Reset. What is
// gone from it and was not answered to us was used by others: the people that the
// app is for. Their use over the last minute is left to them, with a margin for
// their growth; we take the rest, if our share is not smaller anyway, and of a
// running minute no more than Remaining, less what they will want until Reset.
//
// Requests of ours that are under way are taken as counted where others' use is
// estimated (else they would look like somebody to yield to) and as not counted
// where room is.
//
// Reset is a time by the service's clock, and ours may be off by hours. The Date of
// the answers tells by how much: it is late by the way of the answer, so that the
// largest difference seen is the best; a much smaller one comes of a clock that was
// set. How long a pause lasts is measured by a clock that nobody sets.
//
// A sudden rise shows in the last minute's use bit by bit. So the use over the last
// ten seconds counts where it is larger; that others have gone is believed slowly.
//
// All of it is optional; without Reset and Remaining there is only the limit.

// window is the service's current minute, as the answers show it.
type window struct {
	limit     float64   // a minute; 0 is not known
	at        int64     // Reset as the service gave it: the window's name; 0 is not known
	reset     time.Time // by our clock
	latest    time.Time // that it can be: a minute after the window was first seen
	remaining float64   // the least that was seen
	told      time.Time // when the service last said so, by our clock
	ours      float64   // answered to us in this window
	others    float64   // used by others in this window, at least
	before    float64   // the same of the window before; negative is not known
	crept     int       // how often in a row Reset has moved by less than a window

	past  float64 // used by others in the windows before this one, since we came
	marks []mark  // of the last seconds, oldest first

	date       string        // of the last answer
	clock      time.Duration // the service's clock less ours
	clockKnown bool
}

// mark is what others had used up to a time, since we came.
type mark struct {
	at   time.Time
	used float64
}

const (
	minute = time.Minute

	// late is how much later than its Date an answer may well arrive.
	late = 3 * time.Second

	// early is how far before its Reset a window may have ended: both that and
	// Date are in whole seconds.
	early = 2 * time.Second

	// surge is the time over which others' use is watched for a sudden rise.
	surge = 10 * time.Second

	// maxWindow is how many seconds away a Reset may be to be believed. The
	// service's windows are a minute; waiting for one that is an hour away
	// would hang a run on a broken header, while its answers are successes.
	maxWindow = 150

	// margin is the part of a limit that is left to others beyond what they
	// use, once they use twice as much.
	margin = 0.015
)

// read takes in an answer's headers; inFlight requests are under way besides it.
func (w *window) read(h http.Header, now time.Time, inFlight int) {
	if text := h.Get("Date"); text != w.date { // of those in one second, the first tells most
		w.date = text
		if date, err := http.ParseTime(text); err == nil {
			if d := date.Sub(now); !w.clockKnown || d > w.clock || d < w.clock-late {
				w.clock, w.clockKnown = d, true
			}
		}
	}
	limit, ok := header(h, "X-Ratelimit-Limit", "X-Rate-Limit-Limit", "X-Rate-Limit")
	if ok && limit >= 1 {
		w.limit = limit
	}
	remaining, ok := header(h, "X-Ratelimit-Remaining", "X-Rate-Limit-Remaining")
	if !ok || w.limit == 0 || remaining < 0 {
		return
	}
	reset, ok := header(h, "X-Ratelimit-Reset", "X-Rate-Limit-Reset")
	if !ok {
		return
	}
	at, ok := w.unix(reset, now)
	if !ok {
		return
	}
	switch step := at - w.at; {
	case w.at != 0 && (step > 1 || step < -maxWindow) && now.Before(w.reset.Add(-early)) && remaining <= w.remaining:
		w.creep(step)
		w.at = at // no new window, but another name: their clock was set
	case step > 1 || step < -maxWindow:
		w.roll(at)
		w.remaining, w.latest = remaining, now.Add(minute)
	case step < -1:
		return // a late answer of the window before
	}
	if w.reset = now.Add(time.Unix(w.at, 0).Sub(now) - w.clock); w.reset.After(w.latest) {
		w.reset = w.latest // rounded up: a second too many costs more than one per cent of the limit
	}
	w.told = now
	w.ours++
	w.remaining = min(w.remaining, remaining)
	w.others = max(w.others, w.limit-remaining-w.ours-float64(inFlight))
	w.mark(now)
}

// mark notes others' use, about once a second.
func (w *window) mark(now time.Time) {
	if n := len(w.marks); n > 0 && now.Sub(w.marks[n-1].at) < surge/10 {
		return
	}
	for len(w.marks) > 1 && now.Sub(w.marks[1].at) >= surge {
		w.marks = append(w.marks[:0], w.marks[1:]...)
	}
	w.marks = append(w.marks, mark{now, w.past + w.others})
}

// rising is others' use, a minute, over the last seconds, less what chance can make of it.
func (w *window) rising() float64 {
	if len(w.marks) == 0 {
		return 0
	}
	over := max(w.told.Sub(w.marks[0].at), surge)
	n := w.past + w.others - w.marks[0].used
	return max(0, n-math.Sqrt(max(n, 0))) * float64(minute) / float64(over)
}

func (w *window) roll(at int64) {
	step := at - w.at
	w.creep(step)
	w.before = w.others
	if w.at == 0 || step < 30 || step > 90 { // there was none before, or it was not seen
		w.before = -1
	}
	w.past += w.others
	w.at, w.ours, w.others = at, 0, 0
}

// creep watches how far Reset moves. Once may be a clock that was set.
func (w *window) creep(step int64) {
	if step > 0 && step < 30 {
		w.crept++
	} else {
		w.crept = 0
	}
}

// unix makes a Unix time of a Reset header: one in seconds as documented, in
// milliseconds, or the seconds that are left.
func (w *window) unix(v float64, now time.Time) (int64, bool) {
	server := now.Add(w.clock)
	if v > 1e11 {
		v /= 1000
	}
	if v < 1e6 {
		v += float64(server.UnixNano()) / 1e9
	}
	left := v - float64(server.UnixNano())/1e9
	return int64(math.Round(v)), left > -10 && left < maxWindow
}

// known reports whether the window tells what others use. It does not where Reset
// moves along with the time: there are no windows then.
func (w *window) known() bool { return w.at != 0 && w.crept < 3 }

// exhausted reports whether the service said that nothing remains.
func (w *window) exhausted(now time.Time) bool {
	return w.at != 0 && w.remaining <= 0 && now.Before(w.reset)
}

// foreign is what others use, a minute, over about the last minute before
// the last answer: what they have done since is not known yet.
func (w *window) foreign() float64 {
	gone := 1 - float64(w.reset.Sub(w.told))/float64(minute)
	gone = min(max(gone, 0), 1)
	if w.before < 0 {
		return w.others / max(gone, 1.0/30) // the first two seconds are too few to judge by
	}
	return max(w.before*(1-gone)+w.others, w.rising())
}

// spare is the rate, a minute, that others leave to us.
func (w *window) spare(now time.Time, inFlight int) float64 {
	if !w.known() {
		return math.Inf(1)
	}
	foreign := w.foreign()
	spare := w.left(foreign)
	if left := w.reset.Sub(now); left > 0 {
		part := float64(max(left, time.Second)) / float64(minute)
		room := w.remaining - float64(inFlight) - foreign*float64(w.reset.Sub(w.told))/float64(minute)
		spare = min(spare, room/part)
	}
	return spare
}

// left is what others leave of a minute.
func (w *window) left(foreign float64) float64 {
	return slack*w.limit - foreign - min(margin*w.limit, foreign/2)
}

// header is the first of the named headers that holds a number; their names are as
// net/http has them.
func header(h http.Header, names ...string) (float64, bool) {
	for _, name := range names {
		values := h[name]
		if len(values) == 0 {
			continue
		}
		s, _, _ := strings.Cut(strings.TrimSpace(values[0]), ";") // "10000, 10000;w=60" is how some gateways write it
		s, _, _ = strings.Cut(s, ", ")
		first, rest, _ := strings.Cut(s, ",")
		if first != rest && thousands.MatchString(s) { // 1,000 is not 1, and 100,100 is a header that came twice
			first = strings.ReplaceAll(s, ",", "")
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(first), 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v, true
		}
	}
	return 0, false
}

var thousands = regexp.MustCompile(`^\d{1,3}(,\d{3})+$`)

// retryAfter is the pause that an answer asks for: seconds, or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	s := strings.TrimSpace(h.Get("Retry-After"))
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		if v > 0 && v < 1e6 {
			return time.Duration(v * float64(time.Second))
		}
		return 0
	}
	at, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date // both by the service's clock
	}
	return max(at.Sub(now), 0)
}
