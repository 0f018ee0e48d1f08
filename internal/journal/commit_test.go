package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/plan"
)

// disk is a file that takes its time to flush and knows what is safe.
type disk struct {
	mu      sync.Mutex
	text    []byte // written
	safe    int    // bytes of it that are flushed
	flushes int
	flush   time.Duration
	fail    error // of the flushes to come
	room    int   // bytes that may still be written; below 0 is no limit
	closed  bool
}

func (d *disk) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room >= 0 && len(b) > d.room {
		n := d.room
		d.text, d.room = append(d.text, b[:n]...), 0
		return n, errors.New("no space left on device")
	}
	if d.room >= 0 {
		d.room -= len(b)
	}
	d.text = append(d.text, b...)
	return len(b), nil
}

func (d *disk) Sync() error {
	d.mu.Lock()
	n := len(d.text)
	d.mu.Unlock()
	time.Sleep(d.flush)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flushes++
	if d.fail != nil {
		return d.fail
	}
	d.safe = n
	return nil
}

func (d *disk) Close() error {
	d.closed = true
	return nil
}

func (d *disk) holds(text string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Contains(d.text[:d.safe], []byte(text))
}

// on is a journal on a disk, with the plan of n operations.
func on(t testing.TB, d *disk, n int) *Journal {
	t.Helper()
	j := begin("x.jsonl", d, clock())
	do(t, j.Plan(many(n), nil))
	return j
}

// TestGroups has operations share flushes, and none sent before its own record
// is safe.
func TestGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers, each = 50, 20
		d := &disk{flush: 5 * time.Millisecond, room: -1}
		j := on(t, d, workers*each)
		before, began := d.flushes, time.Now()
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for k := range each {
					i := w*each + k
					if err := j.Sent(i); err != nil {
						t.Error(err)
					}
					if !d.holds(fmt.Sprintf(`{"sent":[%d],`, i)) {
						t.Errorf("%d is sent, and its record is not safe", i)
					}
					time.Sleep(time.Millisecond) // its request
					if err := j.Done(i, plan.Result{Outcome: plan.Applied}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		took := time.Since(began)
		do(t, j.End(End{Result: "converged"}))
		if flushes := d.flushes - before; flushes > 3*each {
			t.Errorf("%d flushes for %d operations of %d workers", flushes, workers*each, workers)
		}
		if took > 3*each*d.flush {
			t.Errorf("it took %s", took)
		}
		if d.safe != len(d.text) || !d.closed {
			t.Errorf("of %d bytes, %d are safe; closed: %v", len(d.text), d.safe, d.closed)
		}
	})
}

// TestAnswersAreFlushed has an answer on the disk at once, though nobody waits.
func TestAnswersAreFlushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{flush: 5 * time.Millisecond, room: -1}
		j := on(t, d, 3)
		do(t, j.Sent(0, 1))
		began := time.Now()
		do(t, j.Done(0, plan.Result{Outcome: plan.Applied}), j.Done(1, plan.Result{Outcome: plan.Applied}), j.RoleDone("x", ""))
		if time.Since(began) > 0 {
			t.Errorf("an answer waited for %s", time.Since(began))
		}
		time.Sleep(2*d.flush + time.Millisecond)
		synctest.Wait()
		for _, want := range []string{`{"done":0,`, `{"done":1,`, `{"role":"x","done":true,`} {
			if !d.holds(want) {
				t.Errorf("%s is not safe", want)
			}
		}
		do(t, j.RoleSent("y"))
		if !d.holds(`{"role":"y","sent":true,`) {
			t.Error("a role is sent, and its record is not safe")
		}
		do(t, j.Close())
	})
}

// TestFailures stop for good at the first record that can't be written or
// flushed, even where later ones could be: a gap would be taken for operations
// never sent.
func TestFailures(t *testing.T) {
	full, broken := "no space left on device", errors.New("input/output error")
	for _, c := range []struct {
		name  string
		spoil func(d *disk)
		mend  func(d *disk)
		want  string
	}{
		{"no room", func(d *disk) { d.room = 0 }, func(d *disk) { d.room = -1 }, full},
		{"room for half a record", func(d *disk) { d.room = 30 }, func(d *disk) { d.room = -1 }, full},
		{"no flush", func(d *disk) { d.fail = broken }, func(d *disk) { d.fail = nil }, broken.Error()},
	} {
		d := &disk{room: -1}
		j := on(t, d, 4)
		do(t, j.Sent(0))
		c.spoil(d)
		first := j.Sent(1)
		if first == nil || !strings.HasPrefix(first.Error(), "journal: ") || !strings.Contains(first.Error(), c.want) {
			t.Fatalf("%s: the error is %v", c.name, first)
		}
		c.mend(d)
		size := len(d.text)
		for name, err := range map[string]error{
			"sent": j.Sent(2), "done": j.Done(0, plan.Result{Outcome: plan.Applied}),
			"settled": j.Settle(0, plan.Result{Outcome: plan.Applied}),
			"role":    j.RoleSent("x"), "role done": j.RoleDone("x", ""), "plan": j.Plan(small(), nil), "end": j.End(End{}),
		} {
			if err != first {
				t.Errorf("%s: %s: %v", c.name, name, err)
			}
		}
		if len(d.text) != size || !d.closed {
			t.Errorf("%s: after the failure %q was written; closed: %v", c.name, d.text[size:], d.closed)
		}
	}
}

// TestUnheardFailure of an answer's record is told to whoever comes next.
func TestUnheardFailure(t *testing.T) {
	d := &disk{room: -1}
	j := on(t, d, 2)
	do(t, j.Sent(0))
	d.room = 10
	do(t, j.Done(0, plan.Result{Outcome: plan.Applied}))
	if err := j.End(End{Result: "converged"}); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("the end: %v", err)
	}
}

// TestFailedPlan leaves a journal that nothing is sent after.
func TestFailedPlan(t *testing.T) {
	for name, spoil := range map[string]func(*disk, *plan.Plan){
		"no room":      func(d *disk, _ *plan.Plan) { d.room = 2000 },
		"no room late": func(d *disk, _ *plan.Plan) { d.room = maxChunk + 2000 },
		"no flush":     func(d *disk, _ *plan.Plan) { d.fail = errors.New("input/output error") },
		"no JSON":      func(_ *disk, p *plan.Plan) { p.Operations[9].Changes = []plan.Change{{Field: 1, After: "no JSON"}} },
	} {
		d := &disk{room: -1}
		j := begin("x.jsonl", d, clock())
		p := many(10_000)
		spoil(d, p)
		err := j.Plan(p, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "journal: writing the plan: ") ||
			!strings.HasSuffix(err.Error(), "; nothing was sent") {
			t.Errorf("%s: %v", name, err)
		}
		d.room, d.fail = -1, nil
		if again := j.Sent(0); again != err {
			t.Errorf("%s: sent: %v", name, again)
		}
		if end := j.End(End{}); end != err || bytes.Contains(d.text, []byte(endKey)) {
			t.Errorf("%s: the end: %v", name, end)
		}
	}
}

// TestFullDisk is the real thing, as far as a device shows it.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full")
	}
	j := create(t, t.TempDir())
	do(t, j.Plan(small(), nil), j.Sent(0))
	good := j.file
	j.file = full
	if err := j.Sent(1); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("the error is %v", err)
	}
	j.file = good
	if err := j.Sent(2); err == nil {
		t.Error("the record goes on behind a gap")
	}
	do(t, good.Close())
	r, err := Read(filepath.Dir(filepath.Dir(j.path)), head.Run)
	if err != nil || !r.Marks[0].Sent || r.Marks[1].Sent || r.Marks[2].Sent {
		t.Errorf("the record is %+v, %v", r, err)
	}
}

// TestConcurrent writers keep their lines whole, and each its own order.
func TestConcurrent(t *testing.T) {
	dir := t.TempDir()
	j := create(t, dir)
	const writers, each = 16, 50
	do(t, j.Plan(many(writers*each), nil))
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for k := range each {
				i := w*each + k
				message := strings.Repeat(string(rune('a'+w)), 1+w*100)
				if err := errors.Join(j.Sent(i), j.Done(i, plan.Result{Outcome: plan.Failed, Message: message})); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	do(t, j.End(End{Result: "converged"}))
	r, err := Read(dir, head.Run) // which checks the chain, and that nothing is done before it is sent
	if err != nil || len(r.InDoubt()) > 0 {
		t.Fatal(err)
	}
	for i := range r.Results {
		if w := i / each; !r.Marks[i].Sent || r.Results[i].Outcome != plan.Failed || r.Results[i].Message != strings.Repeat(string(rune('a'+w)),
			1+w*100) {
			t.Errorf("%d: %+v", i, r.Results[i])
		}
	}
}

// TestEndWaits for answers that are still on their way to the disk.
func TestEndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{flush: 50 * time.Millisecond, room: -1}
		j := on(t, d, 1)
		do(t, j.Sent(0), j.Done(0, plan.Result{Outcome: plan.Applied}), j.Close())
		if !d.holds(`{"done":0,`) || !d.closed {
			t.Errorf("closed with %q safe", d.text[:d.safe])
		}
	})
}
