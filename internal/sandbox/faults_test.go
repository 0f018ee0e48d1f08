package sandbox

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Fault{
		"500=5%":                       {Kind: "500", Rate: 0.05},
		"create:cut-after=1%":          {Call: "create", Kind: "cut-after", Rate: 0.01},
		"list:slow=10%,2s":             {Call: "list", Kind: "slow", Rate: 0.1, Delay: 2 * time.Second},
		"429=0.02":                     {Kind: "429", Rate: 0.02},
		"429=1,5s,times=3":             {Kind: "429", Rate: 1, Delay: 5 * time.Second, Times: 3},
		"update:drop=metadata":         {Call: "update", Kind: "drop", Field: "metadata", Rate: 1},
		"forget=statusMessage, 50%":    {Kind: "forget", Field: "statusMessage", Rate: 0.5},
		"deactivate:partial=3":         {Call: "deactivate", Kind: "partial", Count: 3, Rate: 1},
		"partial=2,0.1,times=1":        {Kind: "partial", Count: 2, Rate: 0.1, Times: 1},
		" import : exception-after=1 ": {Call: "import", Kind: "exception-after", Rate: 1},
		"code=ERR_BAD_REQUEST":         {Kind: "code", Code: "ERR_BAD_REQUEST", Rate: 1},
		"create:code-after=ERR_WS_INIT_FAILED,409,5%,times=2": {Call: "create", Kind: "code-after", Code: "ERR_WS_INIT_FAILED", Status: 409,
			Rate: 0.05, Times: 2},
	} {
		got, err := ParseFault(text)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                 `unknown kind ""; choose from 401, 403, 429, 500, 502, 503, 504, code, code-after, cut-after,`,
		"lst:500=5%":       `unknown call "lst"; choose from list, get, create,`,
		"599=5%":           `unknown kind "599"`,
		"500":              `the share of requests is missing; write 500=5%`,
		"500=":             `the share of requests is missing`,
		"500=5":            `"5" is not a share of requests; write it as 5% or 0.05`,
		"500=0":            `"0" is not a share`,
		"500=-1%":          `"-1%" is not a share`,
		"500=101%":         `"101%" is not a share`,
		"500=NaN":          `"NaN" is not a share`,
		"500=x":            `"x" is not a share`,
		"500=5%,2s":        `500 takes no duration "2s"; slow, 429 and 503 do`,
		"slow=5%,-2s":      `the duration "-2s" is not above zero`,
		"slow=5%,10%":      `unknown option "10%"`,
		"slow=5%,often":    `unknown option "often"`,
		"500=5%,times=x":   `"x" is not a number of times; write times=3`,
		"500=5%,times=0":   `"0" is not a number of times`,
		"500=5%,":          ``,
		"drop":             `unknown field ""; choose from name, avatar, link, role, statusMessage, metadata, tags, createdAt, lastActiveAt`,
		"drop=uid":         `unknown field "uid"`,
		"drop=name,x":      `"x" is not a share`,
		"list:drop=name":   `drop does not happen to list; it happens to create, update, me, import`,
		"create:partial=1": `partial does not happen to create`,
		"get:short=1%":     `short does not happen to get; it happens to list`,
		"code":             `"" is not an error code; write code=ERR_EXCEPTION`,
		"code=5%":          `"5%" is not an error code`,
		"code=ERR_x":       `"ERR_x" is not an error code`,
		"code=ERR_X,200":   `"200" is not a share`,
		"500=5%,409":       `unknown option "409"`,
		"nobody=ERR_X":     `"ERR_X" is not a share`,
		"partial=0":        `"0" is not a number of uids; write partial=3`,
		"partial=5%":       `"5%" is not a number of uids`,
		"partial=3,0":      `"0" is not a share`,
	} {
		_, err := ParseFault(text)
		switch {
		case want == "" && err == nil:
		case err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), fmt.Sprintf("fault %q: ", text)):
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for kind := range kinds {
		if !strings.Contains(FaultHelp, "  "+kind) && !strings.Contains(FaultHelp, ", "+kind+" ") {
			t.Errorf("the help lacks %s", kind)
		}
	}
	for _, call := range callNames() {
		if !strings.Contains(FaultHelp, call) {
			t.Errorf("the help lacks %s", call)
		}
	}
}

const newUser = `{"uid":"new","name":"New","metadata":{"a":1}}`

func TestFaultsThatEnd(t *testing.T) {
	for _, c := range []struct {
		fault  string
		status int // 0: the connection breaks
		body   string
		worked bool
	}{
		{"500=1", 500, `"code":"ERR_EXCEPTION"`, false},
		{"502=1", 502, "<html>", false},
		{"503=1,7s", 503, "<html>", false},
		{"504=1", 504, "<html>", true},
		{"429=1", 429, `"code":"ERR_TOO_MANY_REQUESTS"`, false},
		{"401=1", 401, `"code":"AUTH_ERR_APIKEY_NOT_FOUND"`, false},
		{"403=1", 403, `"code":"AUTH_ERR_NO_ACCESS"`, false},
		{"expired=1", 403, `"code":"ERR_SUBSCRIPTION_EXPIRED"`, false},
		{"redirect=1", 307, "", false},
		{"cut-before=1", 0, "", false},
		{"cut-after=1", 0, "", true},
		{"truncate=1", 0, "", true},
		{"exception-after=1", 500, `"code":"ERR_EXCEPTION"`, true},
		{"empty=1", 200, "", true},
		{"code=ERR_BAD_REQUEST", 400, `{"error":{"message":"Failed to validate the data sent with the request.","devMessage":` +
			`"Failed to validate the data sent with the request.","source":"chat-api","code":"ERR_BAD_REQUEST"}}`, false},
		{"code=ERR_PLAN_RESTRICTION", 403, `"code":"ERR_PLAN_RESTRICTION"`, false},
		{"code=ERR_API_NOT_FOUND", 404, `"code":"ERR_API_NOT_FOUND"`, false},
		{"code=ERR_WS_INIT_FAILED", 500, `"code":"ERR_WS_INIT_FAILED"`, false},
		{"code-after=ERR_WS_USER_CREATION_FAILED,409", 409, `"code":"ERR_WS_USER_CREATION_FAILED"`, true},
		{"html=1", 200, "<html>", true},
	} {
		f, err := ParseFault("create:" + c.fault)
		if err != nil {
			t.Fatal(err)
		}
		s := serve(t, Config{Faults: []Fault{f}, LimitCore: 5}, ann)
		res := s.do("POST /users", newUser)
		switch {
		case c.status == 0 && res.err == nil, res.status != c.status && res.status != 200, !strings.Contains(res.body, c.body):
			t.Errorf("%s: %d %q %v", c.fault, res.status, res.body, res.err)
		case (s.user("new") != "") != c.worked:
			t.Errorf("%s: work done: %v, want %v", c.fault, !c.worked, c.worked)
		}
		switch f.Kind {
		case "empty":
			if res.body != "" || res.status != 200 {
				t.Errorf("empty: %d %q", res.status, res.body)
			}
		case "truncate":
			if !errors.Is(res.err, io.ErrUnexpectedEOF) || res.body == "" || !strings.HasPrefix(`{"data":`+s.user("new")+`}`, res.body) {
				t.Errorf("truncate: %q %v", res.body, res.err)
			}
		case "503":
			if got := res.header.Get("Retry-After"); got != "7" {
				t.Errorf("503: retry after %q", got)
			}
		case "429":
			if got := res.header.Get("Retry-After"); got != "1" {
				t.Errorf("429: retry after %q", got)
			}
			if c := s.Counts(); c.Refused != 1 || s.limits.budgets[core].used != 0 {
				t.Errorf("429: %+v, and %d used of the limit", c, s.limits.budgets[core].used)
			}
		case "redirect":
			if got := res.header.Get("Location"); !strings.HasPrefix(got, "https://elsewhere.invalid/") {
				t.Errorf("redirect to %q", got)
			}
		}
		if got := s.Counts().Faults[f.Kind]; got != 1 {
			t.Errorf("%s: counted %d times", c.fault, got)
		}
		s.want("GET /users/ann", "", 200, `{"data":`+ann+`}`) // another call
	}
}

func withFaults(t *testing.T, faults ...string) *server {
	t.Helper()
	var cfg Config
	for _, text := range faults {
		f, err := ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Faults = append(cfg.Faults, f)
	}
	return serve(t, cfg, ann, bob, cat, dan)
}

func TestFaultSlow(t *testing.T) {
	s := withFaults(t, "get:slow=1,20ms", "get:slow=1,20ms", "get:500=1")
	began := time.Now()
	s.wantError("GET /users/ann", "", 500, codeException)
	if d := time.Since(began); d < 40*time.Millisecond {
		t.Errorf("the answer came after %v", d)
	}
}

func TestFaultDropAndForget(t *testing.T) {
	s := withFaults(t, "drop=metadata")
	res := s.do("POST /users", newUser)
	if res.status != 200 || strings.Contains(res.body, "metadata") || strings.Contains(s.user("new"), "metadata") {
		t.Errorf("drop: %d %s, stored %s", res.status, res.body, s.user("new"))
	}
	s.want("PUT /users/ann", `{"metadata":{"z":1},"unset":["metadata"]}`, 200, `{"data":`+ann+`}`)
	s.wantInvalid("PUT /users/ann", `{"metadata":1}`, `{"metadata":["The metadata must be an object."]}`)

	s = withFaults(t, "forget=metadata")
	res = s.do("POST /users", newUser)
	if !strings.Contains(res.body, `"metadata":{"a":1}`) || strings.Contains(s.user("new"), "metadata") {
		t.Errorf("forget: %s, stored %s", res.body, s.user("new"))
	}
	for _, field := range faultFields[:7] {
		s = withFaults(t, "update:forget="+field)
		values := map[string]string{"name": `"Z"`, "avatar": `"https://z.org"`, "link": `"https://z.org"`, "role": `"default"`,
			"statusMessage": `"zzz"`, "metadata": `{"z":1}`, "tags": `["z"]`}
		res = s.do("PUT /users/ann", `{"`+field+`":`+values[field]+`}`)
		if !strings.Contains(res.body, `"`+field+`":`+values[field]) || s.user("ann") != ann {
			t.Errorf("forget %s: %s, stored %s", field, res.body, s.user("ann"))
		}
	}
	s = withFaults(t, "drop=name")
	if res := s.do("POST /users", newUser); !strings.Contains(res.body, `"name":"new"`) {
		t.Errorf("a user without a name: %s", res.body)
	}
}

// An import loses fields as a create does, in new users and in overwritten ones.
func TestFaultDropAndForgetOfImport(t *testing.T) {
	values := map[string]string{"avatar": `"https://z.org"`, "link": `"https://z.org"`, "metadata": `{"z":1}`, "tags": `["z"]`,
		"createdAt": "1500000000", "lastActiveAt": "1500000001"}
	for field, value := range values {
		for _, kind := range []string{"drop", "forget"} {
			f, err := ParseFault("import:" + kind + "=" + field)
			if err != nil {
				t.Fatal(err)
			}
			s := serve(t, Config{ImportOverwrite: true, Faults: []Fault{f}}, bob)
			for _, uid := range []string{"new", "bob"} {
				part := `"` + field + `":` + value
				res := s.do("POST /data_import/users", `{"users":{"`+uid+`":{"uid":"`+uid+`","name":"N",`+part+`}}}`)
				if res.status != 200 || strings.Contains(res.body, part) != (kind == "forget") || strings.Contains(s.user(uid), part) ||
					!strings.Contains(s.user(uid), `"name":"N"`) {
					t.Errorf("%s %s of %s: %d %s, stored %s", kind, field, uid, res.status, res.body, s.user(uid))
				}
			}
		}
	}
}

func TestFaultPartial(t *testing.T) {
	s := withFaults(t, "partial=2")
	res := s.do("DELETE /users", `{"uidsToDeactivate":["ann","bob","cat"]}`)
	if n := len(uidLists(res.body)); n != 1 || len(strings.Fields(s.uids("GET /users"))) != 2 {
		t.Errorf("partial: %s leaves %s", res.body, s.uids("GET /users"))
	}
	if res = s.do("PUT /users", `{"uidsToActivate":["dan"]}`); res.body != `{"data":{}}` {
		t.Errorf("partial: %s", res.body)
	}
	res = s.do("POST /data_import/users", `{"users":{"p":{"uid":"p","name":"P"},"q":{"uid":"q","name":"Q"},"r":{"uid":"r","name":"R"}}}`)
	if n := strings.Count(res.body, "success"); n != 1 || s.store.index.n != 5 {
		t.Errorf("partial import: %s", res.body)
	}
}

func uidLists(body string) []string {
	_, list, _ := strings.Cut(body, "[")
	list, _, _ = strings.Cut(list, "]")
	return strings.Split(list, ",")
}

func TestFaultExceptionHalfway(t *testing.T) {
	s := withFaults(t, "exception-after=1")
	s.wantError("DELETE /users", `{"uidsToDeactivate":["ann","bob","cat"]}`, 500, codeException)
	if s.find("ann") != nil || s.find("bob") != nil || s.find("cat") == nil {
		t.Error("deactivate: not the first half")
	}
	s.wantError("PUT /users", `{"uidsToActivate":["ann","bob"]}`, 500, codeException)
	if s.find("ann") == nil || s.find("bob") != nil {
		t.Error("reactivate: not the first half")
	}
	s.wantError("POST /data_import/users", `{"users":{"p":{"uid":"p","name":"P"},"q":{"uid":"q","name":"Q"}}}`, 500, codeException)
	if s.find("p") == nil || s.find("q") != nil {
		t.Error("import: not the first half")
	}
}

func TestFaultShort(t *testing.T) {
	s := withFaults(t, "short=1")
	res := s.do("GET /users", "")
	if !strings.Contains(res.body, `"pagination":{"total":3,"count":1,`) || strings.Contains(res.body, "bob") {
		t.Errorf("short: %s", res.body)
	}
}

func TestFaultNobody(t *testing.T) {
	s := withFaults(t, "nobody=1,times=2")
	s.want("GET /users", "", 200, `{"data":[],"meta":{"pagination":{"total":0,"count":0,"per_page":100,"current_page":1,"total_pages":1}}}`)
	s.want("GET /users?count=1", "", 200, `{"data":{"count":0}}`)
	s.wantUIDs("GET /users", "ann bob cat")
}

func TestFaultTimesAndOrder(t *testing.T) {
	s := withFaults(t, "get:500=1,times=2", "get:502=1,times=1", "list:503=1")
	var got []int
	for range 4 {
		got = append(got, s.do("GET /users/ann", "").status)
	}
	if fmt.Sprint(got) != "[500 500 502 200]" {
		t.Errorf("answers %v", got)
	}
	s = serve(t, Config{Faults: []Fault{{Kind: "no such kind"}, {Kind: "500", Times: 1}}}, ann)
	s.wantError("GET /users/ann", "", 500, codeException) // a Rate of zero is "always"
	s.want("GET /users/ann", "", 200, `{"data":`+ann+`}`)
}

// TestFaultsRepeat: the same requests meet the same faults whatever the order,
// another seed other faults, and about as many as asked for.
func TestFaultsRepeat(t *testing.T) {
	run := func(seed uint64, backwards bool) (string, int) {
		s := serve(t, Config{Seed: seed, Faults: []Fault{{Kind: "500", Rate: 0.2}}})
		failed := make([]byte, 300)
		n := 0
		for i := range failed {
			if backwards {
				i = len(failed) - 1 - i
			}
			failed[i] = '.'
			if s.do(fmt.Sprintf("GET /users/u%d", i%100), "").status == 500 {
				failed[i] = 'x'
				n++
			}
		}
		return string(failed), n
	}
	first, n := run(1, false)
	if again, _ := run(1, false); again != first {
		t.Error("the same seed, other faults")
	}
	if other, _ := run(2, false); other == first {
		t.Error("another seed, the same faults")
	}
	if n < 35 || n > 85 {
		t.Errorf("%d of 300 requests failed at 20%%", n)
	}
	if first[:100] == first[100:200] {
		t.Error("a repeated request fails as the first did")
	}
	s := serve(t, Config{Seed: 1, Faults: []Fault{{Kind: "500", Rate: 0.2}}})
	for i := 99; i >= 0; i-- {
		if got := s.do(fmt.Sprintf("GET /users/u%d", i), "").status == 500; got != (first[i] == 'x') {
			t.Fatalf("request %d: the fault depends on the order", i)
		}
	}
}
