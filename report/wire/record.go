// Package wire writes and reads report.json, what a run found, planned and did for programs
// and for later runs. It refuses to know where the file is kept, but for looking things up in it.
package wire

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/notice"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

type run struct{ *report.Report }

// headJSON is report.json without the lists that grow with the run: those are between
// its two halves, and are written element by element. The nouns say themselves how they
// are spelled; what is spelled otherwise is below, and in spelling.
type headJSON struct {
	Schema string      `json:"schema"`
	Run    runJSON     `json:"run"`
	Target plan.Target `json:"target"`
	Source sourceJSON  `json:"source"`
	Remote plan.Remote `json:"remote"`
	Guard  guardJSON   `json:"guard"`
	Stops  []plan.Stop `json:"stops"`

	Since     *sinceJSON     `json:"since,omitempty"`     // left out if there is no run to compare with
	Decisions *decisionsJSON `json:"decisions,omitempty"` // left out if none were made

	Rehearsal *report.Rehearsal `json:"rehearsal,omitempty"` // left out if there was none

	Summary summaryJSON `json:"summary"`
}

type tailJSON struct {
	API    report.API    `json:"api"`
	Verify report.Verify `json:"verify"`
}

type runJSON struct {
	report.Run
	Verdict   string `json:"verdict"` // the result in a sentence
	Problem   string `json:"problem"` // what a failed run failed of
	Undoes    string `json:"undoes,omitzero"`
	Died      bool   `json:"died,omitzero"`
	Recovered string `json:"recovered,omitzero"` // who wrote the report of a run that died
	Tolerated int    `json:"toleratedRejects,omitzero"`

	Writer  string `json:"writer,omitzero"`       // the version that wrote the report, if it is not the run's
	Private bool   `json:"privateShown,omitzero"` // private values are shown, and not masked

	Plan   *planJSON     `json:"plan,omitempty"`  // left out if the run had none
	Tokens report.Tokens `json:"tokens,omitzero"` // left out if none were asked for
}

// planJSON says which plan it was: an application has that of another run.
type planJSON struct {
	Run          string    `json:"run"`
	CreatedAt    time.Time `json:"createdAt"`
	ConfigSHA256 string    `json:"configSha256"` // of the options under which it was made
}

// decisionsJSON says what a reviewer decided; every operation of the plan is
// in one of the numbers.
type decisionsJSON struct {
	File      string `json:"file"`
	SHA256    string `json:"sha256"`
	Apply     int    `json:"apply"`
	Hold      int    `json:"hold"`
	Never     int    `json:"never"`
	Undecided int    `json:"undecided"`
	Withheld  int    `json:"withheld"` // whatever is decided
	Rejected  int    `json:"rejected"` // operations about whose row one can't tell

	UndecidedAs plan.Decision     `json:"undecidedAs"`    // what became of the undecided
	Pairs       plan.DecidedPairs `json:"pairs,omitzero"` // under a new uid
	OfPairs     []string          `json:"ofPairs,omitempty"`

	Rejects []jsontext.Value `json:"rejects"`           // rows of the file that can't be used
	Notices []user.Notice    `json:"notices,omitempty"` // on the file; the source's notices have them as well
}

type sourceJSON struct {
	Files          []user.File    `json:"files"`
	Rows           int            `json:"rows"` // users + duplicates + rejected
	Users          int            `json:"users"`
	Duplicates     int            `json:"duplicates"`
	Rejected       int            `json:"rejected"`
	Columns        []user.Mapping `json:"columns"` // what each header was taken for
	Managed        []string       `json:"managedColumns"`
	IgnoredColumns []string       `json:"ignoredColumns"`
	EndsEarly      []string       `json:"endsEarly"` // sources that were cut off
	Notices        []user.Notice  `json:"notices"`   // of the sources and of the plan
}

type guardJSON struct {
	Tripped bool `json:"tripped"` // it refuses the plan
	// every guard that refuses it, and new-form, which withholds creations and refuses nothing
	Reasons     []plan.Guard `json:"reasons"`
	Allowed     []plan.Guard `json:"allowed,omitempty"`  // tripped, and let through by --allow
	Foreseen    []plan.Guard `json:"foreseen,omitempty"` // will refuse the run in which those go who begin to leave
	Withholding string       `json:"withholding"`        // why operations are withheld; "" if none is
}

type summaryJSON struct {
	report.Counts
	Unchanged  int      `json:"unchanged"`
	Held       int      `json:"held"`
	OutOfScope int      `json:"outOfScope"`
	Protected  int      `json:"protected"`
	Kept       int      `json:"kept"`
	Leaving    int      `json:"leaving"`   // of those kept, who are deactivated later
	Strangers  int      `json:"strangers"` // of those kept, whom no earlier run knew
	Conflicts  int      `json:"conflicts"` // users of the app that an undo leaves alone
	Gone       int      `json:"gone"`      // users that an undo does not find in the app any more
	NewRoles   []string `json:"newRoles"`
}

// spelling is how our JSON is laid out, and what it spells otherwise than a saved
// plan: no time is null, and what is known of a file or a notice is there though it
// is empty.
var spelling = json.JoinOptions(
	jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true), json.Deterministic(true),
	json.WithMarshalers(json.JoinMarshalers(
		json.MarshalToFunc(func(e *jsontext.Encoder, t time.Time) error {
			if t.IsZero() {
				return e.WriteToken(jsontext.Null)
			}
			return e.WriteToken(jsontext.String(t.UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)))
		}),
		json.MarshalToFunc(func(e *jsontext.Encoder, s user.Source) error {
			if s.File == "" {
				return e.WriteToken(jsontext.Null)
			}
			return e.WriteValue(append(appendPlace([]byte{'{'}, s), '}'))
		}),
		json.MarshalToFunc(func(e *jsontext.Encoder, f user.File) error {
			return json.MarshalEncode(e, struct {
				Path     string `json:"path"`
				SHA256   string `json:"sha256"`
				Format   string `json:"format"`
				Sheet    string `json:"sheet"`
				Encoding string `json:"encoding"`
				Rows     int    `json:"rows"`
			}(f))
		}),
		json.MarshalToFunc(func(e *jsontext.Encoder, n user.Notice) error {
			return json.MarshalEncode(e, struct {
				Code    notice.Code `json:"code"`
				Message string      `json:"message"`
				Count   int         `json:"count"`
			}(n))
		}),
	)),
)

// WriteDocument writes a value as our documents for programs are written.
func WriteDocument(w io.Writer, v any) error {
	b, err := indented(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

func indented(v any) ([]byte, error) { return json.Marshal(v, spelling) }

func (r run) headJSON() headJSON {
	in, p, c := &r.Intake, r.Plan, &r.Counts
	h := headJSON{
		Schema: formats.Report.String(),
		Run: runJSON{
			Run: r.In.Run, Verdict: r.Verdict(), Problem: r.In.Problem, Undoes: p.Undoes, Died: r.Died(), Recovered: r.In.Recovered,
			Tolerated: r.In.Run.Tolerated, Writer: r.In.Writer, Private: r.In.ShowPrivate,
		},
		Target: r.In.Target,
		Source: sourceJSON{
			in.Files, in.Rows, in.Users, in.Duplicates, in.Rejected, in.Columns, in.Managed, in.IgnoredColumns, in.EndsEarly, r.Notices(),
		},
		Remote: p.Remote,
		Guard:  guardJSON{p.Refused(), p.Tripped(), p.Allowed, p.Forewarned(), p.Withholding()},
		Since:  r.sinceJSON(), Decisions: r.decisionsJSON(), Rehearsal: r.In.Rehearsal,
		Summary: summaryJSON{
			report.Counts{Create: c[plan.Create], Update: c[plan.Update], Deactivate: c[plan.Deactivate], Reactivate: c[plan.Reactivate]},
			p.Unchanged, len(p.Held), p.OutOfScope, p.Protected, p.Kept, len(p.Leaving), p.Strangers, r.Conflicting(), r.Gone, p.NewRoles,
		},
	}
	if p.Run != "" {
		h.Run.Plan = &planJSON{p.Run, p.CreatedAt, p.Config.SHA256()}
	}
	if r.In.Tokens.File != "" {
		h.Run.Tokens = r.In.Tokens
	}
	for _, stop := range r.In.Stops {
		h.Stops = append(h.Stops, plan.Stop{Verb: stop.Verb, Code: stop.Code, Message: report.WhatStopped(&stop)})
	}
	return h
}

func (r run) decisionsJSON() *decisionsJSON {
	d := r.In.Decisions
	if d == nil {
		return nil
	}
	out := &decisionsJSON{
		File: d.File, SHA256: d.SHA256, Apply: d.Count(plan.Apply), Hold: d.Count(plan.Hold), Never: d.Count(plan.Never),
		UndecidedAs: cmp.Or(d.Undecided, plan.Hold), Pairs: d.Pairs, OfPairs: d.OfPairs, Notices: d.Notices,
	}
	out.Undecided, out.Withheld = r.Undecided()
	out.Rejected = len(d.Of) - out.Apply - out.Hold - out.Never - out.Undecided - out.Withheld
	for i := range d.Rejects {
		out.Rejects = append(out.Rejects, AppendReject(nil, &d.Rejects[i]))
	}
	return out
}

func (r run) tailJSON() tailJSON {
	return tailJSON{r.In.API, r.In.Verify}
}

// WriteHead writes report.json without its lists of rejects, of people held,
// of pairs under a new uid, of people who are leaving, of conflicts and of operations.
func WriteHead(w io.Writer, of *report.Report) error {
	r := run{of}
	return WriteDocument(w, struct {
		headJSON
		tailJSON
	}{r.headJSON(), r.tailJSON()})
}

// Write writes report.json.
func Write(w io.Writer, of *report.Report) error {
	r := run{of}
	head, err := indented(r.headJSON())
	if err != nil {
		return err
	}
	tail, err := indented(r.tailJSON())
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	out.Write(bytes.TrimSuffix(head, []byte("\n}")))
	rejects := r.Rejects.Reader()
	writeList(out, "rejects", r.Rejects.Len(), func(b []byte, i int) []byte {
		return appendBefore(r.appendReject(b, rejects(i)), report.Was(r.Before.Rejects, i))
	})
	writeList(out, "held", len(r.Plan.Held), r.appendHeld)
	writeList(out, "rekeys", len(r.Plan.Rekeys), r.appendRekey)
	writeList(out, "leaving", len(r.Plan.Leaving), r.appendLeaving)
	writeList(out, "conflicts", len(r.Conflicts), r.appendConflict)
	read := r.Changes()
	writeList(out, "operations", len(r.Plan.Operations), func(b []byte, i int) []byte {
		return r.appendOperation(b, i, read(i))
	})
	out.WriteByte(',')
	out.Write(bytes.TrimPrefix(tail, []byte("{")))
	out.WriteByte('\n')
	return out.Flush()
}

// sinceJSON is what report.json has of it; the elements of its lists say
// themselves that they were there before.
type sinceJSON struct {
	Run       string            `json:"run"`
	StartedAt time.Time         `json:"startedAt"`
	Lost      string            `json:"lost,omitzero"`
	Left      int               `json:"left"` // rejects, held and failed of that run
	Rejects   report.SinceCount `json:"rejects"`
	Held      report.SinceCount `json:"held"`
	Failed    report.SinceCount `json:"failed"`
}

func (r run) sinceJSON() *sinceJSON {
	last := r.In.Last
	if last == nil {
		return nil
	}
	n := r.SinceCounts()
	return &sinceJSON{last.Run, last.StartedAt, last.Lost, last.Left, n[0], n[1], n[2]}
}
