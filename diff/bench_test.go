package diff

import (
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sync/errgroup"

	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// BenchmarkCompute plans for apps of which one user in fifty differs: the
// nightly run. Listing and roster lie in memory already.
func BenchmarkCompute(b *testing.B) {
	for _, c := range []struct {
		n       int
		itemize bool
	}{{10_000, false}, {100_000, false}, {100_000, true}} {
		n, name := c.n, fmt.Sprint(c.n)
		if c.itemize {
			name += "-itemized"
		}
		b.Run(name, func(b *testing.B) {
			var rows []string
			users := make([]user.User, n)
			for i := range n {
				dept := fmt.Sprintf("Department %d", i%17)
				rows = append(rows, fmt.Sprintf("user-%07d|Person Number %d|https://pictures.example/%d.png|staff|emea;floor-%d|%s|%d",
					i, i, i, i%9, dept, i))
				users[i] = user.User{
					UID: fmt.Sprintf("user-%07d", i), Name: fmt.Sprintf("Person Number %d", i),
					Avatar: fmt.Sprintf("https://pictures.example/%d.png", i),
					Role:   "staff", Tags: []string{fmt.Sprintf("floor-%d", i%9), "emea"}, State: user.Active,
					Metadata: fmt.Sprintf(`{"department":%q,"site":{"building":4,"room":"12b"},"number":%d}`, dept, i),
				}
				if i%50 == 0 {
					users[i].Name = "Somebody Else"
				}
			}
			roster := difftest.NewRoster(user.Rules{}, "uid|name|avatar|role|tags|metadata.department|metadata.number", rows...)
			remote := func(each func([]user.User) error) (string, error) {
				var g errgroup.Group
				g.SetLimit(runtime.GOMAXPROCS(0))
				for from := 0; from < n; from += 1000 {
					g.Go(func() error { return each(users[from : from+1000]) })
				}
				return "", g.Wait()
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				p, err := Compute(roster, remote, Policy{Itemize: c.itemize})
				if err != nil || p.Count(plan.Update) != n/50 || len(p.Operations) != n/50 {
					b.Fatal(len(p.Operations), err)
				}
			}
			runtime.ReadMemStats(&after)
			done := float64(b.N) * float64(n)
			b.ReportMetric(done/b.Elapsed().Seconds(), "users/s")
			b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/done, "B/user")
		})
	}
}
