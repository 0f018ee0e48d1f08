package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func save(t *testing.T, s *Sandbox) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestState(t *testing.T) {
	state := strings.Join([]string{
		`{"role":"boss","name":"Boss","description":"d","metadata":{"a":1},"settings":{"listUsers":"all"},"createdAt":1600000000}`,
		ann, bob, cat, dan, ""}, "\n")
	s := serve(t, Config{}, dan, "", "  \r", cat, ann, bob, strings.SplitN(state, "\n", 2)[0])
	if got := save(t, s.Sandbox); got != state {
		t.Errorf("saved\n%s\nwant\n%s", got, state)
	}
	s.want("GET /roles", "", 200,
		`{"data":[{"role":"chief","name":"chief","createdAt":1600000003},{"role":"default","name":"Default Role","createdAt":1600000001},`+
			`{"role":"boss","name":"Boss","description":"d","metadata":{"a":1},"settings":{"listUsers":"all"},"createdAt":1600000000}],`+
			`"meta":{"pagination":{"total":3,"count":3,"per_page":100,"current_page":1,"total_pages":1}}}`)

	// A role outlives the last user that had it.
	s.do("PUT /users/ann", `{"role":"boss"}`)
	s.do("POST /roles", `{"role":"made","name":"Made"}`)
	after := save(t, s.Sandbox)
	if !strings.HasPrefix(after,
		`{"role":"made","name":"Made","createdAt":1700000000}`+"\n"+`{"role":"chief","name":"chief","createdAt":1600000003}`) {
		t.Errorf("saved roles: %s", after)
	}
	again := serve(t, Config{}, after)
	if got := save(t, again.Sandbox); got != after {
		t.Errorf("saved again\n%s\nwant\n%s", got, after)
	}
}

func TestLoadIsLenient(t *testing.T) {
	s := serve(t, Config{},
		`{"uid":"MiXed","name":"`+strings.Repeat("n",
			200)+`","avatar":"not a url","role":"Chief","createdAt":"1600000000","updatedAt":null,"deactivatedAt":0,"metadata":"{\"a\": 1}","tags":["x","x"],"conversationId":"c","authToken":"t"}`,
		`{"uid":"min","name":"Min","metadata":null}`)
	want := `{"uid":"min","name":"Min","status":"offline","role":"default","createdAt":1700000000,"tags":[]}` + "\n" +
		`{"uid":"mixed","name":"` + strings.Repeat("n", 200) +
		`","avatar":"not a url","metadata":{"a":1},"status":"offline","role":"chief","createdAt":1600000000,"tags":["x"]}` + "\n"
	if got := save(t, s.Sandbox); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := s.Load(strings.NewReader(ann)); err != nil || s.user("ann") != ann || s.store.index.n != 3 {
		t.Errorf("a second load: %v", err)
	}
}

func TestLoadErrors(t *testing.T) {
	for text, want := range map[string]string{
		ann + "\n\n{":                                           "line 3: not a JSON object",
		ann + "\n" + bob + "\n" + ann:                           `line 3: uid "ann" is in line 1 already`,
		`{"uid":"old","name":"O"}`:                              `line 1: uid "old" exists already`,
		`{}`:                                                    "line 1: neither uid nor role",
		`{"uid":"a b","name":"A"}`:                              `line 1: uid "a b": only a-z 0-9 - _ are allowed`,
		`{"uid":"a"}`:                                           `line 1: uid "a": no name`,
		`{"uid":"a","name":"A","role":"x y"}`:                   `line 1: role "x y": only`,
		`{"uid":"a","name":"A","createdAt":"x"}`:                `line 1: createdAt: "x" is not a time`,
		`{"uid":"a","name":"A","metadata":[1]}`:                 `line 1: metadata: not an object`,
		`{"uid":"a","name":"A","tags":"x"}`:                     `line 1: tags: not a list`,
		`{"uid":"a","name":"A","tags":[1]}`:                     `line 1: tags: 1 is not a string`,
		`{"uid":7,"name":"A"}`:                                  `line 1: uid: not a string`,
		`{"uid":"a","name":"A","role":"@"}`:                     `line 1: role "@": only`,
		`{"raw":[]}`:                                            `line 1: raw: not an object`,
		`{"raw":{"uid":"a"},"uid":"a"}`:                         `line 1: raw: has to be the only key in its line`,
		`{"raw":{"uid":"a"}}` + "\n" + `{"uid":"a","name":"A"}`: `line 2: uid "a" is in line 1 already`,
		`{"role":"@agentic"}`:                                   `line 1: role "@agentic": only`,
		`{"uid":"a","name":"A","bot":true}`:                     `line 1: bot: not an object`,
		`{"uid":"a","name":"A","bot":{"isAIBot":1}}`:            `line 1: bot: isAIBot: neither true nor false`,
		`{"role":"a","bot":{}}`:                                 `line 1: a bot without uid`,
		`{"role":"a","settings":[]}`:                            `line 1: json: cannot unmarshal array into Go struct field role.settings`,
		`[]`:                                                    `line 1: not a JSON object`,
		"{\"uid\":\"a\",\"name\":\"\xff\"}":                     "line 1: not UTF-8",
		ann + "\n" + strings.Repeat("x", 2<<20):                 "line 2: over 1048576 bytes",
	} {
		s := serve(t, Config{}, `{"uid":"old","name":"O"}`)
		err := s.Load(strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", text, err, want)
		}
		if s.store.index.n != 1 || len(s.store.users) != 1 || len(s.roles) != 1 {
			t.Errorf("%.60s: something was added", text)
		}
	}
	s := New(Config{})
	broken := errors.New("broken")
	if err := s.Load(io.MultiReader(strings.NewReader(ann+"\n"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("a reader that breaks: %v", err)
	}
}

// many is n users as lines, newest first.
func many(n int) *bytes.Buffer {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"uid":"user-%07d","name":"Álvaro Example %d","link":"https://people.example.org/staff/%d","avatar":"https://cdn.example.org/a/%d.png",`+
			`"metadata":{"email":"user%d@example.org","department":"Sales and Marketing","site":"Porto","@private":{"phone":"+351 22 000 000","grade":%d}},`+
			`"status":"offline","role":"staff","statusMessage":"At the desk","lastActiveAt":%d,"createdAt":%d,"updatedAt":1700000000,"tags":["emea","sales","t%d"]}`+"\n",
			n-i, i, i, i, i, i%9, 1690000000-i, 1680000000-i, i%50)
	}
	return &b
}

func TestLoadManyInBlocks(t *testing.T) {
	text := many(3000).String() // several blocks of lines
	s := serve(t, Config{}, text)
	got, want := strings.Split(save(t, s.Sandbox), "\n"), strings.Split(text, "\n")
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("line %d\n got %s\nwant %s", i+1, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d", len(got), len(want))
	}
	err := New(Config{}).Load(strings.NewReader(text + "\n" + text))
	if err == nil || !strings.Contains(err.Error(), "line 3002: uid ") {
		t.Errorf("the number of a late line: %v", err)
	}
}

func TestSaveWithLag(t *testing.T) {
	s := serve(t, Config{ListLag: time.Hour}, ann, bob)
	s.do("POST /users", `{"uid":"new","name":"New"}`)
	s.do("DELETE /users/bob", `{"permanent":true}`)
	want := `{"uid":"new","name":"New","status":"offline","role":"default","createdAt":1700000000,"tags":[]}` + "\n" + ann + "\n"
	if got := save(t, s.Sandbox); got != want {
		t.Errorf("saved\n%s\nwant\n%s", got, want)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestSaveFails(t *testing.T) {
	if err := serve(t, Config{}, ann).Save(fullDisk{}); err == nil || err.Error() != "disk full" {
		t.Errorf("got %v", err)
	}
}

// TestRawUsers are shown as they are, which is how a client meets what the
// service let in at some time.
func TestRawUsers(t *testing.T) {
	state := strings.Join([]string{
		`{"raw":{"uid":"Anna.B","name":null,"role":7,"createdAt":1700000009,"metadata":"x","tags":"a,b"}}`,
		`{"raw":{"uid":"x.y","name":"X","createdAt":1700000008,"metadata":[1]}}`,
		`{"raw":{"uid":5,"createdAt":1700000007}}`,
		`{"raw":{}}`, ann}, "\n") + "\n"
	s := serve(t, Config{}, state)
	if got := save(t, s.Sandbox); got != state {
		t.Errorf("saved\n%s\nwant\n%s", got, state)
	}
	first := `{"data":[{"uid":"Anna.B","name":null,"role":7,"createdAt":1700000009,"metadata":"x"`
	rest := `},{"uid":"x.y","name":"X","createdAt":1700000008,"metadata":[1]},{"uid":5,"createdAt":1700000007},{},{"uid":"ann",`
	if res := s.do("GET /users", ""); !strings.HasPrefix(res.body, first+rest) {
		t.Errorf("listed: %s", res.body)
	}
	if res := s.do("GET /users?withTags=true", ""); !strings.HasPrefix(res.body, first+`,"tags":"a,b"`+rest) {
		t.Errorf("listed with tags: %s", res.body)
	}
	s.wantError("GET /users/Anna.B", "", 404, "ERR_UID_NOT_FOUND") // the service looks lower case up
	s.want("GET /users/X.Y", "", 200, `{"data":{"uid":"x.y","name":"X","createdAt":1700000008,"metadata":[1]}}`)
	s.want("DELETE /users", `{"uidsToDeactivate":["x.y","Anna.B"]}`, 200, `{"data":{"deactivatedUids":["x.y"],"notFound":["Anna.B"]}}`)
}

func TestEmptyLists(t *testing.T) {
	s := serve(t, Config{EmptyLists: true}, `{"uid":"a","name":"A","metadata":[]}`)
	for _, c := range []struct{ sent, kept string }{
		{`{}`, `[]`},
		{`{"a":{},"b":[{}],"c":{"d":{ }},"e":"{}\"{}"}`, `{"a":[],"b":[[]],"c":{"d":[]},"e":"{}\"{}"}`},
	} {
		for _, call := range []string{"PUT /users/a", "PUT /me"} {
			token := s.issue("a", noon)
			if res := s.do(call, `{"metadata":`+c.sent+`}`, "authToken", token.AuthToken); !strings.Contains(res.body,
				`"metadata":`+c.kept+`,`) {
				t.Errorf("%s: %s became %s", call, c.sent, res.body)
			}
		}
	}
	state := save(t, s.Sandbox)
	if again := save(t, serve(t, Config{}, state).Sandbox); again != state {
		t.Errorf("saved again\n%s\nwant\n%s", again, state)
	}
	s.do("POST /data_import/users", `{"users":{"b":{"uid":"b","name":"B","metadata":{}}}}`)
	if got := s.user("b"); !strings.Contains(got, `"metadata":[]`) {
		t.Errorf("imported: %s", got)
	}
}
