package diff

import (
	"fmt"

	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Undo makes the plan that takes an earlier run back, out of what is on record
// of it and what the remote is now; see plan.Done.Inverse for the judgement on
// one user. Only operations of the given verbs are taken back; of no verb at
// all means of every verb.
//
// It is a plan like any other: scope and protection hold, and so do the guards
// on the listing and on how much one plan may do. A remote user of whom the
// run did nothing is unchanged; one whom somebody changed since is a conflict,
// and so is one that the app does not have any more, unless the run had created
// it: then the app is as it was before.
func Undo(done []plan.Done, remote Remote, policy Policy, only plan.VerbSet) (*plan.Plan, error) {
	u := &undoer{done: done, index: map[string]int{}}
	u.begin(&policy, len(done))
	for i := range done {
		o := &done[i].Operation
		if only != 0 && !only.Has(o.Verb) {
			continue
		}
		if _, twice := u.index[o.UID]; twice {
			return nil, fmt.Errorf("the run to undo has two operations on %s", o.UID)
		}
		u.index[o.UID] = i
	}
	gap, err := remote(func(page []user.User) error { return u.page(page, u.remoteUser) })
	if err != nil {
		return nil, err
	}
	u.gather(0)
	u.gone()
	p := u.plan()
	u.needRoles(p)
	if p.Places != nil {
		p.Places.Sort()
	}
	p.Notices = u.protection()
	guard.Listing(p, policy.Scope.String(), gap)
	on := guard.Case{Basis: policy.Basis, Plan: p, Seen: &u.all.watched}
	on.JudgeUndo()
	return p, p.Check()
}

type undoer struct {
	tally
	done  []plan.Done
	index map[string]int // by uid, of those to be undone
}

// remoteUser puts one remote user in its place, in the order of Compute.
func (u *undoer) remoteUser(p *part, now *user.User) error {
	i, found := u.index[now.UID]
	if found {
		p.references = append(p.references, i)
	}
	if !u.writable(p, now) {
		return nil
	}
	if !found {
		p.leave(now, plan.PlaceUntouched)
		return nil
	}
	o, conflict := u.done[i].Inverse(now)
	switch {
	case conflict != nil:
		p.conflict(now, *conflict)
		return nil
	case o == nil && !u.done[i].Sent:
		p.leave(now, plan.PlaceUntouched)
		return nil
	case o == nil:
		p.leave(now, plan.PlaceUnchanged)
		return nil
	}
	back, err := o.User()
	if err != nil {
		return fmt.Errorf("the record of the run to undo: %w", err)
	}
	if back.Has.Has(user.Role) {
		// A role that makes its users protected is not given, either.
		u.policy.Protect.mark(&back, p.protects)
		if place, left := u.policy.protects(&back); left {
			p.leave(now, place)
			return nil
		}
		if role := back.FoldedRole(); u.roles != nil && !u.roles[role] && !u.policy.CreateRoles {
			p.conflict(now, lacksRole(o, role))
			return nil
		}
	}
	p.operations = append(p.operations, *o)
	return nil
}

// lacksRole is the conflict of a user whom the operation would give a role that
// the app does not have. The user's own is as the run left it, else there were
// no operation.
func lacksRole(o *plan.Operation, role string) plan.Conflict {
	c := plan.Conflict{UID: o.UID, Name: o.Name,
		Message: fmt.Sprintf("the app has no role %q any more, which an undo would put back; create it in the dashboard, or use "+
			"--create-roles", role)}
	for _, change := range o.Changes {
		if change.Field == user.Role {
			c.Fields = append(c.Fields, plan.ConflictField{Field: change.Field.String(),
				Before: change.After, After: change.Before, Now: change.Before})
		}
	}
	return c
}

// gone goes through the users of the run that the remote did not have. Whether
// they would be in a scope of roles or tags nobody can say any more; who is
// protected or out of scope by uid is nobody's business here.
func (u *undoer) gone() {
	p := u.newPart()
	for uid, i := range u.index {
		if u.seen[i] || matchAny(u.policy.Protect.UIDs, uid) || !u.policy.Scope.holdsUID(uid) {
			continue
		}
		if _, conflict := u.done[i].Inverse(nil); conflict != nil {
			p.conflicts = append(p.conflicts, *conflict)
		}
	}
	u.add(&p)
}
