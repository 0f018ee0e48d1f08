package diff

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/user"

	"github.com/cespare/xxhash/v2"
)

// Policy is what a run has decided about the whole of its users.
type Policy struct {
	Missing         Missing
	GraceRuns       int           // --grace-runs: good runs in a row that lack somebody until one deactivates them; 0 and 1: at once
	GraceWithin     time.Duration // --grace-hours: of runs nearer to each other than that, one counts
	MergeTags       bool          // --tags merge: the roster's tags are added, none is taken away
	ReplaceMetadata bool          // --metadata replace: keys that the roster lacks go
	Scope           Scope
	Protect         Protect

	ManageAgents bool            // --manage-agents: the service's AI agents and the app's bots are users like all others
	Bots         map[string]bool // the uids of the app's bots

	Roles       []string // the app's roles; nil if no role is managed
	CreateRoles bool     // --create-roles: a role that the app lacks is created instead of rejecting its rows

	guard.Basis

	// Night is when this run began by the app's clock, which is known once it has
	// answered, for GraceWithin: a clock that somebody sets ahead makes no night of a few
	// minutes. Without it that goes by Now.
	Night func() time.Time

	Match     [][]string        // key paths of the metadata by which a person is known beside the uid, such as @private, email
	Rekeys    bool              // pairs of an absent user and an unknown one who are probably one person are held
	Same      map[string]string // the uid that the app has, by the new one, of people whom the roster has under a new one
	Different map[Pair]bool     // pairs of which somebody has said that they are two people

	// Instead is what was read of the roster that stands for the app; nil for an app.
	Instead *user.Intake

	// Itemize has the plan say of every remote user without an operation where
	// it left it, in plan.Plan.Places.
	Itemize bool
}

// night is when GraceWithin takes this run to be.
func (p *Policy) night() time.Time {
	if p.Night == nil {
		return p.Now.UTC()
	}
	return p.Night().UTC()
}

// Pair is a remote user and a roster user, by their uids.
type Pair struct{ Old, New string }

// Scope narrows a run to users with certain roles, tags or uids. A user is in it
// when it has one of the roles (if any is given), one of the tags (if any is given)
// and one of the uids (if any is given), which is how tenants share an app.
type Scope struct {
	Roles, Tags, UIDs []string // globs
}

// ParseScope reads role=PATTERN, tag=PATTERN and uid=PATTERN. What can't be a uid
// is an error, as for Protect: nobody would be in that scope.
func ParseScope(items []string) (Scope, error) {
	var s Scope
	for _, item := range items {
		kind, pattern, _ := strings.Cut(item, "=")
		pattern = user.Text(pattern)
		switch {
		case pattern == "" || kind != "role" && kind != "tag" && kind != "uid" || kind == "uid" && !uidPattern(user.FoldUID(pattern)):
			return Scope{}, fmt.Errorf("scope %q: neither role=ROLE, tag=TAG nor uid=UID (globs such as staff-* are allowed)", item)
		case !validPattern(pattern):
			return Scope{}, fmt.Errorf("scope %q: not a glob; a bracket is never closed, or a backslash ends it", item)
		case kind == "role":
			s.Roles = append(s.Roles, user.FoldRole(pattern))
		case kind == "uid":
			s.UIDs = append(s.UIDs, user.FoldUID(pattern))
		default:
			s.Tags = append(s.Tags, pattern)
		}
	}
	for _, patterns := range []*[]string{&s.Roles, &s.Tags, &s.UIDs} {
		slices.Sort(*patterns)
		*patterns = slices.Compact(*patterns)
	}
	return s, nil
}

// String is the scope, the same one however often and in which order it was given.
func (s *Scope) String() string {
	var items []string
	for _, r := range s.Roles {
		items = append(items, "role="+r)
	}
	for _, t := range s.Tags {
		items = append(items, "tag="+t)
	}
	for _, uid := range s.UIDs {
		items = append(items, "uid="+uid)
	}
	return strings.Join(items, ", ")
}

func (s *Scope) holds(u *user.User) bool {
	return (len(s.Roles) == 0 || matchAny(s.Roles, u.FoldedRole())) &&
		(len(s.Tags) == 0 || slices.ContainsFunc(u.Tags, func(t string) bool { return matchAny(s.Tags, user.Text(t)) })) &&
		s.holdsUID(u.UID)
}

func (s *Scope) holdsUID(uid string) bool { return len(s.UIDs) == 0 || matchAny(s.UIDs, uid) }

// Protect names users that are never written.
type Protect struct {
	UIDs, Roles []string // globs
}

// ParseProtect reads UID and role:ROLE, each of which may be a glob. What can't
// be a uid is an error: it would protect nobody, and nobody would notice.
func ParseProtect(items []string) (Protect, error) {
	var p Protect
	for _, item := range items {
		role, isRole := strings.CutPrefix(item, "role:")
		uid := user.FoldUID(item)
		role = user.FoldRole(role)
		switch {
		case isRole && role != "" && validPattern(role):
			p.Roles = append(p.Roles, role)
		case !isRole && uid != "" && validPattern(uid) && uidPattern(uid):
			p.UIDs = append(p.UIDs, uid)
		default:
			return Protect{}, fmt.Errorf("protect %q: neither a uid nor role:ROLE (globs such as admin-* are allowed)", item)
		}
	}
	return p, nil
}

func (p *Protect) holds(u *user.User) bool {
	return matchAny(p.UIDs, u.UID) || len(p.Roles) > 0 && matchAny(p.Roles, u.FoldedRole())
}

// items are the patterns as they were given, uids first.
func (p *Protect) items() []string {
	items := slices.Clone(p.UIDs)
	for _, r := range p.Roles {
		items = append(items, "role:"+r)
	}
	return items
}

// mark notes in used, by the index in items, which patterns a user matches.
func (p *Protect) mark(u *user.User, used []bool) {
	for i, pattern := range p.UIDs {
		used[i] = used[i] || match(pattern, u.UID)
	}
	for i, pattern := range p.Roles {
		used[len(p.UIDs)+i] = used[len(p.UIDs)+i] || match(pattern, u.FoldedRole())
	}
}

// uidPattern reports whether a folded glob has nothing in it that no uid has.
func uidPattern(glob string) bool {
	return strings.Trim(glob, "abcdefghijklmnopqrstuvwxyz0123456789-_*?[^]\\") == ""
}

func validPattern(pattern string) bool {
	_, err := path.Match(pattern, "")
	return err == nil
}

func matchAny(patterns []string, s string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, s) })
}

func match(pattern, s string) bool {
	if pattern == s {
		return true
	}
	ok, _ := path.Match(flat(pattern), flat(s))
	return ok
}

// flat takes the meaning out of slashes, at which a path's * ends and a tag's
// must not.
func flat(s string) string { return strings.ReplaceAll(s, "/", "\x00") }

// place is where a user that may not be written is left, as the remote shows it;
// false if it may be written.
func (p *Policy) place(u *user.User) (plan.Place, bool) {
	switch {
	case u.Odd != user.NoField:
		return odd(u.Odd), true // first: what it shows of a role or tags may be nothing
	case !p.Scope.holds(u):
		return plan.PlaceOutOfScope, true
	}
	return p.protects(u)
}

// odd is the place of a user of which the app shows a field in a form that can't
// be managed.
func odd(f user.Field) plan.Place {
	switch f {
	case user.UID:
		return plan.PlaceOddUID
	case user.Name:
		return plan.PlaceOddName
	case user.Tags:
		return plan.PlaceOddTags
	case user.Metadata:
		return plan.PlaceOddMetadata
	}
	return plan.PlaceOddProfile
}

// protects is place for whoever is in scope. A roster never has the agents and
// bots of an app.
func (p *Policy) protects(u *user.User) (plan.Place, bool) {
	switch {
	case !p.ManageAgents && strings.HasPrefix(u.Role, "@"):
		return plan.PlaceAgent, true
	case !p.ManageAgents && p.Bots[u.UID]:
		return plan.PlaceBot, true
	case p.Protect.holds(u):
		return plan.PlaceProtected, true
	}
	return 0, false
}

// Writable reports whether a user, as the remote shows it, may be written at all.
func (p *Policy) Writable(u *user.User) bool {
	_, left := p.place(u)
	return !left
}

// Ways is a digest of what decides, beside the sources, whose values a plan
// changes and how.
func (p *Policy) Ways() uint64 {
	return xxhash.Sum64String(fmt.Sprintf("%t %t %t %t %q", p.MergeTags, p.ReplaceMetadata, p.ManageAgents, p.CreateRoles,
		p.Protect.items()))
}
