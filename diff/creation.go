package diff

import (
	"fmt"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// role is the defect of a row that asks for a role which the app lacks. A role
// that the user has already is not asked for; a remote user of nil has none.
func (d *differ) role(row, remote *user.User) *user.Defect {
	if row.Has.Has(user.Role) && user.ValidAgentRole(row.Role) && (remote == nil || row.Role != remote.FoldedRole()) {
		return &user.Defect{Column: user.Role.String(), Code: user.RoleInvalid, Value: row.Role,
			Message: "is a role of the service's own AI agents, and the app has no agent of that uid; give the person another role"}
	}
	if d.roles == nil || d.policy.CreateRoles || !row.Has.Has(user.Role) || d.roles[row.Role] ||
		remote != nil && row.Role == remote.FoldedRole() {
		return nil
	}
	return &user.Defect{Column: user.Role.String(), Code: user.RoleUnknown, Value: row.Role,
		Message: "the app has no such role; create it in the dashboard, or use --create-roles"}
}

// unknown is how many users there are at most to be created.
func (d *differ) unknown() (n int) {
	for ref, seen := range d.seen {
		if seen {
			continue
		}
		if e, ok := d.roster.Entry(ref); ok && e.State != user.Deactivated {
			n++
		}
	}
	return n
}

// creations goes through the roster users that the remote did not have.
func (d *differ) creations() error {
	// Is there anybody to make a pair of with those to be created?
	pairing := d.pairing && len(d.all.absentees) > 0
	for _, uid := range d.all.uids {
		if ref, _, found := d.roster.Find(uid); found {
			d.odd[ref] = true
		}
	}
	return inChunks(len(d.seen), 4096, func(from, to int) error {
		p := d.newPart()
		for ref := from; ref < to; ref++ {
			if d.seen[ref] {
				continue
			}
			if err := d.creation(&p, ref, pairing); err != nil {
				return err
			}
		}
		d.add(&p)
		return nil
	})
}

func (d *differ) creation(p *part, ref int, pairing bool) error {
	entry, ok := d.roster.Entry(ref)
	if !ok {
		return nil
	}
	if d.odd[ref] {
		return d.refuse(p, ref, user.UID)
	}
	inactive := entry.State == user.Deactivated && !entry.Nobody
	if inactive && p.places == nil { // nobody asks who it is
		p.left[plan.PlaceInactive]++
		return nil
	}
	row := &p.values.row
	if err := d.roster.LoadInto(ref, row); err != nil {
		return fmt.Errorf("reading a roster row again: %w", err)
	}
	u := &row.User
	if inactive {
		p.leave(u, plan.PlaceInactive)
		return nil
	}
	if pairing {
		d.named(p, u)
	}
	d.policy.Protect.mark(u, p.protects)
	if !entry.Nobody && (!d.policy.Scope.holds(u) || d.policy.Protect.holds(u)) {
		p.leave(u, plan.PlaceApart)
		return nil
	}
	defect := d.role(u, nil)
	if defect == nil {
		defect = p.values.compare(u, nil, d.policy)
	}
	unread := unreadUID(entry, row)
	if unread != nil {
		defect = unread
	}
	if defect != nil {
		reject := row.Reject(*defect)
		if unread != nil {
			reject.Disown()
		}
		for _, path := range d.policy.Match {
			reject.ClaimKey(path, u.KeyValue(path))
		}
		p.rejects = append(p.rejects, reject)
		p.unmatched = append(p.unmatched, reject)
		return nil
	}
	o := p.values.operation(plan.Create, plan.Missing, nil, row)
	if d.stands != nil {
		_, o.Withheld = d.stands.of(o.UID, o.Name, u.KeyValue)
	}
	p.operations = append(p.operations, o)
	if pairing {
		if text := rewritten(row.Written); text != "" {
			p.written[o.UID] = strings.Clone(text)
		}
	}
	return nil
}

// unreadUID is the defect of a row whose uid names nobody, as the app has no such
// active user; nil of any other.
func unreadUID(entry user.Entry, row *user.Row) *user.Defect {
	defect := &user.Defect{Column: user.UID.String(), Code: user.UIDInvalid, Value: row.Written}
	switch {
	case entry.Nobody:
		defect.Code = user.UIDMissing
		defect.Message = "says that there is no uid, and the app has no active user of that uid; fill in the person's uid, or if it " +
			"really is this one, create the user in the dashboard first"
	case row.Cut:
		// The end of a uid may be missing: a shorter one is another's, or nobody's.
		defect.Message = "is at the end of the source without a line end, and the app has no such user: it may have been cut " +
			"off; export again, or end the file with a line break"
	default:
		return nil
	}
	return defect
}
