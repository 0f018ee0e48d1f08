package sandbox

import (
	"net/http"
	"time"
)

const defaultRole = "default"

func (s *Sandbox) hasRole(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.roles[name] != nil
}

func (s *Sandbox) create(q *request) *answer {
	withToken := q.boolean("withAuthToken")
	ch := q.created(s.hasRole)
	ch.text(fStatusMessage, q.text("statusMessage", 0))
	if q.details != nil {
		return invalid(q.details)
	}
	uid := ch.set.text(fUID)
	shown, kept := s.versions(q, ch, newProfile(uid, "", q.now.Unix()))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store.users[uid] != nil { // a deactivated user holds its uid, too
		return s.conflict(uidExists(uid))
	}
	s.store.put(nil, kept, q.now)
	if !withToken {
		return data(shown.json)
	}
	return data(shown.json[:len(shown.json)-1] + `,"authToken":"` + s.issue(uid, q.now).AuthToken + `"}`)
}

// versions makes what a write stores and what its answer shows: the same but
// for a fault that loses a field, silently or not.
func (s *Sandbox) versions(q *request, ch changes, base profile) (shown, kept *user) {
	if s.cfg.EmptyLists {
		ch.set[fMetadata] = emptyLists(ch.set[fMetadata])
	}
	ch = ch.without(q.fault.drop)
	shown = s.changed(base, ch, q.now)
	if len(q.fault.forget) == 0 {
		return shown, shown
	}
	return shown, s.changed(base, ch.without(q.fault.forget), q.now)
}

// changed is the version after base, with the time of the change if there was
// one. A user that was just created has none: base has no name yet then.
func (s *Sandbox) changed(base profile, ch changes, now time.Time) *user {
	p := base
	ch.apply(&p, s.cfg.MergeMetadata)
	if p.unset(fName) { // only a fault takes the name of a new user
		p[fName] = p[fUID]
	}
	u := p.seal()
	if base.unset(fName) || u.json == base.seal().json {
		return u
	}
	p.setTime(fUpdatedAt, now.Unix())
	return p.seal()
}

// conflict is the answer of what exists already.
func (s *Sandbox) conflict(e *wireError) *answer {
	a := e.answer()
	if s.cfg.Conflict409 {
		a.status = http.StatusConflict
	}
	return a
}

func uidExists(uid string) *wireError {
	return newError("ERR_UID_ALREADY_EXISTS", "The UID "+uid+" already exists, please use a different UID.", nil)
}

func (s *Sandbox) find(uid string) *user {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if u := s.store.users[uid]; u != nil && u.active() {
		return u
	}
	return nil
}

func (s *Sandbox) get(q *request) *answer {
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
	if q.caller.endUser {
		text = u.seenBy(viewer).json
	}
	b := append([]byte(nil), text[:len(text)-1]...)
	b = append(b, `,"hasBlockedMe":false,"blockedByMe":false,"conversationId":`...)
	b = append(appendString(b, min(viewer, u.uid)+"_user_"+max(viewer, u.uid)), '}')
	return data(string(b))
}

func (s *Sandbox) update(q *request) *answer {
	ch := q.updated(s.hasRole)
	if q.details != nil {
		return invalid(q.details)
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
		if s.replace(uid, prev, kept, q.now) {
			return shown
		}
	}
}

// replace puts next in the place of prev, unless another version is there by now.
func (s *Sandbox) replace(uid string, prev, next *user, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store.users[uid] != prev {
		return false
	}
	s.store.put(prev, next, now)
	return true
}

func (s *Sandbox) delete(q *request) *answer {
	permanent := q.boolean("permanent")
	if q.details != nil {
		return invalid(q.details)
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
	delete(s.tokens, u.uid)
	delete(s.bots, u.uid)
}
