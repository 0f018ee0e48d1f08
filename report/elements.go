package report

import (
	"bufio"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// The elements of report.json's long lists are written by hand, one on each
// line: encoding/json takes several times as long.

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

// appendReject appends a reject with the users whom it holds, as many as a list
// of rejects names.
func (r *Report) appendReject(b []byte, x *user.Reject) []byte {
	b = appendReject(b, x)
	b = append(b[:len(b)-1], `,"holds":[`...)
	for j, uid := range r.Holds[x.Source].uids {
		if j > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, uid)
	}
	return append(b, "]}"...)
}

func appendReject(b []byte, x *user.Reject) []byte {
	var first user.Defect
	var more []user.Defect
	if len(x.Defects) > 0 {
		first, more = x.Defects[0], x.Defects[1:]
	}
	b = appendPlace(append(b, '{'), x.Source)
	b = AppendString(append(b, `,"uid":`...), x.UID)
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
	b = AppendString(append(b, `"column":`...), d.Column)
	b = AppendString(append(b, `,"code":`...), code)
	b = AppendString(append(b, `,"message":`...), d.Message)
	return AppendString(append(b, `,"value":`...), d.Value)
}

func appendPlace(b []byte, s user.Source) []byte {
	b = AppendString(append(b, `"file":`...), s.File)
	b = AppendString(append(b, `,"sheet":`...), s.Sheet)
	return strconv.AppendInt(append(b, `,"row":`...), int64(s.Row), 10)
}

func (r *Report) appendHeld(b []byte, i int) []byte {
	h := &r.Plan.Held[i]
	b = AppendString(append(b, `{"uid":`...), h.UID)
	b = AppendString(append(b, `,"name":`...), h.Name)
	b = appendPlace(append(b, `,"source":{`...), h.Source)
	b = AppendString(append(b, `},"because":`...), max(h.Because, user.SameUID).String())
	return appendBefore(append(b, '}'), was(r.Before.held, i))
}

func (r *Report) appendOperation(b []byte, i int, changes []plan.KeyChange) []byte {
	o, result := &r.Plan.Operations[i], &r.In.Results[i]
	b = append(append(b, `{"op":"`...), o.Verb.String()...)
	b = AppendString(append(b, `","uid":`...), o.UID)
	b = append(append(append(b, `,"id":"`...), r.Plan.ID(o)...), '"')
	b = AppendString(append(b, `,"name":`...), o.Name)
	b = append(append(b, `,"reason":"`...), o.Reason.String()...)
	b = appendChanges(append(b, `","changes":`...), changes)
	b = append(b, `,"source":`...)
	if o.Source.File == "" {
		b = append(b, "null"...)
	} else {
		b = append(appendPlace(append(b, '{'), o.Source), '}')
	}
	if r.In.Decisions != nil {
		b = append(append(append(b, `,"decision":"`...), r.decision(i)...), '"')
	}
	b = append(append(b, `,"outcome":"`...), result.Outcome.String()...)
	b = strconv.AppendInt(append(b, `","attempts":`...), int64(result.Attempts), 10)
	b = append(b, `,"error":`...)
	if result.Code == "" && result.Message == "" && result.Kind == plan.NoFailure && result.Status == 0 && len(result.Details) == 0 {
		b = append(b, "null"...)
	} else {
		b = r.appendResult(b, i)
	}
	if verbs := result.Did.List(); result.Outcome != plan.Applied && len(verbs) > 0 {
		b = append(b, `,"did":[`...)
		for j, v := range verbs {
			if j > 0 {
				b = append(b, ',')
			}
			b = append(append(append(b, '"'), v.String()...), '"')
		}
		b = append(b, ']')
	}
	if result.Revoked {
		b = append(b, `,"tokensRevoked":true`...)
	}
	if len(result.Instead) > 0 {
		b = appendChanges(append(b, `,"instead":`...), r.appendKeys(nil, result.Instead))
	}
	if fields := r.drifted(i); len(fields) > 0 {
		b = appendConflictFields(append(b, `,"drift":`...), fields)
	}
	return appendBefore(append(b, '}'), r.Before.failed[i])
}

func appendChanges(b []byte, changes []plan.KeyChange) []byte {
	b = append(b, '[')
	for j := range changes {
		if j > 0 {
			b = append(b, ',')
		}
		b = AppendString(append(b, `{"field":`...), changes[j].Field)
		b = AppendValue(append(b, `,"before":`...), changes[j].Before)
		b = AppendValue(append(b, `,"after":`...), changes[j].After)
		if c := changes[j].Cause; c != plan.NoCause {
			b = append(append(append(b, `,"cause":"`...), c.String()...), '"')
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendResult appends what an operation came back with; of what is only
// known of some failures, nothing where it is not known.
func (r *Report) appendResult(b []byte, i int) []byte {
	result := &r.In.Results[i]
	b = AppendString(append(b, `{"code":`...), result.Code)
	b = AppendString(append(b, `,"message":`...), r.Said(i))
	if result.Kind != plan.NoFailure {
		b = AppendString(append(b, `,"kind":`...), result.Kind.String())
	}
	if result.Status != 0 {
		b = strconv.AppendInt(append(b, `,"status":`...), int64(result.Status), 10)
	}
	if len(result.Details) > 0 {
		b = append(b, `,"details":{`...)
		for j, field := range slices.Sorted(maps.Keys(result.Details)) {
			if j > 0 {
				b = append(b, ',')
			}
			b = append(AppendString(b, field), ":["...)
			for k, text := range result.Details[field] {
				if k > 0 {
					b = append(b, ',')
				}
				b = AppendString(b, r.WithoutPrivate(i, text))
			}
			b = append(b, ']')
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// AppendValue appends a change's value, which is JSON already. One that is
// not, which only an app that holds such a thing can bring about, becomes a
// string: the file as a whole stays JSON.
func AppendValue(b []byte, value string) []byte {
	if value == "" {
		return append(b, "null"...)
	}
	n := len(b)
	b = append(b, value...)
	if _, plain := PlainString(value); plain {
		return b
	}
	if !utf8.Valid(b[n:]) {
		b = append(b[:n], strings.ToValidUTF8(value, "\uFFFD")...)
	}
	if !json.Valid(b[n:]) {
		return AppendString(b[:n], value)
	}
	return b
}

// AppendString appends s as a JSON string. A run of bytes that are not UTF-8
// becomes one replacement character, as in a saved plan and in CSV.
func AppendString(b []byte, s string) []byte {
	quoted, err := jsontext.AppendQuote(b, s)
	if err != nil {
		quoted, _ = jsontext.AppendQuote(b, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return quoted
}
