package cli_test

import (
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdCall asks the sandbox for something by hand, as somebody else would who
// uses the app:
//
//	call PUT /users/anna '{"name":"Anna by hand"}'
func cmdCall(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: call METHOD PATH BODY")
	}
	r, err := http.NewRequest(args[0], ts.Getenv("SANDBOX_URL")+args[1], strings.NewReader(args[2]))
	ts.Check(err)
	r.Header.Set("apikey", sandboxKey(ts))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("%s %s: %s: %s", args[0], args[1], resp.Status, body)
	}
}

// cmdPeople wants two exports in JSON lines to hold the same people, as far as
// a roster can say: whether they are active and every field, but no time. Who
// is named besides is new in the first, and deactivated.
//
//	people now.jsonl before.jsonl new-user...
func cmdPeople(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: people FILE FILE [UID...]")
	}
	a, b := people(ts, args[0]), people(ts, args[1])
	for _, uid := range args[2:] {
		if b[uid] != nil || a[uid] == nil || a[uid]["deactivated"] != true {
			ts.Fatalf("%s is %v in %s, and %v in %s", uid, a[uid], args[0], b[uid], args[1])
		}
		delete(a, uid)
	}
	for uid := range a {
		if !reflect.DeepEqual(a[uid], b[uid]) {
			ts.Fatalf("%s is\n%v in %s, and\n%v in %s", uid, a[uid], args[0], b[uid], args[1])
		}
		delete(b, uid)
	}
	if len(b) > 0 {
		ts.Fatalf("%s has %v besides", args[1], b)
	}
}

func people(ts *testscript.TestScript, file string) map[string]map[string]any {
	all := map[string]map[string]any{}
	for line := range strings.Lines(ts.ReadFile(file)) {
		var u map[string]any
		ts.Check(json.Unmarshal([]byte(line), &u))
		at, _ := u["deactivatedAt"].(float64)
		u["deactivated"] = at > 0
		for _, time := range []string{"createdAt", "updatedAt", "lastActiveAt", "deactivatedAt", "status"} {
			delete(u, time)
		}
		all[u["uid"].(string)] = u
	}
	return all
}
