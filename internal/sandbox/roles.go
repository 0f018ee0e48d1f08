package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
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
	roles := make([]*role, 0, len(s.roles))
	for _, r := range s.roles {
		roles = append(roles, r)
	}
	slices.SortFunc(roles, func(a, b *role) int {
		return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), cmp.Compare(a.Role, b.Role))
	})
	return roles
}

// listRoles shows all roles on one page: no parameters are documented, and an
// app has fewer roles than a page has places.
func (s *Sandbox) listRoles(*request) answer {
	s.mu.RLock()
	roles := s.sortedRoles()
	s.mu.RUnlock()
	n := len(roles)
	return answer{status: http.StatusOK, body: fmt.Appendf(nil,
		`{"data":%s,"meta":{"pagination":{"total":%d,"count":%d,"per_page":100,"current_page":1,"total_pages":1}}}`,
		encode(roles), n, n)}
}

func (s *Sandbox) createRole(q *request) answer {
	in, ok := parseFields(q.body)
	if !ok {
		return malformed()
	}
	c := checker{in, details{}}
	r := &role{
		Role:      c.id("role", maxUID),
		Name:      c.required("name", maxName),
		Metadata:  c.metadata(),
		Settings:  c.roleSettings(),
		CreatedAt: seconds(q.now.Unix()),
	}
	set(&r.Description, c.text("description", maxDescription))
	if bad := c.verdict(); bad != nil {
		return invalid(bad)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.roles[r.Role] != nil {
		return fail(s.conflictStatus(), codeRoleExists, "The role "+r.Role+" already exists.")
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
		c.details.add("settings", "The settings must be an object.")
		return nil
	}
	inner := checker{in, details{}}
	who := func(field string) string {
		s := inner.text(field, 0)
		if s == nil {
			return ""
		}
		if *s != "all" && *s != "friendsOnly" {
			inner.details.add(field, "The selected settings."+field+" is invalid.")
		}
		return *s
	}
	out := &roleSettings{ListUsers: who("listUsers"), SendMessagesTo: who("sendMessagesTo")}
	for field, messages := range inner.details {
		c.details["settings."+field] = messages
	}
	return out
}
