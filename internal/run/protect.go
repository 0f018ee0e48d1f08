package run

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cometsync/diff"
	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/journal"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// The protect list is a file of users who are never written: one uid or
// role:ROLE a line, globs allowed, as --protect takes them; what follows a # is
// for people. Whoever is decided on as "never" is added to it, and every run
// reads it.
//
// It is configuration and no state: a state directory may be lost without
// anybody losing access, and with this list in it that would not hold. So it
// lies with the configuration of the account that runs, as APP.protect for each
// app id, unless --protect-list names another file. Earlier versions called it
// app-APP.protect, which is read as well.

// ProtectLists are the files of the list, of which users are added to the first,
// and whether an option named it: then it has to be there. None is nowhere: the
// embedded sandbox has no list, and a roster in an app's place has none.
func (r *Run) ProtectLists() (files []string, named bool) {
	switch {
	case r.Opt.ProtectList != "":
		return []string{r.Opt.ProtectList}, true
	case r.Target.Sandbox, r.Target.Roster != "":
		return nil, false
	}
	dir := r.Getenv("CONFIGURATION_DIRECTORY")
	if dir == "" {
		if x := r.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(x) {
			dir = filepath.Join(x, "cometsync")
		} else if home := r.home(); home != "" {
			dir = filepath.Join(home, ".config", "cometsync")
		} else {
			return nil, false
		}
	}
	app := listName(r.Target)
	files = []string{filepath.Join(dir, app+listExtension)}
	var strange []string
	entries, _ := os.ReadDir(dir) // without one there is no list, and one that can't be read fails below
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch name, ok := strings.CutSuffix(strings.ToLower(e.Name()), listExtension); {
		case !ok || path == files[0]:
		case name == app || name == earlierPrefix+app: // the letter case of an app id makes no difference
			files = append(files, path)
		default:
			strange = append(strange, path)
		}
	}
	r.tellStrange(strange, files[0])
	return files, false
}

const (
	listExtension = ".protect"
	earlierPrefix = "app-" // that earlier versions put before an app's name
)

// listName is the name of a target's list: the app id, else what its state
// directory is called.
func listName(t plan.Target) string {
	return strings.TrimPrefix(filepath.Base(journal.Dir("", AppName(t))), earlierPrefix)
}

// tellStrange tells of lists that belong to no app that has run here: whoever
// mistyped a name believes that people are protected.
func (r *Run) tellStrange(lists []string, own string) {
	if len(lists) == 0 || r.toldLists {
		return
	}
	r.toldLists = true
	known := map[string]bool{}
	if state, err := r.StateDir(); err == nil {
		dirs, _ := journal.Apps(state) // who knows of none tells of all
		for _, dir := range dirs {
			known[strings.TrimPrefix(filepath.Base(dir), earlierPrefix)] = true
			if t, ok, _ := journal.Owner(dir); ok {
				known[listName(t)] = true
			}
		}
	}
	for _, path := range lists {
		name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), listExtension)
		if !known[name] && !known[strings.TrimPrefix(name, earlierPrefix)] {
			r.Tell(events.ProtectOrphan, "file", path, "this app's list", own)
		}
	}
}

// Protect puts the list's users under the policy's protection. It is read when
// the run has the lock, since an earlier one may have added to it.
func (r *Run) Protect() (err error) {
	files, named := r.ProtectLists()
	entries := slices.Clone(r.Protects)
	r.listed = map[string]bool{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !named:
			continue
		case errors.Is(err, fs.ErrNotExist):
			return config.Errorf("--protect-list %s: there is no such file, and a list that was lost must not pass for an empty one; "+
				"create it empty if nobody is to be protected", path)
		case err != nil:
			return config.Errorf("--protect-list: %v", err)
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			entry, _, _ := strings.Cut(line, "#")
			if entry = strings.TrimSpace(strings.TrimPrefix(entry, "\ufeff")); entry == "" {
				continue
			}
			if _, err := diff.ParseProtect([]string{entry}); err != nil {
				return config.Errorf("%s:%d: %v", path, n, err)
			}
			entries = append(entries, entry)
			r.listed[entry] = true
		}
	}
	r.Policy.Protect, err = diff.ParseProtect(entries)
	return err
}

// neverAgain adds users to the protect list, which was read before, and gives its path. It
// is on disk before anything is sent.
func (r *Run) neverAgain(uids []string) (path string, err error) {
	files, _ := r.ProtectLists()
	if len(files) == 0 {
		return "", config.Errorf("the decisions say never of %s, and there is no protect list to keep that in; create an empty "+
			"file, and name it with --protect-list", phrase.Counted(len(uids), "user"))
	}
	path = files[0]
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("protect list: %w", err)
	}
	var lines strings.Builder
	switch {
	case len(old) == 0:
		lines.WriteString("# Users whom cometsync never writes: a uid or role:ROLE a line, globs allowed.\n")
	case !bytes.HasSuffix(old, []byte("\n")):
		lines.WriteByte('\n')
	}
	added := 0
	for _, uid := range uids {
		if _, err := diff.ParseProtect([]string{uid}); err != nil {
			return "", fmt.Errorf("protect list: %w", err)
		}
		if !r.listed[uid] {
			fmt.Fprintf(&lines, "%s  # never, decided on in run %s, %s\n", uid, r.ID, r.Started.UTC().Format(time.DateOnly))
			added++
		}
	}
	if added == 0 {
		return path, nil
	}
	if err := appendTo(path, lines.String()); err != nil {
		return "", fmt.Errorf("protect list: %w; --protect-list names another file", err)
	}
	return path, nil
}

// appendTo adds a text to a file's end, in one write, so that runs of two apps
// that share the file lose nothing of each other's, and the file stays whose it is.
func appendTo(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
