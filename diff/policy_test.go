package diff

import (
	"slices"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

func TestScope(t *testing.T) {
	people := []string{"anna|Anna|teacher|berlin", "bob|Bob|student|berlin", "eve|Eve||", "kim|Kim|teacher-aid|HR/Berlin|deactivated"}
	// Nobody of them is on the roster: who is in scope and active is to go.
	for _, c := range []struct {
		scope []string
		gone  string
	}{
		{nil, "anna bob eve"},
		{[]string{"role=teacher"}, "anna"},
		{[]string{"role=Teacher"}, "anna"},
		{[]string{"role=teacher", "role=student"}, "anna bob"},
		{[]string{"role=*e*t*"}, "bob eve"},
		{[]string{"role=default"}, "eve"},
		{[]string{"tag=berlin"}, "anna bob"},
		{[]string{"tag=Berlin"}, ""},
		{[]string{"role=student", "tag=berlin"}, "bob"},
		{[]string{"role=default", "tag=berlin"}, ""},
		{[]string{"uid=b*"}, "bob"},
		{[]string{"uid=B*", "uid=anna"}, "anna bob"},
		{[]string{"uid=[ae]*", "role=teacher"}, "anna"},
		{[]string{"uid=*", "tag=berlin", "role=student"}, "bob"},
		{[]string{"uid=x*"}, ""},
	} {
		scope, err := ParseScope(c.scope)
		if err != nil {
			t.Fatal(err)
		}
		p := compute(t, difftest.NewRoster(user.Rules{}, "uid|name", "x|X"), difftest.Listing(difftest.RemoteHeader, people...),
			Policy{Scope: scope})
		if got := uids(p.Of(plan.Deactivate)); got != c.gone {
			t.Errorf("in the scope %q, %q are gone, want %q", c.scope, got, c.gone)
		}
	}
}

var scopeTeachers = Policy{Scope: Scope{Roles: []string{"teacher"}}}
var scopeTagged = Policy{Scope: Scope{Tags: []string{"sync"}}}
var scopeProtected = Policy{Protect: Protect{UIDs: []string{"svc-*", "root"}, Roles: []string{"admin*"}}}
var scopeTenant = Policy{Scope: Scope{UIDs: []string{"acme_*"}}}
var scopeByDefault = Policy{Protect: Protect{Roles: []string{"default"}}}

var scopeCases = []planCase{
	{
		name: "out of scope in the app", policy: scopeTeachers, header: "uid|name|role|state",
		rows:   []string{"bob|Bob 2|student|", "eve|Eve|teacher|", "kim|Kim|student|left", "lou|Lou|student|active"},
		remote: []string{"anna|Anna|student", "bob|Bob|student", "eve|Eve|student", "kim|Kim|student", "lou|Lou|student||deactivated"},
		want: `guard scope-empty
			out of scope 5`,
	},
	{
		name: "of another tenant", policy: scopeTenant, header: "uid|name|state",
		rows:   []string{"acme_bob|Bob 2|", "acme_eve|Eve|", "other_kim|Kim|", "other_lou|Lou 2|left"},
		remote: []string{"acme_anna|Anna", "acme_bob|Bob", "other_lou|Lou", "other_ann|Ann", "acmeister|A"},
		want: `
			create acme_eve (not in the app)
			  name: nothing -> "Eve"
			update acme_bob (fields differ)
			  name: "Bob" -> "Bob 2"
			deactivate acme_anna (not in the roster)
			notice out-of-scope 1
			out of scope 3`,
	},
	{
		name: "out of scope on the roster", policy: scopeTeachers, header: "uid|name|role",
		rows: []string{"bob|Bob|student", "eve|Eve|", "kim|Kim|teacher"},
		want: `
			create kim (not in the app)
			  name: nothing -> "Kim"
			  role: nothing -> "teacher"
			notice out-of-scope 2`,
	},
	{
		name: "out of scope and held", policy: scopeTeachers, header: "uid|name|avatar", rows: []string{"bob|Bob|no", "anna|Anna|"},
		remote: []string{"bob|Bob|student", "anna|Anna|teacher"},
		want: `
			unchanged 1
			out of scope 1`,
	},
	{
		name: "by tags of either side", policy: scopeTagged, header: "uid|name|tags",
		rows:   []string{"anna|Anna 2|", "bob|Bob|sync;x", "eve|Eve|x", "kim|Kim 2|sync"},
		remote: []string{"anna|Anna||sync", "kim|Kim||x"},
		want: `
			create bob (not in the app)
			  name: nothing -> "Bob"
			  tags: nothing -> ["sync","x"]
			update anna (fields differ)
			  name: "Anna" -> "Anna 2"
			notice out-of-scope 1
			out of scope 1`,
	},
	{
		name: "protected uids", policy: scopeProtected, header: "uid|name|state",
		rows:   []string{"svc-a|A 2|", "svc-b|B|left", "svc-c|C|active", "svc-new|N|", "root|R 2|", "rooted|R 2|"},
		remote: []string{"svc-a|A", "svc-b|B", "svc-c|C|||deactivated", "svc-d|D", "root|R", "rooted|R"},
		want: `
			update rooted (fields differ)
			  name: "R" -> "R 2"
			notice protects-nobody 0
			notice out-of-scope 1
			protected 5`,
	},
	{
		name: "protected by the app's role", policy: scopeProtected, header: "uid|name|role|state",
		rows:   []string{"anna|Anna|teacher|", "bob|Bob|teacher|left", "eve|Eve|teacher|active"},
		remote: []string{"anna|Anna|admin", "bob|Bob|Admin-2", "eve|Eve|admin||deactivated", "kim|Kim|admin"},
		want: `notice protects-nobody 0
			notice protects-nobody 0
			protected 4`,
	},
	{
		name: "protected by the roster's role", policy: scopeProtected, header: "uid|name|role|state",
		rows:   []string{"anna|Anna|Admin|", "bob|Bob|admin|left", "eve|Eve|admin|active", "kim|Kim|admin|"},
		remote: []string{"anna|Anna|teacher", "bob|Bob|teacher", "eve|Eve|teacher||deactivated"},
		want: `
			notice protects-nobody 0
			notice protects-nobody 0
			notice out-of-scope 1
			protected 3`,
	},
	{
		name: "protected and held", policy: scopeProtected, header: "uid|name|avatar", rows: []string{"svc-a|A|no",
			"bob|Bob|"}, remote: []string{"svc-a|A", "bob|Bob"},
		want: `
			notice protects-nobody 0
			notice protects-nobody 0
			unchanged 1
			protected 1`,
	},
	{
		name: "a row without a role has none that is protected", policy: scopeByDefault, header: "uid|name|statusMessage",
		rows:   []string{"anna|Anna 2", "bob|Bob 2", "eve|Eve"},
		remote: []string{"anna|Anna|teacher", "bob|Bob"},
		want: `
			update anna (fields differ)
			  name: "Anna" -> "Anna 2"
			notice out-of-scope 1
			protected 1`,
	},
	{
		name: "an empty cell of a role has none either", policy: scopeByDefault, header: "uid|name|role", rows: []string{"anna|Anna 2|",
			"bob|Bob|default"}, remote: []string{"anna|Anna|teacher", "bob|Bob|teacher"},
		want: `
			update anna (fields differ)
			  name: "Anna" -> "Anna 2"
			protected 1`,
	},
}

func TestScopeAndProtectTouchNobody(t *testing.T) {
	run(t, scopeCases)
}

// TestWritableAgents is what an apply asks of a user who has become one since.
func TestWritableAgents(t *testing.T) {
	p := Policy{Bots: map[string]bool{"faq": true}}
	for _, c := range []struct {
		uid, role string
		want      bool
	}{
		{"ann", "", true}, {"ann", "default", true}, {"ann", "bot", true}, {"ann", "a@b", true}, {"faq", "", false},
		{"faq", "staff", false},
		{"0b7c", "@agentic", false}, {"0b7c", "@Agentic", false}, {"0b7c", "@", false}, {"faq2", "", true},
	} {
		p.ManageAgents = false
		u := user.User{UID: c.uid, Role: c.role}
		if got := p.Writable(&u); got != c.want {
			t.Errorf("%s, %q: %v", c.uid, c.role, got)
		}
		if p.ManageAgents = true; !p.Writable(&u) {
			t.Errorf("%s, %q is not managed", c.uid, c.role)
		}
	}
}

func TestParseScope(t *testing.T) {
	got, err := ParseScope([]string{"role= Staff-* ", "tag=HR  Berlin", "tag=a/*", "role=[a-c]x", "uid= Acme_* "})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Roles, []string{"[a-c]x", "staff-*"}) || !slices.Equal(got.Tags, []string{"HR Berlin", "a/*"}) ||
		!slices.Equal(got.UIDs, []string{"acme_*"}) || got.String() != "role=[a-c]x, role=staff-*, tag=HR Berlin, tag=a/*, uid=acme_*" {
		t.Errorf("the scope is %+v", got)
	}
	for _, bad := range []string{"", "role", "role=", "role= ", "tag=", "team=x", "=x", "role:x", "Role=x", "role=[x", `tag=x\`, "uid=",
		"uid=a b", "uid=ä*", "uid=[x"} {
		s, err := ParseScope([]string{"role=ok", bad})
		if err == nil || !strings.Contains(err.Error(), `scope "`) {
			t.Errorf("scope %q: err is %v", bad, err)
		}
		if len(s.Roles)+len(s.Tags)+len(s.UIDs) > 0 {
			t.Errorf("scope %q: what came before it is left: %+v", bad, s)
		}
	}
}

func TestParseProtect(t *testing.T) {
	got, err := ParseProtect([]string{" Root ", "svc-*", "role:Admin*", "bot_[0-9]", "role: team lead"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.UIDs, []string{"root", "svc-*", "bot_[0-9]"}) || !slices.Equal(got.Roles, []string{"admin*", "team lead"}) {
		t.Errorf("protected are %+v", got)
	}
	// What can match no uid is a slip of the pen, and would protect nobody.
	for _, bad := range []string{"", " ", "role:", "role: ", "role=admin", "tag:vip", "Role:admin", "anna@example.org", "Müller 7", "[a",
		"role:[a", `a\`} {
		p, err := ParseProtect([]string{"ok", bad})
		if err == nil || !strings.Contains(err.Error(), `protect "`) {
			t.Errorf("protect %q: err is %v", bad, err)
		}
		if len(p.UIDs)+len(p.Roles) > 0 {
			t.Errorf("protect %q: what came before it is left: %+v", bad, p)
		}
	}
}

func TestGlobs(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"a*", "abc", true},
		{"a*", "ba", false},
		{"a?c", "abc", true},
		{"[a-c]*", "bob", true},
		{"[^a-c]*", "bob", false},
		{"*", "", true},
		{"*", "HR/Berlin", true},
		{"HR*", "HR/Berlin/2", true},
		{"HR/*", "HR/Berlin", true},
		{"HR?Berlin", "HR/Berlin", true},
		{"HR/*", "HR-Berlin", false},
		{`\*`, "*", true},
		{`\*`, "x", false},
	} {
		if got := matchAny([]string{"never", c.pattern}, c.s); got != c.want {
			t.Errorf("%q matches %q: %v", c.pattern, c.s, got)
		}
	}
}

func TestParseLimit(t *testing.T) {
	for _, c := range []struct {
		text    string
		all     int
		limit   int
		limited bool
	}{
		{"none", 1000, 0, false},
		{"0", 1000, 0, true},
		{" 25 ", 1000, 25, true},
		{"0%", 1000, 0, true},
		{"10%", 1000, 100, true},
		{"10 %", 0, 0, true},
		{"10%", 1, 1, true},
		{"10%", 10, 1, true},
		{"10%", 11, 2, true},
		{"0.5%", 201, 2, true},
		{"33.3%", 1000, 333, true},
		{"0.1%", 5000000, 5000, true},
		{"2.2%", 1500, 33, true}, // 33.00000000000001 in floating point
		{"100%", 3, 3, true},
		{"150%", 4, 6, true},
		{"99999999999999999999", 5, 1<<31 - 1, true},
		{"99999999999999999999%", 5, 1<<31 - 1, true},
	} {
		l, err := guard.ParseLimit(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		n, ok := l.Of(c.all)
		if n != c.limit || ok != c.limited {
			t.Errorf("%q of %d is %d, %v, want %d, %v", c.text, c.all, n, ok, c.limit, c.limited)
		}
	}
	for _, bad := range []string{"", " ", "%", "ten", "-1", "-0", "-5%", "2.5", "1e3", "0x10", "1_000", "1,000", "+5", "NaN", "NaN%", "Inf",
		"10%%", "10percent", strings.Repeat("9", 400)} {
		if l, err := guard.ParseLimit(bad); err == nil {
			t.Errorf("%q reads as %+v", bad, l)
		}
	}
}

func uids(operations []plan.Operation) string {
	var out []string
	for _, o := range operations {
		out = append(out, o.UID)
	}
	return strings.Join(out, " ")
}

// A slip in --scope or --protect is told: it would look like success, night
// after night.
func TestSlipsAreTold(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|role", "anna|Anna|teacher", "new|New|cook")
	remote := difftest.Listing(difftest.RemoteHeader, "anna|Anna|teacher", "bob|Bob|driver")
	scope := Policy{Scope: Scope{Roles: []string{"drivr"}}}
	p := compute(t, r, remote, scope)
	if len(p.Guards) != 1 || p.Guards[0].Name != "scope-empty" || !strings.Contains(p.Guards[0].Message, "(role=drivr)") {
		t.Errorf("guards %v", p.Guards)
	}
	for _, role := range []string{"driver", "cook"} { // in the app; to be created
		if p := compute(t, r, remote, Policy{Scope: Scope{Roles: []string{role}}}); p.Refused() {
			t.Errorf("role %s: %v", role, p.Guards)
		}
	}
	p = compute(t, r, remote, Policy{Protect: Protect{UIDs: []string{"an*", "bobb", "new"}, Roles: []string{"driver", "drivr", "cook"}}})
	var told []string
	for _, n := range p.Notices {
		if n.Code == "protects-nobody" {
			told = append(told, strings.Fields(n.Message)[1])
		}
	}
	if got := strings.Join(told, " "); got != "bobb role:drivr" {
		t.Errorf("told of %q", got)
	}
}

// Whatever is of all columns, and changes what becomes of values, is told apart.
func TestWays(t *testing.T) {
	for name, change := range map[string]func(*Policy){
		"nothing": func(*Policy) {}, "a limit": func(p *Policy) { p.Max.Update = guard.Auto },
		"tags": func(p *Policy) { p.MergeTags = true }, "metadata": func(p *Policy) { p.ReplaceMetadata = true },
		"who is protected": func(p *Policy) { p.Protect.Roles = []string{"boss"} }, "agents": func(p *Policy) { p.ManageAgents = true },
		"roles": func(p *Policy) { p.CreateRoles = true },
	} {
		var was, is Policy
		change(&is)
		if same := was.Ways() == is.Ways(); same != (name == "nothing" || name == "a limit") {
			t.Errorf("%s: the same: %t", name, same)
		}
	}
}
