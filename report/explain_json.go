package report

import (
	"encoding/json"
	"io"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

// ExplanationSchema names the form of an explanation as JSON.
const ExplanationSchema = "cometsync.explanation/v1"

type storyJSON struct {
	Schema string     `json:"schema"`
	Answer string     `json:"answer"` // the story in a sentence or two
	UID    string     `json:"uid"`    // "" if none can be told from the row
	Asked  *placeJSON `json:"asked"`  // the row that was asked for; null if a user was

	Run    storyRunJSON `json:"run"`
	Target plan.Target  `json:"target"`

	Rows    []storyRowJSON    `json:"rows"`
	Unread  []unreadJSON      `json:"unread"`  // sources that can't be read as the run read them
	Rejects []json.RawMessage `json:"rejects"` // as in report.json, out of the run's record

	Place     string              `json:"place"` // as in users.csv; "" if there is an operation, or nothing on record
	Rule      string              `json:"rule"`
	Options   []optionJSON        `json:"options"`
	Held      *storyHeldJSON      `json:"held"`      // null: nobody holds the user
	Holds     []string            `json:"holds"`     // users whom the row that was asked for holds
	Rekey     json.RawMessage     `json:"rekey"`     // as in report.json; null: none
	Leaving   json.RawMessage     `json:"leaving"`   // as in report.json; null: not leaving
	Operation *storyOperationJSON `json:"operation"` // null: none was planned
	Conflict  *storyConflictJSON  `json:"conflict"`
	Guards    []plan.Guard        `json:"guards"`
	Withheld  string              `json:"withheld"` // why the operation is; "" if it is not
	Decision  *storyDecisionJSON  `json:"decision"` // null: none were made
	Result    *storyResultJSON    `json:"result"`   // null: none is on record
	Next      string              `json:"next"`     // what to do; "" for nothing
}

type placeJSON struct {
	File  string `json:"file"`
	Sheet string `json:"sheet"`
	Row   int    `json:"row"`
}

type storyRunJSON struct {
	ID         string    `json:"id"`
	Command    string    `json:"command"`
	Version    string    `json:"version"`
	StartedAt  time.Time `json:"startedAt"`
	FinishedAt time.Time `json:"finishedAt"`
	Result     string    `json:"result"` // "" without an end on record
	ExitCode   int       `json:"exitCode"`
	Undoes     string    `json:"undoes"`
}

type storyRowJSON struct {
	placeJSON
	UID    string          `json:"uid"`
	Fate   string          `json:"fate"`
	Winner *placeJSON      `json:"winner"` // the row that counts instead
	Shares []placeJSON     `json:"shares"` // the other rows with its uid
	Cells  []storyCellJSON `json:"cells"`  // those of columns that are read
	Ignore []string        `json:"ignoredColumns"`
	Reject json.RawMessage `json:"reject"` // null: the row can be used
}

type storyCellJSON struct {
	Header  string   `json:"header"`
	Field   string   `json:"field"`
	Text    string   `json:"text"`
	Value   string   `json:"value"`
	Reading string   `json:"reading"`
	Repairs []string `json:"repairs"`
	Private bool     `json:"private"`
}

type unreadJSON struct {
	File    string `json:"file"`
	Message string `json:"message"`
	Was     string `json:"sha256"`
	Is      string `json:"sha256Now"`
}

type optionJSON struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

type storyOperationJSON struct {
	Op       plan.Verb         `json:"op"`
	UID      string            `json:"uid"`
	Name     string            `json:"name"`
	Reason   plan.Reason       `json:"reason"`
	Source   *placeJSON        `json:"source"`
	Planned  int               `json:"planned"` // operations of its kind in the plan
	Withheld bool              `json:"withheld"`
	Changes  []storyChangeJSON `json:"changes"`
}

type storyHeldJSON struct {
	Source  *placeJSON       `json:"source"`
	Because user.MatchReason `json:"because"`
}

type storyChangeJSON struct {
	Field   string          `json:"field"`
	Before  json.RawMessage `json:"before"`
	After   json.RawMessage `json:"after"`
	Private bool            `json:"private"`
	Cause   plan.Cause      `json:"cause,omitzero"` // left out if it is not known
}

type storyConflictJSON struct {
	Message string                   `json:"message"`
	Gone    bool                     `json:"gone"`
	Fields  []storyConflictFieldJSON `json:"fields"`
}

type storyConflictFieldJSON struct {
	Field  string          `json:"field"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
	Now    json.RawMessage `json:"now"`
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
	r := s.report()
	out := storyJSON{
		Schema: ExplanationSchema, Answer: s.Answer(), UID: s.UID, Asked: place(s.At),
		Run: storyRunJSON{s.Run.ID, s.Run.Command, s.Run.Version, s.Run.StartedAt, s.Run.FinishedAt, "", s.Run.ExitCode,
			s.Undoes},
		Target: s.Target,
		Rows:   []storyRowJSON{}, Unread: []unreadJSON{}, Rejects: []json.RawMessage{},
		Holds: s.Holds, Rekey: json.RawMessage("null"), Leaving: json.RawMessage("null"), Rule: s.rule(), Options: []optionJSON{},
		Guards: s.Guards, Next: s.next(),
	}
	if s.Run.Result != noResult {
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
	for _, o := range s.Options {
		out.Options = append(out.Options, optionJSON{o.Name, o.Values})
	}
	if s.Held != nil {
		out.Held = &storyHeldJSON{place(s.Held.Source), max(s.Held.Because, user.SameUID)}
	}
	if s.Rekey != nil {
		out.Rekey = appendRekey(nil, s.Rekey)
	}
	if s.Leaving != nil {
		out.Leaving = appendLeaving(nil, s.Leaving)
	}
	if o := s.Operation; o != nil {
		out.Operation = &storyOperationJSON{o.Verb, o.UID, o.Name, o.Reason, place(o.Source), s.Planned, o.Withheld, []storyChangeJSON{}}
		for _, k := range s.keys() {
			out.Operation.Changes = append(out.Operation.Changes, storyChangeJSON{k.Field, rawValue(k.Before), rawValue(k.After), k.Private,
				k.Cause})
		}
		if o.Withheld {
			out.Withheld = s.withheld()
		}
	}
	if s.Conflict != nil {
		c := s.conflict()
		out.Conflict = &storyConflictJSON{conflictText(&c), c.Gone, []storyConflictFieldJSON{}}
		for _, f := range c.Fields {
			out.Conflict.Fields = append(out.Conflict.Fields, storyConflictFieldJSON{f.Field, rawValue(f.Before), rawValue(f.After),
				rawValue(f.Now)})
		}
	}
	if s.DecidedBy != "" {
		out.Decision = &storyDecisionJSON{s.Decision.String(), s.DecidedBy}
	}
	if s.Operation != nil && (s.Result != nil || s.Recorded) {
		result := &r.in.Results[0]
		j := &storyResultJSON{"", nil, s.Settled, result.Attempts, result.Code, result.Kind, result.Status, r.message(0),
			map[string][]string{}, result.Did.List()}
		if result.Outcome != 0 {
			j.Outcome = result.Outcome.String()
		}
		if s.Recorded {
			j.Sent = &s.Sent
		}
		for field, messages := range result.Details {
			for _, m := range messages {
				j.Details[field] = append(j.Details[field], r.withoutPrivate(0, m))
			}
		}
		if j.Did == nil {
			j.Did = []plan.Verb{}
		}
		out.Result = j
	}
	return WriteDocument(w, out)
}

func (s *Story) rowJSON(row *trace.Looked) storyRowJSON {
	j := storyRowJSON{placeJSON: placeJSON(row.Source), UID: row.UID, Fate: row.Fate.String(), Winner: place(row.Winner),
		Shares: []placeJSON{}, Cells: []storyCellJSON{}, Ignore: []string{}}
	for _, p := range row.Shares {
		j.Shares = append(j.Shares, placeJSON(p))
	}
	for i := range row.Cells {
		c := &row.Cells[i]
		if c.Reading == trace.ReadNothing {
			j.Ignore = append(j.Ignore, c.Header)
			continue
		}
		cell := storyCellJSON{c.Header, c.Field, c.Text, c.Value, c.Reading.String(), c.Repairs, c.Private}
		if c.Private && !s.ShowPrivate {
			for _, text := range []*string{&cell.Text, &cell.Value} {
				if *text != "" {
					*text = Mask
				}
			}
		}
		j.Cells = append(j.Cells, cell)
	}
	if row.Reject != nil {
		j.Reject = s.rejectJSON(row.Reject)
	}
	return j
}

func (s *Story) rejectJSON(x *user.Reject) json.RawMessage {
	masked := *x
	masked.Defects = s.report().masked(x.Defects)
	return appendReject(nil, &masked)
}

// place is a place as JSON; null for none.
func place(s user.Source) *placeJSON {
	if s.File == "" {
		return nil
	}
	p := placeJSON(s)
	return &p
}

// rawValue is a value, which is canonical JSON already; null for none.
func rawValue(value string) json.RawMessage {
	if value == "" || !json.Valid([]byte(value)) {
		return json.RawMessage("null")
	}
	return json.RawMessage(value)
}
