package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove deletes the reports of a run from a directory. One that is not there,
// or holds the reports of another run by now, is left as it is; one with
// anything in it that was edited, or is no part of a report, is a *TakenError.
func Remove(dir, run string) error {
	if dir == "" || run == "" {
		return nil
	}
	id, err := runOf(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && id != run {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reports of run %s: %w", run, err)
	}
	if _, _, err := standing(dir); err != nil {
		return err
	}
	names := []string{sumsName}
	for _, f := range formats {
		names = append(names, f.name)
	}
	for _, name := range names {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	// What a symbolic link leads to is somebody's place for reports, and stays.
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return err
	}
	return os.Remove(dir)
}

// Changed says whether the run of a report changed something, or may have.
func Changed(dir string) (changed bool, err error) {
	f, err := os.Open(filepath.Join(dir, "report.json"))
	if err != nil {
		return false, err
	}
	defer f.Close()
	var sums map[string]json.RawMessage
	err = readKeys(f, map[string]any{"summary": &sums})
	for _, sum := range sums {
		var c Count
		if json.Unmarshal(sum, &c) == nil && c.Applied+c.Unknown > 0 {
			changed = true
		}
	}
	return changed, err
}

// runOf is the run whose reports are in a directory.
func runOf(dir string) (string, error) {
	f, err := os.Open(filepath.Join(dir, "report.json"))
	if err != nil {
		return "", err
	}
	defer f.Close()
	head, err := ReadHead(f)
	if err != nil {
		return "", err
	}
	return head.Run.ID, nil
}
