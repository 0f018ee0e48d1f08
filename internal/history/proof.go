package history

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"cometsync/internal/journal"
	"cometsync/internal/user"
	"cometsync/report"
)

// Verify proves a run from its files, of which those that a program of the same
// version wrote are rendered again. inputs is the directory that its sources lie
// in now; "" is where they were, and none leaves them out.
func (h *Store) Verify(e *Evidence, version, inputs string) (*report.Verification, error) {
	v := &report.Verification{Run: e.Run, Target: e.Target}
	v.Run.ID = e.ID
	against := e.against(v)
	against.Version = version
	if e.Dir != "" {
		audited, err := report.Audit(e.Dir, against)
		if err != nil {
			return nil, err
		}
		v.Add(audited)
		if e.Plan == nil {
			e.Intake = &user.Intake{Files: audited.Inputs}
		}
		e.applied(v)
	} else if none := "the run has no reports"; e.failedEarly() {
		v.Beyond = append(v.Beyond, none+": it failed before it had a plan")
	} else {
		v.Unchecked = append(v.Unchecked, none)
	}
	if inputs != "none" {
		h.verifyInputs(e, v, inputs)
	}
	return v, nil
}

// against is what the journal says, for the reports to be compared with.
func (e *Evidence) against(v *report.Verification) report.Evidence {
	switch {
	case e.Damage != nil:
		problem := e.Damage.Error()
		if at := (*journal.DamageError)(nil); errors.As(e.Damage, &at) {
			problem = fmt.Sprintf("line %d: %s", at.Line, at.Problem)
		}
		v.Findings = append(v.Findings, report.Finding{File: e.Journal, Problem: problem})
		return report.Evidence{}
	case e.Record == nil:
		if e.Wrote() {
			v.Unchecked = append(v.Unchecked, "the run's journal, which is not in the state directory: what came of the operations rests on the "+
				"reports alone; --state-dir names another place")
		}
		return report.Evidence{}
	case e.Record.End == nil:
		v.Unchecked = append(v.Unchecked, e.Journal+": has no end: the run is under way, or died and was not settled yet")
		return report.Evidence{}
	}
	rec := e.Record
	if rec.Torn {
		v.Findings = append(v.Findings, report.Finding{File: e.Journal, Problem: "something stands behind the run's end"})
	}
	v.Checked = append(v.Checked, fmt.Sprintf("%s: the chain is whole", filepath.Base(e.Journal)))
	return report.Evidence{Run: rec.Head.Run, Result: rec.End.Result, Plan: rec.Plan, Intake: rec.Intake, Results: rec.Results,
		Sums: rec.End.Sums}
}

// Wrote says whether the run was one that keeps a journal for long: not a plan,
// and not on the embedded sandbox.
func (e *Evidence) Wrote() bool {
	return !e.Target.Sandbox && slices.Contains([]string{"sync", "apply", "undo"}, e.Run.Command)
}

// applied compares what an apply was given with what is on record of it.
func (e *Evidence) applied(v *report.Verification) {
	if e.Record == nil {
		return
	}
	h := &e.Record.Head
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
	saved, err := OpenPlan(h.Plan)
	switch {
	case err != nil:
		v.Findings = append(v.Findings, report.Finding{File: h.Plan, Problem: err.Error()})
	case saved.Hash != h.PlanHash:
		v.Findings = append(v.Findings, report.Finding{File: h.Plan, Problem: "is another plan than the one that was applied"})
	default:
		v.Checked = append(v.Checked, fmt.Sprintf("%s: the plan that was applied, %d operations", h.Plan, len(saved.Plan.Operations)))
	}
}

// failedEarly says that the run came to its end without a plan, and wrote no reports.
func (e *Evidence) failedEarly() bool {
	return e.Record != nil && e.Record.End != nil && e.Record.Plan == nil && e.Record.End.Reports == ""
}

// verifyInputs looks at the sources. One that a later run has read in another form
// was replaced in the course of things, as an export is every night, which is no
// fault of this run; where nobody has, it is another one than the reports are of.
func (h *Store) verifyInputs(e *Evidence, v *report.Verification, dir string) {
	seen := map[string]bool{} // a workbook has a file for each of its sheets
	var replaced map[string]string
	if dir == "" {
		replaced = h.replaced(e)
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
		if f.Path == StandardInput {
			v.Unchecked = append(v.Unchecked, "standard input, which is kept nowhere; --inputs none leaves the sources out")
			continue
		}
		if got, err := hashFile(path); replaced[path] != "" && (err != nil || got != f.SHA256) {
			v.Beyond = append(v.Beyond, fmt.Sprintf("%s: a source, has been replaced since, and run %s read another one: not checked (its "+
				"SHA-256 was %.12s…; --inputs names the directory with the file of then)", path, replaced[path], f.SHA256))
			continue
		}
		verifyFile(v, path, f.SHA256, "a source")
	}
}

// replaced is the sources of a run that a later run of the same app found in another
// form, with the first such run.
func (h *Store) replaced(e *Evidence) map[string]string {
	runs, err := h.Runs(&e.Target)
	at := slices.IndexFunc(runs, func(r Run) bool { return r.Head.Run == e.ID })
	if err != nil || at < 0 {
		return nil
	}
	was := map[string]user.File{}
	for _, f := range e.inputs() {
		was[e.input(f.Path)] = f
	}
	by := map[string]string{}
	for _, r := range runs[at+1:] {
		later := Evidence{Record: &journal.Record{Head: r.Head}}
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
		v.Findings = append(v.Findings, report.Finding{File: path,
			Problem: fmt.Sprintf("%s, is not as it was when it was read: its SHA-256 is %.12s…, and was %.12s…", what, got, want)})
	default:
		v.Checked = append(v.Checked, fmt.Sprintf("%s: %s, as it was read", path, what))
	}
}
