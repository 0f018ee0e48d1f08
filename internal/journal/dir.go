package journal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"cometsync/internal/exit"
)

// makeDir makes a directory with all above it that are missing, each flushed
// into the one that holds it: a file is only as safe as the way to it.
func makeDir(dir string) error {
	info, err := os.Stat(dir)
	if err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
		}
		return nil
	}
	parent := filepath.Dir(dir)
	if !errors.Is(err, fs.ErrNotExist) || parent == dir {
		return err
	}
	if err := makeDir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err // one that is there now was made by another run
	}
	return syncDir(parent)
}

// syncDir flushes a directory's list of names. Not every file system knows
// such a thing, and Windows doesn't.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil // one that may be passed through and not read, such as /home
	}
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// replace writes a file whole, in a directory that is made if it is not there.
func replace(path string, text []byte) error {
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	return WriteWhole(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// WriteWhole writes a file whole, for its owner only: whoever opens it, also after a
// power cut, finds what was there before or all of the new.
func WriteWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return err
	}
	defer exit.Unfinished(f.Name())()
	if err = write(f); err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}
