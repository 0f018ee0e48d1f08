package guard

import (
	"maps"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// restored is how much of a plan takes back what earlier runs did.
type restored struct {
	back  int             // changes that restore what a run changed
	runs  map[string]bool // the runs whose work is taken back
	sorts map[string]bool // created and now lost, lost and now back, a value as before
}

// restores compares a plan with what earlier runs did, the latest first: a change
// takes back the last run that touched the same thing, or none.
func restores(p *plan.Plan, earlier []plan.Earlier) restored {
	out := restored{runs: map[string]bool{}, sorts: map[string]bool{}}
	back := func(run, sort string) {
		out.back++
		out.runs[run], out.sorts[sort] = true, true
	}
	last := lastDone(p, earlier)
	for i := range p.Operations {
		o := &p.Operations[i]
		was := last[o.UID]
		if was == nil || o.Withheld || o.Verb == plan.Create {
			continue
		}
		switch {
		case o.Verb == plan.Deactivate && was.created:
			back(was.access, "created and now lost")
		case o.Verb == plan.Reactivate && was.deactivated:
			back(was.access, "deactivated and now back")
		}
		for _, k := range plan.Keys(o.Changes...) {
			// The value may be from before several runs, all of which it takes back.
			before := slices.IndexFunc(was.fields[k.Field], func(d fieldDone) bool { return d.before == k.After })
			if before < 0 {
				continue
			}
			out.back++
			out.sorts["a value as before"] = true
			for _, d := range was.fields[k.Field][before:] {
				out.runs[d.run] = true
			}
		}
	}
	return out
}

// changes is how many a plan has, each field one.
func changes(p *plan.Plan) (n int) {
	var keys []plan.KeyChange
	for i := range p.Operations {
		o := &p.Operations[i]
		if o.Withheld {
			continue
		}
		if o.Verb != plan.Update {
			n++
		}
		if o.Verb != plan.Create {
			keys = plan.AppendKeys(keys[:0], o.Changes...)
			n += len(keys)
		}
	}
	return n
}

// done is what earlier runs last did to one user.
type done struct {
	access               string                 // the run that last gave or took access
	created, deactivated bool                   // what that was
	fields               map[string][]fieldDone // by field, the oldest first
}

type fieldDone struct{ run, before string }

// lastDone collects what was done to the plan's users.
func lastDone(p *plan.Plan, earlier []plan.Earlier) map[string]*done {
	wanted := make(map[string]bool, len(p.Operations))
	for i := range p.Operations {
		if p.Operations[i].Verb != plan.Create {
			wanted[p.Operations[i].UID] = true
		}
	}
	out := map[string]*done{}
	for _, run := range slices.Backward(earlier) { // the oldest first, so that the last word holds
		for i := range run.Done {
			o := &run.Done[i].Operation
			if !wanted[o.UID] || run.Done[i].Result.Outcome != plan.Applied {
				continue
			}
			d := out[o.UID]
			if d == nil {
				d = &done{fields: map[string][]fieldDone{}}
				out[o.UID] = d
			}
			if o.Verb != plan.Update {
				d.access, d.created, d.deactivated = run.Run, o.Verb == plan.Create, o.Verb == plan.Deactivate
			}
			if o.Verb == plan.Create {
				continue
			}
			for _, k := range plan.Keys(o.Changes...) {
				d.fields[k.Field] = append(d.fields[k.Field], fieldDone{run.Run, k.Before})
			}
		}
	}
	return out
}

// oldFiles are the sources that an earlier run read, and neither the last one nor
// the last good one did: after a night that was refused, a file that nobody has
// changed is the one of the night before.
func oldFiles(p *plan.Plan, past *plan.Past, earlier []plan.Earlier) (paths []string, run string) {
	good := func(sum string) bool {
		return slices.ContainsFunc(past.Sources, func(s plan.PastSource) bool { return s.SHA256 == sum })
	}
	has := func(e *plan.Earlier, sum string) bool {
		return slices.ContainsFunc(e.Files, func(f user.File) bool { return f.SHA256 == sum })
	}
	for _, f := range p.Inputs {
		if has(&earlier[0], f.SHA256) || good(f.SHA256) {
			continue
		}
		for i := range earlier[1:] {
			if has(&earlier[1+i], f.SHA256) {
				paths, run = append(paths, f.Path), earlier[1+i].Run
				break
			}
		}
	}
	return paths, run
}

// reversal is the guards on plans that take back what earlier runs did.
func (j *judge) reversal() {
	if j.Past == nil || len(j.Plan.Operations) < oldFileRuns {
		return
	}
	earlier := j.earlier(oldFileRuns)
	if len(earlier) == 0 {
		return
	}
	r := restores(j.Plan, earlier)
	if r.back >= reversedLeast && len(r.runs) >= reversedRuns && len(r.sorts) >= reversedSorts {
		if all := changes(j.Plan); 100*r.back >= reversedShare*all {
			j.trip(plan.Reversal, "", phrase.Sprintf("%d%% of the changes", reversedShare), r.back,
				"%d of %s would take back what %d earlier runs did (%s); the roster is probably an old one",
				r.back, phrase.Counted(all, "change"), len(r.runs), strings.Join(slices.Sorted(maps.Keys(r.sorts)), "; "))
		}
	}
	if paths, run := oldFiles(j.Plan, j.Past, earlier); len(paths) > 0 && len(r.runs) >= oldFileRuns {
		for _, path := range paths {
			j.trip(plan.OldFile, path, "0", 1,
				"%s is the file that the run %s read, and not the last run's; the plan takes back what %d runs did "+
					"since", path, run, len(r.runs))
		}
	}
}

// age is the guard on sources that are older than --max-source-age, or than the
// ones of the last good run.
func (j *judge) age() {
	if j.MaxSourceAge == 0 {
		return
	}
	now := j.Watch.roster.Sources()
	for i := range now {
		s := &now[i]
		if s.Modified.IsZero() {
			continue
		}
		age := j.Now.Sub(s.Modified)
		hours, limit := int(age.Abs().Hours()), phrase.Span(j.MaxSourceAge)
		switch {
		case age < -sourceAhead:
			j.trip(plan.SourceAge, sourceName(s), limit, hours,
				"%s is dated %s from now, so it is unclear whether it is older than --max-source-age %s; set the clock of this machine, "+
					"or of the one that wrote it",
				sourceName(s), phrase.Ago(age.Abs()), limit)
		case age > j.MaxSourceAge:
			j.trip(plan.SourceAge, sourceName(s), limit, hours, "%s was written %s ago, and --max-source-age is %s",
				sourceName(s), phrase.Ago(age.Abs()), limit)
		}
	}
}
