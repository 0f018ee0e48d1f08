// Package exit knows what the exit status says; an error knows which it stands for. It
// refuses to know what failed.
package exit

import (
	"errors"
	"fmt"
	"syscall"
)

// Exit codes. They are frozen: other programs rely on them.
const (
	Done    = 0  // nothing failed
	Failed  = 1  // could not run: input, authentication, network, internal
	Usage   = 2  // usage or configuration; nothing was read
	Part    = 3  // done in part: rejects, failed, withheld, drifted, unknown, or differences left
	Refused = 4  // a guard refused; nothing was written
	Unfit   = 5  // a plan, or a run to undo, can't be applied: another app, tampered with; nothing was written
	Locked  = 6  // another run holds this app's lock; nothing was written
	Changes = 10 // plan or dry run found changes, with --detailed-exitcode
)

// coded is an error that knows the exit code it stands for.
type coded struct {
	code int
	err  error
}

func (e *coded) Error() string { return e.err.Error() }
func (e *coded) Unwrap() error { return e.err }
func (e *coded) ExitCode() int { return e.code }

// With gives an error the code that it stands for.
func With(code int, err error) error { return &coded{code, err} }

// Errorf makes an error of a code.
func Errorf(code int, format string, args ...any) error {
	return With(code, fmt.Errorf(format, args...))
}

// Silent is an exit code whose reason has been told already.
type Silent int

func (s Silent) Error() string { return fmt.Sprintf("exit status %d", int(s)) }
func (s Silent) ExitCode() int { return int(s) }

// Interrupt is the signal that ended a run.
type Interrupt syscall.Signal

func (i Interrupt) Error() string {
	switch syscall.Signal(i) {
	case syscall.SIGTERM:
		return "terminated"
	case syscall.SIGHUP:
		return "hung up"
	}
	return "interrupted"
}

// ExitCode is 128 and the signal's number, as a shell has it.
func (i Interrupt) ExitCode() int { return 128 + int(i) }

// Of is the one place where an error becomes a number: that of the outermost error
// which knows one.
func Of(err error) int {
	var known interface{ ExitCode() int }
	switch {
	case err == nil:
		return Done
	case errors.As(err, &known):
		return known.ExitCode()
	}
	return Failed
}
