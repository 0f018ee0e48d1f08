package cometchat

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-faster/jx"

	"cometsync/internal/jsontext"
	"cometsync/internal/user"
)

// newUser writes what a new user is to have: the uid and what the user speaks
// of, and then more. What is to be empty is left out: a new user has it empty anyway.
func newUser(u *user.User, doing string, fields []user.Field, more func(e *jx.Encoder) error) ([]byte, error) {
	if !user.ValidUID(u.UID) {
		return nil, fmt.Errorf("uid %q: only a-z 0-9 - _ are allowed", u.UID)
	}
	var e jx.Encoder
	e.ObjStart()
	e.FieldStart("uid")
	e.Str(u.UID)
	var err error
	for _, f := range fields {
		if err == nil && u.Has.Has(f) && !u.Clear.Has(f) && !empty(u, f) {
			err = value(&e, u, f)
		}
	}
	if err == nil {
		err = more(&e)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", doing, u.UID, err)
	}
	e.ObjEnd()
	return e.Bytes(), nil
}

func createBody(u *user.User, withToken bool) ([]byte, error) {
	return newUser(u, "creating", fields, func(e *jx.Encoder) error {
		if withToken {
			e.FieldStart("withAuthToken")
			e.Bool(true)
		}
		return nil
	})
}

// importRow is a user's entry in a bulk import, with the key that it stands
// under: what a create carries but for the status message, which imports do
// not document, and the times of the user's past.
func importRow(u *user.User) ([]byte, error) {
	documented := slices.DeleteFunc(slices.Clone(fields), func(f user.Field) bool { return f == user.StatusMessage })
	body, err := newUser(u, "importing", documented, func(e *jx.Encoder) error {
		for _, t := range []struct {
			field user.Field
			at    int64
		}{{user.CreatedAt, u.CreatedAt}, {user.LastActiveAt, u.LastActiveAt}} {
			if !u.Has.Has(t.field) || u.Clear.Has(t.field) || t.at == 0 {
				continue
			}
			if t.at < 1e9 || t.at >= 1e10 { // the service wants ten digits; milliseconds have more
				return fmt.Errorf("%s: %d is not a time in seconds after 2001-09-09", t.field, t.at)
			}
			e.FieldStart(t.field.String())
			e.Int64(t.at)
		}
		return nil
	})
	return append([]byte(`"`+u.UID+`":`), body...), err
}

// importBody is {"users": {...}}.
func importBody(rows [][]byte) []byte {
	body := []byte(`{"users":{`)
	body = append(body, bytes.Join(rows, []byte{','})...)
	return append(body, "}}"...)
}

// updateBody is the body of an update: the fields that the user speaks of
// and no others. A field is never in it both with a value and to be unset,
// and nothing is ever null: what the service does with either is not
// documented.
func updateBody(u *user.User) ([]byte, error) {
	var e jx.Encoder
	var unset []string
	sent := 0
	e.ObjStart()
	for _, f := range fields {
		if !u.Has.Has(f) {
			continue
		}
		sent++
		if !u.Clear.Has(f) && !empty(u, f) {
			if err := value(&e, u, f); err != nil {
				return nil, fmt.Errorf("updating %s: %w", u.UID, err)
			}
			continue
		}
		switch f {
		case user.Avatar, user.Link, user.Metadata:
			unset = append(unset, f.String())
		case user.Role: // cannot be unset, and this is what a user without one has
			e.FieldStart("role")
			e.Str(user.DefaultRole)
		case user.StatusMessage:
			e.FieldStart("statusMessage")
			e.Str("")
		case user.Tags:
			list(&e, "tags", nil)
		default:
			return nil, fmt.Errorf("updating %s: the %s cannot be cleared", u.UID, f)
		}
	}
	if sent == 0 {
		return nil, fmt.Errorf("updating %s: nothing to send", u.UID)
	}
	if len(unset) > 0 {
		list(&e, "unset", unset)
	}
	e.ObjEnd()
	return e.Bytes(), nil
}

// fields are those that a create or an update can carry.
var fields = []user.Field{user.Name, user.Avatar, user.Link, user.Role, user.StatusMessage, user.Tags, user.Metadata}

func empty(u *user.User, f user.Field) bool {
	switch f {
	case user.Tags:
		return len(u.Tags) == 0
	case user.Metadata:
		return u.Metadata == "" && len(u.Keys) == 0
	}
	return u.String(f) == ""
}

func value(e *jx.Encoder, u *user.User, f user.Field) error {
	switch f {
	case user.Tags:
		list(e, "tags", u.Tags)
	case user.Metadata:
		if len(u.Keys) > 0 {
			return errors.New("keys of metadata have to be merged into the whole object first")
		}
		text := strings.TrimSpace(u.Metadata)
		if !jsontext.IsObject(text) {
			return errors.New("the metadata is not a JSON object")
		}
		e.FieldStart("metadata")
		e.Raw([]byte(text))
	default:
		e.FieldStart(f.String())
		e.Str(u.String(f))
	}
	return nil
}

func sentFields(body []byte) (names []string) {
	d := jsontext.New(string(body))
	for key := range d.Members() {
		names = append(names, key)
		d.Skip(1)
	}
	return names
}

func (i *importing) sent() []string {
	_, user, _ := bytes.Cut(i.row, []byte(":")) // a uid has none
	return sentFields(user)
}

func uidsBody(key string, uids []string) []byte {
	var e jx.Encoder
	e.ObjStart()
	list(&e, key, uids)
	e.ObjEnd()
	return e.Bytes()
}

func list(e *jx.Encoder, key string, texts []string) {
	e.FieldStart(key)
	e.ArrStart()
	for _, text := range texts {
		e.Str(text)
	}
	e.ArrEnd()
}
