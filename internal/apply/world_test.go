package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cometsync/internal/cometchat"
	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

const key = "0123456789abcdef0123456789abcdef01234567"

// request is what an app saw of one request.
type request struct {
	method string
	query  string
	uid    string   // of the path, or a create's
	uids   []string // of a batch
	body   string
	status int // 0: the connection was closed instead
	first  int // requests that had begun when this one did; so first of a later stage >= last of an earlier one
	last   int // requests that had begun when this one ended
}

// world is an app that one client works on.
type world struct {
	t      testing.TB
	box    *sandbox.Sandbox
	client *cometchat.Client
	hook   func(r *request) // before the app sees it; may be nil

	left map[int]plan.Result // of the latest run

	mu       sync.Mutex
	stops    []plan.Stop
	began    int
	underWay int
	most     int // requests under way at once
	seen     []*request
}

// newWorld makes an app with users, spoken to over a loopback socket. Calls are
// attempted once: what the client repeats is its own business.
func newWorld(t testing.TB, cfg sandbox.Config, lines ...string) *world {
	w := &world{t: t}
	w.load(cfg, lines)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.connect(cometchat.Config{BaseURL: server.URL + "/v3", MaxAttempts: 1})
	return w
}

// inBubble makes an app that is spoken to over pipes, for tests in virtual time,
// where the pauses between the client's attempts cost nothing.
func inBubble(t testing.TB, cfg sandbox.Config, attempts int, lines ...string) (w *world, leave func()) {
	w = &world{t: t}
	w.load(cfg, lines)
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: w}
	over := make(chan struct{})
	go func() {
		defer close(over)
		server.Serve(l)
	}()
	transport := &http.Transport{DialContext: l.dial, MaxIdleConnsPerHost: 64}
	w.connect(cometchat.Config{BaseURL: "http://127.0.0.1/v3", MaxAttempts: attempts, Transport: transport})
	return w, func() {
		transport.CloseIdleConnections()
		server.Close()
		<-over
	}
}

func (w *world) load(cfg sandbox.Config, lines []string) {
	w.t.Helper()
	cfg.Key = key
	w.box = sandbox.New(cfg)
	if err := w.box.Load(strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) connect(cfg cometchat.Config) {
	w.t.Helper()
	cfg.Key, cfg.RateCore, cfg.RateStandard, cfg.RateImport, cfg.Concurrency = key, -1, -1, -1, 32
	var err error
	if w.client, err = cometchat.New(cfg); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) ServeHTTP(rw http.ResponseWriter, hr *http.Request) {
	body, err := io.ReadAll(hr.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	hr.Body = io.NopCloser(bytes.NewReader(body))
	r := &request{method: hr.Method, query: hr.URL.RawQuery, body: string(body)}
	if uid, ok := strings.CutPrefix(hr.URL.Path, "/v3/users/"); ok {
		r.uid = uid
	}
	var fields struct {
		UID              string
		UIDsToDeactivate []string
		UIDsToActivate   []string
	}
	if len(body) > 0 && json.Unmarshal(body, &fields) == nil && r.uid == "" {
		r.uid, r.uids = fields.UID, append(fields.UIDsToActivate, fields.UIDsToDeactivate...)
	}
	w.mu.Lock()
	w.began++
	w.underWay++
	w.most = max(w.most, w.underWay)
	r.first = w.began
	w.seen = append(w.seen, r)
	w.mu.Unlock()
	writer := &statusWriter{ResponseWriter: rw}
	defer func() {
		w.mu.Lock()
		w.underWay--
		r.status, r.last = writer.status, w.began
		w.mu.Unlock()
	}()
	if w.hook != nil {
		w.hook(r)
	}
	w.box.ServeHTTP(writer, hr)
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// requests are those of a method on one uid or, with no uid, on batches.
func (w *world) requests(method, uid string) []*request {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*request
	for _, r := range w.seen {
		if r.method == method && r.uid == uid && (uid != "" || r.uids != nil) {
			out = append(out, r)
		}
	}
	return out
}

// users is the app's state, whatever a list would show.
func (w *world) users() map[string]user.User {
	w.t.Helper()
	var b bytes.Buffer
	if err := w.box.Save(&b); err != nil {
		w.t.Fatal(err)
	}
	out := map[string]user.User{}
	for line := range bytes.Lines(b.Bytes()) {
		if u := kept(w.t, line); u.UID != "" {
			out[u.UID] = u
		}
	}
	return out
}

// run carries out a plan, and checks what has to hold whatever happens.
func (w *world) run(ctx context.Context, p *plan.Plan, change ...func(*Options)) ([]plan.Result, error) {
	w.t.Helper()
	b := newBook(w.t)
	w.stops = nil
	results, err := b.run(ctx, p, w.client, w.options(change))
	w.told(p, results, err)
	return results, err
}

func (w *world) options(change []func(*Options)) Options {
	opt := careless(Options{Concurrency: 8, Grace: 10 * time.Second, Attempts: cometchat.CountAttempts})
	opt.Stopped = func(s plan.Stop) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.stops = append(w.stops, s)
	}
	for _, f := range change {
		f(&opt)
	}
	w.left = opt.Left
	return opt
}

// careful is a change of options: as a user's run has them.
func careful(o *Options) { o.Canaries, o.Sample = 0, 0 }

// told checks that whatever was not sent says who stopped it: the run, or its kind.
func (w *world) told(p *plan.Plan, results []plan.Result, err error) {
	w.t.Helper()
	stops := map[plan.Verb]plan.Stop{}
	for _, s := range w.stops {
		if _, twice := stops[s.Verb]; twice || s.Code == "" || s.Message == "" {
			w.t.Errorf("stopped: %+v", w.stops)
		}
		stops[s.Verb] = s
	}
	for i, r := range results {
		o := &p.Operations[i]
		if _, left := w.left[i]; left || r.Outcome != plan.Skipped {
			continue
		}
		s, ok := stops[o.Verb]
		switch {
		case ok && r.Code == s.Code && r.Message == "not sent: "+s.Message:
		case err == nil && r.Code != plan.CodeDidNotStickBefore:
			w.t.Errorf("%s %s is %+v, and nothing stopped it: %+v", o.Verb, o.UID, r, w.stops)
		}
		if o.Verb == plan.Deactivate && len(stops) > 0 && !ok && err == nil {
			w.t.Errorf("deactivations were begun after %+v", w.stops)
		}
	}
}

// one carries out a single operation that must not stop the run.
func (w *world) one(o plan.Operation, change ...func(*Options)) plan.Result {
	w.t.Helper()
	results, err := w.run(context.Background(), newPlan(o), change...)
	if err != nil {
		w.t.Fatal(err)
	}
	return results[0]
}

func faults(t testing.TB, texts ...string) []sandbox.Fault {
	t.Helper()
	var out []sandbox.Fault
	for _, s := range texts {
		f, err := sandbox.ParseFault(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// done reports whether the app's state shows what an operation is for.
func done(o *plan.Operation, state map[string]user.User) bool {
	u, ok := state[o.UID]
	if o.Verb == plan.Deactivate {
		return ok && u.State == user.Deactivated && len(o.Unmet(&u)) == 0
	}
	return ok && u.State == user.Active && len(o.Unmet(&u)) == 0
}

// pipes is a listener whose connections are within the process.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
