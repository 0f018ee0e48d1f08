package cometchat

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

const testToken = "anna_1700000000deadbeef"

func TestCreateWithToken(t *testing.T) {
	for body, want := range map[string]string{
		`{"data":{"uid":"anna","name":"A","authToken":"` + testToken + `"}}`: testToken,
		`{"data":{"uid":"anna","name":"A"}}`:                                 "",
		`{"data":{"uid":"anna","name":"A","authToken":null}}`:                "",
		`{"data":{"uid":"anna","name":"A","authToken":["x"]}}`:               "",
	} {
		s := newServer(t, answer(200, body))
		u, token, err := newClient(t, s.URL).Create(t.Context(), anna, true)
		if err != nil || u.Name != "A" || token != want {
			t.Errorf("%s: %+v %q %v", body, u, token, err)
		}
		if calls := s.seen(); len(calls) != 1 || calls[0].method != "POST" || calls[0].path != "/users" || !strings.Contains(calls[0].body,
			`,"withAuthToken":true}`) {
			t.Errorf("%+v", calls)
		}
	}
}

func TestToken(t *testing.T) {
	s := newServer(t, answer(200, `{"data":{"uid":"ANNA","authToken":"`+testToken+`","createdAt":1}}`))
	token, err := newClient(t, s.URL).Token(t.Context(), "anna")
	if calls := s.seen(); err != nil || token != testToken || calls[0].method != "POST" || calls[0].path != "/users/anna/auth_tokens" ||
		calls[0].body != "" {
		t.Errorf("%q %v %+v", token, err, calls)
	}
	s = newServer(t, answer(404, `{"error":{"code":"ERR_UID_NOT_FOUND","message":"m"}}`))
	if _, err := newClient(t, s.URL).Token(t.Context(), "anna"); !of(err, (*Error).NotFound) {
		t.Error(err)
	}
	// A lost answer is asked for again.
	n := 0
	s = newServer(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		if n++; n == 1 {
			w.WriteHeader(500)
			return
		}
		io.WriteString(w, `{"data":{"uid":"anna","authToken":"t"}}`)
	})
	if token, err := newClient(t, s.URL).Token(t.Context(), "anna"); err != nil || token != "t" || n != 2 {
		t.Error(token, err, n)
	}
}

// Whatever is wrong with an answer, what is said about it leaves the token out.
func TestTokenIsNotTold(t *testing.T) {
	for _, body := range []string{
		`{"data":{"uid":"otto","authToken":"` + testToken + `"}}`,
		`{"data":{"authToken":"` + testToken + `","uid":["x"]}}`,
		`{"data":{"uid":"anna","authToken":"` + testToken + `"`,
		`{"data":{"uid":"anna","authToken":"` + testToken,
		`{"data":{"uid":"anna","authToken":{"token":"` + testToken + `"}},"x"}`,
		`{"data":"` + testToken + `"}`,
		`{"authToken":"` + testToken + `"}`,
	} {
		var log bytes.Buffer
		s := newServer(t, answer(200, body))
		c := newClient(t, s.URL, func(cfg *Config) {
			cfg.MaxAttempts = 2
			cfg.Repeated = func(r Repeat) { fmt.Fprintln(&log, r.Failed) }
		})
		_, err := c.Token(t.Context(), "anna")
		_, _, err2 := c.Create(t.Context(), anna, true)
		if err == nil || err2 == nil {
			t.Errorf("%s: %v, %v", body, err, err2)
			continue
		}
		if all := err.Error() + err2.Error() + log.String(); strings.Contains(all, "deadbeef") ||
			!strings.Contains(log.String(), "auth_tokens") {
			t.Errorf("%s: %s", body, all)
		}
	}
}

func TestTokensOfSandbox(t *testing.T) {
	_, h := newSandbox(t, 2, sandbox.Config{})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c := newClient(t, s.URL)
	_, made, err := c.Create(t.Context(), user.User{UID: "anna", Name: "Anna", Has: user.FieldsOf(user.Name)}, true)
	if err != nil || !strings.HasPrefix(made, "anna_") {
		t.Fatal(made, err)
	}
	if token, err := c.Token(t.Context(), "anna"); err != nil || token != made {
		t.Errorf("%q, not the one that there is, %q; %v", token, made, err)
	}
	if token, err := c.Token(t.Context(), "u00001"); err != nil || !strings.HasPrefix(token, "u00001_") {
		t.Error(token, err)
	}
	if _, err := c.Token(t.Context(), "u00000"); !of(err, (*Error).NotFound) { // deactivated
		t.Error(err)
	}
}

// Revoking is repeated when its answer is lost; who has no tokens needs none
// revoked, and who is unknown, or deactivated, is said to be.
func TestRevokeTokens(t *testing.T) {
	n := 0
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		if n++; n == 1 {
			w.WriteHeader(500)
			return
		}
		io.WriteString(w, `{"data":{"success":true,"message":"m"}}`)
	})
	err := newClient(t, s.URL).RevokeTokens(t.Context(), "anna")
	if calls := s.seen(); err != nil || n != 2 || calls[0].method != "DELETE" || calls[0].path != "/users/anna/auth_tokens" ||
		calls[0].body != "" {
		t.Errorf("%v %+v", err, calls)
	}
	for code, want := range map[string]func(error) bool{
		"ERR_AUTH_TOKEN_NOT_FOUND": func(err error) bool { return err == nil },
		"ERR_UID_NOT_FOUND":        func(err error) bool { return of(err, (*Error).NotFound) },
	} {
		if err := clientOf(t, answer(404, `{"error":{"code":"`+code+`","message":"m"}}`)).RevokeTokens(t.Context(), "anna"); !want(err) {
			t.Errorf("%s: %v", code, err)
		}
	}
}
