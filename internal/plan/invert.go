package plan

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Done is one operation of an earlier run, as its record shows it.
type Done struct {
	Operation Operation
	Result    Result // without an outcome where no answer is on record
	Sent      bool
}

// trace is what an operation has left in its user: for certain, or, where
// nobody knows what came of it, perhaps.
type trace struct {
	created bool
	access  Verb // Reactivate or Deactivate, if it did that
	changes []Change
}

func (d *Done) trace() trace {
	if !d.Sent {
		return trace{}
	}
	var t trace
	r := &d.Result
	perhaps := r.Outcome == Unknown || r.Outcome == noOutcome
	switch verb := d.Operation.Verb; verb {
	case Create:
		// What else was done than to create, was done to a user that was there.
		t.created = r.Did.Has(Create) || perhaps && r.Did == 0 && r.Instead == nil
		if !t.created {
			t.changes = r.Instead
			if r.Did.Has(Reactivate) {
				t.access = Reactivate
			}
		}
	case Reactivate, Deactivate:
		if perhaps || r.Did.Has(verb) {
			t.access = verb
		}
		fallthrough
	case Update:
		if perhaps || r.Did.Has(Update) {
			t.changes = d.Operation.Changes
		}
	}
	return t
}

// Inverse is what undoes the operation, for its user as the remote shows it
// now; nil is a user that the app does not have. There is an operation, or a
// conflict that says why there is none, or neither: then nothing was done, or
// the user is again as it was before.
//
// A field is put back only while it is as the run left it. What somebody has
// changed since is theirs, and then the whole user is left alone: half of an
// undo is a state that nobody ever had. Metadata is judged by its keys, so that
// another program's keys are in nobody's way.
func (d *Done) Inverse(now *user.User) (*Operation, *Conflict) {
	t := d.trace()
	switch {
	case !t.created && t.access == noVerb && len(t.changes) == 0:
		return nil, nil
	case t.created:
		return d.uncreate(now)
	case now == nil:
		return nil, &Conflict{UID: d.Operation.UID, Name: d.Operation.Name, Gone: true,
			Message: "the app does not have the user any more; an undo would " + intent(opposite(t.access), t.changes)}
	}
	restore, changed := restored(t.changes, now)
	deactivated := now.State == user.Deactivated
	verb := noVerb
	if t.access == Reactivate && !deactivated || t.access == Deactivate && deactivated {
		verb = opposite(t.access)
	}
	stuck := deactivated && verb == noVerb
	switch {
	case len(changed) > 0:
		if stuck {
			changed = append(changed, t.deactivatedSince())
		}
		return nil, conflict(now, "changed since the run: "+listedFields(changed), changed, intent(verb, t.changes))
	case len(restore) > 0 && stuck:
		return nil, conflict(now, "deactivated since the run, and a deactivated user can't be updated",
			[]ConflictField{t.deactivatedSince()}, intent(verb, restore))
	case len(restore) > 0 && verb == noVerb:
		verb = Update
	case verb == noVerb:
		return nil, nil
	}
	return inverse(verb, now, restore), nil
}

func opposite(v Verb) Verb {
	switch v {
	case Reactivate:
		return Deactivate
	case Deactivate:
		return Reactivate
	}
	return noVerb
}

// deactivatedSince is the state of a user whom the run left active.
func (t *trace) deactivatedSince() ConflictField {
	active, deactivated := user.JSON(user.Active.String()), user.JSON(user.Deactivated.String())
	f := ConflictField{Field: user.State.String(), Before: active, After: active, Now: deactivated}
	if t.access == Reactivate {
		f.Before = deactivated
	}
	return f
}

// uncreate undoes a creation by a deactivation: nothing is ever deleted.
func (d *Done) uncreate(now *user.User) (*Operation, *Conflict) {
	if now == nil || now.State == user.Deactivated {
		return nil, nil
	}
	// A value that is lacking was lost on the way if the creation did not
	// succeed as a whole; else somebody took it away.
	made := d.Operation
	if d.Result.Did.Has(Create) && d.Result.Outcome != Applied {
		made.Changes = slices.DeleteFunc(slices.Clone(made.Changes), func(c Change) bool { return shows(now, Change{Field: c.Field}) })
	}
	changed := append(made.unlike(now), d.besides(now)...)
	if len(changed) > 0 {
		return nil, conflict(now, "changed since the run created the user: "+listedFields(changed), changed, intent(Deactivate, nil))
	}
	return inverse(Deactivate, now, nil), nil
}

// besides is what a user has by now in fields that its creation left empty:
// somebody gave it that since.
func (d *Done) besides(now *user.User) []ConflictField {
	var fields []ConflictField
	for _, f := range []user.Field{user.Avatar, user.Link, user.Role, user.Tags, user.StatusMessage, user.Metadata} {
		given := slices.ContainsFunc(d.Operation.Changes, func(c Change) bool { return c.Field == f })
		if !given && !shows(now, Change{Field: f}) {
			fields = append(fields, instead(f, "", Present(now, f))...)
		}
	}
	return fields
}

// instead shows what a user has in place of what its creation gave, or was to give it.
func instead(f user.Field, after, now string) (fields []ConflictField) {
	for _, k := range Keys(Change{Field: f, Before: after, After: now}) {
		fields = append(fields, conflictField(k.Field, "", k.Before, k.After, k.Private))
	}
	return fields
}

// inverse makes the operation; nothing in it shares memory with the page that
// the user came in.
func inverse(verb Verb, now *user.User, changes []Change) *Operation {
	u := now.Clone()
	return &Operation{Verb: verb, Reason: Undone, UID: u.UID, Name: u.Name, Role: u.Role, Tags: u.Tags, Changes: changes}
}

func conflict(now *user.User, found string, fields []ConflictField, intent string) *Conflict {
	return &Conflict{UID: strings.Clone(now.UID), Name: strings.Clone(now.Name),
		Message: found + "; left alone, where an undo would " + intent, Fields: fields}
}

// conflictField makes the values canonical that came from the service as they
// were. It is private, too, if one of them holds a private key.
func conflictField(field, before, after, now string, private bool) ConflictField {
	f := ConflictField{Field: field, Before: before, After: after, Now: now, Private: private}
	for _, v := range []*string{&f.Before, &f.After, &f.Now} {
		if *v == "" {
			continue
		}
		var b bytes.Buffer
		if *v = valid(*v); json.Compact(&b, []byte(*v)) == nil {
			*v = b.String()
		} else {
			*v = user.JSON(*v) // text, as a whole
		}
		f.Private = f.Private || strings.HasPrefix(field, "metadata") && holdsPrivate(*v, "")
	}
	return f
}

// intent is what an undo would do, in words.
func intent(verb Verb, changes []Change) string {
	var words []string
	if len(changes) > 0 {
		var all []string
		for _, k := range Keys(changes...) {
			all = append(all, k.Field)
		}
		words = append(words, "put back "+phrase.Some(all, mostFields))
	}
	if verb != noVerb {
		words = append(words, verb.String()+" the user")
	}
	return strings.Join(words, " and ")
}

const mostFields = 10 // that a message names

func listedFields(fields []ConflictField) string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Field
	}
	return phrase.Some(names, mostFields)
}

// isTime reports whether a field is one that nothing but a bulk import can set, and that
// is therefore never put back.
func isTime(f user.Field) bool { return f == user.CreatedAt || f == user.LastActiveAt }

// restored says what puts the fields back that are as the changes left them,
// and shows those that are neither so nor as they were before.
func restored(changes []Change, now *user.User) (restore []Change, changed []ConflictField) {
	for _, c := range changes {
		if isTime(c.Field) {
			continue
		}
		back := Change{Field: c.Field, Before: c.After, After: c.Before}
		moved := back.rebase(now, exchange{done: true})
		switch {
		case back.After == back.Before:
			continue
		case c.Field == user.Metadata && len(back.After) > user.MaxMetadata && back.After != canonical(c.Before):
			// With what was added, it can't be sent.
			moved = []ConflictField{conflictField("metadata", c.After, c.Before, back.Before, false)}
		}
		for _, f := range moved { // of what is taken back
			f.Before, f.After = f.After, f.Before
			changed = append(changed, f)
		}
		if len(moved) == 0 {
			restore = append(restore, back)
		}
	}
	return restore, changed
}

// Present is the value of a remote user's field, as a change has it.
func Present(now *user.User, f user.Field) string {
	switch f {
	case user.Tags:
		if len(now.Tags) > 0 {
			return user.JSON(now.Tags)
		}
		return ""
	case user.Metadata:
		return canonical(now.Metadata)
	}
	if s := now.String(f); s != "" {
		return user.JSON(s)
	}
	return ""
}

// canonical is metadata as canonical JSON; what is not an object stays as it is.
func canonical(text string) string {
	object, err := canonicalObject(text)
	if err != nil {
		return strings.Clone(text)
	}
	return object
}

func canonicalObject(text string) (string, error) {
	o, err := user.ReadObject(text)
	if err != nil || len(o) == 0 {
		return "", err
	}
	return user.JSON(o), nil
}

// valueOf is a key's value as canonical JSON; "" if there is no such key.
func valueOf(o user.Object, key string) string {
	v, there := o[key]
	if !there {
		return ""
	}
	return user.JSON(v)
}
