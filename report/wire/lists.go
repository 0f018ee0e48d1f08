package wire

import (
	"bufio"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
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
func (r run) appendReject(b []byte, x *user.Reject) []byte {
	b = AppendReject(b, x)
	b = append(b[:len(b)-1], `,"holds":[`...)
	for j, uid := range r.Holds[x.Source].UIDs {
		if j > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, uid)
	}
	return append(b, "]}"...)
}

// AppendReject appends a reject as an element of its list.
func AppendReject(b []byte, x *user.Reject) []byte {
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

func (r run) appendHeld(b []byte, i int) []byte {
	h := &r.Plan.Held[i]
	b = AppendString(append(b, `{"uid":`...), h.UID)
	b = AppendString(append(b, `,"name":`...), h.Name)
	b = appendPlace(append(b, `,"source":{`...), h.Source)
	b = AppendString(append(b, `},"because":`...), max(h.Because, user.SameUID).String())
	return appendBefore(append(b, '}'), report.Was(r.Before.Held, i))
}

func (r run) appendOperation(b []byte, i int, changes []plan.KeyChange) []byte {
	o, result := &r.Plan.Operations[i], &r.In.Results[i]
	b = append(append(b, `{"op":"`...), o.Verb.String()...)
	b = AppendString(append(b, `","uid":`...), o.UID)
	b = append(append(append(b, `,"id":"`...), r.ID(i)...), '"')
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
		b = append(append(append(b, `,"decision":"`...), r.DecisionOn(i)...), '"')
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
		b = appendChanges(append(b, `,"instead":`...), r.AppendKeys(nil, result.Instead))
	}
	if fields := r.Drifted(i); len(fields) > 0 {
		b = AppendConflictFields(append(b, `,"drift":`...), fields)
	}
	return appendBefore(append(b, '}'), r.Before.Failed[i])
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
func (r run) appendResult(b []byte, i int) []byte {
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
	if _, plain := report.PlainString(value); plain {
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

func (r run) appendConflict(b []byte, i int) []byte {
	c := &r.Conflicts[i]
	b = AppendString(append(b, `{"uid":`...), c.UID)
	b = AppendString(append(b, `,"name":`...), c.Name)
	b = AppendString(append(b, `,"message":`...), c.Message)
	b = AppendConflictFields(append(b, `,"fields":`...), c.Fields)
	return append(strconv.AppendBool(append(b, `,"gone":`...), c.Gone), '}')
}

// AppendConflictFields appends fields with their three values each.
func AppendConflictFields(b []byte, fields []plan.ConflictField) []byte {
	b = append(b, '[')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendString(append(b, `{"field":`...), f.Field)
		b = AppendValue(append(b, `,"before":`...), f.Before)
		b = AppendValue(append(b, `,"after":`...), f.After)
		b = append(AppendValue(append(b, `,"now":`...), f.Now), '}')
	}
	return append(b, ']')
}

func (r run) appendLeaving(b []byte, i int) []byte { return AppendLeaving(b, &r.Plan.Leaving[i]) }

// AppendLeaving appends somebody who is leaving as an element of its list.
func AppendLeaving(b []byte, l *plan.Leaving) []byte {
	at := func(t time.Time) {
		if t.IsZero() {
			b = append(b, "null"...)
			return
		}
		b = append(t.UTC().Truncate(time.Millisecond).AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
	}
	b = AppendString(append(b, `{"uid":`...), l.UID)
	b = AppendString(append(b, `,"name":`...), l.Name)
	b = append(b, `,"since":`...)
	at(l.Since)
	b = strconv.AppendInt(append(b, `,"runs":`...), int64(l.Runs), 10)
	b = strconv.AppendInt(append(b, `,"of":`...), int64(l.Of), 10)
	b = append(b, `,"from":`...)
	at(l.From)
	return append(b, '}')
}

func (r run) appendRekey(b []byte, i int) []byte { return AppendRekey(b, &r.Plan.Rekeys[i]) }

// AppendRekey appends a pair as an element of its list.
func AppendRekey(b []byte, k *plan.Rekey) []byte {
	b = AppendString(append(b, `{"old":`...), k.Old)
	b = AppendString(append(b, `,"new":`...), k.New)
	b = AppendString(append(b, `,"oldName":`...), k.OldName)
	b = AppendString(append(b, `,"newName":`...), k.NewName)
	b = AppendString(append(b, `,"because":`...), k.Because.String())
	b = strconv.AppendInt(append(b, `,"confidence":`...), int64(k.Confidence), 10)
	return append(appendPlace(append(b, `,"source":{`...), k.Source), "}}"...)
}

// appendBefore marks an element of a list as one that was there before.
func appendBefore(b []byte, was bool) []byte {
	if !was {
		return b
	}
	return append(b[:len(b)-1], `,"asBefore":true}`...)
}
