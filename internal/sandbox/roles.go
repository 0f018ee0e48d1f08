package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// role is a role of the app, in its wire form.
type role struct {
	Role        string          `json:"role"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Metadata    json.RawMessage `json:"metadata,omitempty"`
	Settings    *roleSettings   `json:"settings,omitempty"`
	CreatedAt   seconds         `json:"createdAt"`
	UpdatedAt   seconds         `json:"updatedAt,omitempty"`

	implied bool // it came with the app or with a user; nobody created it
}

type roleSettings struct {
	ListUsers      string `json:"listUsers,omitempty"`
	SendMessagesTo string `json:"sendMessagesTo,omitempty"`
}

// sortedRoles returns the roles, newest first. The caller holds the lock.
func (s *Sandbox) sortedRoles() []*role {
	return slices.SortedFunc(maps.Values(s.roles), func(a, b *role) int {
		return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), cmp.Compare(a.Role, b.Role))
	})
}

// listRoles shows all roles on one page: no parameters are documented, and an
// app has fewer roles than a page has places.
func (s *Sandbox) listRoles(*request) *answer {
	s.mu.RLock()
	roles := s.sortedRoles()
	s.mu.RUnlock()
	return &answer{status: http.StatusOK, body: fmt.Appendf(nil,
		`{"data":%s,"meta":{"pagination":{"total":%d,"count":%[2]d,"per_page":100,"current_page":1,"total_pages":1}}}`,
		encode(roles), len(roles))}
}

func (s *Sandbox) createRole(q *request) *answer {
	r := &role{
		Role:      q.id("role", maxUID),
		Name:      q.required("name", maxName),
		Metadata:  q.metadata(),
		Settings:  q.roleSettings(),
		CreatedAt: seconds(q.now.Unix()),
	}
	if text := q.text("description", maxDescription); text != nil {
		r.Description = *text
	}
	if q.details != nil {
		return invalid(q.details)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roles[r.Role] != nil {
		return s.conflict(newError("ERR_ROLE_ALREADY_EXISTS", "The role "+r.Role+" already exists.", nil))
	}
	if len(s.roles) >= maxRoles {
		return invalid(details{"role": {fmt.Sprintf("The app may not have more than %d roles.", maxRoles)}})
	}
	s.roles[r.Role] = r
	return dataOf(r)
}

func (c *checker) roleSettings() *roleSettings {
	raw, ok := c.in["settings"]
	if !ok {
		return nil
	}
	in, ok := parseFields(raw)
	if !ok {
		c.wrong("settings", "%s must be an object.")
		return nil
	}
	inner := checker{in: in}
	who := func(field string) string {
		s := inner.text(field, 0)
		if s == nil {
			return ""
		}
		if *s != "all" && *s != "friendsOnly" {
			c.wrong("settings."+field, "selected %s is invalid.")
		}
		return *s
	}
	out := &roleSettings{ListUsers: who("listUsers"), SendMessagesTo: who("sendMessagesTo")}
	for field, messages := range inner.details {
		c.note("settings."+field, messages...)
	}
	return out
}
