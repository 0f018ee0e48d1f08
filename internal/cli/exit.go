package cli

import (
	"errors"
	"fmt"
	"syscall"

	"cometsync/internal/config"
	"cometsync/internal/history"
	"cometsync/internal/journal"
)

// Exit codes. They are frozen: other programs rely on them.
const (
	exitDone    = 0  // nothing failed
	exitError   = 1  // could not run: input, authentication, network, internal
	exitUsage   = 2  // usage or configuration; nothing was read
	exitPart    = 3  // done in part: rejects, failed, withheld, drifted, unknown, or differences left
	exitRefused = 4  // a guard refused; nothing was written
	exitUnfit   = 5  // a plan, or a run to undo, can't be applied: another app, tampered with; nothing was written
	exitLocked  = 6  // another run holds this app's lock; nothing was written
	exitChanges = 10 // plan or dry run found changes, with --detailed-exitcode
)

// codedError is an error that knows the exit code it stands for.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string { return e.err.Error() }
func (e *codedError) Unwrap() error { return e.err }

func usage(format string, args ...any) error { return config.Errorf(format, args...) }

// silent is an exit code whose reason has been told already.
type silent int

func (s silent) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

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

// exitCode is the one place where an error becomes a number.
func exitCode(err error) int {
	var coded *codedError
	var quiet silent
	var interrupt Interrupt
	var held *journal.HeldError
	var refused config.Error
	var unfit history.UnfitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &quiet):
		return int(quiet)
	case errors.As(err, &interrupt):
		return interrupt.ExitCode()
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &unfit):
		return exitUnfit
	case errors.As(err, &refused):
		return exitUsage
	case errors.As(err, &held):
		return exitLocked
	}
	return exitError
}
