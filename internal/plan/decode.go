package plan

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-faster/jx"

	"cometsync/internal/user"
)

// Decode reads plan.json, however it is laid out. What it gives has passed
// Check: a plan that lacks operations, or holds some twice, is an error.
func Decode(r io.Reader) (*Plan, *user.Intake, error) {
	var operations []Operation
	head, err := decodeParts(jx.Decode(r, 64<<10), &operations)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return nil, nil, fmt.Errorf("the plan is cut off after %d operations; plan again", len(operations))
	case err != nil:
		return nil, nil, fmt.Errorf("not a plan: %w", err)
	}
	p, in, err := DecodeHead(head)
	if err != nil {
		return nil, nil, err
	}
	p.Operations = operations
	if err := p.Check(); err != nil {
		return nil, nil, fmt.Errorf("the plan does not hold together: %w; plan again", err)
	}
	return p, in, nil
}

// decodeParts reads the operations one by one, so that the text of all is
// never in memory, and gives the other keys as an object of their own.
func decodeParts(d *jx.Decoder, operations *[]Operation) (head []byte, err error) {
	keys, err := d.ObjIter()
	if err != nil {
		return nil, err
	}
	head = []byte{'{'}
	seen := map[string]bool{}
	for keys.Next() {
		key := string(keys.Key())
		if seen[key] {
			return nil, fmt.Errorf("the key %.100q stands twice", key)
		}
		seen[key] = true
		if key == "operations" {
			if err := decodeOperations(d, operations); err != nil {
				return nil, err
			}
			continue
		}
		raw, err := d.Raw()
		if err != nil {
			return nil, err
		}
		if len(head) > 1 {
			head = append(head, ',')
		}
		head = append(append(append(head, user.JSON(key)...), ':'), raw...)
	}
	if err := keys.Err(); err != nil {
		return nil, err
	}
	if d.Skip() != io.EOF {
		return nil, errors.New("text after the object's end")
	}
	return append(head, '}'), nil
}

func decodeOperations(d *jx.Decoder, operations *[]Operation) error {
	list, err := d.ArrIter()
	if err != nil {
		return err
	}
	for list.Next() {
		raw, err := d.Raw()
		if err != nil {
			return err
		}
		o, err := DecodeOperation(raw)
		if err != nil {
			return fmt.Errorf("operation %d: %w", len(*operations)+1, err)
		}
		*operations = append(*operations, o)
	}
	return list.Err()
}

// DecodeOperation reads what AppendOperation wrote. Keys that it does not know
// are left out; a value that is null is none.
func DecodeOperation(b []byte) (Operation, error) {
	d := jx.GetDecoder()
	defer jx.PutDecoder(d)
	d.ResetBytes(b)
	var o Operation
	err := eachKey(d, func(key []byte) (err error) {
		switch string(key) {
		case "op":
			err = readEnum(d, &o.Verb)
		case "uid":
			o.UID, err = d.Str()
		case "name":
			o.Name, err = d.Str()
		case "role":
			o.Role, err = d.Str()
		case "tags":
			o.Tags, err = readTags(d)
		case "reason":
			err = readEnum(d, &o.Reason)
		case "changes":
			o.Changes, err = readChanges(d)
		case "source":
			o.Source, err = readSource(d)
		case "withheld":
			o.Withheld, err = d.Bool()
		default:
			err = d.Skip()
		}
		return err
	})
	switch {
	case err != nil:
		return Operation{}, err
	case d.Skip() != io.EOF:
		return Operation{}, errors.New("text after the operation's end")
	case o.Verb == noVerb:
		return Operation{}, fmt.Errorf("the operation on %.100q has no verb", o.UID)
	}
	return o, nil
}

// eachKey has read take in the value of each key. The decoder's own loop would
// put its words before every error of ours.
func eachKey(d *jx.Decoder, read func(key []byte) error) error {
	keys, err := d.ObjIter()
	if err != nil {
		return err
	}
	for keys.Next() {
		if err := read(keys.Key()); err != nil {
			return err
		}
	}
	return keys.Err()
}

func readEnum(d *jx.Decoder, into interface{ UnmarshalText([]byte) error }) error {
	text, err := d.StrBytes()
	if err != nil {
		return err
	}
	return into.UnmarshalText(text)
}

func readTags(d *jx.Decoder) (tags []string, err error) {
	list, err := d.ArrIter()
	if err != nil {
		return nil, err
	}
	for list.Next() {
		t, err := d.Str()
		if err != nil {
			return nil, err
		}
		tags = append(tags, t)
	}
	return tags, list.Err()
}

func readChanges(d *jx.Decoder) (changes []Change, err error) {
	list, err := d.ArrIter()
	if err != nil {
		return nil, err
	}
	for list.Next() {
		var c Change
		if err := eachKey(d, func(key []byte) (err error) {
			switch string(key) {
			case "field":
				err = readEnum(d, &c.Field)
			case "before":
				c.Before, err = readValue(d)
			case "after":
				c.After, err = readValue(d)
			default:
				err = d.Skip()
			}
			return err
		}); err != nil {
			return nil, err
		}
		if c.Field == user.NoField {
			return nil, errors.New("a change of no field")
		}
		changes = append(changes, c)
	}
	return changes, list.Err()
}

// readValue looks at what comes next, which reads the white space before it.
func readValue(d *jx.Decoder) (string, error) {
	if d.Next() == jx.Null {
		return "", d.Null()
	}
	raw, err := d.Raw()
	return string(bytes.TrimSpace(raw)), err
}

func readSource(d *jx.Decoder) (s user.Source, err error) {
	if d.Next() == jx.Null {
		return s, d.Null()
	}
	err = eachKey(d, func(key []byte) (err error) {
		switch string(key) {
		case "file":
			s.File, err = d.Str()
		case "sheet":
			s.Sheet, err = d.Str()
		case "row":
			s.Row, err = d.Int()
		default:
			err = d.Skip()
		}
		return err
	})
	return s, err
}
