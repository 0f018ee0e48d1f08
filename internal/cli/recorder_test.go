package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// recorder is between the program and the sandbox: it writes every
// request down, on arrival and one a line, and can hold writes back.
type recorder struct {
	log   string
	proxy *httputil.ReverseProxy

	mu     sync.Mutex
	seen   int // requests of any kind
	writes int
	more   chan struct{} // closed and replaced when a request arrives
	limit  int           // writes that pass; the others are held
	reads  bool          // reads after a write are held
	stuck  int           // reads that were held
	open   chan struct{} // closed when nothing is held any more
}

type recorders struct{}

// patience bounds waiting for something that has to happen.
const patience = 30 * time.Second

// cmdRecorder puts a recorder before the sandbox, and steers it:
//
//	recorder            write requests to requests.log: METHOD PATH BODY
//	recorder clear      forget what was recorded
//	recorder hold N     let N writes pass and hold those after them
//	recorder hold-reads let reads pass until a write has come, and hold them then
//	recorder await N    wait until N writes have arrived
//	recorder held       wait until a read is held
//	recorder arrival    wait until a request of any kind has arrived
//	recorder release    let go of what is held, and hold nothing more
func cmdRecorder(ts *testscript.TestScript, neg bool, args []string) {
	slot := ts.Value(recorders{}).(**recorder)
	if neg || *slot == nil && len(args) > 0 {
		ts.Fatalf("recorder: start it first, and don't negate it")
	}
	if len(args) == 0 {
		*slot = startRecorder(ts)
		return
	}
	r, n := *slot, 0
	if len(args) == 2 {
		var err error
		n, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch args[0] {
	case "clear":
		r.seen, r.writes = 0, 0
		ts.Check(os.WriteFile(r.log, nil, 0o600))
	case "hold":
		r.limit, r.open = n, make(chan struct{})
	case "hold-reads":
		r.reads, r.open = true, make(chan struct{})
	case "held":
		r.await(ts, func() bool { return r.stuck > 0 })
	case "release":
		r.reads = false
		r.limit = -1
		close(r.open)
	case "await":
		r.await(ts, func() bool { return r.writes >= n })
	case "arrival":
		r.await(ts, func() bool { return r.seen > 0 })
	default:
		ts.Fatalf("recorder %s: no such thing", args[0])
	}
}

// await waits for requests until they are enough. r.mu is held.
func (r *recorder) await(ts *testscript.TestScript, enough func() bool) {
	late := time.After(patience)
	for !enough() {
		more := r.more
		r.mu.Unlock()
		tooLate := false
		select {
		case <-more:
		case <-late:
			tooLate = true
		}
		r.mu.Lock()
		if tooLate {
			ts.Fatalf("after %s %d requests have arrived, %d of them writes", patience, r.seen, r.writes)
		}
	}
}

func startRecorder(ts *testscript.TestScript) *recorder {
	to, err := url.Parse(ts.Getenv("SANDBOX_URL"))
	ts.Check(err)
	to.Path = ""
	r := &recorder{log: ts.MkAbs("requests.log"), proxy: httputil.NewSingleHostReverseProxy(to), more: make(chan struct{}), limit: -1}
	// A connection that the sandbox cuts is cut here, too.
	r.proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	ts.Check(os.WriteFile(r.log, nil, 0o600))
	server := httptest.NewUnstartedServer(r)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	ts.Defer(func() {
		server.CloseClientConnections()
		server.Close()
	})
	target(ts, server.URL+"/v3")
	return r
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	if err := r.record(q, body); err != nil {
		panic(err)
	}
	r.proxy.ServeHTTP(w, q)
}

// record writes a request down and returns when it may pass.
func (r *recorder) record(q *http.Request, body []byte) error {
	r.mu.Lock()
	f, err := os.OpenFile(r.log, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintf(f, "%s %s %s\n", q.Method, q.URL.RequestURI(), body)
		err = errors.Join(err, f.Close())
	}
	held := false
	r.seen++
	if q.Method != http.MethodGet {
		r.writes++
		held = r.limit >= 0 && r.writes > r.limit
	} else if r.reads && r.writes > 0 {
		r.stuck++
		held = true
	}
	close(r.more)
	r.more = make(chan struct{})
	open := r.open
	r.mu.Unlock()
	if held && err == nil {
		select {
		case <-open:
		case <-q.Context().Done():
			panic(http.ErrAbortHandler) // whoever sent it is gone
		}
	}
	return err
}

// cmdElsewhere starts a server that redirects everything to another host,
// which answers nothing and writes down in elsewhere.log whatever comes to it.
// The program is pointed at the first one.
func cmdElsewhere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: elsewhere")
	}
	var mu sync.Mutex
	name := filepath.Join(ts.Getenv("WORK"), "elsewhere.log")
	ts.Check(os.WriteFile(name, nil, 0o600))
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var b strings.Builder
		_ = q.Write(&b) // a strings.Builder takes everything
		_ = os.WriteFile(name, []byte(b.String()), 0o600)
	}))
	ts.Defer(other.Close)
	_, port, err := net.SplitHostPort(other.Listener.Addr().String())
	ts.Check(err)
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, "http://localhost:"+port+q.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	ts.Defer(first.Close)
	target(ts, first.URL+"/v3")
}
