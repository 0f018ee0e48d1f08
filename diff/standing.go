package diff

import (
	"slices"

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
	slices.Sort(d.all.standing)
	// Nearly all of the order are none of them, which a few bits tell sooner.
	const bits = 1 << 16
	var maybe [bits]bool
	for _, uid := range d.all.standing {
		maybe[uid%bits] = true
	}
	for i := range d.policy.Past.Sources {
		for _, uid := range d.policy.Past.Sources[i].UIDs {
			if !maybe[uid%bits] {
				continue
			}
			if _, found := slices.BinarySearch(d.all.standing, uid); found {
				p.Standing = append(p.Standing, uid)
			}
		}
	}
}
