package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-faster/jx"

	"cometsync/internal/plan"
)

// object reads a record that there are many of.
func (r *reading) object(line []byte, field func(d *jx.Decoder, key []byte) error) error {
	r.decoder.ResetBytes(line)
	return r.decoder.ObjBytes(func(d *jx.Decoder, key []byte) error {
		if string(key) == "at" {
			at, err := d.StrBytes()
			r.at = append(r.at[:0], at...)
			return err
		}
		return field(d, key)
	})
}

func (r *reading) sent(line []byte) error {
	return r.object(line, func(d *jx.Decoder, key []byte) error {
		if string(key) != "sent" {
			return d.Skip()
		}
		return d.Arr(func(d *jx.Decoder) error {
			i, err := r.index(d)
			if err == nil && r.Left[i] {
				err = fmt.Errorf("operation %d was left, and is sent", i)
			}
			if err == nil {
				r.Sent[i] = true
			}
			return err
		})
	})
}

// index reads which operation a record is about.
func (r *reading) index(d *jx.Decoder) (int, error) {
	i, err := d.Int()
	if err == nil && (i < 0 || i >= len(r.Sent)) {
		err = fmt.Errorf("operation %d of %d", i, len(r.Sent))
	}
	return i, err
}

func (r *reading) done(line []byte) error {
	index, result, settled, err := r.result(line, "done")
	switch {
	case err != nil:
		return err
	case !r.Sent[index]:
		return fmt.Errorf("operation %d is done, and was not sent", index)
	}
	r.Results[index], r.Settled[index] = result, settled
	return nil
}

func (r *reading) left(line []byte) error {
	index, result, _, err := r.result(line, "left")
	if err == nil {
		err = leavable(result.Outcome)
	}
	switch {
	case err != nil:
		return err
	case r.Sent[index]:
		return fmt.Errorf("operation %d is left, and was sent", index)
	case r.Left[index]:
		return fmt.Errorf("operation %d is left a second time", index)
	}
	r.Results[index], r.Left[index] = result, true
	return nil
}

// result reads what came of an operation, whose index stands under a key.
func (r *reading) result(line []byte, of string) (index int, result plan.Result, settled bool, err error) {
	index = -1
	err = r.object(line, func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case of:
			index, err = r.index(d)
		case "outcome":
			return name(d, &result.Outcome)
		case "attempts":
			result.Attempts, err = d.Int()
		case "kind":
			return name(d, &result.Kind)
		case "status":
			result.Status, err = d.Int()
		case "code":
			result.Code, err = d.Str()
		case "message":
			result.Message, err = d.Str()
		case "details":
			result.Details, err = details(d)
		case "did":
			return d.Arr(func(d *jx.Decoder) error {
				var v plan.Verb
				err := name(d, &v)
				result.Did.Add(v)
				return err
			})
		case "revoked":
			result.Revoked, err = d.Bool()
		case "instead":
			return d.Arr(func(d *jx.Decoder) error {
				c, err := change(d)
				result.Instead = append(result.Instead, c)
				return err
			})
		case "settled":
			settled, err = d.Bool()
		default:
			return d.Skip()
		}
		return err
	})
	if err == nil && (index < 0 || result.Outcome == 0) {
		err = errors.New("no operation, or no outcome")
	}
	return index, result, settled, err
}

// name reads one of a kind of names.
func name(d *jx.Decoder, into interface{ UnmarshalText([]byte) error }) error {
	text, err := d.StrBytes()
	if err != nil {
		return err
	}
	return into.UnmarshalText(text)
}

func details(d *jx.Decoder) (map[string][]string, error) {
	details := map[string][]string{}
	err := d.Obj(func(d *jx.Decoder, field string) error {
		details[field] = nil
		return d.Arr(func(d *jx.Decoder) error {
			message, err := d.Str()
			details[field] = append(details[field], message)
			return err
		})
	})
	return details, err
}

func change(d *jx.Decoder) (plan.Change, error) {
	var c plan.Change
	err := d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "field":
			return name(d, &c.Field)
		case "before":
			c.Before, err = value(d)
		case "after":
			c.After, err = value(d)
		default:
			return d.Skip()
		}
		return err
	})
	return c, err
}

// value is a change's value as it stands; null is none.
func value(d *jx.Decoder) (string, error) {
	raw, err := d.Raw()
	if raw.Type() == jx.Null {
		return "", err
	}
	return string(raw), err
}

type roleRecord struct {
	Role    string
	Done    bool
	Problem string
	At      string
}

func (r *reading) role(line []byte) error {
	var e roleRecord
	if err := json.Unmarshal(line, &e); err != nil {
		return err
	}
	r.at = append(r.at[:0], e.At...)
	for i := range r.Roles {
		if r.Roles[i].Name == e.Role {
			r.Roles[i] = Role{e.Role, e.Done, e.Problem}
			return nil
		}
	}
	r.Roles = append(r.Roles, Role{e.Role, e.Done, e.Problem})
	return nil
}

func (r *reading) end(line []byte) error {
	e, err := readEnd(line)
	if err != nil {
		return err
	}
	r.End, r.at, r.LastAt = e.end(), nil, e.At
	return nil
}

func readEnd(line []byte) (e endRecord, err error) {
	err = json.Unmarshal(line, &e)
	return e, err
}

func (e *endRecord) end() *End {
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	return &End{
		e.End, e.ExitCode, e.Problem, e.Verdict, e.Stops, e.Verified, e.Remains, e.Leaving, e.Foreseen,
		e.Requests, e.Retries, e.Throttled, seconds(e.Took), seconds(e.Applying), e.Reports, e.Sums, e.At,
	}
}
