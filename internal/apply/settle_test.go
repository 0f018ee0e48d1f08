package apply

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

var anna = plan.Operation{Verb: plan.Create, UID: "anna", Changes: []plan.Change{
	{Field: user.Name, After: `"Anna"`},
	{Field: user.Avatar, After: `"https://a.example/1"`},
	{Field: user.Tags, After: `["x","y"]`},
	{Field: user.Metadata, After: `{"team":"red"}`},
}}

const equalAnna = `{"uid":"anna","name":"Anna","avatar":"https://a.example/1","tags":["y","x"],"metadata":{"team":"red"},"createdAt":1700000000`

// notOurs is said of a user that is as its create would have made it, and that
// was there before.
const notOurs = "the app already has the user, as it was to be; it was not created by this run"

func protected(o *Options) { o.Writable = func(u *user.User) bool { return u.UID != "anna" } }

var createCases = []struct {
	name     string
	faults   []string
	there    string // the user's line in the app's state
	options  func(*Options)
	want     plan.Outcome
	message  string
	posts    int
	puts     int
	did      string
	metadata string // afterwards; "" = {"team":"red"}
	tags     string
}{
	{name: "answered", want: plan.Applied, posts: 1, did: "create"},
	{name: "lost and done", faults: []string{"create:cut-after=1,times=1"}, want: plan.Applied, posts: 1, did: "create"},
	{name: "lost and done, in a scope that the answer does not show", faults: []string{"create:cut-after=1,times=1"}, options: protected,
		want: plan.Applied, posts: 1, did: "create"},
	{name: "lost, done in part", faults: []string{"create:cut-after=1,times=1", "create:drop=tags,times=1"}, want: plan.Drifted,
		message: notOurs, posts: 1, puts: 1, did: "update"},
	{name: "lost and not done", faults: []string{"create:cut-before=1,times=1"}, want: plan.Applied, posts: 2, did: "create"},
	{name: "lost again and again", faults: []string{"create:cut-before=1"}, want: plan.Failed, message: "does not show it; run again",
		posts: maxCreates},
	{name: "lost, and unreadable", faults: []string{"create:cut-after=1,times=1", "get:500=1"}, want: plan.Unknown,
		message: "nobody could find out", posts: 1},
	{name: "a 500 after the work", faults: []string{"create:exception-after=1,times=1"}, want: plan.Applied, posts: 1, did: "create"},
	{name: "an empty answer", faults: []string{"create:empty=1,times=1"}, want: plan.Applied, posts: 1, did: "create"},
	{name: "there, equal", there: equalAnna + "}", want: plan.Drifted, message: notOurs, posts: 1},
	{name: "there, different", there: `{"uid":"anna","name":"Else","tags":["z"],"metadata":{"team":"blue","theme":"dark"}}`,
		want: plan.Drifted, message: notOurs, posts: 1, puts: 1, metadata: `{"team":"red","theme":"dark"}`, did: "update"},
	{name: "there, different, all replaced", options: func(o *Options) { o.ReplaceMetadata = true },
		there: `{"uid":"anna","name":"Else","metadata":{"team":"blue","theme":"dark"}}`, want: plan.Drifted, message: notOurs, posts: 1,
		puts: 1, did: "update"},
	{name: "there, different, all merged", options: func(o *Options) { o.MergeTags = true },
		there: `{"uid":"anna","name":"Else","tags":["z","x"],"metadata":{"theme":"dark"}}`, want: plan.Drifted, message: notOurs, posts: 1,
		puts: 1, metadata: `{"team":"red","theme":"dark"}`, tags: "x y z", did: "update"},
	{name: "there, with more than was asked for",
		there: `{"uid":"anna","name":"Anna","avatar":"https://a.example/1","tags":["x","y"],"metadata":{"team":"red","theme":"dark"}}`,
		want:  plan.Drifted, message: notOurs, posts: 1, metadata: `{"team":"red","theme":"dark"}`},
	{name: "there, deactivated", there: equalAnna + `,"deactivatedAt":1700000001}`, want: plan.Drifted, message: notOurs, posts: 1,
		puts: 1, did: "reactivate"},
	{name: "there, deactivated and different", there: `{"uid":"anna","name":"Else","deactivatedAt":1700000001}`, want: plan.Drifted,
		message: notOurs, posts: 1, puts: 2, did: "reactivate update"},
	{name: "there, deactivated, the answer lost", faults: []string{"reactivate:cut-after=1"}, there: equalAnna +
		`,"deactivatedAt":1700000001}`, want: plan.Drifted, message: notOurs, posts: 1, puts: 1, did: "reactivate"},
	{name: "there, deactivated, not brought back", faults: []string{"reactivate:cut-before=1"}, there: equalAnna +
		`,"deactivatedAt":1700000001}`, want: plan.Failed, message: "the user exists already, deactivated: ", posts: 1, puts: 1},
	{name: "there, deactivated, not confirmed", faults: []string{"reactivate:partial=1"}, there: equalAnna +
		`,"deactivatedAt":1700000001}`, want: plan.Failed, message: "does not name anna", posts: 1, puts: 1},
	{name: "there, deactivated, not updated", faults: []string{"update:drop=name"},
		there: `{"uid":"anna","name":"Else","deactivatedAt":1700000001}`, want: plan.Failed, message: "reactivated, but not updated: the " +
			"service answered that all is well, and its answer does not show what was sent: name;", posts: 1, puts: 2,
		did: "reactivate update"},
	{name: "there, protected", there: `{"uid":"anna","name":"Else"}`, options: protected, want: plan.Drifted,
		message: "protected or out of scope", posts: 1},
	{name: "there, deactivated, protected", there: equalAnna + `,"deactivatedAt":1700000001}`, options: protected, want: plan.Drifted,
		message: "protected or out of scope", posts: 1},
	{name: "there, unreadable", faults: []string{"get:500=1"}, there: equalAnna + "}", want: plan.Failed,
		message: "the user exists already and could not be read: GET /users/anna: 500", posts: 1},
	{name: "a field that did not stick", faults: []string{"create:drop=metadata"}, want: plan.Failed, message: "metadata.team;", posts: 1,
		did: "create"},
}

// TestCreate settles creates in every way in which they can end.
func TestCreate(t *testing.T) {
	for _, c := range createCases {
		t.Run(c.name, func(t *testing.T) {
			var lines []string
			if c.there != "" {
				lines = append(lines, c.there)
			}
			w := newWorld(t, sandbox.Config{Faults: faults(t, c.faults...)}, lines...)
			var change []func(*Options)
			if c.options != nil {
				change = append(change, c.options)
			}
			r := w.one(anna, change...)
			if r.Outcome != c.want || !strings.Contains(r.Message, c.message) {
				t.Errorf("the result is %+v, want %s with %q", r, c.want, c.message)
			}
			posts, puts := len(w.requests("POST", "anna")), len(w.requests("PUT", "anna"))+len(w.requests("PUT", ""))
			if posts != c.posts || puts != c.puts {
				t.Errorf("%d times created and %d times changed, want %d and %d", posts, puts, c.posts, c.puts)
			}
			if r.Attempts != posts+puts {
				t.Errorf("%d attempts, and %d writes were sent", r.Attempts, posts+puts)
			}
			if did := strings.Join(verbs(r.Did), " "); did != c.did || (len(r.Instead) > 0) != r.Did.Has(plan.Update) {
				t.Errorf("did %q, want %q, instead %+v", did, c.did, r.Instead)
			}
			if c.want != plan.Applied && c.message != notOurs {
				return
			}
			metadata, tags := c.metadata, c.tags
			if metadata == "" {
				metadata = `{"team":"red"}`
			}
			if tags == "" {
				tags = "x y"
			}
			o := plan.Operation{Verb: plan.Create, UID: "anna", Changes: []plan.Change{
				anna.Changes[0], anna.Changes[1],
				{Field: user.Tags, After: user.JSON(strings.Fields(tags))},
				{Field: user.Metadata, After: metadata},
			}}
			if state := w.users(); !done(&o, state) {
				t.Errorf("the user is now %+v", state["anna"])
			}
		})
	}
}

// verbs names a set of verbs.
func verbs(s plan.VerbSet) []string {
	var names []string
	for _, v := range s.List() {
		names = append(names, v.String())
	}
	return names
}

// TestCreateRefused keeps the service's words.
func TestCreateRefused(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	r := w.one(plan.Operation{Verb: plan.Create, UID: "anna", Changes: []plan.Change{{Field: user.Name, After: `"A"`},
		{Field: user.Role, After: `"chef"`}}})
	if r.Outcome != plan.Failed || r.Code != "ERR_BAD_REQUEST" || !strings.Contains(r.Message, "role") || r.Attempts != 1 ||
		r.Kind != plan.BadInput || r.Status != 400 || r.Details["role"] == nil || r.Did != 0 {
		t.Errorf("the result is %+v", r)
	}
}

// TestCreateOfNobody tells a user that exists and that nobody can find.
func TestCreateOfNobody(t *testing.T) {
	exists, lost := &failure{code: "EXISTS", exists: true}, &failure{code: "CUT", lost: true}
	for _, c := range []struct {
		answers []error
		want    plan.Outcome
		message string
	}{
		{[]error{exists}, plan.Failed, "not even among the deactivated"},
		{[]error{lost, exists}, plan.Unknown, "CUT; nobody could find out"},
		{[]error{lost, &failure{code: "INVALID"}}, plan.Failed, "INVALID"},
		{[]error{lost, &failure{code: "REFUSED", fatal: true}}, plan.Unknown, "CUT; nobody could find out"},
		{[]error{&failure{code: "500", lost: true, fatal: true}}, plan.Unknown, "500; nobody could find out"},
	} {
		n := 0
		remote := &fake{t: t,
			create: func(context.Context, user.User) (user.User, error) {
				n++
				return user.User{}, c.answers[n-1]
			},
			find: func(context.Context, string) (user.User, bool, error) { return user.User{}, false, nil },
		}
		results, err := remote.run(careless(Options{}), anna)
		if r := results[0]; r.Outcome != c.want || !strings.Contains(r.Message, c.message) || n != len(c.answers) {
			t.Errorf("after %v (%d of them): %+v, want %s with %q", c.answers, n, r, c.want, c.message)
		}
		last := c.answers[len(c.answers)-1].(*failure)
		if (err != nil) != last.fatal {
			t.Errorf("after %v the run stopped with %v", c.answers, err)
		}
	}
}

// TestUnknownChange of a user that a create found keeps what was there before,
// so that nobody takes the user for this run's own.
func TestUnknownChange(t *testing.T) {
	found := user.User{UID: "anna", Name: "Else", Avatar: "https://a.example/1", Tags: []string{"x", "y"},
		Metadata: `{"team":"red","theme":"dark"}`, State: user.Active}
	reads := 0
	remote := &fake{t: t,
		create: func(context.Context, user.User) (user.User, error) {
			return user.User{}, &failure{code: "EXISTS", exists: true}
		},
		update: func(context.Context, user.User) (user.User, error) {
			return user.User{}, &failure{code: "CUT", lost: true}
		},
		find: func(context.Context, string) (user.User, bool, error) {
			if reads++; reads > 1 {
				return user.User{}, false, &failure{code: "500"}
			}
			return found, true, nil
		},
	}
	results, err := remote.run(careless(Options{}), anna)
	want := []plan.Change{{Field: user.Name, Before: `"Else"`, After: `"Anna"`}}
	if r := results[0]; err != nil || r.Outcome != plan.Unknown || r.Did != 0 || !reflect.DeepEqual(r.Instead, want) {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestUpdate settles updates in every way in which they can end.
func TestUpdate(t *testing.T) {
	update := plan.Operation{Verb: plan.Update, UID: "anna", Changes: []plan.Change{
		{Field: user.Name, Before: `"Else"`, After: `"Anna"`},
		{Field: user.Metadata, Before: `{"@private":{"pay":"9"},"old":1,"team":"red"}`, After: `{"@private":{"pay":"77"},"team":"blue"}`},
	}}
	const before = `{"uid":"anna","name":"Else","metadata":{"@private":{"pay":"9"},"old":1,"team":"red"}`
	for _, c := range []struct {
		name    string
		config  sandbox.Config
		faults  []string
		there   string
		want    plan.Outcome
		message string
		puts    int
	}{
		{name: "answered", there: before + "}", want: plan.Applied, puts: 1},
		{name: "lost and done", faults: []string{"update:cut-after=1"}, there: before + "}", want: plan.Applied, puts: 1},
		{name: "lost and not done", faults: []string{"update:cut-before=1"}, there: before + "}", want: plan.Failed,
			message: "does not show it; run again", puts: 1},
		{name: "lost and unreadable", faults: []string{"update:cut-after=1", "get:500=1"}, there: before + "}", want: plan.Unknown,
			message: "nobody could find out", puts: 1},
		{name: "a truncated answer", faults: []string{"update:truncate=1"}, there: before + "}", want: plan.Applied, puts: 1},
		{name: "deleted", want: plan.Drifted, message: "deleted or deactivated", puts: 1},
		{name: "deactivated", there: before + `,"deactivatedAt":1700000001}`, want: plan.Drifted, message: "deleted or deactivated",
			puts: 1},
		{name: "lost, and deactivated", faults: []string{"update:cut-before=1"}, there: before + `,"deactivatedAt":1700000001}`,
			want: plan.Drifted, message: "deactivated", puts: 1},
		{name: "lost, and deleted", faults: []string{"update:cut-before=1"}, want: plan.Drifted, message: "deleted", puts: 1},
		{name: "a name that did not stick", faults: []string{"update:drop=name"}, there: before + "}", want: plan.Failed,
			message: "does not show what was sent: name; look", puts: 1},
		{name: "metadata that did not stick", faults: []string{"update:drop=metadata"}, there: before + "}", want: plan.Failed,
			message: "does not show what was sent: metadata.@private.pay, metadata.old, metadata.team; look", puts: 3},
		{name: "a service that merges", config: sandbox.Config{MergeMetadata: true}, there: before + "}", want: plan.Applied, puts: 3},
		{name: "a service that merges, and a name that did not stick", config: sandbox.Config{MergeMetadata: true},
			faults: []string{"update:drop=name"}, there: before + "}", want: plan.Failed, message: "sent: name; look", puts: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.Faults = faults(t, c.faults...)
			var lines []string
			if c.there != "" {
				lines = append(lines, c.there)
			}
			w := newWorld(t, c.config, lines...)
			r := w.one(update)
			if r.Outcome != c.want || !strings.Contains(r.Message, c.message) {
				t.Errorf("the result is %+v, want %s with %q", r, c.want, c.message)
			}
			if puts := len(w.requests("PUT", "anna")); puts != c.puts {
				t.Errorf("%d times changed, want %d", puts, c.puts)
			}
			if strings.Contains(r.Message, "77") {
				t.Errorf("a private value is in %q", r.Message)
			}
			if got := done(&update, w.users()); got != (c.want == plan.Applied) && c.want != plan.Unknown {
				t.Errorf("the outcome is %s, and the user is %+v", c.want, w.users()["anna"])
			}
		})
	}
}

// TestUpdateHidden does not take tags and metadata for missing that reading a
// user may not show at all.
func TestUpdateHidden(t *testing.T) {
	tags := plan.Change{Field: user.Tags, After: `["x"]`}
	for _, c := range []struct {
		name    string
		changes []plan.Change
		has     user.Fields
		want    plan.Outcome
	}{
		{"not shown", []plan.Change{tags}, user.FieldsOf(user.UID, user.Name), plan.Unknown},
		{"shown", []plan.Change{tags}, user.FieldsOf(user.UID, user.Name, user.Tags), plan.Failed},
		{"beside a name that is shown", []plan.Change{{Field: user.Name, After: `"B"`}, tags}, user.FieldsOf(user.UID, user.Name),
			plan.Failed},
	} {
		remote := &fake{t: t,
			update: func(context.Context, user.User) (user.User, error) {
				return user.User{}, &failure{code: "CUT", lost: true}
			},
			find: func(context.Context, string) (user.User, bool, error) {
				return user.User{UID: "anna", Name: "A", State: user.Active, Has: c.has}, true, nil
			},
		}
		results, err := remote.run(careless(Options{}), plan.Operation{Verb: plan.Update, UID: "anna", Changes: c.changes})
		if err != nil || results[0].Outcome != c.want {
			t.Errorf("%s: %+v, %v, want %s", c.name, results[0], err, c.want)
		}
	}
}

// TestReplaceMetadata never leaves a user whose metadata it unset without a word.
func TestReplaceMetadata(t *testing.T) {
	update := plan.Operation{Verb: plan.Update, UID: "anna", Changes: []plan.Change{
		{Field: user.Metadata, Before: `{"a":1,"b":2}`, After: `{"a":1}`},
	}}
	merged := user.User{UID: "anna", State: user.Active, Metadata: `{"a":1,"b":2}`, Has: user.FieldsOf(user.Metadata)}
	right, none := merged, merged
	right.Metadata, none.Metadata = `{"a":1}`, ""
	cut, invalid := &failure{code: "CUT", lost: true}, &failure{code: "INVALID"}
	type answer struct {
		user user.User
		err  error
	}
	for _, c := range []struct {
		name    string
		answers []answer
		found   *user.User // nil: can't be read
		want    plan.Outcome
		message string
	}{
		{"all well", []answer{{merged, nil}, {none, nil}, {right, nil}}, nil, plan.Applied, ""},
		{"kept even so", []answer{{merged, nil}, {merged, nil}, {merged, nil}}, nil, plan.Failed, "sent: metadata.b;"},
		{"not unset", []answer{{merged, nil}, {none, invalid}}, nil, plan.Failed, "did not let it be unset: remote: INVALID"},
		{"perhaps unset", []answer{{merged, nil}, {none, cut}, {right, nil}}, nil, plan.Applied, ""},
		{"not set again", []answer{{merged, nil}, {none, nil}, {right, invalid}}, nil, plan.Failed, "may have none now: remote: INVALID"},
		{"set again, found", []answer{{merged, nil}, {none, nil}, {right, cut}}, &right, plan.Applied, ""},
		{"not set again, found", []answer{{merged, nil}, {none, nil}, {right, cut}}, &none, plan.Failed, "may have none now: remote: CUT"},
		{"set again, unreadable", []answer{{merged, nil}, {none, nil}, {right, cut}}, nil, plan.Unknown,
			"may have none now: remote: CUT; nobody"},
	} {
		var sent []user.User
		remote := &fake{t: t,
			update: func(_ context.Context, u user.User) (user.User, error) {
				a := c.answers[len(sent)]
				sent = append(sent, u)
				return a.user, a.err
			},
			find: func(context.Context, string) (user.User, bool, error) {
				if c.found == nil {
					return user.User{}, false, cut
				}
				return *c.found, true, nil
			},
		}
		results, err := remote.run(careless(Options{}), update)
		if r := results[0]; err != nil || r.Outcome != c.want || !strings.Contains(r.Message, c.message) || len(sent) != len(c.answers) {
			t.Errorf("%s: %+v, %v after %d requests, want %s with %q", c.name, r, err, len(sent), c.want, c.message)
		}
		if len(sent) > 2 && (!sent[1].Clear.Has(user.Metadata) || sent[2].Metadata != `{"a":1}`) {
			t.Errorf("%s: sent was %+v", c.name, sent)
		}
	}
}

// TestMetadataOfOtherValue is not unset: that would change nothing, and for a
// moment the user would have none.
func TestMetadataOfOtherValue(t *testing.T) {
	puts := 0
	remote := &fake{t: t, update: func(context.Context, user.User) (user.User, error) {
		puts++
		return user.User{UID: "anna", State: user.Active, Metadata: `{"a":"1"}`}, nil
	}}
	results, err := remote.run(careless(Options{}), plan.Operation{Verb: plan.Update, UID: "anna",
		Changes: []plan.Change{{Field: user.Metadata, After: `{"a":1}`}}})
	if r := results[0]; err != nil || puts != 1 || r.Code != "did-not-stick" || !strings.Contains(r.Message, "metadata.a;") {
		t.Errorf("%d updates, %+v, %v", puts, r, err)
	}
}
