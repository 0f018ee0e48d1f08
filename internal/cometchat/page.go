package cometchat

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"strings"

	"cometsync/internal/jsontext"
	"cometsync/internal/user"
)

// envelope reads an answer, {"data": ...}; take eats the values of the members
// that it knows. Without data, the answer does not have what is wanted.
func envelope(d *jsontext.Scanner, wanted string, take func(d *jsontext.Scanner, key string) (taken bool)) error {
	if d.Blank() {
		return errors.New("the answer is empty")
	}
	found := false
	for key := range d.Members() {
		if key == "data" && found {
			d.Fail("one set of data")
		}
		taken := take(d, key)
		if !taken {
			d.Skip(1)
		}
		found = found || taken && key == "data"
	}
	if d.End() == nil && !found {
		return errors.New("the answer " + wanted)
	}
	return d.Err
}

type page struct {
	total int // users in all, as the service counts; 0 is not said
	pages int // likewise

	// All of it is used again for the next page.
	users []user.User
	tags  []string         // the users', side by side
	tape  []jsontext.Token // the users' metadata taken apart, one after the other
	found []user.Found     // whom the caller knows; of the lister
	keys  []key            // that stand for the uids of the others; likewise
	scan  jsontext.Scanner
}

// decode reads {"data": [...], "meta": {...}}. The users' texts are
// substrings of text, wherever they hold no escapes.
//
// It is lenient where nothing is lost by it: unknown keys, nulls, numbers in
// strings. A user that is not as the service writes one is odd, and stops nobody
// else. Anything that may mean that users are missing is an error: text that
// ends early, data that is not a list, a list whose items have no uid.
func (p *page) decode(text string) error {
	p.total, p.pages, p.users, p.tags, p.tape = 0, 0, p.users[:0], p.tags[:0], p.tape[:0]
	p.scan.Reset(text)
	bare := 0
	err := envelope(&p.scan, "holds no list of users", func(d *jsontext.Scanner, key string) bool {
		switch key {
		case "data":
			for range d.Elements() {
				p.users = append(p.users, user.User{})
				u := &p.users[len(p.users)-1]
				if p.item(d, u); d.Err != nil {
					d.Err = fmt.Errorf("user %d: %w", len(p.users), d.Err)
				}
				if !u.Has.Has(user.UID) {
					bare++
				}
			}
		case "meta":
			p.meta(d.Raw(1))
		}
		return key == "data" || key == "meta"
	})
	if err == nil && bare > 0 && bare == len(p.users) {
		err = errors.New("the answer holds a list, and nothing in it has a uid")
	}
	return err
}

func (p *page) item(d *jsontext.Scanner, u *user.User) {
	if d.Peek() == '{' {
		p.user(d, u)
	} else {
		d.Skip(2)
	}
	if u.Odd == user.UID || !user.ValidUID(u.UID) {
		u.UID, u.Odd = called(u), user.UID
	}
}

// called is what a user without a valid uid is called: alike at every reading,
// and unlike a uid.
func called(u *user.User) string {
	const most = 150 // bytes
	name := u.UID
	switch {
	case name == "":
		name = fmt.Sprintf("(no uid) %s %d", u.Name, u.CreatedAt)
	case user.ValidUID(name):
		name += " (not a text)"
	}
	if len(name) > most {
		h := fnv.New64a()
		_, _ = h.Write([]byte(name))
		name = fmt.Sprintf("%s… %x", strings.ToValidUTF8(name[:most], ""), h.Sum64())
	}
	return name
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
func (p *page) user(d *jsontext.Scanner, u *user.User) {
	for key := range d.Members() {
		switch key {
		case "uid":
			u.Has.Add(user.UID)
			switch d.Peek() {
			case '"':
				u.UID = d.Str()
			case 'n':
				d.Literal("null")
			default:
				u.Odd = user.UID
				u.UID = d.Raw(3)
			}
		case "name":
			u.Name = textOf(d, u, user.Name)
		case "avatar":
			u.Avatar = textOf(d, u, user.Avatar)
		case "link":
			u.Link = textOf(d, u, user.Link)
		case "role":
			u.Role = textOf(d, u, user.Role)
		case "statusMessage":
			u.StatusMessage = textOf(d, u, user.StatusMessage)
		case "metadata":
			u.Metadata = p.metadata(d, u)
		case "tags":
			u.Tags = p.list(d, u)
		case "createdAt":
			u.CreatedAt = d.Seconds()
			u.Has.Add(user.CreatedAt)
		case "updatedAt":
			u.UpdatedAt = d.Seconds()
		case "lastActiveAt":
			u.LastActiveAt = d.Seconds()
			u.Has.Add(user.LastActiveAt)
		case "deactivatedAt":
			u.DeactivatedAt = d.Seconds()
		default:
			d.Skip(3)
		}
	}
}

// textOf eats a text of a user, or a number or a boolean, which is what it looks
// like. Nothing else is a text, and every user has a name.
func textOf(d *jsontext.Scanner, u *user.User, f user.Field) string {
	c := d.Peek()
	if c == '"' { // nearly always
		u.Has.Add(f)
		return d.Str()
	}
	if c == '{' || c == '[' || c == 'n' && f == user.Name {
		u.Odd = f
		d.Skip(3)
		return ""
	}
	u.Has.Add(f)
	return d.Text()
}

// metadata keeps the value as it is written, whatever it is, and of an object its
// tokens. null is none, and so is the empty list, as which some of the service's
// languages write an empty object. An object with a key twice can't be written back
// whole, so that it is as odd as what is none.
func (p *page) metadata(d *jsontext.Scanner, u *user.User) string {
	u.Has.Add(user.Metadata)
	u.Tokens = nil
	if d.Peek() == '{' {
		var raw string
		start := len(p.tape)
		raw, p.tape = d.Tokens(p.tape, 3)
		if u.Tokens = p.tape[start:]; d.Err == nil && !user.Sound(u.Tokens) {
			u.Odd = user.Metadata
		}
		return raw
	}
	raw := d.Raw(3)
	switch {
	case raw == "", raw == "null", raw == `""`, raw[0] == '[' && strings.TrimSpace(raw[1:len(raw)-1]) == "":
		return ""
	}
	u.Odd = user.Metadata
	return raw
}

// list reads a list of texts: an array; an object, as which a list with gaps
// is sometimes written; null.
func (p *page) list(d *jsontext.Scanner, u *user.User) []string {
	start, odd := len(p.tags), false
	add := func() {
		if c := d.Peek(); c == '{' || c == '[' {
			odd = true
			d.Skip(4)
		} else if t := d.Text(); t != "" {
			p.tags = append(p.tags, t)
		}
	}
	switch d.Peek() {
	case '[':
		for range d.Elements() {
			add()
		}
	case '{':
		for range d.Members() {
			add()
		}
	case 'n':
		d.Literal("null")
	default:
		odd = true
		d.Skip(3)
	}
	if odd {
		u.Odd = user.Tags
	}
	if u.Odd != user.Tags {
		u.Has.Add(user.Tags)
	}
	if start == len(p.tags) {
		return nil
	}
	return p.tags[start:len(p.tags):len(p.tags)]
}

// decodeUser reads {"data": {...}}, and nothing but a user in it.
func decodeUser(body []byte) (user.User, error) {
	var u user.User
	err := envelope(jsontext.New(string(body)), "holds no user", func(d *jsontext.Scanner, key string) bool {
		if key == "data" {
			new(page).user(d, &u)
		}
		return key == "data"
	})
	u.UID, u.Tokens = user.FoldUID(u.UID), nil
	switch {
	case err != nil:
	case !user.ValidUID(u.UID):
		err = errors.New("the answer holds no user")
	case u.Odd != user.NoField && u.Odd != user.Tags && u.Odd != user.Metadata:
		err = fmt.Errorf("the answer is malformed: its %s is not valid", u.Odd)
	}
	return u, err
}
