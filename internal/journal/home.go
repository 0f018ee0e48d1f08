package journal

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
)

// # Directories
//
// Each target (app id, region and base URL) has a directory of its own, with
// its lock, its journals and its memory. Earlier versions named it after the
// app id alone, so that targets which share that shared all of it. The name
// stays with the one target that came first, or that ran last under an earlier
// version: state is found where it always was, and a run of an earlier version
// meets the same lock. Any other target of that app id gets a directory whose
// name has a digest of the whole target. Which target a directory is of stands
// in it; where it does not, the journals tell.
//
// A shared directory may hold journals of targets that it is not of. Every
// reader goes by the target in a journal's head, so they are found all the
// same; what such a run left in doubt is settled by a run of its own target.

// Home is where a target's state lies.
type Home struct {
	Dir    string
	shared string // the directory of the app's name, if that is another one's
	target plan.Target
}

// dirs are the directories in which journals of the target may lie.
func (h Home) dirs() []string {
	if h.shared == "" {
		return []string{h.Dir}
	}
	return []string{h.shared, h.Dir}
}

// Find gives the home of a target below the state directory. Nothing is made or
// changed yet. app is the name that directories of earlier versions have for it.
func Find(state, app string, t plan.Target) (Home, error) {
	sum := sha256.Sum256([]byte(t.Key()))
	shared, own := Dir(state, app), Dir(state, app+" "+hex.EncodeToString(sum[:8]))
	if exists(own) {
		return Home{own, shared, t}, nil
	}
	of, known, err := Owner(shared)
	switch {
	case err != nil:
		return Home{}, err
	case known && !of.Same(t):
		return Home{own, shared, t}, nil
	}
	return Home{Dir: shared, target: t}, nil
}

// Others says of a home that nobody has used yet whose state lies under the
// app's name instead.
func (h Home) Others() (of plan.Target, any bool) {
	if h.shared == "" || exists(h.Dir) {
		return of, false
	}
	of, any, err := Owner(h.shared)
	return of, any && err == nil
}

const targetFile = "target.json"

type targetJSON struct {
	Schema string `json:"schema"`
	plan.Target
}

// Owner is the target that a directory is of: the one that is in it, else
// that of the latest run which can be read.
func Owner(dir string) (t plan.Target, known bool, err error) {
	path := filepath.Join(dir, targetFile)
	text, err := os.ReadFile(path)
	if err == nil {
		var file targetJSON
		if err = json.Unmarshal(text, &file); err == nil {
			err = formats.Target.Check(file.Schema, "")
		}
		if err != nil {
			return t, false, fmt.Errorf(
				"state directory: %s, which says whose the directory is: %w; restore it from a copy, or move the directory away to go "+
					"on without it",
				path, formats.Spoken(err))
		}
		return file.Target, true, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return t, false, stateError(err)
	}
	all, err := glances(dir)
	for _, g := range slices.Backward(all) {
		if g.err == nil {
			return g.Head.Target, true, nil
		}
	}
	return t, false, err
}

// Acquire takes the target's lock as acquire does, and the home
// with it. It may be another one than Find gave: two targets that come to an
// app's name at once get a directory each.
func (h *Home) Acquire(ctx context.Context, state, app string, holder Holder, timeout time.Duration) (*Lock, error) {
	holder.Target = h.target.Key()
	for {
		l, err := acquire(ctx, h.Dir, holder, timeout, h.besides)
		now, problem := Find(state, app, h.target)
		here := problem == nil && now.Dir == h.Dir
		if here && err == nil {
			if problem = h.claim(); problem == nil {
				return l, nil
			}
		}
		if l != nil {
			problem = errors.Join(problem, l.Release())
		}
		if problem != nil || here {
			return nil, cmp.Or(problem, err)
		}
		*h = now
	}
}

// claim writes down whose the directory is, under its lock.
func (h *Home) claim() error {
	path := filepath.Join(h.Dir, targetFile)
	if exists(path) {
		return nil
	}
	text, err := json.Marshal(targetJSON{formats.Target.String(), h.target.Normal()})
	if err == nil {
		err = replace(path, append(text, '\n'))
	}
	if err != nil {
		return stateError(err)
	}
	return nil
}

// besides is a run of this very target under the lock of the app's name, as
// earlier versions take it. A run that can't be told to be another target's
// counts as one of this.
func (h *Home) besides() *HeldError {
	if h.shared == "" {
		return nil
	}
	by, held := Held(h.shared)
	if !held || by.Target != "" && by.Target != h.target.Key() {
		return nil
	}
	if by.Target == "" && by.Run != "" {
		if path, err := locate(h.shared, by.Run); err == nil {
			if s := (&Summary{Path: path}); s.glance(false) == nil && !s.Head.Target.Same(h.target) {
				return nil
			}
		}
	}
	return &HeldError{Holder: by, Path: filepath.Join(h.shared, lockFile)}
}

// Holder says which run would keep one of this target out just now.
func (h Home) Holder() (by Holder, held bool) {
	if by, held = Held(h.Dir); held {
		return by, true
	}
	if e := h.besides(); e != nil {
		return e.Holder, true
	}
	return by, false
}

// Open is a run without an end.
type Open struct{ Dir, Run string }

// Unfinished lists the target's runs without an end, oldest first. A file
// without a whole first line belongs to a run that did nothing, and is removed:
// the caller holds the target's lock, so that no run is just beginning.
func (h Home) Unfinished() (open []Open, err error) {
	for _, dir := range h.dirs() {
		all, err := glances(dir)
		if err != nil {
			return nil, err
		}
		for _, g := range all {
			switch {
			case g.err == nil && (g.finished || !g.Head.Target.Same(h.target)):
				continue
			case g.err != nil && dir == h.shared:
				// Another target's lock keeps those who begin there apart, and what
				// can't be read is its own to tell.
				continue
			case errors.Is(g.err, ErrNothing):
				if err := os.Remove(g.Path); err != nil {
					return nil, wrap(err)
				}
				continue
			}
			open = append(open, Open{dir, g.run()}) // one that is damaged is for Reopen to refuse
		}
	}
	return open, nil
}

// Copy copies what later runs read of the home into the directory to, as regular files
// also where links lie: whoever writes there leaves the home as it is. The lock is no
// part of it. Without is a run that is left out, as it is still on its way.
func (h Home) Copy(ctx context.Context, to, without string) error {
	var paths []string
	for _, pattern := range []string{filepath.Join("journal", "*"+extension), pastFile + "*", stuckFile, targetFile} {
		found, err := fs.Glob(os.DirFS(h.Dir), filepath.ToSlash(pattern))
		if err != nil {
			return err
		}
		paths = append(paths, found...)
	}
	for _, path := range paths {
		if path == "journal/"+without+extension {
			continue
		}
		err := copyFile(ctx, filepath.Join(to, filepath.FromSlash(path)), filepath.Join(h.Dir, filepath.FromSlash(path)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // one that is gone was removed meanwhile
			return err
		}
	}
	return nil
}

// copyFile copies what a file holds, for its owner only.
func copyFile(ctx context.Context, to, from string) error {
	info, err := os.Stat(from)
	if err != nil || !info.Mode().IsRegular() {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for err == nil {
		if err = context.Cause(ctx); err == nil {
			_, err = io.CopyN(out, in, 16<<20)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, out.Close())
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Dir is the directory of a name below the state directory. An app is its id, or
// its base URL. Letter case makes no difference, as in the name of a host: two
// spellings of one app have to meet at one lock. Apart from that, no two apps
// share a directory: a name that can't be taken as it is has a digest of the
// whole after a ~, which no other name has.
func Dir(state, app string) string {
	app = strings.ToLower(app)
	exact := len(app) <= maxName
	clean := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_':
			return c
		case c == '.':
			exact = false // at the end of a name, Windows drops it
			return c
		}
		exact = false
		return '_'
	}, app)
	if !exact {
		sum := sha256.Sum256([]byte(app))
		clean = clean[:min(len(clean), maxName)] + "~" + hex.EncodeToString(sum[:8])
	}
	return filepath.Join(state, prefix+clean)
}

const prefix = "app-"

// maxName keeps a directory's name well below the 255 bytes that file systems allow.
const maxName = 100
