package cometchat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"cometsync/internal/jsontext"
	"cometsync/internal/user"
)

// Get reads a user. One that does not exist, or is deactivated, is not found:
// the service answers both alike; see Find. Whether the answer to a Get holds
// tags is not documented: Has says which fields it held.
func (c *Client) Get(ctx context.Context, uid string) (user.User, bool, error) {
	var u user.User
	r := request{method: http.MethodGet, path: userPath(uid), budget: c.standard, repeat: true}
	err := c.do(ctx, r, func(body []byte) (err error) {
		u, err = answeredUser(body, uid)
		return err
	})
	if e, ok := errors.AsType[*Error](err); ok && e.NotFound() {
		return user.User{}, false, nil
	}
	if err != nil {
		return user.User{}, false, err
	}
	return u, true, nil
}

// Find reads a user whatever its state, for one who needs some fields of it:
// a deactivated user is looked up in the list, tags included, and an active one as
// well if the answer to a Get does not hold those fields. A field that Has still
// lacks is not known.
func (c *Client) Find(ctx context.Context, uid string, fields user.Fields) (user.User, bool, error) {
	u, ok, err := c.Get(ctx, uid)
	if err != nil || ok && u.Has&fields == fields {
		return u, ok, err
	}
	listed, found, err := c.lookUp(ctx, user.FoldUID(uid))
	switch {
	case err != nil:
		return user.User{}, false, err
	case !found:
		return u, ok, nil
	case !ok || listed.DeactivatedAt > 0:
		listed.State = user.Deactivated
	default:
		listed.State = user.Active
	}
	listed.Has |= user.FieldsOf(user.AllFields()...) // what a list does not show is not there
	return listed, true, nil
}

// lookUp finds a user in the list; it may be active or not.
func (c *Client) lookUp(ctx context.Context, uid string) (user.User, bool, error) {
	var p page
	for n := 1; n <= maxPages; n++ {
		query := listQuery(false, maxPage, n) + "&searchIn=uid&searchKey=" + url.QueryEscape(uid)
		if err := c.readPage(ctx, query, new(bytes.Buffer), func() *page { return &p }); err != nil {
			return user.User{}, false, fmt.Errorf("looking for %s in the user list: %w", uid, err)
		}
		// The service takes the key for the beginning of a uid.
		for _, u := range p.users {
			if u.UID == uid || u.Odd == user.UID && user.FoldUID(u.UID) == uid {
				u.UID = uid
				return u, true, nil
			}
		}
		if len(p.users) == 0 {
			break
		}
	}
	return user.User{}, false, nil
}

// Create makes a user out of the uid and the fields that u.Has, but for those
// that u.Clear, and returns it as the service answers. It is sent once, unless
// it is certain that it was not processed: of an error that is Lost, the user
// may exist now.
//
// With a token, it has the service make an auth token for the user as well; ""
// if the answer holds none. The token is a credential: it is in no error and in
// no log.
func (c *Client) Create(ctx context.Context, u user.User, withToken bool) (made user.User, token string, err error) {
	body, err := createBody(&u, withToken)
	if err != nil {
		return user.User{}, "", err
	}
	r := request{method: http.MethodPost, path: "/users", body: body, budget: c.core}
	err = c.do(ctx, r, func(body []byte) (err error) {
		if made, err = answeredUser(body, u.UID); err == nil && withToken {
			_, token, err = decodeToken(body)
		}
		return err
	})
	if err != nil {
		return user.User{}, "", err
	}
	return made, token, nil
}

// Token has an auth token made for a user.
//
// It is repeated when the answer is lost. Then the service may have made a
// token that nobody holds: it is no use to anybody, but counts among the 100
// that a user may have, past which the service retires the oldest. Not
// repeating would not avoid that, since a token can't be read back: whoever
// needs one has to ask again. A new one is not insisted on ("force"), so a
// service that gives out the newest that there is makes none.
func (c *Client) Token(ctx context.Context, uid string) (string, error) {
	var token string
	r := request{method: http.MethodPost, path: userPath(uid) + tokensPath, budget: c.standard, repeat: true}
	err := c.do(ctx, r, func(body []byte) error {
		of, text, err := decodeToken(body)
		switch {
		case err != nil:
			return err
		case text == "":
			return errors.New("the answer holds no token")
		case of != "" && of != user.FoldUID(uid):
			return fmt.Errorf("the answer is about another user, %s", of)
		}
		token = text
		return nil
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// RevokeTokens takes all auth tokens of a user for good. It is safe to repeat. A
// deactivated user reads as unknown, so that this comes before a deactivation; a
// user without tokens has none to take.
func (c *Client) RevokeTokens(ctx context.Context, uid string) error {
	r := request{method: http.MethodDelete, path: userPath(uid) + tokensPath, budget: c.standard, repeat: true}
	err := c.do(ctx, r, func([]byte) error { return nil })
	if e, ok := errors.AsType[*Error](err); ok && e.Code == codeTokenNotFound {
		return nil
	}
	return err
}

// decodeToken reads {"data": {"uid": ..., "authToken": ...}}. Nothing of the
// token may get into an error.
func decodeToken(body []byte) (uid, token string, err error) {
	err = envelope(jsontext.New(string(body)), "holds no token", func(d *jsontext.Scanner, key string) bool {
		if key != "data" {
			return false
		}
		for key := range d.Members() {
			switch {
			case key == "uid":
				uid = user.FoldUID(d.Text())
			case key == "authToken" && d.Peek() == '"':
				token = d.Str()
			default:
				d.Skip(2)
			}
		}
		return true
	})
	return uid, token, err
}

// Update changes the fields that u.Has, clearing those that u.Clear, and
// returns the user as the service answers: whether a value stuck has to be
// looked for there.
func (c *Client) Update(ctx context.Context, u user.User) (user.User, error) {
	body, err := updateBody(&u)
	if err != nil {
		return user.User{}, err
	}
	r := request{method: http.MethodPut, path: userPath(u.UID), body: body, budget: c.standard, repeat: true}
	var changed user.User
	err = c.do(ctx, r, func(body []byte) (err error) {
		changed, err = answeredUser(body, u.UID)
		return err
	})
	return changed, err
}

// answeredUser reads an answer that has to be about one user.
func answeredUser(body []byte, uid string) (user.User, error) {
	u, err := decodeUser(body)
	if err != nil {
		return user.User{}, err
	}
	if u.UID != user.FoldUID(uid) {
		return user.User{}, fmt.Errorf("the answer is about another user, %s", u.UID)
	}
	u.State = user.Active
	if u.DeactivatedAt > 0 {
		u.State = user.Deactivated
	}
	return u, nil
}

func userPath(uid string) string { return "/users/" + url.PathEscape(uid) }
