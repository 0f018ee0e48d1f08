package report

import (
	"cmp"
	"fmt"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/report/document"
)

// Rows whose one fault is a role that the app lacks are many at once: one role
// is missing, not six hundred rows. People are told the roles; rejects.csv and
// the lists that programs read have every row.

// missingRole is a role that the app lacks, with the rows that want it.
type missingRole struct {
	Role  string
	Count int
	first []int // of the rejects, as many as a line may name
}

// want groups the rejects by the role that they want, the largest group first.
func (r *Report) want() {
	at := map[string]int{}
	for i, x := range r.rejects.each() {
		if !wantsRole(x) {
			if len(r.singly) < sectionRows {
				r.singly = append(r.singly, i)
			}
			continue
		}
		role := x.Defects[0].Value
		k, ok := at[role]
		if !ok {
			k = len(r.missing)
			at[role] = k
			r.missing = append(r.missing, missingRole{Role: role})
		}
		m := &r.missing[k]
		if m.Count++; len(m.first) < someOf {
			m.first = append(m.first, i)
		}
		r.roleless++
	}
	if r.roleless == 1 { // a row like others: its place says more than a number
		r.singly = append(r.singly, r.missing[0].first[0])
		slices.Sort(r.singly)
		r.singly = r.singly[:min(len(r.singly), sectionRows)]
	}
	slices.SortFunc(r.missing, func(a, b missingRole) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Role, b.Role))
	})
}

// wantsRole says that nothing is wrong with a row but that the app lacks its role.
func wantsRole(x *user.Reject) bool {
	return len(x.Defects) == 1 && x.Defects[0].Code == user.RoleUnknown
}

// grouped is how many rejects are told by their role.
func (r *Report) grouped() int {
	if r.roleless == 1 {
		return 0
	}
	return r.roleless
}

// told is how many rejects are told by themselves; singly has the first of them.
func (r *Report) told() int { return r.rejects.len() - r.grouped() }

// missingRoles says which roles are missing, and what to do about it; "" if
// the rows are told one by one.
func (r *Report) missingRoles() string {
	if r.grouped() == 0 {
		return ""
	}
	are, them, stand := " is", "it", "it stands for"
	if len(r.missing) > 1 {
		are, them, stand = "s are", "them", "they stand for"
	}
	roles := some(len(r.missing), func(i int) document.Line {
		return document.Say("%s (%s)", r.missing[i].Role, phrase.Counted(r.missing[i].Count, "row"))
	})
	return fmt.Sprintf("%s role%s missing: %s: create %s in the dashboard, give --create-roles, or say under values.role what %s",
		phrase.Thousands(len(r.missing)), are, roles.String(), them, stand)
}

// missingView is a missing role on the page.
type missingView struct {
	missingRole
	p pageView
}

// Places are the first rows that want the role.
func (m missingView) Places() []string {
	var places []string
	for _, i := range m.first {
		places = append(places, m.p.Place(m.p.r.rejects.at(i).Source))
	}
	return places
}

// More is how many rows there are besides.
func (m missingView) More() int { return m.Count - len(m.first) }

// Missing are as many roles as the page shows; none if the rows are told one by one.
func (p pageView) Missing() []missingView {
	if p.r.grouped() == 0 {
		return nil
	}
	views := make([]missingView, min(len(p.r.missing), sectionRows))
	for i := range views {
		views[i] = missingView{p.r.missing[i], p}
	}
	return views
}
