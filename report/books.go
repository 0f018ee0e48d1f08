package report

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"sync"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// mergeRejects puts the rows that the plan found to be unusable among those
// of the intake, where they were counted as users.
func (r *Report) mergeRejects() {
	late := len(r.Plan.Rejects)
	r.Intake.Users -= late
	r.Intake.Rejected += late
	r.Rejects = newRejects(r)
	for _, x := range r.Rejects.Each() {
		r.Defects += len(x.Defects)
	}
	if r.In.Decisions != nil {
		d := *r.In.Decisions
		d.Rejects = slices.Clone(d.Rejects)
		for i := range d.Rejects {
			d.Rejects[i].Defects = r.Masked(d.Rejects[i].Defects)
		}
		r.In.Decisions = &d
	}
}

func (r *Report) count() {
	for i := range r.Plan.Operations {
		v := r.Plan.Operations[i].Verb
		if int(v) >= len(r.Counts) {
			v = 0 // counted as no verb, which balance refuses
		}
		o := plan.Outcome(0)
		if i < len(r.In.Results) {
			o = r.In.Results[i].Outcome
		}
		for _, c := range []*Count{&r.Counts[v], &r.Total} {
			c.Take(o, 1)
		}
		if r.takesEffect(i) {
			r.Effective[v]++
		}
		r.Caused = r.Caused || slices.ContainsFunc(r.Plan.Operations[i].Changes, func(c plan.Change) bool { return c.Cause != 0 })
	}
}

// takesEffect reports whether an operation was carried out; or would be, where the
// plan was not to be: then what is withheld, drifted, or kept by a decision is not.
func (r *Report) takesEffect(i int) bool {
	switch {
	case i >= len(r.In.Results):
		return false
	case r.Unsent():
		return r.In.Results[i].Outcome == plan.Skipped && r.In.Results[i].Code == ""
	}
	return r.In.Results[i].Outcome == plan.Applied
}

// keysKept is how many operations may have their changes kept taken apart,
// since every format needs them; beyond, each format takes them apart anew,
// so that memory stays bounded.
const keysKept = 250_000

// takeApart keeps the changes of metadata by key, masked. Without reports nobody asks.
func (r *Report) takeApart() {
	n := len(r.Plan.Operations)
	if n > keysKept {
		return
	}
	r.keys = make([][]plan.KeyChange, n)
	var beside sync.WaitGroup
	beside.Go(func() { r.keepKeys(0, n/2) })
	r.keepKeys(n/2, n)
	beside.Wait()
}

// keepKeys keeps those of some operations.
func (r *Report) keepKeys(from, to int) {
	names := map[string]string{} // so that each key's name is kept once
	var buf []plan.KeyChange
	for i := from; i < to; i++ {
		changes := r.Plan.Operations[i].Changes
		if !slices.ContainsFunc(changes, func(c plan.Change) bool { return c.Field == user.Metadata }) {
			continue
		}
		buf = r.AppendKeys(buf[:0], changes)
		for j := range buf {
			name, ok := names[buf[j].Field]
			if !ok {
				name = strings.Clone(buf[j].Field)
				names[name] = name
			}
			buf[j].Field = name
		}
		r.keys[i] = slices.Clone(buf)
	}
}

// ID is what an operation goes by in decisions, hashed once for all formats.
func (r *Report) ID(i int) string {
	r.hashed.Do(func() {
		var ids strings.Builder
		for j := range r.Plan.Operations {
			ids.WriteString(r.Plan.ID(&r.Plan.Operations[j]))
		}
		r.ids = ids.String()
	})
	n := len(r.ids) / len(r.Plan.Operations)
	return r.ids[n*i : n*(i+1)]
}

// Changes gives the changes of one operation as people read them, masked, until it is
// asked for another one. Each reader has its own: what is kept is shared between formats
// and must not be written to.
func (r *Report) Changes() func(i int) []plan.KeyChange {
	r.apart.Do(r.takeApart)
	var buf []plan.KeyChange
	return func(i int) []plan.KeyChange {
		if r.keys != nil && r.keys[i] != nil {
			return r.keys[i]
		}
		buf = r.AppendKeys(buf[:0], r.Plan.Operations[i].Changes)
		return buf
	}
}

// AppendKeys appends changes as people read them, masked.
func (r *Report) AppendKeys(buf []plan.KeyChange, changes []plan.Change) []plan.KeyChange {
	from := len(buf)
	buf = plan.AppendKeys(buf, changes...)
	for i := range buf[from:] {
		buf[from+i] = r.maskedKey(buf[from+i])
	}
	return buf
}

// group is the updates that change the same fields.
type group struct {
	fields []string
	count  int
	done   int // of them, those that take effect
}

// updating is the groups of the updates that take effect, the largest first.
func (r *Report) updating() []group {
	var groups []group
	for _, g := range r.groups {
		if g.done > 0 {
			groups = append(groups, g)
		}
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(b.done, a.done) })
	return groups
}

func (r *Report) group() {
	offset := r.Plan.Count(plan.Reactivate) + r.Plan.Count(plan.Create)
	byFields := map[string]*group{}
	var key []byte
	var buf []plan.KeyChange
	for i, o := range r.Plan.Of(plan.Update) {
		buf = r.AppendKeys(buf[:0], o.Changes)
		key = key[:0]
		for j := range buf {
			key = append(append(key, buf[j].Field...), 0)
		}
		g := byFields[string(key)]
		if g == nil {
			g = &group{}
			for j := range buf {
				g.fields = append(g.fields, buf[j].Field)
			}
			byFields[string(key)] = g
		}
		g.count++
		if r.takesEffect(offset + i) {
			g.done++
			r.updatesBy[firstCause(buf)]++
		}
	}
	for _, g := range byFields {
		r.groups = append(r.groups, *g)
	}
	slices.SortFunc(r.groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(b.count, a.count), slices.Compare(a.fields, b.fields))
	})
}

// order puts operations into the order in which people are shown them.
func (r *Report) order() {
	first := map[plan.Verb]int{}
	for at, i := 0, plan.Reactivate; i <= plan.Deactivate; i++ {
		first[i] = at
		at += r.Counts[i].Planned
	}
	r.InReadingOrder = make([]int, 0, len(r.Plan.Operations))
	for _, v := range Verbs() {
		for i := range r.Counts[v].Planned {
			r.InReadingOrder = append(r.InReadingOrder, first[v]+i)
		}
	}
}

// taken is a header with what it was taken for.
type taken struct{ Header, Field string }

// columns are those of all sources, each way of taking a header once.
func (r *Report) columns() []taken {
	var all []taken
	seen := map[taken]bool{}
	for _, m := range r.Intake.Columns {
		c := taken{m.Header, m.Field}
		key := c
		if c.plain() {
			key.Header = c.Field
		}
		if !seen[key] {
			seen[key] = true
			all = append(all, c)
		}
	}
	return all
}

// plain says that the header is the field's own name.
func (c taken) plain() bool { return strings.EqualFold(strings.TrimSpace(c.Header), c.Field) }

// Held is a remote user with the row that holds it.
type Held struct {
	plan.Held
	Why     string        // the row holds it
	Defects []user.Defect // of the row; none if the row is not among the rejects
	New     string        // the uid that it probably has now; "" if the row is no other user's
}

// Held gives the people that a row may stand for.
func (r *Report) Held() iter.Seq[Held] {
	return func(yield func(Held) bool) {
		rejects := r.holding()
		for _, h := range r.Plan.Held {
			x := rejects[h.Source]
			v := Held{Held: h, Why: HeldBy(&h, x, r.Plan.Config)}
			if i, paired := pairOf(r.Plan, h.UID); paired {
				if k := &r.Plan.Rekeys[i]; k.Source == h.Source {
					v.Why, v.New = likenesses[user.SamePerson].holds, k.New
				} else { // a row that can't be used holds it as well
					v.Why += "; and " + k.New + " is probably its new uid"
				}
			}
			if x != nil {
				v.Defects = x.Defects
			}
			if !yield(v) {
				return
			}
		}
	}
}

// holding is the rejects that hold somebody, by their rows.
func (r *Report) holding() map[user.Source]*user.Reject {
	rows := make(map[user.Source]*user.Reject, len(r.Plan.Held))
	if len(r.Plan.Held) == 0 {
		return rows
	}
	for i := range r.Plan.Held {
		rows[r.Plan.Held[i].Source] = nil
	}
	for i, x := range r.Rejects.Each() {
		if _, holds := rows[x.Source]; holds {
			rows[x.Source] = r.Rejects.At(i)
		}
	}
	return rows
}

// By says which row holds the user, and why.
func (h Held) By() string {
	if h.Source.File == "" {
		return h.Why
	}
	return "by " + h.Source.String() + ": " + h.Why
}

// Wrong says what is wrong with the row.
func (h Held) Wrong() string {
	if h.Because == user.Unmanageable {
		return "nothing: there is no row"
	}
	if h.New != "" {
		return "nothing: it is the row of " + h.New
	}
	words := make([]string, len(h.Defects)) // each column with its message
	for i, d := range h.Defects {
		words[i] = strings.TrimPrefix(d.Column+": "+d.Message, ": ")
	}
	return strings.Join(words, "; ")
}

// heldAlone is the people whom a row that can't be used may stand for: how many
// they are, how many of them were held in the last run, and the first of the
// others. Summaries name those of pairs by themselves.
func (r *Report) heldAlone() (n, before int, first []Held) {
	i := -1
	for h := range r.Held() {
		i++
		switch {
		case h.New != "":
			continue
		case Was(r.Before.Held, i):
			before++
		case len(first) < SomeOf:
			first = append(first, h)
		}
		n++
	}
	return n, before, first
}
