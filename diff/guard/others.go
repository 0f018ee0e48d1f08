package guard

import (
	"math/bits"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// countOthers counts, for each of some values, who else has it in the app and
// keeps access: whom the census met, whom a row holds after all, and of the users
// on both sides those whose row has the value, and who are not given it just now.
// It walks through the roster no further than it takes to know that there are
// enough; mostly that is a few rows.
func (j *judge) countOthers(values []*shared) {
	w, open := j.Watch, map[trait]*shared{}
	count := func(v *shared, n int) {
		if v.others += n; v.others > v.enough {
			delete(open, v.trait)
		}
	}
	var asked user.Mask
	for _, v := range values {
		open[v.trait] = v
		if v.kind >= 0 && v.kind != oneTag {
			asked |= 1 << v.kind
		}
		if v.kind > aDomain {
			count(v, w.census.of(v.trait))
		}
	}
	for _, groups := range w.groups(j.kept) {
		for _, m := range groups {
			if v := open[m.trait]; v != nil {
				count(v, 1)
			}
		}
	}
	had := map[int]int{} // rows, by key of objects
	rows := 0
	var row user.Row
	print := new(user.Fingerprint)
	updated := j.Plan.Of(plan.Update)
	for ref := 0; ref < len(w.stays) && len(open) > 0; ref++ {
		if !w.stays[ref] {
			continue
		}
		e, ok := w.roster.Entry(ref)
		if !ok {
			continue
		}
		if w.roster.LoadInto(ref, &row) != nil {
			continue // whoever needs the row meets the error as well
		}
		rows++
		now := j.had(updated, row.User.UID)
		print.Take(w.layout, &row.User, w.counted, false)
		told := w.told(e)
		has := func(kind int, hash uint64) {
			if before, changes := now[kind]; changes {
				hash = before
			}
			if v := open[trait{kind, hash}]; v != nil {
				count(v, 1)
			}
		}
		for m := uint64(asked & told); m != 0; m &= m - 1 {
			kind := bits.TrailingZeros64(m)
			has(kind, print.Part(kind))
		}
		if _, changes := now[int(user.Tags)]; !changes && told&(1<<user.Tags) != 0 {
			for _, t := range row.User.Tags {
				has(oneTag, print.Value(w.layout, t))
			}
		}
		for _, path := range w.match {
			if domain := domainOf(row.User.KeyValue(path)); domain != "" {
				has(aDomain, print.Value(w.layout, domain))
			}
		}
		if o, err := user.ReadObject(row.User.Metadata); err == nil {
			w.inObject(o, func(kind int, _, text string) {
				had[kind]++
				has(kind, print.Value(w.layout, text))
			})
		}
	}
	for _, v := range values { // a key that hardly a row has is not the roster's
		if v.kind <= anObjectKey && 2*had[v.kind] < rows {
			v.others = v.enough + 1
		}
	}
}

// had is what the app has, by kind, of the fields that the plan's update of a
// user changes; of tags, that they change.
func (j *judge) had(updated []plan.Operation, uid string) map[int]uint64 {
	i := at(updated, uid)
	if i < 0 {
		return nil
	}
	had := map[int]uint64{}
	for _, k := range plan.Keys(updated[i].Changes...) {
		if m, ok := j.membership(k.Field, k.Before); ok {
			had[m.kind] = m.hash
		}
	}
	return had
}

// at is where a user is among operations of one verb, in their order; -1 if it is not.
func at(operations []plan.Operation, uid string) int {
	i, found := slices.BinarySearchFunc(operations, uid, func(o plan.Operation, uid string) int { return strings.Compare(o.UID, uid) })
	if !found {
		return -1
	}
	return i
}
