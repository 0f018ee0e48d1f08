// Package verify proves a finished run from the files that it left: that each is as it
// was written, and that they all say what follows from the plan, the journal and
// report.json. It knows no app, and refuses to know how a file is rendered: it has the
// report render it again.
package verify

import (
	"fmt"
	"io"
	"slices"

	"cometsync/internal/formats"
	"cometsync/internal/phrase"
	"cometsync/report"
	"cometsync/report/term"
	"cometsync/report/wire"
)

// Proof is what came of proving a run from its files.
type Proof struct {
	Run       string
	Findings  []Finding // what is not as it should be; File may be a path
	Checked   []string  // what was found to be right
	Unchecked []string  // what should have been checked and could not be, and why
	Beyond    []string  // what such files can't prove
}

// Finding is something that is not as it should be.
type Finding struct {
	File    string `json:"file"`    // its name in the directory
	Problem string `json:"problem"` // what is found, and what was to be expected
}

// Find notes a finding. Nothing in it may be a private value.
func (p *Proof) Find(file, format string, args ...any) {
	p.Findings = append(p.Findings, Finding{file, phrase.Sprintf(format, args...)})
}

// Check notes what was found to be right.
func (p *Proof) Check(format string, args ...any) {
	p.Checked = append(p.Checked, phrase.Sprintf(format, args...))
}

// Leave notes what should have been checked and could not be.
func (p *Proof) Leave(format string, args ...any) {
	p.Unchecked = append(p.Unchecked, phrase.Sprintf(format, args...))
}

// beyond notes what a report can't prove.
func (p *Proof) beyond(format string, args ...any) {
	p.Beyond = append(p.Beyond, phrase.Sprintf(format, args...))
}

// found is how many findings there are on files; on all, if none is named.
func (p *Proof) found(files ...string) (n int) {
	for _, f := range p.Findings {
		if len(files) == 0 || slices.Contains(files, f.File) {
			n++
		}
	}
	return n
}

// Holds reports whether everything is as it should be, and nothing was left out.
func (p *Proof) Holds() bool { return len(p.Findings)+len(p.Unchecked) == 0 }

// Answer is what came of it in a sentence.
func (p *Proof) Answer() string {
	switch {
	case len(p.Findings) > 0:
		files := map[string]bool{}
		for _, f := range p.Findings {
			files[f.File] = true
		}
		return fmt.Sprintf("Run %s does not hold: %s in %s.", p.Run, phrase.Counted(len(p.Findings), "problem"),
			phrase.Counted(len(files), "file"))
	case len(p.Unchecked) > 0:
		return fmt.Sprintf("Run %s could not be checked in full: what could be holds; see below what could not.", p.Run)
	}
	return fmt.Sprintf("Run %s holds: everything is as it was written, and every total follows from what is listed.", p.Run)
}

// WriteTerminal writes the proof for people.
func (p *Proof) WriteTerminal(w io.Writer, t report.Terminal) error {
	s := term.New(w, t.Color, t.Width)
	style := term.Green
	if len(p.Findings) > 0 {
		style = term.Red
	} else if len(p.Unchecked) > 0 {
		style = term.Yellow
	}
	s.Wrapped(style, "", p.Answer())
	s.Line("")
	for _, f := range p.Findings {
		s.Labelled("wrong", f.File+": "+f.Problem)
	}
	for _, of := range []struct {
		label string
		texts []string
	}{{"not checked", p.Unchecked}, {"checked", p.Checked}, {"not covered", p.Beyond}} {
		for _, text := range of.texts {
			s.Labelled(of.label, text)
		}
	}
	return s.Flush()
}

// WriteJSON writes the proof for programs.
func (p *Proof) WriteJSON(w io.Writer) error {
	return wire.WriteDocument(w, struct {
		Schema    string    `json:"schema"`
		Run       string    `json:"run"`
		Holds     bool      `json:"holds"`
		Answer    string    `json:"answer"`
		Findings  []Finding `json:"findings"`
		Unchecked []string  `json:"unchecked"`
		Checked   []string  `json:"checked"`
		Beyond    []string  `json:"notCovered"`
	}{formats.Verification.String(), p.Run, p.Holds(), p.Answer(), p.Findings, p.Unchecked, p.Checked, p.Beyond})
}
