package input

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// reading is the bytes of one source, for as long as the context lasts. Who
// writes to a pipe may say nothing for ever, and a run that is interrupted
// does not wait for that.
type reading struct {
	ctx   context.Context
	in    io.Reader
	waits bool   // for another process
	buf   []byte // what a reading that nobody waits for any more may yet write to
}

// rawSource opens a source, which the caller closes. Its file is nil if it is
// standard input.
func rawSource(ctx context.Context, path string, stdin io.Reader) (*reading, *os.File, error) {
	if path == "-" {
		if stdin == nil {
			return nil, nil, errors.New("-: there is no standard input; name a file")
		}
		return &reading{ctx: ctx, in: stdin, waits: !regular(stdin)}, nil, nil
	}
	f, err := Await(ctx, func() (*os.File, error) { return open(path) })
	if err != nil {
		return nil, nil, err
	}
	return &reading{ctx: ctx, in: f, waits: !regular(f)}, f, nil
}

func regular(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

func (r *reading) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	if !r.waits {
		return r.in.Read(p)
	}
	if r.buf == nil {
		r.buf = make([]byte, 64<<10)
	}
	buf := r.buf[:min(len(p), len(r.buf))]
	type read struct {
		n   int
		err error
	}
	got, err := Await(r.ctx, func() (read, error) {
		n, err := r.in.Read(buf)
		return read{n, err}, nil
	})
	if err != nil {
		return 0, err
	}
	return copy(p, buf[:got.n]), got.err
}

// Await calls f, and leaves it to itself once the context ends: who opens or reads a
// pipe that nobody writes to can't be told to stop.
func Await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// readingAt reads an archive as a source is read, for as long as the context lasts.
type readingAt struct {
	ctx context.Context
	in  io.ReaderAt
}

func (r readingAt) ReadAt(p []byte, at int64) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.in.ReadAt(p, at)
}

func directory(path string) error {
	return fmt.Errorf("%s: is a directory; name a file in it, or a pattern such as '%s'", path, filepath.Join(path, "*.csv"))
}

func open(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err == nil {
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil && info.IsDir() {
			f.Close()
			return nil, directory(path)
		}
	}
	if err == nil {
		return f, nil
	}
	cause := err
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		cause = pe.Err
	}
	what := "make it readable for the user that runs this"
	if errors.Is(err, fs.ErrNotExist) {
		what = checkPath(path)
	}
	return nil, fmt.Errorf("%s: %w; %s", path, cause, what)
}

// checkPath says what to do about a path at which nothing is: also one in a configuration
// counts from where the command runs.
func checkPath(path string) string {
	if here, err := filepath.Abs("."); err == nil && !filepath.IsAbs(path) {
		return "check the path, which counts from " + here
	}
	return "check the path"
}
