package cli

import (
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how a stage is getting on: a bar on a terminal, elsewhere a
// line now and then. A stage only counts; one goroutine draws.
type progress struct {
	count atomic.Int64
	stop  chan struct{}
	ended chan struct{}
}

const (
	drawEvery = 100 * time.Millisecond
	lineEvery = 10 * time.Second
)

// progress begins a stage; total may be 0 for not known.
func (a *app) progress(stage string, total int64) *progress {
	p := &progress{stop: make(chan struct{}), ended: make(chan struct{})}
	_, tty := terminal(a.Stderr)
	if a.opt.quiet || a.opt.logFormat == "json" {
		tty = false
	}
	if tty {
		go p.draw(a, stage, total)
	} else {
		go p.lines(a, stage, total)
	}
	return p
}

func (p *progress) add(n int)   { p.count.Add(int64(n)) }
func (p *progress) set(n int64) { p.count.Store(n) }

// done ends the stage and clears its bar.
func (p *progress) done() {
	close(p.stop)
	<-p.ended
}

func (p *progress) draw(a *app, stage string, total int64) {
	defer close(p.ended)
	if total == 0 {
		total = -1
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(a.Stderr),
		progressbar.OptionSetDescription(stage),
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
		case <-p.stop:
			_ = bar.Clear()
			return
		}
	}
}

func (p *progress) lines(a *app, stage string, total int64) {
	defer close(p.ended)
	tick := time.NewTicker(lineEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if a.opt.quiet {
				continue
			}
			if total > 0 {
				a.log.Info(stage, "done", p.count.Load(), "of", total)
			} else {
				a.log.Info(stage, "done", p.count.Load())
			}
		case <-p.stop:
			return
		}
	}
}
