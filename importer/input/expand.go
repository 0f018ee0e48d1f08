package input

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cometsync/internal/phrase"
)

// Expand makes paths of sources: a glob becomes the files it matches, but for
// those that it has passed over. A file that several of them give is read once,
// where it is first.
func Expand(sources []string) (paths, passed []string, err error) {
	if len(sources) == 0 {
		return nil, nil, fmt.Errorf("no source; name a file, a pattern such as 'exports/*.csv', or - for standard input")
	}
	given := map[string]bool{} // cleaned
	add := func(path string) {
		if clean := filepath.Clean(path); !given[clean] {
			given[clean] = true
			paths = append(paths, path)
		}
	}
	stdin := false
	for _, s := range sources {
		if s == "" {
			return nil, nil, errors.New("an empty source name; name a file, a pattern such as 'exports/*.csv', or - for standard input")
		}
		if s == "-" {
			if stdin {
				return nil, nil, fmt.Errorf("-: standard input is named twice; it can only be read once")
			}
			stdin = true
			paths = append(paths, s) // no file, if one is called so
			continue
		}
		if _, err := os.Lstat(s); err == nil || !strings.ContainsAny(s, "*?[") {
			add(s) // a file may be called a[1].csv
			continue
		}
		found, err := filepath.Glob(s)
		if err != nil {
			return nil, nil, fmt.Errorf("%q: not a pattern; its brackets are not closed", s)
		}
		seen, hid := len(paths), len(passed)
		for _, path := range found {
			if hides(s, path) {
				passed = append(passed, path)
				continue
			}
			add(path)
		}
		switch {
		case len(found) == 0:
			return nil, nil, fmt.Errorf("%q: matches no file; %s", s, checkPath(s))
		case len(found) == len(passed)-hid && len(paths) == seen:
			return nil, nil, fmt.Errorf("%q: matches nothing but %s, which %s hidden, or the mark of a workbook that is open; check the "+
				"path, or name one outright", s, phrase.And(found), phrase.Form(len(found), "is", "are"))
		}
	}
	passed = slices.DeleteFunc(passed, func(path string) bool { return given[filepath.Clean(path)] })
	slices.Sort(passed)
	return paths, slices.Compact(passed), nil
}

// hides reports whether a file that a pattern matches is none that is meant: it,
// or a directory on the way, is hidden, as macOS keeps one beside each file, or
// it is the mark of a workbook that somebody has open. What the pattern itself
// begins so is meant.
func hides(pattern, path string) bool {
	patterns, names := strings.Split(filepath.ToSlash(filepath.Clean(pattern)), "/"), strings.Split(filepath.ToSlash(filepath.Clean(path)),
		"/")
	if len(patterns) != len(names) {
		patterns, names = patterns[len(patterns)-1:], names[len(names)-1:]
	}
	for i, name := range names {
		for _, mark := range []string{".", "~$"} {
			if strings.HasPrefix(name, mark) && !strings.HasPrefix(patterns[i], mark) {
				return true
			}
		}
	}
	return false
}
