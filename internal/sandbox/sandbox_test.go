package sandbox

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const testKey = "0123456789abcdef0123456789abcdef01234567"

// noon is when the clocks of tests start, in the middle of a second.
var noon = time.Unix(1700000000, 500_000_000)

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// server is a sandbox on a socket, mounted below a path, so that a route that
// leaves the path out is found.
type server struct {
	*Sandbox
	t     *testing.T
	url   string
	clock *clock
}

func serve(t *testing.T, cfg Config, state ...string) *server {
	t.Helper()
	c := &clock{t: noon}
	if cfg.Key == "" {
		cfg.Key = testKey
	}
	if cfg.Now == nil {
		cfg.Now = c.now
	}
	s := New(cfg)
	if err := s.Load(strings.NewReader(strings.Join(state, "\n"))); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.StripPrefix("/some/where", s))
	t.Cleanup(srv.Close)
	return &server{s, t, srv.URL + "/some/where/v3", c}
}

type response struct {
	status int
	body   string
	header http.Header
	err    error
}

// do sends "METHOD /path?query" with the key, a body unless that is empty, and
// headers as pairs, which may take the key away.
func (s *server) do(call, body string, headers ...string) response {
	s.t.Helper()
	method, path, _ := strings.Cut(call, " ")
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("apikey", s.cfg.Key)
	for i := 0; i < len(headers); i += 2 {
		if req.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return response{err: err}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return response{res.StatusCode, string(b), res.Header, err}
}

// abandon sends a GET and hangs up as soon as the handler has it.
func (s *server) abandon(path string) {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", s.url+path, nil)
	req.Header.Set("apikey", s.cfg.Key)
	go func() {
		for s.Counts().Calls["list"] == 0 {
			runtime.Gosched()
		}
		cancel()
	}()
	if res, err := http.DefaultClient.Do(req); err == nil {
		s.t.Errorf("an answer came: %d", res.StatusCode)
		res.Body.Close()
	}
}

func (s *server) want(call, body string, status int, answer string, headers ...string) {
	s.t.Helper()
	res := s.do(call, body, headers...)
	if res.err != nil {
		s.t.Fatalf("%s %s: %v", call, body, res.err)
	}
	if res.status != status || res.body != answer {
		s.t.Errorf("%s %.200s\n got %d %.600s\nwant %d %.600s", call, body, res.status, res.body, status, answer)
	}
}

// code and details of an error.
func (s *server) wantError(call, body string, status int, code string, headers ...string) {
	s.t.Helper()
	res := s.do(call, body, headers...)
	if res.status != status || !strings.Contains(res.body, `"code":"`+code+`"`) {
		s.t.Errorf("%s %.200s\n got %d %.600s %v\nwant %d with %s", call, body, res.status, res.body, res.err, status, code)
	}
}

func (s *server) wantInvalid(call, body, details string) {
	s.t.Helper()
	s.want(call, body, 400, `{"error":{"message":"Failed to validate the data sent with the request.",`+
		`"devMessage":"Failed to validate the data sent with the request.","source":"chat-api",`+
		`"details":`+details+`,"code":"ERR_BAD_REQUEST"}}`)
}

var uidPattern = regexp.MustCompile(`"uid":"([^"]*)"`)

// uids lists the uids of an answer, in order.
func (s *server) uids(call string, headers ...string) string {
	s.t.Helper()
	res := s.do(call, "", headers...)
	if res.status != 200 {
		s.t.Errorf("%s: %d %s", call, res.status, res.body)
	}
	var out []string
	for _, m := range uidPattern.FindAllStringSubmatch(res.body, -1) {
		out = append(out, m[1])
	}
	return strings.Join(out, " ")
}

func (s *server) wantUIDs(call, want string, headers ...string) {
	s.t.Helper()
	if got := s.uids(call, headers...); got != want {
		s.t.Errorf("%s: got %q, want %q", call, got, want)
	}
}

const (
	ann = `{"uid":"ann","name":"Ann Lee","link":"https://e.org/ann","avatar":"https://e.org/a.png","metadata":{"a":1,"@private":{"b":2}},"status":"available","role":"chief","statusMessage":"hi","lastActiveAt":1600000009,"createdAt":1600000003,"updatedAt":1600000008,"tags":["x","y"]}`
	bob = `{"uid":"bob","name":"Bob","status":"offline","role":"default","createdAt":1600000002,"tags":["y"]}`
	cat = `{"uid":"cat","name":"Bobcat","status":"offline","role":"default","createdAt":1600000002,"tags":[]}`
	dan = `{"uid":"dan","name":"Dan","status":"offline","role":"default","createdAt":1600000001,"deactivatedAt":1600000005,"tags":["x"]}`
)

func (s *server) user(uid string) string {
	s.t.Helper()
	s.mu.RLock()
	defer s.mu.RUnlock()
	if u := s.store.users[uid]; u != nil {
		return u.json
	}
	return ""
}

func TestRoutes(t *testing.T) {
	s := serve(t, Config{}, ann)
	notFound := `{"error":{"message":"The API endpoint is invalid. Please verify the API call.","devMessage":"The API endpoint is invalid. Please verify the API call.","source":"chat-api","code":"ERR_API_NOT_FOUND"}}`
	for _, call := range []string{
		"GET /nothing", "GET /", "PATCH /users", "POST /users/ann", "PUT /users/ann/auth_tokens", "POST /me",
		"GET /users/ann/friends", "GET /data_import/users", "DELETE /roles", "HEAD /users", "POST /users/", "PUT /users//",
	} {
		switch call {
		case "HEAD /users":
			if res := s.do(call, ""); res.status != 404 {
				t.Errorf("%s: %d", call, res.status)
			}
		case "POST /users/": // the slash at the end is no segment
			s.wantError(call, "", 400, codeBadRequest)
		default:
			s.want(call, "", 404, notFound)
		}
	}
	for path, code := range map[string]string{
		"/v2.0/users": "ERR_INVALID_API_VERSION", "/v4/users": "ERR_INVALID_API_VERSION", "/v3.1/users": "ERR_INVALID_API_VERSION",
		"/users": "ERR_API_NOT_FOUND", "/vX/users": "ERR_API_NOT_FOUND", "/v/users": "ERR_API_NOT_FOUND", "/": "ERR_API_NOT_FOUND",
	} {
		url := s.url
		s.url = strings.TrimSuffix(s.url, "/v3")
		s.wantError("GET "+path, "", 404, code)
		s.url = url
	}
	s.url = strings.TrimSuffix(s.url, "v3") + "v3.0"
	s.want("GET /users/ann", "", 200, `{"data":`+ann+`}`)
	s.want("GET /users/ANN/", "", 200, `{"data":`+ann+`}`)
	s.want("GET /users/a%6En", "", 200, `{"data":`+ann+`}`)
}

func TestKeys(t *testing.T) {
	const authKey = "auth-only-key"
	calls := map[string]string{
		"POST /users":                 `{"uid":"new","name":"New"}`,
		"PUT /users/ann":              `{"name":"Ann"}`,
		"POST /users/ann/auth_tokens": ``,
		"GET /users":                  ``, "GET /users/ann": ``, "DELETE /users/none": ``,
		"DELETE /users": `{"uidsToDeactivate":["none"]}`, "PUT /users": `{"uidsToActivate":["none"]}`,
		"GET /roles": ``, "POST /roles": `{"role":"r","name":"R"}`, "POST /data_import/users": `{"users":{}}`,
	}
	allowed := map[bool]string{
		false: "POST /users, PUT /users/ann, POST /users/ann/auth_tokens",
		true:  "POST /users/ann/auth_tokens",
	}
	for strict, may := range allowed {
		s := serve(t, Config{AuthKey: authKey, StrictAuthKey: strict}, ann)
		for call, body := range calls {
			s.wantError(call, body, 401, "AUTH_ERR_EMPTY_APIKEY", "apikey", "")
			s.wantError(call, body, 401, codeKeyNotFound, "apikey", "wrong")
			if strings.Contains(may+",", call+",") {
				if res := s.do(call, body, "apikey", authKey); res.status != 200 {
					t.Errorf("strict %v: %s: %d %s", strict, call, res.status, res.body)
				}
			} else {
				s.wantError(call, body, 403, codeNoAccess, "apikey", authKey)
			}
		}
	}
	s := serve(t, Config{}, ann)
	s.want("GET /users", "", 401, `{"error":{"message":"The API key fffff******************************44444 does not exist.",`+
		`"devMessage":"The API key fffff******************************44444 does not exist.","source":"chat-api","code":"AUTH_ERR_APIKEY_NOT_FOUND"}}`,
		"apikey", "fffff01234567890123456789012345678944444")
	if res := s.do("GET /users", "", "ApiKey", "short-key"); strings.Contains(res.body, "short") {
		t.Errorf("a short key is shown: %s", res.body)
	}
	s.cfg.Key = ""
	s.wantError("GET /users", "", 401, codeKeyNotFound, "apikey", "x")
	if got := s.Counts().Calls["list"]; got != 3 {
		t.Errorf("%d list requests counted, want 3", got)
	}
}

func TestApp(t *testing.T) {
	s := serve(t, Config{AppID: "app1"}, ann)
	for _, c := range []struct {
		host, header string
		code         string
	}{
		{"", "", "AUTH_ERR_EMPTY_APPID"},
		{"api-us.cometchat.io", "", "AUTH_ERR_EMPTY_APPID"},
		{"", "app2", "AUTH_ERR_INVALID_APPID"},
		{"", "app1", ""},
		{"api-us.cometchat.io", "app1", ""},
		{"app1.api-us.cometchat.io", "", ""},
		{"app1.apiclient-eu.cometchat.io:443", "app1", ""},
		{"app1.localhost:8080", "", ""},
		{"app2.api-us.cometchat.io", "", "AUTH_ERR_INVALID_APPID"},
		{"app1.api-us.cometchat.io", "app2", "AUTH_ERR_INVALID_APPID"},
		{"app1.example.org", "", "AUTH_ERR_EMPTY_APPID"},
	} {
		status := map[string]int{"AUTH_ERR_EMPTY_APPID": 400, "AUTH_ERR_INVALID_APPID": 404, "": 200}[c.code]
		if status == 200 {
			s.want("GET /users/ann", "", 200, `{"data":`+ann+`}`, "Host", c.host, "appId", c.header)
		} else {
			s.wantError("GET /users/ann", "", status, c.code, "Host", c.host, "appId", c.header)
		}
	}
	s = serve(t, Config{}, ann)
	s.want("GET /users/ann", "", 200, `{"data":`+ann+`}`, "Host", "any.api-in.cometchat.io", "appId", "other")
}

func TestBodyLimits(t *testing.T) {
	s := serve(t, Config{ImportBytes: 300, BatchMax: -1}, ann)
	pad := func(n int) string { return `{"x":"` + strings.Repeat("x", n-8) + `"}` }
	for _, call := range []string{"POST /users", "PUT /users/ann", "POST /users/ann/auth_tokens", "POST /roles"} {
		s.wantError(call, pad(10241), 413, codeBadRequest)
		if res := s.do(call, pad(10240)); res.status == 413 {
			t.Errorf("%s: 10,240 bytes are refused", call)
		}
	}
	uids := `{"uidsToDeactivate":["` + strings.Repeat(`none","`, 5000) + `none"]}`
	if res := s.do("DELETE /users", uids); res.status != 200 {
		t.Errorf("a long bulk call: %d %s", res.status, res.body)
	}
	s.wantError("POST /data_import/users", pad(301), 413, codeBadRequest)
	s.wantError("POST /data_import/users", pad(300), 400, codeBadRequest)
	s.cfg.ImportBytes = 0
	s.wantError("POST /data_import/users", pad(1<<20), 400, codeBadRequest)
}

func TestLatency(t *testing.T) {
	s := serve(t, Config{Latency: 30 * time.Millisecond}, ann)
	began := time.Now()
	s.do("GET /users/ann", "")
	s.do("GET /users/ann", "", "apikey", "wrong")
	if d := time.Since(began); d < 60*time.Millisecond {
		t.Errorf("two answers after %v", d)
	}
}

func TestDate(t *testing.T) {
	s := serve(t, Config{}, ann)
	if got := s.do("GET /users/ann", "").header.Get("Date"); got != "Tue, 14 Nov 2023 22:13:20 GMT" {
		t.Errorf("date %q is not that of the sandbox's clock", got)
	}
}
