package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cometsync/internal/user"
)

// Schema names the form of plan.json.
const Schema = "cometsync.plan/v1"

// headJSON is everything of a plan and its intake but the operations. The
// types below have the fields of the nouns in their order, so that one
// converts to the other and a field that is forgotten does not compile.
type headJSON struct {
	Schema      string         `json:"schema"`
	Run         string         `json:"run"`
	Target      targetJSON     `json:"target"`
	AppliedBy   string         `json:"appliedBy,omitempty"`
	CreatedAt   time.Time      `json:"createdAt"`
	Undoes      string         `json:"undoes,omitempty"`
	Config      *configJSON    `json:"config"` // none in what earlier versions wrote
	Inputs      []fileJSON     `json:"inputs"`
	Guards      []Guard        `json:"guards"`
	Allowed     []Guard        `json:"allowed,omitempty"`
	Foreseen    []Guard        `json:"foreseen,omitempty"`
	NewRoles    []string       `json:"newRoles"`
	Withheld    string         `json:"withheld,omitempty"` // of deactivations, in what earlier versions wrote
	Withholding []Withholding  `json:"withholdings,omitempty"`
	Remote      remoteJSON     `json:"remote"`
	Unchanged   int            `json:"unchanged"`
	OutOfScope  int            `json:"outOfScope"`
	Protected   int            `json:"protected"`
	Kept        int            `json:"kept"`
	Strangers   int            `json:"strangers,omitempty"`
	Leaving     []leavingJSON  `json:"leaving,omitempty"`
	Held        []heldJSON     `json:"held"`
	Rekeys      []rekeyJSON    `json:"rekeys,omitempty"`
	Conflicts   []conflictJSON `json:"conflicts"`
	Headers     [][]string     `json:"headers"` // of rejects, each once
	PlanRejects []rejectJSON   `json:"planRejects"`
	Notices     []noticeJSON   `json:"notices"`
	Intake      *intakeJSON    `json:"intake"`
}

type targetJSON struct {
	AppID   string `json:"appId"`
	Region  string `json:"region"`
	BaseURL string `json:"baseUrl"`
	Sandbox bool   `json:"sandbox"`
}

type configJSON struct {
	SHA256  string       `json:"sha256"`
	Options []optionJSON `json:"options"`
}

type optionJSON struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

type fileJSON struct {
	Path     string `json:"path"`
	SHA256   string `json:"sha256"`
	Format   string `json:"format"`
	Sheet    string `json:"sheet,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Rows     int    `json:"rows"`
}

type remoteJSON struct {
	Active      int `json:"active"`
	Deactivated int `json:"deactivated"`
	InScope     int `json:"inScope"`
}

type heldJSON struct {
	UID     string        `json:"uid"`
	Name    string        `json:"name"`
	Source  sourceJSON    `json:"source"`
	Because user.Likeness `json:"because,omitempty"`
}

type leavingJSON struct {
	UID   string    `json:"uid"`
	Name  string    `json:"name"`
	Since time.Time `json:"since,omitzero"`
	Last  time.Time `json:"last,omitzero"`
	Runs  int       `json:"runs"`
	Of    int       `json:"of"`
	From  time.Time `json:"from"`
}

type rekeyJSON struct {
	Old        string        `json:"old"`
	New        string        `json:"new"`
	OldName    string        `json:"oldName"`
	NewName    string        `json:"newName"`
	Because    user.Likeness `json:"because,omitempty"`
	Confidence int           `json:"confidence"`
	Source     sourceJSON    `json:"source"`
}

type conflictJSON struct {
	UID     string              `json:"uid"`
	Name    string              `json:"name"`
	Message string              `json:"message"`
	Gone    bool                `json:"gone,omitempty"`
	Fields  []conflictFieldJSON `json:"fields,omitempty"`
}

// conflictFieldJSON leaves out a value that is none: null is the value of a
// key that holds null.
type conflictFieldJSON struct {
	Field   string    `json:"field"`
	Before  valueJSON `json:"before,omitempty"`
	After   valueJSON `json:"after,omitempty"`
	Now     valueJSON `json:"now,omitempty"`
	Private bool      `json:"private,omitempty"`
}

// valueJSON is a value that is JSON already, and stands as such in the head.
type valueJSON string

// MarshalJSON is the value itself; the encoder refuses it if it is no JSON.
func (v valueJSON) MarshalJSON() ([]byte, error) { return []byte(valid(string(v))), nil }

// UnmarshalJSON takes the layout away that somebody gave the file.
func (v *valueJSON) UnmarshalJSON(text []byte) error {
	var b bytes.Buffer
	err := json.Compact(&b, text)
	*v = valueJSON(valid(b.String()))
	return err
}

func conflictToJSON(c Conflict) conflictJSON {
	return conflictJSON{c.UID, c.Name, c.Message, c.Gone, each(c.Fields, func(f ConflictField) conflictFieldJSON {
		return conflictFieldJSON{f.Field, valueJSON(f.Before), valueJSON(f.After), valueJSON(f.Now), f.Private}
	})}
}

func conflictFromJSON(c conflictJSON) Conflict {
	return Conflict{c.UID, c.Name, c.Message, c.Gone, back(c.Fields, func(f conflictFieldJSON) ConflictField {
		return ConflictField{f.Field, string(f.Before), string(f.After), string(f.Now), f.Private}
	})}
}

type sourceJSON struct {
	File  string `json:"file"`
	Sheet string `json:"sheet,omitempty"`
	Row   int    `json:"row"`
}

type rejectJSON struct {
	Source  sourceJSON   `json:"source"`
	UID     string       `json:"uid"`
	Defects []defectJSON `json:"defects"`
	Header  int          `json:"header,omitempty"` // which of the head's headers, counted from 1; 0 is none
	Cells   []string     `json:"cells"`
	Was     string       `json:"was,omitempty"`
}

type defectJSON struct {
	Column  string    `json:"column"`
	Code    user.Code `json:"code,omitzero"`
	Message string    `json:"message"`
	Value   string    `json:"value"`
	Private bool      `json:"private,omitempty"`
}

type noticeJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Count   int    `json:"count,omitempty"`
}

type mappingJSON struct {
	File   string `json:"file"`
	Header string `json:"header"`
	Field  string `json:"field"`
}

type intakeJSON struct {
	Files          []fileJSON    `json:"files"`
	Rows           int           `json:"rows"`
	Users          int           `json:"users"`
	Duplicates     int           `json:"duplicates"`
	Rejected       int           `json:"rejected"`
	IgnoredColumns []string      `json:"ignoredColumns"`
	Columns        []mappingJSON `json:"columns"`
	Managed        []string      `json:"managed"`
	Notices        []noticeJSON  `json:"notices"`
	Rejects        []rejectJSON  `json:"rejects"`
	EndsEarly      []string      `json:"endsEarly"`
	LeftOut        []string      `json:"leftOut,omitempty"`
}

// EncodeHead writes everything of a plan but its operations, and the intake
// that it was made from, as one JSON object on one line without its end. An
// undo has no intake. Rejects stand in it as they were read, @private cells
// included, as do @private values of conflicts; bytes that are not UTF-8 become U+FFFD, since JSON has no others.
func EncodeHead(w io.Writer, p *Plan, in *user.Intake) error {
	err := writeHead(w, p, in)
	if err == nil {
		_, err = w.Write([]byte{'}'})
	}
	return err
}

// writeHead writes the head without its closing brace. Rejects, of which there
// may be a million, are written one by one into the lists that they leave open.
func writeHead(w io.Writer, p *Plan, in *user.Intake) error {
	var shared headers
	lists := []user.Rejects{user.ListOf(p.Rejects)}
	if in != nil {
		lists = append(lists, in.Rejects)
	}
	for _, list := range lists {
		for _, x := range list.All() {
			shared.number(x.Header)
		}
	}
	head := headJSON{
		Schema:      Schema,
		Run:         p.Run,
		Target:      targetJSON(p.Target),
		AppliedBy:   p.AppliedBy,
		CreatedAt:   p.CreatedAt.UTC(),
		Undoes:      p.Undoes,
		Config:      configToJSON(p.Config),
		Inputs:      each(p.Inputs, func(f user.File) fileJSON { return fileJSON(f) }),
		Guards:      each(p.Guards, func(g Guard) Guard { return g }),
		Allowed:     p.Allowed,
		Foreseen:    p.Foreseen,
		NewRoles:    texts(p.NewRoles),
		Withholding: p.Withholdings,
		Remote:      remoteJSON(p.Remote),
		Unchanged:   p.Unchanged,
		OutOfScope:  p.OutOfScope,
		Protected:   p.Protected,
		Kept:        p.Kept,
		Strangers:   p.Strangers,
		Leaving: each(p.Leaving, func(l Leaving) leavingJSON {
			return leavingJSON{l.UID, l.Name, l.Since.UTC(), l.Last.UTC(), l.Runs, l.Of, l.From.UTC()}
		}),
		Held: each(p.Held, func(h Held) heldJSON { return heldJSON{h.UID, h.Name, sourceJSON(h.Source), h.Because} }),
		Rekeys: each(p.Rekeys, func(k Rekey) rekeyJSON {
			return rekeyJSON{k.Old, k.New, k.OldName, k.NewName, k.Because, k.Confidence, sourceJSON(k.Source)}
		}),
		Conflicts:   each(p.Conflicts, conflictToJSON),
		PlanRejects: []rejectJSON{},
		Notices:     each(p.Notices, func(n user.Notice) noticeJSON { return noticeJSON(n) }),
	}
	if in != nil {
		head.Intake = &intakeJSON{
			Files:          each(in.Files, func(f user.File) fileJSON { return fileJSON(f) }),
			Rows:           in.Rows,
			Users:          in.Users,
			Duplicates:     in.Duplicates,
			Rejected:       in.Rejected,
			IgnoredColumns: texts(in.IgnoredColumns),
			Columns:        each(in.Columns, func(m user.Mapping) mappingJSON { return mappingJSON(m) }),
			Managed:        texts(in.Managed),
			Notices:        each(in.Notices, func(n user.Notice) noticeJSON { return noticeJSON(n) }),
			Rejects:        []rejectJSON{},
			EndsEarly:      texts(in.EndsEarly),
			LeftOut:        texts(in.LeftOut),
		}
	}
	head.Headers = each(shared.list, texts)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(head); err != nil {
		return err
	}
	text := bytes.TrimSuffix(slices.Clone(b.Bytes()), []byte("}\n"))
	for i, key := range []string{`"planRejects":[`, `"rejects":[`}[:len(lists)] {
		// No text holds the key as it is: the quotes in one are escaped.
		at := bytes.Index(text, []byte(key)) + len(key)
		if _, err := w.Write(text[:at]); err != nil {
			return err
		}
		text = text[at:]
		for j, x := range lists[i].All() {
			b.Reset()
			if j > 0 {
				b.WriteByte(',')
			}
			if err := e.Encode(shared.reject(x)); err != nil {
				return err
			}
			if _, err := w.Write(bytes.TrimSuffix(b.Bytes(), []byte("\n"))); err != nil {
				return err
			}
		}
	}
	for _, list := range lists {
		if err := list.Err(); err != nil {
			return err
		}
	}
	_, err := w.Write(text)
	return err
}

func configToJSON(c Config) *configJSON {
	return &configJSON{c.SHA256(), each(c, func(o Option) optionJSON { return optionJSON{o.Name, texts(o.Values)} })}
}

func configFromJSON(c *configJSON) (Config, error) {
	if c == nil {
		return nil, nil
	}
	config := Config(back(c.Options, func(o optionJSON) Option { return Option{o.Name, orNil(o.Values)} }))
	if config.SHA256() != c.SHA256 {
		return nil, fmt.Errorf("the plan's head: the hash of its options does not fit them")
	}
	return config, nil
}

// each converts a list; an empty one is [] and not null.
func each[A, B any](list []A, convert func(A) B) []B {
	out := make([]B, len(list))
	for i := range list {
		out[i] = convert(list[i])
	}
	return out
}

func texts(list []string) []string { return each(list, func(s string) string { return s }) }

// headers keeps each header once: a million rejects of one file share theirs.
type headers struct {
	list  [][]string
	first map[*string]int // by the place in memory, which rejects of one file share
	text  map[string]int  // by what it says
}

func (h *headers) reject(r *user.Reject) rejectJSON {
	return rejectJSON{
		Source:  sourceJSON(r.Source),
		UID:     r.UID,
		Defects: each(r.Defects, func(d user.Defect) defectJSON { return defectJSON(d) }),
		Header:  h.number(r.Header),
		Cells:   texts(r.Cells),
		Was:     r.Was,
	}
}

func (h *headers) number(header []string) int {
	if len(header) == 0 {
		return 0
	}
	if h.text == nil {
		h.first, h.text = map[*string]int{}, map[string]int{}
	}
	if n, ok := h.first[&header[0]]; ok && len(h.list[n-1]) == len(header) {
		return n
	}
	text := fmt.Sprintf("%q", header)
	n, ok := h.text[text]
	if !ok {
		h.list = append(h.list, header)
		n = len(h.list)
		h.text[text] = n
	}
	h.first[&header[0]] = n
	return n
}

// DecodeInputs reads nothing but the sources of what EncodeHead wrote, whose end,
// where the rejects stand, may be missing.
func DecodeInputs(head []byte) ([]user.File, error) {
	d := json.NewDecoder(bytes.NewReader(head))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		if key == "inputs" {
			var files []fileJSON
			err := d.Decode(&files)
			return back(files, func(f fileJSON) user.File { return user.File(f) }), err
		}
		var other json.RawMessage
		if err := d.Decode(&other); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// DecodeHead reads what EncodeHead wrote. Keys that it does not know are left
// out; lists that are empty are nil; there is no intake where there was none.
// Whether the plan holds together is for Check to say, once it has operations.
func DecodeHead(b []byte) (*Plan, *user.Intake, error) {
	var head headJSON
	if err := json.Unmarshal(b, &head); err != nil {
		return nil, nil, fmt.Errorf("the plan's head: %w", err)
	}
	if head.Schema != Schema {
		return nil, nil, fmt.Errorf("the plan's schema is %.40q, and this version reads %s", head.Schema, Schema)
	}
	config, err := configFromJSON(head.Config)
	if err != nil {
		return nil, nil, err
	}
	if slices.ContainsFunc(head.Withholding, func(w Withholding) bool { return w.Verb == 0 }) {
		return nil, nil, errors.New("the plan's head: it withholds operations and does not say of which kind")
	}
	var unknown error // header
	reject := func(r rejectJSON) user.Reject {
		out := user.Reject{
			Source:  user.Source(r.Source),
			UID:     r.UID,
			Defects: back(r.Defects, func(d defectJSON) user.Defect { return user.Defect(d) }),
			Cells:   orNil(r.Cells),
			Was:     r.Was,
		}
		switch {
		case r.Header < 0 || r.Header > len(head.Headers):
			unknown = fmt.Errorf("the plan's head: the reject of %s has header %d of %d", out.Source, r.Header, len(head.Headers))
		case r.Header > 0:
			out.Header = orNil(head.Headers[r.Header-1])
		}
		return out
	}
	p := &Plan{
		Run:          head.Run,
		Target:       Target(head.Target),
		AppliedBy:    head.AppliedBy,
		CreatedAt:    head.CreatedAt,
		Config:       config,
		Undoes:       head.Undoes,
		Inputs:       back(head.Inputs, func(f fileJSON) user.File { return user.File(f) }),
		Guards:       orNil(head.Guards),
		Allowed:      orNil(head.Allowed),
		Foreseen:     orNil(head.Foreseen),
		NewRoles:     orNil(head.NewRoles),
		Withholdings: orNil(head.Withholding),
		Remote:       Remote(head.Remote),
		Unchanged:    head.Unchanged,
		OutOfScope:   head.OutOfScope,
		Protected:    head.Protected,
		Kept:         head.Kept,
		Strangers:    head.Strangers,
		Leaving: back(head.Leaving, func(l leavingJSON) Leaving {
			return Leaving{Absence{l.UID, l.Since, l.Last, l.Runs}, l.Name, l.Of, l.From}
		}),
		Held: back(head.Held, func(h heldJSON) Held { return Held{h.UID, h.Name, user.Source(h.Source), max(h.Because, user.SameUID)} }), // earlier versions held by the uid alone
		Rekeys: back(head.Rekeys, func(k rekeyJSON) Rekey {
			return Rekey{k.Old, k.New, k.OldName, k.NewName, k.Because, k.Confidence, user.Source(k.Source)}
		}),
		Conflicts: back(head.Conflicts, conflictFromJSON),
		Rejects:   back(head.PlanRejects, reject),
		Notices:   back(head.Notices, func(n noticeJSON) user.Notice { return user.Notice(n) }),
	}
	if head.Withheld != "" {
		p.Withholdings = []Withholding{{Verb: Deactivate, Guard: Guard{Message: head.Withheld}}}
	}
	var in *user.Intake
	if head.Intake != nil {
		in = &user.Intake{
			Files:          back(head.Intake.Files, func(f fileJSON) user.File { return user.File(f) }),
			Rows:           head.Intake.Rows,
			Users:          head.Intake.Users,
			Duplicates:     head.Intake.Duplicates,
			Rejected:       head.Intake.Rejected,
			IgnoredColumns: orNil(head.Intake.IgnoredColumns),
			Columns:        back(head.Intake.Columns, func(m mappingJSON) user.Mapping { return user.Mapping(m) }),
			Managed:        orNil(head.Intake.Managed),
			Notices:        back(head.Intake.Notices, func(n noticeJSON) user.Notice { return user.Notice(n) }),
			Rejects:        user.ListOf(back(head.Intake.Rejects, reject)),
			EndsEarly:      orNil(head.Intake.EndsEarly),
			LeftOut:        orNil(head.Intake.LeftOut),
		}
	}
	return p, in, unknown
}

// back is each the other way: an empty list is nil, as a stage makes it.
func back[A, B any](list []A, convert func(A) B) []B {
	return orNil(each(list, convert))
}

func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// valid is the text as JSON can hold it.
func valid(s string) string {
	if utf8.ValidString(s) { // much the faster of the two
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
