package plan

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/go-faster/jx"

	"cometsync/internal/user"
)

// Encode writes the plan as plan.json: the head on the first line, as
// EncodeHead has it, then one operation on each line, in order and with its
// ID, then the hash of all bytes before it. It is valid JSON as a whole, and it
// holds @private values, which an application of the plan needs.
func Encode(w io.Writer, p *Plan, in *user.Intake) error {
	hash := sha256.New()
	b := bufio.NewWriterSize(io.MultiWriter(w, hash), 64<<10)
	open := &heldBack{to: b}
	if err := EncodeHead(open, p, in); err != nil {
		return err
	}
	b.WriteString(sealedHead)
	var line []byte
	var err error
	for i := range p.Operations {
		line = line[:0]
		if i > 0 {
			line = append(line, ',')
		} else {
			line = append(line, '\n')
		}
		o := &p.Operations[i]
		id := p.id(o)
		if line, err = appendOperation(line, o, id[:]); err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	b.WriteString("]")
	if err := b.Flush(); err != nil {
		return err
	}
	_, err = io.WriteString(w, sealBegin+hex.EncodeToString(hash.Sum(nil))+sealEnd)
	return err
}

// heldBack leaves out the last byte of what it is given: a head's closing brace.
type heldBack struct {
	to   io.Writer
	last []byte
}

func (h *heldBack) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	_, err := h.to.Write(h.last)
	if err == nil {
		_, err = h.to.Write(b[:len(b)-1])
	}
	h.last = append(h.last[:0], b[len(b)-1])
	return len(b), err
}

// AppendOperation writes an operation behind b, as one JSON object without
// line breaks and without an id, which is a saved plan's alone. With an error,
// b is as it was.
func AppendOperation(b []byte, o *Operation) ([]byte, error) { return appendOperation(b, o, nil) }

func appendOperation(b []byte, o *Operation, id []byte) ([]byte, error) {
	if o.Verb == noVerb || o.Verb > Deactivate {
		return b, fmt.Errorf("the operation on %s has no verb", o.UID)
	}
	w := jx.Writer{Buf: b}
	w.RawStr(`{"op":"`)
	w.RawStr(o.Verb.String())
	w.RawStr(`","uid":`)
	w.Str(valid(o.UID))
	if id != nil {
		w.RawStr(`,"id":"`)
		w.Buf = append(w.Buf, id...)
		w.RawStr(`"`)
	}
	w.RawStr(`,"name":`)
	w.Str(valid(o.Name))
	if o.Role != "" {
		w.RawStr(`,"role":`)
		w.Str(valid(o.Role))
	}
	for i, t := range o.Tags {
		if i == 0 {
			w.RawStr(`,"tags":[`)
		} else {
			w.Comma()
		}
		w.Str(valid(t))
	}
	if len(o.Tags) > 0 {
		w.ArrEnd()
	}
	if o.Reason != noReason {
		w.RawStr(`,"reason":"`)
		w.RawStr(o.Reason.String())
		w.RawStr(`"`)
	}
	w.RawStr(`,"changes":[`)
	for i := range o.Changes {
		if i > 0 {
			w.Comma()
		}
		if err := appendChange(&w, &o.Changes[i]); err != nil {
			return b, fmt.Errorf("%s %s: %w", o.Verb, o.UID, err)
		}
	}
	if o.Source == (user.Source{}) {
		w.RawStr(`],"source":null`)
	} else {
		w.RawStr(`],"source":{"file":`)
		w.Str(valid(o.Source.File))
		if o.Source.Sheet != "" {
			w.RawStr(`,"sheet":`)
			w.Str(valid(o.Source.Sheet))
		}
		w.RawStr(`,"row":`)
		w.Buf = strconv.AppendInt(w.Buf, int64(o.Source.Row), 10)
		w.ObjEnd()
	}
	if o.Withheld {
		w.RawStr(`,"withheld":true`)
	}
	w.ObjEnd()
	return w.Buf, nil
}

func appendChange(w *jx.Writer, c *Change) error {
	if c.Field == user.NoField {
		return errNoField
	}
	w.RawStr(`{"field":"`)
	w.RawStr(c.Field.String())
	w.RawStr(`","before":`)
	err := value(w, c.Before)
	w.RawStr(`,"after":`)
	if err = cmp.Or(err, value(w, c.After)); err != nil {
		return fmt.Errorf("%s: %w", c.Field, err)
	}
	if c.Cause != 0 {
		w.RawStr(`,"cause":`)
		w.RawStr(c.Cause.String())
	}
	w.ObjEnd()
	return nil
}

// value writes a change's value. One that came from the service as it was may
// hold line breaks, which a line must not.
func value(w *jx.Writer, s string) error {
	if s == "" {
		w.Null()
		return nil
	}
	start := len(w.Buf)
	w.RawStr(valid(s))
	text := w.Buf[start:]
	if !jx.Valid(text) {
		return errNoJSON
	}
	if bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 {
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			return err
		}
		w.Buf = append(w.Buf[:start], b.Bytes()...)
	}
	return nil
}
