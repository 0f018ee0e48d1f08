package events

import (
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"

	"cometsync/internal/cometchat"
	"cometsync/internal/phrase"
)

// progress shows how a phase is getting on: a bar on a terminal, elsewhere a line a
// minute. A phase only counts; one goroutine looks, and speaks.
type progress struct {
	l     *Log
	phase string
	total atomic.Int64 // 0: not known
	count atomic.Int64
	waits func() cometchat.Wait
	began time.Time
	past  []sample // of the last minute, the oldest first
	stop  chan struct{}
	ended chan struct{}
}

// sample is how many were done when.
type sample struct {
	at   time.Time
	done int64
}

const (
	drawEvery = 100 * time.Millisecond
	lineEvery = time.Minute
	window    = time.Minute     // over which a rate is measured: that of the service's own counts
	soonest   = 5 * time.Second // how long a phase goes on before it tells when it will be over
	leastBar  = 12              // columns, or there is none
)

// Progress begins a phase; total may be 0 for not known.
func (l *Log) Progress(phase string, total int) *progress {
	p := &progress{l: l, phase: phase, waits: l.Waits, began: time.Now(), stop: make(chan struct{}), ended: make(chan struct{})}
	p.total.Store(int64(total))
	p.past = []sample{{at: p.began}}
	go p.watch()
	return p
}

func (p *progress) Add(n int) { p.count.Add(int64(n)) }
func (p *progress) Set(n int) { p.count.Store(int64(n)) }

// Of says how many there are, as far as is known by now.
func (p *progress) Of(total int) { p.total.Store(int64(total)) }

// Done ends the phase and clears its bar.
func (p *progress) Done() {
	close(p.stop)
	<-p.ended
}

// watch shows how far the phase is every now and then, until it ends.
func (p *progress) watch() {
	defer close(p.ended)
	every, bar := time.Second, p.l.tty && !p.l.quiet && !p.l.json
	if bar {
		every = drawEvery
		defer p.l.screen.clear()
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s := p.now()
			if bar {
				p.l.screen.draw(s.bar)
			}
			if p.l.due(s.at) {
				p.tell(stageProgress, s, !bar && !p.l.quiet && p.l.level <= info)
			}
		case <-p.l.of.Ask:
			p.tell(stageAsked, p.now(), true)
		case <-p.stop:
			return
		}
	}
}

// due reports that the last line is a minute ago, or the beginning of the run.
func (l *Log) due(now time.Time) bool {
	l.lines.Lock()
	defer l.lines.Unlock()
	if now.Sub(l.lastLine) < lineEvery {
		return false
	}
	l.lastLine = now
	return true
}

type state struct {
	sample
	phase string
	total int64         // 0: not known
	rate  float64       // a second; 0: not known, or nothing is done
	left  time.Duration // 0: can't be told
	wait  cometchat.Wait
}

func (p *progress) now() state {
	s := state{sample: sample{time.Now(), p.count.Load()}, phase: p.phase, total: p.total.Load()}
	if s.total < s.done {
		s.total = 0 // it was an estimate
	}
	if p.waits != nil {
		s.wait = p.waits()
	}
	for len(p.past) > 1 && s.at.Sub(p.past[1].at) >= window {
		p.past = p.past[1:]
	}
	took := s.at.Sub(p.past[0].at)
	if took >= time.Second {
		s.rate = float64(s.done-p.past[0].done) / took.Seconds()
	}
	if s.total > 0 && s.rate > 0 && s.at.Sub(p.began) >= soonest {
		s.left = time.Duration(float64(s.total-s.done) / s.rate * float64(time.Second))
	}
	if s.at.Sub(p.past[len(p.past)-1].at) >= time.Second {
		p.past = append(p.past, s.sample)
	}
	return s
}

func (s *state) counted() string {
	if s.total > 0 {
		return phrase.Thousands(int(s.done)) + " of " + phrase.Thousands(int(s.total))
	}
	return phrase.Thousands(int(s.done))
}

// besides is what else there is to say, what matters most first.
func (s *state) besides() (texts []string) {
	if pause := s.wait.Until.Sub(s.at); pause > 0 {
		why := "the app's requests of this minute are used up"
		if s.wait.Refused {
			why = "throttled by the service"
		}
		texts = append(texts, why+", going on in "+phrase.Seconds(pause))
	} else if s.left > 0 {
		texts = append(texts, phrase.About(s.left)+" left")
	}
	if rate := phrase.Rate(s.rate); rate != "" {
		texts = append(texts, rate)
	}
	if s.wait.Total >= time.Second {
		texts = append(texts, "waited "+phrase.Seconds(s.wait.Total)+" for the rate limit")
	}
	return texts
}

// bar is the state in one line of a terminal: of what there is to say so much as fits,
// and a bar in what room is left.
func (s *state) bar(columns int) string {
	room := columns - 1 // a full line would go on in the next
	text := s.counted()
	for _, more := range s.besides() {
		if utf8.RuneCountInString(s.phase+": "+text+", "+more) <= room {
			text += ", " + more
		}
	}
	bar := room - utf8.RuneCountInString(s.phase+" 100% [] "+text)
	if s.total == 0 || bar < leastBar {
		return phrase.Shorten(s.phase+": "+text, max(room, 1))
	}
	drawn := progressbar.NewOptions64(s.total, progressbar.OptionSetWriter(io.Discard), progressbar.OptionSetWidth(bar),
		progressbar.OptionSetTheme(progressbar.ThemeASCII), progressbar.OptionSetDescription(s.phase),
		progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(false))
	_ = drawn.Set64(s.done) // what is written is discarded
	return strings.TrimSpace(drawn.String()) + " " + text
}

// tell says how far the phase is, to people where they may hear it.
func (p *progress) tell(e *Event, s state, people bool) {
	if !p.l.json && people {
		to := p.l.Words
		if e == stageProgress {
			to = p.l.people
		}
		fmt.Fprintf(to, "cometsync: %s\n", strings.Join(append([]string{s.phase + ": " + s.counted() + " done"}, s.besides()...), ", "))
	}
	attrs := []any{"stage", s.phase, "done", s.done, "took", s.at.Sub(p.began).Round(time.Second)}
	if s.total > 0 {
		attrs = append(attrs, "of", s.total)
	}
	if s.rate > 0 {
		attrs = append(attrs, "rate", math.Round(s.rate*100)/100)
	}
	if s.left > 0 {
		attrs = append(attrs, "left", s.left.Round(time.Second))
	}
	if pause := s.wait.Until.Sub(s.at); pause > 0 {
		attrs = append(attrs, "wait", pause.Round(time.Second))
	}
	p.l.ToPrograms(e, e.Sentence(), append(attrs, "waited", s.wait.Total.Round(time.Second))...)
}

// screen is standard error, with at most one bar at its end: whatever else is written
// takes the bar's place.
type screen struct {
	to      io.Writer
	columns func() int // of the terminal; it may be resized at any time

	mu    sync.Mutex
	drawn int // columns of the bar
}

func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put("")
	return s.to.Write(text)
}

func (s *screen) clear() { s.draw(func(int) string { return "" }) }

// draw has a bar take the place of the one before. A bar that can't be drawn is no reason
// to stop.
func (s *screen) draw(bar func(columns int) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(bar(s.columns()))
}

func (s *screen) put(text string) {
	n := utf8.RuneCountInString(text)
	if n+s.drawn == 0 {
		return
	}
	if rest := min(s.drawn, s.columns()-1) - n; rest > 0 {
		text += strings.Repeat(" ", rest)
	}
	text = "\r" + text
	if n == 0 {
		text += "\r"
	}
	_, _ = io.WriteString(s.to, text)
	s.drawn = n
}
