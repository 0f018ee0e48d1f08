package sandbox

import "time"

// bulk makes the work of deactivating or reactivating users: the name of the
// field that has the uids, the names of the lists in its answer, and which users
// are changed, and how. A fault may leave uids out, or end the work half-way.
func bulk(field, done, already string, due func(*user) bool, next func(*user, time.Time) *user) func(*Sandbox, *request) *answer {
	return func(s *Sandbox, q *request) *answer {
		uids, _ := q.strings(field, s.cfg.BatchMax, 0)
		if len(uids) == 0 && q.details == nil {
			q.wrong(field, "%s field is required.")
		}
		if q.details != nil {
			return invalid(q.details)
		}
		lists := map[string][]string{}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, i := range q.fault.rows(len(uids)) {
			switch u := s.store.users[lower(uids[i])]; {
			case u == nil:
				lists["notFound"] = append(lists["notFound"], uids[i])
			case due(u):
				lists[done] = append(lists[done], u.uid)
				s.store.put(u, next(u, q.now), q.now)
			default:
				lists[already] = append(lists[already], u.uid)
			}
		}
		var b []byte
		for _, name := range []string{done, already, "notFound"} {
			if lists[name] != nil {
				b = append(append(append(b, `,"`+name...), `":`...), encode(lists[name])...)
			}
		}
		return data("{" + string(b[min(1, len(b)):]) + "}")
	}
}
