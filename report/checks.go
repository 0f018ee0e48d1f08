package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/report/term"
)

// ChecksSchema names the form of what doctor finds.
const ChecksSchema = "cometsync.checks/v1"

// CheckState is how a check came out.
type CheckState uint8

// The states; the worst is the greatest.
const (
	CheckOK   CheckState = iota + 1
	CheckWarn            // a sync runs, and something wants to be looked at
	CheckFail            // it keeps a sync from running
)

func (s CheckState) String() string { return [...]string{"invalid", "ok", "warn", "fail"}[s] }

// MarshalText is the word for it.
func (s CheckState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Check is one thing that was looked at before a run.
type Check struct {
	Name  string     `json:"check"`
	State CheckState `json:"state"`
	Told  string     `json:"told"` // what was found
	Todo  string     `json:"todo"` // what to do about it; "" for nothing
}

// Setting is an option with its value, and where it has that from.
type Setting struct {
	Name   string   `json:"option"`
	Values []string `json:"values"`
	Origin string   `json:"origin"` // flag, environment, file or default
	Where  string   `json:"where"`  // the variable, or the file and the line
}

// WorstCheck is the state of the worst.
func WorstCheck(checks []Check) CheckState {
	worst := CheckOK
	for i := range checks {
		worst = max(worst, checks[i].State)
	}
	return worst
}

// WriteChecks writes the checks as a table, and the options that somebody set.
func WriteChecks(w io.Writer, checks []Check, settings []Setting, t Terminal) error {
	s := term.New(w, t.Color, t.Width)
	for i := range checks {
		c := &checks[i]
		style := map[CheckState]string{CheckWarn: term.Yellow, CheckFail: term.Red}[c.State]
		s.Wrapped(style, fmt.Sprintf("%-6s%-15s", c.State, c.Name), c.Told)
		if c.Todo != "" {
			s.Wrapped("", fmt.Sprintf("%-21s", "")+"→ ", c.Todo)
		}
	}
	set := slices.DeleteFunc(slices.Clone(settings), func(o Setting) bool { return o.Origin == "default" })
	s.Line("")
	if len(set) > 0 {
		s.Table(term.Table{Heads: []string{"OPTION", "VALUE", "FROM"}, Rows: len(set), Cells: func(i int, cells []string) {
			o := &set[i]
			cells[0], cells[1], cells[2] = o.Name, strings.Join(o.Values, ", "), cmp.Or(o.Where, o.Origin)
		}})
	}
	if n := len(settings) - len(set); n > 0 {
		s.Line("%s as by default; --output json lists them", phrase.Plural(n, "option holds", "options hold"))
	}
	return s.Flush()
}

// WriteChecksJSON writes the same as one JSON document.
func WriteChecksJSON(w io.Writer, checks []Check, settings []Setting) error {
	return WriteDocument(w, struct {
		Schema  string     `json:"schema"`
		Result  CheckState `json:"result"`
		Checks  []Check    `json:"checks"`
		Options []Setting  `json:"options"`
	}{ChecksSchema, WorstCheck(checks), checks, settings})
}
