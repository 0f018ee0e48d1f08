// Package diff compares a roster with an app's users and makes the plan that
// would bring the app in line; or an earlier run with the users as they are
// now, and makes the plan that takes it back. It is pure: it reads a roster and
// a listing that it is handed, and decides. It refuses to know where they come from
// and what becomes of a plan.
//
// # Terms and premise
//
// A remote user ends in exactly one place: an operation, unchanged, held, out
// of scope, protected, kept. A roster user that the remote lacks is created,
// unless its state says inactive.
//
// What must not be touched is decided on the inputs, before anything is
// compared, never by deleting entries from a finished diff: a deletion that is
// forgotten in one of two places deactivates somebody. So each remote user
// passes, in this order,
//
//  1. scope and protection, by the remote's own role, tags and uid;
//  2. the roster: is there a usable row with this uid?
//  3. without one: may a reject stand for the user? Then the user is held.
//  4. Only what is left is absent, and may be deactivated; see absent.go.
//
// # Custody
//
// A reject stands for the user with its uid, and for whomever its claims mean:
// the uid of which a spreadsheet took the zeros, the numbers that round to a
// rounded one, what is left of an id that is not valid, any cell of a row that
// may have shifted, the value of a second key, the name of a row whose uid may
// be another's. Whoever is held is told the row, and which likeness it was, the
// surest of all. A claim that is wrong costs a question; one that is lacking
// may cost an account.
//
// Rows that turn out to be unusable only against the app have claims as well.
// They are known only once the remote has been listed and the rows of the
// unknown have been gone through, so that deactivations of absent users are
// looked at once more then, in one place: holdByUnmatched. A row that is refused
// against a user of its own uid has found its person, and claims no other.
//
// Step 4 is only as good as the rejects' uids. While a reject has no readable
// uid, it may stand for any absent user, so that every deactivation of an
// absent user is withheld: it stays in the plan, for people to see, and is
// not carried out. A deactivation that a row's own state asks for rests on
// that row and is not withheld; but whose uid appears in a reject as it is,
// that row may be of, with another state, and is held. A sheet that was not
// read and may hold people is as many rows without a uid.
//
// # People under another uid
//
// Somebody who is absent under one uid and unknown under another is often one
// person, whose uid an old system wrote otherwise: to deactivate the one and
// create the other would take their messages away. So the absent and the
// unknown are looked at together, once both are known, rule by rule and the
// surest first. Who makes a pair has no operation: the absent user is held by
// the row of the other, until somebody has said whether they are one. Like a
// claim, a pair that is wrong costs a question.
//
// Whom a reject holds is absent as well: next to a broken row there may be a
// good one with the same person under another uid, who would get a second
// account. They come after those who would lose theirs, and stay held by the
// reject.
//
// # One operation a user
//
// A user that is deactivated in the remote and active in the roster gets one
// operation, a reactivation that carries the field changes with it, and not a
// pair; so each uid ends in one place and the books are easy to balance.
//
// # Memory
//
// The roster is asked for a print of each user, 64 bits over the managed
// fields, and remote users come in pages that are dropped again. Only when
// prints differ is the row loaded and compared field by field; what is kept
// are the operations. See user.Layout for what a print can and can't say.
package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"cometsync/diff/guard"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Roster is the desired users, indexed by uid. References run from 0 to Len.
// FindAll, Entry, Load and LoadInto are called from several goroutines.
type Roster interface {
	guard.Roster
	Len() int
	FindAll(page []user.User, found []user.Found) []user.Found // appends what it has of each, in their order
	Load(ref int) (user.Row, error)
}

// Remote hands over the app's users, each exactly once and with its state, in
// pages of any size, from several goroutines at once; a page is not used after
// each returns. A gap says why the listing can't be shown to be complete.
type Remote func(each func(page []user.User) error) (gap string, err error)

// Compute makes the plan. The plan is complete even when a guard refuses it;
// an error means that the inputs could not be read.
func Compute(roster Roster, remote Remote, policy Policy) (*plan.Plan, error) {
	d := newDiffer(roster, &policy)
	gap, err := remote(d.page)
	if err != nil {
		return nil, err
	}
	d.countNames()
	d.gather(len(d.all.absentees) + d.unknown())
	if err := d.creations(); err != nil {
		return nil, err
	}
	slices.SortFunc(d.all.absentees, func(a, b absentee) int { return strings.Compare(a.UID, b.UID) })
	for _, a := range d.all.absentees {
		if a.to == lost {
			d.all.operations = append(d.all.operations, a.Operation)
		}
	}
	p := d.plan()
	p.Inputs = roster.Intake().Files
	slices.SortFunc(p.Rejects, func(a, b user.Reject) int { return strings.Compare(a.UID, b.UID) })
	d.holdByUnmatched(p)
	if err := d.rekey(p); err != nil {
		return nil, err
	}
	d.needRoles(p)
	soon := d.keepAccess(p)
	d.standing(p)
	d.withhold(p)
	d.withholdNew(p)
	var sorting sync.WaitGroup
	if p.Places != nil {
		sorting.Go(p.Places.Sort) // nothing below asks for them
		defer sorting.Wait()
	}
	d.notices(p)
	d.strangers(p)
	d.guardPairs(p)
	guard.Inputs(p, roster.Intake(), policy.Max.Rejects, policy.Scope.String(), gap)
	if policy.Instead != nil {
		guard.EndsEarly(p, policy.Instead, "were new")
	}
	on := guard.Case{Basis: policy.Basis, Plan: p, Seen: &d.all.watched, Watch: d.watch, Ways: policy.Ways(), Leaving: soon}
	if on.Judge(); p.Refused() {
		d.uncounted(p)
	}
	if err := roster.Err(); err != nil {
		return nil, err
	}
	return p, p.Check()
}

type differ struct {
	tally
	roster Roster
	layout *user.Layout
	holds  *custody
	stands *custody // of the roster that stands for the app; nil for an app

	pairing bool           // people under another uid are looked for
	called  map[uint64]int // of the app's users, how many have the name of somebody absent, by its hash
	unread  error          // a row that could not be read again

	odd map[int]bool // by reference: the app may have the user under a uid that can't be managed

}

func newDiffer(roster Roster, policy *Policy) *differ {
	d := &differ{
		roster: roster,
		layout: roster.Layout(),
		holds:  newCustody(roster.Intake().Rejects, policy.Match),
	}
	if policy.Instead != nil {
		d.stands = newCustody(policy.Instead.Rejects, policy.Match)
	}
	d.begin(policy, roster.Len())
	d.pairing = policy.Rekeys && roster.Len() > 0
	d.odd = map[int]bool{}
	d.watch = guard.NewWatch(roster, roster.Len(), policy.Match, policy.MergeTags)
	return d
}

func (d *differ) page(users []user.User) error {
	print := new(user.Fingerprint)
	found := d.roster.FindAll(users, make([]user.Found, 0, len(users)))
	return d.tally.page(users, func(p *part, u *user.User) error {
		in := &found[0]
		found = found[1:]
		if _, is := d.policy.Same[u.UID]; is {
			p.renamed[strings.Clone(u.UID)] = true
		}
		if d.pairing {
			d.named(p, u)
		}
		if d.policy.Past != nil && u.State != user.Deactivated {
			p.watched.Form(u.UID)
		}
		return d.remoteUser(p, u, in, print)
	})
}

// remoteUser puts one remote user in its place; see the package comment for the order.
func (d *differ) remoteUser(p *part, u *user.User, in *user.Found, print *user.Fingerprint) error {
	if in.OK {
		p.references = append(p.references, in.Ref)
	}
	if d.policy.Past != nil && (!in.OK || in.Nobody) {
		d.noRow(p, u)
	}
	if !d.writable(p, u) {
		if in.OK && u.Odd != user.NoField {
			return d.refuse(p, in.Ref, u.Odd)
		}
		return nil
	}
	if in.OK {
		return d.both(p, u, in.Ref, in.Entry, print)
	}
	if h, ok := d.holds.of(u.UID, u.Name, u.KeyValue); ok {
		p.hold(u, d.holds.source(h), h.because)
		d.keepHeld(p, u)
		d.watch.Stranger(&p.watched, u, print)
		return nil
	}
	if u.State == user.Deactivated {
		p.leave(u, plan.PlaceDeactivated)
	} else {
		d.absent(p, u, print)
	}
	return nil
}

// refuse is for the row of a user that can't be managed: whatever it asks for is
// not done, and somebody has to know that.
func (d *differ) refuse(p *part, ref int, odd user.Field) error {
	row, err := d.roster.Load(ref)
	if err != nil {
		return fmt.Errorf("reading a roster row again: %w", err)
	}
	defect := user.Defect{Column: odd.String(), Code: user.UserOdd, Value: row.User.UID,
		Message: fmt.Sprintf("the app shows the %s of this user in a form that can't be managed, so the row changes nothing; look at the "+
			"user in the dashboard, or ask CometChat's support",
			odd)}
	if odd == user.UID {
		defect.Message = "the app has a user whose uid is like this one, and is not written as uids are, so it is unclear whether it " +
			"is this person; look for it in users.csv and in the dashboard, or ask CometChat's support"
	}
	p.rejects = append(p.rejects, row.Reject(defect))
	return nil
}

// both is for a user on both sides.
func (d *differ) both(p *part, u *user.User, ref int, entry user.Entry, print *user.Fingerprint) error {
	active := u.State != user.Deactivated
	if active {
		p.watched.Both++
	}
	if active && entry.State != user.Deactivated {
		d.watch.Stay(&p.watched, u, ref, entry, print)
	}
	switch {
	case !active && entry.Nobody:
	case !active && entry.State == user.Deactivated:
		p.leave(u, plan.PlaceDeactivated)
		return nil
	case !active && entry.State == user.Unsaid:
		// An empty cell keeps what is; and a deactivated user takes no updates.
		p.leave(u, plan.PlaceUnsaid)
		return nil
	case active && entry.State != user.Deactivated && entry.Mask != user.Unprintable &&
		!(d.policy.ReplaceMetadata && entry.Mask.Metadata()):
		// A print does not say what a replaced object holds besides the row's keys.
		if print.Same(d.layout, u, entry.Mask, entry.Print) {
			p.leave(u, plan.PlaceUnchanged)
			return nil
		}
	}
	row := &p.values.row
	if err := d.roster.LoadInto(ref, row); err != nil {
		return fmt.Errorf("reading the row of %s again: %w", u.UID, err)
	}
	d.policy.Protect.mark(&row.User, p.protects)
	// A row without a role says nothing of it, and not "default"; its uid is
	// the remote's, which is not protected.
	if row.User.Has.Has(user.Role) && d.policy.Protect.holds(&row.User) {
		p.leave(u, plan.PlaceProtected)
		return nil
	}
	hold := func(defect *user.Defect) {
		reject := row.Reject(*defect)
		if !active && entry.Nobody {
			reject.Disown()
		}
		p.rejects = append(p.rejects, reject)
		p.hold(u, row.Source, user.SameUID)
	}
	if !active && entry.Nobody {
		hold(unreadUID(entry, row))
		return nil
	}
	if entry.State == user.Deactivated {
		if h, ok := d.holds.spelled(u.UID); ok {
			p.hold(u, d.holds.source(h), h.because)
			return nil
		}
		// Whatever else the row says is not sent, an unknown role included.
		p.operations = append(p.operations, p.values.deactivation(plan.StateSays, u, row))
		p.watched.Leaver(u)
		return nil
	}
	if defect := d.role(&row.User, u); defect != nil {
		hold(defect)
		return nil
	}
	if defect := p.values.compare(&row.User, u, d.policy); defect != nil {
		hold(defect)
		return nil
	}
	if active && len(p.values.changes) == 0 {
		p.leave(u, plan.PlaceUnchanged)
		return nil
	}
	verb, reason := plan.Update, plan.Differs
	if !active {
		verb, reason = plan.Reactivate, plan.InRoster
		if row.User.Has.Has(user.State) {
			reason = plan.StateSays
		}
	}
	p.operations = append(p.operations, p.values.operation(verb, reason, u, row))
	if d.policy.Past != nil {
		p.watched.Changed(row)
	}
	return nil
}

// withhold marks the deactivations of absent users while a reject may stand for
// any of them, or a sheet that was left out.
func (d *differ) withhold(p *plan.Plan) {
	n, first := d.unreadable(p)
	why := unread(n, first, d.roster.Intake().LeftOut, "absent")
	if why == "" {
		return
	}
	reason := plan.Guard{Message: why}
	p.Withhold(plan.Deactivate, reason, func(o *plan.Operation) bool { return o.Reason == plan.Absent })
	if d.uncounted(p); len(p.Leaving) > 0 && p.WithholdingOf(plan.Deactivate) == nil {
		p.Withholdings = append(p.Withholdings, plan.Withholding{Verb: plan.Deactivate, Guard: reason})
	}
}

// withholdNew marks the creations of whoever may be in a roster that stands for the app,
// in a row that can't be used or on a sheet that was left out.
func (d *differ) withholdNew(p *plan.Plan) {
	in := d.policy.Instead
	if in == nil {
		return
	}
	n, first := in.Unreadable()
	anybody := unread(n, first, in.LeftOut, "new")
	why := cmp.Or(anybody, "rejected rows of the roster that stands for the app may be of them; correct the rows and run again")
	p.Withhold(plan.Create, plan.Guard{Message: why}, func(o *plan.Operation) bool { return o.Withheld || anybody != "" })
}

// unread is why anybody who looks absent, or new, may be in a roster: in a row without a
// readable uid, of which the first is given, or on a sheet; "" if nobody may.
func unread(n int, first *user.Reject, leftOut []string, as string) string {
	var why []string
	if n > 0 {
		why = append(why, fmt.Sprintf("%s no readable uid (the first is %s) and may stand for any %s user; correct the rows and run "+
			"again", phrase.Counted(n, "rejected row has", "rejected rows have"), first.Source, as))
	}
	if len(leftOut) > 0 {
		why = append(why, fmt.Sprintf("%s %s not read and may hold any %s user; name the sheets that are meant with --sheet and run "+
			"again", strings.Join(leftOut, ", "), phrase.Form(len(leftOut), "was", "were"), as))
	}
	return strings.Join(why, "; and ")
}

// unreadable says how many rejects have no readable uid, those included that
// turned out to be rejects only against the app, and gives the first.
func (d *differ) unreadable(p *plan.Plan) (n int, first *user.Reject) {
	n, first = d.roster.Intake().Unreadable()
	for i := range p.Rejects {
		if p.Rejects[i].UID == "" {
			if first == nil {
				first = &p.Rejects[i]
			}
			n++
		}
	}
	return n, first
}

func (d *differ) notices(p *plan.Plan) {
	p.Notices = d.protection()
	add := func(n int, code notice.Code, format string) {
		if n > 0 {
			p.Notices = append(p.Notices, user.Notice{Code: code, Count: n, Message: phrase.Sprintf(format, n)})
		}
	}
	add(d.all.left[plan.PlaceInactive], notice.InactiveNotCreated, "inactive people without an account were skipped: %d")
	add(d.all.left[plan.PlaceUnsaid], notice.StateUnsaid, "deactivated users whose state cell is empty stay deactivated: %d")
	add(d.all.left[plan.PlaceApart], notice.OutOfScope, "people not created because they are out of scope or protected: %d")
}
