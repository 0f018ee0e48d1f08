package config

import (
	"fmt"

	"cometsync/internal/exit"
)

// Error is an error of what was asked for, which whoever asked can correct.
type Error struct{ error }

func (e Error) Unwrap() error { return e.error }
func (Error) ExitCode() int   { return exit.Usage }

// Errorf makes one.
func Errorf(format string, args ...any) error { return Error{fmt.Errorf(format, args...)} }
