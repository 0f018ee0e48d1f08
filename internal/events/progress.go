package events

import (
	"fmt"
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
	if l.tty && !l.quiet && !l.json {
		go p.draw(l)
	} else {
		go p.lines(l)
	}
	return p
}

func (p *progress) Add(n int)   { p.count.Add(int64(n)) }
func (p *progress) Set(n int64) { p.count.Store(n) }

// Done ends the stage and clears its bar.
func (p *progress) Done() {
	close(p.stop)
	<-p.ended
}

// tell answers somebody who asks how the stage is getting on, quiet or not.
func (p *progress) tell(l *Log) {
	done, took := p.count.Load(), time.Since(p.began).Round(time.Second)
	if !l.json {
		of := ""
		if p.total > 0 {
			of = fmt.Sprintf(" of %d", p.total)
		}
		fmt.Fprintf(l.Words, "cometsync: %s: %d%s done, for %s\n", p.stage, done, of, took)
	}
	l.ToPrograms(stageAsked, stageAsked.Sentence(), "stage", p.stage, "done", done, "of", p.total, "took", took)
}

func (p *progress) draw(l *Log) {
	defer close(p.ended)
	total := p.total
	if total == 0 {
		total = -1
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(l.of.Stderr),
		progressbar.OptionSetDescription(p.stage),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionEnableColorCodes(false),
	)
	tick := time.NewTicker(drawEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = bar.Set64(p.count.Load()) // a bar that can't be drawn is no reason to stop
		case <-l.of.Ask:
			_ = bar.Clear()
			p.tell(l)
		case <-p.stop:
			_ = bar.Clear()
			return
		}
	}
}

func (p *progress) lines(l *Log) {
	defer close(p.ended)
	tick := time.NewTicker(LineEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			attrs := []any{"done", p.count.Load()}
			if p.total > 0 {
				attrs = append(attrs, "of", p.total)
			}
			l.toPeople(stageProgress, p.stage, attrs...)
			l.ToPrograms(stageProgress, stageProgress.Sentence(), append(attrs, "stage", p.stage)...)
		case <-l.of.Ask:
			p.tell(l)
		case <-p.stop:
			return
		}
	}
}
