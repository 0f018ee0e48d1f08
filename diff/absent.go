package diff

import (
	"time"

	"cometsync/internal/enum"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// # Who is absent
//
// An active user in scope for whom the roster has no row, and no reject stands,
// is deactivated; or kept, by the policy. Strangers are those whom no good run on
// record had in its roster: they are somebody else's. Whoever is leaving goes once
// enough good runs in a row lacked them. All of them keep access in this run, so
// that no guard counts them as lost; but one of a pair under a new uid is held
// before they are anything else, in this order: who would be deactivated now, who
// would be later, strangers, whom the policy keeps and whom a reject holds anyway.

// Missing is what becomes of absent users.
type Missing uint8

// What there is, by the words of --missing.
const (
	MissingDeactivate Missing = iota
	MissingKnown              // but for strangers
	MissingKeep
)

var missingNames = enum.Names[Missing]{Of: []string{MissingDeactivate: "deactivate", MissingKnown: "known", MissingKeep: "keep"}}

// UnmarshalText reads the option's word.
func (m *Missing) UnmarshalText(text []byte) error { return missingNames.Parse(m, text) }

// absent puts an active user without a row in its place.
func (d *differ) absent(p *part, u *user.User, print *user.Fingerprint) {
	to := lost
	switch {
	case d.policy.Missing == MissingKeep && !d.pairing:
		d.watch.Stranger(&p.watched, u, print)
		p.leave(u, plan.PlaceKept)
		return
	case d.policy.Missing == MissingKeep:
		to = kept
	case d.policy.Missing == MissingKnown && !d.policy.Past.Knew(u.UID):
		to = stranger
	case d.absence(u.UID).Runs < d.policy.GraceRuns:
		to = leaving
	}
	if to == stranger || to == kept {
		d.watch.Stranger(&p.watched, u, print)
	} else {
		p.watched.Leaver(u)
	}
	d.keep(p, u, to)
}

// absence is how long somebody has been absent, this run included.
func (d *differ) absence(uid string) plan.Absence {
	if d.policy.GraceRuns < 2 {
		return plan.Absence{UID: uid, Runs: 1} // for which nobody asks
	}
	return d.policy.Past.Absence(uid).After(d.policy.night(), d.policy.GraceWithin)
}

// keepAccess leaves those where they are who keep access for the time being, once it is
// known who is one of a pair, and says what would be done to those who are leaving.
func (d *differ) keepAccess(p *plan.Plan) (soon []plan.Operation) {
	for i := range d.all.absentees {
		a, at := &d.all.absentees[i], plan.PlaceStranger
		switch a.to {
		case lost:
			if d.policy.GraceRuns > 1 {
				p.Gone = append(p.Gone, d.absence(a.UID))
			}
			continue
		case leaving:
			at, soon = plan.PlaceLeaving, append(soon, a.Operation)
			p.Leaving = append(p.Leaving, plan.Leaving{Absence: d.absence(a.UID), Name: a.Name, Of: d.policy.GraceRuns})
		case stranger:
			p.Strangers++
		case kept:
			at = plan.PlaceKept
		default:
			continue
		}
		p.Kept++
		if p.Places != nil {
			p.Places.Add(a.UID, a.Name, at)
		}
	}
	d.due(p)
	return soon
}

// due is when those who are leaving go at the earliest.
func (d *differ) due(p *plan.Plan) {
	for i := range p.Leaving {
		l := &p.Leaving[i]
		last, more := l.Last, l.More()
		if l.Runs == 0 { // the next run is the first that counts
			last, more = d.policy.night(), more-1
		}
		l.From = last.Add(time.Duration(more) * d.policy.GraceWithin)
	}
}

// uncounted takes this run out of the absences: it can't tell who is absent.
func (d *differ) uncounted(p *plan.Plan) {
	for i := range p.Leaving {
		l := &p.Leaving[i]
		l.Absence = d.policy.Past.Absence(l.UID)
	}
	d.due(p)
}

func (d *differ) strangers(p *plan.Plan) {
	n := p.Strangers
	if n == 0 {
		return
	}
	why := "no earlier run on record had them in its roster"
	if d.policy.Past == nil {
		why = "no good run is on record, so nobody is known yet"
	}
	p.Notices = append(p.Notices, user.Notice{Code: notice.StrangersKept, Count: n,
		Message: phrase.Sprintf("active users whom the roster lacks are left alone as strangers, since %s: %d; "+
			"users.csv names them", why, n)})
}
