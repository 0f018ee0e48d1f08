package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/journal"
	"cometsync/internal/user"
	"cometsync/report"
)

func (a *app) verifyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "verify RUN",
		Short: "Prove an earlier run's reports from its files; offline",
		Long: `Verify takes nothing on trust. From the files alone it hashes the inputs again,
checks the hashes of the plan, of every report and of the journal's chain, adds up
every total from what is listed, and compares plan, journal and reports with each
other. It names each file that does not fit, and exits with 3 if one does not, or
could not be checked. A source that a later run found replaced, as a nightly export
is, is named and not counted.

RUN is a run's id, the beginning of it, or last; or the directory with the
reports of a run or a plan.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("verify takes one run: its id, the beginning of it, last, or the directory with its reports")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.verify(args[0]) },
	}
	a.opt.Flags(c, config.OfEarlier|config.InVerify)
	return c
}

func (a *app) verify(name string) error {
	if name == "last" {
		// Whether the last one can be believed is what is to be found out.
		var err error
		if name, err = a.latest(); err != nil {
			return err
		}
	}
	e, err := a.findEvidence(name)
	if err != nil {
		return err
	}
	v := &report.Verification{Run: e.run, Target: e.target}
	v.Run.ID = e.id
	against := e.against(v)
	if e.dir != "" {
		audited, err := report.Audit(e.dir, against)
		if err != nil {
			return err
		}
		v.Add(audited)
		if e.plan == nil {
			e.intake = &user.Intake{Files: audited.Inputs}
		}
		e.applied(v)
	} else if none := "the run has no reports"; e.failedEarly() {
		v.Beyond = append(v.Beyond, none+": it failed before it had a plan")
	} else {
		v.Unchecked = append(v.Unchecked, none)
	}
	if a.opt.Inputs != "none" {
		a.verifyInputs(e, v, a.opt.Inputs)
	}
	if a.opt.Output == "json" {
		err = v.WriteJSON(a.Stdout)
	} else if !a.opt.Quiet || !v.Holds() {
		err = v.WriteTerminal(a.Stdout, a.terminal(""))
	}
	if err == nil && !v.Holds() {
		return silent(exitPart)
	}
	return err
}

// against is what the journal says, for the reports to be compared with.
func (e *evidence) against(v *report.Verification) report.Evidence {
	switch {
	case e.damage != nil:
		problem := e.damage.Error()
		if at := (*journal.DamageError)(nil); errors.As(e.damage, &at) {
			problem = fmt.Sprintf("line %d: %s", at.Line, at.Problem)
		}
		v.Findings = append(v.Findings, report.Finding{File: e.journal, Problem: problem})
		return report.Evidence{}
	case e.record == nil:
		if e.wrote() {
			v.Unchecked = append(v.Unchecked, "the run's journal, which is not in the state directory: what came of the operations rests on the reports alone; --state-dir names another place")
		}
		return report.Evidence{}
	case e.record.End == nil:
		v.Unchecked = append(v.Unchecked, e.journal+": has no end: the run is under way, or died and was not settled yet")
		return report.Evidence{}
	}
	rec := e.record
	if rec.Torn {
		v.Findings = append(v.Findings, report.Finding{File: e.journal, Problem: "something stands behind the run's end"})
	}
	v.Checked = append(v.Checked, fmt.Sprintf("%s: the chain is whole", filepath.Base(e.journal)))
	return report.Evidence{Run: rec.Head.Run, Result: rec.End.Result, Plan: rec.Plan, Intake: rec.Intake, Results: rec.Results, Sums: rec.End.Sums}
}

// wrote says whether the run was one that keeps a journal for long: not a plan,
// and not on the embedded sandbox.
func (e *evidence) wrote() bool {
	return !e.target.Sandbox && slices.Contains([]string{"sync", "apply", "undo"}, e.run.Command)
}

// applied compares what an apply was given with what is on record of it.
func (e *evidence) applied(v *report.Verification) {
	if e.record == nil {
		return
	}
	h := &e.record.Head
	if h.Decisions != "" {
		verifyFile(v, h.Decisions, h.DecisionsHash, "the decisions")
	}
	if h.Plan == "" {
		return
	}
	if _, err := hashFile(h.Plan); err != nil {
		v.Unchecked = append(v.Unchecked, fmt.Sprintf("%s: the plan that was applied can't be read: %v", h.Plan, err))
		return
	}
	saved, err := (&app{}).openPlan(h.Plan)
	switch {
	case err != nil:
		v.Findings = append(v.Findings, report.Finding{File: h.Plan, Problem: err.Error()})
	case saved.hash != h.PlanHash:
		v.Findings = append(v.Findings, report.Finding{File: h.Plan, Problem: "is another plan than the one that was applied"})
	default:
		v.Checked = append(v.Checked, fmt.Sprintf("%s: the plan that was applied, %d operations", h.Plan, len(saved.plan.Operations)))
	}
}

// failedEarly says that the run came to its end without a plan, and wrote no reports.
func (e *evidence) failedEarly() bool {
	return e.record != nil && e.record.End != nil && e.record.Plan == nil && e.record.End.Reports == ""
}

// verifyInputs looks at the sources. One that a later run has read in another form
// was replaced in the course of things, as an export is every night, which is no
// fault of this run; where nobody has, it is another one than the reports are of.
func (a *app) verifyInputs(e *evidence, v *report.Verification, dir string) {
	seen := map[string]bool{} // a workbook has a file for each of its sheets
	var replaced map[string]string
	if dir == "" {
		replaced = a.replaced(e)
	}
	for _, f := range e.inputs() {
		if seen[f.Path] {
			continue
		}
		seen[f.Path] = true
		path := e.input(f.Path)
		if dir != "" {
			path = filepath.Join(dir, filepath.Base(f.Path))
		}
		if f.Path == standardInput {
			v.Unchecked = append(v.Unchecked, "standard input, which is kept nowhere; --inputs none leaves the sources out")
			continue
		}
		if got, err := hashFile(path); replaced[path] != "" && (err != nil || got != f.SHA256) {
			v.Beyond = append(v.Beyond, fmt.Sprintf("%s: a source, has been replaced since, and run %s read another one: not checked (its SHA-256 was %.12s…; --inputs names the directory with the file of then)", path, replaced[path], f.SHA256))
			continue
		}
		verifyFile(v, path, f.SHA256, "a source")
	}
}

// replaced is the sources of a run that a later run of the same app found in another
// form, with the first such run.
func (a *app) replaced(e *evidence) map[string]string {
	runs, err := a.earlierRuns(&e.target)
	at := slices.IndexFunc(runs, func(r earlier) bool { return r.Head.Run == e.id })
	if err != nil || at < 0 {
		return nil
	}
	was := map[string]user.File{}
	for _, f := range e.inputs() {
		was[e.input(f.Path)] = f
	}
	by := map[string]string{}
	for _, r := range runs[at+1:] {
		later := evidence{record: &journal.Record{Head: r.Head}}
		for _, f := range r.Files {
			path := later.input(f.Path)
			if old, found := was[path]; found && f.SHA256 != "" && f.SHA256 != old.SHA256 && by[path] == "" {
				by[path] = r.Head.Run
			}
		}
	}
	return by
}

// verifyFile compares a file with its hash on record.
func verifyFile(v *report.Verification, path, want, what string) {
	got, err := hashFile(path)
	switch {
	case err != nil:
		v.Unchecked = append(v.Unchecked, fmt.Sprintf("%s: %s, can't be read: %v", path, what, err))
	case got != want:
		v.Findings = append(v.Findings, report.Finding{File: path, Problem: fmt.Sprintf("%s, is not as it was when it was read: its SHA-256 is %.12s…, and was %.12s…", what, got, want)})
	default:
		v.Checked = append(v.Checked, fmt.Sprintf("%s: %s, as it was read", path, what))
	}
}
