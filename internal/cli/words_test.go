package cli_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestCallsInWords has every kind of call fail in every way, and wants it told what
// is the matter, and of what was changed the truth.
func TestCallsInWords(t *testing.T) {
	t.Parallel()
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	says := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	ways := map[string]struct {
		answer http.HandlerFunc
		words  string
		fatal  bool // also where one user is written
	}{
		"401":       {says(401, `{"error":{"code":"AUTH_ERR_APIKEY_NOT_FOUND"}}`), "The app refused the API key.", true},
		"403":       {says(403, ``), "The app refused the API key.", true},
		"404":       {says(404, `{"error":{"code":"ERR_API_NOT_FOUND"}}`), "What answered is not the app's API.", true},
		"expired":   {says(402, `{"error":{"code":"ERR_SUBSCRIPTION_EXPIRED"}}`), "The app, or its plan, does not allow this.", true},
		"500":       {says(500, `{"error":{"code":"ERR_EXCEPTION"}}`), "The app's service failed.", false},
		"502, page": {says(502, `<html>`), "The app's service failed.", false},
		"malformed": {says(200, `{"data":`), "The app's answer can't be read.", false},
		"a page":    {says(200, `<html>`), "The app's answer can't be read.", false},
		"silent":    {silent, "The app did not answer in time.", false},
		"cut":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "The app could not be reached.", false},
	}
	for call, fails := range map[string]func(*http.Request) bool{
		"list":   func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/users") },
		"roles":  func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/roles") },
		"bots":   func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/bots") },
		"create": func(r *http.Request) bool { return r.Method == http.MethodPost },
		"verify": nil,
	} {
		for name, way := range ways {
			t.Run(call+", "+name, func(t *testing.T) {
				switch {
				case call == "bots" && (name == "404" || name == "403"):
					t.Skip("an app without bots, or a key that may not see them, is none the worse")
				case call == "create" && !way.fatal:
					t.Skip("a failure of the one operation, and not of the run")
				}
				t.Parallel()
				dir := t.TempDir()
				app := &smallApp{}
				server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if fails != nil && fails(r) || fails == nil && app.wrote.Load() > 0 && r.Method == http.MethodGet {
						way.answer(w, r)
						return
					}
					app.ServeHTTP(w, r)
				}))
				server.Config.ErrorLog = log.New(io.Discard, "", 0)
				server.Start()
				defer server.Close()
				timeout := "1m"
				if name == "silent" {
					timeout = "300ms"
				}
				source := filepath.Join(dir, "staff.csv")
				writeFile(t, source, "uid,name,role\nold,Old,default\nnew,New,default\n")
				code, _, stderr := invoke(t, time.Now, []string{"COMETCHAT_API_KEY=key", "HOME=" + dir}, "sync", source, "--base-url",
					server.URL+"/v3", "--patience", "0s", "--timeout", timeout, "--settle", "0s", "--quiet", "--state-dir",
					filepath.Join(dir, "state"), "--report-dir", filepath.Join(dir, "r"))
				changed := "Nothing was changed."
				switch call {
				case "create":
					changed = "0 of 1 operations were carried out; run the same command again to go on."
				case "verify":
					changed = "All operations (1) were carried out;"
				}
				if want := "cometsync: " + way.words + " " + changed; code != 1 || !strings.HasPrefix(stderr, want) {
					t.Errorf("exit code %d, and %q instead of %q", code, stderr, want)
				}
			})
		}
	}
}

// smallApp is an app of one user, which takes another.
type smallApp struct{ wrote atomic.Int64 }

func (a *smallApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const user = `{"uid":"new","name":"New","role":"default","createdAt":1700000000}`
	switch {
	case r.Method == http.MethodPost:
		a.wrote.Add(1)
		fmt.Fprint(w, `{"data":`+user+`}`)
	case strings.HasSuffix(r.URL.Path, "/users/new") && a.wrote.Load() > 0:
		fmt.Fprint(w, `{"data":`+user+`}`)
	case strings.Contains(r.URL.Path, "/users/"):
		w.WriteHeader(404)
		fmt.Fprint(w, `{"error":{"code":"ERR_UID_NOT_FOUND"}}`)
	case strings.HasSuffix(r.URL.Path, "/users") && r.URL.Query().Get("page") == "1" && r.URL.Query().Get("onlyDeactivated") == "":
		fmt.Fprint(w, `{"data":[{"uid":"old","name":"Old","role":"default","createdAt":1600000000}]}`)
	default:
		fmt.Fprint(w, `{"data":[]}`)
	}
}
