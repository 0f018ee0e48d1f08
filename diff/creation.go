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

// creations goes through the roster users that the remote did not have.
func (d *differ) creations() error {
	pairing := d.pairing()
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
	if entry.State == user.Deactivated && !entry.Nobody {
		p.inactive++
		return nil
	}
	row, err := d.roster.Load(ref)
	if err != nil {
		return fmt.Errorf("reading a roster row again: %w", err)
	}
	u := &row.User
	if pairing {
		d.named(p, u)
	}
	d.policy.Protect.mark(u, p.protects)
	if !entry.Nobody && (!d.policy.Scope.holds(u) || d.policy.Protect.holds(u)) {
		p.elsewhere++
		return nil
	}
	defect := d.role(u, nil)
	var fields []plan.Change
	if defect == nil {
		fields, defect = changes(u, nil, d.policy)
	}
	unread := unreadUID(entry, &row)
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
	o := operation(plan.Create, plan.Missing, nil, &row)
	o.Changes = fields
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

// operation makes an operation without changes. What it keeps is cloned: a
// remote user's page goes, and a row's texts would keep all of its cells.
func operation(verb plan.Verb, reason plan.Reason, u *user.User, row *user.Row) plan.Operation {
	o := plan.Operation{Verb: verb, Reason: reason}
	var tags []string
	if u != nil {
		o.UID, o.Name, o.Role, tags = u.UID, u.Name, u.Role, u.Tags
	}
	if row != nil {
		o.UID, o.Source = row.User.UID, row.Source
		if row.User.Name != "" && (u == nil || !row.User.HalfName) {
			o.Name = row.User.Name
		}
		if row.User.Role != "" {
			o.Role = row.User.Role
		}
		if len(row.User.Tags) > 0 {
			tags = row.User.Tags
		}
	}
	o.UID, o.Name, o.Role = strings.Clone(o.UID), strings.Clone(o.Name), strings.Clone(o.Role)
	if len(tags) > 0 {
		o.Tags = make([]string, len(tags))
		for i, t := range tags {
			o.Tags[i] = strings.Clone(t)
		}
	}
	return o
}

// keep cuts changes loose from the remote page's memory.
func keep(changes []plan.Change) []plan.Change {
	for i := range changes {
		changes[i].Before = strings.Clone(changes[i].Before)
	}
	return changes
}
