package cli

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cometsync/diff"
)

// The protect list is a file of users who are never written: one uid or
// role:ROLE a line, globs allowed, as --protect takes them; what follows a # is
// for people. Whoever is decided on as "never" is added to it, and every run
// reads it.
//
// It is configuration and no state: a state directory may be lost without
// anybody losing access, and with this list in it that would not hold. So it
// lies with the configuration of the account that runs, one for each app,
// unless --protect-list names another file.

// protectListFile is where the list lies; named says that an option said so, and
// then it has to be there. "" is nowhere: the embedded sandbox has none.
func (r *run) protectListFile() (path string, named bool) {
	switch {
	case r.opt.protectList != "":
		return r.opt.protectList, true
	case r.target.Sandbox:
		return "", false
	}
	dir := r.getenv("CONFIGURATION_DIRECTORY")
	if dir == "" {
		if x := r.getenv("XDG_CONFIG_HOME"); filepath.IsAbs(x) {
			dir = filepath.Join(x, "cometsync")
		} else if home := r.getenv("HOME"); home != "" {
			dir = filepath.Join(home, ".config", "cometsync")
		} else {
			return "", false
		}
	}
	return filepath.Join(dir, filepath.Base(r.stateOf)+".protect"), false
}

// protect puts the list's users under the policy's protection. It is read when
// the run has the lock, since an earlier one may have added to it.
func (r *run) protect() error {
	path, named := r.protectListFile()
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return usage("--protect-list %s: there is no such file, and a list that was lost must not pass for an empty one; create it empty if nobody is to be protected", path)
	case err != nil:
		return usage("--protect-list: %v", err)
	}
	entries := slices.Clone(r.protects)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		entry := listEntry(lines.Text())
		if entry == "" {
			continue
		}
		if _, err := diff.ParseProtect([]string{entry}); err != nil {
			return usage("%s:%d: %v", path, n, err)
		}
		entries = append(entries, entry)
	}
	if err := lines.Err(); err != nil {
		return usage("%s: %v", path, err)
	}
	r.policy.Protect, err = diff.ParseProtect(entries)
	return err
}

func listEntry(line string) string {
	entry, _, _ := strings.Cut(line, "#")
	return strings.TrimSpace(strings.TrimPrefix(entry, "\ufeff"))
}
