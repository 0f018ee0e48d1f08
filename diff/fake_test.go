package diff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// fakeRoster is a roster in memory, made of cells by the real rules.
type fakeRoster struct {
	layout  *user.Layout
	rows    []user.Row
	entries []user.Entry
	index   map[string]int
	intake  user.Intake
	columns []user.Column
	managed user.Fields
	refused []user.User // as far as they could be read, one for each reject
}

func (r *fakeRoster) Intake() *user.Intake             { return &r.intake }
func (r *fakeRoster) Layout() *user.Layout             { return r.layout }
func (r *fakeRoster) Len() int                         { return len(r.rows) }
func (r *fakeRoster) Managed() user.Fields             { return r.managed }
func (r *fakeRoster) Entry(ref int) (user.Entry, bool) { return r.entries[ref], true }
func (r *fakeRoster) Load(ref int) (user.Row, error)   { return r.rows[ref], nil }
func (r *fakeRoster) Expect([]user.User)               {}
func (r *fakeRoster) Find(uid string) (int, user.Entry, bool) {
	ref, ok := r.index[uid]
	if !ok {
		return 0, user.Entry{}, false
	}
	return ref, r.entries[ref], true
}

// newRoster reads a table: a header of canonical names and rows, their cells
// between bars. Row numbers begin at 2, in a file called staff.csv.
func newRoster(rules user.Rules, header string, rows ...string) *fakeRoster {
	r := &fakeRoster{layout: user.NewLayout(), index: map[string]int{}}
	var columns []user.Column
	for _, name := range strings.Split(header, "|") {
		c := user.Column{Header: name}
		if key, ok := strings.CutPrefix(name, "metadata."); ok {
			c.Field, c.Path = user.Metadata, strings.Split(key, ".")
			c.Bit = r.layout.KeyBit(c.Path)
		} else if part, ok := map[string]user.Part{"first": user.First, "last": user.Last}[name]; ok {
			c.Field, c.Part = user.Name, part
		} else if err := c.Field.UnmarshalText([]byte(name)); err != nil {
			panic(err)
		} else if c.Field == user.Metadata {
			r.layout.HoldsObject()
		}
		columns = append(columns, c)
		r.managed.Add(c.Field)
	}
	r.columns = columns
	var rep user.Repairs
	var print user.Print
	for i, row := range rows {
		cells := strings.Split(row, "|")
		u, defects := rules.Row(columns, cells, &rep)
		source := user.Source{File: "staff.csv", Row: i + 2}
		r.intake.Rows++
		if len(defects) > 0 {
			r.intake.Rejected++
			reject := user.Reject{Source: source, UID: u.UID, Defects: defects, Cells: cells}
			if i := slices.IndexFunc(columns, func(c user.Column) bool { return c.Field == user.UID }); i >= 0 && i < len(cells) {
				reject.ClaimWritten(cells[i])
			}
			r.intake.Rejects = user.ListOf(append(r.intake.Rejects.Slice(), reject))
			r.refused = append(r.refused, u)
			continue
		}
		r.intake.Users++
		mask := u.Mask()
		r.index[u.UID] = len(r.rows)
		row := user.Row{User: u, Source: source, Cells: cells}
		if i := slices.IndexFunc(columns, func(c user.Column) bool { return c.Field == user.UID }); i >= 0 && i < len(cells) {
			row.Written = cells[i]
		}
		r.rows = append(r.rows, row)
		r.entries = append(r.entries, user.Entry{Print: print.Of(r.layout, &u, mask), Mask: mask, State: u.State})
	}
	if len(r.index) != len(r.rows) {
		panic("the test's roster has a uid twice")
	}
	return r
}

// Sources is the roster as one source, or as one for each file of its rows.
func (r *fakeRoster) Sources() []plan.PastSource {
	var out []plan.PastSource
	for i := range r.rows {
		row := &r.rows[i]
		at := slices.IndexFunc(out, func(s plan.PastSource) bool { return s.Path == row.Source.File })
		if at < 0 {
			at = len(out)
			out = append(out, plan.PastSource{Path: row.Source.File})
			for _, c := range r.columns {
				if c.Field != user.UID {
					out[at].Columns = append(out[at].Columns, c.Header)
				}
			}
		}
		s := &out[at]
		f := plan.Filled{Active: row.User.State != user.Deactivated}
		for k, column := range s.Columns {
			for c := range r.columns {
				if r.columns[c].Header == column && c < len(row.Cells) && row.Cells[c] != "" {
					f.Columns |= 1 << k
				}
			}
		}
		set := slices.Index(s.Filled, f)
		if set < 0 {
			set = len(s.Filled)
			s.Filled = append(s.Filled, f)
		}
		s.UIDs, s.Sets = append(s.UIDs, user.HashUID(row.User.UID)), append(s.Sets, uint16(set))
	}
	return out
}

// matching is the roster with what its rejects claim by second keys.
func (r *fakeRoster) matching(match [][]string) *fakeRoster {
	out := *r
	rejects := slices.Clone(r.intake.Rejects.Slice())
	out.intake.Rejects = user.ListOf(rejects)
	for i := range rejects {
		reject := &rejects[i]
		reject.Claims = slices.Clone(reject.Claims)
		for _, path := range match {
			reject.ClaimKey(path, r.refused[i].KeyValue(path))
		}
	}
	return &out
}

// inFull is the roster without prints: every user has to be compared in full.
func (r *fakeRoster) inFull() *fakeRoster {
	out := *r
	out.entries = slices.Clone(r.entries)
	for i := range out.entries {
		out.entries[i].Mask, out.entries[i].Print = user.Unprintable, 0
	}
	return &out
}

// shuffled is the roster in another order of references.
func (r *fakeRoster) shuffled(rng *rand.Rand) *fakeRoster {
	out := *r
	out.rows, out.entries, out.index = nil, nil, map[string]int{}
	for _, i := range rng.Perm(len(r.rows)) {
		out.index[r.rows[i].User.UID] = len(out.rows)
		out.rows = append(out.rows, r.rows[i])
		out.entries = append(out.entries, r.entries[i])
	}
	return &out
}

// listing reads a table of remote users as newRoster does, without any rules:
// the app may hold what no roster could bring in.
func listing(header string, rows ...string) []user.User {
	var users []user.User
	names := strings.Split(header, "|")
	for _, row := range rows {
		u := user.User{State: user.Active}
		for i, cell := range strings.Split(row, "|") {
			var f user.Field
			if err := f.UnmarshalText([]byte(names[i])); err != nil {
				panic(err)
			}
			switch f {
			case user.State:
				if cell == "deactivated" {
					u.State = user.Deactivated
				} else if cell != "" {
					panic("the test's listing has the state " + cell)
				}
			case user.Tags:
				if cell != "" {
					u.Tags = strings.Split(cell, ",")
				}
			case user.Metadata:
				u.Metadata = cell
			default:
				u.Set(f, cell)
			}
		}
		u.Has = 0
		users = append(users, u)
	}
	return users
}

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

// borrowed is a copy of a page whose strings all lie in one buffer.
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
	}
	return out, func() {
		for _, b := range pieces {
			for i := range b {
				b[i] = '#'
			}
		}
		for i := range out {
			clear(out[i].Tags)
		}
		clear(out)
	}
}

func compute(t *testing.T, r *fakeRoster, users []user.User, policy Policy) *plan.Plan {
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
	}{{"unchanged", p.Unchanged}, {"out of scope", p.OutOfScope}, {"protected", p.Protected}, {"kept", p.Kept}, {"strangers", p.Strangers}} {
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
