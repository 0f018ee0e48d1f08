package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdPings starts a cron monitor at $PING, which writes a line to pings.log for
// each signal: what follows its address. Of one by the name of down, which
// is at $PING_DOWN, the answer is 500.
func cmdPings(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: pings")
	}
	log := ts.MkAbs("pings.log")
	ts.Check(os.WriteFile(log, nil, 0o600))
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if strings.HasPrefix(q.URL.Path, "/down") {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		f, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, _ = fmt.Fprintf(f, "%s signal=%s\n", q.Method, strings.TrimPrefix(q.URL.Path, "/5a1c-secret-uuid"))
			_ = f.Close()
		}
	}))
	ts.Defer(server.Close)
	ts.Setenv("PING", server.URL+"/5a1c-secret-uuid")
	ts.Setenv("PING_DOWN", server.URL+"/down/5a1c-secret-uuid")
}
