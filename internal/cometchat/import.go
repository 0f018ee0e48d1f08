package cometchat

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"

	"cometsync/internal/jsontext"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// # Bulk import
//
// One request makes up to fifty users, and the service allows 60 of them a
// minute beside all others. Its answer has a verdict on each user. A verdict that
// is none (it claims success and an error, is about somebody else, or says that
// the service failed) leaves the user in doubt: that error is Lost. The service
// has been seen to fail after part of the rows were stored, so after anything but
// a refusal of the whole every user is in doubt, and nothing is sent again: reading
// the users tells which are there. A refusal of the content (too large, or one row
// that spoils all) is tried again in halves, down to the one user who is the cause.
//
// How large a request may be is not documented: 10 KB is said of every POST, and
// fifty users do not fit into that. The sizes that were taken and refused are
// remembered, and requests are cut accordingly before they are sent.

// importing is a user on the way: the place among those of the call, and the
// encoded row.
type importing struct {
	at  int
	row []byte
}

// Import makes users with their past, in as few requests as it takes, and
// says of each, in order, what the service answered. A user is made of what
// Create takes, but for the status message, and of CreatedAt and LastActiveAt.
//
// Where Failed is an Error that is Lost, the user may exist now. A user whom
// the answer does not name, without having Failed, may exist too.
func (c *Client) Import(ctx context.Context, users []user.User) []plan.Imported {
	out := make([]plan.Imported, len(users))
	seen := make(map[string]bool, len(users))
	rest := make([]importing, 0, len(users))
	for i := range users {
		uid := users[i].UID
		out[i].UID = uid
		row, err := importRow(&users[i])
		if err == nil && seen[uid] {
			err = fmt.Errorf("importing %s: named twice in one call", uid)
		}
		seen[uid] = true
		if err != nil {
			out[i].Failed = err
			continue
		}
		rest = append(rest, importing{at: i, row: row})
	}
	for len(rest) > 0 {
		n := c.imports.fit(rest)
		if err := c.importSome(ctx, rest[:n], out); err != nil && err.Fatal() {
			failAll(rest[n:], out, err)
			break
		}
		rest = rest[n:]
	}
	return out
}

// importSome sends some users, in halves if need be. The error is that of a
// user for whom no request was answered with verdicts; nil if there is none.
func (c *Client) importSome(ctx context.Context, some []importing, out []plan.Imported) *Error {
	rows := make([][]byte, len(some))
	for i := range some {
		rows[i] = some[i].row
	}
	r := request{method: http.MethodPost, path: importPath, body: importBody(rows), budget: c.bulk}
	r.parts = func(status int, body []byte) error { return c.verdicts(status, body, some, out) }
	size, sends := len(r.body), 0
	r.sent = &sends
	err := c.do(ctx, r, nil)
	for _, s := range some {
		out[s.at].Sends += sends
	}
	if err == nil {
		c.imports.learn(size, true)
		return nil
	}
	refused := err.(*Error) // as of every call
	large := refused.Status == http.StatusRequestEntityTooLarge
	if large {
		c.imports.learn(size, false)
	}
	if len(some) == 1 && refused.unexplained() {
		refused.Sent = some[0].sent()
	}
	if len(some) == 1 || !refused.ofContent() {
		failAll(some, out, refused)
		return refused
	}
	half := len(some) / 2
	first := c.importSome(ctx, some[:half], out)
	if first != nil && first.Fatal() {
		failAll(some[half:], out, first)
		return first
	}
	second := c.importSome(ctx, some[half:], out)
	if first == nil && second == nil && !large {
		c.imports.learn(size, false) // the users are all right: they were too many
	}
	return cmp.Or(second, first)
}

func failAll(some []importing, out []plan.Imported, err *Error) {
	for _, s := range some {
		out[s.at].Failed = err
	}
}

// verdicts reads {"data": {uid: verdict}}. Under a status that is an error
// that has to hold at least one; of others, users may be missing.
func (c *Client) verdicts(status int, body []byte, some []importing, out []plan.Imported) error {
	asked := make(map[string]*importing, len(some))
	for i := range some {
		asked[out[some[i].at].UID] = &some[i]
	}
	given := make(map[string]string, len(some))
	const silent = "does not say what became of the users"
	err := envelope(jsontext.New(string(body)), silent, func(d *jsontext.Scanner, key string) bool {
		if key == "error" && d.Peek() != 'n' {
			d.Stop(errors.New("the answer is an error"))
		}
		if key != "data" {
			return false
		}
		for key := range byUID(d) {
			uid, raw := user.FoldUID(key), d.Raw(2)
			if asked[uid] != nil {
				given[uid] = raw
			}
		}
		return true
	})
	if err == nil && len(given) == 0 && status >= 300 {
		err = errors.New("the answer " + silent)
	}
	if err != nil {
		return err
	}
	for uid, raw := range given {
		s := asked[uid]
		v := c.verdict(status, uid, raw)
		if e, ok := errors.AsType[*Error](v.Failed); ok && e.unexplained() {
			e.Sent = s.sent()
		}
		v.Sends = out[s.at].Sends // when more of them were sent at once
		out[s.at] = v
	}
	return nil
}

// verdict makes of a verdict what became of the user.
func (c *Client) verdict(status int, uid, raw string) plan.Imported {
	out := plan.Imported{UID: uid, Named: true}
	d := jsontext.New(raw)
	v := readVerdict(d)
	e := &Error{Method: http.MethodPost, Path: importPath, Status: status, Attempts: 1, Err: d.Err}
	blamed := v.reason != "" && v.reason != "null" && v.reason != "[]"
	switch {
	case e.Err != nil:
	case v.yes() && !blamed:
		if out.User, e.Err = importedUser(uid, v.data); e.Err == nil {
			return out
		}
	case v.no() || blamed && !v.yes():
		if !c.parseError(e, []byte(raw)) {
			c.parseError(e, []byte(`{"error":`+raw+`}`))
		}
		if e.Code == "" && e.Message == "" && e.Details == nil {
			e.Message = "refused, and the answer does not say why"
		}
	default:
		e.Err = errors.New("the answer does not say whether the user was imported")
	}
	e.lost = e.Err != nil || e.server()
	c.mask.hide(e)
	out.Failed = e
	return out
}

// importedUser reads a verdict's user, which an older form of it wraps once
// more, and which may be missing.
func importedUser(uid, data string) (user.User, error) {
	for range 3 {
		if data == "" || data == "null" || data == "[]" || data == "{}" {
			return user.User{UID: uid, State: user.Active}, nil
		}
		inner := ""
		d := jsontext.New(data)
		for key := range d.Members() {
			value := d.Raw(4)
			if key == "data" || user.FoldUID(key) == uid && strings.HasPrefix(value, "{") {
				inner = value
			}
		}
		if d.Err != nil {
			return user.User{}, d.Err
		}
		if inner == "" {
			break
		}
		data = inner
	}
	return answeredUser([]byte(`{"data":`+data+`}`), uid)
}

// sizes is what is known of how large an import may be, in bytes.
type sizes struct {
	mu       sync.Mutex
	fits     int // the largest that was taken
	tooLarge int // the smallest that was refused; 0 is none
}

// learn takes in that so many bytes were taken, or refused.
func (s *sizes) learn(n int, taken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case taken:
		if s.fits = max(s.fits, n); s.tooLarge <= n {
			s.tooLarge = 0 // it was not for its size, then
		}
	case s.tooLarge == 0 || n < s.tooLarge:
		if s.tooLarge = n; s.fits >= n {
			s.fits = n / 2
		}
	}
}

// most is the size to send next: while the limit is not known to an eighth,
// the middle between what was taken and what was refused.
func (s *sizes) most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.tooLarge == 0:
		return math.MaxInt
	case s.tooLarge-s.fits > s.tooLarge/8:
		return (s.fits + s.tooLarge) / 2
	}
	return s.fits
}

// fit is how many of the users go into the next request, at least one.
func (s *sizes) fit(users []importing) int {
	most, size := s.most(), len(importBody(nil))
	for n, u := range users {
		size += len(u.row) + len(",")
		if n > 0 && (size > most || n == plan.MaxImport) {
			return n
		}
	}
	return len(users)
}
