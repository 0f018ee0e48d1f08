package plan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/user"
)

// head is everything of a plan and its intake but the operations. The nouns
// say themselves how they are spelled; the types below are for those that are
// spelled otherwise than they are made.
type head struct {
	Schema string `json:"schema"`
	*Plan
	Withheld    string        `json:"withheld,omitempty"` // of deactivations, in what earlier versions wrote
	Headers     [][]string    `json:"headers"`            // of rejects, each once
	PlanRejects user.Rejects  `json:"planRejects"`
	Notices     []user.Notice `json:"notices"`
	Intake      *user.Intake  `json:"intake"`
}

type configJSON struct {
	SHA256  string   `json:"sha256"`
	Options []Option `json:"options"`
}

// MarshalJSONTo writes the options with their hash.
func (c Config) MarshalJSONTo(e *jsontext.Encoder) error {
	return json.MarshalEncode(e, configJSON{c.SHA256(), c})
}

// UnmarshalJSONFrom reads options that fit their hash.
func (c *Config) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var wire configJSON
	if err := json.UnmarshalDecode(d, &wire); err != nil {
		return err
	}
	if *c = wire.Options; c.SHA256() != wire.SHA256 {
		return errors.New("the hash of its options does not fit them")
	}
	return nil
}

// conflictFieldJSON leaves out a value that is none: null is the value of a
// key that holds null.
type conflictFieldJSON struct {
	Field   string         `json:"field"`
	Before  jsontext.Value `json:"before,omitzero"`
	After   jsontext.Value `json:"after,omitzero"`
	Now     jsontext.Value `json:"now,omitzero"`
	Private bool           `json:"private,omitzero"`
}

// rawValue is a value that is JSON already; nil is none.
func rawValue(s string) jsontext.Value {
	if s == "" {
		return nil
	}
	return jsontext.Value(valid(s))
}

// MarshalJSONTo writes values, which are JSON already, as they are.
func (f ConflictField) MarshalJSONTo(e *jsontext.Encoder) error {
	return json.MarshalEncode(e, conflictFieldJSON{f.Field, rawValue(f.Before), rawValue(f.After), rawValue(f.Now), f.Private})
}

// UnmarshalJSONFrom takes the layout away that somebody gave the file.
func (f *ConflictField) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var w conflictFieldJSON
	err := json.UnmarshalDecode(d, &w)
	for _, v := range []*jsontext.Value{&w.Before, &w.After, &w.Now} {
		if err == nil && *v != nil {
			err = v.Format(jsontext.AllowDuplicateNames(true))
		}
	}
	*f = ConflictField{w.Field, string(w.Before), string(w.After), string(w.Now), w.Private}
	return err
}

// rejectJSON names the header by its number, and has of the claims the second keys alone.
type rejectJSON struct {
	Source  user.Source   `json:"source"`
	UID     string        `json:"uid"`
	Defects []user.Defect `json:"defects"`
	Header  int           `json:"header,omitzero"` // which of the head's headers, counted from 1; 0 is none
	Cells   []string      `json:"cells"`
	Was     string        `json:"was,omitempty"`
	Keys    []string      `json:"keys,omitempty"` // by which it may be another's row
}

// rejectToJSON makes one character of a run of bytes that are not text, as reports do.
func rejectToJSON(x *user.Reject, header int) rejectJSON {
	r := rejectJSON{x.Source, valid(x.UID), slices.Clone(x.Defects), header, allValid(x.Cells), x.Was, nil}
	for i := range r.Defects {
		d := &r.Defects[i]
		d.Column, d.Message, d.Value = valid(d.Column), valid(d.Message), valid(d.Value)
	}
	for _, c := range x.Claims {
		if c.Because == user.SameKey && !slices.Contains(r.Keys, c.Key) {
			r.Keys = append(r.Keys, c.Key)
		}
	}
	return r
}

func allValid(texts []string) []string {
	all := slices.Clone(texts)
	for i := range all {
		all[i] = valid(all[i])
	}
	return all
}

// EncodeHead writes everything of a plan but its operations, and the intake
// that it was made from, as one JSON object on one line without its end. An
// undo has no intake. Rejects stand in it as they were read, @private cells
// included, as do @private values of conflicts; bytes that are not UTF-8 become U+FFFD, since JSON has no others.
//
// Rejects, of which there may be a million, are written one by one.
func EncodeHead(w io.Writer, p *Plan, in *user.Intake) error {
	var shared headers
	of := *p
	of.CreatedAt = p.CreatedAt.UTC()
	h := head{Schema: formats.Plan.String(), Plan: &of, PlanRejects: user.ListOf(p.Rejects), Notices: p.Notices, Intake: in}
	lists := []user.Rejects{h.PlanRejects}
	if in != nil {
		lists = append(lists, in.Rejects)
	}
	for _, list := range lists {
		for _, x := range list.All() {
			shared.number(x.Header)
		}
	}
	for _, header := range shared.list {
		h.Headers = append(h.Headers, allValid(header))
	}
	err := json.MarshalWrite(w, &h,
		jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true), jsontext.EscapeForJS(true), jsontext.PreserveRawStrings(true),
		json.WithMarshalers(json.MarshalToFunc(func(e *jsontext.Encoder, list user.Rejects) error {
			err := e.WriteToken(jsontext.BeginArray)
			for _, x := range list.All() {
				if err == nil {
					err = json.MarshalEncode(e, rejectToJSON(x, shared.number(x.Header)))
				}
			}
			return errors.Join(err, list.Err(), e.WriteToken(jsontext.EndArray))
		})))
	return formats.Spoken(err)
}

// headers keeps each header once: a million rejects of one file share theirs.
type headers struct {
	list  [][]string
	first map[*string]int // by the place in memory, which rejects of one file share
	text  map[string]int  // by what it says
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
func DecodeInputs(head []byte) (files []user.File, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(head))
	for _, err = d.ReadToken(); err == nil && d.PeekKind() == '"'; {
		var key jsontext.Token
		if key, err = d.ReadToken(); err != nil {
			break
		}
		if key.String() == "inputs" {
			return files, json.UnmarshalDecode(d, &files)
		}
		err = d.SkipValue()
	}
	return nil, err
}

// DecodeHead reads what EncodeHead wrote. Keys that it does not know are left
// out; lists that are empty are nil; there is no intake where there was none.
// Whether the plan holds together is for Check to say, once it has operations.
func DecodeHead(b []byte) (*Plan, *user.Intake, error) {
	h := head{Plan: &Plan{}}
	rejects := func(d *jsontext.Decoder, list *user.Rejects) error {
		var wire []rejectJSON
		if err := json.UnmarshalDecode(d, &wire); err != nil {
			return err
		}
		all := make([]user.Reject, len(wire))
		for i, r := range wire {
			all[i] = user.Reject{Source: r.Source, UID: r.UID, Defects: orNil(r.Defects), Cells: orNil(r.Cells), Was: r.Was}
			for _, key := range r.Keys {
				all[i].Claims = append(all[i].Claims, user.Claim{Because: user.SameKey, Key: key})
			}
			switch {
			case r.Header < 0 || r.Header > len(h.Headers):
				return fmt.Errorf("the reject of %s has header %d of %d", r.Source, r.Header, len(h.Headers))
			case r.Header > 0:
				all[i].Header = orNil(h.Headers[r.Header-1])
			}
		}
		*list = user.ListOf(orNil(all))
		return nil
	}
	err := json.Unmarshal(b, &h, jsontext.AllowDuplicateNames(true), json.WithUnmarshalers(json.UnmarshalFromFunc(rejects)))
	if err != nil {
		return nil, nil, fmt.Errorf("the plan's head: %w", formats.Spoken(err))
	}
	if err := formats.Plan.Check(h.Schema, ""); err != nil {
		return nil, nil, err
	}
	if slices.ContainsFunc(h.Withholdings, func(w Withholding) bool { return w.Verb == 0 }) {
		return nil, nil, errors.New("the plan's head: it withholds operations and does not say of which kind")
	}
	p := h.Plan
	for i := range p.Held {
		p.Held[i].Because = max(p.Held[i].Because, user.SameUID) // earlier versions held by the uid alone
	}
	if h.Withheld != "" {
		p.Withholdings = []Withholding{{Verb: Deactivate, Guard: Guard{Message: h.Withheld}}}
	}
	p.Rejects, p.Notices = h.PlanRejects.Slice(), h.Notices
	withoutEmpty(reflect.ValueOf(p))
	withoutEmpty(reflect.ValueOf(h.Intake))
	return p, h.Intake, nil
}

// withoutEmpty makes lists nil that are empty, as a stage makes them.
func withoutEmpty(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			withoutEmpty(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			withoutEmpty(v.Field(i))
		}
	case reflect.Slice:
		if v.Len() == 0 && v.CanSet() {
			v.SetZero()
		}
		for i := range v.Len() {
			withoutEmpty(v.Index(i))
		}
	}
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
