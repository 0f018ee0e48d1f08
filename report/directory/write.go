package directory

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"cometsync/internal/exit"
	"cometsync/report"
)

// Write writes every file of a report into dir, whole or not at all: the files are
// made in a directory beside it that takes its name when all of them are on
// disk. Another run's report in dir is moved aside, and anything else in it is a
// *TakenError, since it might be somebody's work. It gives the SHA-256, in
// hexadecimal, of the file with the hashes of all others: who has that has the
// whole report. Each file that is through is told, from several goroutines.
func Write(dir string, r *report.Report, written func(files int)) (sum string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target
	}
	exists, aside, err := Room(dir, r.In.Run.ID)
	if err != nil {
		return "", err
	}
	parent, base := filepath.Split(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(parent, "."+base+".new-") // 0700
	if err != nil {
		return "", err
	}
	defer exit.Unfinished(made)()
	if sum, err = fill(made, Files(r), written); err == nil {
		err = replace(dir, made, aside, exists)
	}
	// Another run that writes into dir as well may have been faster.
	for tries := 0; tries < 3 && (errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist)); tries++ {
		if exists, aside, err = Room(dir, r.In.Run.ID); err == nil {
			err = replace(dir, made, aside, exists)
		}
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(made))
	}
	if err := syncDir(parent); err != nil {
		return "", err
	}
	return sum, nil
}

// fill writes the files, as many at once as there are cores, and last their sums. While one
// is brought to disk, its core is the next one's.
func fill(dir string, files []File, written func(int)) (sum string, err error) {
	errs, lines := make([]error, len(files)), make([]string, len(files))
	cores := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, f := range files {
		if f.Write == nil {
			written(1)
			continue
		}
		cores <- struct{}{}
		wg.Go(func() {
			leave := sync.OnceFunc(func() { <-cores })
			defer leave()
			sum, err := writeFile(filepath.Join(dir, f.Name), func(w io.Writer) error {
				defer leave()
				return f.Write(w)
			})
			if err != nil {
				errs[i] = fmt.Errorf("writing %s: %w", f.Name, err)
			}
			lines[i] = sum + "  " + f.Name + "\n"
			written(1)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	slices.SortFunc(lines, func(a, b string) int {
		return strings.Compare(a[min(len(a), 2*sha256.Size):], b[min(len(b), 2*sha256.Size):])
	})
	sum, err = writeFile(filepath.Join(dir, Sums), func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(lines, ""))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", Sums, err)
	}
	return sum, syncDir(dir)
}

// writeFile gives the SHA-256 of what it wrote, so that nothing has to be read again.
func writeFile(name string, write func(io.Writer) error) (sum string, err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	if err = write(io.MultiWriter(f, h)); err == nil {
		err = f.Sync()
	}
	return fmt.Sprintf("%x", h.Sum(nil)), errors.Join(err, f.Close())
}

// replace gives made the name of dir. A directory that is there is moved
// aside first, for good if it has a place there, and is put back if the new one
// can't take its own: no file system that Go reaches everywhere can exchange the
// two in one step.
func replace(dir, made, aside string, exists bool) error {
	if !exists {
		return os.Rename(made, dir)
	}
	stays := aside != ""
	if !stays {
		aside = strings.Replace(made, ".new-", ".old-", 1)
	}
	if err := os.Rename(dir, aside); err != nil {
		return err
	}
	if err := os.Rename(made, dir); err != nil {
		return errors.Join(err, os.Rename(aside, dir))
	}
	if stays {
		return nil
	}
	return os.RemoveAll(aside)
}

// syncDir makes names durable; where directories can't be synced, the system
// does it in its own time.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}
