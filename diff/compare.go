package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-faster/jx"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// values gathers the changes of one operation after the other, and makes the operations. What
// they hold lies side by side in blocks: a million operations are not several million
// pieces of memory, each to be allocated and to be looked at whenever garbage is collected.
type values struct {
	json    jx.Writer
	changes []plan.Change
	ends    []int // where each change's value before ends in the text, and the one after

	row   user.Row // the roster's row of whom it is about
	texts strings.Builder
	made  block[plan.Change]
	tags  block[string]
}

// block is memory that is given out in pieces, side by side.
type block[T any] struct{ given []T }

// keep is a copy of some in the block.
func (b *block[T]) keep(some []T) []T {
	const size = 256
	if len(some) == 0 {
		return nil
	}
	if cap(b.given)-len(b.given) < len(some) {
		b.given = make([]T, 0, max(len(some), size))
	}
	from := len(b.given)
	b.given = append(b.given, some...)
	return b.given[from:len(b.given):len(b.given)]
}

// kept is the text that was gathered, beside those before it.
func (v *values) kept() string {
	const size = 16 << 10
	if v.texts.Cap()-v.texts.Len() < len(v.json.Buf) {
		v.texts = strings.Builder{}
		v.texts.Grow(max(len(v.json.Buf), size))
	}
	from := v.texts.Len()
	v.texts.Write(v.json.Buf)
	return v.texts.String()[from:]
}

// forget forgets what was gathered.
func (v *values) forget() { v.json.Buf, v.changes, v.ends = v.json.Buf[:0], v.changes[:0], v.ends[:0] }

// compare gathers what has to be sent so that the remote user has what the row
// says, field by field in their order; a remote user of nil is one that is to be
// created. A field of which the row does not speak is never among them, and a time or
// half a name only in a creation.
// A defect is a row that can't be used against this remote user.
func (v *values) compare(row, remote *user.User, policy *Policy) (defect *user.Defect) {
	v.forget()
	create := remote == nil
	has := row.Has
	if create {
		if row.HalfName {
			has.Add(user.Name)
		}
		remote = &user.User{}
		if row.Name == "" {
			return &user.Defect{Column: user.Name.String(), Code: user.NameMissing,
				Message: "the app does not have this user yet, and to create it takes a name; fill it in"}
		}
	}
	for _, f := range [...]user.Field{user.Name, user.Avatar, user.Link, user.Role, user.Tags, user.StatusMessage} {
		if !has.Has(f) {
			continue
		}
		want, have := row.String(f), remote.String(f)
		switch {
		case f == user.Tags:
			defect = v.tagged(row, remote, policy)
		case f == user.Role && !create && want == remote.FoldedRole(), f != user.Role && (want == have || want == user.Text(have)):
		default:
			defect = unescaped(f, want)
			v.begin(f)
			v.text(have)
			v.text(want)
		}
		if defect != nil {
			return defect
		}
	}
	if row.Has.Has(user.Metadata) || len(row.Keys) > 0 {
		if defect = v.metadata(row, remote, policy); defect != nil {
			return defect
		}
	}
	if !create {
		return nil
	}
	// Nothing else can set them: the users API doesn't, and for a user who
	// is there they have happened.
	for _, f := range [...]user.Field{user.CreatedAt, user.LastActiveAt} {
		if row.Has.Has(f) {
			v.begin(f)
			v.end()
			v.json.Int64(row.Time(f))
			v.end()
		}
	}
	if n := v.bodySize(row.UID); n > user.MaxBody {
		return &user.Defect{Code: user.BodyTooLarge,
			Message: phrase.Sprintf("all fields together come to %d bytes, and one request may carry %d; shorten metadata, avatar or link",
				n, user.MaxBody)}
	}
	return nil
}

// unescaped is the defect of an address that the app's user does not have, and that no
// app should be given; other fields have none.
func unescaped(f user.Field, address string) *user.Defect {
	if f != user.Avatar && f != user.Link {
		return nil
	}
	c := user.Unescaped(address)
	if c == 0 {
		return nil
	}
	code := user.AvatarInvalid
	if f == user.Link {
		code = user.LinkInvalid
	}
	return &user.Defect{Column: f.String(), Code: code, Value: address,
		Message: fmt.Sprintf("not a web address, since it has %q in it, and the app's user has no such address; write that as %%%02X", c,
			c)}
}

func (v *values) tagged(row, remote *user.User, policy *Policy) *user.Defect {
	if slices.Equal(row.Tags, remote.Tags) {
		return nil
	}
	have, want := user.TagSet(remote.Tags), user.TagSet(row.Tags)
	if policy.MergeTags && !row.Clear.Has(user.Tags) {
		want = user.TagSet(append(slices.Clone(remote.Tags), row.Tags...))
	}
	if slices.Equal(have, want) {
		return nil
	}
	if len(want) > user.MaxTags {
		return &user.Defect{Column: user.Tags.String(), Code: user.TagsTooMany,
			Message: fmt.Sprintf("with the tags that the app's user keeps there would be %d, and at most %d are allowed; take some "+
				"out, or use --tags replace", len(want), user.MaxTags)}
	}
	v.begin(user.Tags)
	for _, tags := range [][]string{remote.Tags, want} {
		if len(tags) > 0 {
			user.WriteJSON(&v.json, tags)
		}
		v.end()
	}
	return nil
}

func (v *values) metadata(row, remote *user.User, policy *Policy) *user.Defect {
	have, err := remote.Object()
	isObject := err == nil
	want, err := row.Apply(have, policy.ReplaceMetadata)
	if err != nil {
		return &user.Defect{Column: user.Metadata.String(), Code: user.MetadataInvalid, Message: err.Error()}
	}
	switch {
	case isObject && (len(have) == 0 && len(want) == 0 || user.EqualValues(want, have)):
		return nil
	case !isObject && len(want) == 0 && !policy.ReplaceMetadata && !row.Clear.Has(user.Metadata):
		return nil // keys that go, from what has none
	}
	v.begin(user.Metadata)
	if have != nil {
		user.WriteJSON(&v.json, have)
	} else {
		v.json.RawStr(remote.Metadata)
	}
	v.end()
	before := len(v.json.Buf)
	if len(want) > 0 {
		user.WriteJSON(&v.json, want)
	}
	v.end()
	if n := len(v.json.Buf) - before; n > user.MaxMetadata {
		return &user.Defect{Column: user.Metadata.String(), Code: user.MetadataTooLarge,
			Message: fmt.Sprintf("with the keys that the app's user keeps the object comes to %d bytes, and at most %d are allowed; "+
				"take keys out, or use --metadata replace", n, user.MaxMetadata)}
	}
	return nil
}

// begin begins a change of a field; end ends its value before, and the one after.
func (v *values) begin(f user.Field) { v.changes = append(v.changes, plan.Change{Field: f}) }

func (v *values) end() { v.ends = append(v.ends, len(v.json.Buf)) }

// text is a text as a value; no text is not a value.
func (v *values) text(s string) {
	if s != "" {
		v.json.Str(s)
	}
	v.end()
}

// bodySize is the length of the request that creates the user, who had no values before.
func (v *values) bodySize(uid string) int {
	n := len(`{"uid":""}`) + len(uid) + len(v.json.Buf)
	for _, c := range v.changes {
		n += len(`,"":`) + len(c.Field.String())
	}
	return n
}

// deactivation is an operation that changes no field.
func (v *values) deactivation(reason plan.Reason, u *user.User, row *user.Row) plan.Operation {
	v.forget()
	return v.operation(plan.Deactivate, reason, u, row)
}

// operation makes an operation of what was gathered. Nothing that it keeps is in the
// memory of a remote user's page, which goes, or of a row, which would stay as a whole.
func (v *values) operation(verb plan.Verb, reason plan.Reason, u *user.User, row *user.Row) plan.Operation {
	o := plan.Operation{Verb: verb, Reason: reason}
	if u != nil {
		o.UID, o.Name, o.Role, o.Tags = u.UID, u.Name, u.Role, u.Tags
	}
	if row != nil {
		o.UID, o.Source = row.User.UID, row.Source
		if row.User.Name != "" && (u == nil || !row.User.HalfName) {
			o.Name = row.User.Name
		}
		if row.User.Role != "" {
			o.Role = row.User.Role
		}
		if len(row.User.Tags) > 0 {
			o.Tags = row.User.Tags
		}
	}
	o.Tags, o.Changes = v.tags.keep(o.Tags), v.made.keep(v.changes)
	texts := make([]*string, 0, 16)
	texts = append(texts, &o.UID, &o.Name, &o.Role)
	for i := range o.Tags {
		texts = append(texts, &o.Tags[i])
	}
	for _, t := range texts {
		v.json.RawStr(*t)
	}
	all, at := v.kept(), 0
	cut := func(n int) string {
		at += n
		return all[at-n : at]
	}
	for i := range o.Changes {
		o.Changes[i].Before, o.Changes[i].After = cut(v.ends[2*i]-at), cut(v.ends[2*i+1]-at)
	}
	for _, t := range texts {
		*t = cut(len(*t))
	}
	return o
}
