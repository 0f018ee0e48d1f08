package report

import (
	"fmt"
	"slices"
	"time"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// books recomputes report.json's numbers from its lists, and compares them with
// the plan's.
func (l *listing) books() {
	h, s := &l.head, &l.head.Summary
	for i, c := range []Count{s.Reactivate, s.Create, s.Update, s.Deactivate} {
		v := plan.Verbs()[i]
		if c.Planned != l.counts[v].Planned {
			l.find(reportName, "its summary has %d planned of %s, and its list %d", c.Planned, v, l.counts[v].Planned)
		}
		for _, o := range outcomes {
			if c.Of(o) != l.counts[v].Of(o) {
				l.find(reportName, "its summary has %d %s of %s, and its list %d", c.Of(o), o, v, l.counts[v].Of(o))
			}
		}
	}
	l.equal("rows (users, duplicates and rejects)", h.Source.Rows, h.Source.Users+h.Source.Duplicates+h.Source.Rejected, "what they come to")
	l.equal("rejects", h.Source.Rejected, l.rejected, "its list")
	l.equal("users held", s.Held, len(l.held), "its list")
	l.since()
	l.equal("users who are leaving", s.Leaving, len(l.leaving), "its list")
	if l.plan != nil {
		l.equal("pairs under a new uid", l.rekeys, len(l.plan.Rekeys), l.planOf)
	}
	l.equal("users in conflict", s.Conflicts, len(l.moved), "its list")
	l.equal("users gone", s.Gone, l.gone, "its list")
	if len(h.Source.Files) > 0 {
		rows := 0
		for _, f := range h.Source.Files {
			rows += f.Rows
		}
		l.equal("source rows", h.Source.Rows, rows, "its files")
	}
	existing := l.n - l.counts[plan.Create].Planned
	l.equal("users of the app", h.Remote.Active+h.Remote.Deactivated,
		existing+s.Unchanged+s.Held+s.OutOfScope+s.Protected+s.Kept+s.Conflicts, "those that it accounts for")
	refusals := 0
	for _, reason := range h.Guard.Reasons {
		if reason.Name != plan.NewForm {
			refusals++
		}
	}
	if h.Guard.Tripped != (refusals > 0) {
		l.find(reportName, "a guard tripped: %t, and it has %d reasons", h.Guard.Tripped, refusals)
	}
	if l.plan != nil {
		l.planned()
	} else if !l.saved && (l.n > 0 || h.Run.Plan != nil || h.Remote.Active+h.Remote.Deactivated > 0) {
		l.find(planName, "it is missing, and report.json tells of a plan")
	}
	if l.rekeyed.f == nil && l.rekeys > 0 {
		l.find(rekeyName, "it is missing, and report.json lists %s", phrase.Counted(l.rekeys, "pair"))
	}
	if l.conflicts.f == nil && len(l.moved)+l.gone > 0 {
		l.find(l.conflicts.name, "it is missing, and report.json lists %s", phrase.Counted(len(l.moved)+l.gone, "conflict"))
	}
}

// since recounts what is new since the last run.
func (l *listing) since() {
	then, failed := l.head.Since, 0
	if then == nil {
		then = &sinceJSON{Rejects: sinceCountJSON{New: l.rejected}, Held: sinceCountJSON{New: len(l.held)}}
	}
	for i := range l.counts {
		failed += l.counts[i].Failed
	}
	if l.head.Since == nil {
		then.Failed.New = failed
	}
	for i, c := range []struct {
		what string
		n    int
		sinceCountJSON
	}{{"rejects", l.rejected, then.Rejects}, {"users held", len(l.held), then.Held}, {"changes that failed", failed, then.Failed}} {
		l.equal(c.what+" as in the last run", c.AsBefore, l.before[i], "its list")
		l.equal("new "+c.what, c.New, c.n-l.before[i], "its list")
	}
}

// equal compares a number of report.json with what it comes to.
func (l *listing) equal(what string, got, want int, of string) {
	if got != want {
		l.find(reportName, "%s: %d, and %s: %d", what, got, of, want)
	}
}

// planned compares the head of report.json with the plan.
func (l *listing) planned() {
	h, s, p := &l.head, &l.head.Summary, l.plan
	in := l.intake
	if in == nil {
		in = &user.Intake{}
	}
	late := len(p.Rejects)
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"operations", l.n, len(p.Operations)},
		{"active users", h.Remote.Active, p.Remote.Active},
		{"deactivated users", h.Remote.Deactivated, p.Remote.Deactivated},
		{"users in scope", h.Remote.InScope, p.Remote.InScope},
		{"unchanged users", s.Unchanged, p.Unchanged},
		{"users out of scope", s.OutOfScope, p.OutOfScope},
		{"protected users", s.Protected, p.Protected},
		{"users that are kept", s.Kept, p.Kept},
		{"users who are leaving", s.Leaving, len(p.Leaving)},
		{"strangers", s.Strangers, p.Strangers},
		{"users held", s.Held, len(p.Held)},
		{"users in conflict, or gone", s.Conflicts + s.Gone, len(p.Conflicts)},
		{"guards that tripped", len(h.Guard.Reasons), len(p.Tripped())},
		{"source rows", h.Source.Rows, in.Rows},
		{"users in the sources", h.Source.Users, in.Users - late},
		{"duplicates", h.Source.Duplicates, in.Duplicates},
		{"rejects", h.Source.Rejected, in.Rejected + late},
	} {
		l.equal(c.what, c.got, c.want, l.planOf)
	}
	for _, c := range []struct {
		what      string
		got, want string
	}{
		{"the app", fmt.Sprint(h.Target), fmt.Sprint(targetJSON{p.Target.AppID, p.Target.Region, p.Target.BaseURL, p.Target.Sandbox})},
		{"the run that it undoes", h.Run.Undoes, p.Undoes},
		{"why operations are withheld", h.Guard.Withholding, p.Withholding()},
		{"roles to be created", fmt.Sprintf("%q", h.Summary.NewRoles), fmt.Sprintf("%q", list(p.NewRoles))},
	} {
		if !same(c.got, c.want) {
			l.find(reportName, "%s: %s, and in %s %s", c.what, c.got, l.planOf, c.want)
		}
	}
	if !slices.Equal(l.out.Inputs, in.Files) {
		l.find(reportName, "the files that were read are not those of %s", l.planOf)
	}
	switch of := h.Run.Plan; {
	case of == nil && p.Run != "":
		l.find(reportName, "it names no plan, and there is that of run %s", p.Run)
	case of != nil && (of.Run != p.Run || of.ConfigSHA256 != p.Config.SHA256() || !alike(of.CreatedAt, p.CreatedAt)):
		l.find(reportName, "the plan that it names, of run %s, is not %s, of run %s", of.Run, l.planOf, p.Run)
	}
}

// alike compares a time with one as a report gives it.
func alike(got *time.Time, want time.Time) bool {
	given := Moment(want)
	return got == nil && given == nil || got != nil && given != nil && got.Equal(*given)
}

func (f FileJSON) file() user.File { return user.File(f) }

// usersFile recounts users.csv by place, and looks up every operation in it.
func (a *audit) usersFile() error {
	t, err := a.rowsOf("users.csv")
	if err != nil {
		return err
	}
	defer t.close()
	switch {
	case t.f == nil:
		a.unchecked("where each user was left: there is no %s", t.name)
		return nil
	case t.dead:
		return nil
	case !slices.Equal(t.head, []string{"uid", "place"}):
		t.find("its header is not the one that it was written with")
		return nil
	}
	var planned queue
	if a.plan != nil {
		planned = newQueue(a.plan)
	}
	places, last := map[string]int{}, ""
	lists := map[plan.Place]*[]string{plan.PlaceHeld: {}, plan.PlaceConflict: {}, plan.PlaceLeaving: {}}
	for {
		row, ok, err := t.record()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		uid, _ := user.Undefuse(row[0])
		t.n++
		if t.n > 1 && uid <= last {
			t.find("row %d: %s is out of order behind %s", t.n, uid, last)
		}
		last = uid
		place := row[1]
		places[place]++
		var at plan.Place
		if at.UnmarshalText([]byte(place)) == nil {
			for _, at := range slices.Compact([]plan.Place{at, at.Counted()}) {
				if list := lists[at]; list != nil {
					*list = append(*list, uid)
				}
			}
		}
		for o := planned.next(uid); o != nil; o = planned.next(uid) {
			t.find("%s is missing before row %d, and %s has an operation on it: %s", o.UID, t.n, a.planOf, o.Verb)
		}
		o := planned.at(uid)
		var v plan.Verb
		switch verb := v.UnmarshalText([]byte(place)) == nil; {
		case o != nil && place != o.Verb.String():
			t.find("row %d: %s is %s, and %s has an operation on it: %s", t.n, uid, place, a.planOf, o.Verb)
		case o == nil && verb && a.plan != nil:
			t.find("row %d: %s is to %s, and %s has no operation on it", t.n, uid, place, a.planOf)
		case !verb && new(plan.Place).UnmarshalText([]byte(place)) != nil:
			t.find("row %d: %s is %q, which is no place", t.n, uid, place)
		}
	}
	for o := planned.last(); o != nil; o = planned.last() {
		t.find("%s is missing, and %s has an operation on it: %s", o.UID, a.planOf, o.Verb)
	}
	if a.read {
		a.recount(t, places, lists)
	}
	if !t.wrong {
		a.checked("%s: %s, recounted by place", t.name, phrase.Counted(t.n, "user"))
	}
	return nil
}

// recount compares users by place with report.json's summary.
func (a *audit) recount(t *rowsFile, places map[string]int, lists map[plan.Place]*[]string) {
	s := &a.head.Summary
	of := func(as plan.Place) (n int) {
		for _, p := range plan.AllPlaces() {
			if p.Counted() == as {
				n += places[p.String()]
			}
		}
		return n
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"unchanged", of(plan.PlaceUnchanged), s.Unchanged},
		{"held", of(plan.PlaceHeld), s.Held},
		{"out of scope", of(plan.PlaceOutOfScope), s.OutOfScope},
		{"protected", of(plan.PlaceProtected), s.Protected},
		{"kept", of(plan.PlaceKept), s.Kept},
		{"leaving", places[plan.PlaceLeaving.String()], s.Leaving},
		{"who are strangers", places[plan.PlaceStranger.String()], s.Strangers},
		{"in conflict", of(plan.PlaceConflict), s.Conflicts},
		{"to create", places[plan.Create.String()], s.Create.Planned},
		{"to update", places[plan.Update.String()], s.Update.Planned},
		{"to deactivate", places[plan.Deactivate.String()], s.Deactivate.Planned},
		{"to reactivate", places[plan.Reactivate.String()], s.Reactivate.Planned},
		{"in all", t.n, a.head.Remote.Active + a.head.Remote.Deactivated + s.Create.Planned},
	} {
		if c.got != c.want {
			t.find("users %s: %d, and report.json has %d", c.what, c.got, c.want)
		}
	}
	for i, want := range [][]string{a.held, a.moved, a.leaving} {
		place := []plan.Place{plan.PlaceHeld, plan.PlaceConflict, plan.PlaceLeaving}[i]
		if !slices.Equal(*lists[place], want) {
			t.find("the users %s are not those that report.json lists", place)
		}
	}
}
