package history

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cometsync/importer"
	"cometsync/internal/config"
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
		return nil, UnfitError{e.Damage}
	}
	if err := e.readPlan(); err != nil {
		return nil, err
	}
	s := &explain.Story{Run: e.Run, Target: e.Target, Asked: subject}
	var err error
	if s.At, s.UID, err = e.subject(subject); err != nil {
		return nil, err
	}
	if err := e.lookAgain(ctx, s); err != nil {
		return nil, err
	}
	return s, e.tell(s)
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
		name := f.Path
		if f.Sheet != "" {
			name += "[" + f.Sheet + "]"
		}
		all = append(all, name)
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

// lookAgain reads the sources again that are still as the run read them, under
// the options of then.
func (e *Evidence) lookAgain(ctx context.Context, s *explain.Story) error {
	var paths, gone []string
	looked := map[string]bool{} // by path: a workbook is as many inputs as sheets of it were read
	for _, f := range e.inputs() {
		if looked[f.Path] {
			continue
		}
		looked[f.Path] = true
		if f.Path == StandardInput {
			s.Unread, gone = append(s.Unread, explain.Unread{File: f.Path, Problem: "it was standard input"}), append(gone, f.Path)
			continue
		}
		switch sum, err := directory.Hash(e.input(f.Path)); {
		case err != nil:
			s.Unread, gone = append(s.Unread, explain.Unread{File: f.Path, Problem: "it is not there any more"}), append(gone, f.Path)
		case sum != f.SHA256:
			s.Unread, gone = append(s.Unread, explain.Unread{File: f.Path, Was: f.SHA256, Is: sum}), append(gone, f.Path)
		default:
			paths = append(paths, f.Path)
		}
	}
	if e.Plan == nil {
		return nil
	}
	o, err := config.Restore(e.Plan.Config)
	if err != nil {
		return err
	}
	opt, err := o.Reading()
	if err != nil {
		return err
	}
	opt.Where, opt.Gone = e.input, gone
	if len(paths) > 0 {
		err = lookAt(ctx, s, paths, opt)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil { // the record tells the rest
		s.Rows = nil
		s.Unread = append(s.Unread, explain.Unread{File: phrase.And(paths), Problem: err.Error()})
	}
	if s.UID == "" || s.At.File != "" || e.mentions(s.UID) {
		return nil
	}
	if len(s.Rows) == 1 { // whose uid is spelt so
		s.At, s.UID = s.Rows[0].Source, ""
		return lookAt(ctx, s, paths, opt)
	}
	s.UID = respelt(s, opt.Rules)
	return nil
}

// lookAt takes what became of the row that is asked for, and of the rows of its
// user, into the story.
func lookAt(ctx context.Context, s *explain.Story, paths []string, opt importer.Options) (err error) {
	// The row that is asked for tells whose story it is, itself or by the one
	// that has corrected it.
	for at := s.At; s.UID == "" && at.File != ""; {
		looking, err := importer.Look(ctx, paths, opt, func(src user.Source, _ string) bool { return src == at })
		if err != nil {
			return err
		}
		next := user.Source{}
		for i := range looking.Rows {
			if row := &looking.Rows[i]; row.Source == at {
				s.UID = row.UID
				if row.Fate == trace.FateMended {
					s.UID, next = "", row.Winner
				}
			}
		}
		at = next
	}
	looking, err := importer.Look(ctx, paths, opt, func(at user.Source, uid string) bool {
		return at == s.At || uid != "" && uid == s.UID
	})
	if err != nil {
		return err
	}
	s.Rows = looking.Rows
	if last, behind := looking.Behind(s.At); behind {
		s.Last = last
	}
	return nil
}

// respelt is the uid that the run made of what is asked for, of which nothing is
// on record as it is: people ask for what their source has.
func respelt(s *explain.Story, rules user.Rules) string {
	for i := range s.Rows {
		if uid := s.Rows[i].UID; uid != "" {
			return uid
		}
	}
	if u, _ := rules.Row([]user.Column{{Slot: user.Slot{Field: user.UID}}}, []string{s.Asked}, &user.Repairs{}); u.UID != "" {
		return u.UID
	}
	return s.UID
}

// mentions reports whether anything is on record of a uid.
func (e *Evidence) mentions(uid string) bool {
	p := e.Plan
	of := func(x user.Reject) bool { return x.UID == uid }
	if _, leaving := p.Stays(uid); leaving {
		return true
	}
	if slices.ContainsFunc(p.Operations, func(o plan.Operation) bool { return o.UID == uid }) ||
		slices.ContainsFunc(p.Held, func(h plan.Held) bool { return h.UID == uid }) ||
		slices.ContainsFunc(p.Rekeys, func(k plan.Rekey) bool { return k.Old == uid || k.New == uid }) ||
		slices.ContainsFunc(p.Conflicts, func(c plan.Conflict) bool { return c.UID == uid }) ||
		slices.ContainsFunc(p.Rejects, of) || e.Intake != nil && e.Intake.Rejects.Find(of) != nil {
		return true
	}
	if e.Dir == "" {
		return false
	}
	place, _, err := lists.PlaceOf(e.Dir, uid)
	return err == nil && place != 0
}

// tell puts what is on record into the story.
func (e *Evidence) tell(s *explain.Story) error {
	if e.Plan == nil {
		return nil
	}
	p := e.Plan
	s.Undoes, s.Guards, s.Allowed, s.Withholdings, s.Options = p.Undoes, p.Guards, p.Allowed, p.Withholdings, p.Config
	if p.AppliedBy != "" {
		s.PlanOf = p.Run
	}
	rejects := p.Rejects
	if e.Intake != nil {
		rejects = slices.Concat(rejects, e.Intake.Rejects.Slice())
	}
	if s.UID == "" {
		s.UID = e.uidAt(s.At, rejects)
	}
	for _, x := range rejects {
		if s.At.Row != 0 && x.Source == s.At || s.UID != "" && x.UID == s.UID {
			s.Rejects = append(s.Rejects, x)
		}
	}
	for i := range p.Held {
		h := &p.Held[i]
		if s.UID != "" && h.UID == s.UID {
			s.Held = h
		}
		if s.At.Row != 0 && h.Source == s.At {
			s.Holds = append(s.Holds, h.UID)
		}
	}
	if s.UID == "" {
		return nil
	}
	for i := range p.Rekeys {
		if k := &p.Rekeys[i]; k.Old == s.UID || k.New == s.UID {
			s.Rekey = k
		}
	}
	for _, x := range rejects {
		if s.Held != nil && x.Source == s.Held.Source && x.Source != s.At && x.UID != s.UID {
			s.Rejects = append(s.Rejects, x) // which holds the user by another likeness
		}
	}
	s.Leaving, _ = p.Stays(s.UID)
	for i := range p.Gone {
		if p.Gone[i].UID == s.UID {
			s.Gone = &p.Gone[i]
		}
	}
	for i := range p.Conflicts {
		if p.Conflicts[i].UID == s.UID {
			s.Conflict = &p.Conflicts[i]
		}
	}
	if e.Dir != "" {
		var err error
		if s.Place, s.Itemized, err = lists.PlaceOf(e.Dir, s.UID); err != nil {
			return err
		}
	}
	if s.Leaving != nil {
		s.Place = plan.PlaceLeaving // whether or not users.csv is there
	}
	for i := range p.Operations {
		if p.Operations[i].UID == s.UID {
			return e.tellOperation(s, i)
		}
	}
	return nil
}

func (e *Evidence) tellOperation(s *explain.Story, i int) error {
	o := &e.Plan.Operations[i]
	s.Operation, s.Planned, s.Place = o, e.Plan.Count(o.Verb), 0
	if e.Record == nil {
		result, decision, err := wire.ResultOf(e.Dir, s.UID)
		s.Result, s.Decision = result, decision
		return err
	}
	results := Recorded(e.Record).Results
	s.Result, s.Recorded, s.Sent, s.Settled = &results[i], true, e.Record.Marks[i].Sent, e.Record.Marks[i].Settled
	s.Planned = 0 // of which were sent
	for j := range e.Plan.Operations {
		if e.Record.Marks[j].Sent && e.Plan.Operations[j].Verb == o.Verb {
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

// uidAt is whose row is at a place, by what is on record.
func (e *Evidence) uidAt(at user.Source, rejects []user.Reject) string {
	if at.Row == 0 {
		return ""
	}
	for i := range e.Plan.Operations {
		if e.Plan.Operations[i].Source == at {
			return e.Plan.Operations[i].UID
		}
	}
	for i := range e.Plan.Rekeys {
		if e.Plan.Rekeys[i].Source == at {
			return e.Plan.Rekeys[i].New
		}
	}
	for _, x := range rejects {
		if x.Source == at {
			return x.UID
		}
	}
	return ""
}
