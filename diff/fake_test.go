package diff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"cometsync/diff/difftest"
	"cometsync/diff/guard"
	"cometsync/internal/jsontext"
	"cometsync/internal/plan"
	"cometsync/internal/user"

	"golang.org/x/sync/errgroup"
)

// fakeRemote hands users over in pages of random size, from several goroutines.
// Their strings lie in the page's memory, which is overwritten as soon as the
// page has been taken in: what was not cloned turns into garbage.
func fakeRemote(users []user.User, rng *rand.Rand) Remote {
	users = slices.Clone(users)
	rng.Shuffle(len(users), func(i, j int) { users[i], users[j] = users[j], users[i] })
	var pages [][]user.User
	for rest := users; len(rest) > 0; {
		n := 1 + rng.IntN(min(len(rest), 40))
		pages = append(pages, rest[:n])
		rest = rest[n:]
	}
	return func(each func(page []user.User) error) (string, error) {
		var g errgroup.Group
		g.SetLimit(4)
		for _, page := range pages {
			g.Go(func() error {
				page, wipe := borrowed(page)
				defer wipe()
				return each(page)
			})
		}
		return "", g.Wait()
	}
}

// borrowed is a copy of a page whose strings all lie in one buffer; half of the users
// have their metadata taken apart.
func borrowed(page []user.User) (out []user.User, wipe func()) {
	var pieces [][]byte
	borrow := func(s string) string {
		if s == "" {
			return ""
		}
		b := []byte(s)
		pieces = append(pieces, b)
		return unsafe.String(&b[0], len(b))
	}
	out = slices.Clone(page)
	for i := range out {
		u := &out[i]
		for _, s := range []*string{&u.UID, &u.Name, &u.Avatar, &u.Link, &u.Role, &u.StatusMessage, &u.Metadata} {
			*s = borrow(*s)
		}
		u.Tags = slices.Clone(u.Tags)
		for k := range u.Tags {
			u.Tags[k] = borrow(u.Tags[k])
		}
		if d := jsontext.New(u.Metadata); i%2 == 0 && strings.HasPrefix(u.Metadata, "{") {
			_, u.Tokens = d.Tokens(nil, 0)
		}
	}
	return out, func() {
		for _, b := range pieces {
			for i := range b {
				b[i] = '#'
			}
		}
		for i := range out {
			clear(out[i].Tags)
			clear(out[i].Tokens)
		}
		clear(out)
	}
}

func compute(t *testing.T, r *difftest.Roster, users []user.User, policy Policy) *plan.Plan {
	t.Helper()
	policy.Itemize = true
	p, err := Compute(r, fakeRemote(users, rand.New(rand.NewPCG(1, 2))), policy)
	if err != nil {
		t.Fatal(err)
	}
	checkOwned(t, p)
	checkPlaces(t, p, users)
	return p
}

// checkOwned looks for what is left of a page that was overwritten.
func checkOwned(t *testing.T, p *plan.Plan) {
	t.Helper()
	if text := fmt.Sprintf("%+v %+v", *p, places(p)); strings.Contains(text, "##") {
		t.Fatalf("the plan keeps memory of a page: %s", text)
	}
}

// show writes a plan down, a fact a line, without what is nothing.
func show(p *plan.Plan) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	for _, o := range p.Operations {
		withheld := ""
		if o.Withheld {
			withheld = " withheld"
		}
		line("%s %s (%s)%s", o.Verb, o.UID, o.Reason, withheld)
		for _, c := range o.Changes {
			line("  %s: %s -> %s", c.Field, shown(c.Before), shown(c.After))
		}
	}
	for _, h := range p.Held {
		because := ""
		if h.Because != user.SameUID {
			because = fmt.Sprintf(" (%s)", h.Because)
		}
		line("held %s by %s%s", h.UID, h.Source, because)
	}
	for _, l := range p.Leaving {
		line("leaving %s after %d of %d, from %s", l.UID, l.Runs, l.Of, l.From.Format("2 Jan 15:04"))
	}
	for _, k := range p.Rekeys {
		line("%s (%s) is %s (%s) of %s: %s %d%%", k.Old, k.OldName, k.New, k.NewName, k.Source, k.Because, k.Confidence)
	}
	for _, c := range p.Conflicts {
		line("conflict %s: %s", c.UID, c.Message)
	}
	for _, r := range p.Rejects {
		line("reject %s: %s %s", r.UID, r.Defects[0].Column, r.Defects[0].Code)
	}
	for _, r := range p.NewRoles {
		line("new role %s", r)
	}
	for _, g := range p.Guards {
		line("guard %s", g.Name)
	}
	for _, n := range toldOf(p) {
		line("notice %s %d", n.Code, n.Count)
	}
	for _, n := range []struct {
		name string
		n    int
	}{{"unchanged", p.Unchanged}, {"out of scope", p.OutOfScope}, {"protected", p.Protected}, {"kept", p.Kept}, {"strangers",
		p.Strangers}} {
		if n.n > 0 {
			line("%s %d", n.name, n.n)
		}
	}
	return b.String()
}

// toldOf is the notices of a plan, but for the one of every plan without a past.
func toldOf(p *plan.Plan) []user.Notice {
	return slices.DeleteFunc(slices.Clone(p.Notices), func(n user.Notice) bool { return n.Code == "guards-off" })
}

func shown(value string) string {
	switch {
	case value == "":
		return "nothing"
	case len(value) > 500:
		return fmt.Sprintf("%.50s... (%d bytes)", value, len(value))
	}
	return value
}

// want compares a plan with what show should make of it; indentation by tabs
// and blank lines around it are the test's own.
func want(t *testing.T, p *plan.Plan, text string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.Trim(line, "\t\n"); line != "" {
			lines = append(lines, line+"\n")
		}
	}
	if got, want := show(p), strings.Join(lines, ""); got != want {
		t.Errorf("the plan is\n%swant\n%s", got, want)
	}
}

func limit(t *testing.T, s string) guard.Limit {
	t.Helper()
	l, err := guard.ParseLimit(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// auto is the policy of a run that sets no limit, on the night after the good run.
func auto(s *difftest.School) Policy {
	return Policy{Basis: guard.Basis{Past: s.Past, Now: difftest.Night(1), Max: guard.Limits{Create: guard.Auto, Deactivate: guard.Auto,
		Reactivate: guard.Auto, FieldChanges: guard.Auto}}}
}
