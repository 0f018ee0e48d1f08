package cometchat

import (
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

// clientOf is the client of a server that answers so.
func clientOf(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, body string), change ...func(*Config)) *Client {
	t.Helper()
	return newClient(t, newServer(t, handle).URL, change...)
}

// of reports whether an error of a call is of a kind.
func of(err error, kind func(*Error) bool) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && kind(e)
}

// fail is what an update comes to when the service answers so.
func fail(t *testing.T, status int, contentType, body string) *Error {
	t.Helper()
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Request-Id", "req-1")
		w.WriteHeader(status)
		io.WriteString(w, body)
	})
	_, err := newClient(t, s.URL, func(cfg *Config) { cfg.MaxAttempts = 1 }).Update(t.Context(), anna)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	return e
}

func TestErrorMessages(t *testing.T) {
	const generic = "Failed to validate the data sent with the request."
	for _, test := range []struct {
		status int
		body   string
		want   string
	}{
		{400, `{"error":{"message":"` + generic +
			`","devMessage":"x","source":"chat-api","details":{"avatar":["The avatar must be a valid URL."]},"code":"ERR_BAD_REQUEST"}}`,
			"PUT /users/anna: 400 ERR_BAD_REQUEST: avatar: The avatar must be a valid URL."},
		{400, `{"error":{"message":"` + generic +
			`","details":{"tags.0":["The tags.0 field is required."],"name":["a","b"]},"code":"ERR_BAD_REQUEST"}}`,
			"PUT /users/anna: 400 ERR_BAD_REQUEST: name: a b; tags.0: The tags.0 field is required."},
		{400, `{"error":{"message":"` + generic + `","details":["first","second"],"code":"ERR_BAD_REQUEST"}}`,
			"PUT /users/anna: 400 ERR_BAD_REQUEST: first second"},
		{400, `{"error":{"message":"` + generic + `","details":{"role":"The selected role is invalid."},"code":"ERR_BAD_REQUEST"}}`,
			"PUT /users/anna: 400 ERR_BAD_REQUEST: role: The selected role is invalid."},
		{400, `{"error":{"message":"` + generic + `","details":[],"code":"ERR_BAD_REQUEST"}}`, "PUT /users/anna: 400 ERR_BAD_REQUEST: " +
			generic + "; the service does not say which value it means; sent were name"},
		{400, `{"error":{"message":"` + generic + `","details":null,"code":"ERR_BAD_REQUEST"}}`, "PUT /users/anna: 400 ERR_BAD_REQUEST: " +
			generic + "; the service does not say which value it means; sent were name"},
		{400, `{"error":{"message":"` + generic + `"}}`, "PUT /users/anna: 400: " + generic},
		{400, `{"error":{"devMessage":"only this"}}`, "PUT /users/anna: 400: only this"},
		{400, `{"error":"just a text"}`, "PUT /users/anna: 400: just a text"},
		{400, `{"error":{"code":1234,"message":null}}`, "PUT /users/anna: 400 1234"},
		{400, `{"error":null}`, `PUT /users/anna: 400: bad request, and the answer is not the API's ("text/html")`},
		{400, `{"error":[1]}`, `PUT /users/anna: 400: bad request, and the answer is not the API's ("text/html")`},
		{502, `<html><b>Bad Gateway</b></html>`, `PUT /users/anna: 502: bad gateway, and the answer is not the API's ("text/html")`},
		{502, ``, `PUT /users/anna: 502: bad gateway, with an empty answer`},
		{200, `{}`, `PUT /users/anna: 200: the answer holds no user`},
		{200, `{"data":{"uid":"an`, `PUT /users/anna: 200: the answer ends in the middle, at byte 18`},
		{401, `{"error":{"code":"AUTH_ERR_APIKEY_NOT_FOUND","message":"The API key 01234******************************34567 does not exist."}}`,
			"PUT /users/anna: 401 AUTH_ERR_APIKEY_NOT_FOUND: The API key *** does not exist.; check the API key, the app id and the " +
				"region"},
		{403, ``, "PUT /users/anna: 403: forbidden, with an empty answer; check the API key, the app id and the region"},
		{400, `{"error":{"message":"a\u001b[31m\nline of\ttext","code":"X"}}`, "PUT /users/anna: 400 X: a[31m line of text"},
		{400, `{"error":{"message":"` + strings.Repeat("ü", 1000) + `"}}`, "PUT /users/anna: 400: " + strings.Repeat("ü", 250) + "…"},
	} {
		e := fail(t, test.status, "text/html; charset=utf-8", test.body)
		if e.Error() != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.body, e, test.want)
		}
		if e.RequestID != "req-1" {
			t.Error("no request id")
		}
	}
}

func TestErrorNeverShowsTheKey(t *testing.T) {
	e := fail(t, 400, "", `{"error":{"code":"`+testKey+`","message":"bad key `+testKey+`!","details":{"`+testKey+`":["`+testKey+`"]}}}`)
	if s := e.Error() + e.Message + e.Code; strings.Contains(s, testKey) {
		t.Error(s)
	}
	c := newClient(t, "http://localhost:1", func(cfg *Config) { cfg.MaxAttempts = 1 })
	_, _, err := c.Find(t.Context(), "anna", 0)
	if err == nil || strings.Contains(err.Error(), testKey) || strings.Contains(err.Error(), "http") {
		t.Error(err)
	}
}

func TestErrorBodyIsBounded(t *testing.T) {
	e := fail(t, 500, "text/plain", `{"error":{"message":"`+strings.Repeat("x", 2<<20)+`"}}`)
	if e.Message != "" || e.Err == nil {
		t.Errorf("%.100s", e)
	}
}

func TestExistsByCodeFirst(t *testing.T) {
	for _, status := range []int{400, 409, 422} {
		if e := (&Error{Status: status, Code: "ERR_UID_ALREADY_EXISTS"}); !e.Exists() {
			t.Error(status)
		}
	}
	if exists := (*Error).Exists; !exists(&Error{Status: 409}) || exists(&Error{Status: 400, Code: "ERR_BAD_REQUEST"}) {
		t.Error("by status")
	}
	unknown := (*Error).NotFound
	if !unknown(&Error{Status: 400, Code: "ERR_UID_NOT_FOUND"}) || !unknown(&Error{Status: 404, Message: "no such user"}) ||
		unknown(&Error{Status: 404}) {
		t.Error("not found")
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"7": 7 * time.Second, " 7 ": 7 * time.Second, "1.5": 1500 * time.Millisecond, "0": 0, "-3": 0, "": 0, "soon": 0, "1e99": 0,
		"NaN":                           0,
		"Fri, 02 Jan 2026 03:04:15 GMT": 10 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {text}}, now); got != want {
			t.Errorf("%q is %s", text, got)
		}
	}
}

// A refusal that names nothing says what was sent, by the names of the fields
// alone, and what the cause usually is.
func TestErrorNamesWhatWasSent(t *testing.T) {
	const refused = `{"error":{"code":"ERR_BAD_REQUEST","message":"Failed to validate"}}`
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if strings.Contains(body, `"verdict"`) {
			answer(200, `{"data":{"anna":{"success":false,"error":{"code":"ERR_BAD_REQUEST"}}}}`)(w, r, body)
			return
		}
		answer(400, refused)(w, r, body)
	})
	c := newClient(t, s.URL, func(cfg *Config) { cfg.MaxAttempts = 1 })
	u := user.User{UID: "anna", Name: "hunter2", Role: "hunter2", Metadata: `{"a":{"b":1}}`, Has: user.FieldsOf(user.Name, user.Role,
		user.Metadata)}
	const usual = "; the service does not say which value it means; sent were uid, name, role, metadata; a role that was never created " +
		"is the usual cause"
	_, _, create := c.Create(t.Context(), u, false)
	refusal := c.Import(t.Context(), []user.User{u})[0].Failed
	u.Name = "verdict"
	verdict := c.Import(t.Context(), []user.User{u})[0].Failed
	for _, err := range []error{create, refusal, verdict} {
		if err == nil || !strings.HasSuffix(err.Error(), usual) || strings.Contains(err.Error(), "hunter2") {
			t.Error(err)
		}
	}
	u.Has = user.FieldsOf(user.Metadata)
	if _, err := c.Update(t.Context(), u); err == nil || !strings.HasSuffix(err.Error(), "; sent were metadata") {
		t.Error(err)
	}
}

// An import that an app does not have is nothing against its other calls.
func TestErrorOfImportAlone(t *testing.T) {
	for _, body := range []string{`{"error":{"code":"ERR_API_NOT_FOUND","message":"m"}}`,
		`{"error":{"code":"ERR_PLAN_RESTRICTION","message":"m"}}`, `<html>`} {
		s := newServer(t, answer(404, body))
		c := newClient(t, s.URL, func(cfg *Config) { cfg.MaxAttempts = 1 })
		var e *Error
		if !errors.As(c.Import(t.Context(), []user.User{anna})[0].Failed, &e) || e.Fatal() || !e.Unsupported() || e.Lost() ||
			e.NotFound() || e.Kind() != plan.Forbidden ||
			!strings.HasSuffix(e.Error(), "this app has no bulk import; create users one by one, without the times of their past") {
			t.Errorf("%s: %v", body, e)
		}
		_, _, err := c.Create(t.Context(), anna, false)
		if !errors.As(err, &e) || e.Unsupported() || e.Fatal() != strings.Contains(body, "ERR_") {
			t.Errorf("%s: %v", body, err)
		}
	}
}
