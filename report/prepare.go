package report

import (
	"fmt"
	"os"
	"path/filepath"
)

// Prepare checks that Write could write into dir, before a run does what
// afterwards has to be reported.
func Prepare(dir, run string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	exists, _, err := room(dir, run)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(dir); err == nil && !exists {
		return fmt.Errorf("%s is a link to nothing; name another directory with --report-dir", dir)
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
