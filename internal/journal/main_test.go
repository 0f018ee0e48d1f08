package journal

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/slow"
)

// TestMain is also the processes that the tests kill.
func TestMain(m *testing.M) {
	switch os.Getenv("JOURNAL_TEST") {
	case "write":
		child(writeForEver(os.Args[1]))
	case "lock":
		child(lockForEver(os.Args[1]))
	}
	os.Exit(m.Run())
}

func child(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// many is a plan of n updates.
func many(n int) *plan.Plan {
	p := small()
	o := p.Operations[2]
	p.Operations = make([]plan.Operation, n)
	for i := range p.Operations {
		o.UID = fmt.Sprintf("anna-%07d", i)
		p.Operations[i] = o
	}
	return p
}

const untilKilled = 1 << 12

// writeForEver says which operations it may have sent, and which are done.
func writeForEver(dir string) error {
	j, err := Create(dir, head, time.Now)
	if err != nil {
		return err
	}
	if err := j.Plan(many(untilKilled), nil); err != nil {
		return err
	}
	var next, out sync.Mutex
	n := 0
	for range 4 {
		go func() {
			for {
				next.Lock()
				group := make([]int, 1+n%64)
				for k := range group {
					group[k] = (n + k) % untilKilled
				}
				n += len(group)
				next.Unlock()
				if err := j.Sent(group...); err != nil {
					child(err)
				}
				for _, i := range group {
					out.Lock()
					fmt.Println(i)
					out.Unlock()
					if err := j.Done(i, plan.Result{Outcome: plan.Applied}); err != nil {
						child(err)
					}
				}
			}
		}()
	}
	return untilParentEnds()
}

// untilParentEnds keeps a process that is to be killed from outliving its test.
func untilParentEnds() error {
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func start(t testing.TB, what, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, dir)
	cmd.Env = append(os.Environ(), "JOURNAL_TEST="+what)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, bufio.NewScanner(out)
}

// TestKill has a process die at any moment: what it said to be sent is on
// record, and the record can be taken up and brought to its end.
func TestKill(t *testing.T) {
	for round := range slow.Times(2, 8) {
		dir := t.TempDir()
		cmd, lines := start(t, "write", dir)
		said := map[int]bool{}
		for lines.Scan() {
			i, err := strconv.Atoi(lines.Text())
			if err != nil {
				break // the line that it died in
			}
			if said[i] = true; len(said) == 10+97*round {
				// It writes on while it is being killed, and this reads on.
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(said) < 10 {
			t.Fatalf("round %d: the process died by itself after %d", round, len(said))
		}
		if runs, err := unfinishedOf(dir); err != nil || len(runs) != 1 || runs[0] != head.Run {
			t.Fatalf("round %d: unfinished are %q, %v", round, runs, err)
		}
		j, r, err := Reopen(dir, head.Run, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		for i := range said {
			if !r.Marks[i].Sent {
				t.Errorf("round %d: %d was sent and is not on record", round, i)
			}
		}
		doubts := r.InDoubt()
		if len(doubts) > len(said)+4*64 { // of each writer, those that go on record together
			t.Errorf("round %d: %d sent and %d in doubt", round, len(said), len(doubts))
		}
		for _, i := range doubts {
			do(t, j.Settle(i, plan.Result{Outcome: plan.Unknown, Code: "unknown"}))
		}
		do(t, j.End(End{Result: "interrupted", ExitCode: 1}))
		if r, err = Read(dir, head.Run); err != nil || len(r.InDoubt()) != 0 || r.End == nil {
			t.Errorf("round %d: settled, the record has %d in doubt and the end %v, %v", round, len(r.InDoubt()), r.End, err)
		}
		for _, i := range doubts {
			if !r.Marks[i].Settled || r.Results[i].Outcome != plan.Unknown {
				t.Errorf("round %d: %d is settled %v as %+v", round, i, r.Marks[i].Settled, r.Results[i])
			}
		}
	}
}
