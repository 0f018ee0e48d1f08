package sandbox

import (
	"fmt"
	"net/http"
	"time"
)

const defaultRole = "default"

func (s *Sandbox) hasRole(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.roles[name] != nil
}

func (s *Sandbox) create(q *request) answer {
	in, ok := parseFields(q.body)
	if !ok {
		return malformed()
	}
	ch, bad := readCreate(in, s.hasRole)
	if bad != nil {
		return invalid(bad)
	}
	shown, kept := s.versions(q, ch, profile{UID: ch.uid, Role: defaultRole, CreatedAt: seconds(q.now.Unix())})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store.users[ch.uid] != nil { // a deactivated user holds its uid, too
		return uidExists(ch.uid).answer(s.conflictStatus())
	}
	s.store.put(nil, kept, q.now)
	if !ch.withAuthToken {
		return data(shown.json)
	}
	t := s.tokens.issue(ch.uid, q.now)
	return data(shown.json[:len(shown.json)-1] + `,"authToken":"` + t.value + `"}`)
}

// versions makes what a write stores and what its answer shows: the same but
// for a fault that loses a field, silently or not.
func (s *Sandbox) versions(q *request, ch changes, base profile) (shown, kept *user) {
	if s.cfg.EmptyLists {
		ch.metadata = emptyLists(ch.metadata)
	}
	for _, field := range q.fault.drop {
		ch = ch.without(field)
	}
	p := base
	ch.apply(&p, s.cfg.MergeMetadata)
	shown = touched(&p, &base, q.now)
	if len(q.fault.forget) == 0 {
		return shown, shown
	}
	for _, field := range q.fault.forget {
		ch = ch.without(field)
	}
	p = base
	ch.apply(&p, s.cfg.MergeMetadata)
	return shown, touched(&p, &base, q.now)
}

// touched seals p, which came from base, with the time of the change if there
// was one. A user that was just created has none: base is not sealed yet then.
func touched(p, base *profile, now time.Time) *user {
	if p.Name == "" { // only a fault takes the name of a new user
		p.Name = p.UID
	}
	u := p.seal()
	if base.Name == "" || u.json == base.seal().json {
		return u
	}
	p.UpdatedAt = seconds(now.Unix())
	return p.seal()
}

func (s *Sandbox) conflictStatus() int {
	if s.cfg.Conflict409 {
		return http.StatusConflict
	}
	return http.StatusBadRequest
}

func uidExists(uid string) wireError {
	return newError(codeUIDExists, fmt.Sprintf(
		"The UID %s already exists, please use a different UID.", uid))
}

// find returns the active user with the uid.
func (s *Sandbox) find(uid string) *user {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if u := s.store.users[uid]; u != nil && u.active() {
		return u
	}
	return nil
}

func (s *Sandbox) get(q *request) answer {
	u := s.find(q.uid)
	if u == nil {
		return unknownUID(q.uid)
	}
	viewer := q.caller.uid
	if viewer == "" {
		if viewer = lower(q.http.Header.Get("onBehalfOf")); viewer == "" {
			return data(u.json)
		}
		if s.find(viewer) == nil {
			return unknownUID(viewer)
		}
	}
	text := u.json
	if q.caller.scope == endUser {
		text = u.seenBy(viewer).json
	}
	b := append([]byte(nil), text[:len(text)-1]...)
	b = append(b, `,"hasBlockedMe":false,"blockedByMe":false,"conversationId":`...)
	b = append(appendString(b, min(viewer, u.uid)+"_user_"+max(viewer, u.uid)), '}')
	return data(string(b))
}

func (s *Sandbox) update(q *request) answer {
	in, ok := parseFields(q.body)
	if !ok {
		return malformed()
	}
	if s.find(q.uid) == nil { // first, whatever the fields are
		return unknownUID(q.uid)
	}
	ch, bad := readUpdate(in, s.hasRole)
	if bad != nil {
		return invalid(bad)
	}
	u := s.change(q, q.uid, ch)
	if u == nil {
		return unknownUID(q.uid)
	}
	return data(u.json)
}

// change applies ch to the active user with the uid and returns what the
// answer shows, nil if there is no such user. The new version is made without
// the lock and put if the old one is still there.
func (s *Sandbox) change(q *request, uid string, ch changes) *user {
	for {
		prev := s.find(uid)
		if prev == nil {
			return nil
		}
		shown, kept := s.versions(q, ch, prev.profile())
		s.mu.Lock()
		if s.store.users[uid] == prev {
			s.store.put(prev, kept, q.now)
			s.mu.Unlock()
			return shown
		}
		s.mu.Unlock()
	}
}

func (s *Sandbox) delete(q *request) answer {
	in, ok := parseFields(q.body)
	if !ok {
		return malformed()
	}
	c := checker{in, details{}}
	permanent := c.boolean("permanent")
	if bad := c.verdict(); bad != nil {
		return invalid(bad)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.store.users[q.uid]
	if u == nil || !u.active() && !permanent {
		return unknownUID(q.uid)
	}
	if permanent {
		s.remove(u, q.now)
		return success("User with " + u.uid + " has been deleted successfully.")
	}
	s.store.put(u, u.deactivated(q.now), q.now)
	return dataOf(map[string][]string{"deactivatedUids": {u.uid}})
}

// remove takes the user away for good. The caller holds the lock.
func (s *Sandbox) remove(u *user, now time.Time) {
	s.store.put(u, nil, now)
	s.tokens.revoke(u.uid)
	delete(s.bots, u.uid)
}

func (u *user) deactivated(now time.Time) *user {
	p := u.profile()
	p.DeactivatedAt = seconds(now.Unix())
	p.Status = offline
	return p.seal()
}

func (u *user) reactivated() *user {
	p := u.profile()
	p.DeactivatedAt = 0
	return p.seal()
}
