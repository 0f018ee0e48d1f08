package diff

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// applied is an operation of which everything was done.
func applied(verb plan.Verb, uid string, changes ...plan.Change) plan.Done {
	d := plan.Done{Operation: plan.Operation{Verb: verb, UID: uid, Name: "Then", Changes: changes}, Sent: true,
		Result: plan.Result{Outcome: plan.Applied, Did: plan.VerbsOf(verb)}}
	if verb == plan.Reactivate && len(changes) > 0 {
		d.Result.Did.Add(plan.Update)
	}
	return d
}

func change(f user.Field, before, after string) plan.Change {
	text := func(s string) string {
		if s == "" {
			return ""
		}
		return user.JSON(s)
	}
	return plan.Change{Field: f, Before: text(before), After: text(after)}
}

func undo(t *testing.T, done []plan.Done, users []user.User, policy Policy, only ...plan.Verb) *plan.Plan {
	t.Helper()
	policy.Itemize = true
	p, err := Undo(done, fakeRemote(users, rand.New(rand.NewPCG(1, 2))), policy, plan.VerbsOf(only...))
	if err != nil {
		t.Fatal(err)
	}
	checkOwned(t, p)
	checkPlaces(t, p, users)
	return p
}

// earlier is a run that did one of each, and more.
func earlier() []plan.Done {
	return []plan.Done{
		applied(plan.Reactivate, "back"),
		applied(plan.Reactivate, "back2", change(user.Name, "Old", "New")),
		applied(plan.Create, "born", change(user.Name, "", "Born")),
		applied(plan.Create, "born2", change(user.Name, "", "Born")),
		applied(plan.Create, "lost", change(user.Name, "", "Lost")),
		applied(plan.Update, "moved", change(user.Role, "staff", "chef")),
		applied(plan.Update, "named", change(user.Name, "Old", "New"), change(user.Role, "staff", "chef")),
		applied(plan.Update, "renamed", change(user.Name, "Old", "New")),
		{Operation: plan.Operation{Verb: plan.Update, UID: "unsent", Changes: []plan.Change{change(user.Name, "Old", "New")}},
			Result: plan.Result{Outcome: plan.Skipped}},
		applied(plan.Deactivate, "left"),
		applied(plan.Deactivate, "left2"),
		applied(plan.Deactivate, "lost2"),
	}
}

const nowHeader = "uid|name|role|tags|state"

func now() []user.User {
	return difftest.Listing(nowHeader,
		"back|Back|staff||",
		"back2|New|staff||",
		"born|Born|||",
		"born2|Somebody else|||",
		"moved|M|chef||",
		"named|New|student||",
		"renamed|New|staff|x|",
		"unsent|New|||",
		"left|Left|staff||deactivated",
		"left2|Left|staff||",
		"other|Other|staff||",
		"other2|Other|guest||deactivated",
	)
}

var undoCases = []struct {
	name   string
	policy Policy
	only   []plan.Verb
	want   string
}{
	{"everything", Policy{}, nil, `
		reactivate left (undo)
		update moved (undo)
		  role: "chef" -> "staff"
		update renamed (undo)
		  name: "New" -> "Old"
		deactivate back (undo)
		deactivate back2 (undo)
		  name: "New" -> "Old"
		deactivate born (undo)
		conflict born2: changed since the run created the user: name; left alone, where an undo would deactivate the user
		conflict lost2: the app does not have the user any more; an undo would reactivate the user
		conflict named: changed since the run: role; left alone, where an undo would put back name, role
		unchanged 4
	`},
	{"updates alone", Policy{}, []plan.Verb{plan.Update}, `
		update moved (undo)
		  role: "chef" -> "staff"
		update renamed (undo)
		  name: "New" -> "Old"
		conflict named: changed since the run: role; left alone, where an undo would put back name, role
		unchanged 9
	`},
	{"two verbs", Policy{}, []plan.Verb{plan.Deactivate, plan.Create}, `
		reactivate left (undo)
		deactivate born (undo)
		conflict born2: changed since the run created the user: name; left alone, where an undo would deactivate the user
		conflict lost2: the app does not have the user any more; an undo would reactivate the user
		unchanged 9
	`},
	{"a scope", Policy{Scope: Scope{Roles: []string{"staff"}, Tags: []string{"x"}}}, nil, `
		update renamed (undo)
		  name: "New" -> "Old"
		conflict lost2: the app does not have the user any more; an undo would reactivate the user
		out of scope 11
	`},
	{"protection", Policy{Protect: Protect{UIDs: []string{"b*", "l*"}, Roles: []string{"student"}}}, nil, `
		update moved (undo)
		  role: "chef" -> "staff"
		update renamed (undo)
		  name: "New" -> "Old"
		unchanged 3
		protected 7
	`},
	{"a role that protects is not given", Policy{Protect: Protect{UIDs: []string{"l*", "b*", "r*", "n*", "o*"}, Roles: []string{"staff"}}}, nil, `
		unchanged 1
		protected 11
	`},
	{"a pattern that fits nobody", Policy{Protect: Protect{UIDs: []string{"x*"}}}, []plan.Verb{plan.Deactivate}, `
		reactivate left (undo)
		conflict lost2: the app does not have the user any more; an undo would reactivate the user
		notice protects-nobody 0
		unchanged 11
	`},
	{"a role that the app has", Policy{Roles: []string{"Staff"}}, []plan.Verb{plan.Update}, `
		update moved (undo)
		  role: "chef" -> "staff"
		update renamed (undo)
		  name: "New" -> "Old"
		conflict named: changed since the run: role; left alone, where an undo would put back name, role
		unchanged 9
	`},
	{"a role that the app has no more", Policy{Roles: []string{"chef"}}, []plan.Verb{plan.Update}, `
		update renamed (undo)
		  name: "New" -> "Old"
		conflict moved: the app has no role "staff" any more, which an undo would put back; create it in the dashboard, or use --create-roles
		conflict named: changed since the run: role; left alone, where an undo would put back name, role
		unchanged 9
	`},
	{"a role that is created", Policy{Roles: []string{"chef"}, CreateRoles: true}, []plan.Verb{plan.Update}, `
		update moved (undo)
		  role: "chef" -> "staff"
		update renamed (undo)
		  name: "New" -> "Old"
		conflict named: changed since the run: role; left alone, where an undo would put back name, role
		new role staff
		unchanged 9
	`},
}

func TestUndo(t *testing.T) {
	for _, c := range undoCases {
		t.Run(c.name, func(t *testing.T) {
			p := undo(t, earlier(), now(), c.policy, c.only...)
			want(t, p, c.want)
			for _, conflict := range p.Conflicts {
				if conflict.Gone != (conflict.UID == "lost2") {
					t.Errorf("%+v", conflict)
				}
			}
		})
	}
}

// A role that the app has no more is the one thing to decide on, as it was spelt.
func TestUndoShowsTheRoleThatIsLacking(t *testing.T) {
	done := []plan.Done{applied(plan.Reactivate, "anna", change(user.Name, "Old", "New"), change(user.Role, "Staff", "Chef"))}
	p := undo(t, done, difftest.Listing(nowHeader, "anna|New|chef||"), Policy{Roles: []string{"chef"}})
	want(t, p, `
		conflict anna: the app has no role "staff" any more, which an undo would put back; create it in the dashboard, or use --create-roles
	`)
	fields := []plan.ConflictField{{Field: "role", Before: `"Staff"`, After: `"chef"`, Now: `"chef"`}}
	if got := p.Conflicts[0].Fields; !slices.Equal(got, fields) {
		t.Errorf("%+v, want %+v", got, fields)
	}
}

// What a conflict shows is not a page's memory either, and nobody who is gone has any.
func TestUndoShowsWhatWasChanged(t *testing.T) {
	done := append(earlier(), applied(plan.Update, "meta", plan.Change{Field: user.Metadata, Before: `{"a":1}`, After: `{"a":2}`}))
	p := undo(t, done, append(now(), difftest.Listing("uid|name|metadata", `meta|Meta|"a long text"`)...), Policy{})
	got := map[string][]plan.ConflictField{}
	for _, c := range p.Conflicts {
		got[c.UID] = c.Fields
	}
	for uid, fields := range map[string][]plan.ConflictField{
		"born2": {{Field: "name", After: `"Born"`, Now: `"Somebody else"`}},
		"lost2": nil,
		"meta":  {{Field: "metadata", Before: `{"a":1}`, After: `{"a":2}`, Now: `"a long text"`, Private: true}},
		"named": {{Field: "role", Before: `"staff"`, After: `"chef"`, Now: `"student"`}},
	} {
		if !slices.Equal(got[uid], fields) {
			t.Errorf("%s: %+v, want %+v", uid, got[uid], fields)
		}
	}
	if len(got) != 4 {
		t.Errorf("%+v", got)
	}
}

// What the plan keeps of metadata that is not an object is not a page's memory.
func TestUndoOfMetadataThatIsNoObject(t *testing.T) {
	done := []plan.Done{applied(plan.Update, "anna", plan.Change{Field: user.Metadata, Before: `{"a":1}`, After: `"a long text"`})}
	p := undo(t, done, difftest.Listing("uid|name|metadata", `anna|Anna|"a long text"`), Policy{})
	want(t, p, `
		update anna (undo)
		  metadata: "a long text" -> {"a":1}
	`)
}

// A role that the undo would give matches a pattern as one that a user has.
func TestUndoMarksProtection(t *testing.T) {
	policy := Policy{Protect: Protect{Roles: []string{"staff"}}}
	want(t, undo(t, earlier(), difftest.Listing(nowHeader, "moved|M|chef||"), policy, plan.Update), `
		conflict named: the app does not have the user any more; an undo would put back name, role
		conflict renamed: the app does not have the user any more; an undo would put back name
		protected 1
	`)
}

func TestUndoIsGuarded(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy Policy
		gap    string
		want   []string // guards
	}{
		{"no limit", Policy{}, "", nil},
		{"within the limits", Policy{Basis: guard.Basis{Max: guard.Limits{Deactivate: limit(t, "30%"), Update: limit(t, "2"),
			Reactivate: limit(t, "1"), Create: limit(t, "0"), Rejects: limit(t, "0")}}}, "", nil},
		{"deactivations", Policy{Basis: guard.Basis{Max: guard.Limits{Deactivate: limit(t, "20%")}}}, "",
			[]string{"max-deactivate 20% of 10 active users in scope (= 2) 3 users would lose access, and the limit is 20% of 10 active " +
				"users in scope (= 2); biggest groups: role \"staff\" 2; if that is meant: --allow max-deactivate=3"}},
		{"updates", Policy{Basis: guard.Basis{Max: guard.Limits{Update: limit(t, "1")}}}, "",
			[]string{"max-update 1 2 users would be updated, and the limit is 1; if that is meant: --allow max-update=2"}},
		{"reactivations", Policy{Basis: guard.Basis{Max: guard.Limits{Reactivate: limit(t, "0")}}}, "",
			[]string{"max-reactivate 0 1 user would get access back, and the limit is 0; biggest groups: role \"staff\" 1; if that is " +
				"meant: --allow max-reactivate=1"}},
		{"a listing with a gap", Policy{Basis: guard.Basis{Max: guard.Limits{Reactivate: limit(t, "0")}}}, "12 of 20 users were listed",
			[]string{
				"listing-incomplete 0 the app's user list can't be shown to be complete: 12 of 20 users were listed; run again",
				"max-reactivate 0 1 user would get access back, and the limit is 0; biggest groups: role \"staff\" 1; resolve what else " +
					"refused the plan first"}},
		{"a scope without anybody", Policy{Scope: Scope{Roles: []string{"stuff"}}}, "",
			[]string{"scope-empty 1 nobody in the app is in the scope (role=stuff), and nobody would be created in it, so nothing was " +
				"compared; check the spelling"}},
	} {
		remote := func(each func([]user.User) error) (string, error) { return c.gap, each(now()) }
		p, err := Undo(earlier(), remote, c.policy, 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, g := range p.Guards {
			got = append(got, g.Name+" "+g.Limit+" "+g.Message)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: the guards are\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestUndoFails(t *testing.T) {
	broken := errors.New("no answer")
	if _, err := Undo(earlier(), func(func([]user.User) error) (string, error) { return "", broken }, Policy{}, 0); !errors.Is(err,
		broken) {
		t.Errorf("err is %v", err)
	}
	twice := append(earlier(), applied(plan.Deactivate, "born"))
	remote := func(each func([]user.User) error) (string, error) { return "", each(now()) }
	if _, err := Undo(twice, remote, Policy{}, 0); err == nil || !strings.Contains(err.Error(), "two operations on born") {
		t.Errorf("err is %v", err)
	}
	unreadable := []plan.Done{applied(plan.Update, "renamed", plan.Change{Field: user.Name, Before: "1", After: `"New"`})}
	if p, err := Undo(unreadable, remote, Policy{}, 0); err == nil || !strings.Contains(err.Error(),
		"the record of the run to undo: update renamed: name: ") {
		t.Errorf("%+v, err is %v", p, err)
	}
}
