package run

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cometsync/internal/apply"
	"cometsync/internal/cometchat"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// BenchmarkRecord creates users in a sandbox as fast as it goes, without and
// with what makes an application safe: the journal, flushed before each
// request, and reading back the first operations and a sample. Its metric is
// the throughput with them as a part of that without.
func BenchmarkRecord(b *testing.B) {
	creates := 20_000
	if s := os.Getenv("COMETSYNC_BENCH_CREATES"); s != "" {
		var err error
		if creates, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	bin := filepath.Join(b.TempDir(), "cometsync")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "cometsync").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	p := &plan.Plan{}
	for i := range creates {
		p.Operations = append(p.Operations, plan.Operation{Verb: plan.Create, UID: fmt.Sprintf("u%06d", i), Name: "User",
			Reason: plan.Missing, Changes: []plan.Change{
				{Field: user.Name, After: fmt.Sprintf(`"User %d"`, i)},
				{Field: user.Avatar, After: fmt.Sprintf(`"https://cdn.example.com/avatars/u%06d.png"`, i)},
				{Field: user.Tags, After: `["staff","berlin"]`},
				{Field: user.Metadata, After: fmt.Sprintf(`{"@private":{"email":"u%d@example.com"},"department":"it"}`, i)},
			}})
	}
	once := func(rec record, opt apply.Options) time.Duration {
		box := exec.Command(bin, "sandbox", "--addr", "127.0.0.1:0")
		box.Env = []string{"HOME=" + b.TempDir()}
		out, err := box.StdoutPipe()
		if err == nil {
			err = box.Start()
		}
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = box.Process.Kill(); _ = box.Wait() }() // it keeps nothing
		url, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		client, err := cometchat.New(cometchat.Config{BaseURL: strings.TrimSpace(url), Key: "sandbox", RateCore: -1, RateStandard: -1,
			Share: 1, Concurrency: 32})
		if err != nil {
			b.Fatal(err)
		}
		opt.Concurrency, opt.Attempts = 32, cometchat.CountAttempts
		began := time.Now()
		if err := rec.Plan(p, nil); err != nil {
			b.Fatal(err)
		}
		results, err := apply.Run(b.Context(), p, client, rec, opt)
		if err == nil {
			err = rec.End(journal.End{Result: "converged"})
		}
		took := time.Since(began)
		if err != nil {
			b.Fatal(err)
		}
		for i := range results {
			if results[i].Outcome != plan.Applied {
				b.Fatalf("%s: %+v", p.Operations[i].UID, results[i])
			}
		}
		return took
	}
	var bare, safe time.Duration
	for b.Loop() {
		bare += once(noRecord{}, apply.Options{Canaries: -1, Sample: -1})
		j, err := journal.Create(b.TempDir(), journal.Head{Run: "bench", StartedAt: time.Now()}, time.Now)
		if err != nil {
			b.Fatal(err)
		}
		safe += once(j, apply.Options{})
	}
	all := float64(creates) * float64(b.N)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(all/bare.Seconds(), "bare/s")
	b.ReportMetric(all/safe.Seconds(), "recorded/s")
	b.ReportMetric(bare.Seconds()/safe.Seconds(), "x-bare")
}
