//go:build unix

package bench

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkGuards runs three nights of an app: a first one that brings it in line,
// an ordinary one, and one of a bad export. The plans of the last two are made with
// what the first one left, and without, and the benchmark gives the time and the
// memory of the one as multiples of the other's: what is between them is what the
// guards take that compare with the last good run. What is kept of that is given in
// bytes a user.
func BenchmarkGuards(b *testing.B) {
	rows := setting(b, "COMETSYNC_BENCH_USERS", 250_000)
	p := build(b)
	d, err := Make(os.TempDir(), rows)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	state, none, roster, users := filepath.Join(dir, "state"), filepath.Join(dir, "none"), filepath.Join(dir,
		"roster.csv"), filepath.Join(dir, "app.jsonl")
	if err := errors.Join(d.writeLines(users), d.writeNight(roster, 1)); err != nil {
		b.Fatal(err)
	}
	url, stop := listen(b, p.command(b.Context(), "sandbox", "--addr", "127.0.0.1:0", "--state", users))
	defer stop()
	run := func(night int, command, state string) usage {
		var h head
		flags := []string{command, roster, "--base-url", url, "--app-id", "bench", "--state-dir", state, "--create-roles",
			"--rate-core", "100000000", "--rate-standard", "100000000", "--rate-share", "100%", "--report-dir", "none", "--output", "json"}
		u := measure(b, refusable(p.command(b.Context(), flags...)), &h)
		if refused := night == 3 && state != none; h.Guard.Tripped != refused {
			b.Fatalf("night %d, %s: refused is %t", night, command, h.Guard.Tripped)
		}
		return u
	}
	first := run(1, "sync", state)
	kept, err := filepath.Glob(filepath.Join(state, "*", "last-good-run"))
	if err != nil || len(kept) != 1 {
		b.Fatalf("what is kept of the first night: %q, %v", kept, err)
	}
	info, err := os.Stat(kept[0])
	if err != nil {
		b.Fatal(err)
	}
	var with, without [4][]usage
	for b.Loop() {
		for _, night := range []int{2, 3} {
			if err := d.writeNight(roster, night); err != nil {
				b.Fatal(err)
			}
			touch(b, roster)
			without[night] = append(without[night], run(night, "plan", none))
			with[night] = append(with[night], run(night, "plan", state))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(info.Size())/float64(rows), "B/user-kept")
	var t strings.Builder
	fmt.Fprintf(&t, "%d roster rows, %d users in the app; medians of %d; the first night's sync took %.2fs and %d MiB\n", rows,
		d.Active+d.Deactivated, len(with[2]), first.wall.Seconds(), first.peak>>20)
	for night, name := range map[int]string{2: "ordinary", 3: "refused"} {
		w, wo := median(with[night]), median(without[night])
		b.ReportMetric(w.wall.Seconds()/wo.wall.Seconds(), "x-time-"+name)
		b.ReportMetric(float64(w.peak)/float64(wo.peak), "x-memory-"+name)
		fmt.Fprintf(&t, "night %d, %-9s %6.2fs %6.2fs cpu %5d MiB; without a good run on record %6.2fs %6.2fs cpu %5d MiB\n",
			night, name+":", w.wall.Seconds(), w.cpu.Seconds(), w.peak>>20, wo.wall.Seconds(), wo.cpu.Seconds(), wo.peak>>20)
	}
	fmt.Fprintf(&t, "kept of a good run: %d bytes, %.1f a user", info.Size(), float64(info.Size())/float64(rows))
	b.Log(t.String())
}

// refusable has a run that a guard refused count as one that went well.
func refusable(c *exec.Cmd) *exec.Cmd {
	c.Args = append([]string{"sh", "-c", `"$@"; code=$?; [ $code = 4 ] && exit 0; exit $code`, "sh", c.Path}, c.Args[1:]...)
	c.Path = "/bin/sh"
	return c
}

// writeLines writes the app's users as a sandbox reads them.
func (d *Data) writeLines(path string) error {
	p, err := NewPages(d)
	if err != nil {
		return err
	}
	remote, err := os.Open(p.path)
	if err != nil {
		return err
	}
	defer remote.Close()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	for i := range p.users() {
		offset, n := p.run(i, i+1)
		if _, err := io.Copy(w, io.NewSectionReader(remote, offset, n)); err != nil {
			return err
		}
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
	}
	return w.Flush()
}

// writeNight writes the roster of a night: the data's; with one in 200 people in
// another department and one in 1,000 gone; and with one city for everybody, and
// none of one row in fifty.
func (d *Data) writeNight(path string, night int) error {
	from, err := os.Open(d.Roster())
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(path)
	if err != nil {
		return err
	}
	defer to.Close()
	r, w := csv.NewReader(bufio.NewReaderSize(from, 1<<20)), csv.NewWriter(bufio.NewWriterSize(to, 1<<20))
	r.ReuseRecord = true
	for row := 0; ; row++ {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		switch {
		case row == 0 || night == 1:
		case night == 2 && row%1000 == 7, night == 3 && row%50 < 1:
			continue
		case night == 2 && row%200 == 9:
			cells[8] = departments[row/200%len(departments)]
		case night == 3:
			cells[9] = "City " + strconv.Itoa(row%7)
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
