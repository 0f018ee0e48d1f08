package plan

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/go-faster/jx"

	"cometsync/internal/formats"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Decode reads plan.json as Encode wrote it, line by line, and gives its hash besides.
// What it gives is what was written, to the byte, and has passed Check; a plan that is
// not as it was written is an *AlteredError.
func Decode(r io.Reader) (p *Plan, in *user.Intake, hash string, err error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), math.MaxInt)
	lines.Split(func(data []byte, atEOF bool) (int, []byte, error) { // with their ends, which are hashed too
		n := bytes.IndexByte(data, '\n') + 1
		if n == 0 && atEOF {
			n = len(data)
		}
		if n == 0 {
			return 0, nil, nil
		}
		return n, data[:n], nil
	})
	p, in, hash, err = decodeLines(lines)
	switch {
	case lines.Err() != nil:
		return nil, nil, "", fmt.Errorf("reading the plan: %w", lines.Err())
	case err != nil:
		return nil, nil, "", &AlteredError{err.Error(), errors.As(err, new(*formats.Error))}
	}
	return p, in, hash, nil
}

func decodeLines(lines *bufio.Scanner) (p *Plan, in *user.Intake, hash string, err error) {
	sum, n := sha256.New(), -1 // operations
	for ; lines.Scan() && hash == ""; n++ {
		line, seal := lines.Bytes(), ""
		if at := len(line) - sealSize; at >= 0 && string(line[at:at+len(sealBegin)]) == sealBegin {
			line, seal = line[:at], string(line[at:])
		}
		sum.Write(line)
		switch {
		case n < 0 && !bytes.Contains(line, []byte(sealedHead)):
			return nil, nil, "", errors.New("it is cut off or was laid out anew, or is none")
		case seal == "" && line[len(line)-1] != '\n':
			return nil, nil, "", phrase.Errorf("it is cut off after %d operations", max(n, 0))
		case n < 0:
			at := bytes.LastIndex(line, []byte(sealedHead))
			line[at] = '}'
			if p, in, err = DecodeHead(line[:at+1]); err != nil {
				return nil, nil, "", err
			}
		case seal != "":
		case line[0] == ']' && line[1] != '}':
			return nil, nil, "", errNoFit
		case line[0] == ']':
			return nil, nil, "", errors.New("it has no hash, so an earlier version wrote it, or somebody edited it")
		default:
			o, id, err := decodeOperation(bytes.TrimPrefix(line, []byte{','}))
			if err != nil {
				return nil, nil, "", fmt.Errorf("operation %d: %w", n+1, err)
			}
			if id != p.id(&o) {
				return nil, nil, "", fmt.Errorf("the id of operation %d, to %s %.100s, is not that of this plan", n+1, o.Verb, o.UID)
			}
			p.Operations = append(p.Operations, o)
		}
		if seal == "" {
			continue
		}
		if hash = hex.EncodeToString(sum.Sum(nil)); seal != sealBegin+hash+sealEnd {
			return nil, nil, "", errNoFit
		}
	}
	switch {
	case hash == "":
		return nil, nil, "", phrase.Errorf("it is cut off after %d operations", max(n, 0))
	case len(lines.Bytes()) > 0:
		return nil, nil, "", errors.New("there is text after its end")
	}
	if err := p.Check(); err != nil {
		return nil, nil, "", fmt.Errorf("it does not hold together: %w", err)
	}
	return p, in, hash, nil
}

// A saved plan ends with the hash of all that is before it, so that one who
// applies it knows that it is what was reviewed, to the byte. The hash is no
// signature: it tells of accidents and of hands that edit, and not of somebody
// who is set on deceiving and makes the hash anew.
const (
	sealedHead = `,"operations":[` // behind the head, on its line
	sealBegin  = `,"hash":"`
	sealEnd    = "\"}\n"
	sealSize   = len(sealBegin) + 2*sha256.Size + len(sealEnd)
)

var errNoFit = errors.New("it was changed after it was written, since its hash does not fit")

// AlteredError is the error of a plan that is not as it was written: it was
// edited, laid out anew or cut off, is of another format, or is none at all.
type AlteredError struct {
	Problem string // what was found: "it is cut off after 3 operations"
	foreign bool   // it is of another format
}

func (e *AlteredError) Error() string {
	if e.foreign {
		return e.Problem + "; plan again"
	}
	return "not a plan as it was saved: " + e.Problem + "; plan again"
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
			o.Tags, err = readList(d, (*jx.Decoder).Str)
		case "reason":
			err = readEnum(d, &o.Reason)
		case "changes":
			o.Changes, err = readList(d, readChange)
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

func readList[T any](d *jx.Decoder, read func(*jx.Decoder) (T, error)) (all []T, err error) {
	list, err := d.ArrIter()
	if err != nil {
		return nil, err
	}
	for list.Next() {
		item, err := read(d)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, list.Err()
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
