package plan

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/go-faster/jx"

	"cometsync/internal/user"
)

// MaxBatch is how many users one call may name. The service documents no
// limit; this is a careful choice.
const MaxBatch = 25

// MaxImport is how many users one bulk import may name, as the service
// documents it.
const MaxImport = 50

// Imported is what a bulk import answered about one user.
type Imported struct {
	UID    string
	User   user.User // as the answer shows it: Has says which fields it held
	Named  bool      // the answer names the user at all
	Failed error     // why the user was not imported; nil if it was
	Sends  int       // requests that carried the user
}

// Batch is what a call on many users came to, uid by uid, in lower case. A uid
// that is in no list was not done.
type Batch struct {
	Done     []string
	Already  []string // as asked for before the call
	NotFound []string
}

// User is what has to be sent for the operation: the uid, and the values
// after of all changes. A field without a value after is one to be cleared.
func (o *Operation) User() (user.User, error) {
	u := user.User{UID: o.UID}
	for _, c := range o.Changes {
		if err := set(&u, c.Field, c.After); err != nil {
			return u, fmt.Errorf("%s %s: %s: %w", o.Verb, o.UID, c.Field, err)
		}
	}
	return u, nil
}

func set(u *user.User, f user.Field, value string) error {
	if f == user.CreatedAt || f == user.LastActiveAt {
		sec, err := strconv.ParseInt(value, 10, 64)
		if err != nil || sec <= 0 {
			return fmt.Errorf("%q is no time in Unix seconds", value)
		}
		u.SetTime(f, sec)
		return nil
	}
	u.Has.Add(f)
	if value == "" {
		u.Clear.Add(f)
		return nil
	}
	switch f {
	case user.Tags:
		return jx.DecodeStr(value).Arr(func(d *jx.Decoder) error {
			tag, err := d.Str()
			u.Tags = append(u.Tags, tag)
			return err
		})
	case user.Metadata:
		u.Metadata = value
		return nil
	case user.Name, user.Avatar, user.Link, user.Role, user.StatusMessage:
		text, err := jx.DecodeStr(value).Str()
		if err != nil {
			return err
		}
		u.Set(f, text)
		return nil
	}
	return fmt.Errorf("can't be sent")
}

// Unmet says which of the changes a user does not show, compared as the plan
// was made. The remaining operation holds just those.
//
// Times are for creations by a bulk import alone, and can't be sent again. A
// creation time is unmet only where the user shows another one. A user who
// never was active shows no time of it, so that showing none is unmet too; a
// later one is not, since people log in.
func (o *Operation) Unmet(have *user.User) []Change {
	var unmet []Change
	for _, c := range o.Changes {
		if !shows(have, c) {
			unmet = append(unmet, c)
		}
	}
	return unmet
}

func shows(have *user.User, c Change) bool {
	var want user.User
	if err := set(&want, c.Field, c.After); err != nil {
		return false
	}
	switch c.Field {
	case user.Tags:
		return slices.Equal(user.TagSet(have.Tags), user.TagSet(want.Tags))
	case user.Metadata:
		a, err := user.ReadObject(have.Metadata)
		b, err2 := user.ReadObject(want.Metadata)
		return err == nil && err2 == nil && (len(a)+len(b) == 0 || user.EqualValues(a, b))
	case user.Role:
		return have.FoldedRole() == want.FoldedRole()
	case user.CreatedAt:
		return have.CreatedAt == 0 || have.CreatedAt == want.CreatedAt
	case user.LastActiveAt:
		return have.LastActiveAt >= want.LastActiveAt
	}
	return user.Text(have.String(c.Field)) == user.Text(want.String(c.Field))
}
