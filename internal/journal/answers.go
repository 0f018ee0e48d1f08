package journal

import (
	"cmp"
	"errors"
	"fmt"
)

func (r *reading) sent(line []byte) error {
	e, err := parse[sentRecord](line)
	if err != nil {
		return err
	}
	for _, i := range e.Sent {
		switch {
		case i < 0 || i >= len(r.Marks):
			return fmt.Errorf("operation %d of %d", i, len(r.Marks))
		case r.Marks[i].Left:
			return fmt.Errorf("operation %d was left, and is sent", i)
		}
		r.Marks[i].Sent = true
	}
	r.LastAt = e.At
	return nil
}

func (r *reading) result(line []byte) error {
	e, err := parse[resultRecord](line)
	if err != nil {
		return err
	}
	at := cmp.Or(e.Done, e.Left)
	switch {
	case at == nil || e.Outcome == 0:
		return errors.New("no operation, or no outcome")
	case *at < 0 || *at >= len(r.Marks):
		return fmt.Errorf("operation %d of %d", *at, len(r.Marks))
	}
	if err := r.Marks[*at].take(Mark{Settled: e.Settled, Left: e.Done == nil}, e.Outcome); err != nil {
		return fmt.Errorf("operation %d %w", *at, err)
	}
	r.Results[*at], r.LastAt = e.Result, e.At
	return nil
}

func (r *reading) role(line []byte) error {
	e, err := parse[roleRecord](line)
	if err != nil {
		return err
	}
	r.LastAt = e.At
	return nil
}

func (r *reading) end(line []byte) error {
	e, err := parse[endRecord](line)
	if err != nil {
		return err
	}
	r.End, r.LastAt = e.end(), e.At
	return nil
}

func (e *endRecord) end() *End {
	e.End.At = e.At
	return &e.End
}
