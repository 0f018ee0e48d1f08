package history

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cometsync/importer"
	"cometsync/internal/config"
	"cometsync/internal/exit"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/trace"
	"cometsync/internal/user"
	"cometsync/report/directory"
	"cometsync/report/explain"
	"cometsync/report/lists"
	"cometsync/report/wire"
)

// Story is what became of one user, or of one row of a source, in a run: from its
// record, and from its sources as far as they are still the same.
func (e *Evidence) Story(ctx context.Context, subject string) (*explain.Story, error) {
	if e.Damage != nil {
		return nil, exit.With(exit.Unfit, e.Damage)
	}
	if err := e.readPlan(); err != nil {
		return nil, err
	}
	s := &explain.Story{Run: e.Run, Target: e.Target, Asked: subject}
	s.Run.Zone = phrase.Here()
	var err error
	if s.At, s.UID, err = e.subject(subject); err != nil {
		return nil, err
	}
	paths, opt, err := e.unchanged(s)
	if err != nil {
		return s, err
	}
	if e.Plan == nil {
		e.tellRejects(s)
		return s, nil
	}
	if err := lookAt(ctx, s, paths, opt); err != nil {
		return nil, err
	}
	found, err := e.tell(s)
	if err != nil || found || s.UID == "" || s.At.File != "" {
		return s, err
	}
	// Nothing is on record of it as it is: people ask for what their source has.
	if len(s.Rows) == 1 { // whose uid is spelt so
		s.At, s.UID = s.Rows[0].Source, ""
		err = lookAt(ctx, s, paths, opt)
	} else {
		s.UID = respelt(s, opt.Rules)
	}
	if err == nil {
		_, err = e.tell(s)
	}
	return s, err
}

// subject reads what is asked for: a row of one of the sources, else a uid.
func (e *Evidence) subject(text string) (at user.Source, uid string, err error) {
	i := strings.LastIndexByte(text, ':')
	if i > 0 {
		if row, err := strconv.Atoi(text[i+1:]); err == nil && row > 0 {
			at = user.Source{File: text[:i], Row: row}
			if j := strings.LastIndexByte(at.File, '['); j > 0 && strings.HasSuffix(at.File, "]") {
				at.File, at.Sheet = at.File[:j], at.File[j+1:len(at.File)-1]
			}
			at, err = e.known(at)
			return at, "", err
		}
	}
	return user.Source{}, user.FoldUID(text), nil
}

// known gives a place the name that the run has for its file: people leave out
// directories and a sheet that is the only one, or name it from elsewhere.
func (e *Evidence) known(at user.Source) (user.Source, error) {
	var exact, fits []user.File
	var all []string
	here, _ := filepath.Abs(at.File) // without a directory to be in, nothing is elsewhere
	for _, f := range e.inputs() {
		there, _ := filepath.Abs(e.input(f.Path))
		all = append(all, user.BookName(f.Path, f.Sheet))
		switch {
		case at.Sheet != "" && !strings.EqualFold(f.Sheet, at.Sheet):
		case f.Path == at.File:
			exact = append(exact, f)
		case filepath.Base(f.Path) == at.File, there == here:
			fits = append(fits, f)
		}
	}
	if len(exact) > 0 {
		fits = exact
	}
	switch {
	case len(fits) == 1:
		return user.Source{File: fits[0].Path, Sheet: fits[0].Sheet, Row: at.Row}, nil
	case len(fits) > 1:
		var places []string
		for _, f := range fits {
			places = append(places, user.Source{File: f.Path, Sheet: f.Sheet, Row: at.Row}.String())
		}
		return at, config.Errorf("%s: several sources of the run are called so; ask for %s", at, phrase.Or(places))
	case len(all) > 0:
		return at, config.Errorf("%s: the run read no source of this name; it read %s", at, phrase.And(all))
	}
	return at, nil
}

// unchanged are the sources that are still as the run read them, and the options of
// then. Of the others the story says why they are not read again.
func (e *Evidence) unchanged(s *explain.Story) (paths []string, opt importer.Options, err error) {
	looked := map[string]bool{} // by path: a workbook is as many inputs as sheets of it were read
	for _, f := range e.inputs() {
		if looked[f.Path] {
			continue
		}
		looked[f.Path] = true
		sum, err := directory.Hash(e.input(f.Path))
		switch {
		case f.Path == StandardInput:
			s.Unread = append(s.Unread, explain.Unread{File: f.Path, Problem: "it was standard input"})
		case err != nil:
			s.Unread = append(s.Unread, explain.Unread{File: f.Path, Problem: "it is not there any more"})
		case sum != f.SHA256:
			s.Unread = append(s.Unread, explain.Unread{File: f.Path, Was: f.SHA256, Is: sum})
		default:
			paths = append(paths, f.Path)
		}
	}
	if e.Plan == nil {
		return nil, opt, nil
	}
	o, err := config.Restore(e.Plan.Config)
	if err != nil {
		return nil, opt, err
	}
	opt, err = o.Reading()
	opt.Where = e.input
	for _, u := range s.Unread {
		opt.Gone = append(opt.Gone, u.File)
	}
	return paths, opt, err
}

// lookAt takes what became of the row that is asked for, and of the rows of its
// user, into the story. Where the sources can't be read, the record tells the rest.
func lookAt(ctx context.Context, s *explain.Story, paths []string, opt importer.Options) error {
	if len(paths) == 0 {
		return nil
	}
	looking, err := look(ctx, s, paths, opt)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		s.Rows = nil
		s.Unread = append(s.Unread, explain.Unread{File: phrase.And(paths), Problem: err.Error()})
		return nil
	}
	s.Rows = looking.Rows
	s.Last, _ = looking.Behind(s.At)
	return nil
}

func look(ctx context.Context, s *explain.Story, paths []string, opt importer.Options) (*importer.Looking, error) {
	// The row that is asked for tells whose story it is, itself or by the one
	// that has corrected it.
	for at := s.At; s.UID == "" && at.File != ""; {
		looking, err := importer.Look(ctx, paths, opt, func(src user.Source, _ string) bool { return src == at })
		if err != nil {
			return nil, err
		}
		next := user.Source{}
		if row := find(looking.Rows, func(row *trace.Looked) bool { return row.Source == at }); row != nil && row.Fate == trace.FateMended {
			next = row.Winner
		} else if row != nil {
			s.UID = row.UID
		}
		at = next
	}
	return importer.Look(ctx, paths, opt, func(at user.Source, uid string) bool {
		return at == s.At || uid != "" && uid == s.UID
	})
}

// find is the first that is so, or nil.
func find[T any](all []T, is func(*T) bool) *T {
	for i := range all {
		if is(&all[i]) {
			return &all[i]
		}
	}
	return nil
}

// respelt is the uid that the run made of what is asked for.
func respelt(s *explain.Story, rules user.Rules) string {
	if row := find(s.Rows, func(row *trace.Looked) bool { return row.UID != "" }); row != nil {
		return row.UID
	}
	if u, _ := rules.Row([]user.Column{{Slot: user.Slot{Field: user.UID}}}, []string{s.Asked}, &user.Repairs{}); u.UID != "" {
		return u.UID
	}
	return s.UID
}

// tell puts what is on record into the story, and reports whether anything is of its user.
func (e *Evidence) tell(s *explain.Story) (found bool, err error) {
	p := e.Plan
	s.Undoes, s.Guards, s.Allowed, s.Withholdings, s.Options = p.Undoes, p.Guards, p.Allowed, p.Withholdings, p.Config
	if p.AppliedBy != "" {
		s.PlanOf = p.Run
	}
	rejects := e.tellRejects(s)
	for i := range p.Held {
		if s.At.Row != 0 && p.Held[i].Source == s.At {
			s.Holds = append(s.Holds, p.Held[i].UID)
		}
	}
	if s.UID == "" {
		return false, nil
	}
	s.Held = find(p.Held, func(h *plan.Held) bool { return h.UID == s.UID })
	for i := range rejects {
		if x := &rejects[i]; s.Held != nil && x.Source == s.Held.Source && !about(s, x) {
			s.Rejects = append(s.Rejects, *x) // which holds the user by another likeness
		}
	}
	s.Rekey = find(p.Rekeys, func(k *plan.Rekey) bool { return k.Old == s.UID || k.New == s.UID })
	s.Gone = find(p.Gone, func(a *plan.Absence) bool { return a.UID == s.UID })
	s.Conflict = find(p.Conflicts, func(c *plan.Conflict) bool { return c.UID == s.UID })
	if e.Dir != "" {
		if s.Place, s.Itemized, err = lists.PlaceOf(e.Dir, s.UID); err != nil {
			return false, err
		}
	}
	if s.Leaving = find(p.Leaving, func(l *plan.Leaving) bool { return l.UID == s.UID }); s.Leaving != nil {
		s.Place = plan.PlaceLeaving // whether or not users.csv is there
	}
	if i, found := p.On(s.UID); found {
		s.Operation, s.Place = &p.Operations[i], 0
		return true, e.tellOperation(s, i)
	}
	return s.Place != 0 || s.Held != nil || s.Rekey != nil || s.Conflict != nil || len(s.Rejects) > 0, nil
}

// tellRejects puts the rejects of the user and the row into the story, and gives all there are.
func (e *Evidence) tellRejects(s *explain.Story) []user.Reject {
	rejects := e.rejects()
	if s.UID == "" {
		s.UID = e.uidAt(s.At, rejects)
	}
	for i := range rejects {
		if about(s, &rejects[i]) {
			s.Rejects = append(s.Rejects, rejects[i])
		}
	}
	return rejects
}

// rejects are those on record.
func (e *Evidence) rejects() (all []user.Reject) {
	if e.Plan != nil {
		all = e.Plan.Rejects
	}
	if e.Intake != nil {
		all = slices.Concat(all, e.Intake.Rejects.Slice())
	}
	return all
}

// about reports whether a reject is the row or one of the user that the story is of.
func about(s *explain.Story, x *user.Reject) bool {
	return s.At.Row != 0 && x.Source == s.At || s.UID != "" && x.UID == s.UID
}

func (e *Evidence) tellOperation(s *explain.Story, i int) error {
	all := e.Plan.Operations
	if e.Record == nil {
		s.Planned = e.Plan.Count(all[i].Verb)
		var err error
		s.Result, s.Decision, err = wire.ResultOf(e.Dir, s.UID)
		return err
	}
	s.Result, s.Recorded, s.Sent, s.Settled = &Recorded(e.Record).Results[i], true, e.sent(i), e.Record.Marks[i].Settled
	for j := range all { // of which were sent
		if all[j].Verb == all[i].Verb && e.sent(j) {
			s.Planned++
		}
	}
	if s.DecidedBy = e.Record.Head.Decisions; s.DecidedBy != "" && e.Dir != "" {
		var err error
		if _, s.Decision, err = wire.ResultOf(e.Dir, s.UID); err != nil {
			return err
		}
	}
	return nil
}

// sent reports whether a request for an operation went out, as far as the journal tells: of
// those that were put on record together, some were not sent, since the run stopped.
func (e *Evidence) sent(i int) bool {
	r := &e.Record.Results[i]
	return e.Record.Marks[i].Sent && (r.Outcome != plan.Skipped || r.Attempts > 0)
}

// uidAt is whose row is at a place, by what is on record.
func (e *Evidence) uidAt(at user.Source, rejects []user.Reject) string {
	if at.Row == 0 {
		return ""
	}
	if p := e.Plan; p != nil {
		if o := find(p.Operations, func(o *plan.Operation) bool { return o.Source == at }); o != nil {
			return o.UID
		}
		if k := find(p.Rekeys, func(k *plan.Rekey) bool { return k.Source == at }); k != nil {
			return k.New
		}
	}
	if x := find(rejects, func(x *user.Reject) bool { return x.Source == at }); x != nil {
		return x.UID
	}
	return ""
}
