package cometchat

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"cometsync/internal/user"
)

// page is one page of the user list.
type page struct {
	users []user.User // used again for the next page; what is in it stays valid
	tags  []string    // the users' tags, side by side
	total int         // users in all, as the service counts; 0 is not said
	pages int         // likewise
}

// decode reads {"data": [...], "meta": {...}}. The users' texts are
// substrings of text, wherever they hold no escapes.
//
// It is lenient where nothing is lost by it: unknown keys, nulls, numbers in
// strings. Anything that may mean that users are missing is an error: text
// that ends early, data that is not a list, a user without a uid.
func (p *page) decode(text string) error {
	// The users keep the tags: new ones for every page, sized by the last.
	*p = page{users: p.users[:0], tags: make([]string, 0, len(p.tags)+len(p.tags)/8)}
	d := scanner{s: text}
	if d.peek() == 0 && d.p == len(text) {
		return errors.New("the answer is empty")
	}
	found := false
	err := d.object(func(key string) error {
		switch key {
		case "data":
			if found || d.peek() != '[' {
				return d.fail("one list of users")
			}
			found = true
			return d.array(func() error {
				p.users = append(p.users, user.User{})
				if err := p.user(&d, &p.users[len(p.users)-1]); err != nil {
					return fmt.Errorf("user %d: %w", len(p.users), err)
				}
				return nil
			})
		case "meta":
			raw, err := d.raw(1)
			p.meta(raw)
			return err
		}
		return d.skip(1)
	})
	if err == nil {
		err = d.end()
	}
	if err == nil && !found {
		err = errors.New("the answer holds no list of users")
	}
	return err
}

// meta reads what the service says about the whole list. None of it is
// reliable, so whatever cannot be read is not said.
func (p *page) meta(raw string) {
	var m struct {
		Pagination struct {
			Total      any `json:"total"`
			TotalPages any `json:"total_pages"`
		} `json:"pagination"`
	}
	if json.Unmarshal([]byte(raw), &m) == nil {
		p.total, p.pages = whole(m.Pagination.Total), whole(m.Pagination.TotalPages)
	}
}

func whole(v any) int {
	f, err := strconv.ParseFloat(scalar(v), 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > math.MaxInt32 {
		return 0
	}
	return int(f)
}

// user reads one user object. Has gets the fields that are in it.
func (p *page) user(d *scanner, u *user.User) error {
	more, err := d.open('{', '}')
	for more && err == nil {
		var key string
		if key, err = d.key(); err != nil {
			break
		}
		switch key {
		case "uid":
			u.UID, err = d.text()
			u.UID = user.FoldUID(u.UID)
			u.Has.Add(user.UID)
		case "name":
			u.Name, err = d.text()
			u.Has.Add(user.Name)
		case "avatar":
			u.Avatar, err = d.text()
			u.Has.Add(user.Avatar)
		case "link":
			u.Link, err = d.text()
			u.Has.Add(user.Link)
		case "role":
			u.Role, err = d.text()
			u.Has.Add(user.Role)
		case "statusMessage":
			u.StatusMessage, err = d.text()
			u.Has.Add(user.StatusMessage)
		case "metadata":
			u.Metadata, err = metadata(d)
			u.Has.Add(user.Metadata)
		case "tags":
			u.Tags, err = p.list(d)
			u.Has.Add(user.Tags)
		case "createdAt":
			u.CreatedAt, err = d.seconds()
			u.Has.Add(user.CreatedAt)
		case "updatedAt":
			u.UpdatedAt, err = d.seconds()
		case "lastActiveAt":
			u.LastActiveAt, err = d.seconds()
			u.Has.Add(user.LastActiveAt)
		case "deactivatedAt":
			u.DeactivatedAt, err = d.seconds()
		default:
			err = d.skip(3)
		}
		if err == nil {
			more, err = d.next('}')
		}
	}
	if err == nil && !user.ValidUID(u.UID) {
		err = fmt.Errorf("%.120q is no uid", u.UID)
	}
	return err
}

// metadata keeps the value as it is written. The service has been seen to
// keep values that are no objects; null is none, and so is the empty list, as
// which some of its languages write an empty object.
func metadata(d *scanner) (string, error) {
	raw, err := d.raw(3)
	if raw == "null" || raw == "[]" {
		raw = ""
	}
	return raw, err
}

// list reads a list of texts: an array; an object, as which a list with gaps
// is sometimes written; one text; null.
func (p *page) list(d *scanner) ([]string, error) {
	start := len(p.tags)
	add := func() error {
		t, err := d.text()
		if t != "" {
			p.tags = append(p.tags, t)
		}
		return err
	}
	var err error
	switch d.peek() {
	case '[':
		err = d.array(add)
	case '{':
		err = d.object(func(string) error { return add() })
	default:
		err = add()
	}
	if start == len(p.tags) {
		return nil, err
	}
	return p.tags[start:len(p.tags):len(p.tags)], err
}

// decodeUser reads {"data": {...}}, and nothing but a user in it.
func decodeUser(body []byte) (user.User, error) {
	var u user.User
	if len(body) == 0 {
		return u, errors.New("the answer is empty")
	}
	d := scanner{s: string(body)}
	found := false
	err := d.object(func(key string) error {
		if key != "data" {
			return d.skip(1)
		}
		if found {
			return d.fail("one user")
		}
		found = true
		return new(page).user(&d, &u)
	})
	if err == nil {
		err = d.end()
	}
	if err == nil && !found {
		err = errors.New("the answer holds no user")
	}
	return u, err
}
