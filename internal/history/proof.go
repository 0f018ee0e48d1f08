package history

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"cometsync/internal/journal"
	"cometsync/internal/user"
	"cometsync/report/directory"
	"cometsync/report/verify"
)

// Verify proves a run from its files, of which those that a program of the same
// version wrote are rendered again. inputs is the directory that its sources lie
// in now; "" is where they were, and none leaves them out.
func (h *Store) Verify(e *Evidence, version, inputs string) (*verify.Proof, error) {
	v := &verify.Proof{Run: e.ID}
	if rec := e.against(v); e.Dir != "" {
		sources, from, err := v.Reports(e.Dir, version, rec)
		if err != nil {
			return nil, err
		}
		if e.Plan == nil {
			e.Intake, e.from = &user.Intake{Files: sources}, from
		}
		e.applied(v)
	} else if none := "the run has no reports"; e.failedEarly() {
		v.Beyond = append(v.Beyond, none+": it failed before it had a plan")
	} else {
		v.Leave("%s", none)
	}
	if inputs != "none" {
		h.verifyInputs(e, v, inputs)
	}
	return v, nil
}

// against is what the journal says, for the reports to be compared with.
func (e *Evidence) against(v *verify.Proof) verify.Journal {
	switch {
	case e.Damage != nil:
		problem := e.Damage.Error()
		if at := (*journal.DamageError)(nil); errors.As(e.Damage, &at) {
			problem = fmt.Sprintf("line %d: %s", at.Line, at.Problem)
		}
		v.Find(e.Journal, "%s", problem)
		return verify.Journal{}
	case e.Record == nil:
		if e.Wrote() {
			v.Leave("the run's journal, which is not in the state directory: what came of the operations rests on the " +
				"reports alone; --state-dir names another place")
		}
		return verify.Journal{}
	case e.Record.End == nil:
		v.Leave("%s: has no end: the run is under way, or died and was not settled yet", e.Journal)
		return verify.Journal{}
	}
	rec := e.Record
	if rec.Torn {
		v.Find(e.Journal, "something follows the run's end")
	}
	v.Check("%s: the chain is whole", filepath.Base(e.Journal))
	return verify.Journal{Run: rec.Head.Run, Result: rec.End.Result, Plan: rec.Plan, Intake: rec.Intake, Results: rec.Results,
		Sums: rec.End.Sums}
}

// Wrote reports whether the run was one that keeps a journal for long: not a plan,
// and not on the embedded sandbox.
func (e *Evidence) Wrote() bool {
	return !e.Target.Sandbox && slices.Contains([]string{"sync", "apply", "undo"}, e.Run.Command)
}

// applied compares what an apply was given with what is on record of it.
func (e *Evidence) applied(v *verify.Proof) {
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
	if _, err := directory.Hash(h.Plan); err != nil {
		v.Leave("%s: the plan that was applied can't be read: %v", h.Plan, err)
		return
	}
	saved, err := OpenPlan(h.Plan)
	switch {
	case err != nil:
		v.Find(h.Plan, "%v", err)
	case saved.Hash != h.PlanHash:
		v.Find(h.Plan, "is another plan than the one that was applied")
	default:
		v.Check("%s: the plan that was applied, %d operations", h.Plan, len(saved.Plan.Operations))
	}
}

// failedEarly reports that the run came to its end without a plan, and wrote no reports.
func (e *Evidence) failedEarly() bool {
	return e.Record != nil && e.Record.End != nil && e.Record.Plan == nil && e.Record.End.Reports == ""
}

// verifyInputs looks at the sources. One that a later run has read in another form
// was replaced in the course of things, as an export is every night, which is no
// fault of this run; where nobody has, it is another one than the reports are of.
func (h *Store) verifyInputs(e *Evidence, v *verify.Proof, dir string) {
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
			v.Leave("standard input, which is kept nowhere; --inputs none leaves the sources out")
			continue
		}
		if got, err := directory.Hash(path); replaced[path] != "" && (err != nil || got != f.SHA256) {
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
func verifyFile(v *verify.Proof, path, want, what string) {
	got, err := directory.Hash(path)
	switch {
	case err != nil:
		v.Leave("%s: %s, can't be read: %v", path, what, err)
	case got != want:
		v.Find(path, "%s, is not as it was when it was read: its SHA-256 is %.12s…, and was %.12s…", what, got, want)
	default:
		v.Check("%s: %s, as it was read", path, what)
	}
}
