package config

import "fmt"

// Error is an error of what was asked for, which whoever asked can correct.
type Error struct{ error }

// Unwrap is what it was made of.
func (r Error) Unwrap() error { return r.error }

// Errorf makes one.
func Errorf(format string, args ...any) error { return Error{fmt.Errorf(format, args...)} }
