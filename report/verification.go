package report

import (
	"fmt"
	"io"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report/term"
)

// Verification is what came of proving a run from its files.
type Verification struct {
	Run       Run
	Target    plan.Target
	Findings  []Finding // what is not as it should be; File may be a path
	Checked   []string  // what was found to be right
	Unchecked []string  // what should have been checked and could not be, and why
	Beyond    []string  // what such files can't prove
}

// Add takes an audit of the run's reports in.
func (v *Verification) Add(a *Audited) {
	v.Findings = append(v.Findings, a.Findings...)
	v.Checked = append(v.Checked, a.Checked...)
	v.Beyond = append(v.Beyond, a.Unchecked...)
}

// Holds says whether everything is as it should be, and nothing was left out.
func (v *Verification) Holds() bool { return len(v.Findings)+len(v.Unchecked) == 0 }

// Answer is what came of it in a sentence.
func (v *Verification) Answer() string {
	switch {
	case len(v.Findings) > 0:
		files := map[string]bool{}
		for _, f := range v.Findings {
			files[f.File] = true
		}
		return fmt.Sprintf("Run %s does not hold: %s in %s.", v.Run.ID, phrase.Counted(len(v.Findings), "problem"), phrase.Counted(len(files),
			"file"))
	case len(v.Unchecked) > 0:
		return fmt.Sprintf("Run %s could not be checked in full: what could be holds; see below what could not.", v.Run.ID)
	}
	return fmt.Sprintf("Run %s holds: everything is as it was written, and every total follows from what is listed.", v.Run.ID)
}

// WriteTerminal writes the verification for people.
func (v *Verification) WriteTerminal(w io.Writer, t Terminal) error {
	s := newScreen(w, t)
	style := term.Green
	if len(v.Findings) > 0 {
		style = term.Red
	} else if len(v.Unchecked) > 0 {
		style = term.Yellow
	}
	s.Wrapped(style, "", v.Answer())
	s.Line("")
	for _, f := range v.Findings {
		s.Labelled("wrong", f.File+": "+f.Problem)
	}
	for _, text := range v.Unchecked {
		s.Labelled("not checked", text)
	}
	for _, text := range v.Checked {
		s.Labelled("checked", text)
	}
	for _, text := range v.Beyond {
		s.Labelled("not covered", text)
	}
	return s.Flush()
}

// VerificationSchema names the form of a verification in JSON.
const VerificationSchema = "cometsync.verification/v1"

// WriteJSON writes the verification for programs.
func (v *Verification) WriteJSON(w io.Writer) error {
	return WriteDocument(w, struct {
		Schema    string    `json:"schema"`
		Run       string    `json:"run"`
		Holds     bool      `json:"holds"`
		Answer    string    `json:"answer"`
		Findings  []Finding `json:"findings"`
		Unchecked []string  `json:"unchecked"`
		Checked   []string  `json:"checked"`
		Beyond    []string  `json:"notCovered"`
	}{VerificationSchema, v.Run.ID, v.Holds(), v.Answer(), v.Findings, v.Unchecked, v.Checked, v.Beyond})
}
