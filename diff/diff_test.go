package diff

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

type planCase struct {
	name   string
	rules  user.Rules
	header string
	rows   []string
	remote []string // under uid|name|role|tags|state|metadata|statusMessage|avatar
	policy Policy
	want   string
}

// run plans every case twice, by prints and in full: which it was must not show.
func run(t *testing.T, cases []planCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := difftest.NewRoster(c.rules, c.header, c.rows...)
			users := difftest.Listing(difftest.RemoteHeader, c.remote...)
			want(t, compute(t, r, users, c.policy), c.want)
			want(t, compute(t, r.InFull(), users, c.policy), c.want)
		})
	}
}

func TestVerbs(t *testing.T) {
	run(t, []planCase{
		{
			name: "create", header: "uid|name|avatar|tags|metadata.dept",
			rows:   []string{"Anna|Anna K|https://a.example/1|x;y|Sales", "bob|Bob"},
			remote: []string{"bob|Bob"},
			want: `
				create anna (not in the app)
				  name: nothing -> "Anna K"
				  avatar: nothing -> "https://a.example/1"
				  tags: nothing -> ["x","y"]
				  metadata: nothing -> {"dept":"Sales"}
				unchanged 1`,
		},
		{
			name: "update", header: "uid|name|statusMessage", rows: []string{"anna|Anna K|out"}, remote: []string{"anna|Anna|||||in"},
			want: `
				update anna (fields differ)
				  name: "Anna" -> "Anna K"
				  statusMessage: "in" -> "out"`,
		},
		{
			name: "deactivate whoever is absent", header: "uid|name", rows: []string{"anna|Anna"}, remote: []string{"anna|Anna", "bob|Bob"},
			want: `
				deactivate bob (not in the roster)
				unchanged 1`,
		},
		{
			name: "absent and deactivated already", header: "uid|name", rows: []string{"anna|Anna"}, remote: []string{"anna|Anna",
				"bob|Bob|||deactivated"},
			want: `unchanged 2`,
		},
		{
			name: "missing keep", header: "uid|name", rows: []string{"anna|Anna"},
			remote: []string{"anna|Anna", "bob|Bob", "eve|Eve|||deactivated"},
			policy: Policy{Missing: MissingKeep},
			want: `
				unchanged 2
				kept 1`,
		},
		{
			name: "missing keep does not touch what a state says", header: "uid|state", rows: []string{"anna|left"},
			remote: []string{"anna|Anna", "bob|Bob"},
			policy: Policy{Missing: MissingKeep},
			want: `
				deactivate anna (state column)
				kept 1`,
		},
		{
			name: "in order of application, then of uids", header: "uid|name|state",
			rows:   []string{"f|F", "e|E", "d|D2", "c|C2", "b|B|active", "a|A|active", "z|Z|left"},
			remote: []string{"a|A|||deactivated", "b|B|||deactivated", "c|C", "d|D", "y|Y", "z|Z"},
			want: `
				reactivate a (state column)
				reactivate b (state column)
				create e (not in the app)
				  name: nothing -> "E"
				create f (not in the app)
				  name: nothing -> "F"
				update c (fields differ)
				  name: "C" -> "C2"
				update d (fields differ)
				  name: "D" -> "D2"
				deactivate y (not in the roster)
				deactivate z (state column)`,
		},
		{
			name: "a row without a name creates nobody", header: "uid|name", rows: []string{"anna", "bob|Bob"},
			want: `
				create bob (not in the app)
				  name: nothing -> "Bob"
				reject anna: name name-missing`,
		},
		{
			name: "a row without a name updates", header: "uid|name|statusMessage", rows: []string{"anna||hello"},
			remote: []string{"anna|Anna"},
			want: `
				update anna (fields differ)
				  statusMessage: nothing -> "hello"`,
		},
	})
}

func TestState(t *testing.T) {
	run(t, []planCase{
		{
			name: "inactive is never created", header: "uid|name|state", rows: []string{"anna|Anna|inactive",
				"bob|Bob"}, remote: []string{"bob|Bob"},
			want: `
				notice inactive-not-created 1
				unchanged 1`,
		},
		{
			name: "inactive deactivates and sends no fields", header: "uid|name|state", rows: []string{"anna|Anna " +
				"K|inactive"}, remote: []string{"anna|Anna"},
			want: `deactivate anna (state column)`,
		},
		{
			name: "inactive on both sides takes no fields", header: "uid|name|state", rows: []string{"anna|Anna " +
				"K|inactive"}, remote: []string{"anna|Anna|||deactivated"},
			want: `unchanged 1`,
		},
		{
			name: "active reactivates, changes with it", header: "uid|name|state", rows: []string{"anna|Anna K|active", "bob|Bob|active"},
			remote: []string{"anna|Anna|||deactivated", "bob|Bob|||deactivated"},
			want: `
				reactivate anna (state column)
				  name: "Anna" -> "Anna K"
				reactivate bob (state column)`,
		},
		{
			name: "who is on a roster without the column is active", header: "uid|name", rows: []string{"anna|Anna"},
			remote: []string{"anna|Anna|||deactivated"},
			want:   `reactivate anna (in the roster)`,
		},
		{
			name: "an empty cell keeps a deactivated user", header: "uid|name|state", rows: []string{"anna|Anna " +
				"K|"}, remote: []string{"anna|Anna|||deactivated"},
			want: `
				notice state-unsaid 1
				unchanged 1`,
		},
		{
			name: "an empty cell keeps an active user", header: "uid|name|state", rows: []string{"anna|Anna K|",
				"bob|Bob|"}, remote: []string{"anna|Anna", "bob|Bob"},
			want: `
				update anna (fields differ)
				  name: "Anna" -> "Anna K"
				unchanged 1`,
		},
		{
			name: "an empty cell creates", header: "uid|name|state", rows: []string{"anna|Anna|"},
			want: `
				create anna (not in the app)
				  name: nothing -> "Anna"`,
		},
		{
			name: "active in both", header: "uid|name|state", rows: []string{"anna|Anna|yes"}, remote: []string{"anna|Anna"},
			want: `unchanged 1`,
		},
	})
}

func TestHeld(t *testing.T) {
	run(t, []planCase{
		{
			name: "by the uid of a reject", header: "uid|name|avatar", rows: []string{"anna|Anna|no address", "Bob|Bob|"},
			remote: []string{"anna|Anna", "bob|Bob", "eve|Eve"},
			want: `
				deactivate eve (not in the roster)
				held anna by staff.csv:2
				unchanged 1`,
		},
		{
			name: "by the first of two rejects", header: "uid|name|avatar", rows: []string{"anna|Anna|no", "anna|Anna K|no", "bob|Bob"},
			remote: []string{"anna|Anna", "bob|Bob"},
			want: `
				held anna by staff.csv:2
				unchanged 1`,
		},
		{
			name: "deactivated in the app", header: "uid|name|avatar", rows: []string{"anna|Anna|no address", "bob|Bob|"},
			remote: []string{"anna|Anna|||deactivated", "bob|Bob"},
			want: `
				held anna by staff.csv:2
				unchanged 1`,
		},
		{
			name: "a reject whose user the app does not have", header: "uid|name|avatar",
			rows:   []string{"anna|Anna|no address", "bob|Bob|"},
			remote: []string{"bob|Bob"},
			want:   `unchanged 1`,
		},
		{
			name: "no readable uid withholds absent users alone", header: "uid|name|state",
			rows:   []string{"Müller 7|Müller", "anna|Anna|left", "bob|Bob 2"},
			remote: []string{"anna|Anna", "bob|Bob", "eve|Eve", "zoe|Zoe"},
			want: `
				update bob (fields differ)
				  name: "Bob" -> "Bob 2"
				deactivate anna (state column)
				deactivate eve (not in the roster) withheld
				deactivate zoe (not in the roster) withheld`,
		},
		{
			name: "no readable uid, and nobody absent", header: "uid|name", rows: []string{"|Müller", "anna|Anna"},
			remote: []string{"anna|Anna"},
			want:   `unchanged 1`,
		},
		{
			name: "held and withheld", header: "uid|name|avatar", rows: []string{"|Nobody", "anna|Anna|no address", "bob|Bob"},
			remote: []string{"anna|Anna", "bob|Bob", "eve|Eve"},
			want: `
				deactivate eve (not in the roster) withheld
				held anna by staff.csv:3
				unchanged 1`,
		},
	})
}

func TestWithholdingSaysWhy(t *testing.T) {
	for _, c := range []struct {
		rows []string
		want string
	}{
		{[]string{"anna|Anna"}, ""},
		{[]string{"anna|Anna", "Ü|Ü"}, "1 rejected row has no readable uid (the first is staff.csv:3) and may stand for any absent " +
			"user; correct the rows and run again"},
		{[]string{"anna|Anna", "|Ü", "Ö|Ö"}, "2 rejected rows have no readable uid (the first is staff.csv:3) and may stand for any " +
			"absent user; correct the rows and run again"},
	} {
		p := compute(t, difftest.NewRoster(user.Rules{}, "uid|name", c.rows...), difftest.Listing("uid|name", "anna|Anna", "eve|Eve"),
			Policy{})
		if p.Withholding() != c.want {
			t.Errorf("%q: withholding is %q, want %q", c.rows, p.Withholding(), c.want)
		}
		if p.Operations[0].Withheld != (c.want != "") {
			t.Errorf("%q: withheld is %v", c.rows, p.Operations[0].Withheld)
		}
	}
}

// A row without a uid counts for anybody, whomever it holds; one with a uid has
// nothing to do with it.
func TestRowsThatHoldSomebodyCountForAnybody(t *testing.T) {
	const many = "2 rejected rows have no readable uid (the first is staff.csv:2) and may stand for any absent user; correct the rows " +
		"and run again"
	const one = "1 rejected row has no readable uid (the first is staff.csv:2) and may stand for any absent user; correct the rows and " +
		"run again"
	for name, c := range map[string]struct {
		rows []string
		want string
	}{
		"by a key":          {[]string{"|A|anna@example.com|", "|B||", "here|H||"}, many},
		"by what is left":   {[]string{"m ü|A||", "here|H||"}, one},
		"another's key":     {[]string{"|A||", "key|K|anna@example.com|no", "here|H||"}, one},
		"a key nobody has":  {[]string{"|A|ben@example.com|", "here|H||"}, one},
		"nobody unreadable": {[]string{"key|K|anna@example.com|no", "here|H||"}, ""},
	} {
		r := difftest.NewRoster(user.Rules{}, "uid|name|metadata.@private.email|avatar", c.rows...).Matching(byEmail)
		users := difftest.Listing(difftest.RemoteHeader, "here|H", "gone|G", `old|A||||{"@private":{"email":"anna@example.com"}}`, "mu|M",
			"m-u|M")
		if p := compute(t, r, users, Policy{Match: byEmail}); p.Withholding() != c.want {
			t.Errorf("%s: withholding is %q, want %q", name, p.Withholding(), c.want)
		}
	}
}

func TestRoles(t *testing.T) {
	app := Policy{Roles: []string{"Manager", "teacher"}}
	creating := app
	creating.CreateRoles = true
	run(t, []planCase{
		{
			name: "unknown", header: "uid|name|role", policy: app,
			rows:   []string{"anna|Anna|chef", "bob|Bob|chef", "eve|Eve|manager", "kim|Kim|default"},
			remote: []string{"bob|Bob|teacher", "eve|Eve", "kim|Kim|teacher"},
			want: `
				update eve (fields differ)
				  role: nothing -> "manager"
				update kim (fields differ)
				  role: "teacher" -> "default"
				held bob by staff.csv:3
				reject anna: role role-unknown
				reject bob: role role-unknown`,
		},
		{
			name: "unknown, for a user to be reactivated or deactivated", header: "uid|name|role|state", policy: app,
			rows:   []string{"anna|Anna|chef|active", "bob|Bob|chef|left", "eve|Eve|chef|left"},
			remote: []string{"anna|Anna|||deactivated", "bob|Bob", "eve|Eve|||deactivated"},
			want: `
				deactivate bob (state column)
				held anna by staff.csv:2
				reject anna: role role-unknown
				unchanged 1`,
		},
		{
			name: "had already, whatever the app lists", header: "uid|name|role", policy: app,
			rows: []string{"anna|Anna|chef", "bob|Bob 2|chef"}, remote: []string{"anna|Anna|chef", "bob|Bob|Chef"},
			want: `
				update bob (fields differ)
				  name: "Bob" -> "Bob 2"
				unchanged 1`,
		},
		{
			name: "created", header: "uid|name|role", policy: creating,
			rows:   []string{"anna|Anna|chef", "bob|Bob|baker", "eve|Eve|manager", "kim|Kim|baker"},
			remote: []string{"bob|Bob|teacher"},
			want: `
				create anna (not in the app)
				  name: nothing -> "Anna"
				  role: nothing -> "chef"
				create eve (not in the app)
				  name: nothing -> "Eve"
				  role: nothing -> "manager"
				create kim (not in the app)
				  name: nothing -> "Kim"
				  role: nothing -> "baker"
				update bob (fields differ)
				  role: "teacher" -> "baker"
				new role baker
				new role chef`,
		},
		{
			name: "created only for an operation that gives it", header: "uid|name|role|state", policy: creating,
			rows:   []string{"anna||chef", "bob|Bob|chef|left", "eve|Eve|chef|left", "kim|Kim|chef"},
			remote: []string{"bob|Bob", "kim|Kim|chef"},
			want: `
				deactivate bob (state column)
				reject anna: name name-missing
				notice inactive-not-created 1
				unchanged 1`,
		},
		{
			name: "not known, not checked", header: "uid|name|role", rows: []string{"anna|Anna|chef"},
			want: `
				create anna (not in the app)
				  name: nothing -> "Anna"
				  role: nothing -> "chef"`,
		},
	})
}

func TestCounts(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name", "anna|Anna", "bob|Bob")
	r.In.Files = []user.File{{Path: "staff.csv", SHA256: "ab", Rows: 2}}
	users := difftest.Listing("uid|name|role|state", "anna|Anna|staff", "bob|Bob|staff|deactivated", "eve|Eve|guest",
		"kim|Kim|guest|deactivated")
	p := compute(t, r, users, Policy{Scope: Scope{Roles: []string{"staff"}}})
	if got, want := p.Remote, (plan.Remote{Active: 2, Deactivated: 2, InScope: 2}); got != want {
		t.Errorf("remote is %+v, want %+v", got, want)
	}
	if len(p.Inputs) != 1 || p.Inputs[0].SHA256 != "ab" {
		t.Errorf("inputs are %+v", p.Inputs)
	}
}

// An operation names the user as the roster does, and else as the remote does.
func TestOperationIsAboutTheRostersUser(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|role|tags|state", "anna|Anna K|chef|x|left", "bob||||left")
	users := difftest.Listing("uid|name|role|tags", "anna|Anna|staff|y", "bob|Bob|staff|y,z", "eve|Eve|guest|q")
	p := compute(t, r, users, Policy{})
	var got []string
	for _, o := range p.Operations {
		got = append(got, strings.Join([]string{o.UID, o.Name, o.Role, strings.Join(o.Tags, "+"), o.Source.String()}, " "))
	}
	want := "anna Anna K chef x staff.csv:2\nbob Bob staff y+z staff.csv:3\neve Eve guest q "
	if strings.Join(got, "\n") != want {
		t.Errorf("the operations are about\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
}

func TestUnreadableInputs(t *testing.T) {
	broken := errors.New("broken")
	full := difftest.NewRoster(user.Rules{}, "uid|name", "anna|Anna K", "bob|Bob")
	users := difftest.Listing("uid|name", "anna|Anna")
	remote := fakeRemote(users, rand.New(rand.NewPCG(1, 1)))

	if _, err := Compute(full, func(func([]user.User) error) (string, error) { return "", broken }, Policy{}); !errors.Is(err, broken) {
		t.Errorf("with a listing that can't be read, err is %v", err)
	}
	for ref, uid := range []string{"anna", "bob"} {
		r := failing{Roster: full, ref: ref, err: broken}
		if p, err := Compute(&r, remote, Policy{}); !errors.Is(err, broken) || p != nil {
			t.Errorf("with the row of %s unreadable, plan and err are %v, %v", uid, p, err)
		}
	}
}

// failing is a roster of which one row can't be read again.
type failing struct {
	*difftest.Roster
	ref int
	err error
}

func (r *failing) LoadInto(ref int, row *user.Row) error {
	if ref == r.ref {
		return r.err
	}
	return r.Roster.LoadInto(ref, row)
}

// A reference may turn out to be no user, such as a row whose uid a later row has too.
func TestReferencesWithoutUsers(t *testing.T) {
	r := hollow{difftest.NewRoster(user.Rules{}, "uid|name", "anna|Anna", "bob|Bob")}
	p, err := Compute(&r, fakeRemote(nil, rand.New(rand.NewPCG(1, 1))), Policy{})
	if err != nil {
		t.Fatal(err)
	}
	want(t, p, `
		create bob (not in the app)
		  name: nothing -> "Bob"`)
}

type hollow struct{ *difftest.Roster }

func (r *hollow) Entry(ref int) (user.Entry, bool) {
	e, _ := r.Roster.Entry(ref)
	return e, ref != 0
}

// The same remote user twice is a fault of the listing, not to be planned with.
func TestRemoteUserTwice(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name", "anna|Anna K")
	users := difftest.Listing("uid|name|state", "anna|Anna|deactivated", "anna|Anna")
	if _, err := Compute(r, fakeRemote(users, rand.New(rand.NewPCG(1, 1))), Policy{}); err == nil {
		t.Error("a user with an update and a reactivation passed")
	}
}
