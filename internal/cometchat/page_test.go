package cometchat

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"cometsync/internal/jsontext"
	"cometsync/internal/user"
)

func TestPage(t *testing.T) {
	var p page
	err := p.decode(`
	{ "cursor" : {"updatedAt":1,"affix":"prepend"} , "data" : [
		{"uid":"Anna-K","name":"\u00c4nne \"K\" \ud83d\ude00 \/","avatar":null,"link":"https:\/\/x","role":"staff","status":"offline",
		 "statusMessage":"","metadata": {"a" : [1, {"b":null}], "@private":{}} ,"tags":["a","b\n"],"createdAt":"1638354015","updatedAt":1.6e9,
		 "lastActiveAt":null,"deactivatedAt":1673421419,"conversationId":[[{}]],"blockedByMe":false,"x":-0.5e-3},
		{"uid":12345,"name":true,"tags":null,"metadata":null,"createdAt":"soon"},
		{"uid":"c","tags":{"0":"x","2":"y"},"metadata":"{\"a\":1}"},
		{"uid":"d","tags":"only","metadata":[]},
		{"uid":"e","metadata":[1]}
	] , "meta":{"pagination":{"total":"12","count":5,"total_pages":3}}}
	`)
	if err != nil {
		t.Fatal(err)
	}
	has := user.FieldsOf(user.UID, user.Name, user.Avatar, user.Link, user.Role, user.StatusMessage, user.Metadata, user.Tags,
		user.CreatedAt, user.LastActiveAt)
	want := []user.User{
		{UID: "Anna-K", Odd: user.UID, Name: `Änne "K" 😀 /`, Link: "https://x", Role: "staff",
			Metadata: `{"a" : [1, {"b":null}], "@private":{}}`, Tags: []string{"a", "b\n"},
			CreatedAt: 1638354015, UpdatedAt: 1600000000, DeactivatedAt: 1673421419, Has: has},
		{UID: "12345 (not a text)", Odd: user.UID, Name: "true", Has: user.FieldsOf(user.UID, user.Name, user.Tags, user.Metadata,
			user.CreatedAt)},
		{UID: "c", Tags: []string{"x", "y"}, Metadata: `"{\"a\":1}"`, Odd: user.Metadata,
			Has: user.FieldsOf(user.UID, user.Tags, user.Metadata)},
		{UID: "d", Odd: user.Tags, Has: user.FieldsOf(user.UID, user.Metadata)},
		{UID: "e", Metadata: "[1]", Odd: user.Metadata, Has: user.FieldsOf(user.UID, user.Metadata)},
	}
	if o := p.users[0].Tokens; len(o) != 9 || o[0].Kind != jsontext.Object || o[1].Text != "a" || o[7].Text != "@private" {
		t.Errorf("metadata is taken apart as %+v", o)
	}
	p.users[0].Tokens = nil
	if !reflect.DeepEqual(p.users, want) {
		t.Errorf(" got %+v\nwant %+v", p.users, want)
	}
	if p.total != 12 || p.pages != 3 {
		t.Error(p.total, p.pages)
	}
	p.users[0].Tags = append(p.users[0].Tags, "z")
	if p.users[2].Tags[0] != "x" {
		t.Error("users write into each other's tags")
	}
}

// One odd user stops nobody else, and is called something that is not a uid, alike
// at every reading.
func TestPageOdd(t *testing.T) {
	long := strings.Repeat("a", 5000)
	for _, c := range []struct {
		item, called string // "" is just a
		odd          user.Field
	}{
		{`{"uid":"Anna","name":"A"}`, "Anna", user.UID},
		{`{"uid":"anna b","name":"A"}`, "anna b", user.UID},
		{`{"uid":"a.b","name":"A"}`, "a.b", user.UID},
		{`{"uid":"ä","name":"A"}`, "ä", user.UID},
		{`{"uid":" a","name":"A"}`, " a", user.UID},
		{`{"uid":"","name":"A","createdAt":7}`, "(no uid) A 7", user.UID},
		{`{"uid":null,"name":"A"}`, "(no uid) A 0", user.UID},
		{`{"name":"A"}`, "(no uid) A 0", user.UID},
		{`{"uid":17,"name":"A"}`, "17 (not a text)", user.UID},
		{`{"uid":true}`, "true (not a text)", user.UID},
		{`{"uid":["a"]}`, `["a"]`, user.UID},
		{`{"uid":{"a":[]},"name":null}`, `{"a":[]}`, user.UID},
		{`{"uid":"` + long + `"}`, long[:150] + "… ", user.UID},
		{`null`, "(no uid)  0", user.UID}, {`5`, "(no uid)  0", user.UID}, {`"a"`, "(no uid)  0", user.UID},
		{`[]`, "(no uid)  0", user.UID},
		{`{"uid":"a","name":null}`, "", user.Name}, {`{"uid":"a","name":{}}`, "", user.Name}, {`{"uid":"a","name":["A"]}`, "", user.Name},
		{`{"uid":"a","name":"A","tags":5}`, "", user.Tags}, {`{"uid":"a","tags":"x"}`, "", user.Tags}, {`{"uid":"a","tags":[["x"]]}`, "",
			user.Tags},
		{`{"uid":"a","tags":[{"x":1},"y"]}`, "", user.Tags}, {`{"uid":"a","tags":true}`, "", user.Tags},
		{`{"uid":"a","metadata":"x"}`, "", user.Metadata}, {`{"uid":"a","metadata":3}`, "", user.Metadata},
		{`{"uid":"a","metadata":[{}]}`, "", user.Metadata},
		{`{"uid":"a","metadata":{"k":1,"l":{},"k":1}}`, "", user.Metadata}, {`{"uid":"a","metadata":{"l":[{"k":1,"\u006b":2}]}}`, "",
			user.Metadata},
		{`{"uid":"a","metadata":{"k":` + strings.Repeat("[", 101) + strings.Repeat("]", 101) + `}}`, "", user.Metadata},
		{`{"uid":"a","metadata":{"k":{"k":1},"l":[{"k":1},{"k":1}]}}`, "", user.NoField},
		{`{"uid":"a","role":{}}`, "", user.Role}, {`{"uid":"a","avatar":[]}`, "", user.Avatar},
		{`{"uid":"a","link":{"x":1}}`, "", user.Link},
		{`{"uid":"a","statusMessage":[1]}`, "", user.StatusMessage},
		{`{"uid":"a"}`, "", user.NoField}, {`{"uid":"a","role":null,"avatar":null,"tags":null,"metadata":null,"statusMessage":null}`, "",
			user.NoField},
		{`{"uid":"a","metadata":[ ],"tags":{}}`, "", user.NoField},
	} {
		var p page
		if err := p.decode(`{"data":[{"uid":"x"},` + c.item + `,{"uid":"y"}]}`); err != nil || len(p.users) != 3 {
			t.Errorf("%.80s: %d users, %v", c.item, len(p.users), err)
			continue
		}
		called := c.called
		if called == "" {
			called = "a"
		}
		if u := p.users[1]; u.Odd != c.odd || !strings.HasPrefix(u.UID, called) || user.ValidUID(u.UID) != (c.called == "") ||
			len(u.UID) > 200 {
			t.Errorf("%.80s: %s, %.200q", c.item, u.Odd, u.UID)
		}
		if p.users[0].UID != "x" || p.users[2].UID != "y" || p.users[2].Odd != user.NoField {
			t.Errorf("%.80s: %+v", c.item, p.users)
		}
	}
}

// A page is read in the memory of the one before, and what was cloned of that stays as it is.
func TestPageIsOverwritten(t *testing.T) {
	var p page
	text := samplePage(1000)
	read := func(text string) {
		if err := p.decode(text); err != nil {
			t.Fatal(err)
		}
	}
	read(`{"data":[{"uid":"a","name":"first","link":"\/one","tags":["one"],"metadata":{"a":"\/"}}]}`)
	kept := p.users[0].Clone()
	if allocs := testing.AllocsPerRun(5, func() { read(text) }); allocs > 100 {
		t.Errorf("%v pieces of memory for a page of 1,000 users", allocs)
	}
	want := user.User{UID: "a", Name: "first", Link: "/one", Tags: []string{"one"}, Metadata: `{"a":"\/"}`, Has: kept.Has}
	if !reflect.DeepEqual(kept, want) {
		t.Errorf("%+v", kept)
	}
}

// Texts without escapes are the page's own: nothing is copied.
func TestPageSharesMemory(t *testing.T) {
	text := `{"data":[{"uid":"a","name":"plain"}]}`
	var p page
	if err := p.decode(text); err != nil {
		t.Fatal(err)
	}
	if name := p.users[0].Name; unsafe.StringData(name) != unsafe.StringData(text[strings.Index(text, "plain"):]) {
		t.Error("copied")
	}
}

// However a page is cut off or damaged, it is an error or still the same JSON.
func TestPageDamaged(t *testing.T) {
	text := samplePage(3)
	var p page
	for i := range text {
		if p.decode(text[:i]) == nil {
			t.Fatalf("accepted, cut off at %d", i)
		}
		for _, damaged := range []string{text[:i] + text[i+1:], text[:i] + "\xff" + text[i+1:], text[:i] + "\x00" + text[i+1:], text[:i] +
			"}" + text[i+1:]} {
			if p.decode(damaged) == nil && !json.Valid([]byte(damaged)) {
				t.Fatalf("accepted, damaged at %d: %.80q", i, damaged[max(i-20, 0):])
			}
		}
	}
	for _, bad := range []string{
		`{"data":[{"uid":"a","x":"\x"}]}`, `{"data":[{"uid":"a","x":"\u12G4"}]}`, "{\"data\":[{\"uid\":\"a\",\"x\":\"\n\"}]}",
		"{\"data\":[{\"uid\":\"a\",\"x\":\"\xff\"}]}",
		`{"data":[{"uid":"a","x":01}]}`, `{"data":[{"uid":"a","x":1.}]}`, `{"data":[{"uid":"a","x":--1}]}`,
		`{"data":[{"uid":"a","x":nul}]}`,
		`{"data":[{"uid":"a","x":}]}`,
		`{"data":[{"uid":"a",}]}`, `{"data":[{"uid":"a"},]}`, `{"data":[{"uid":"a"}]}{}`, `{"data":[5]}`,
		`{"data":[{"uid":"a"}],"data":[]}`,
		"\ufeff" + `{"data":[]}`,
		`{"data":[{"name":"A"},{"id":"b"},null]}`,
		`{"data":[{"uid":"a","x":` + strings.Repeat("[", 1e6) + strings.Repeat("]", 1e6) + `}]}`,
	} {
		if p.decode(bad) == nil {
			t.Errorf("accepted: %.60s", bad)
		}
	}
}

// FuzzPage holds the decoder against encoding/json: what it takes is JSON, and
// reads the same.
func FuzzPage(f *testing.F) {
	f.Add(samplePage(2))
	f.Add(`{"data":[{"uid":"a","name":"\ud800\u0041","tags":["\\"],"metadata":{"a":1e5}}],"meta":null}`)
	f.Add(`{"data":[{"uid":"a","name":"1","createdAt":"12"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var p page
		if p.decode(text) != nil {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("took what is not JSON: %q", text)
		}
		// Into maps: encoding/json takes a struct's keys in any letter case.
		var answer map[string]json.RawMessage
		var want []map[string]any
		if json.Unmarshal([]byte(text), &answer) != nil || json.Unmarshal(answer["data"], &want) != nil || len(want) != len(p.users) {
			return
		}
		if strings.Count(text, `"name"`) > len(p.users) || strings.Contains(text, `\u00`) {
			return // keys that stand twice
		}
		for i, u := range p.users {
			if s, ok := want[i]["name"].(string); ok && s != u.Name {
				t.Fatalf("name %q, not %q", u.Name, s)
			}
		}
	})
}

// samplePage is a page as the service would give it.
func samplePage(n int) string {
	var b strings.Builder
	b.WriteString(`{"data":[`)
	names := []string{"Anna Müller", "Bert O'Neil", `Cleo Garc\u00eda`, "Dora Schmidt", `He said \"hi\"`}
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		link := fmt.Sprintf("https://app.example.com/u/user-%06d", i)
		if i%4 == 0 {
			link = strings.ReplaceAll(link, "/", `\/`)
		}
		fmt.Fprintf(&b, `{"uid":"user-%06d","name":"%s","link":"%s","avatar":"https://cdn.example.com/avatars/user-%06d.png","metadata":{"email":"user-%d@example.com","department":"Mathematics","@private":{"email":"u%d@home.example.org","phone":"+49 30 %07d"}},"status":"offline","role":"teacher","statusMessage":"In a meeting until three o'clock","createdAt":%d,"updatedAt":1638354799,"lastActiveAt":1673421425,"tags":["year-%d","group-b"]}`,
			i, names[i%len(names)], link, i, i, i, i, 1638354015-i, i%13)
	}
	fmt.Fprintf(&b, `],"meta":{"pagination":{"total":1000000,"count":%d,"per_page":1000,"current_page":1,"total_pages":1000},"cursor":{"updatedAt":1638354799,"affix":"append"}}}`, n)
	return b.String()
}

func BenchmarkPage(b *testing.B) {
	body := []byte(samplePage(1000))
	b.Run("cometchat", func(b *testing.B) {
		var p page
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if err := p.decode(string(body)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var p struct {
				Data []struct {
					UID, Name, Avatar, Link, Role, StatusMessage      string
					Tags                                              []string
					Metadata                                          json.RawMessage
					CreatedAt, UpdatedAt, LastActiveAt, DeactivatedAt int64
				}
				Meta json.RawMessage
			}
			if err := json.Unmarshal(body, &p); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestSamplePage(t *testing.T) {
	var p page
	if err := p.decode(samplePage(1000)); err != nil || len(p.users) != 1000 || p.users[999].UID != "user-000999" ||
		!slices.Equal(p.users[1].Tags, []string{"year-1", "group-b"}) {
		t.Error(err, len(p.users))
	}
}
