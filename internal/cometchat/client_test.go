package cometchat

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

const testKey = "0123456789abcdef0123456789abcdef01234567"

// call is a request as the server saw it.
type call struct {
	method, path, query, body string
	header                    http.Header
}

// server answers below a base path, so that a client which builds addresses
// of its own is found out.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	calls []call
}

func newServer(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, body string)) *server {
	t.Helper()
	s := makeServer(t, handle)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// newBubbleServer speaks HTTP over pipes in memory, for tests in virtual time,
// which stands still while a real connection is waited for.
func newBubbleServer(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, body string)) (*server, *http.Transport) {
	t.Helper()
	s := makeServer(t, handle)
	s.Listener.Close()
	p := &pipe{conns: make(chan net.Conn), done: make(chan struct{})}
	s.Listener = p
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	transport := newTransport(8)
	transport.Proxy, transport.DialContext = nil, p.dial
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
	})
	return s, transport
}

type pipe struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipe) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipe) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (p *pipe) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func makeServer(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, body string)) *server {
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/base/v3")
		if !ok {
			t.Errorf("request to %s, outside of the base path", r.URL)
		}
		s.mu.Lock()
		s.calls = append(s.calls, call{r.Method, path, r.URL.RawQuery, string(body), r.Header})
		s.mu.Unlock()
		handle(w, r, string(body))
	}))
	return s
}

func (s *server) seen() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]call(nil), s.calls...)
}

// answer makes a handler that says the same to everybody.
func answer(status int, body string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, _ string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func newClient(t testing.TB, base string, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{BaseURL: base + "/base/v3", Key: testKey, UserAgent: "cometsync/test", RateCore: -1, RateStandard: -1, RateImport: -1,
		Concurrency: 8, MaxAttempts: 3}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGet(t *testing.T) {
	s := newServer(t, answer(200,
		`{"data":{"uid":"Anna-K","name":"Anna K","role":"default","createdAt":1638354015,"tags":["a"],"metadata":{"x":1},"link":null}}`))
	c := newClient(t, s.URL, func(cfg *Config) { cfg.AppID = "app1" })
	var n plan.Attempts
	u, ok, err := c.Get(CountAttempts(t.Context(), &n), "anna-k")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if u.UID != "anna-k" || u.Name != "Anna K" || u.State != user.Active || u.Metadata != `{"x":1}` || u.CreatedAt != 1638354015 ||
		len(u.Tags) != 1 {
		t.Errorf("user %+v", u)
	}
	if !u.Has.Has(user.Tags) || u.Has.Has(user.Avatar) {
		t.Errorf("Has %b does not say what was in the answer", u.Has)
	}
	got := s.seen()[0]
	if got.method != "GET" || got.path != "/users/anna-k" || got.query != "" || got.body != "" {
		t.Errorf("sent %+v", got)
	}
	for name, want := range map[string]string{"apikey": testKey, "Accept": "application/json", "User-Agent": "cometsync/test",
		"appId": "app1"} {
		if got.header.Get(name) != want {
			t.Errorf("header %s is %q", name, got.header.Get(name))
		}
	}
	if n.Requests != 1 || c.Stats() != (Stats{Requests: 1}) {
		t.Errorf("%d attempts, %+v", n.Requests, c.Stats())
	}
}

func TestNotFoundIsAnAnswer(t *testing.T) {
	s := newServer(t, answer(404, `{"error":{"code":"ERR_UID_NOT_FOUND","message":"The UID x does not exist."}}`))
	if _, ok, err := newClient(t, s.URL).Get(t.Context(), "x"); ok || err != nil {
		t.Error(ok, err)
	}
}

// A page of somebody else that says 404 must not make anybody believe that a
// user does not exist.
func TestForeign404IsAnError(t *testing.T) {
	for _, body := range []string{"<html>not here</html>", "", `{"message":"no route"}`,
		`{"error":{"code":"ERR_API_NOT_FOUND","message":"The API endpoint is invalid."}}`} {
		if _, _, err := clientOf(t, answer(404, body)).Get(t.Context(), "x"); err == nil {
			t.Errorf("%q was taken for an answer", body)
		}
	}
}

func TestFind(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		q := r.URL.Query()
		switch {
		case strings.HasSuffix(r.URL.Path, "/users/an_na"):
			answer(404, `{"error":{"code":"ERR_UID_NOT_FOUND"}}`)(w, r, "")
		case q.Get("searchKey") != "an_na" || q.Get("searchIn") != "uid" || q.Get("withDeactivated") != "true" ||
			q.Get("withTags") != "true":
			t.Errorf("asked for %s", r.URL)
		case q.Get("page") == "1":
			answer(200, `{"data":[{"uid":"an_na-2","name":"B"},{"uid":"anana"}]}`)(w, r, "")
		case q.Get("page") == "2":
			answer(200, `{"data":[{"uid":"An_na","name":"A","tags":["t"]}]}`)(w, r, "")
		default:
			answer(200, `{"data":[]}`)(w, r, "")
		}
	})
	c := newClient(t, s.URL)
	u, ok, err := c.Find(t.Context(), "an_na", 0)
	if err != nil || !ok || u.Name != "A" || u.State != user.Deactivated || len(u.Tags) != 1 {
		t.Error(u, ok, err)
	}
}

// echo answers a write with a user of the uid that is in the body or path.
func echo(w http.ResponseWriter, r *http.Request, body string) {
	var u struct{ UID string }
	json.Unmarshal([]byte(body), &u)
	if u.UID == "" {
		u.UID = r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	}
	answer(200, `{"data":{"uid":"`+u.UID+`","name":"N"}}`)(w, r, "")
}

func TestCreateBody(t *testing.T) {
	s := newServer(t, echo)
	c := newClient(t, s.URL)
	all := user.FieldsOf(user.UID, user.Name, user.Avatar, user.Link, user.Role, user.Tags, user.StatusMessage, user.Metadata, user.State)
	u := user.User{UID: "anna-k", Name: `Änne "K" <b>`, Avatar: "https://x/a.png", Link: "https://x", Role: "staff",
		Tags: []string{"a", "b"}, StatusMessage: "hi", Metadata: `{"a":{"b":[1,2.50]}}`, State: user.Active, Has: all}
	for _, test := range []struct {
		change func(*user.User)
		want   string
	}{
		{func(*user.User) {},
			`{"uid":"anna-k","name":"Änne \"K\" <b>","avatar":"https://x/a.png","link":"https://x","role":"staff","statusMessage":"hi","tags":["a","b"],"metadata":{"a":{"b":[1,2.50]}}}`},
		{func(u *user.User) { u.Has = user.FieldsOf(user.Name) }, `{"uid":"anna-k","name":"Änne \"K\" <b>"}`},
		{func(u *user.User) {
			u.Clear = user.FieldsOf(user.Avatar, user.Role, user.Tags, user.Metadata, user.Link, user.StatusMessage)
		}, `{"uid":"anna-k","name":"Änne \"K\" <b>"}`},
	} {
		u := u
		test.change(&u)
		if _, _, err := c.Create(t.Context(), u, false); err != nil {
			t.Fatal(err)
		}
		calls := s.seen()
		got := calls[len(calls)-1]
		if got.method != "POST" || got.path != "/users" || got.body != test.want || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("sent %s %s %s\nwant %s", got.method, got.path, got.body, test.want)
		}
	}
}

func TestUpdateBody(t *testing.T) {
	s := newServer(t, echo)
	c := newClient(t, s.URL)
	clear := func(fields ...user.Field) user.User {
		return user.User{UID: "anna-k", Avatar: "https://old", Metadata: `{}`, Has: user.FieldsOf(fields...),
			Clear: user.FieldsOf(fields...)}
	}
	for _, test := range []struct {
		u    user.User
		want string
	}{
		{user.User{UID: "anna-k", Name: "A", Avatar: "https://not-sent", Has: user.FieldsOf(user.Name)}, `{"name":"A"}`},
		{clear(user.Avatar, user.Link, user.Metadata), `{"unset":["avatar","link","metadata"]}`},
		{clear(user.Role, user.StatusMessage, user.Tags), `{"role":"default","statusMessage":"","tags":[]}`},
		{user.User{UID: "anna-k", Name: "A", Has: user.FieldsOf(user.Name, user.Link)}, `{"name":"A","unset":["link"]}`},
		{user.User{UID: "anna-k", Metadata: `{"a":1}`, Has: user.FieldsOf(user.Metadata)}, `{"metadata":{"a":1}}`},
	} {
		if _, err := c.Update(t.Context(), test.u); err != nil {
			t.Fatal(err)
		}
		calls := s.seen()
		got := calls[len(calls)-1]
		if got.method != "PUT" || got.path != "/users/anna-k" || got.body != test.want {
			t.Errorf("sent %s %s %s\nwant %s", got.method, got.path, got.body, test.want)
		}
	}
	before := len(s.seen())
	for _, u := range []user.User{
		{UID: "anna-k"},
		clear(user.Name),
		{UID: "anna-k", Metadata: `[1]`, Has: user.FieldsOf(user.Metadata)},
		{UID: "anna-k", Metadata: `{"a":1}}`, Has: user.FieldsOf(user.Metadata)},
		{UID: "anna-k", Keys: []user.KeyCell{{Path: []string{"a"}}}, Has: user.FieldsOf(user.Metadata)},
	} {
		if _, err := c.Update(t.Context(), u); err == nil {
			t.Errorf("%+v was sent", u)
		}
	}
	if len(s.seen()) != before {
		t.Error("a body that makes no sense was sent")
	}
}

// An answer about somebody else proves nothing about the user.
func TestAnswerAboutAnother(t *testing.T) {
	s := newServer(t, answer(200, `{"data":{"uid":"bert"}}`))
	_, _, err := newClient(t, s.URL).Create(t.Context(), user.User{UID: "anna", Name: "A", Has: user.FieldsOf(user.Name)}, false)
	if e, ok := errors.AsType[*Error](err); !ok || !e.Lost() {
		t.Error(err)
	}
}

func TestRoles(t *testing.T) {
	for name, second := range map[string]string{
		"paged":     `{"data":[{"role":"b","settings":{"listUsers":"all"}}]}`,
		"repeating": `{"data":[{"role":"default","name":"Default Role"},{"role":"a"}]}`,
	} {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch r.URL.Query().Get("page") {
			case "1":
				answer(200, `{"data":[{"role":"default","name":"Default Role"},{"role":"a"}],"meta":{}}`)(w, r, "")
			case "2":
				answer(200, second)(w, r, "")
			default:
				answer(200, `{"data":[]}`)(w, r, "")
			}
		})
		got, err := newClient(t, s.URL).Roles(t.Context())
		want := "default a b"
		if name == "repeating" {
			want = "default a"
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Error(name, got, err)
		}
	}
}

func TestCreateRole(t *testing.T) {
	s := newServer(t, answer(200, `{"data":{"role":"staff"}}`))
	if err := newClient(t, s.URL).CreateRole(t.Context(), "staff", "Staff"); err != nil {
		t.Fatal(err)
	}
	if got := s.seen()[0]; got.method != "POST" || got.path != "/roles" || got.body != `{"role":"staff","name":"Staff"}` {
		t.Errorf("%+v", got)
	}
	s = newServer(t, answer(400, `{"error":{"code":"ERR_ROLE_ALREADY_EXISTS"}}`))
	if err := newClient(t, s.URL).CreateRole(t.Context(), "staff", "Staff"); !of(err, (*Error).Exists) {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	for base, want := range map[string]string{
		"http://example.com/v3":        "unencrypted",
		"http://10.0.0.1/v3":           "unencrypted",
		"http://localhost.example/v3":  "unencrypted",
		"ftp://127.0.0.1/v3":           "not a web address",
		"example.com/v3":               "not a",
		"https://user:secret@host/v3":  "user name",
		"https://host/v3?apikey=x":     "query",
		"https://user:sec ret@host/v3": "not a URL",
		"https:///v3":                  "not a URL",
	} {
		_, err := New(Config{BaseURL: base, Key: "k"})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(),
			"sec ret") {
			t.Errorf("%s: %v", base, err)
		}
	}
	for _, base := range []string{"https://host/v3", "https://host/v3/", "http://127.0.0.1:80/v3", "http://[::1]/v3",
		"http://localhost:8080/v3"} {
		if _, err := New(Config{BaseURL: base, Key: "k"}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	for _, cfg := range []Config{
		{Key: "k"}, {BaseURL: "https://host/v3"}, {BaseURL: "https://host/v3", Key: "abc\n"},
	} {
		if _, err := New(cfg); err == nil || cfg.Key != "" && len(cfg.Key) > 1 && strings.Contains(err.Error(), cfg.Key) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

// The key must not follow a redirect to another host, and net/http would take
// it along: it knows nothing of apikey.
func TestRedirects(t *testing.T) {
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a stranger was asked, with the key %q", r.Header.Get("apikey"))
	}))
	t.Cleanup(stranger.Close)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		http.Redirect(w, r, stranger.URL+"/base/v3/users/x", http.StatusTemporaryRedirect)
	})
	c := newClient(t, s.URL)
	_, _, err := c.Get(t.Context(), "x")
	var e *Error
	if !errors.As(err, &e) || !e.Fatal() || !strings.Contains(err.Error(), "not followed") {
		t.Error(err)
	}
	_, _, err = c.Create(t.Context(), user.User{UID: "x", Name: "X", Has: user.FieldsOf(user.Name)}, false)
	if !errors.As(err, &e) || e.Lost() {
		t.Error(err)
	}
	if n := len(s.seen()); n != 2 {
		t.Errorf("%d requests; a refused redirect is not tried again", n)
	}

	s = newServer(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if strings.HasSuffix(r.URL.Path, "/x") {
			http.Redirect(w, r, "/base/v3/users/y", http.StatusFound)
			return
		}
		answer(200, `{"data":{"uid":"x"}}`)(w, r, "")
	})
	if _, ok, err := newClient(t, s.URL).Get(t.Context(), "x"); !ok || err != nil {
		t.Error("a redirect on the same host was not followed:", err)
	}
	if _, err := newClient(t, s.URL).Update(t.Context(), user.User{UID: "x", Name: "X", Has: user.FieldsOf(user.Name)}); err == nil {
		t.Error("a write followed a redirect")
	}
}

func TestContextEndsWaitsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := newBubbleServer(t, answer(500, ``))
		ctx, cancel := context.WithCancel(t.Context())
		c := newClient(t, s.URL, func(cfg *Config) { cfg.MaxAttempts, cfg.Transport = 1000, transport })
		time.AfterFunc(time.Hour, cancel)
		began := time.Now()
		_, _, err := c.Get(ctx, "x")
		if !errors.Is(err, context.Canceled) || time.Since(began) != time.Hour {
			t.Error(err, time.Since(began))
		}
	})
}
