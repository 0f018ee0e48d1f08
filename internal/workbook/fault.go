package workbook

import (
	"errors"
	"fmt"
	"io"
)

// CutError is a part of a workbook that ends before its end.
type CutError struct{ What string }

func (e *CutError) Error() string { return e.What }

// DamageError is a part that can't be read on.
type DamageError struct{ What string }

func (e *DamageError) Error() string { return e.What }

func damage(format string, args ...any) error { return &DamageError{fmt.Sprintf(format, args...)} }

// LimitError is a part that is larger than any of a roster's.
type LimitError struct{ What string }

func (e *LimitError) Error() string { return e.What }

func limit(format string, args ...any) error { return &LimitError{fmt.Sprintf(format, args...)} }

// reading is the error of a part whose bytes can't be had.
func reading(err error) error {
	var over *LimitError
	switch {
	case errors.As(err, &over):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &CutError{"its archive is cut off"}
	}
	return damage("%v", err)
}
