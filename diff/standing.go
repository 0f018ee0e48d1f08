package diff

import (
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// noRow keeps an active user in scope for whom no row counts, whatever becomes of
// it: absent, held or protected.
func (d *differ) noRow(p *part, u *user.User) {
	if u.State != user.Deactivated && d.policy.Scope.holds(u) {
		p.standing = append(p.standing, user.HashUID(u.UID))
	}
}

// standing gives the plan those of them whom the last good run has in its order.
func (d *differ) standing(p *plan.Plan) {
	if d.policy.Past == nil || len(d.all.standing) == 0 {
		return
	}
	in := make(map[uint64]bool, len(d.all.standing))
	for _, uid := range d.all.standing {
		in[uid] = true
	}
	past := d.policy.Past.Sources
	plan.EachOf(past, in, func(s, i int) { p.Standing = append(p.Standing, past[s].UIDs[i]) })
}
