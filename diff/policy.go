package diff

import (
	"fmt"
	"math"
	"path"
	"strconv"
	"strings"

	"cometsync/internal/user"
)

// Policy is what a run has decided about the whole of its users.
type Policy struct {
	KeepMissing     bool // --missing keep: an active remote user that the roster lacks stays
	MergeTags       bool // --tags merge: the roster's tags are added, none is taken away
	ReplaceMetadata bool // --metadata replace: keys that the roster lacks go
	Scope           Scope
	Protect         Protect

	Roles       []string // the app's roles; nil if no role is managed
	CreateRoles bool     // --create-roles: a role that the app lacks is created instead of rejecting its rows

	Max Limits
}

// Limits bound how much one plan may do. The zero Limit is none.
type Limits struct {
	Create, Update, Deactivate, Reactivate, Rejects Limit
}

// Limit is a count or a percentage.
type Limit struct {
	set     bool
	percent bool
	value   float64
}

// ParseLimit reads "25", "10%" or "none".
func ParseLimit(s string) (Limit, error) {
	s = strings.TrimSpace(s)
	if s == "" || s == "none" {
		return Limit{}, nil
	}
	number, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || v < 0 || math.IsNaN(v) || math.IsInf(v, 0) || !percent && v != math.Trunc(v) {
		return Limit{}, fmt.Errorf("%q is neither a count (25), nor a percentage (10%%), nor none", s)
	}
	return Limit{set: true, percent: percent, value: v}, nil
}

// Of is the count that the limit allows out of all, percentages rounded up; ok is
// false for no limit.
func (l Limit) Of(all int) (n int, ok bool) {
	if !l.set {
		return 0, false
	}
	if l.percent {
		return int(math.Ceil(l.value*float64(all)/100 - 1e-9)), true
	}
	return int(min(l.value, math.MaxInt32)), true
}

// String is the limit as it was given.
func (l Limit) String() string {
	if !l.set {
		return "none"
	}
	s := strconv.FormatFloat(l.value, 'f', -1, 64)
	if l.percent {
		s += "%"
	}
	return s
}

// Scope narrows a run to users with certain roles or tags. A user is in it when it
// has one of the roles (if any is given) and one of the tags (if any is given).
type Scope struct {
	Roles, Tags []string // globs
}

// ParseScope reads role=PATTERN and tag=PATTERN.
func ParseScope(items []string) (Scope, error) {
	var s Scope
	for _, item := range items {
		kind, pattern, ok := strings.Cut(item, "=")
		if err := checkPattern(pattern); err != nil {
			return s, fmt.Errorf("scope %q: %w", item, err)
		}
		switch {
		case ok && kind == "role" && pattern != "":
			s.Roles = append(s.Roles, user.FoldRole(pattern))
		case ok && kind == "tag" && pattern != "":
			s.Tags = append(s.Tags, user.Text(pattern))
		default:
			return s, fmt.Errorf("scope %q: neither role=ROLE nor tag=TAG", item)
		}
	}
	return s, nil
}

func (s *Scope) holds(u *user.User) bool {
	return (len(s.Roles) == 0 || matchAny(s.Roles, roleOf(u))) &&
		(len(s.Tags) == 0 || matchAnyOf(s.Tags, u.Tags))
}

// Protect names users that are never written.
type Protect struct {
	UIDs, Roles []string // globs
}

// ParseProtect reads UID and role:ROLE, each of which may be a glob.
func ParseProtect(items []string) (Protect, error) {
	var p Protect
	for _, item := range items {
		role, isRole := strings.CutPrefix(item, "role:")
		if err := checkPattern(item); err != nil || item == "" || isRole && role == "" {
			return p, fmt.Errorf("protect %q: neither a uid nor role:ROLE (globs such as admin-* are allowed)", item)
		}
		if isRole {
			p.Roles = append(p.Roles, user.FoldRole(role))
		} else {
			p.UIDs = append(p.UIDs, user.FoldUID(item))
		}
	}
	return p, nil
}

func (p *Protect) holds(u *user.User) bool {
	return matchAny(p.UIDs, u.UID) || len(p.Roles) > 0 && matchAny(p.Roles, roleOf(u))
}

func roleOf(u *user.User) string {
	if u.Role == "" {
		return user.DefaultRole
	}
	return user.FoldRole(u.Role)
}

func checkPattern(pattern string) error {
	_, err := path.Match(pattern, "")
	return err
}

func matchAny(patterns []string, s string) bool {
	for _, p := range patterns {
		if p == s {
			return true
		}
		if ok, _ := path.Match(p, s); ok {
			return true
		}
	}
	return false
}

func matchAnyOf(patterns, all []string) bool {
	for _, s := range all {
		if matchAny(patterns, user.Text(s)) {
			return true
		}
	}
	return false
}
