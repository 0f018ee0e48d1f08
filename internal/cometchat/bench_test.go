package cometchat

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"cometsync/internal/user"
)

// BenchmarkList lists pages that a server has ready, over a real connection.
func BenchmarkList(b *testing.B) {
	const users, size = 100_000, 1000
	bodies := make([][]byte, users/size)
	for n := range bodies {
		page := samplePage(size)
		page = strings.ReplaceAll(page, "user-0", "user-"+strconv.Itoa(n)+"-")
		page = strings.ReplaceAll(page, `"total":1000000`, `"total":`+strconv.Itoa(users))
		bodies[n] = []byte(strings.ReplaceAll(page, `"createdAt":16`, `"createdAt":`+strconv.Itoa(199-n)+"16")) // the newest first
	}
	empty := []byte(`{"data":[]}`)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		body := empty
		if n <= len(bodies) {
			body = bodies[n-1]
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Write(body)
	}))
	defer s.Close()
	c := newClient(b, s.URL)
	b.SetBytes(int64(len(bodies) * len(bodies[0])))
	b.ReportAllocs()
	for b.Loop() {
		var n atomic.Int64
		l, err := c.list(b.Context(), false, func(page []user.User) error { n.Add(int64(len(page))); return nil })
		if err != nil || n.Load() != users || l.Gap != "" {
			b.Fatal(l, err, n.Load())
		}
	}
}

// BenchmarkUpdate is small calls.
func BenchmarkUpdate(b *testing.B) {
	answer := []byte(`{"data":{"uid":"anna","name":"Anna K","role":"default","createdAt":1638354015,"updatedAt":1638354016,"tags":["a"]}}`)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(answer)
	}))
	defer s.Close()
	c := newClient(b, s.URL, func(cfg *Config) { cfg.Concurrency = 16 })
	b.SetParallelism(8)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Update(context.Background(), anna); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
