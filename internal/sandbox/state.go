package sandbox

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxLine bounds one line of a state, in bytes.
const maxLine = 1 << 20

// loaded is what became of one line; both are nil if it was blank.
type loaded struct {
	line int
	user *user
	bot  *bot // of user
	role *role
}

// Load adds users and roles from JSON lines: one user object a line, in the
// form of the API with its tags and deactivatedAt, or an object without uid
// but with "role", which declares a role. A user with the member "bot", an
// object with webhookURL and the like, is a bot, too. The member "raw" alone is
// a user that is shown as it is, whatever it is. Roles that users carry exist, too.
// A user without createdAt was created just now. Lengths are not checked, so
// that a state can hold what an older service let in. Nothing is added if a
// line can't be used; the error names it.
func (s *Sandbox) Load(r io.Reader) error { return s.load(r, false) }

// LoadSeen is Load of what an app has shown: roles may have any name, and lines any length.
func (s *Sandbox) LoadSeen(r io.Reader) error { return s.load(r, true) }

func (s *Sandbox) load(r io.Reader, seen bool) error {
	all, err := readLines(r, s.now().Unix(), seen)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := make(map[string]int, len(all))
	for _, l := range all {
		if l.user == nil {
			continue
		}
		uid := l.user.uid
		if first, twice := lines[uid]; twice {
			return fmt.Errorf("line %d: uid %q is in line %d already", l.line, uid, first)
		}
		if s.store.users[uid] != nil {
			return fmt.Errorf("line %d: uid %q exists already", l.line, uid)
		}
		lines[uid] = l.line
	}
	if len(s.store.users) == 0 {
		s.store.users = make(map[string]*user, len(lines))
	}
	users := slices.Collect(s.store.index.all(allUsers))
	for _, l := range all {
		switch {
		case l.user != nil:
			users = append(users, l.user)
			s.store.users[l.user.uid] = l.user
			if !l.user.raw {
				s.implyRole(l.user)
			}
			if l.bot != nil {
				s.bots[l.user.uid] = l.bot
			}
		case l.role != nil:
			s.roles[l.role.Role] = l.role
		}
	}
	s.store.index.build(users)
	return nil
}

// implyRole sees to it that the role of a loaded user exists, from the
// earliest of its users on. Those of agents are the service's own: nobody
// creates them, and they are not among the app's roles.
func (s *Sandbox) implyRole(u *user) {
	if strings.HasPrefix(u.role, "@") {
		return
	}
	created := seconds(u.createdAt)
	if r := s.roles[u.role]; r == nil {
		s.roles[u.role] = &role{Role: u.role, Name: u.role, CreatedAt: created, implied: true}
	} else if r.implied && created < r.CreatedAt {
		r.CreatedAt = created
	}
}

func parseLine(line int, text []byte, now int64, seen bool) (loaded, error) {
	out := loaded{line: line}
	if !utf8.Valid(text) {
		return out, errors.New("not UTF-8")
	}
	if !json.Valid(text) || text[0] != '{' {
		return out, errors.New("not a JSON object")
	}
	var p profile
	alone := 0
	for key, raw := range members(text) {
		alone++
		var err error
		switch f := slices.Index(fieldNames[:], string(key)); {
		case string(key) == "raw" && raw[0] != '{':
			err = errors.New("not an object")
		case string(key) == "raw":
			out.user = rawUser(raw, now)
		case raw[0] == 'n': // null
		case f >= 0:
			err = p.read(f, raw)
		case string(key) == "bot":
			out.bot, err = readBot(raw)
		}
		if err != nil {
			return out, fmt.Errorf("%s: %w", key, err)
		}
	}
	if out.user != nil {
		if alone > 1 {
			return out, errors.New("raw: has to be the only key in its line")
		}
		return out, nil
	}
	uid, name := lower(p.text(fUID)), lower(p.text(fRole))
	if p.unset(fCreatedAt) {
		p.setTime(fCreatedAt, now)
	}
	switch {
	case !seen && name != "" && !isID(name) && (uid == "" || !isID(strings.TrimPrefix(name, "@"))):
		return out, fmt.Errorf("role %q: only a-z 0-9 - _ are allowed, and an @ before the role of an agent", name)
	case uid == "" && out.bot != nil:
		return out, errors.New("a bot without uid")
	case uid == "" && name == "":
		return out, errors.New("neither uid nor role")
	case uid == "":
		r := &role{CreatedAt: seconds(now)}
		err := json.Unmarshal(text, r)
		r.Role, r.Name, r.Metadata = name, cmp.Or(r.Name, name), bytes.Clone(p[fMetadata])
		out.role = r
		return out, err
	case !isID(uid):
		return out, fmt.Errorf("uid %q: only a-z 0-9 - _ are allowed", uid)
	case p.unset(fName):
		return out, fmt.Errorf("uid %q: no name", uid)
	}
	p.setText(fUID, uid)
	p.setText(fRole, cmp.Or(name, defaultRole))
	out.user = p.seal()
	return out, nil
}

// readLines parses the lines of r in blocks, on all processors, and returns the results
// in order. An error is that of the first line that has one.
func readLines(r io.Reader, now int64, seen bool) (all []loaded, err error) {
	const size = 256 << 10
	type block struct {
		out []loaded
		err error
	}
	var blocks []*block
	var parsing sync.WaitGroup
	free := make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	lines := bufio.NewScanner(r)
	longest := maxLine
	if seen {
		longest = math.MaxInt
	}
	lines.Buffer(make([]byte, 64<<10), longest)
	n := 0
	for more := true; more; {
		b, first, text := new(block), n+1, make([]byte, 0, size+size/8)
		for len(text) < size && more {
			if more = lines.Scan(); more {
				n++
				text = append(append(text, lines.Bytes()...), '\n')
			}
		}
		blocks = append(blocks, b)
		free <- struct{}{}
		parsing.Go(func() {
			b.out, b.err = parseLines(first, text, now, seen)
			<-free
		})
	}
	parsing.Wait()
	for _, b := range blocks {
		if b.err != nil {
			return nil, b.err
		}
		all = append(all, b.out...)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: over %d bytes", n+1, longest)
	case err != nil:
		return nil, fmt.Errorf("after line %d: %w", n, err)
	}
	return all, nil
}

func parseLines(first int, text []byte, now int64, seen bool) (all []loaded, err error) {
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) > 0 {
			l, err := parseLine(first, line, now, seen)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", first, err)
			}
			all = append(all, l)
		}
		first++
	}
	return all, nil
}

// Save writes the state in the form that Load reads: roles, then users, both
// newest first. The role "default" needs no line unless one declared it, nor
// does a role that users brought with them, as long as one of them is left.
// The same state gives the same bytes.
func (s *Sandbox) Save(w io.Writer) error {
	s.mu.RLock()
	var users []*user
	if len(s.store.pending) == 0 {
		users = slices.Collect(s.store.index.all(allUsers))
	} else { // lists lag behind, and what is kept is the truth
		users = slices.SortedFunc(maps.Values(s.store.users), compare)
	}
	carried := map[string]bool{defaultRole: true}
	for _, u := range users {
		carried[u.role] = true
	}
	var roles [][]byte
	for _, r := range s.sortedRoles() {
		if !r.implied || !carried[r.Role] {
			roles = append(roles, encode(r))
		}
	}
	bots := maps.Clone(s.bots)
	s.mu.RUnlock()
	out := bufio.NewWriterSize(w, 64<<10)
	for _, r := range roles {
		_, _ = out.Write(append(r, '\n')) // the writer keeps its first error for Flush
	}
	for _, u := range users {
		line := u.json
		if b := bots[u.uid]; b != nil {
			line = b.line(u)
		}
		if u.raw {
			line = `{"raw":` + u.json + `}`
		}
		_, _ = out.WriteString(line)
		_ = out.WriteByte('\n')
	}
	return out.Flush()
}
