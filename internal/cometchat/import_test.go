package cometchat

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// people are n users to be imported, named from one number on.
func people(from, n int) []user.User {
	out := make([]user.User, n)
	for i := range out {
		out[i] = user.User{UID: fmt.Sprintf("p%03d", from+i), Name: fmt.Sprintf("Person %d", from+i), Has: user.FieldsOf(user.Name)}
	}
	return out
}

// imported answers an import: a verdict for each user, unless it is left out.
func imported(body string, verdict func(uid string) string) string {
	var in struct{ Users map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		panic(err)
	}
	var parts []string
	for _, uid := range slices.Sorted(maps.Keys(in.Users)) {
		if v := verdict(uid); v != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", uid, v))
		}
	}
	return `{"data":{` + strings.Join(parts, ",") + `}}`
}

func made(uid string) string {
	return fmt.Sprintf(`{"success":true,"data":{"uid":%q,"name":"N","createdAt":1500000000}}`, uid)
}

func TestImportSends(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request, body string) { io.WriteString(w, imported(body, made)) })
	c := newClient(t, s.URL)
	full := user.User{UID: "anna", Name: "Anna", Avatar: "https://x/a.png", Link: "https://x", Role: "chief", StatusMessage: "hi",
		Tags: []string{"a", "b"}, Metadata: ` {"k":1} `, CreatedAt: 1_400_000_000, LastActiveAt: 1_400_000_001, UpdatedAt: 7,
		Has: user.FieldsOf(user.Name, user.Avatar, user.Link, user.Role, user.StatusMessage, user.Tags, user.Metadata, user.CreatedAt,
			user.LastActiveAt)}
	bare := user.User{UID: "b", Name: "B", Avatar: "kept back", CreatedAt: 1_400_000_000, Has: user.FieldsOf(user.Name, user.Link),
		Clear: user.FieldsOf(user.Link)}
	milli := full
	milli.UID, milli.CreatedAt = "milli", 1_400_000_000_000
	out := c.Import(t.Context(), []user.User{full, {UID: "Not One"}, bare, full, milli, {UID: "m", Metadata: "[]",
		Has: user.FieldsOf(user.Metadata)}})
	want := `{"users":{"anna":{"uid":"anna","name":"Anna","avatar":"https://x/a.png","link":"https://x","role":"chief","tags":["a","b"],"metadata":{"k":1},"createdAt":1400000000,"lastActiveAt":1400000001},` +
		`"b":{"uid":"b","name":"B"}}}`
	calls := s.seen()
	if len(calls) != 1 || calls[0].method != "POST" || calls[0].path != "/data_import/users" || calls[0].body != want {
		t.Fatalf("%+v", calls)
	}
	for i, message := range []string{"", `uid "Not One"`, "", "named twice", "1400000000000 is not a time in seconds",
		"not a JSON object"} {
		switch o := out[i]; {
		case message == "" && (o.Failed != nil || !o.Named || o.User.CreatedAt != 1_500_000_000 || !o.User.Has.Has(user.Name) ||
			o.User.Has.Has(user.Tags)):
			t.Errorf("%d: %+v", i, o)
		case message != "" && (o.Failed == nil || o.Named || !strings.Contains(o.Failed.Error(), message)):
			t.Errorf("%d: %+v", i, o)
		}
	}
	if out := c.Import(t.Context(), nil); len(out) != 0 || len(s.seen()) != 1 {
		t.Error("nobody was sent")
	}
}

func TestImportIsCutIntoFifties(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request, body string) { io.WriteString(w, imported(body, made)) })
	users := people(0, 2*plan.MaxImport+1)
	out := newClient(t, s.URL).Import(t.Context(), users)
	for i, o := range out {
		if o.UID != users[i].UID || o.User.UID != users[i].UID || !o.Named || o.Failed != nil {
			t.Errorf("%d: %+v", i, o)
		}
	}
	if calls := s.seen(); len(calls) != 3 || strings.Count(calls[0].body, `"uid"`) != plan.MaxImport || strings.Count(calls[2].body,
		`"uid"`) != 1 {
		t.Errorf("%d requests", len(calls))
	}
}

func TestImportVerdicts(t *testing.T) {
	const refused = "POST /data_import/users: 200"
	for _, test := range []struct {
		verdict string
		failed  string // "" is imported
		kind    plan.FailureKind
	}{
		{`{"success":true,"data":{"uid":"anna","name":"A"}}`, "", 0},
		{`{"success":true,"data":{"UID":"x","uid":"ANNA","name":"A"},"error":null}`, "", 0},
		{`{"success":1,"data":{"data":{"uid":"anna","name":"A"}}}`, "", 0},
		{`{"success":true,"data":{"data":{"anna":{"uid":"anna","name":"A"}}}}`, "", 0},
		{`{"success":true,"data":{"data":{"Anna":{"uid":"anna","name":"A"}}}}`, "", 0},
		{`{"success":"true"}`, "", 0},
		{`{"success":true,"data":[]}`, "", 0},
		{`{"success":true,"data":{"uid":"otto","name":"O"}}`, refused + ": the answer is about another user, otto", plan.InDoubt},
		{`{"success":true,"data":{"uid":"anna","name":[]}}`, refused + ": the answer is malformed", plan.InDoubt},
		{`{"success":true,"data":"anna"}`, refused + ": the answer is malformed", plan.InDoubt},
		{`{"success":true,"data":{"uid":"anna"},"error":{"code":"ERR_X"}}`, refused + ": the answer does not say whether", plan.InDoubt},
		{`{"data":{"uid":"anna"}}`, refused + ": the answer does not say whether", plan.InDoubt},
		{`{}`, refused + ": the answer does not say whether", plan.InDoubt},
		{`[]`, refused + ": the answer is malformed", plan.InDoubt},
		{`{"success":false,"error":{"code":"ERR_UID_ALREADY_EXISTS","message":"The UID anna already exists."}}`, refused +
			" ERR_UID_ALREADY_EXISTS: The UID anna already exists.", plan.Conflicting},
		{`{"success":false,"error":{"code":"ERR_BAD_REQUEST","message":"m","details":{"role":["The selected role is invalid."]}}}`,
			refused + " ERR_BAD_REQUEST: role: The selected role is invalid.", plan.BadInput},
		{`{"error":{"code":"ERR_NEW","message":"m"}}`, refused + " ERR_NEW: m", plan.BadInput},
		{`{"success":0,"error":"only a text"}`, refused + ": only a text", plan.BadInput},
		{`{"success":false,"code":"ERR_FLAT","message":"flat"}`, refused + " ERR_FLAT: flat", plan.BadInput},
		{`{"success":false}`, refused + ": refused, and the answer does not say why", plan.BadInput},
		{`{"success":false,"error":{"code":"ERR_EXCEPTION","message":"m"}}`, refused + " ERR_EXCEPTION: m", plan.InDoubt},
		{`{"success":false,"error":{"code":"ERR_PLAN_QUOTA_RESTRICTION","message":"m"}}`, refused + " ERR_PLAN_QUOTA_RESTRICTION: m",
			plan.Forbidden},
	} {
		for _, key := range []string{"anna", "ANNA"} {
			s := newServer(t, answer(200, `{"data":{"stranger":{"success":true},"`+key+`":`+test.verdict+`}}`))
			o := newClient(t, s.URL).Import(t.Context(), []user.User{anna})[0]
			if o.UID != "anna" || !o.Named {
				t.Errorf("%s: %+v", test.verdict, o)
			}
			if test.failed == "" {
				if o.Failed != nil || o.User.UID != "anna" || o.User.Has.Has(user.Name) != (o.User.Name == "A") ||
					strings.Contains(test.verdict, `"A"`) != (o.User.Name == "A") {
					t.Errorf("%s: %+v", test.verdict, o)
				}
				continue
			}
			var e *Error
			if !errors.As(o.Failed, &e) || !strings.HasPrefix(e.Error(), test.failed) || e.Kind() != test.kind ||
				e.Lost() != (test.kind == plan.InDoubt) {
				t.Errorf("%s: %v, %v", test.verdict, o.Failed, e.Kind())
			}
			if e.Exists() != (e.Code == codeUIDExists) {
				t.Error("exists", e)
			}
		}
	}
}

// What the answer leaves out is neither imported nor failed; an answer about
// nobody is one, and an answer without a list is none.
func TestImportUnnamed(t *testing.T) {
	for body, lost := range map[string]bool{
		`{"data":{}}`:                     false,
		`{"data":[]}`:                     false,
		`{"data":{"x":{"success":true}}}`: false,
		``:                                true,
		`{}`:                              true,
		`{"data":{"anna":{"success"`:      true,
		`{"data":["anna"]}`:               true,
		`{"data":null}`:                   true,
		`<html>`:                          true,
	} {
		s := newServer(t, answer(200, body))
		o := newClient(t, s.URL).Import(t.Context(), []user.User{anna})[0]
		var e *Error
		if o.Named || lost != (errors.As(o.Failed, &e) && e.Lost()) || lost != (o.Failed != nil) {
			t.Errorf("%s: %+v", body, o)
		}
		if n := len(s.seen()); n != 1 {
			t.Errorf("%s: sent %d times", body, n)
		}
	}
}

// After a failure of the service some rows may be stored: everybody is in
// doubt, and nothing is sent again, neither whole nor in halves.
func TestImportLost(t *testing.T) {
	for name, handle := range map[string]func(http.ResponseWriter, *http.Request, string){
		"500":         answer(500, `{"error":{"code":"ERR_EXCEPTION","message":"m"}}`),
		"503":         answer(503, ``),
		"408":         answer(408, ``),
		"a 400 of it": answer(400, `{"error":{"code":"ERR_OPERATION_FAILED","message":"m"}}`),
		"a 200 of it": answer(200, `{"error":{"code":"ERR_EXCEPTION","message":"m"}}`),
		"500 with verdicts": func(w http.ResponseWriter, _ *http.Request, body string) {
			w.WriteHeader(500)
			io.WriteString(w, imported(body, made))
		},
		"cut": func(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) },
	} {
		s := makeServer(t, handle)
		s.Config.ErrorLog = discard()
		s.Start()
		t.Cleanup(s.Close)
		for i, o := range newClient(t, s.URL).Import(t.Context(), people(0, 10)) {
			var e *Error
			if o.Named || !errors.As(o.Failed, &e) || !e.Lost() || e.Kind() != plan.InDoubt {
				t.Errorf("%s: %d: %+v", name, i, o)
			}
		}
		if n := len(s.seen()); n != 1 {
			t.Errorf("%s: sent %d times", name, n)
		}
	}
}

// A refusal of the whole is tried in halves, down to the one who is the cause.
func TestImportFindsTheCause(t *testing.T) {
	for _, cause := range []int{0, 13, 49} {
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request, body string) {
			if strings.Contains(body, fmt.Sprintf(`"p%03d"`, cause)) {
				w.WriteHeader(400)
				io.WriteString(w, `{"error":{"code":"ERR_BAD_REQUEST","message":"no"},"data":[]}`)
				return
			}
			io.WriteString(w, imported(body, made))
		})
		c := newClient(t, s.URL)
		for i, o := range c.Import(t.Context(), people(0, 50)) {
			var e *Error
			if i == cause {
				if !errors.As(o.Failed, &e) || e.Lost() || o.Named || e.Kind() != plan.BadInput || e.HTTPStatus() != 400 {
					t.Errorf("%d: %+v", cause, o)
				}
			} else if o.Failed != nil || !o.Named {
				t.Errorf("%d: %d: %+v", cause, i, o)
			}
		}
		if n := len(s.seen()); n > 13 {
			t.Errorf("%d: %d requests", cause, n)
		}
		// It was not for their number.
		c.Import(t.Context(), people(100, 50))
		if calls := s.seen(); strings.Count(calls[len(calls)-1].body, `"uid"`) != 50 {
			t.Errorf("%d: the next fifty were cut", cause)
		}
	}
}

// A refusal that names nobody is one of the whole, even with an empty list.
func TestImportRefusedWithoutVerdicts(t *testing.T) {
	o := clientOf(t, answer(400, `{"data":{}}`)).Import(t.Context(), []user.User{anna})[0]
	var e *Error
	if o.Named || !errors.As(o.Failed, &e) || e.Lost() || e.Kind() != plan.BadInput {
		t.Errorf("%+v", o)
	}
}

// A status that refuses the whole may come with verdicts on everybody.
func TestImportRefusedWithVerdicts(t *testing.T) {
	for _, status := range []int{400, 409, 422} {
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request, body string) {
			w.WriteHeader(status)
			io.WriteString(w, imported(body, func(uid string) string {
				if uid == "p001" {
					return `{"success":false,"error":{"code":"ERR_UID_ALREADY_EXISTS"}}`
				}
				return made(uid)
			}))
		})
		out := newClient(t, s.URL).Import(t.Context(), people(0, 3))
		var e *Error
		if out[0].Failed != nil || out[2].Failed != nil || !errors.As(out[1].Failed, &e) || !e.Exists() || e.HTTPStatus() != status {
			t.Errorf("%d: %+v", status, out)
		}
		if n := len(s.seen()); n != 1 {
			t.Errorf("%d: sent %d times", status, n)
		}
	}
}

// Nothing is sent after a refusal that holds for everybody.
func TestImportStopsWhereItIsForbidden(t *testing.T) {
	s := newServer(t, answer(403, `{"error":{"code":"AUTH_ERR_NO_ACCESS","message":"m"}}`))
	for i, o := range newClient(t, s.URL).Import(t.Context(), people(0, 120)) {
		var e *Error
		if !errors.As(o.Failed, &e) || e.Lost() || e.Kind() != plan.Forbidden {
			t.Errorf("%d: %+v", i, o)
		}
	}
	if n := len(s.seen()); n != 1 {
		t.Errorf("%d requests", n)
	}
	first := true
	s = newServer(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if w.WriteHeader(map[bool]int{true: 413, false: 401}[first]); first {
			first = false
		}
	})
	for i, o := range newClient(t, s.URL).Import(t.Context(), people(0, 60)) {
		var e *Error
		if !errors.As(o.Failed, &e) || e.Lost() || e.HTTPStatus() != 401 {
			t.Errorf("%d: %+v", i, o)
		}
	}
	if n := len(s.seen()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// The size that was refused is found out once, not by every call.
func TestImportLearnsTheSize(t *testing.T) {
	for _, status := range []int{413, 400} {
		const limit = 4000
		refused, taken := 0, 0
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request, body string) {
			if len(body) > limit {
				refused++
				w.WriteHeader(status)
				return
			}
			taken++
			io.WriteString(w, imported(body, made))
		})
		c := newClient(t, s.URL)
		users := people(0, 1000)
		for i := range users {
			users[i].Set(user.Avatar, "https://example.org/"+strings.Repeat("a", 150+i%7*20)) // 50 are 14 kB
		}
		for i := 0; i < len(users); i += plan.MaxImport {
			for _, o := range c.Import(t.Context(), users[i:i+plan.MaxImport]) {
				if o.Failed != nil || !o.Named {
					t.Fatalf("%d: %+v", status, o)
				}
			}
		}
		if refused > 6 || taken > 110 {
			t.Errorf("%d: %d refused, %d taken", status, refused, taken)
		}
	}
}

func TestImportIntoSandbox(t *testing.T) {
	sb, h := newSandbox(t, 0, sandbox.Config{LimitImport: 100_000, ImportBytes: 10_000, ImportNested: true,
		Faults: []sandbox.Fault{{Call: "import", Kind: "exception-after", Rate: 1, Times: 1}}})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c := newClient(t, s.URL)
	users := people(0, 50)
	for i, o := range c.Import(t.Context(), users) {
		var e *Error
		if !errors.As(o.Failed, &e) || !e.Lost() {
			t.Errorf("%d: %+v", i, o)
		}
	}
	exist := 0
	for i, o := range c.Import(t.Context(), users) {
		var e *Error
		switch {
		case errors.As(o.Failed, &e) && e.Exists():
			exist++
		case o.Failed != nil || o.User.Name != users[i].Name:
			t.Errorf("%d: %+v", i, o)
		}
	}
	if exist != 25 {
		t.Errorf("the failure left %d users, not half", exist)
	}
	for i := range users {
		users[i] = user.User{UID: fmt.Sprintf("q%03d", i), Name: strings.Repeat("n", 100), Avatar: "https://example.org/" +
			strings.Repeat("a", 500), Has: user.FieldsOf(user.Name, user.Avatar)}
	}
	for i, o := range c.Import(t.Context(), users) {
		if o.Failed != nil || !o.Named {
			t.Errorf("%d: %+v", i, o)
		}
	}
	if n := sb.Counts().Calls["import"]; n > 2+8 {
		t.Errorf("%d imports", n)
	}
}
