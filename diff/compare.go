package diff

import (
	"fmt"
	"slices"
	"strconv"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// changes says what has to be sent so that the remote user has what the row
// says; a remote user of nil is one that is to be created. A field of which
// the row does not speak is never among them, and a time or half a name only in
// a creation.
// A defect is a row that can't be used against this remote user.
func changes(row, remote *user.User, policy *Policy) ([]plan.Change, *user.Defect) {
	var out []plan.Change
	create := remote == nil
	has := row.Has
	if create {
		if row.HalfName {
			has.Add(user.Name)
		}
		remote = &user.User{}
		if row.Name == "" {
			return nil, &user.Defect{Column: user.Name.String(), Code: user.NameMissing,
				Message: "the app does not have this user yet, and to create it takes a name; fill it in"}
		}
	}
	for _, f := range []user.Field{user.Name, user.Avatar, user.Link, user.Role, user.StatusMessage} {
		if !has.Has(f) {
			continue
		}
		want, have := row.String(f), remote.String(f)
		if f == user.Role {
			if !create && want == remote.FoldedRole() {
				continue
			}
		} else if want == have || want == user.Text(have) {
			continue
		}
		if f == user.Avatar || f == user.Link {
			if d := unescaped(f, want); d != nil {
				return nil, d
			}
		}
		out = append(out, plan.Change{Field: f, Before: text(have), After: text(want)})
	}
	if row.Has.Has(user.Tags) && !slices.Equal(row.Tags, remote.Tags) {
		have, want := user.TagSet(remote.Tags), user.TagSet(row.Tags)
		if policy.MergeTags && !row.Clear.Has(user.Tags) {
			want = user.TagSet(append(slices.Clone(remote.Tags), row.Tags...))
		}
		if !slices.Equal(have, want) {
			if len(want) > user.MaxTags {
				return nil, &user.Defect{Column: user.Tags.String(), Code: user.TagsTooMany,
					Message: fmt.Sprintf("with the tags that the app's user keeps there would be %d, and at most %d are allowed; take "+
						"some out, or use "+
						"--tags replace",
						len(want), user.MaxTags)}
			}
			c := plan.Change{Field: user.Tags}
			if len(remote.Tags) > 0 {
				c.Before = user.JSON(remote.Tags)
			}
			if len(want) > 0 {
				c.After = user.JSON(want)
			}
			out = append(out, c)
		}
	}
	if row.Has.Has(user.Metadata) || len(row.Keys) > 0 {
		c, d := metadata(row, remote, policy)
		if d != nil {
			return nil, d
		}
		if c != nil {
			out = append(out, *c)
		}
	}
	if create {
		// Nothing else can set them: the users API doesn't, and for a user who
		// is there they have happened.
		for _, f := range []user.Field{user.CreatedAt, user.LastActiveAt} {
			if row.Has.Has(f) {
				out = append(out, plan.Change{Field: f, After: strconv.FormatInt(row.Time(f), 10)})
			}
		}
	}
	slices.SortFunc(out, func(a, b plan.Change) int { return int(a.Field) - int(b.Field) })
	if create {
		if n := bodySize(row.UID, out); n > user.MaxBody {
			return nil, &user.Defect{Code: user.BodyTooLarge,
				Message: fmt.Sprintf("all fields together come to %d bytes, and one request may carry %d; shorten metadata, avatar or link",
					n, user.MaxBody)}
		}
	}
	return out, nil
}

// unescaped is the defect of an address that the app's user does not have, and
// that no app should be given.
func unescaped(f user.Field, address string) *user.Defect {
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

func metadata(row, remote *user.User, policy *Policy) (*plan.Change, *user.Defect) {
	have, err := user.ReadObject(remote.Metadata)
	isObject := err == nil
	want, err := row.Apply(have, policy.ReplaceMetadata)
	if err != nil {
		return nil, &user.Defect{Column: user.Metadata.String(), Code: user.MetadataInvalid, Message: err.Error()}
	}
	switch {
	case isObject && (len(have) == 0 && len(want) == 0 || user.EqualValues(want, have)):
		return nil, nil
	case !isObject && len(want) == 0 && !policy.ReplaceMetadata && !row.Clear.Has(user.Metadata):
		return nil, nil // keys that go, from what has none
	}
	c := &plan.Change{Field: user.Metadata, Before: remote.Metadata}
	if have != nil {
		c.Before = user.JSON(have)
	}
	if len(want) > 0 {
		c.After = user.JSON(want)
	}
	if n := len(c.After); n > user.MaxMetadata {
		return nil, &user.Defect{Column: user.Metadata.String(), Code: user.MetadataTooLarge,
			Message: fmt.Sprintf("with the keys that the app's user keeps the object comes to %d bytes, and at most %d are allowed; "+
				"take keys "+
				"out, or use --metadata replace",
				n, user.MaxMetadata)}
	}
	return c, nil
}

// text is a text as a JSON value; no text is not a value.
func text(s string) string {
	if s == "" {
		return ""
	}
	return user.JSON(s)
}

// bodySize is the length of the request that creates the user.
func bodySize(uid string, changes []plan.Change) int {
	n := len(`{"uid":""}`) + len(uid)
	for _, c := range changes {
		n += len(`,"":`) + len(c.Field.String()) + len(c.After)
	}
	return n
}
