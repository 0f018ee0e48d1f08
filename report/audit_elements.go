package report

import (
	"github.com/go-faster/jx"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// The elements of report.json's lists as they stand in it. Values of changes
// are JSON; those that are private are masked, as a rule.

type listedOperation struct {
	Verb, UID, ID, Name, Reason string
	Changes                     []listedChange
	Source                      user.Source
	Decision                    string
	Outcome                     plan.Outcome
	Attempts                    int
	Code, Message, Kind         string
	Status                      int
	Instead                     bool
	AsBefore                    bool
}

type listedChange struct{ Field, Before, After, Cause string }

var operationKeys = []string{"op", "uid", "id?", "name", "reason", "changes", "source", "decision?", "outcome", "attempts", "error", "did?", "tokensRevoked?", "instead?", "asBefore?"}

// decode reads an element. The list of changes is used again for the next.
func (o *listedOperation) decode(d *jx.Decoder) error {
	*o = listedOperation{Changes: o.Changes[:0]}
	return ordered(d, operationKeys, func(key string) (err error) {
		switch key {
		case "op":
			o.Verb, err = d.Str()
		case "uid":
			o.UID, err = d.Str()
		case "id":
			o.ID, err = d.Str()
		case "name":
			o.Name, err = d.Str()
		case "reason":
			o.Reason, err = d.Str()
		case "changes":
			err = eachElement(d, func() error {
				var c listedChange
				err := c.decode(d)
				o.Changes = append(o.Changes, c)
				return err
			})
		case "source":
			if d.Next() == jx.Null {
				return d.Null()
			}
			return ordered(d, sourceKeys, func(key string) error { return readPlace(d, key, &o.Source) })
		case "decision":
			o.Decision, err = d.Str()
		case "outcome":
			var text []byte
			if text, err = d.StrBytes(); err == nil {
				err = o.Outcome.UnmarshalText(text)
			}
		case "attempts":
			o.Attempts, err = d.Int()
		case "error":
			if d.Next() == jx.Null {
				return d.Null()
			}
			return o.result(d)
		case "asBefore":
			o.AsBefore, err = d.Bool()
		case "instead":
			o.Instead = true
			err = d.Skip()
		default:
			err = d.Skip()
		}
		return err
	})
}

var (
	changeKeys = []string{"field", "before", "after", "cause?"}
	sourceKeys = []string{"file", "sheet", "row"}
	resultKeys = []string{"code", "message", "kind?", "status?", "details?"}
)

func (c *listedChange) decode(d *jx.Decoder) error {
	return ordered(d, changeKeys, func(key string) error {
		switch key {
		case "field", "cause":
			text, err := d.Str()
			if key == "field" {
				c.Field = text
			} else {
				c.Cause = text
			}
			return err
		}
		raw, err := d.Raw()
		if key == "before" {
			c.Before = string(raw)
		} else {
			c.After = string(raw)
		}
		return err
	})
}

func readPlace(d *jx.Decoder, key string, s *user.Source) (err error) {
	switch key {
	case "file":
		s.File, err = d.Str()
	case "sheet":
		s.Sheet, err = d.Str()
	case "row":
		s.Row, err = d.Int()
	}
	return err
}

func (o *listedOperation) result(d *jx.Decoder) error {
	return ordered(d, resultKeys, func(key string) (err error) {
		switch key {
		case "code":
			o.Code, err = d.Str()
		case "message":
			o.Message, err = d.Str()
		case "kind":
			o.Kind, err = d.Str()
		case "status":
			o.Status, err = d.Int()
		default:
			err = d.Skip()
		}
		return err
	})
}

type listedReject struct {
	Source  user.Source
	UID     string
	Defects []listedDefect
	Listed  bool // it lists whom it holds, which an earlier version did not
	Holds   []string

	AsBefore bool
}

type listedDefect struct{ Column, Code, Message string }

var (
	rejectKeys = []string{"file", "sheet", "row", "uid", "column", "code", "message", "value", "more", "holds?", "asBefore?"}
	defectKeys = []string{"column", "code", "message", "value"}
)

func (x *listedReject) decode(d *jx.Decoder) error {
	var first listedDefect
	*x = listedReject{Defects: x.Defects[:0], Holds: x.Holds[:0]}
	err := ordered(d, rejectKeys, func(key string) (err error) {
		switch key {
		case "uid":
			x.UID, err = d.Str()
		case "file", "sheet", "row":
			err = readPlace(d, key, &x.Source)
		case "more":
			x.Defects = append(x.Defects, first)
			err = eachElement(d, func() error {
				var more listedDefect
				err := ordered(d, defectKeys, func(key string) error { return more.read(d, key) })
				x.Defects = append(x.Defects, more)
				return err
			})
		case "asBefore":
			x.AsBefore, err = d.Bool()
		case "holds":
			x.Listed = true
			err = eachElement(d, func() error {
				uid, err := d.Str()
				x.Holds = append(x.Holds, uid)
				return err
			})
		default:
			err = first.read(d, key)
		}
		return err
	})
	return err
}

func (x *listedDefect) read(d *jx.Decoder, key string) (err error) {
	switch key {
	case "column":
		x.Column, err = d.Str()
	case "code":
		x.Code, err = d.Str()
	case "message":
		x.Message, err = d.Str()
	default:
		_, err = d.Str()
	}
	return err
}

type listedConflict struct {
	UID    string
	Gone   bool
	Fields []string
}

var (
	heldKeys          = []string{"uid", "name", "source", "because?", "asBefore?"}
	rekeyKeys         = []string{"old", "new", "oldName", "newName", "because", "confidence", "source"}
	conflictKeys      = []string{"uid", "name", "message", "fields", "gone"}
	conflictFieldKeys = []string{"field", "before", "after", "now"}
)

func (c *listedConflict) decode(d *jx.Decoder) error {
	*c = listedConflict{}
	return ordered(d, conflictKeys, func(key string) (err error) {
		switch key {
		case "uid":
			c.UID, err = d.Str()
		case "fields":
			err = eachElement(d, func() error {
				return ordered(d, conflictFieldKeys, func(key string) error {
					if key != "field" {
						return d.Skip()
					}
					field, err := d.Str()
					c.Fields = append(c.Fields, field)
					return err
				})
			})
		case "gone":
			c.Gone, err = d.Bool()
		default:
			err = d.Skip()
		}
		return err
	})
}

// listedHeld is whom a row holds; an earlier version did not say why.
type listedHeld struct {
	UID     string
	Source  user.Source
	Because string

	AsBefore bool
}

func (h *listedHeld) decode(d *jx.Decoder) error {
	return ordered(d, heldKeys, func(key string) (err error) {
		switch key {
		case "uid":
			h.UID, err = d.Str()
		case "source":
			err = ordered(d, sourceKeys, func(key string) error { return readPlace(d, key, &h.Source) })
		case "because":
			h.Because, err = d.Str()
		case "asBefore":
			h.AsBefore, err = d.Bool()
		default:
			err = d.Skip()
		}
		return err
	})
}

// listedRekey is two users who are probably one person.
type listedRekey struct {
	plan.Rekey
	Why string
}

func (k *listedRekey) decode(d *jx.Decoder) error {
	*k = listedRekey{}
	return ordered(d, rekeyKeys, func(key string) (err error) {
		switch key {
		case "old":
			k.Old, err = d.Str()
		case "new":
			k.New, err = d.Str()
		case "oldName":
			k.OldName, err = d.Str()
		case "newName":
			k.NewName, err = d.Str()
		case "because":
			if k.Why, err = d.Str(); err == nil {
				err = k.Because.UnmarshalText([]byte(k.Why))
			}
		case "confidence":
			k.Confidence, err = d.Int()
		case "source":
			err = ordered(d, sourceKeys, func(key string) error { return readPlace(d, key, &k.Source) })
		}
		return err
	})
}

// was counts an element that was there in the last run.
func was(before bool) int {
	if before {
		return 1
	}
	return 0
}
