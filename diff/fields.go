package diff

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
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
}

// exchange is a value for which another one comes.
type exchange struct{ before, after string }

// changedFields are the fields that the plan's updates and reactivations
// change, in order of their names.
func changedFields(p *plan.Plan) []fieldChanges {
	by := map[string]*fieldChanges{}
	for _, verb := range []plan.Verb{plan.Reactivate, plan.Update} {
		operations := p.Of(verb)
		for i := range operations {
			if operations[i].Withheld {
				continue
			}
			for _, c := range operations[i].Changes {
				for _, k := range c.Keys() {
					f := by[k.Field]
					if f == nil {
						f = &fieldChanges{field: k.Field}
						by[k.Field] = f
					}
					f.changes = append(f.changes, fieldChange{operations[i].UID, k.Before, k.After})
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

// commonExchanges are the changes that most of the users share, for people.
func commonExchanges(changes []fieldChange) string {
	counts := map[exchange]int{}
	for _, c := range changes {
		counts[exchange{c.before, c.after}]++
	}
	all := slices.SortedFunc(maps.Keys(counts), func(a, b exchange) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a.before, b.before), strings.Compare(a.after, b.after))
	})
	var b strings.Builder
	for i, e := range all[:min(3, len(all))] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s becomes %s (%d)", brief(e.before), brief(e.after), counts[e])
	}
	return b.String()
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
	filled := map[uint64][2]int{} // by uid: source and combination, then
	for s := range then {
		for i, uid := range then[s].UIDs {
			filled[uid] = [2]int{s, int(then[s].Sets[i])}
		}
	}
	for s := range now {
		was := make([][]uint64, len(then)) // by source: for each column now, its bit then
		for t := range then {
			was[t] = bitsOf(then[t].Columns, now[s].Columns)
		}
		for i, uid := range now[s].UIDs {
			at, known := filled[uid]
			had, have := then[at[0]].Filled[at[1]], now[s].Filled[now[s].Sets[i]]
			if !known || had.Unknown || have.Unknown {
				continue
			}
			for c, bit := range was[at[0]] {
				if had.Columns&bit != 0 && have.Columns&(1<<c) == 0 {
					out[now[s].Columns[c]]++
				}
			}
		}
	}
	return out
}

// bitsOf gives for each of the columns now the bit that it had then; 0 is none.
func bitsOf(then, now []string) []uint64 {
	bits := make([]uint64, min(len(now), 64))
	for i := range bits {
		if at := slices.Index(then, now[i]); at >= 0 && at < 64 {
			bits[i] = 1 << at
		}
	}
	return bits
}
