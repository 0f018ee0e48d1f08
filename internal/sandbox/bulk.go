package sandbox

import (
	"fmt"
	"net/http"
)

func (s *Sandbox) deactivate(q *request) answer {
	uids, refusal := s.bulkUIDs(q, "uidsToDeactivate")
	if refusal != nil {
		return *refusal
	}
	var out struct {
		Done     []string `json:"deactivatedUids,omitempty"`
		Already  []string `json:"alreadyDeactivatedUids,omitempty"`
		NotFound []string `json:"notFound,omitempty"`
	}
	return s.bulk(q, uids, &out, func(sent string, u *user) *user {
		switch {
		case u == nil:
			out.NotFound = append(out.NotFound, sent)
		case !u.active():
			out.Already = append(out.Already, u.uid)
		default:
			out.Done = append(out.Done, u.uid)
			return u.deactivated(q.now)
		}
		return nil
	})
}

func (s *Sandbox) reactivate(q *request) answer {
	uids, refusal := s.bulkUIDs(q, "uidsToActivate")
	if refusal != nil {
		return *refusal
	}
	var out struct {
		Done     []string `json:"reactivatedUids,omitempty"`
		Already  []string `json:"nonDeactivatedUids,omitempty"`
		NotFound []string `json:"notFound,omitempty"`
	}
	return s.bulk(q, uids, &out, func(sent string, u *user) *user {
		switch {
		case u == nil:
			out.NotFound = append(out.NotFound, sent)
		case u.active():
			out.Already = append(out.Already, u.uid)
		default:
			out.Done = append(out.Done, u.uid)
			return u.reactivated()
		}
		return nil
	})
}

// bulkUIDs reads the uids of a bulk call, in the caller's spelling.
func (s *Sandbox) bulkUIDs(q *request, field string) ([]string, *answer) {
	in, ok := parseFields(q.body)
	if !ok {
		a := malformed()
		return nil, &a
	}
	c := checker{in, details{}}
	uids, _ := c.strings(field, s.cfg.BatchMax, 0)
	if len(uids) == 0 && len(c.details) == 0 {
		c.details.add(field, "The "+field+" field is required.")
	}
	if bad := c.verdict(); bad != nil {
		a := invalid(bad)
		return nil, &a
	}
	return uids, nil
}

// bulk calls step with each uid and its user, nil if there is none, and puts
// the version that step returns. out is the answer's data, filled by step. A
// fault may leave uids out, or end the work half-way.
func (s *Sandbox) bulk(q *request, uids []string, out any, step func(sent string, u *user) *user) answer {
	left := q.fault.leaveOut(len(uids))
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, sent := range uids {
		if q.fault.exception && i >= (len(uids)+1)/2 {
			break
		}
		if left[i] {
			continue
		}
		u := s.store.users[lower(sent)]
		if next := step(sent, u); next != nil {
			s.store.put(u, next, q.now)
		}
	}
	return dataOf(out)
}

// exception is what a handler that broke down answers.
func exception() answer {
	return fail(http.StatusInternalServerError, codeException, "Something went wrong, please try again.")
}

func tooMany(message string, wait int) *answer {
	a := fail(http.StatusTooManyRequests, codeTooMany, message)
	a.retryAfter = wait
	return &a
}

func tooManyImports(limit, wait int) *answer {
	return tooMany(fmt.Sprintf("Too many requests for data import API. %d per minute is the maximum "+
		"request allowed. Please retry for seconds after %d.", limit, wait), wait)
}
