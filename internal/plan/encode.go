package plan

import (
	"bufio"
	"encoding/json"
	"io"
	"time"

	"cometsync/internal/user"
)

// Schema names the form of plan.json.
const Schema = "cometsync.plan/v1"

type fileJSON struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Format string `json:"format"`
	Sheet  string `json:"sheet,omitempty"`
	Rows   int    `json:"rows"`
}

type headJSON struct {
	Schema    string     `json:"schema"`
	Target    targetJSON `json:"target"`
	CreatedAt time.Time  `json:"createdAt"`
	Inputs    []fileJSON `json:"inputs"`
	Guards    []Guard    `json:"guards"`
	NewRoles  []string   `json:"newRoles"`
	Withheld  string     `json:"withheld,omitempty"`
}

type targetJSON struct {
	AppID   string `json:"appId"`
	Region  string `json:"region"`
	BaseURL string `json:"baseUrl"`
	Sandbox bool   `json:"sandbox"`
}

type operationJSON struct {
	Op       Verb         `json:"op"`
	UID      string       `json:"uid"`
	Name     string       `json:"name"`
	Role     string       `json:"role,omitempty"`
	Tags     []string     `json:"tags,omitempty"`
	Reason   Reason       `json:"reason"`
	Changes  []changeJSON `json:"changes"`
	Source   *sourceJSON  `json:"source"`
	Withheld bool         `json:"withheld,omitempty"`
}

type changeJSON struct {
	Field  user.Field      `json:"field"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

type sourceJSON struct {
	File  string `json:"file"`
	Sheet string `json:"sheet,omitempty"`
	Row   int    `json:"row"`
}

// Encode writes the plan as plan.json: the head on the first line, then one
// operation on each line, in order. It is valid JSON as a whole, and it holds
// @private values, which an application of the plan needs.
func Encode(w io.Writer, p *Plan) error {
	b := bufio.NewWriterSize(w, 64<<10)
	head := headJSON{
		Schema:    Schema,
		Target:    targetJSON(p.Target),
		CreatedAt: p.CreatedAt.UTC(),
		Inputs:    []fileJSON{},
		Guards:    p.Guards,
		NewRoles:  p.NewRoles,
		Withheld:  p.Withholding,
	}
	for _, f := range p.Inputs {
		head.Inputs = append(head.Inputs, fileJSON{f.Path, f.SHA256, f.Format, f.Sheet, f.Rows})
	}
	if head.Guards == nil {
		head.Guards = []Guard{}
	}
	if head.NewRoles == nil {
		head.NewRoles = []string{}
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	b.Write(text[:len(text)-1]) // without the closing brace
	b.WriteString(`,"operations":[`)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	for i := range p.Operations {
		if i > 0 {
			b.WriteByte(',')
		} else {
			b.WriteByte('\n')
		}
		if err := e.Encode(operation(&p.Operations[i])); err != nil {
			return err
		}
	}
	b.WriteString("]}\n")
	return b.Flush()
}

func operation(o *Operation) operationJSON {
	out := operationJSON{
		Op: o.Verb, UID: o.UID, Name: o.Name, Role: o.Role, Tags: o.Tags, Reason: o.Reason,
		Changes: make([]changeJSON, len(o.Changes)), Withheld: o.Withheld,
	}
	for i, c := range o.Changes {
		out.Changes[i] = changeJSON{c.Field, raw(c.Before), raw(c.After)}
	}
	if o.Source.File != "" {
		out.Source = &sourceJSON{o.Source.File, o.Source.Sheet, o.Source.Row}
	}
	return out
}

func raw(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}
