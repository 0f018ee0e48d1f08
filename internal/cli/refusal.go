package cli

import "fmt"

// refusal is an error of what was asked for, which whoever asked can correct.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func usage(format string, args ...any) error { return refusal{fmt.Errorf(format, args...)} }
