package cometchat

import (
	"bytes"
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

// BenchmarkList lists pages that a server has ready, over a real connection;
// bare is the same with net/http alone, bodies read and thrown away.
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
	b.Run("cometchat", func(b *testing.B) {
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
	})
	b.Run("bare", func(b *testing.B) {
		b.SetBytes(int64(len(bodies) * len(bodies[0])))
		b.ReportAllocs()
		for b.Loop() {
			for n := range bodies {
				resp, err := http.Get(s.URL + "/base/v3/users?page=" + strconv.Itoa(n+1))
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		}
	})
}

// BenchmarkUpdate is small calls; bare is a loop of net/http.
func BenchmarkUpdate(b *testing.B) {
	answer := []byte(`{"data":{"uid":"anna","name":"Anna K","role":"default","createdAt":1638354015,"updatedAt":1638354016,"tags":["a"]}}`)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(answer)
	}))
	defer s.Close()
	run := func(b *testing.B, send func() error) {
		b.SetParallelism(8)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := send(); err != nil {
					b.Error(err)
					return
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	}
	b.Run("cometchat", func(b *testing.B) {
		c := newClient(b, s.URL, func(cfg *Config) { cfg.Concurrency = 16 })
		run(b, func() error {
			_, err := c.Update(context.Background(), anna)
			return err
		})
	})
	b.Run("bare", func(b *testing.B) {
		client := &http.Client{Transport: newTransport(16)}
		run(b, func() error {
			r, err := http.NewRequest(http.MethodPut, s.URL+"/base/v3/users/anna", bytes.NewReader([]byte(`{"name":"A"}`)))
			if err != nil {
				return err
			}
			resp, err := client.Do(r)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			_, err = io.ReadAll(resp.Body)
			return err
		})
	})
}
