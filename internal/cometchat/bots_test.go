package cometchat

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestBots are those of both kinds and of all pages, and nothing else of the
// answers goes anywhere.
func TestBots(t *testing.T) {
	const secret = `"webhookURL":"https://hunter2","username":"hunter2","password":"hunter2"`
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		q := r.URL.Query()
		page := map[string]string{
			"false 1": `{"uid":"A",` + secret + `},{"uid":"b"},null,{"name":"no uid"},{"uid":{"odd":1}}`, "false 2": `{"uid":"c"}`,
			"true 1": `{` + secret + `,"uid":"d","isAIBot":true}`, "true 2": `{"uid":"d"}`, // again
		}[fmt.Sprint(q.Get("isAIBot") == "true", " ", q.Get("page"))]
		answer(200, `{"data":[`+page+`]}`)(w, r, "")
	})
	uids, why, err := newClient(t, s.URL).Bots(t.Context())
	if got := slices.Sorted(maps.Keys(uids)); err != nil || why != nil || fmt.Sprint(got) != "[a b c d]" {
		t.Errorf("%v, %v, %v", got, why, err)
	}
	for _, c := range []struct {
		status    int
		body      string
		why, fail string
	}{
		{403, `{"error":{"code":"AUTH_ERR_NO_ACCESS","message":"no"}}`, "403 AUTH_ERR_NO_ACCESS", ""},
		{403, `forbidden`, "403", ""},
		{400, `{"error":{"code":"ERR_PLAN_RESTRICTION","message":"no"}}`, "ERR_PLAN_RESTRICTION", ""},
		{404, `{"error":{"code":"ERR_API_NOT_FOUND","message":"no"}}`, "", ""},
		{404, `not found`, "", ""},
		{401, `{"error":{"code":"AUTH_ERR_APIKEY_NOT_FOUND","message":"no"}}`, "", "AUTH_ERR_APIKEY_NOT_FOUND"},
		{500, `{"error":{"code":"ERR_EXCEPTION","message":"no"}}`, "", "ERR_EXCEPTION"},
		{200, `{"data":{` + secret + `}}`, "", "no list of bots"},
		{200, `{"data":[{` + secret + `]`, "", "malformed"},
	} {
		uids, why, err := clientOf(t, answer(c.status, c.body), func(cfg *Config) { cfg.MaxAttempts = 1 }).Bots(t.Context())
		said, failed := fmt.Sprint(why), fmt.Sprint(err)
		if (why == nil) != (c.why == "") || (err == nil) != (c.fail == "") || (uids == nil) != (err != nil) ||
			!strings.Contains(said, c.why) || !strings.Contains(failed, c.fail) || strings.Contains(said+failed, "hunter2") {
			t.Errorf("%d %s: %v, %v, %v", c.status, c.body, uids, why, err)
		}
	}
}
