package guard

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// fieldChanges is what becomes of one field, or one key of the metadata, of the
// users on both sides.
type fieldChanges struct {
	field   string
	changes []fieldChange
}

type fieldChange struct {
	uid           string
	before, after string // canonical JSON; "" is no value
	cause         plan.Cause
}

// exchange is a value for which another one comes.
type exchange struct{ before, after string }

// changedFields are the fields that the plan's updates and reactivations
// change, in order of their names. The changes are told their causes.
func changedFields(p *plan.Plan, causes *causes) []fieldChanges {
	by := map[string]*fieldChanges{}
	for _, verb := range []plan.Verb{plan.Reactivate, plan.Update} {
		operations := p.Of(verb)
		for i := range operations {
			if operations[i].Withheld {
				continue
			}
			row := causes.rowOf(operations[i].UID)
			for c := range operations[i].Changes {
				for _, k := range row.setCause(&operations[i].Changes[c]) {
					f := by[k.Field]
					if f == nil {
						f = &fieldChanges{field: k.Field}
						by[k.Field] = f
					}
					f.changes = append(f.changes, fieldChange{operations[i].UID, k.Before, k.After, k.Cause})
				}
			}
		}
	}
	out := make([]fieldChanges, 0, len(by))
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out = append(out, *by[name])
	}
	return out
}

// without leaves out the changes of a value that was the uid of somebody who is
// gone: their manager has left.
func (f *fieldChanges) without(gone func(uid string) bool) []fieldChange {
	return slices.DeleteFunc(slices.Clone(f.changes), func(c fieldChange) bool { return gone(plainText(c.before)) })
}

// exchanged is a value for which several people get one and the same other, that
// nobody else gets.
type exchanged struct {
	exchange
	n int
}

func exchanges(changes []fieldChange) []exchanged {
	counts := map[exchange]int{}
	into := map[string]map[string]bool{} // by the new value: the old ones
	for _, c := range changes {
		counts[exchange{c.before, c.after}]++
		if into[c.after] == nil {
			into[c.after] = map[string]bool{}
		}
		into[c.after][c.before] = true
	}
	var out []exchanged
	for e, n := range counts {
		if e.before != "" && e.after != "" && n >= explainedLeast && len(into[e.after]) == 1 {
			out = append(out, exchanged{e, n})
		}
	}
	return out
}

// plainText is the text of a JSON string, number or boolean; "" of anything else.
func plainText(value string) string {
	if value == "" {
		return ""
	}
	var v any
	d := json.NewDecoder(strings.NewReader(value))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return ""
	}
	text, _ := user.ScalarText(v)
	return text
}

// commonExchanges are the changes that most users share, for people: most of them,
// or a few samples.
func commonExchanges(changes []fieldChange) string {
	counts := map[exchange]int{}
	for _, c := range changes {
		counts[exchange{c.before, c.after}]++
	}
	all := slices.SortedFunc(maps.Keys(counts), func(a, b exchange) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a.before, b.before), strings.Compare(a.after, b.after))
	})
	n, words := 0, make([]string, min(3, len(all)))
	for i := range words {
		e := all[i]
		n += counts[e]
		words[i] = fmt.Sprintf("%s becomes %s (%d)", brief(e.before), brief(e.after), counts[e])
	}
	which := "such as"
	switch {
	case n == len(changes):
		which = "all of them:"
	case 2*n > len(changes):
		which = "most of them:"
	}
	return which + " " + strings.Join(words, ", ")
}

func brief(value string) string {
	if value == "" {
		return "nothing"
	}
	if len(value) > 60 {
		return strings.ToValidUTF8(value[:60], "") + "…"
	}
	return value
}

// emptiedColumns says of each column how many of the users that both runs read
// had a value in it then and have none now, whatever source they were in.
func emptiedColumns(then, now []plan.PastSource) map[string]int {
	out := map[string]int{}
	had := make([][][]filledThen, len(now))
	for s := range now {
		had[s] = make([][]filledThen, len(then))
		for t := range then {
			had[s][t] = thenBy(&then[t], now[s].Columns)
		}
	}
	meet(then, now, func(t, k, s, i int) {
		was, is := had[s][t][then[t].Sets[k]], &now[s].Filled[now[s].Sets[i]]
		if was.unknown || is.Unknown {
			return
		}
		for lost := was.columns &^ is.Columns; lost != 0; lost &= lost - 1 {
			out[now[s].Columns[bits.TrailingZeros64(lost)]]++
		}
	})
	return out
}

// meet gives each user whom both runs read: the source and the place then and now.
// Rosters keep their order but for a few, so that both are walked in step, and only
// who is elsewhere is looked up.
func meet(then, now []plan.PastSource, each func(t, k, s, i int)) {
	const ahead = 32 // so many who are gone between two who are there
	at := make([]int, len(then))
	met := make([][]bool, len(then))
	for t := range then {
		met[t] = make([]bool, len(then[t].UIDs))
	}
	step := func(s, i int, uid uint64) bool {
		for t := range then {
			uids := then[t].UIDs
			for k := at[t]; k < min(at[t]+ahead, len(uids)); k++ {
				if uids[k] == uid {
					at[t], met[t][k] = k+1, true
					each(t, k, s, i)
					return true
				}
			}
		}
		return false
	}
	elsewhere := map[uint64][2]int{}
	for s := range now {
		for i, uid := range now[s].UIDs {
			if !step(s, i, uid) {
				elsewhere[uid] = [2]int{s, i}
			}
		}
	}
	for t := 0; t < len(then) && len(elsewhere) > 0; t++ {
		for k, uid := range then[t].UIDs {
			if is, ok := elsewhere[uid]; ok && !met[t][k] {
				each(t, k, is[0], is[1])
			}
		}
	}
}

// filledThen is a combination of filled cells of the last good run.
type filledThen struct {
	columns uint64 // by the columns now
	unknown bool
}

// thenBy gives the combinations of a source by the columns now.
func thenBy(then *plan.PastSource, now []string) []filledThen {
	out := make([]filledThen, len(then.Filled))
	for c, bit := range bitsOf(then.Columns, now) {
		for i := range out {
			if then.Filled[i].Columns&bit != 0 {
				out[i].columns |= 1 << c
			}
		}
	}
	for i := range out {
		out[i].unknown = then.Filled[i].Unknown
	}
	return out
}

// bitsOf gives for each of the columns now the bit that it had then; 0 is none.
func bitsOf(then, now []string) []uint64 {
	out := make([]uint64, min(len(now), 64))
	for i := range out {
		if at := slices.Index(then, now[i]); at >= 0 && at < 64 {
			out[i] = 1 << at
		}
	}
	return out
}

// fields is the guard on one field of many users.
func (j *judge) fields() {
	limit, text, ok := j.capOf(j.Max.FieldChanges, j.both, "users on both sides", func() (int, string, bool) {
		return mostChanged.of(j.both), mostChanged.text(j.both, "users on both sides"), j.past() != nil
	})
	if !ok && j.past() == nil {
		return
	}
	var gone map[uint64]bool
	var many []fieldChanges
	for _, f := range changedFields(j.p, j.causes()) {
		if !ok || len(f.changes) <= limit {
			continue
		}
		if gone == nil {
			gone = hashes(j.p.Of(plan.Deactivate))
			for _, uid := range j.seen.Deactivated {
				gone[uid] = true
			}
		}
		left := slices.DeleteFunc(f.without(func(uid string) bool { return uid != "" && gone[user.HashUID(user.FoldUID(uid))] }), j.judged(f.field))
		if len(left) > limit {
			left = j.unexplained(f.field, left)
		}
		if len(left) > limit {
			many = append(many, fieldChanges{f.field, left})
		}
	}
	for i, clause := range j.changedInCommon(many) {
		f := &many[i]
		j.trip(plan.FieldChanges, f.field, text, len(f.changes), "%s of %s would change%s, and the limit is %s; %s%s%s", f.field, counted(len(f.changes), "user"), j.backToo(f.changes), text, j.common(f.field, f.changes), because(f.changes), clause)
	}
}

// backToo says of how many the change comes with a reactivation, which a summary
// does not count among the updates.
func (j *judge) backToo(changes []fieldChange) string {
	back := j.p.Of(plan.Reactivate)
	n := 0
	for i := range changes {
		if at(back, changes[i].uid) >= 0 {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d of them reactivated)", n)
}

// judged reports whether a change goes on with what the last good run began.
func (j *judge) judged(field string) func(fieldChange) bool {
	return func(c fieldChange) bool {
		was := j.accepted(c.uid)
		return was != nil && slices.ContainsFunc(was.Changes, func(w plan.Change) bool {
			return slices.ContainsFunc(w.Keys(), func(k plan.KeyChange) bool { return k.Field == field && k.After == c.after })
		})
	}
}

// common is what the changes are mostly, unless they are private.
func (j *judge) common(field string, changes []fieldChange) string {
	if strings.Contains(field, user.Private) {
		return "from and to values that are private"
	}
	return commonExchanges(changes)
}

// columns is the guards on columns that the last good run read as well.
func (j *judge) columns() {
	past := j.past()
	if past == nil {
		return
	}
	now := j.watch.roster.Sources()
	for i, at := range plan.SameSources(past.Sources, now) {
		if at < 0 {
			continue
		}
		for _, column := range past.Sources[i].Columns {
			if !slices.Contains(now[at].Columns, column) {
				j.trip(plan.LostColumn, sourceName(&now[at])+": "+column, "0", 1, "%s had a column for %s in the last good run and has none now; it would not be managed any more", sourceName(&now[at]), column)
			}
		}
	}
	limit := mostEmptied.of(j.both)
	if !mayBeEmptied(now, limit) {
		return
	}
	emptied := emptiedColumns(past.Sources, now)
	for _, column := range slices.Sorted(maps.Keys(emptied)) {
		if n := emptied[column]; n > limit {
			j.trip(plan.EmptiedCells, column, mostEmptied.text(j.both, "users on both sides"), n, "%s of %s had a value in the last good run and is empty now; where an empty cell keeps what the app has (--empty keep), nothing is cleared by it", column, counted(n, "user"))
		}
	}
}

// unexplained leaves out the changes of values that (nearly) everybody who had
// them exchanges for one and the same other, as when a department gets another
// name.
func (j *judge) unexplained(field string, changes []fieldChange) []fieldChange {
	candidates := exchanges(changes)
	var values []*shared
	of := map[exchange]*shared{}
	for _, e := range candidates {
		m, ok := j.membership(field, e.before)
		if !ok {
			return changes // nobody can count who has it
		}
		of[e.exchange] = &shared{membership: m, n: e.n, enough: e.n * 100 / explainedShare}
		values = append(values, of[e.exchange])
	}
	j.countOthers(values)
	for e, v := range of {
		if v.others > v.enough {
			delete(of, e)
		}
	}
	if len(of) > explainedMost {
		return changes
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c fieldChange) bool { return of[exchange{c.before, c.after}] != nil })
}

// membership is a value of a field as the census has it.
func (j *judge) membership(field, value string) (membership, bool) {
	print := j.watch.prints.Get().(*user.Print)
	defer j.watch.prints.Put(print)
	m := membership{field: field}
	if key, ok := strings.CutPrefix(field, user.Metadata.String()+"."); ok {
		if m.kind, ok = j.watch.layout.Bit(key); !ok {
			if !j.watch.layout.Whole() {
				return m, false
			}
			m.kind = j.watch.objectKeys.kind(field)
		}
		m.value = plainText(value)
		m.hash = print.Value(j.watch.layout, m.value)
		return m, true
	}
	var f user.Field
	if f.UnmarshalText([]byte(field)) != nil || f == user.Metadata {
		return m, false
	}
	m.kind = int(f)
	if f == user.Tags {
		u := user.User{}
		if json.Unmarshal([]byte(value), &u.Tags) != nil {
			return m, false
		}
		print.Take(j.watch.layout, &u, 1<<user.Tags)
		m.hash = print.Part(m.kind)
		return m, true
	}
	if m.value = plainText(value); f == user.Role {
		u := user.User{Role: m.value}
		m.value = u.FoldedRole()
	}
	m.hash = print.Value(j.watch.layout, m.value)
	return m, true
}

// mayBeEmptied reports whether some column has more empty cells than the limit:
// looking closer takes a walk through everybody.
func mayBeEmptied(now []plan.PastSource, limit int) bool {
	empty := map[string]int{}
	for s := range now {
		counts := make([]int, len(now[s].Filled))
		for _, set := range now[s].Sets {
			counts[set]++
		}
		for set, n := range counts {
			if now[s].Filled[set].Unknown {
				continue
			}
			for c, column := range now[s].Columns[:min(64, len(now[s].Columns))] {
				if now[s].Filled[set].Columns&(1<<c) == 0 {
					empty[column] += n
				}
			}
		}
	}
	for _, n := range empty {
		if n > limit {
			return true
		}
	}
	return false
}
