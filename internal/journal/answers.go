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
		case i < 0 || i >= len(r.Sent):
			return fmt.Errorf("operation %d of %d", i, len(r.Sent))
		case r.Left[i]:
			return fmt.Errorf("operation %d was left, and is sent", i)
		}
		r.Sent[i] = true
	}
	r.LastAt = e.At
	return nil
}

func (r *reading) done(line []byte) error {
	e, index, err := r.result(line)
	switch {
	case err != nil:
		return err
	case !r.Sent[index]:
		return fmt.Errorf("operation %d is done, and was not sent", index)
	}
	r.Results[index], r.Settled[index] = e.Result, e.Settled
	return nil
}

func (r *reading) left(line []byte) error {
	e, index, err := r.result(line)
	if err == nil {
		err = leavable(e.Outcome)
	}
	switch {
	case err != nil:
		return err
	case r.Sent[index]:
		return fmt.Errorf("operation %d is left, and was sent", index)
	case r.Left[index]:
		return fmt.Errorf("operation %d is left a second time", index)
	}
	r.Results[index], r.Left[index] = e.Result, true
	return nil
}

// result reads what came of an operation.
func (r *reading) result(line []byte) (e resultRecord, index int, err error) {
	if e, err = parse[resultRecord](line); err != nil {
		return e, 0, err
	}
	at := cmp.Or(e.Done, e.Left)
	switch {
	case at == nil || e.Outcome == 0:
		return e, 0, errors.New("no operation, or no outcome")
	case *at < 0 || *at >= len(r.Sent):
		return e, 0, fmt.Errorf("operation %d of %d", *at, len(r.Sent))
	}
	r.LastAt = e.At
	return e, *at, nil
}

func (r *reading) role(line []byte) error {
	e, err := parse[roleRecord](line)
	if err != nil {
		return err
	}
	r.LastAt = e.At
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
