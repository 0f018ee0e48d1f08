package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// world is one random roster, remote and policy.
type world struct {
	roster *difftest.Roster
	remote []user.User
	policy Policy
}

func (w *world) plan(t *testing.T, r *difftest.Roster, rng *rand.Rand) *plan.Plan {
	t.Helper()
	p, err := Compute(r, fakeRemote(w.remote, rng), w.policy) // which ends in Check
	if err != nil {
		t.Fatal(err)
	}
	checkOwned(t, p)
	checkPlaces(t, p, w.remote)
	return p
}

// one picks a value; many short pools make for many that agree.
func one(rng *rand.Rand, of ...string) string { return of[rng.IntN(len(of))] }

func chance(rng *rand.Rand, percent int) bool { return rng.IntN(100) < percent }

// remember gives the policy a past, perhaps.
func (w *world) remember(rng *rand.Rand, uids []string) {
	w.policy.Now = difftest.Night(9)
	if w.policy.GraceRuns, w.policy.GraceWithin = rng.IntN(4), 20*time.Hour; chance(rng, 60) {
		w.policy.Past = &plan.Past{}
		for _, uid := range uids {
			if chance(rng, 60) {
				w.policy.Past.Known = append(w.policy.Past.Known, user.HashUID(uid))
			}
			if last := difftest.Night(rng.IntN(11)); chance(rng, 30) {
				w.policy.Past.Absent = append(w.policy.Past.Absent, plan.Absence{UID: uid, Since: last, Last: last, Runs: 1 + rng.IntN(4)})
			}
		}
		slices.Sort(w.policy.Past.Known)
		slices.SortFunc(w.policy.Past.Absent, func(a, b plan.Absence) int { return strings.Compare(a.UID, b.UID) })
	}
}

// cellOf draws a cell of a column.
func cellOf(rng *rand.Rand, c, uid string, badRows bool) string {
	cell := ""
	switch c {
	case "uid":
		cell = uid
	case "name":
		cell = one(rng, "Anna", "Anna", "Zoë K", "<b>")
	case "avatar":
		cell = one(rng, "", "https://a.example/1", "https://a.example/2")
		if badRows && chance(rng, 5) {
			cell = "no address"
		}
	case "statusMessage":
		cell = one(rng, "", "in", " in ", "out")
	case "role":
		cell = one(rng, "", "staff", "Staff", "student", "default", "admin", "chef")
	case "tags":
		cell = one(rng, "", "x", "y;x", "x;z;z", "z")
	case "state":
		cell = one(rng, "", "active", "active", "left")
	case "metadata":
		cell = one(rng, "", "{}", `{"a":1}`, `{"a":1.0,"b":{"c":"v"}}`, `{"b":{"d":[1,2]}}`, `{"@private":{"k":"s"}}`)
	default:
		cell = one(rng, "", "1", "true", "v", "w w")
	}
	return cell
}

func newWorld(rng *rand.Rand) *world {
	w := &world{}
	rules := user.Rules{EmptyClears: chance(rng, 40)}
	w.policy = Policy{
		Itemize:         true,
		Missing:         somehow(rng),
		MergeTags:       chance(rng, 40),
		ReplaceMetadata: chance(rng, 30),
		CreateRoles:     chance(rng, 30),
	}
	if chance(rng, 60) {
		w.policy.Roles = []string{"staff", "student"}
	}
	if chance(rng, 30) {
		w.policy.Protect = Protect{UIDs: []string{"p-*"}}
	}
	if chance(rng, 30) {
		w.policy.Protect.Roles = []string{one(rng, "admin", "default")}
	}
	if chance(rng, 30) {
		w.policy.Scope.Roles = []string{"st*"}
	}
	if chance(rng, 20) {
		w.policy.Scope.Tags = []string{"x", "y"}
	}

	w.policy.Rekeys = chance(rng, 30)

	uids := []string{}
	for i := range 60 {
		uids = append(uids, fmt.Sprintf("%s%02d", one(rng, "u-", "u-", "p-"), i))
	}

	header := []string{"uid", "name"}
	for _, c := range []string{"avatar", "statusMessage", "role", "tags", "state", "metadata", "metadata.a", "metadata.b.c",
		"metadata.@private.k"} {
		if chance(rng, 50) {
			header = append(header, c)
		}
	}
	w.remember(rng, uids)
	badRows := chance(rng, 40)
	var rows []string
	for _, uid := range uids {
		if chance(rng, 25) {
			continue
		}
		var cells []string
		for _, c := range header {
			cells = append(cells, cellOf(rng, c, uid, badRows))
		}
		if badRows && chance(rng, 3) {
			cells[0] = "Müller " + uid
		}
		if chance(rng, 3) && !rules.EmptyClears {
			cells[1] = ""
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	w.roster = difftest.NewRoster(rules, strings.Join(header, "|"), rows...)

	for _, uid := range uids {
		if chance(rng, 25) {
			continue
		}
		w.remote = append(w.remote, difftest.Listing(difftest.RemoteHeader, strings.Join([]string{
			uid,
			one(rng, "Anna", "Anna", " Anna", "Zoe\u0308 K"),
			one(rng, "", "default", "staff", "student", "Staff", "admin", "chef"),
			one(rng, "", "x", "x,y", "y,x,x", "q"),
			one(rng, "", "", "", "deactivated"),
			one(rng, "", "{}", `{"a":1}`, `{"a":"1"}`, `{"b":{"c":"v","d":[1,2]},"a":1}`, `{"a":true,"@private":{"k":"s","l":0}}`,
				`{"b":null}`, `{"a":{"z":1}}`, `{"a":"","b":{}}`, `{"a":{},"b":{"c":""}}`, `"text"`, "[]"),
			one(rng, "", "in", "out"),
			one(rng, "", "https://a.example/1"),
		}, "|"))...)
	}
	return w
}

// applied is the remote after everything that may be carried out was carried out.
func (w *world) applied(t *testing.T, p *plan.Plan) []user.User {
	t.Helper()
	users := map[string]user.User{}
	for _, u := range w.remote {
		users[u.UID] = u
	}
	for _, o := range p.Operations {
		if o.Withheld {
			continue
		}
		u, exists := users[o.UID]
		if exists == (o.Verb == plan.Create) {
			t.Fatalf("%s %s, but that it exists is %v", o.Verb, o.UID, exists)
		}
		if (u.State == user.Deactivated) != (o.Verb == plan.Reactivate) {
			t.Fatalf("%s %s of a user that is %s", o.Verb, o.UID, u.State)
		}
		u.UID, u.State = o.UID, user.Active
		if o.Verb == plan.Deactivate {
			u.State = user.Deactivated
		}
		for _, c := range o.Changes {
			put(t, &u, c)
		}
		users[o.UID] = u
	}
	return slices.Collect(maps.Values(users))
}

func put(t *testing.T, u *user.User, c plan.Change) {
	t.Helper()
	var text string
	var into any = &text
	switch c.Field {
	case user.Metadata:
		u.Metadata = c.After
		return
	case user.Tags:
		u.Tags = nil
		into = &u.Tags
	}
	if c.After != "" {
		if err := json.Unmarshal([]byte(c.After), into); err != nil {
			t.Fatalf("%s of %s: %v", c.Field, u.UID, err)
		}
	}
	u.Set(c.Field, text)
}

const rounds = 200

// somehow is one of the ways to treat absent users, the usual one mostly.
func somehow(rng *rand.Rand) Missing {
	return []Missing{MissingDeactivate, MissingDeactivate, MissingDeactivate, MissingKnown, MissingKeep}[rng.IntN(5)]
}

// eachWorld runs a property over random worlds; a failure names its round.
func eachWorld(t *testing.T, property func(t *testing.T, w *world, rng *rand.Rand)) {
	for round := range rounds {
		rng := rand.New(rand.NewPCG(uint64(round), 7))
		w := newWorld(rng)
		t.Run(fmt.Sprint(round), func(t *testing.T) { property(t, w, rng) })
		if t.Failed() {
			return
		}
	}
}

// written is a whole plan as text, its saved form included.
func written(t *testing.T, p *plan.Plan) string {
	t.Helper()
	var b strings.Builder
	if err := plan.Encode(&b, p, nil); err != nil {
		t.Fatal(err)
	}
	return show(p) + fmt.Sprintf("%+v\n%+v\n", p.Rejects, p.Held) + b.String()
}

func TestPlanIsDeterministic(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, rng *rand.Rand) {
		first := written(t, w.plan(t, w.roster, rng))
		for range 3 {
			if again := written(t, w.plan(t, w.roster.Shuffled(rng), rng)); again != first {
				t.Fatalf("with rows and pages in another order the plan is\n%s\nand was\n%s", again, first)
			}
		}
	})
}

func TestPrintsAndFullComparisonAgree(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world, rng *rand.Rand) {
		byPrint, inFull := written(t, w.plan(t, w.roster, rng)), written(t, w.plan(t, w.roster.InFull(), rng))
		if byPrint != inFull {
			t.Fatalf("by prints the plan is\n%s\nand in full\n%s", byPrint, inFull)
		}
	})
}

func TestPlanAfterApplyingIsEmpty(t *testing.T) {
	updates := 0
	eachWorld(t, func(t *testing.T, w *world, rng *rand.Rand) {
		before := w.plan(t, w.roster, rng)
		updates += before.Count(plan.Update)
		w.remote = w.applied(t, before)
		if w.policy.Roles != nil {
			w.policy.Roles = append(w.policy.Roles, before.NewRoles...)
		}
		after := w.plan(t, w.roster, rng)
		withheld := slices.DeleteFunc(before.Operations, func(o plan.Operation) bool { return !o.Withheld })
		if got, want := uids(after.Operations), uids(withheld); got != want || after.Count(plan.Deactivate) != len(withheld) {
			t.Fatalf("after applying, there is left\n%s\nwant only what is withheld: %q", show(after), want)
		}
		if len(after.NewRoles) > 0 {
			t.Fatalf("after applying, new roles are left: %q", after.NewRoles)
		}
	})
	if updates < rounds {
		t.Errorf("only %d updates in %d rounds: the worlds are too quiet to show anything", updates, rounds)
	}
}

// What must not be touched is found here by other means than package diff's.
func TestEveryUserIsInOnePlace(t *testing.T) {
	places := map[string]int{}
	eachWorld(t, func(t *testing.T, w *world, rng *rand.Rand) {
		p := w.plan(t, w.roster, rng)
		place := map[string]string{}
		put := func(uid, in string) {
			if was, ok := place[uid]; ok {
				t.Errorf("%s is in two places: %s, %s", uid, was, in)
			}
			place[uid] = in
		}
		for _, o := range p.Operations {
			put(o.UID, o.Verb.String())
		}
		for _, h := range p.Held {
			put(h.UID, "held")
		}
		rejected, unreadable := map[string]bool{}, false
		for _, r := range slices.Concat(w.roster.In.Rejects.Slice(), p.Rejects) {
			rejected[r.UID] = true
			unreadable = unreadable || r.UID == ""
		}
		var outOfScope, protected int
		for _, u := range w.remote {
			in := place[u.UID]
			switch {
			case !w.inScope(&u):
				outOfScope++
				in += "out of scope"
			case w.protected(&u) || w.protectedOnRoster(u.UID):
				if in == "" {
					protected++ // or unchanged, where nothing differs
				}
				in += "protected"
			case rejected[u.UID] && in != "held":
				t.Errorf("%s is rejected, not held but in %q", u.UID, in)
			}
			switch in {
			case "out of scope", "protected", "held", "reactivate", "update", "deactivate", "":
				places[in]++
			default:
				t.Errorf("%s is in %s", u.UID, in)
			}
		}
		if p.OutOfScope != outOfScope {
			t.Errorf("%d are out of scope, want %d", p.OutOfScope, outOfScope)
		}
		if p.Protected > protected {
			t.Errorf("%d are protected, want at most %d", p.Protected, protected)
		}
		for _, o := range p.Operations {
			absent := o.Verb == plan.Deactivate && o.Source.File == ""
			if o.Withheld != (absent && unreadable) {
				t.Errorf("%s %s: withheld is %v, with a reject that may be anybody %v", o.Verb, o.UID, o.Withheld, unreadable)
			}
			if absent && w.policy.Missing == MissingKeep {
				t.Errorf("%s %s, and whoever is missing is to be kept", o.Verb, o.UID)
			}
			if o.Verb == plan.Create && (strings.HasPrefix(o.UID, "p-") && len(w.policy.Protect.UIDs) > 0 || w.protectedOnRoster(o.UID)) {
				t.Errorf("%s %s, which is protected", o.Verb, o.UID)
			}
			for _, c := range o.Changes {
				if !w.managed(o.UID, c.Field) {
					t.Errorf("%s %s changes %s, of which the row does not speak", o.Verb, o.UID, c.Field)
				}
			}
		}
	})
	for _, in := range []string{"out of scope", "protected", "held", "reactivate", "update", "deactivate", ""} {
		if places[in] < rounds/4 {
			t.Errorf("only %d users in the place %q in %d rounds", places[in], in, rounds)
		}
	}
}

func (w *world) inScope(u *user.User) bool {
	role := strings.ToLower(u.Role)
	if len(w.policy.Scope.Roles) > 0 && role != "staff" && role != "student" {
		return false
	}
	return len(w.policy.Scope.Tags) == 0 || slices.Contains(u.Tags, "x") || slices.Contains(u.Tags, "y")
}

func (w *world) protected(u *user.User) bool {
	role := strings.ToLower(u.Role)
	if role == "" {
		role = "default"
	}
	return len(w.policy.Protect.UIDs) > 0 && strings.HasPrefix(u.UID, "p-") || slices.Contains(w.policy.Protect.Roles, role)
}

func (w *world) protectedOnRoster(uid string) bool {
	ref, ok := w.roster.Index[uid]
	if !ok {
		return false
	}
	u := &w.roster.Rows[ref].User
	return u.Has.Has(user.Role) && slices.Contains(w.policy.Protect.Roles, u.Role)
}

func (w *world) managed(uid string, f user.Field) bool {
	u := &w.roster.Rows[w.roster.Index[uid]].User
	return u.Has.Has(f) || f == user.Metadata && len(u.Keys) > 0
}
