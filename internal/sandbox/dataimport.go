package sandbox

import (
	"encoding/json"
	"fmt"
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
func (s *Sandbox) dataImport(q *request) *answer {
	raw := q.in["users"]
	switch {
	case raw == nil:
		q.wrong("users", "%s field is required.")
		return invalid(q.details)
	case raw[0] != '{':
		return fail("ERR_IMPORT_INVALID_USER_FORMAT", "The users must be an object of users, keyed by their uids.")
	}
	rows := importRows(raw)
	if len(rows) > maxImportRows {
		q.wrong("users", "%s may not have more than %d items.", maxImportRows)
		return invalid(q.details)
	}
	b := []byte(`{`)
	for _, i := range q.fault.rows(len(rows)) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(appendString(b, rows[i].key), ':')
		u, bad := s.importUser(q, rows[i])
		switch {
		case bad != nil:
			b = fmt.Appendf(b, `{"success":false,"error":%s}`, encode(bad))
		case s.cfg.ImportNested:
			b = fmt.Appendf(b, `{"success":true,"data":{"data":%s}}`, u.json)
		default:
			b = fmt.Appendf(b, `{"success":true,"data":%s}`, u.json)
		}
	}
	return data(string(append(b, '}')))
}

// importRows reads an object with its members in order, a repeated one in its last form.
func importRows(raw json.RawMessage) (rows []importRow) {
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
	return rows
}

// importUser stores one row. statusMessage is not a field of imports and
// ignored like any other unknown one.
func (s *Sandbox) importUser(q *request, row importRow) (*user, *wireError) {
	ch, bad := s.readImport(row)
	if bad != nil {
		return nil, newError(codeBadRequest, validationMessage, bad)
	}
	uid := ch.set.text(fUID)
	for {
		s.mu.RLock()
		prev := s.store.users[uid]
		s.mu.RUnlock()
		base := newProfile(uid, "", q.now.Unix())
		if prev != nil {
			if !s.cfg.ImportOverwrite {
				return nil, uidExists(uid)
			}
			base = prev.profile()
		}
		shown, kept := s.versions(q, ch, base)
		if s.replace(uid, prev, kept, q.now) {
			return shown, nil
		}
	}
}

func (s *Sandbox) readImport(row importRow) (changes, details) {
	if row.raw[0] != '{' {
		return changes{}, details{"users." + row.key: {"The user must be an object."}}
	}
	in, _ := parseFields(row.raw)
	c := checker{in: in}
	ch := c.created(s.hasRole)
	if c.details["uid"] == nil && !strings.EqualFold(ch.set.text(fUID), row.key) {
		c.wrong("uid", "%s must match the key of the user.")
	}
	for _, f := range []int{fCreatedAt, fLastActiveAt, fDeactivatedAt} {
		raw, ok := in[fieldNames[f]]
		var t seconds // of ten digits: milliseconds have more
		switch {
		case !ok:
		case f == fDeactivatedAt && (string(raw) == "0" || string(raw) == `"0"`): // how clients say that a user is active
			ch.set.setTime(f, 0)
		case t.UnmarshalJSON(raw) != nil || t < 1e9 || t >= 1e10:
			c.wrong(fieldNames[f], "%s must be 10 digits.")
		default:
			ch.set.setTime(f, int64(t))
		}
	}
	return ch, c.details
}
