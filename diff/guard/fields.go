package guard

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"cometsync/internal/phrase"
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
	exchange
	at    int32 // of the plan's operations
	cause plan.Cause
}

// exchange is a value for which another one comes: canonical JSON; "" is not a value.
type exchange struct{ before, after string }

// changedFields are the fields that the plan's updates and reactivations
// change, in order of their names. The changes are told their causes.
func changedFields(p *plan.Plan, causes *causes) []fieldChanges {
	by := map[string]*fieldChanges{}
	var keys []plan.KeyChange
	for i := range p.Operations {
		o := &p.Operations[i]
		if o.Withheld || o.Verb != plan.Reactivate && o.Verb != plan.Update {
			continue
		}
		row := causes.rowOf(o)
		for c := range o.Changes {
			keys = row.setCause(&o.Changes[c], keys[:0])
			for k := range keys {
				f := by[keys[k].Field]
				if f == nil {
					f = &fieldChanges{field: keys[k].Field}
					by[f.field] = f
				}
				f.changes = append(f.changes, fieldChange{exchange{keys[k].Before, keys[k].After}, int32(i), keys[k].Cause})
			}
		}
	}
	out := make([]fieldChanges, 0, len(by))
	for _, name := range slices.Sorted(maps.Keys(by)) {
		out = append(out, *by[name])
	}
	return out
}

// countExchanges is how many changes exchange what for what.
func countExchanges(changes []fieldChange) map[exchange]int {
	counts := map[exchange]int{}
	for _, c := range changes {
		counts[c.exchange]++
	}
	return counts
}

// exchanges are the values for which several people get one and the same other, that
// nobody else gets.
func exchanges(changes []fieldChange) map[exchange]int {
	counts, from := countExchanges(changes), map[string]int{} // by the new value: how many old ones
	for e := range counts {
		from[e.after]++
	}
	maps.DeleteFunc(counts, func(e exchange, n int) bool {
		return e.before == "" || e.after == "" || n < explainedLeast || from[e.after] > 1
	})
	return counts
}

// plainText is the text of a JSON string, number or boolean; "" of anything else.
func plainText(value string) string {
	if value == "" {
		return ""
	}
	if n := len(value) - 1; value[0] == '"' && strings.IndexByte(value, '\\') < 0 {
		return user.Text(value[1:n]) // as nearly all are
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
	counts := countExchanges(changes)
	all := slices.SortedFunc(maps.Keys(counts), func(a, b exchange) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a.before, b.before), strings.Compare(a.after, b.after))
	})
	n, words := 0, make([]string, min(3, len(all)))
	for i := range words {
		e := all[i]
		n += counts[e]
		words[i] = phrase.Sprintf("%s becomes %s (%d)", brief(e.before), brief(e.after), counts[e])
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

// fields is the guard on one field of many users.
func (j *judge) fields() {
	limit, text, ok := j.limit(j.Max.FieldChanges, mostChanged, j.Seen.Both, bothUsers)
	if !ok && j.Past == nil {
		return
	}
	var gone map[uint64]bool
	var many []fieldChanges
	for _, f := range changedFields(j.Plan, j.causes()) {
		if !ok || len(f.changes) <= limit {
			continue
		}
		if gone == nil {
			gone = hashes(j.Plan.Of(plan.Deactivate))
			for _, uid := range j.Seen.Deactivated {
				gone[uid] = true
			}
		}
		judged := j.judged(f.field)
		left := slices.DeleteFunc(f.changes, func(c fieldChange) bool {
			uid := plainText(c.before) // somebody who is gone: their manager has left
			return uid != "" && gone[user.HashUID(user.FoldUID(uid))] || judged(c)
		})
		if len(left) > limit {
			left = j.unexplained(f.field, left)
		}
		if len(left) > limit {
			many = append(many, fieldChanges{f.field, left})
		}
	}
	for i, clause := range j.changedInCommon(many) {
		f := &many[i]
		j.trip(plan.FieldChanges, f.field, text, len(f.changes),
			"%s of %s would change%s, and the limit is %s; %s%s%s",
			f.field, phrase.Counted(len(f.changes), "user"), j.backToo(f.changes), text, j.common(f.field,
				f.changes), because(f.changes), clause)
	}
}

// backToo says of how many the change comes with a reactivation, which a summary
// does not count among the updates.
func (j *judge) backToo(changes []fieldChange) string {
	n := 0
	for i := range changes {
		if j.Plan.Operations[changes[i].at].Verb == plan.Reactivate {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return phrase.Sprintf(" (%d of them reactivated)", n)
}

// judged reports whether a change goes on with what the last good run began.
func (j *judge) judged(field string) func(fieldChange) bool {
	return func(c fieldChange) bool {
		was := j.accepted(j.Plan.Operations[c.at].UID)
		return was != nil && slices.ContainsFunc(plan.Keys(was.Changes...),
			func(k plan.KeyChange) bool { return k.Field == field && k.After == c.after })
	}
}

// common is what the changes are mostly, unless they are private.
func (j *judge) common(field string, changes []fieldChange) string {
	if strings.Contains(field, user.Private) {
		return "from and to values that are private"
	}
	return commonExchanges(changes)
}

// unexplained leaves out the changes of values that (nearly) everybody who had
// them exchanges for one and the same other, as when a department gets another
// name.
func (j *judge) unexplained(field string, changes []fieldChange) []fieldChange {
	of := map[exchange]*shared{}
	for e, n := range exchanges(changes) {
		m, ok := j.membership(field, e.before)
		if !ok {
			return changes // nobody can count who has it
		}
		of[e] = &shared{membership: m, n: n, enough: n * 100 / explainedShare}
	}
	j.countOthers(slices.Collect(maps.Values(of)))
	maps.DeleteFunc(of, func(_ exchange, v *shared) bool { return v.others > v.enough })
	if len(of) > explainedMost {
		return changes
	}
	return slices.DeleteFunc(changes, func(c fieldChange) bool { return of[c.exchange] != nil })
}

// membership is a value of a field as the census has it.
func (j *judge) membership(field, value string) (membership, bool) {
	print := new(user.Fingerprint)
	m := membership{field: field}
	if key, ok := strings.CutPrefix(field, user.Metadata.String()+"."); ok {
		if m.kind, ok = j.Watch.layout.Bit(key); !ok {
			if !j.Watch.layout.Whole() {
				return m, false
			}
			m.kind = objectKey(field)
		}
		m.value = plainText(value)
		m.hash = print.Value(j.Watch.layout, m.value)
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
		print.Take(j.Watch.layout, &u, 1<<user.Tags, false)
		m.hash = print.Part(m.kind)
		return m, true
	}
	if m.value = plainText(value); f == user.Role {
		u := user.User{Role: m.value}
		m.value = u.FoldedRole()
	}
	m.hash = print.Value(j.Watch.layout, m.value)
	return m, true
}
