package sandbox

import (
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestBudgets(t *testing.T) {
	calls := map[string]string{
		"POST /users": "core", "DELETE /users/none": "core", "DELETE /users": "core", "PUT /users": "core", "PUT /me": "core",
		"GET /users": "standard", "GET /users/none": "standard", "PUT /users/none": "standard", "GET /roles": "standard",
		"POST /roles": "standard", "POST /users/none/auth_tokens": "standard",
		"POST /data_import/users": "import",
	}
	for call, budget := range calls {
		s := serve(t, Config{LimitCore: 2, LimitStandard: 3, LimitImport: 4}, ann)
		s.mu.Lock()
		tok := s.issue("ann", noon)
		s.mu.Unlock()
		limit := map[string]int{"core": 2, "standard": 3, "import": 4}[budget]
		for i := range limit {
			if res := s.do(call, "{", "authToken", tok.AuthToken); res.status == 429 {
				t.Errorf("%s: number %d is refused, %s allows %d", call, i+1, budget, limit)
			}
		}
		s.wantError(call, "{", 429, codeTooMany, "authToken", tok.AuthToken)
	}
}

func TestWindow(t *testing.T) {
	s := serve(t, Config{LimitCore: 2, LimitImport: 1}, ann)
	header := func(res response, names ...string) string {
		var out []string
		for _, name := range names {
			out = append(out, strings.Join(res.header.Values(name), "+"))
		}
		return strings.Join(out, " ")
	}
	old := []string{"X-Rate-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset", "Retry-After"}
	modern := []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"}
	check := func(res response, status int, want string) {
		t.Helper()
		if res.status != status || header(res, old...) != want || header(res, modern...) != want {
			t.Errorf("got %d %s and %s, want %d %s", res.status, header(res, old...), header(res, modern...), status, want)
		}
	}
	s.clock.advance(100 * time.Second)
	// The window begins with the first request, at 1700000100.5, whatever its outcome.
	check(s.do("DELETE /users/none", ""), 404, "2 1 1700000161 ")
	s.clock.advance(30 * time.Second)
	s.wantError("DELETE /users/none", "", 401, codeKeyNotFound, "apikey", "wrong") // does not consume
	check(s.do("DELETE /users/ann", ""), 200, "2 0 1700000161 ")
	check(s.do("POST /users", `{"uid":"new","name":"New"}`), 429, "2 0 1700000161 30")
	s.clock.advance(600 * time.Millisecond)
	check(s.do("POST /users", `{"uid":"new","name":"New"}`), 429, "2 0 1700000161 30") // 29.4
	s.clock.advance(29*time.Second + 399*time.Millisecond)
	check(s.do("POST /users", `{"uid":"new","name":"New"}`), 429, "2 0 1700000161 1")
	if s.user("new") != "" {
		t.Error("a refused request was processed")
	}
	s.clock.advance(time.Millisecond)
	check(s.do("POST /users", `{"uid":"new","name":"New"}`), 200, "2 1 1700000221 ")
	s.clock.advance(-time.Hour) // a clock that jumps back stays in the window
	check(s.do("DELETE /users/new", ""), 200, "2 0 1700000221 ")

	if got := s.Counts(); got.Refused != 3 || got.Calls["create"] != 4 || got.Calls["delete"] != 4 {
		t.Errorf("counts: %+v", got)
	}

	check(s.do("POST /data_import/users", `{"users":{}}`), 200, "1 0 "+strconv.FormatInt(s.clock.now().Unix()+61, 10)+" ")
	s.want("POST /data_import/users", `{"users":{}}`, 429,
		strings.ReplaceAll(`{"error":{"message":"TEXT","devMessage":"TEXT","source":"chat-api","code":"ERR_TOO_MANY_REQUESTS"}}`,
			"TEXT", "Too many requests for data import API. 1 per minute is the maximum request allowed. Please retry for seconds after "+
				"60."))
	s.clock.advance(59 * time.Second)
	if res := s.do("POST /data_import/users", `{"users":{}}`); !strings.Contains(res.body, "seconds after 1.") {
		t.Errorf("import: %s", res.body)
	}
}

func TestWindowLength(t *testing.T) {
	s := serve(t, Config{LimitStandard: 1, Window: 2 * time.Second})
	s.do("GET /users", "")
	s.wantError("GET /users", "", 429, codeTooMany)
	s.clock.advance(2 * time.Second)
	if res := s.do("GET /users", ""); res.status != 200 {
		t.Errorf("after the window: %d", res.status)
	}
}

func TestHeaderSpelling(t *testing.T) {
	for spelling, want := range map[string]string{
		"": "Retry-After X-Rate-Limit X-Rate-Limit-Remaining X-Rate-Limit-Reset X-RateLimit-Limit X-RateLimit-Remaining " +
			"X-RateLimit-Reset",
		"both": "Retry-After X-Rate-Limit X-Rate-Limit-Remaining X-Rate-Limit-Reset X-RateLimit-Limit X-RateLimit-Remaining " +
			"X-RateLimit-Reset",
		"x-ratelimit":  "Retry-After X-RateLimit-Limit X-RateLimit-Remaining X-RateLimit-Reset",
		"x-rate-limit": "Retry-After X-Rate-Limit X-Rate-Limit-Remaining X-Rate-Limit-Reset",
	} {
		s := New(Config{Key: testKey, LimitStandard: 1, Headers: spelling})
		get := func() string {
			w := httptest.NewRecorder()
			r := httptest.NewRequest("GET", "/v3/users", nil)
			r.Header.Set("apikey", testKey)
			s.ServeHTTP(w, r)
			return headerNames(w.Header())
		}
		if got := get(); "Retry-After "+got != want {
			t.Errorf("%q, allowed: %s", spelling, got)
		}
		if got := get(); got != want {
			t.Errorf("%q, refused: %s", spelling, got)
		}
	}
	for when, want := range map[string][2]bool{"": {true, true}, "always": {true, true}, "never": {}, "refused": {false, true}} {
		s := serve(t, Config{LimitStandard: 1, Headers: "x-ratelimit", HeadersWhen: when})
		for i, sent := range want {
			res := s.do("GET /users", "")
			if (res.header.Get("X-RateLimit-Limit") != "") != sent || (res.header.Get("Retry-After") != "") != (i == 1) {
				t.Errorf("%q, request %d: %v", when, i, res.header)
			}
		}
	}
	s := serve(t, Config{})
	if got := headerNames(s.do("GET /users", "").header); got != "" {
		t.Errorf("without a limit: %s", got)
	}
}

func headerNames(h map[string][]string) string {
	var names []string
	for _, name := range []string{"Retry-After", "X-Rate-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset",
		"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
		"X-Ratelimit-Limit", "X-Ratelimit-Remaining", "X-Ratelimit-Reset"} {
		if _, ok := h[name]; ok {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func TestForeign(t *testing.T) {
	s := serve(t, Config{LimitCore: 10, Foreign: 6}, ann) // one in ten seconds
	remaining := func(want string) {
		t.Helper()
		if got := s.do("DELETE /users/none", "").header.Get("X-RateLimit-Remaining"); got != want {
			t.Errorf("remaining %q, want %q", got, want)
		}
	}
	foreign := func(served, refused int) {
		t.Helper()
		if c := s.Counts(); c.Foreign != served || c.ForeignRefused != refused {
			t.Errorf("foreign: %d and %d refused, want %d and %d", c.Foreign, c.ForeignRefused, served, refused)
		}
	}
	remaining("9")
	s.clock.advance(9999 * time.Millisecond)
	remaining("8")
	s.clock.advance(time.Millisecond)
	remaining("6") // the first foreign one came
	s.clock.advance(25 * time.Second)
	remaining("3") // two more
	foreign(3, 0)
	for range 3 {
		s.do("DELETE /users/none", "")
	}
	s.clock.advance(24999 * time.Millisecond) // at 40 and 50 seconds they are turned away
	s.wantError("DELETE /users/none", "", 429, codeTooMany)
	foreign(3, 2)
	s.clock.advance(time.Millisecond) // the one at 60 opens the next window
	remaining("8")
	foreign(4, 2)
	s.clock.advance(time.Hour)
	foreign(364, 2)
	s.SetForeign(10) // more of them, from now on: one in six seconds
	s.clock.advance(5 * time.Second)
	foreign(364, 2)
	s.clock.advance(time.Second)
	foreign(365, 2)
	s.clock.advance(time.Minute)
	foreign(375, 2)
	s.clock.advance(6 * time.Second)
	s.SetForeign(0) // who came before stays counted
	s.clock.advance(time.Hour)
	foreign(376, 2)
	if got := s.Counts().Refused; got != 1 {
		t.Errorf("%d own requests refused, want 1", got)
	}
}

func TestForeignAlone(t *testing.T) {
	s := serve(t, Config{LimitCore: 2, Foreign: 600, Window: time.Second})
	s.clock.advance(time.Hour)
	// Each window of a second begins with a foreign request and lets two in.
	c := s.Counts()
	if total := c.Foreign + c.ForeignRefused; total != 600*3600 || c.Foreign < 2*3590 || c.Foreign > 2*3600 {
		t.Errorf("an hour of foreign traffic: %+v", c)
	}
	s = serve(t, Config{Foreign: 600})
	s.clock.advance(time.Minute)
	if c := s.Counts(); c.Foreign != 600 || c.ForeignRefused != 0 {
		t.Errorf("without a limit: %+v", c)
	}
}
