package report

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// mergeRejects puts the rows that the plan found to be unusable among those
// of the intake, where they were counted as users.
func (r *Report) mergeRejects() {
	late := len(r.plan.Rejects)
	r.intake.Users -= late
	r.intake.Rejected += late
	r.rejects = newRejects(r)
	for _, x := range r.rejects.each() {
		r.defects += len(x.Defects)
	}
	if r.in.Decisions != nil {
		d := *r.in.Decisions
		d.Rejects = slices.Clone(d.Rejects)
		for i := range d.Rejects {
			d.Rejects[i].Defects = r.masked(d.Rejects[i].Defects)
		}
		r.in.Decisions = &d
	}
}

func (r *Report) count() {
	for i := range r.plan.Operations {
		v := r.plan.Operations[i].Verb
		if int(v) >= len(r.counts) {
			v = 0 // counted as no verb, which balance refuses
		}
		o := plan.Outcome(0)
		if i < len(r.in.Results) {
			o = r.in.Results[i].Outcome
		}
		for _, c := range []*Count{&r.counts[v], &r.total} {
			c.Planned++
			*c.of(o)++
		}
		if r.takesEffect(i) {
			r.effective[v]++
		}
		r.caused = r.caused || slices.ContainsFunc(r.plan.Operations[i].Changes, func(c plan.Change) bool { return c.Cause != "" })
	}
}

// takesEffect reports whether an operation was carried out; or would be, where the
// plan was not to be: then what is withheld, drifted, or kept by a decision is not.
func (r *Report) takesEffect(i int) bool {
	switch {
	case i >= len(r.in.Results):
		return false
	case r.unsent():
		return r.in.Results[i].Outcome == plan.Skipped && r.in.Results[i].Code == ""
	}
	return r.in.Results[i].Outcome == plan.Applied
}

// balance checks that every row, every remote user and every operation is
// accounted for exactly once.
func (r *Report) balance() error {
	in := &r.intake
	if in.Rows != in.Users+in.Duplicates+in.Rejected || in.Users < 0 {
		return fmt.Errorf("%d source rows, but %d users, %d duplicates and %d rejects", in.Rows, in.Users, in.Duplicates, in.Rejected)
	}
	if n := r.rejects.len(); n != in.Rejected {
		return fmt.Errorf("%d rows rejected, but %d rejects are listed", in.Rejected, n)
	}
	if len(in.Files) > 0 {
		rows := 0
		for _, f := range in.Files {
			rows += f.Rows
		}
		if rows != in.Rows {
			return fmt.Errorf("%d source rows, but the files have %d", in.Rows, rows)
		}
	}
	if len(r.in.Results) != len(r.plan.Operations) {
		return fmt.Errorf("%d operations, but %d outcomes", len(r.plan.Operations), len(r.in.Results))
	}
	if d := r.in.Decisions; d != nil && len(d.Of) != len(r.plan.Operations) {
		return fmt.Errorf("%d operations, but decisions on %d", len(r.plan.Operations), len(d.Of))
	}
	if n := r.counts[0].Planned; n > 0 {
		return fmt.Errorf("%d operations without a valid verb", n)
	}
	if n := r.total.unsettled; n > 0 {
		return fmt.Errorf("%d operations without a valid outcome", n)
	}
	if r.in.Run.Result == noResult || r.in.Run.Result >= resultCount {
		return fmt.Errorf("the run has no valid result")
	}
	for v := plan.Reactivate; v <= plan.Deactivate; v++ {
		c := &r.counts[v]
		sum := 0
		for _, o := range outcomes {
			sum += c.Of(o)
		}
		if sum != c.Planned || c.Planned != r.plan.Count(v) {
			return fmt.Errorf("%d of %s planned, but %d outcomes and %d listed", c.Planned, v, sum, r.plan.Count(v))
		}
	}
	for i := range r.plan.Conflicts {
		if r.plan.Conflicts[i].Gone {
			r.gone++
		}
	}
	if err := r.plan.Check(); err != nil || r.plan.Places == nil || r.in.Displaced {
		return err
	}
	return balancePlaces(r.plan)
}

// keysKept is how many operations may have their changes kept taken apart,
// since every format needs them; beyond, each format takes them apart anew,
// so that memory stays bounded.
const keysKept = 250_000

// takeApart keeps the changes of metadata by key, masked.
func (r *Report) takeApart() {
	if len(r.plan.Operations) > keysKept {
		return
	}
	r.keys = make([][]plan.KeyChange, len(r.plan.Operations))
	names := map[string]string{} // so that each key's name is kept once
	for i := range r.plan.Operations {
		changes := r.plan.Operations[i].Changes
		if !slices.ContainsFunc(changes, func(c plan.Change) bool { return c.Field == user.Metadata }) {
			continue
		}
		keys := r.appendKeys(nil, changes)
		for j := range keys {
			name, ok := names[keys[j].Field]
			if !ok {
				name = strings.Clone(keys[j].Field)
				names[name] = name
			}
			keys[j].Field = name
		}
		r.keys[i] = keys
	}
}

// changes reads operations' changes as people read them, masked. Each reader
// has its own: what is kept is shared between formats and must not be
// written to.
type changes struct {
	r   *Report
	buf []plan.KeyChange
}

// of gives the changes of one operation; they hold until the next call.
func (c *changes) of(i int) []plan.KeyChange {
	if c.r.keys != nil && c.r.keys[i] != nil {
		return c.r.keys[i]
	}
	c.buf = c.r.appendKeys(c.buf[:0], c.r.plan.Operations[i].Changes)
	return c.buf
}

func (r *Report) appendKeys(buf []plan.KeyChange, changes []plan.Change) []plan.KeyChange {
	for _, c := range changes {
		if c.Field != user.Metadata {
			buf = append(buf, plan.KeyChange{Field: c.Field.String(), Before: c.Before, After: c.After,
				Cause: c.Cause.Of(c.Field.String())})
			continue
		}
		for _, k := range keyChanges(c) {
			buf = append(buf, r.maskedKey(k))
		}
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
	offset := r.plan.Count(plan.Reactivate) + r.plan.Count(plan.Create)
	byFields := map[string]*group{}
	var key []byte
	read := changes{r: r}
	for i := range r.plan.Of(plan.Update) {
		buf := read.of(offset + i)
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
		at += r.counts[i].Planned
	}
	r.inReadingOrder = make([]int, 0, len(r.plan.Operations))
	for _, v := range readingOrder {
		for i := range r.counts[v].Planned {
			r.inReadingOrder = append(r.inReadingOrder, first[v]+i)
		}
	}
}

// taken is a header with what it was taken for.
type taken struct{ Header, Field string }

// columns are those of all sources, each way of taking a header once.
func (r *Report) columns() []taken {
	var all []taken
	seen := map[taken]bool{}
	for _, m := range r.intake.Columns {
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

// held is a remote user with the row that holds it.
type held struct {
	plan.Held
	Why     string        // the row holds it
	Defects []user.Defect // of the row; none if the row is not among the rejects
	New     string        // the uid that it probably has now; "" if the row is no other user's
}

// held gives the people that a row may stand for.
func (r *Report) held() iter.Seq[held] {
	return func(yield func(held) bool) {
		rejects := r.holding()
		for _, h := range r.plan.Held {
			x, k := rejects[h.Source], pairedWith(r.plan, h.UID)
			v := held{Held: h}
			if k == nil || k.Source == h.Source {
				v.Why = heldBy(&h, x, k, r.plan.Config)
			} else { // a row that can't be used holds it as well
				v.Why = heldBy(&h, x, nil, r.plan.Config) + "; and " + k.New + " is probably its new uid"
			}
			if x != nil {
				v.Defects = x.Defects
			}
			if k != nil && k.Source == h.Source {
				v.New = k.New
			}
			if !yield(v) {
				return
			}
		}
	}
}

// holding is the rejects that hold somebody, by their rows.
func (r *Report) holding() map[user.Source]*user.Reject {
	rows := make(map[user.Source]*user.Reject, len(r.plan.Held))
	if len(r.plan.Held) == 0 {
		return rows
	}
	for i := range r.plan.Held {
		rows[r.plan.Held[i].Source] = nil
	}
	for i, x := range r.rejects.each() {
		if _, holds := rows[x.Source]; holds {
			rows[x.Source] = r.rejects.at(i)
		}
	}
	return rows
}

// By says which row holds the user, and why.
func (h held) By() string {
	if h.Source.File == "" {
		return h.Why
	}
	return "by " + h.Source.String() + ": " + h.Why
}

// Wrong says what is wrong with the row.
func (h held) Wrong() string {
	if h.Because == user.Unmanageable {
		return "nothing: there is no row"
	}
	if h.New != "" {
		return "nothing: it is the row of " + h.New
	}
	return wrong(h.Defects)
}

// wrong says what is wrong with a row: each column with its message.
func wrong(defects []user.Defect) string {
	var words []string
	for _, d := range defects {
		if d.Column == "" {
			words = append(words, d.Message)
		} else {
			words = append(words, d.Column+": "+d.Message)
		}
	}
	return strings.Join(words, "; ")
}

// heldAlone is the people whom a row that can't be used may stand for: how many
// they are, how many of them were held in the last run, and the first of the
// others. Summaries name those of pairs by themselves.
func (r *Report) heldAlone() (n, before int, first []held) {
	i := -1
	for h := range r.held() {
		i++
		switch {
		case h.New != "":
			continue
		case was(r.before.held, i):
			before++
		case len(first) < someOf:
			first = append(first, h)
		}
		n++
	}
	return n, before, first
}
