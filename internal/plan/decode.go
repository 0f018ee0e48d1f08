package plan

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-faster/jx"

	"cometsync/internal/user"
)

// Decode reads plan.json as Encode wrote it, and gives its hash besides. What it
// gives is what was written, to the byte, and has passed Check; a plan that is
// not as it was written is an *AlteredError. Operations are read one by one, so
// that the text of all is never in memory.
func Decode(r io.Reader) (p *Plan, in *user.Intake, hash string, err error) {
	s := newSealed(r)
	parts, err := decodeParts(jx.Decode(s, 64<<10))
	switch {
	case s.err != nil:
		return nil, nil, "", fmt.Errorf("reading the plan: %w", s.err)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return nil, nil, "", altered("it is cut off after %d operations", len(parts.operations))
	case err != nil:
		return nil, nil, "", altered("%v", err)
	case !parts.hashed:
		return nil, nil, "", altered("it has no hash, so that an earlier version wrote it, or somebody edited it")
	}
	if hash, err = s.check(); err != nil {
		return nil, nil, "", err
	}
	if p, in, err = DecodeHead(parts.head); err != nil {
		return nil, nil, "", altered("%v", err)
	}
	p.Operations = parts.operations
	for i := range p.Operations {
		if o := &p.Operations[i]; parts.ids[i] != p.id(o) {
			return nil, nil, "", altered("the id of operation %d, to %s %.100s, is not that of this plan", i+1, o.Verb, o.UID)
		}
	}
	if err := p.Check(); err != nil {
		return nil, nil, "", altered("it does not hold together: %v", err)
	}
	return p, in, hash, nil
}

// parts is plan.json taken apart.
type parts struct {
	head       []byte // every key but operations and hash, as an object of its own
	operations []Operation
	ids        []id // of the operations
	hashed     bool
}

func decodeParts(d *jx.Decoder) (p parts, err error) {
	keys, err := d.ObjIter()
	if err != nil {
		return p, err
	}
	p.head = []byte{'{'}
	seen := map[string]bool{}
	for keys.Next() {
		key := string(keys.Key())
		if seen[key] {
			return p, fmt.Errorf("the key %.100q stands twice", key)
		}
		seen[key] = true
		if key == "operations" {
			if err := p.decodeOperations(d); err != nil {
				return p, err
			}
			continue
		}
		raw, err := d.Raw()
		if err != nil {
			return p, err
		}
		if key == "hash" {
			p.hashed = true
			continue
		}
		if len(p.head) > 1 {
			p.head = append(p.head, ',')
		}
		p.head = append(append(append(p.head, user.JSON(key)...), ':'), raw...)
	}
	if err := keys.Err(); err != nil {
		return p, err
	}
	switch err := d.Skip(); {
	case err == nil:
		return p, errors.New("there is text after its end")
	case err != io.EOF:
		return p, fmt.Errorf("there is text after its end: %w", err)
	}
	p.head = append(p.head, '}')
	return p, nil
}

func (p *parts) decodeOperations(d *jx.Decoder) error {
	list, err := d.ArrIter()
	if err != nil {
		return err
	}
	for list.Next() {
		raw, err := d.Raw()
		if err != nil {
			return err
		}
		o, id, err := decodeOperation(raw)
		if err != nil {
			return fmt.Errorf("operation %d: %w", len(p.operations)+1, err)
		}
		p.operations, p.ids = append(p.operations, o), append(p.ids, id)
	}
	return list.Err()
}

// DecodeOperation reads what AppendOperation wrote. Keys that it does not know
// are left out; a value that is null is none.
func DecodeOperation(b []byte) (Operation, error) {
	o, _, err := decodeOperation(b)
	return o, err
}

// decodeOperation gives the operation's id besides, which only plan.json has.
func decodeOperation(b []byte) (o Operation, id id, err error) {
	d := jx.GetDecoder()
	defer jx.PutDecoder(d)
	d.ResetBytes(b)
	err = eachKey(d, func(key []byte) (err error) {
		switch string(key) {
		case "id":
			var text []byte
			text, err = d.StrBytes()
			copy(id[:], text)
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
	case d.Skip() != io.EOF:
		err = errors.New("text after the operation's end")
	case o.Verb == noVerb:
		err = fmt.Errorf("the operation on %.100q has no verb", o.UID)
	}
	if err != nil {
		return Operation{}, id, err
	}
	return o, id, nil
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
		c, err := readChange(d)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, list.Err()
}

func readChange(d *jx.Decoder) (c Change, err error) {
	err = eachKey(d, func(key []byte) (err error) {
		switch string(key) {
		case "field":
			err = readEnum(d, &c.Field)
		case "before":
			c.Before, err = readValue(d)
		case "after":
			c.After, err = readValue(d)
		case "cause":
			var text string
			if text, err = readValue(d); err == nil {
				c.Cause, err = readCauses(text)
			}
		default:
			err = d.Skip()
		}
		return err
	})
	if err == nil && c.Field == user.NoField {
		err = errNoField
	}
	return c, err
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
