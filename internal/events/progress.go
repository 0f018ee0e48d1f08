package events

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how a stage is getting on: a bar on a terminal, elsewhere a
// line now and then. A stage only counts; one goroutine draws.
type progress struct {
	stage string
	total int64 // 0: not known
	began time.Time
	count atomic.Int64
	stop  chan struct{}
	ended chan struct{}
}

const (
	drawEvery = 100 * time.Millisecond
	LineEvery = 10 * time.Second
)

// Progress begins a stage; total may be 0 for not known.
func (l *Log) Progress(stage string, total int64) *progress {
	p := &progress{stage: stage, total: total, began: time.Now(), stop: make(chan struct{}), ended: make(chan struct{})}
	if !l.tty || l.quiet || l.json {
		go p.watch(l, LineEvery, func() { p.tell(l, stageProgress, l.people) }, func() {})
		return p
	}
	if total == 0 {
		total = -1
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(l.of.Stderr),
		progressbar.OptionSetDescription(stage),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionEnableColorCodes(false),
	)
	// A bar that can't be drawn is no reason to stop.
	go p.watch(l, drawEvery, func() { _ = bar.Set64(p.count.Load()) }, func() { _ = bar.Clear() })
	return p
}

func (p *progress) Add(n int)   { p.count.Add(int64(n)) }
func (p *progress) Set(n int64) { p.count.Store(n) }

// Done ends the stage and clears its bar.
func (p *progress) Done() {
	close(p.stop)
	<-p.ended
}

// tell says how far the stage is, also who asks when it is quiet.
func (p *progress) tell(l *Log, e *Event, to io.Writer) {
	done, took := p.count.Load(), time.Since(p.began).Round(time.Second)
	of, attrs := "", []any{"stage", p.stage, "done", done, "took", took}
	if p.total > 0 {
		of, attrs = fmt.Sprintf(" of %d", p.total), append(attrs, "of", p.total)
	}
	if !l.json && (e == stageAsked || !l.quiet && l.level <= info) {
		fmt.Fprintf(to, "cometsync: %s: %d%s done, for %s\n", p.stage, done, of, took)
	}
	l.ToPrograms(e, e.Sentence(), attrs...)
}

// watch shows how far the stage is every now and then, until it ends.
func (p *progress) watch(l *Log, every time.Duration, show, hide func()) {
	defer close(p.ended)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			show()
		case <-l.of.Ask:
			hide()
			p.tell(l, stageAsked, l.Words)
		case <-p.stop:
			hide()
			return
		}
	}
}
