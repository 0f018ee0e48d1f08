package report

import (
	"fmt"
	"os"
	"path/filepath"
)

// Prepare checks that Write could write into dir, before a run does what
// afterwards has to be reported.
func Prepare(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if _, err := replaceable(dir); err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return fmt.Errorf("%w; name another directory with --report-dir", err)
	}
	trial, err := os.MkdirTemp(parent, ".cometsync-")
	if err != nil {
		return fmt.Errorf("%w; name another directory with --report-dir", err)
	}
	return os.Remove(trial)
}
