package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Schema names the form of report.json.
const Schema = "cometsync.report/v1"

// headJSON is report.json without the three lists that grow with the run:
// those stand between its two halves and are written element by element.
type headJSON struct {
	Schema  string      `json:"schema"`
	Run     runJSON     `json:"run"`
	Target  targetJSON  `json:"target"`
	Source  sourceJSON  `json:"source"`
	Remote  remoteJSON  `json:"remote"`
	Guard   guardJSON   `json:"guard"`
	Summary summaryJSON `json:"summary"`
}

type tailJSON struct {
	API    apiJSON    `json:"api"`
	Verify verifyJSON `json:"verify"`
}

type runJSON struct {
	ID         string     `json:"id"`
	Command    string     `json:"command"`
	Version    string     `json:"version"`
	StartedAt  *time.Time `json:"startedAt"`
	FinishedAt *time.Time `json:"finishedAt"`
	Result     Result     `json:"result"`
	ExitCode   int        `json:"exitCode"`
	Verdict    string     `json:"verdict"` // the result in a sentence
	Problem    string     `json:"problem"` // what a failed run failed of
}

type targetJSON struct {
	AppID   string `json:"appId"`
	Region  string `json:"region"`
	BaseURL string `json:"baseUrl"`
	Sandbox bool   `json:"sandbox"`
}

type sourceJSON struct {
	Files          []fileJSON    `json:"files"`
	Rows           int           `json:"rows"` // users + duplicates + rejected
	Users          int           `json:"users"`
	Duplicates     int           `json:"duplicates"`
	Rejected       int           `json:"rejected"`
	Columns        []mappingJSON `json:"columns"` // what each header was taken for
	Managed        []string      `json:"managedColumns"`
	IgnoredColumns []string      `json:"ignoredColumns"`
	EndsEarly      []string      `json:"endsEarly"` // sources that were cut off
	Notices        []noticeJSON  `json:"notices"`   // of the sources and of the plan
}

type fileJSON struct {
	Path     string `json:"path"`
	SHA256   string `json:"sha256"`
	Format   string `json:"format"`
	Sheet    string `json:"sheet"`
	Encoding string `json:"encoding"`
	Rows     int    `json:"rows"`
}

type mappingJSON struct {
	File   string `json:"file"`
	Header string `json:"header"`
	Field  string `json:"field"`
}

type noticeJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Count   int    `json:"count"`
}

type remoteJSON struct {
	Active      int `json:"active"`
	Deactivated int `json:"deactivated"`
	InScope     int `json:"inScope"`
}

type guardJSON struct {
	Tripped     bool         `json:"tripped"`
	Reasons     []reasonJSON `json:"reasons"`
	Withholding string       `json:"withholding"` // why operations are withheld; "" if none is
}

type reasonJSON struct {
	Name    string `json:"name"`
	Limit   string `json:"limit"`
	Actual  int    `json:"actual"`
	Message string `json:"message"`
}

type summaryJSON struct {
	Create     Count    `json:"create"`
	Update     Count    `json:"update"`
	Deactivate Count    `json:"deactivate"`
	Reactivate Count    `json:"reactivate"`
	Unchanged  int      `json:"unchanged"`
	Held       int      `json:"held"`
	OutOfScope int      `json:"outOfScope"`
	Protected  int      `json:"protected"`
	Kept       int      `json:"kept"`
	NewRoles   []string `json:"newRoles"`
}

type apiJSON struct {
	Requests  int     `json:"requests"`
	Retries   int     `json:"retries"`
	Throttled int     `json:"throttled"`
	Seconds   float64 `json:"seconds"`
}

type verifyJSON struct {
	Ran        bool           `json:"ran"`
	Remaining  int            `json:"remaining"`
	Message    string         `json:"message"`
	Operations []leftoverJSON `json:"operations"` // some of what remains
}

type leftoverJSON struct {
	Op  plan.Verb `json:"op"`
	UID string    `json:"uid"`
}

func (r *Report) headJSON() headJSON {
	run, target, in, p := &r.in.Run, &r.in.Target, &r.intake, r.plan
	h := headJSON{
		Schema: Schema,
		Run: runJSON{
			run.ID, run.Command, run.Version, moment(run.StartedAt), moment(run.FinishedAt),
			run.Result, run.ExitCode, r.Verdict(), r.in.Problem,
		},
		Target: targetJSON{target.AppID, target.Region, target.BaseURL, target.Sandbox},
		Source: sourceJSON{
			Files: []fileJSON{}, Rows: in.Rows, Users: in.Users, Duplicates: in.Duplicates, Rejected: in.Rejected,
			Columns: []mappingJSON{}, Managed: list(in.Managed), IgnoredColumns: list(in.IgnoredColumns), EndsEarly: list(in.EndsEarly), Notices: []noticeJSON{},
		},
		Remote: remoteJSON{p.Remote.Active, p.Remote.Deactivated, p.Remote.InScope},
		Guard:  guardJSON{Tripped: p.Refused(), Reasons: []reasonJSON{}, Withholding: p.Withholding},
		Summary: summaryJSON{
			r.counts[plan.Create], r.counts[plan.Update], r.counts[plan.Deactivate], r.counts[plan.Reactivate],
			p.Unchanged, len(p.Held), p.OutOfScope, p.Protected, p.Kept, list(p.NewRoles),
		},
	}
	for _, f := range in.Files {
		h.Source.Files = append(h.Source.Files, fileJSON(f))
	}
	for _, c := range in.Columns {
		h.Source.Columns = append(h.Source.Columns, mappingJSON(c))
	}
	for _, n := range r.notices() {
		h.Source.Notices = append(h.Source.Notices, noticeJSON(n))
	}
	for _, g := range p.Guards {
		h.Guard.Reasons = append(h.Guard.Reasons, reasonJSON(g))
	}
	return h
}

func (r *Report) tailJSON() tailJSON {
	v := &r.in.Verify
	t := tailJSON{apiJSON(r.in.API), verifyJSON{v.Ran, v.Remaining, v.Message, []leftoverJSON{}}}
	for i := range v.Operations {
		t.Verify.Operations = append(t.Verify.Operations, leftoverJSON{v.Operations[i].Verb, v.Operations[i].UID})
	}
	return t
}

// list makes nil an empty list.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// moment is a time as reports give it: UTC, to the millisecond; null for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// WriteHead writes report.json without its lists of rejects, of people held
// and of operations.
func (r *Report) WriteHead(w io.Writer) error {
	b, err := indented(struct {
		headJSON
		tailJSON
	}{r.headJSON(), r.tailJSON()})
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// WriteJSON writes report.json.
func (r *Report) WriteJSON(w io.Writer) error {
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
	writeList(out, "rejects", len(r.rejects), r.appendReject)
	writeList(out, "held", len(r.plan.Held), r.appendHeld)
	read := changes{r: r}
	writeList(out, "operations", len(r.plan.Operations), func(b []byte, i int) []byte {
		return r.appendOperation(b, i, read.of(i))
	})
	out.WriteByte(',')
	out.Write(bytes.TrimPrefix(tail, []byte("{")))
	out.WriteByte('\n')
	return out.Flush()
}

// writeList writes one element on each line. What goes wrong is kept by out.
func writeList(out *bufio.Writer, name string, n int, element func(b []byte, i int) []byte) {
	out.WriteString(",\n  \"" + name + "\": [")
	var b []byte
	for i := range n {
		b = b[:0]
		if i > 0 {
			b = append(b, ',')
		}
		b = element(append(b, "\n    "...), i)
		out.Write(b)
	}
	if n > 0 {
		out.WriteString("\n  ")
	}
	out.WriteByte(']')
}

func (r *Report) appendReject(b []byte, i int) []byte {
	x := &r.rejects[i]
	var first user.Defect
	var more []user.Defect
	if len(x.Defects) > 0 {
		first, more = x.Defects[0], x.Defects[1:]
	}
	b = appendPlace(append(b, '{'), x.Source)
	b = appendString(append(b, `,"uid":`...), x.UID)
	b = appendDefect(append(b, ','), first)
	b = append(b, `,"more":[`...)
	for j, d := range more {
		if j > 0 {
			b = append(b, ',')
		}
		b = append(appendDefect(append(b, '{'), d), '}')
	}
	return append(b, "]}"...)
}

func appendDefect(b []byte, d user.Defect) []byte {
	code := ""
	if d.Code != 0 {
		code = d.Code.String()
	}
	b = appendString(append(b, `"column":`...), d.Column)
	b = appendString(append(b, `,"code":`...), code)
	b = appendString(append(b, `,"message":`...), d.Message)
	return appendString(append(b, `,"value":`...), d.Value)
}

func appendPlace(b []byte, s user.Source) []byte {
	b = appendString(append(b, `"file":`...), s.File)
	b = appendString(append(b, `,"sheet":`...), s.Sheet)
	return strconv.AppendInt(append(b, `,"row":`...), int64(s.Row), 10)
}

func (r *Report) appendHeld(b []byte, i int) []byte {
	h := &r.plan.Held[i]
	b = appendString(append(b, `{"uid":`...), h.UID)
	b = appendString(append(b, `,"name":`...), h.Name)
	b = appendPlace(append(b, `,"source":{`...), h.Source)
	return append(b, "}}"...)
}

func (r *Report) appendOperation(b []byte, i int, changes []plan.KeyChange) []byte {
	o, result := &r.plan.Operations[i], &r.in.Results[i]
	b = append(append(b, `{"op":"`...), o.Verb.String()...)
	b = appendString(append(b, `","uid":`...), o.UID)
	b = appendString(append(b, `,"name":`...), o.Name)
	b = append(append(b, `,"reason":"`...), o.Reason.String()...)
	b = append(b, `","changes":[`...)
	for j := range changes {
		if j > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"field":`...), changes[j].Field)
		b = appendValue(append(b, `,"before":`...), changes[j].Before)
		b = append(appendValue(append(b, `,"after":`...), changes[j].After), '}')
	}
	b = append(b, `],"source":`...)
	if o.Source.File == "" {
		b = append(b, "null"...)
	} else {
		b = append(appendPlace(append(b, '{'), o.Source), '}')
	}
	b = append(append(b, `,"outcome":"`...), result.Outcome.String()...)
	b = strconv.AppendInt(append(b, `","attempts":`...), int64(result.Attempts), 10)
	b = append(b, `,"error":`...)
	if result.Code == "" && result.Message == "" {
		return append(b, "null}"...)
	}
	b = appendString(append(b, `{"code":`...), result.Code)
	return append(appendString(append(b, `,"message":`...), r.message(i)), "}}"...)
}

// appendValue appends a change's value, which is JSON already. One that is
// not, which only an app that holds such a thing can bring about, becomes a
// string: the file as a whole stays JSON.
func appendValue(b []byte, value string) []byte {
	if value == "" {
		return append(b, "null"...)
	}
	n := len(b)
	if b = append(b, value...); !json.Valid(b[n:]) || !utf8.Valid(b[n:]) {
		return appendString(b[:n], value)
	}
	return b
}

const hex = "0123456789abcdef"

// appendString appends s as a JSON string. Bytes that are not UTF-8 become
// the replacement character, as encoding/json has it.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			char, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case char == utf8.RuneError && size == 1:
				b = append(append(b, s[from:i]...), `\ufffd`...)
				from = i + size
			case char == '\u2028' || char == '\u2029': // line ends to JavaScript
				b = append(append(b, s[from:i]...), `\u202`...)
				b = append(b, hex[char&0xF])
				from = i + size
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xF])
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}
