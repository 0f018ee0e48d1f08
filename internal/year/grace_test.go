package year

import (
	"net/http"
	"slices"
	"testing"

	"cometsync/internal/plan"
)

// grace is what the app owes to those whom no export has: nothing, where they go at
// once.
type grace struct {
	runs      int             // --grace-runs; 0 is that they go at once
	absent    map[string]int  // who is, and how many nights have counted
	counted   int             // the last night that did
	strangers map[string]bool // whom no good run's export had, as far as is on record
	forgotten bool            // nothing is on record
}

// forget is that the state was lost.
func (g *grace) forget() { g.forgotten = true }

// count has a good night count for those who are in the app and in none of its
// exports. Without a record nobody knows who is the school's.
func (y *year) count(e *export, before map[string]user) {
	g := &y.grace
	if g.runs == 0 || g.counted == y.night {
		return
	}
	g.counted = y.night
	there := map[string]bool{}
	for _, row := range e.all() {
		there[row[uidColumn]] = true
	}
	for uid, u := range before {
		switch {
		case there[uid] || u.gone:
			delete(g.absent, uid)
		case g.forgotten:
			delete(g.absent, uid)
			g.strangers[uid] = true
		case !g.strangers[uid]:
			g.absent[uid]++
		}
	}
	g.forgotten = false
}

// keep is who still has access without being there.
func (g *grace) keep() map[string]bool {
	keep := map[string]bool{}
	for uid := range g.strangers {
		keep[uid] = true
	}
	for uid, n := range g.absent {
		if n < g.runs {
			keep[uid] = true
		}
	}
	return keep
}

// TestYearOfGrace is some weeks of a school that has --missing known and
// --grace-runs 2: who is missing in one night's export loses nothing, whatever the
// guards see of it, who is missing in two goes, and strangers stay.
func TestYearOfGrace(t *testing.T) {
	y := newYear(t)
	y.options = []string{"--missing", "known", "--grace-runs", "2"}
	y.grace = grace{runs: 2, absent: map[string]int{}, strangers: map[string]bool{}}
	named := func(name string) harm {
		return harms[slices.IndexFunc(harms, func(h harm) bool { return h.name == name })]
	}
	plans := map[int]func(){
		3:  func() { y.strangers("auditor", "support-bot"); y.good() },
		5:  func() { y.unseen(named("a page is missing")) },
		6:  func() { y.bad(named("a page is missing")) },
		8:  func() { y.unseen(named("a department is missing")) },
		10: func() { y.bad(named("everybody is read as having left")) },
		12: func() { y.outsource(); y.announced(false) }, // whom the leavers led gets others
		13: func() { y.announced(false) },
		15: func() { y.good(); y.runs++; y.good() },
		17: y.lost,
		19: func() { y.bad(named("a column has become constant")) },
		21: func() { y.bad(named("some people have new uids")) },
		22: func() { y.killed(2, true) },
		24: func() { y.trouble("deactivate:partial=1,times=2") },
	}
	for n := 1; n <= 28; n++ {
		y.night, y.runs = n, 0
		if n > 1 {
			y.school.pass(n, y.random(1))
		}
		if happens := plans[n]; happens != nil {
			happens()
		} else {
			y.good()
		}
	}
	if y.trips[plan.LostBlock] == 0 || y.trips[plan.LostGroup] == 0 {
		t.Errorf("the guards that tripped are %v", y.trips)
	}
}

// strangers are users whom somebody else has created.
func (y *year) strangers(uids ...string) {
	y.t.Helper()
	for _, uid := range uids {
		y.call(http.MethodPost, "/users", `{"uid":"`+uid+`","name":"Somebody else's"}`)
		y.grace.strangers[uid] = true
	}
}

// unseen is a night whose export lacks people, of whom none is to lose access yet.
func (y *year) unseen(h harm) {
	y.t.Helper()
	e := y.school.export(y.night)
	args := h.do(y, e)
	y.put(e)
	before := y.users()
	if code, text := y.sync(args...); code != 0 {
		y.t.Fatalf("night %d, %s: exits with %d:\n%s", y.night, h.name, code, text)
	}
	y.held(before)
	y.count(e, before)
	y.exports = append(y.exports, e)
}
