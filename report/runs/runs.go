// Package runs lists earlier runs of an app for people and for programs. It refuses
// to know where they are on record.
package runs

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cometsync/internal/formats"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/term"
	"cometsync/report/wire"
)

// Line is an earlier run as a list of runs shows it.
type Line struct {
	ID         string        `json:"id"`
	Command    string        `json:"command"`
	Target     string        `json:"target"`
	StartedAt  time.Time     `json:"startedAt"`
	FinishedAt time.Time     `json:"finishedAt"` // zero of a run that did not finish
	Result     string        `json:"result"`
	ExitCode   int           `json:"exitCode"`
	Inputs     []user.File   `json:"inputs"`
	Counts     report.Counts `json:"summary"`    // of what is on record as sent
	NotSent    int           `json:"notSent"`    // operations of its plan that are not on record as sent, or without an outcome
	Leaving    int           `json:"leaving"`    // users who are deactivated later
	Allowed    []string      `json:"allowed"`    // guards that were let through, as --allow takes them
	Undoes     string        `json:"undoes"`     // the run that this one undid
	UndoneBy   string        `json:"undoneBy"`   // the run that undid this one
	Unfinished bool          `json:"unfinished"` // it died, and nobody has settled yet what it had sent
	Running    string        `json:"running"`    // who carries it out, and since when; "" if nobody does any more
	Reason     string        `json:"reason"`     // why it is not a clean one, in a line
	Damaged    string        `json:"damaged"`    // why its record can't be read, or believed; "" if it can
	Newer      bool          `json:"newer"`      // that is all: a newer version wrote it
	Reports    string        `json:"reports"`    // the directory with its reports; "" if there is none
}

// Write writes a table of runs, in the order in which they are given.
func Write(w io.Writer, runs []Line, t report.Terminal) error {
	s := t.Screen(w)
	if len(runs) == 0 {
		s.Line("no runs on record")
		return s.Flush()
	}
	started, known := "STARTED", ""
	if t.Zone == "" {
		started, known = "STARTED (UTC)", " UTC"
	}
	s.Table(term.Table{
		Columns: []term.Column{{Head: "RUN"}, {Head: started}, {Head: "COMMAND"}, {Head: "RESULT"},
			{Head: "CHANGED", Right: true}, {Head: "WHAT WAS DONE"}, {Head: "APP", Least: 12}, {Head: "INPUTS", Least: 18}},
		Rows: len(runs),
		Cells: func(i int, cells []string) {
			l := &runs[i]
			cells[0], cells[1] = l.ID, ""
			if !l.StartedAt.IsZero() {
				cells[1] = strings.TrimSuffix(t.Zone.Moment(l.StartedAt), known)
			}
			if cells[4] = ""; l.Damaged == "" {
				cells[4] = phrase.Thousands(l.applied())
			}
			cells[2], cells[3], cells[5] = l.Command, l.ending(), l.Did()
			cells[6], cells[7] = l.Target, l.inputs()
		},
		Style: func(i, column int) string {
			if column != 3 {
				return ""
			}
			return runs[i].colour()
		},
		Below: func(i int) []string { return runs[i].remarks() },
	})
	return s.Flush()
}

// ending is how the run ended, in a word.
func (l *Line) ending() string {
	switch {
	case l.Newer:
		return "newer format"
	case l.Damaged != "":
		return "damaged"
	case l.Running != "", l.Unfinished:
		return l.result()
	case l.ExitCode != 0:
		return fmt.Sprintf("%s (%d)", l.Result, l.ExitCode)
	}
	return l.Result
}

// result is how the run ended, or that it did not.
func (l *Line) result() string {
	switch {
	case l.Running != "":
		return "running"
	case l.Unfinished:
		return "unfinished"
	}
	return l.Result
}

func (l *Line) colour() string {
	switch {
	case l.Newer:
		return term.Yellow
	case l.Damaged != "", l.Result == report.Failed.String(), l.Result == report.Refused.String():
		return term.Red
	case l.Running != "":
		return term.Bold
	case l.Unfinished, l.Result == report.Partial.String(), l.Result == report.Interrupted.String():
		return term.Yellow
	case l.Result == report.Converged.String():
		return term.Green
	}
	return ""
}

// applied is how many changes are confirmed.
func (l *Line) applied() (n int) {
	for _, v := range report.Verbs() {
		n += l.Counts.Of(v).Applied
	}
	return n
}

// Did says in words what the run did, and how much of its plan it did not do.
func (l *Line) Did() string {
	var words []string
	var total report.Count
	for _, v := range report.Verbs() {
		c := l.Counts.Of(v)
		if c.Applied > 0 {
			words = append(words, phrase.Thousands(c.Applied)+" "+report.Words(v, false).Done)
		}
		total.Add(c)
	}
	for _, o := range report.Outcomes() {
		if n := total.Of(o); n > 0 && o != plan.Applied {
			words = append(words, phrase.Thousands(n)+" "+o.String())
		}
	}
	if l.NotSent > 0 {
		words = append(words, phrase.Thousands(l.NotSent)+map[bool]string{true: " to come", false: " not sent"}[l.Running != ""])
	}
	if l.Leaving > 0 {
		words = append(words, phrase.Thousands(l.Leaving)+" leaving")
	}
	if len(words) == 0 && l.Running == "" && !l.Unfinished && l.Damaged == "" {
		return "no change"
	}
	return strings.Join(words, ", ")
}

// shortHash is how much of a file's hash tells two exports of one run apart.
const shortHash = 8

func (l *Line) inputs() string {
	words := make([]string, len(l.Inputs))
	for i, f := range l.Inputs {
		words[i] = user.BookName(filepath.Base(f.Path), f.Sheet)
		if f.SHA256 != "" {
			words[i] += " " + f.SHA256[:min(len(f.SHA256), shortHash)]
		}
	}
	return strings.Join(words, ", ")
}

// remarks are what a reader has to know of the run besides.
func (l *Line) remarks() []string {
	var lines []string
	if l.Reason != "" {
		lines = append(lines, l.Reason)
	}
	if len(l.Allowed) > 0 {
		lines = append(lines, "let through by --allow "+strings.Join(l.Allowed, " --allow "))
	}
	if l.Undoes != "" {
		lines = append(lines, "undoes run "+l.Undoes)
	}
	if l.UndoneBy != "" {
		lines = append(lines, "undone by run "+l.UndoneBy)
	}
	switch {
	case l.Newer:
		lines = append(lines, l.Damaged)
	case l.Damaged != "":
		lines = append(lines, "damaged: "+l.Damaged)
	}
	switch {
	case l.Running != "":
		lines = append(lines, l.Running)
	case l.Unfinished:
		lines = append(lines, "it did not finish; the next run of this app settles what it had sent")
	}
	return lines
}

// WriteJSON writes runs as one JSON document, in the order in which they are given.
func WriteJSON(w io.Writer, runs []Line) error {
	runs = slices.Clone(runs)
	for i := range runs {
		l := &runs[i]
		l.Result, l.Unfinished = l.result(), l.Unfinished && l.Running == ""
	}
	return wire.WriteDocument(w, struct {
		Schema string `json:"schema"`
		Runs   []Line `json:"runs"`
	}{formats.Runs.String(), runs})
}
