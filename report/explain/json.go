package explain

import (
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
	"cometsync/internal/trace"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/wire"
)

type storyJSON struct {
	Schema string      `json:"schema"`
	Answer string      `json:"answer"` // the story in a sentence or two
	UID    string      `json:"uid"`    // "" if none can be told from the row
	Asked  user.Source `json:"asked"`  // the row that was asked for; null if a user was

	Run    storyRunJSON `json:"run"`
	Target plan.Target  `json:"target"`

	Rows    []storyRowJSON   `json:"rows"`
	Unread  []unreadJSON     `json:"unread"`  // sources that can't be read as the run read them
	Rejects []jsontext.Value `json:"rejects"` // as in report.json, out of the run's record

	Place     string              `json:"place"` // as in users.csv; "" if there is an operation, or nothing on record
	Rule      string              `json:"rule"`
	Options   []plan.Option       `json:"options"`
	Held      *storyHeldJSON      `json:"held"`      // null: nobody holds the user
	Holds     []string            `json:"holds"`     // users whom the row that was asked for holds
	Rekey     jsontext.Value      `json:"rekey"`     // as in report.json; null: none
	Leaving   jsontext.Value      `json:"leaving"`   // as in report.json; null: not leaving
	Operation *storyOperationJSON `json:"operation"` // null: none was planned
	Conflict  *storyConflictJSON  `json:"conflict"`
	Guards    []plan.Guard        `json:"guards"`
	Withheld  string              `json:"withheld"` // why the operation is; "" if it is not
	Decision  *storyDecisionJSON  `json:"decision"` // null: none were made
	Result    *storyResultJSON    `json:"result"`   // null: none is on record
	Next      string              `json:"next"`     // what to do; "" for nothing
}

type storyRunJSON struct {
	report.Run
	Result string `json:"result"` // "" without an end on record
	Undoes string `json:"undoes"`
}

type storyRowJSON struct {
	File   string             `json:"file"`
	Sheet  string             `json:"sheet"`
	Row    int                `json:"row"`
	UID    string             `json:"uid"`
	Fate   string             `json:"fate"`
	Winner user.Source        `json:"winner"` // the row that counts instead
	Shares []user.Source      `json:"shares"` // the other rows with its uid
	Cells  []trace.LookedCell `json:"cells"`  // those of columns that are read
	Ignore []string           `json:"ignoredColumns"`
	Reject jsontext.Value     `json:"reject"` // null: the row can be used
}

type unreadJSON struct {
	File    string `json:"file"`
	Message string `json:"message"`
	Was     string `json:"sha256"`
	Is      string `json:"sha256Now"`
}

type storyOperationJSON struct {
	Op       plan.Verb         `json:"op"`
	UID      string            `json:"uid"`
	Name     string            `json:"name"`
	Reason   plan.Reason       `json:"reason"`
	Source   user.Source       `json:"source"`
	Planned  int               `json:"planned"` // operations of its kind in the plan
	Withheld bool              `json:"withheld"`
	Changes  []storyChangeJSON `json:"changes"`
}

type storyHeldJSON struct {
	Source  user.Source      `json:"source"`
	Because user.MatchReason `json:"because"`
}

type storyChangeJSON struct {
	Field   string         `json:"field"`
	Before  jsontext.Value `json:"before"`
	After   jsontext.Value `json:"after"`
	Private bool           `json:"private"`
	Cause   plan.Cause     `json:"cause,omitzero"` // left out if it is not known
}

type storyConflictJSON struct {
	Message string         `json:"message"`
	Gone    bool           `json:"gone"`
	Fields  jsontext.Value `json:"fields"`
}

type storyDecisionJSON struct {
	Decision string `json:"decision"` // "" for none
	File     string `json:"file"`
}

type storyResultJSON struct {
	Outcome  string              `json:"outcome"` // "" if none is on record
	Sent     *bool               `json:"sent"`    // null: no journal says so
	Settled  bool                `json:"settled"` // found out by a later run
	Attempts int                 `json:"attempts"`
	Code     string              `json:"code"`
	Kind     plan.FailureKind    `json:"kind"`
	Status   int                 `json:"status"`
	Message  string              `json:"message"`
	Details  map[string][]string `json:"details"`
	Did      []plan.Verb         `json:"did"`
}

// WriteJSON writes the story as one JSON object.
func (s *Story) WriteJSON(w io.Writer) error {
	out := storyJSON{
		Schema: formats.Explanation.String(), Answer: s.Answer(), UID: s.UID, Asked: s.At, Run: storyRunJSON{s.Run, "", s.Undoes},
		Target: s.Target, Holds: s.Holds, Rule: s.rule(), Options: s.Options, Guards: s.Guards, Result: s.resultJSON(), Next: s.next(),
	}
	if s.Run.Result != report.NoResult {
		out.Run.Result = s.Run.Result.String()
	}
	for i := range s.Rows {
		out.Rows = append(out.Rows, s.rowJSON(&s.Rows[i]))
	}
	for i := range s.Unread {
		u := &s.Unread[i]
		out.Unread = append(out.Unread, unreadJSON{u.File, u.text(), u.Was, u.Is})
	}
	for i := range s.Rejects {
		out.Rejects = append(out.Rejects, s.rejectJSON(&s.Rejects[i]))
	}
	if s.Place != 0 {
		out.Place = s.Place.String()
	}
	if s.Held != nil {
		out.Held = &storyHeldJSON{s.Held.Source, max(s.Held.Because, user.SameUID)}
	}
	if s.Rekey != nil {
		out.Rekey = wire.AppendRekey(nil, s.Rekey)
	}
	if s.Leaving != nil {
		out.Leaving = wire.AppendLeaving(nil, s.Leaving)
	}
	if o := s.Operation; o != nil {
		out.Operation = &storyOperationJSON{o.Verb, o.UID, o.Name, o.Reason, o.Source, s.Planned, o.Withheld, nil}
		for _, k := range s.keys() {
			out.Operation.Changes = append(out.Operation.Changes,
				storyChangeJSON{k.Field, wire.AppendValue(nil, k.Before), wire.AppendValue(nil, k.After), k.Private, k.Cause})
		}
		if o.Withheld {
			out.Withheld = s.withheld()
		}
	}
	if s.Conflict != nil {
		c := s.conflict()
		out.Conflict = &storyConflictJSON{report.ConflictText(&c), c.Gone, wire.AppendConflictFields(nil, c.Fields)}
	}
	if s.DecidedBy != "" {
		out.Decision = &storyDecisionJSON{s.Decision.String(), s.DecidedBy}
	}
	return wire.WriteDocument(w, out)
}

// resultJSON is what came of the operation; nil if that is not on record.
func (s *Story) resultJSON() *storyResultJSON {
	if s.Operation == nil || s.Result == nil && !s.Recorded {
		return nil
	}
	r := s.report()
	result := &r.In.Results[0]
	j := &storyResultJSON{"", nil, s.Settled, result.Attempts, result.Code, result.Kind, result.Status, r.Message(0),
		map[string][]string{}, result.Did.List()}
	if result.Outcome != 0 {
		j.Outcome = result.Outcome.String()
	}
	if s.Recorded {
		j.Sent = &s.Sent
	}
	for field, messages := range result.Details {
		for _, m := range messages {
			j.Details[field] = append(j.Details[field], r.WithoutPrivate(0, m))
		}
	}
	return j
}

func (s *Story) rowJSON(row *trace.Looked) storyRowJSON {
	at := row.Source
	j := storyRowJSON{
		File: at.File, Sheet: at.Sheet, Row: at.Row, UID: row.UID, Fate: row.Fate.String(), Winner: row.Winner, Shares: row.Shares,
	}
	for _, c := range row.Cells {
		if c.Reading == trace.ReadNothing {
			j.Ignore = append(j.Ignore, c.Header)
			continue
		}
		for _, text := range []*string{&c.Text, &c.Value} {
			if c.Private && !s.ShowPrivate && *text != "" {
				*text = report.Mask
			}
		}
		j.Cells = append(j.Cells, c)
	}
	if row.Reject != nil {
		j.Reject = s.rejectJSON(row.Reject)
	}
	return j
}

func (s *Story) rejectJSON(x *user.Reject) jsontext.Value {
	masked := *x
	masked.Defects = s.report().Masked(x.Defects)
	return wire.AppendReject(nil, &masked)
}
