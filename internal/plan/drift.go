package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"cometsync/internal/user"
)

// Drift is why an operation is left alone: its user has moved since the plan.
type Drift struct {
	Message string          // what was found; names fields, and never values
	Fields  []ConflictField // with After as planned; none for a user that is gone
	Already bool            // the user shows all that was planned
}

// Drift judges an operation against its user as the remote shows it now, all
// fields of it; nil is a user that the app does not have. No drift is nil: then
// every planned field is as it was when the plan was made, and so is the state.
//
// Of metadata the planned keys count, so that another program's keys are in
// nobody's way. Where such others have moved, rebased is the operation's
// changes made anew for the object as it is now; nil is as planned. Metadata
// that is replaced counts as a whole: a key that came since would be lost, and
// nobody has reviewed that.
//
// A user that is already as planned has drifted, too: somebody else did it, and
// an undo must not take it for this run's work.
func (o *Operation) Drift(now *user.User, replaceMetadata bool) (d *Drift, rebased []Change) {
	if now == nil {
		if o.Verb == Create {
			return nil, nil
		}
		return &Drift{Message: "the app does not have the user any more; plan again, if it is to have it"}, nil
	}
	if o.Shown(now, replaceMetadata) {
		return &Drift{Message: "already as planned: it was done since the plan was made; nothing is left to do", Already: true}, nil
	}
	if o.Verb == Create {
		found := "the app already has the user, and it was planned to be created"
		if now.State == user.Deactivated {
			found = "the app already has the user, deactivated, and it was planned to be created"
		}
		return &Drift{Message: found + "; plan again", Fields: o.unlike(now)}, nil
	}
	var found []string
	var fields []ConflictField
	if is, was := stateOf(now), o.before(); is != was {
		found = append(found, is.String()+" since the plan was made")
		fields = append(fields, ConflictField{Field: user.State.String(), Before: user.JSON(was.String()),
			After: user.JSON(o.after().String()), Now: user.JSON(is.String())})
	}
	rebased = slices.Clone(o.Changes)
	var moved []ConflictField
	for i := range rebased {
		moved = append(moved, rebased[i].rebase(now, exchange{all: replaceMetadata})...)
	}
	if len(moved) > 0 {
		found = append(found, "changed since the plan was made: "+listedFields(moved))
	}
	switch {
	case len(found) > 0:
		return &Drift{Message: strings.Join(found, "; ") + "; plan again", Fields: append(fields, moved...)}, nil
	case slices.Equal(rebased, o.Changes):
		return nil, nil
	}
	for _, c := range rebased {
		if c.Field == user.Metadata && len(c.After) > user.MaxMetadata {
			return &Drift{Message: "metadata got other keys since the plan was made, with which it would be too long to be sent; plan " +
				"again", Fields: []ConflictField{conflictField("metadata", c.Before, c.After, c.Before, false)}}, nil
		}
	}
	return nil, rebased
}

// Shown reports whether a user, all fields of it, shows what the operation is to
// make of it: the state, and every planned field; of metadata that is not
// replaced, every planned key.
func (o *Operation) Shown(now *user.User, replaceMetadata bool) bool {
	if now == nil || stateOf(now) != o.after() {
		return false
	}
	for _, c := range o.Changes {
		back := Change{Field: c.Field, Before: c.After, After: c.Before}
		if isTime(c.Field) {
			if !shows(now, c) {
				return false
			}
		} else if len(back.rebase(now, exchange{all: replaceMetadata})) > 0 {
			return false
		}
	}
	return true
}

// before is the state in which the operation expects its user.
func (o *Operation) before() user.Activity {
	if o.Verb == Reactivate {
		return user.Deactivated
	}
	return user.Active
}

func (o *Operation) after() user.Activity {
	if o.Verb == Deactivate {
		return user.Deactivated
	}
	return user.Active
}

// stateOf is active for a user of whom nothing else is said.
func stateOf(u *user.User) user.Activity { return cmp.Or(u.State, user.Active) }

// unlike is what a user shows of the values that its creation gave it, or was to
// give it, where they differ.
func (o *Operation) unlike(now *user.User) []ConflictField {
	var fields []ConflictField
	for _, c := range o.Changes {
		if !isTime(c.Field) && !shows(now, c) {
			fields = append(fields, instead(c.Field, c.After, Present(now, c.Field))...)
		}
	}
	return fields
}

// rebase makes a change start from the user as it is now, and shows what is not
// as the change says that it was before. With that, the change is as it was.
func (c *Change) rebase(now *user.User, how exchange) (moved []ConflictField) {
	have := Present(now, c.Field)
	is := func(value string) bool {
		return valid(have) == valid(value) || shows(now, Change{Field: c.Field, After: value}) // however it is spelt
	}
	switch {
	case how.done && is(c.After):
		c.Before, c.After = have, have
		return nil
	case is(c.Before):
		if how.done {
			c.Before = have
		}
		return nil
	case c.Field != user.Metadata:
		return []ConflictField{conflictField(c.Field.String(), c.Before, c.After, have, false)}
	}
	was, err1 := user.ReadObject(c.Before)
	want, err2 := user.ReadObject(c.After)
	object, err3 := user.ReadObject(now.Metadata)
	if err1 != nil || err2 != nil || err3 != nil {
		// What is not an object has no keys, and is one value, private as in Keys.
		return []ConflictField{conflictField("metadata", canonical(c.Before), canonical(c.After), have, true)}
	}
	out, moved := exchanged(object, was, want, "metadata", false, how)
	if len(moved) == 0 {
		c.Before, c.After = have, canonical(user.JSON(out))
		if user.EqualValues(out, object) {
			c.After = have
		}
	}
	return moved
}

// exchange is how values are exchanged in an object that may have changed since.
type exchange struct {
	all  bool // the object is one value: other keys have moved
	done bool // what is as it is to be has not moved
}

// exchanged is have with the keys that go from one object to the other set or removed,
// at every level; other keys stay as they are. It shows the keys that are not as they
// were. An object that holds other keys by now does not go with its own.
func exchanged(have, from, to user.Object, path string, private bool, how exchange) (out user.Object, moved []ConflictField) {
	out = user.Object{}
	maps.Copy(out, have)
	keys := user.Object{}
	maps.Copy(keys, from)
	maps.Copy(keys, to)
	if how.all {
		maps.Copy(keys, have)
	}
	same := func(v any, there bool, w any, here bool) bool {
		return there == here && (!there || user.EqualValues(v, w))
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		f, hadF := from[k]
		t, hadT := to[k]
		h, has := have[k]
		switch {
		case same(f, hadF, h, has), how.done && same(t, hadT, h, has):
			delete(out, k)
			if hadT {
				out[k] = t // spelt as there, too: 1 and not 1.0
			}
			continue
		case !how.all && same(f, hadF, t, hadT):
			continue
		}
		private := private || k == user.Private
		fo, fIs := user.AsObject(f)
		so, tIs := user.AsObject(t)
		ho, hIs := user.AsObject(h)
		if (fIs || !hadF) && (tIs || !hadT) && (hIs || !has) && len(fo)+len(so)+len(ho) > 0 {
			inner, fields := exchanged(ho, fo, so, path+"."+k, private, how)
			moved = append(moved, fields...)
			out[k] = inner // it holds keys of others, or what was moved
			if len(inner) == 0 && !(hadT && has) {
				delete(out, k)
			}
			continue
		}
		moved = append(moved, conflictField(path+"."+k, valueOf(from, k), valueOf(to, k), valueOf(have, k), private))
	}
	return out, moved
}
