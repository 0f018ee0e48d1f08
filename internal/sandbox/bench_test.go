package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// nowhere takes an answer and forgets it.
type nowhere struct {
	h http.Header
	n int
}

func (w *nowhere) Header() http.Header         { return w.h }
func (w *nowhere) WriteHeader(int)             {}
func (w *nowhere) Write(b []byte) (int, error) { w.n += len(b); return len(b), nil }

func BenchmarkLoad(b *testing.B) {
	text := many(100_000).Bytes()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if err := New(Config{}).Load(bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	s := New(Config{Key: testKey, LimitCore: 1 << 40})
	i := 0
	for b.Loop() {
		i++
		body := fmt.Sprintf(`{"uid":"user-%d","name":"Example %d","avatar":"https://cdn.example.org/%d.png","metadata":{"email":"u@example.org"},"tags":["a","b"]}`, i, i, i)
		r := httptest.NewRequest("POST", "/v3/users", strings.NewReader(body))
		r.Header.Set("apikey", testKey)
		s.ServeHTTP(&nowhere{h: http.Header{}}, r)
	}
	if len(s.store.users) != i {
		b.Fatalf("%d users after %d requests", len(s.store.users), i)
	}
}

// BenchmarkCreateOverSocket has the client in the same process.
func BenchmarkCreateOverSocket(b *testing.B) {
	s := New(Config{Key: testKey})
	srv := httptest.NewServer(s)
	defer srv.Close()
	srv.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	var n atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			body := fmt.Sprintf(`{"uid":"user-%d","name":"Example","metadata":{"email":"u@example.org"},"tags":["a","b"]}`, n.Add(1))
			req, _ := http.NewRequest("POST", srv.URL+"/v3/users", strings.NewReader(body))
			req.Header.Set("apikey", testKey)
			res, err := srv.Client().Do(req)
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
		}
	})
	if got := len(s.store.users); got != int(n.Load()) {
		b.Errorf("%d users after %d requests", got, n.Load())
	}
}

func BenchmarkList(b *testing.B) {
	const users = 200_000
	s := New(Config{Key: testKey})
	if err := s.Load(many(users)); err != nil {
		b.Fatal(err)
	}
	w := &nowhere{h: http.Header{}}
	page := 0
	for b.Loop() {
		page = page%(users/1000) + 1
		r := httptest.NewRequest("GET", fmt.Sprintf("/v3/users?perPage=1000&withTags=true&page=%d", page), nil)
		r.Header.Set("apikey", testKey)
		s.ServeHTTP(w, r)
	}
	b.SetBytes(int64(w.n / b.N))
}
