package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// maxImportRows is how many entities one import takes.
const maxImportRows = 50

type importRow struct {
	key string
	raw json.RawMessage
}

// dataImport creates users with their past. Each row has its own verdict, in
// the order and under the keys of the request; the answer is 200 even if all
// rows fail.
func (s *Sandbox) dataImport(q *request) answer {
	in, ok := parseFields(q.body)
	if !ok {
		return malformed()
	}
	if in["users"] == nil {
		return invalid(details{"users": {"The users field is required."}})
	}
	rows, ok := importRows(in["users"])
	if !ok {
		return fail(http.StatusBadRequest, codeImportFormat, "The users must be an object of users, keyed by their uids.")
	}
	if len(rows) > maxImportRows {
		return invalid(details{"users": {fmt.Sprintf("The users may not have more than %d items.", maxImportRows)}})
	}
	left := q.fault.leaveOut(len(rows))
	b := []byte(`{"data":{`)
	for i, row := range rows {
		if q.fault.exception && i >= (len(rows)+1)/2 {
			break
		}
		if left[i] {
			continue
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(appendString(b, row.key), ':')
		u, bad := s.importUser(q, row)
		switch {
		case bad != nil:
			b = fmt.Appendf(b, `{"success":false,"error":%s}`, encode(bad))
		case s.cfg.ImportNested:
			b = fmt.Appendf(b, `{"success":true,"data":{"data":%s}}`, u.json)
		default:
			b = fmt.Appendf(b, `{"success":true,"data":%s}`, u.json)
		}
	}
	return answer{status: http.StatusOK, body: append(b, `}}`...)}
}

// importRows reads an object with its members in order, a repeated one in its last form.
func importRows(raw json.RawMessage) ([]importRow, bool) {
	if raw[0] != '{' {
		return nil, false
	}
	var rows []importRow
	at := make(map[string]int)
	for name, value := range members(raw) {
		row := importRow{string(name), value}
		if i, again := at[row.key]; again {
			rows[i] = row
			continue
		}
		at[row.key] = len(rows)
		rows = append(rows, row)
	}
	return rows, true
}

// importUser stores one row. statusMessage is not a field of imports and
// ignored like any other unknown one.
func (s *Sandbox) importUser(q *request, row importRow) (*user, *wireError) {
	ch, bad := s.readImport(row)
	if bad != nil {
		e := invalidError(bad)
		return nil, &e
	}
	for {
		s.mu.RLock()
		prev := s.store.users[ch.uid]
		s.mu.RUnlock()
		base := profile{UID: ch.uid, Role: defaultRole, CreatedAt: seconds(q.now.Unix())}
		if prev != nil {
			if !s.cfg.ImportOverwrite {
				e := uidExists(ch.uid)
				return nil, &e
			}
			base = prev.profile()
		}
		shown, kept := s.versions(q, ch, base)
		s.mu.Lock()
		if s.store.users[ch.uid] == prev {
			s.store.put(prev, kept, q.now)
			s.mu.Unlock()
			return shown, nil
		}
		s.mu.Unlock()
	}
}

func (s *Sandbox) readImport(row importRow) (changes, details) {
	var in fields
	if row.raw[0] == '{' {
		in, _ = parseFields(row.raw)
	}
	if in == nil {
		return changes{}, details{"users." + row.key: {"The user must be an object."}}
	}
	c := checker{in, details{}}
	var ch changes
	ch.uid = c.id("uid", maxUID)
	if c.details["uid"] == nil && !strings.EqualFold(ch.uid, row.key) {
		c.details.add("uid", "The uid must match the key of the user.")
	}
	name := c.required("name", maxName)
	ch.name = &name
	c.settable(&ch, s.hasRole)
	ch.createdAt = c.time("createdAt")
	ch.lastActiveAt = c.time("lastActiveAt")
	if raw := string(in["deactivatedAt"]); raw == "0" || raw == `"0"` {
		ch.deactivatedAt = new(seconds) // how clients say that a user is active
	} else {
		ch.deactivatedAt = c.time("deactivatedAt")
	}
	return ch, c.verdict()
}

// time reads Unix seconds of ten digits: milliseconds have more.
func (c *checker) time(field string) *seconds {
	raw, ok := c.in[field]
	if !ok {
		return nil
	}
	var t seconds
	if t.UnmarshalJSON(raw) != nil || t < 1e9 || t >= 1e10 {
		c.details.add(field, "The "+field+" must be 10 digits.")
		return nil
	}
	return &t
}
