package run

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"cometsync/diff"
	"cometsync/importer"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// CompareRosters reads a roster that stands for the app, and makes the plan that would
// bring it in line with the run's own. There is no app, so that nothing is refused
// unless one of the two can't be relied on; what else a guard would say, a notice does.
func (r *Run) CompareRosters(ctx context.Context) error {
	standing, err := r.readStanding(ctx)
	if err != nil {
		return err
	}
	defer standing.Close()
	r.Policy.Instead, r.Policy.Itemize, r.Policy.Now = standing.Intake(), r.reportDir() != "", r.Started
	p, err := diff.Compute(r.Roster, r.pages(ctx, standing), r.Policy)
	if err != nil {
		return err
	}
	r.planned(p)
	p.Notices = slices.DeleteFunc(p.Notices, func(n user.Notice) bool { return n.Code == notice.GuardsOff })
	p.Guards = slices.DeleteFunc(p.Guards, func(g plan.Guard) bool {
		if g.Allow != "" {
			r.notice(notice.GuardForeseen, g.Actual, "the guard %s would refuse a sync that does this: %s", g.Name, g.Found())
		}
		return g.Allow != ""
	})
	r.noticeStanding(standing.Intake())
	return nil
}

// readStanding reads the roster that stands for the app. An empty cell of it is no value,
// whatever it does in the other, and nobody in it is given another uid.
func (r *Run) readStanding(ctx context.Context) (*importer.Roster, error) {
	p := r.Progress("reading rows", 0)
	defer p.Done()
	reading := r.Reading
	reading.Rules.EmptyClears, reading.Rules.Rekey, reading.Cells = false, nil, false
	reading.Progress = p.Set
	return importer.Read(ctx, []string{r.Target.Roster}, reading)
}

// pages hands over who is in the roster that stands for the app.
func (r *Run) pages(ctx context.Context, standing *importer.Roster) diff.Remote {
	const size = 1000
	other := r.other(standing)
	return func(each func([]user.User) error) (gap string, err error) {
		var g errgroup.Group
		g.SetLimit(runtime.GOMAXPROCS(0))
		for from := 0; from < standing.Len(); from += size {
			g.Go(func() error {
				var page []user.User
				for ref := from; ref < min(from+size, standing.Len()); ref++ {
					if _, usable := standing.Entry(ref); !usable {
						continue
					}
					row, err := standing.Load(ref)
					if err != nil {
						return err
					}
					with, err := other(row.User.UID)
					if err != nil {
						return err
					}
					u, err := row.Standing(with)
					if err != nil {
						return fmt.Errorf("%s: %w", row.Source, err)
					}
					page = append(page, u)
				}
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				return each(page)
			})
		}
		return "", g.Wait()
	}
}

// other finds people of the roster that stands for the app in the run's own, nil for who
// is not in it, and for everybody where that one says nothing that the other does not.
func (r *Run) other(standing *importer.Roster) func(uid string) (*user.User, error) {
	more := r.Roster.Managed() &^ standing.Managed()
	if whole := standing.Layout().Whole() && len(standing.Intake().Files) == 1; !whole && r.Roster.Managed().Has(user.Metadata) {
		more.Add(user.Metadata)
	}
	return func(uid string) (*user.User, error) {
		ref, _, found := r.Roster.Find(uid)
		if !found || more == 0 && len(standing.Intake().Files) == 1 {
			return nil, nil
		}
		row, err := r.Roster.Load(ref)
		return &row.User, err
	}
}

// noticeStanding says what was compared, and what to know of the roster that stands for
// the app.
func (r *Run) noticeStanding(in *user.Intake) {
	instead := r.Target.Roster
	both, there, here := apart(in.Managed, r.Roster.Intake().Managed)
	text := "compared are " + phrase.And(both)
	for _, only := range []struct {
		file  string
		names []string
	}{{instead, there}, {r.Roster.Intake().Files[0].Path, here}} {
		if len(only.names) > 0 {
			text += fmt.Sprintf("; %s alone has %s", only.file, phrase.And(only.names))
		}
	}
	if !slices.Contains(in.Managed, user.State.String()) {
		text += fmt.Sprintf("; everybody in %s counts as active, since it has no column for the state", instead)
	}
	for _, f := range in.Files {
		text += fmt.Sprintf("; the SHA-256 of %s is %s", f.Path, f.SHA256)
	}
	r.notice(notice.RostersCompared, 0, "%s stands for the app, which was not asked: %s", instead, text)
	for _, n := range in.Notices {
		if !strings.HasPrefix(n.Message, instead) {
			n.Message = instead + ": " + n.Message
		}
		r.Plan.Notices = append(r.Plan.Notices, n)
	}
	if in.Rejected == 0 {
		return
	}
	var rows []string
	for _, x := range in.Rejects.All() {
		if len(rows) == 3 {
			rows = append(rows, fmt.Sprintf("and %s more", phrase.Thousands(in.Rejected-3)))
			break
		}
		rows = append(rows, fmt.Sprintf("%s: %s", x.Source, x.Defects[0].Message))
	}
	r.notice(notice.StandingRejected, in.Rejected, "rows of %s that can't be used, so that whoever is in them is taken neither for gone "+
		"nor for new: %s (%s); cometsync validate %s lists them", instead, phrase.Thousands(in.Rejected), strings.Join(rows, "; "),
		phrase.ShellWord(instead))
}

// apart is the fields that two rosters both have, and those that only one of them has. Of
// a whole object and of keys of it, the keys are compared.
func apart(a, b []string) (both, onlyA, onlyB []string) {
	in := func(name, of string) bool { return strings.HasPrefix(name+".", of+".") }
	sort := func(list, others []string) (only []string) {
		for _, name := range list {
			switch {
			case slices.ContainsFunc(others, func(other string) bool { return in(name, other) }):
				if !slices.Contains(both, name) {
					both = append(both, name)
				}
			case !slices.ContainsFunc(others, func(other string) bool { return in(other, name) }):
				only = append(only, name)
			}
		}
		return only
	}
	onlyA = sort(a, b)
	onlyB = sort(b, a)
	return both, onlyA, onlyB
}
