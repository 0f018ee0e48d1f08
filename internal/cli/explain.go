package cli

import (
	"cmp"
	"context"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"cometsync/importer"
	"cometsync/internal/user"
	"cometsync/report"
)

func (a *app) explainCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "explain RUN UID|FILE:ROW",
		Short: "Tell why a user was changed, or was not; offline",
		Long: `Explain tells the story of one user, or of one row of a source, in an earlier run:
which row, what was repaired in it, which rule held, which guard, what was sent
and what came back; also of rows that were skipped and users that were not
touched. It reads the run's journal, its reports, and its sources as far as they
are still the same, and asks nobody else.

RUN is a run's id, the beginning of it, or last; or the directory with the
reports of a run or a plan. A row is named as reports name it: staff.csv:14, or
staff.xlsx[HR]:14.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("explain takes a run (or the directory with its reports), and a uid or FILE:ROW")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args[0], args[1]) },
	}
	f := c.Flags()
	a.opt.appFlags(f)
	a.opt.stateFlags(f)
	f.BoolVar(&a.opt.showPrivate, "show-private", false, "show @private metadata instead of masking it")
	return c
}

func (a *app) explain(ctx context.Context, name, subject string) error {
	e, err := a.findEvidence(name)
	if err != nil {
		return err
	}
	if e.damage != nil {
		return &codedError{exitUnfit, e.damage}
	}
	if err := e.readPlan(); err != nil {
		return err
	}
	s := &report.Story{Run: e.run, Target: e.target, ShowPrivate: a.opt.showPrivate}
	if s.At, s.UID, err = e.subject(subject); err != nil {
		return err
	}
	if err := e.lookAgain(ctx, s); err != nil {
		return err
	}
	if err := e.tell(s); err != nil {
		return err
	}
	if a.opt.output == "json" {
		return s.WriteJSON(a.Stdout)
	}
	return s.WriteTerminal(a.Stdout, a.terminal(e.dir))
}

// subject reads what is asked for: a row of one of the sources, else a uid.
func (e *evidence) subject(text string) (at user.Source, uid string, err error) {
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
// directories and a sheet that is the only one.
func (e *evidence) known(at user.Source) (user.Source, error) {
	var exact, fits []user.File
	for _, f := range e.inputs() {
		switch {
		case at.Sheet != "" && !strings.EqualFold(f.Sheet, at.Sheet):
		case f.Path == at.File:
			exact = append(exact, f)
		case filepath.Base(f.Path) == at.File:
			fits = append(fits, f)
		}
	}
	if len(exact) > 0 {
		fits = exact
	}
	switch {
	case len(fits) == 1:
		return user.Source{File: fits[0].Path, Sheet: fits[0].Sheet, Row: at.Row}, nil
	case len(exact) > 1:
		var places []string
		for _, f := range exact {
			places = append(places, user.Source{File: at.File, Sheet: f.Sheet, Row: at.Row}.String())
		}
		return at, usage("%s: several sheets of the file were read; ask for %s", at, orList(places))
	}
	return at, nil
}

// lookAgain reads the sources again that are still as the run read them, under
// the options of then.
func (e *evidence) lookAgain(ctx context.Context, s *report.Story) error {
	names := map[string]string{} // of the run, by where the files are now
	var paths []string
	looked := map[string]bool{} // by path: a workbook is as many inputs as sheets of it were read
	for _, f := range e.inputs() {
		if looked[f.Path] {
			continue
		}
		looked[f.Path] = true
		now := e.input(f.Path)
		if f.Path == standardInput {
			s.Unread = append(s.Unread, report.Unread{File: f.Path, Problem: "it was standard input"})
			continue
		}
		sum, err := hashFile(now)
		switch {
		case err != nil:
			s.Unread = append(s.Unread, report.Unread{File: f.Path, Problem: "it is not there any more"})
		case sum != f.SHA256:
			s.Unread = append(s.Unread, report.Unread{File: f.Path, Was: f.SHA256, Is: sum})
		case names[now] == "":
			names[now] = f.Path
			paths = append(paths, now)
		}
	}
	if len(paths) == 0 || e.plan == nil {
		return nil
	}
	o, err := shapedBy(e.plan.Config)
	if err != nil {
		return err
	}
	opt, err := o.reading()
	if err != nil {
		return err
	}
	if own := opt.Own; own != nil {
		opt.Own = func(path string) []importer.Settings { return own(cmp.Or(names[path], path)) }
	}
	then := func(at user.Source) user.Source {
		if name, ok := names[at.File]; ok {
			at.File = name
		}
		return at
	}
	// The row that is asked for tells whose story it is.
	if s.UID == "" {
		if s.UID, err = uidOf(ctx, paths, opt, func(at user.Source) bool { return then(at) == s.At }); err != nil {
			return err
		}
	}
	looking, err := importer.Look(ctx, paths, opt, func(at user.Source, uid string) bool {
		return then(at) == s.At || uid != "" && uid == s.UID
	})
	if err != nil {
		return err
	}
	for _, row := range looking.Rows {
		row.Source, row.Winner = then(row.Source), then(row.Winner)
		for i := range row.Shares {
			row.Shares[i] = then(row.Shares[i])
		}
		if row.Reject != nil {
			row.Reject.Source = then(row.Reject.Source)
		}
		s.Rows = append(s.Rows, row)
	}
	now := s.At
	now.File = e.input(now.File)
	if last, behind := looking.Behind(now); behind {
		s.Last = then(last)
	}
	return nil
}

// uidOf is the uid of one row.
func uidOf(ctx context.Context, paths []string, opt importer.Options, is func(user.Source) bool) (uid string, err error) {
	looking, err := importer.Look(ctx, paths, opt, func(at user.Source, _ string) bool { return is(at) })
	if err != nil {
		return "", err
	}
	for i := range looking.Rows {
		if row := &looking.Rows[i]; is(row.Source) {
			uid = row.UID
		}
	}
	return uid, nil
}

// tell puts what is on record into the story.
func (e *evidence) tell(s *report.Story) error {
	if e.plan == nil {
		return nil
	}
	p := e.plan
	s.Undoes, s.Guards, s.Allowed, s.Withholding, s.Options = p.Undoes, p.Guards, p.Allowed, p.Withholding, p.Config
	if p.AppliedBy != "" {
		s.PlanOf = p.Run
	}
	rejects := p.Rejects
	if e.intake != nil {
		rejects = append(rejects[:len(rejects):len(rejects)], e.intake.Rejects...)
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
	for i := range p.Conflicts {
		if p.Conflicts[i].UID == s.UID {
			s.Conflict = &p.Conflicts[i]
		}
	}
	if e.dir != "" {
		var err error
		if s.Place, s.Itemized, err = report.PlaceOf(e.dir, s.UID); err != nil {
			return err
		}
	}
	for i := range p.Operations {
		if p.Operations[i].UID == s.UID {
			return e.tellOperation(s, i)
		}
	}
	return nil
}

func (e *evidence) tellOperation(s *report.Story, i int) error {
	o := &e.plan.Operations[i]
	s.Operation, s.Planned, s.Place = o, e.plan.Count(o.Verb), 0
	if e.record == nil {
		result, decision, err := report.ResultOf(e.dir, s.UID)
		s.Result, s.Decision = result, decision
		return err
	}
	results := recorded(e.record).Results
	s.Result, s.Recorded, s.Sent, s.Settled = &results[i], true, e.record.Sent[i], e.record.Settled[i]
	s.Planned = 0 // of which were sent
	for j := range e.plan.Operations {
		if e.record.Sent[j] && e.plan.Operations[j].Verb == o.Verb {
			s.Planned++
		}
	}
	if s.DecidedBy = e.record.Head.Decisions; s.DecidedBy != "" && e.dir != "" {
		var err error
		if _, s.Decision, err = report.ResultOf(e.dir, s.UID); err != nil {
			return err
		}
	}
	return nil
}

// uidAt is whose row stands at a place, by what is on record.
func (e *evidence) uidAt(at user.Source, rejects []user.Reject) string {
	if at.Row == 0 {
		return ""
	}
	for i := range e.plan.Operations {
		if e.plan.Operations[i].Source == at {
			return e.plan.Operations[i].UID
		}
	}
	for i := range e.plan.Rekeys {
		if e.plan.Rekeys[i].Source == at {
			return e.plan.Rekeys[i].New
		}
	}
	for _, x := range rejects {
		if x.Source == at {
			return x.UID
		}
	}
	return ""
}
