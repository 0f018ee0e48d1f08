package diff

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

var clears = user.Rules{EmptyClears: true}

func TestFields(t *testing.T) {
	run(t, []planCase{
		{
			name: "a field without a column is left alone", header: "uid|name", rows: []string{"anna|Anna K"},
			remote: []string{`anna|Anna|chef|a,b||{"dept":"Sales"}|hello|https://a.example/1`},
			want: `
				update anna (fields differ)
				  name: "Anna" -> "Anna K"`,
		},
		{
			name: "nothing but a uid", header: "uid", rows: []string{"anna"},
			remote: []string{`anna|Anna|chef|a,b||{"dept":"Sales"}|hello|https://a.example/1`},
			want:   `unchanged 1`,
		},
		{
			name: "an empty cell keeps", header: "uid|name|role|tags|metadata|metadata.dept|statusMessage|avatar",
			rows: []string{"anna|||||||"}, remote: []string{`anna|Anna|chef|a,b||{"dept":"Sales"}|hello|https://a.example/1`},
			want: `unchanged 1`,
		},
		{
			name: "an empty cell clears", rules: clears, header: "uid|name|role|tags|metadata.dept|statusMessage|avatar",
			rows: []string{"anna|Anna|||||"}, remote: []string{`anna|Anna|chef|a,b||{"dept":"Sales"}|hello|https://a.example/1`},
			want: `
				update anna (fields differ)
				  avatar: "https://a.example/1" -> nothing
				  role: "chef" -> "default"
				  tags: ["a","b"] -> nothing
				  statusMessage: "hello" -> nothing
				  metadata: {"dept":"Sales"} -> nothing`,
		},
		{
			name: "an empty cell clears the whole object", rules: clears, header: "uid|metadata", rows: []string{"anna|", "bob|"},
			remote: []string{`anna|Anna||||{"dept":"Sales"}`, "bob|Bob"},
			want: `
				update anna (fields differ)
				  metadata: {"dept":"Sales"} -> nothing
				unchanged 1`,
		},
		{
			name: "nothing to clear", rules: clears, header: "uid|name|role|tags|metadata.dept|metadata.a.b|statusMessage|avatar",
			rows:   []string{"anna|Anna|||||||", "bob|Bob|||||||"},
			remote: []string{`anna|Anna|default|||{"site":"Berlin","a":{"c":1}}`, "bob|Bob"},
			want:   `unchanged 2`,
		},
		{
			name: "a creation has nothing to clear", rules: clears, header: "uid|name|role|tags|metadata.dept|statusMessage|avatar",
			rows: []string{"anna|Anna|||||"},
			want: `
				create anna (not in the app)
				  name: nothing -> "Anna"
				  role: nothing -> "default"`,
		},
		{
			name: "texts are compared as they are normalised", header: "uid|name|statusMessage", rows: []string{"anna|Zo\u00eb  K|in"},
			remote: []string{"anna|Zoe\u0308 K||||| in "},
			want:   `unchanged 1`,
		},
		{
			name: "case is content", header: "uid|name", rows: []string{"anna|anna"}, remote: []string{"anna|Anna"},
			want: `
				update anna (fields differ)
				  name: "Anna" -> "anna"`,
		},
		{
			name: "roles without regard to case", header: "uid|role", rows: []string{"anna|Chef", "bob|default", "eve|chef"},
			remote: []string{"anna|Anna|CHEF", "bob|Bob", "eve|Eve|DEFAULT"},
			want: `
				update eve (fields differ)
				  role: "DEFAULT" -> "chef"
				unchanged 2`,
		},
	})
}

func TestTags(t *testing.T) {
	merge := Policy{MergeTags: true}
	run(t, []planCase{
		{
			name: "are sets", header: "uid|tags", rows: []string{"anna|b;a;b", "bob|x"},
			remote: []string{"anna|Anna||a,b", "bob|Bob|| x ,x"},
			want:   `unchanged 2`,
		},
		{
			name: "replace", header: "uid|tags", rows: []string{"anna|c;a"}, remote: []string{"anna|Anna||b,a"},
			want: `
				update anna (fields differ)
				  tags: ["b","a"] -> ["a","c"]`,
		},
		{
			name: "merge", header: "uid|tags", policy: merge, rows: []string{"anna|c;a", "bob|a"}, remote: []string{"anna|Anna||b,a",
				"bob|Bob||a,b"},
			want: `
				update anna (fields differ)
				  tags: ["b","a"] -> ["a","b","c"]
				unchanged 1`,
		},
		{
			name: "merge at creation", header: "uid|name|tags", policy: merge, rows: []string{"anna|Anna|c;a"},
			want: `
				create anna (not in the app)
				  name: nothing -> "Anna"
				  tags: nothing -> ["a","c"]`,
		},
		{
			name: "cleared even when merging", rules: clears, header: "uid|tags", policy: merge, rows: []string{"anna|"},
			remote: []string{"anna|Anna||b,a"},
			want: `
				update anna (fields differ)
				  tags: ["b","a"] -> nothing`,
		},
		{
			name: "as many as are allowed", header: "uid|tags", policy: merge, rows: []string{"anna|t25"}, remote: []string{"anna|Anna||" +
				numbered(24)},
			want: `
				update anna (fields differ)
				  tags: ` + tagsJSON(24) + ` -> ` + tagsJSON(25),
		},
		{
			name: "one more", header: "uid|tags", policy: merge, rows: []string{"anna|t26", "bob|"}, remote: []string{"anna|Anna||" +
				numbered(25), "bob|Bob"},
			want: `
				held anna by staff.csv:2
				reject anna: tags tags-too-many
				unchanged 1`,
		},
		{
			name: "too many in the app, and nothing to add", header: "uid|tags", policy: merge, rows: []string{"anna|t01"},
			remote: []string{"anna|Anna||" + numbered(30)},
			want:   `unchanged 1`,
		},
	})
}

func numbered(n int) string {
	var tags []string
	for i := range n {
		tags = append(tags, fmt.Sprintf("t%02d", i+1))
	}
	return strings.Join(tags, ",")
}

func tagsJSON(n int) string { return user.JSON(strings.Split(numbered(n), ",")) }

var metadataReplace = Policy{ReplaceMetadata: true}

var metadataCases = []planCase{
	{
		name: "merges on every level", header: "uid|metadata", rows: []string{`anna|{"a":{"b":{"c":1}},"x":"new"}`},
		remote: []string{`anna|Anna||||{"a":{"b":{"d":2},"e":3},"x":"old","y":[1]}`},
		want: `
			update anna (fields differ)
			  metadata: {"a":{"b":{"d":2},"e":3},"x":"old","y":[1]} -> {"a":{"b":{"c":1,"d":2},"e":3},"x":"new","y":[1]}`,
	},
	{
		name: "merges cells by key path", header: "uid|metadata.a.b|metadata.x", rows: []string{"anna|new|"},
		remote: []string{`anna|Anna||||{"a":{"b":"old","c":1},"x":1}`},
		want: `
			update anna (fields differ)
			  metadata: {"a":{"b":"old","c":1},"x":1} -> {"a":{"b":"new","c":1},"x":1}`,
	},
	{
		name: "cells lie over the object", header: "uid|metadata|metadata.a", rows: []string{`anna|{"a":1,"b":2}|cell`},
		remote: []string{"anna|Anna"},
		want: `
			update anna (fields differ)
			  metadata: nothing -> {"a":"cell","b":2}`,
	},
	{
		name: "what is there already, with more beside it", header: "uid|metadata", rows: []string{`anna|{"a":{"b":1}}`},
		remote: []string{`anna|Anna||||{"z":[],"a":{"c":2,"b":1.0}}`},
		want:   `unchanged 1`,
	},
	{
		name: "replace", header: "uid|metadata", policy: metadataReplace, rows: []string{`anna|{"a":1}`, `bob|{"a":1}`, "eve|"},
		remote: []string{`anna|Anna||||{"a":1,"b":2}`, `bob|Bob||||{"a":1.0}`, `eve|Eve||||{"a":1}`},
		want: `
			update anna (fields differ)
			  metadata: {"a":1,"b":2} -> {"a":1}
			unchanged 2`,
	},
	{
		name: "replace by cells", header: "uid|metadata.a", policy: metadataReplace, rows: []string{"anna|1",
			"bob|1"}, remote: []string{`anna|Anna||||{"a":1,"b":2}`, `bob|Bob||||{"a":1}`},
		want: `
			update anna (fields differ)
			  metadata: {"a":1,"b":2} -> {"a":1}
			unchanged 1`,
	},
	{
		name: "replace around empty cells", header: "uid|metadata.a|metadata.b.c", policy: metadataReplace,
		rows:   []string{"anna||1", "bob|1|"},
		remote: []string{`anna|Anna||||{"a":1,"b":{"c":1},"z":0}`, `bob|Bob||||{"a":1,"b":{"c":2,"d":3}}`},
		want: `
			update anna (fields differ)
			  metadata: {"a":1,"b":{"c":1},"z":0} -> {"a":1,"b":{"c":1}}
			update bob (fields differ)
			  metadata: {"a":1,"b":{"c":2,"d":3}} -> {"a":1,"b":{"c":2}}`,
	},
	{
		name: "replace around an empty object cell", header: "uid|metadata|metadata.a", policy: metadataReplace, rows: []string{"anna||2"},
		remote: []string{`anna|Anna||||{"a":1,"z":0}`},
		want: `
			update anna (fields differ)
			  metadata: {"a":1,"z":0} -> {"a":"2","z":0}`,
	},
	{
		name: "a number written in another way", header: "uid|metadata.a", rows: []string{"anna|42", "bob|042", "eve|4.2e1"},
		remote: []string{`anna|Anna||||{"a":42.0}`, `bob|Bob||||{"a":42}`, `eve|Eve||||{"a":42}`},
		want: `
			update bob (fields differ)
			  metadata: {"a":42} -> {"a":"042"}
			unchanged 2`,
	},
	{
		name: "replace with the empty object", header: "uid|metadata", policy: metadataReplace, rows: []string{"anna|{}",
			"bob|{}"}, remote: []string{`anna|Anna||||{"a":1}`, `bob|Bob||||"text"`},
		want: `
			update anna (fields differ)
			  metadata: {"a":1} -> nothing
			update bob (fields differ)
			  metadata: "text" -> nothing`,
	},
	{
		name: "private", header: "uid|metadata.@private.iban", rows: []string{"anna|DE2", "bob|DE2"},
		remote: []string{`anna|Anna||||{"@private":{"iban":"DE1","note":"x"},"a":1}`, `bob|Bob||||{"@private":{"iban":"DE2"}}`},
		want: `
			update anna (fields differ)
			  metadata: {"@private":{"iban":"DE1","note":"x"},"a":1} -> {"@private":{"iban":"DE2","note":"x"},"a":1}
			unchanged 1`,
	},
	{
		name: "a cell that reads like the number, the boolean, the string", header: "uid|metadata.n", rows: []string{"anna|42", "bob|true",
			"eve|42"},
		remote: []string{`anna|Anna||||{"n":42}`, `bob|Bob||||{"n":true}`, `eve|Eve||||{"n":"42"}`},
		want:   `unchanged 3`,
	},
	{
		name: "a cell that reads otherwise is text", header: "uid|metadata.n", rows: []string{"anna|43",
			"bob|42"}, remote: []string{`anna|Anna||||{"n":42}`, "bob|Bob"},
		want: `
			update anna (fields differ)
			  metadata: {"n":42} -> {"n":"43"}
			update bob (fields differ)
			  metadata: nothing -> {"n":"42"}`,
	},
	{
		name: "an object tells numbers from texts, and not how they are written", header: "uid|metadata", rows: []string{`anna|{"n":"42"}`,
			`bob|{"n":4.2e1}`, `eve|{"n":9007199254740993}`},
		remote: []string{`anna|Anna||||{"n":42}`, `bob|Bob||||{"n":42}`, `eve|Eve||||{"n":9007199254740992}`},
		want: `
			update anna (fields differ)
			  metadata: {"n":42} -> {"n":"42"}
			update eve (fields differ)
			  metadata: {"n":9007199254740992} -> {"n":9007199254740993}
			unchanged 1`,
	},
	{
		name: "a cleared key takes the object that it empties with it", rules: clears, header: "uid|metadata.a.b", rows: []string{"anna|",
			"bob|", "eve|"},
		remote: []string{`anna|Anna||||{"a":{"b":1}}`, `bob|Bob||||{"a":{"b":1,"c":2}}`, `eve|Eve||||{"a":5}`},
		want: `
			update anna (fields differ)
			  metadata: {"a":{"b":1}} -> nothing
			update bob (fields differ)
			  metadata: {"a":{"b":1,"c":2}} -> {"a":{"c":2}}
			unchanged 1`,
	},
	{
		name: "a value that gives way to an object", header: "uid|metadata.a.b", rows: []string{"anna|1",
			"bob|1"}, remote: []string{`anna|Anna||||{"a":"text"}`, `bob|Bob||||{"a":null}`},
		want: `
			update anna (fields differ)
			  metadata: {"a":"text"} -> {"a":{"b":"1"}}
			update bob (fields differ)
			  metadata: {"a":null} -> {"a":{"b":"1"}}`,
	},
	{
		name: "the app's is not an object", header: "uid|metadata.a", rows: []string{"anna|1", "bob|1", "eve|1"},
		remote: []string{`anna|Anna||||"text"`, `bob|Bob||||[]`, `eve|Eve||||null`},
		want: `
			update anna (fields differ)
			  metadata: "text" -> {"a":"1"}
			update bob (fields differ)
			  metadata: [] -> {"a":"1"}
			update eve (fields differ)
			  metadata: null -> {"a":"1"}`,
	},
	{
		name: "nothing to clear in what is not an object", rules: clears, header: "uid|metadata.a", rows: []string{"anna|", "bob|", "eve|"},
		remote: []string{`anna|Anna||||"text"`, `bob|Bob||||[]`, `eve|Eve||||null`},
		want:   `unchanged 3`,
	},
	{
		name: "what is not an object is cleared as a whole", rules: clears, header: "uid|metadata", rows: []string{"anna|", "bob|", "eve|"},
		remote: []string{`anna|Anna||||"text"`, `bob|Bob||||[]`, `eve|Eve||||{}`},
		want: `
			update anna (fields differ)
			  metadata: "text" -> nothing
			unchanged 2`,
	},
}

func TestMetadata(t *testing.T) {
	run(t, metadataCases)
}

func TestMetadataTooLarge(t *testing.T) {
	// {"a":"…","b":"…"} with 15 bytes around the two texts.
	remote := difftest.Listing("uid|name|metadata", `anna|Anna|{"a":"`+strings.Repeat("a", 3000)+`"}`, "bob|Bob|")
	for _, c := range []struct {
		n    int
		want string
	}{
		{user.MaxMetadata - 15 - 3000, ""},
		{user.MaxMetadata - 15 - 3000 + 1, "held anna by staff.csv:2\nreject anna: metadata metadata-too-large\nunchanged 1\n"},
	} {
		cell := strings.Repeat("b", c.n)
		p := compute(t, difftest.NewRoster(user.Rules{}, "uid|metadata.b", "anna|"+cell, "bob|"), remote, Policy{})
		if c.want != "" {
			want(t, p, c.want)
		} else if len(p.Operations) != 1 || len(p.Operations[0].Changes[0].After) != user.MaxMetadata {
			t.Errorf("with %d bytes the plan is\n%s", c.n, show(p))
		}
		p = compute(t, difftest.NewRoster(user.Rules{}, "uid|metadata.b", "anna|"+cell, "bob|"), remote, Policy{ReplaceMetadata: true})
		if p.Count(plan.Update) != 1 {
			t.Errorf("replaced by %d bytes the plan is\n%s", c.n, show(p))
		}
	}
}

func TestBodyTooLarge(t *testing.T) {
	const address = "https://a.example/"
	row := func(n int) string {
		return "anna|Anna|" + address + strings.Repeat("a", 2900) + "|" + address + strings.Repeat("b", 2900) + "|" + strings.Repeat("c", n)
	}
	const header = "uid|name|avatar|link|statusMessage"
	body := len(user.JSON(user.Object{"uid": "anna", "name": "Anna", "avatar": address + strings.Repeat("a", 2900), "link": address +
		strings.Repeat("b", 2900), "statusMessage": ""}))
	fits := user.MaxBody - body
	if p := compute(t, difftest.NewRoster(user.Rules{}, header, row(fits)), nil, Policy{}); p.Count(plan.Create) != 1 {
		t.Errorf("a body of exactly what is allowed: the plan is\n%s", show(p))
	}
	over := difftest.NewRoster(user.Rules{}, header, row(fits+1), "bob|Bob")
	p := compute(t, over, difftest.Listing("uid|name", "bob|Bob"), Policy{})
	want(t, p, `
		reject anna:  body-too-large
		unchanged 1`)
	// An update is a request of another kind.
	if p := compute(t, over, difftest.Listing("uid|name", "anna|Anna", "bob|Bob"), Policy{}); p.Count(plan.Update) != 1 {
		t.Errorf("the update's plan is\n%s", show(p))
	}
}

// A defect says what to do, and the reject carries the row for rejects.csv.
func TestRejectsAgainstTheApp(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|role|metadata.b|tags", "zoe||||", "anna|Anna|chef||", "bob|Bob||"+strings.Repeat("b",
		4000)+"|", "eve|Eve|||q")
	users := difftest.Listing("uid|name|metadata|tags", "anna|Anna||", `bob|Bob|{"a":"`+strings.Repeat("a", 4000)+`"}|`,
		"eve|Eve||"+numbered(25))
	p := compute(t, r, users, Policy{Roles: []string{}, MergeTags: true})
	for i, want := range []struct {
		uid, message string
		row          int
	}{
		{"anna", "--create-roles", 3}, {"bob", "--metadata replace", 4}, {"eve", "--tags replace", 5}, {"zoe", "fill it in", 2},
	} {
		if i >= len(p.Rejects) {
			t.Fatalf("there are %d rejects", len(p.Rejects))
		}
		got := p.Rejects[i]
		if got.UID != want.uid || got.Source.Row != want.row || !strings.Contains(got.Defects[0].Message, want.message) || len(got.Cells) != 5 {
			t.Errorf("reject %d is %+v, want %+v", i, got, want)
		}
	}
}

// Times are for those who are created: whoever is there is not compared by
// them, with or without prints.
func TestTimes(t *testing.T) {
	r := difftest.NewRoster(user.Rules{EmptyClears: true}, "uid|name|state|createdAt|lastActiveAt",
		"anna|Anna|active|1673421419|2023-01-11T07:17:05Z", "ben|Ben|active||1673421419000", "carl|Carl|active||",
		"same|Same|active|1673421419|1673421425", "named|Named|active|1673421419|1673421425",
		"back|Back|active|1673421419|", "gone|Gone|inactive|1673421419|")
	users := difftest.Listing("uid|name|state", "same|Same|", "named|Other|", "back|Back|deactivated", "gone|Gone|")
	for i := range users {
		users[i].CreatedAt, users[i].LastActiveAt = 1700000000, 1700000001
	}
	for _, roster := range []*difftest.Roster{r, r.InFull()} {
		want(t, compute(t, roster, users, Policy{}), `
			reactivate back (state column)
			create anna (not in the app)
			  name: nothing -> "Anna"
			  createdAt: nothing -> 1673421419
			  lastActiveAt: nothing -> 1673421425
			create ben (not in the app)
			  name: nothing -> "Ben"
			  lastActiveAt: nothing -> 1673421419
			create carl (not in the app)
			  name: nothing -> "Carl"
			update named (fields differ)
			  name: "Other" -> "Named"
			deactivate gone (state column)
			unchanged 1`)
	}
}

// An empty cell keeps what the app has, and a first name without the last one
// is not a name to write over a whole one; somebody new has no other.
func TestHalfAName(t *testing.T) {
	rows := []string{"anna|Anna||a.example", "ben||Berg|", "cleo|Cleo|Lang|", "dora||Maus|", "emil|||", "fee|Fee||"}
	remote := difftest.Listing("uid|name|role|state", "anna|Anna Kim", "ben|Ben Berg", "cleo|C. Lang", "emil|Emil Eck",
		"fee|Fee Fey||deactivated")
	r := difftest.NewRoster(user.Rules{}, "uid|first|last|statusMessage", rows...)
	text := `
		reactivate fee (in the roster)
		create dora (not in the app)
		  name: nothing -> "Maus"
		update anna (fields differ)
		  statusMessage: nothing -> "a.example"
		update cleo (fields differ)
		  name: "C. Lang" -> "Cleo Lang"
		unchanged 2`
	p := compute(t, r, remote, Policy{})
	want(t, p, text)
	want(t, compute(t, r.InFull(), remote, Policy{}), text)
	for uid, name := range map[string]string{"anna": "Anna Kim", "cleo": "Cleo Lang", "dora": "Maus", "fee": "Fee Fey"} {
		for _, o := range p.Operations {
			if o.UID == uid && o.Name != name {
				t.Errorf("%s is called %q, want %q", uid, o.Name, name)
			}
		}
	}
	want(t, compute(t, difftest.NewRoster(user.Rules{EmptyClears: true}, "uid|first|last|role", "anna|Anna||"), remote[:1], Policy{}), `
		update anna (fields differ)
		  name: "Anna Kim" -> "Anna"`)
}
