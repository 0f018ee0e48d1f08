package importer

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// input is the bytes of one source, for as long as the context lasts. Who
// writes to a pipe may say nothing for ever, and a run that is interrupted
// does not wait for that.
type input struct {
	ctx   context.Context
	in    io.Reader
	waits bool   // for another process
	buf   []byte // what a reading that nobody waits for any more may yet write to
}

// rawSource opens a source, which the caller closes. Its file is nil if it is
// standard input.
func rawSource(ctx context.Context, path string, stdin io.Reader) (*input, *os.File, error) {
	if path == "-" {
		if stdin == nil {
			return nil, nil, errors.New("-: there is no standard input; name a file")
		}
		return &input{ctx: ctx, in: stdin, waits: !regular(stdin)}, nil, nil
	}
	f, err := Await(ctx, func() (*os.File, error) { return open(path) })
	if err != nil {
		return nil, nil, err
	}
	return &input{ctx: ctx, in: f, waits: !regular(f)}, f, nil
}

func regular(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

func (i *input) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	if !i.waits {
		return i.in.Read(p)
	}
	if i.buf == nil {
		i.buf = make([]byte, 64<<10)
	}
	buf := i.buf[:min(len(p), len(i.buf))]
	type read struct {
		n   int
		err error
	}
	got, err := Await(i.ctx, func() (read, error) {
		n, err := i.in.Read(buf)
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

// inputAt is the bytes of a workbook's archive, as input has those of a source.
type inputAt struct {
	ctx context.Context
	in  io.ReaderAt
}

func (i inputAt) ReadAt(p []byte, at int64) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	return i.in.ReadAt(p, at)
}

// open opens a file, or says what to do.
func open(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err == nil {
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil && info.IsDir() {
			f.Close()
			return nil, fmt.Errorf("%s: is a directory; name a file in it, or a pattern such as '%s'", path, filepath.Join(path, "*.csv"))
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
		what = "check the path"
	}
	return nil, fmt.Errorf("%s: %w; %s", path, cause, what)
}

// What a source may unpack to: beyond that it is made to fill a disk, which a
// roster that a person exported is far below. Sizes that an archive claims are
// not believed; what comes out of it is counted.
const (
	maxUnpacked  = 8 << 30
	maxRatio     = 400       // bytes that one byte may become ...
	ratioApplies = 256 << 20 // ... in what is larger than this
)

// gunzip unpacks, and has the archive's faults told by what to do about them.
func gunzip(path string, in io.Reader) (io.Reader, error) {
	u := &unpacking{packed: counted{in: in}, most: maxUnpacked, from: ratioApplies}
	var err error
	u.in, err = gzip.NewReader(bufio.NewReaderSize(&u.packed, 1<<16))
	switch err {
	case nil:
		return u, nil
	case io.EOF:
		return nil, emptySource(path)
	case io.ErrUnexpectedEOF:
		return nil, fmt.Errorf("%s: is cut off in its first bytes; export or copy it again", path)
	case gzip.ErrHeader:
		return nil, fmt.Errorf("%s: is no gzip archive; take the .gz off its name, or pack it again", path)
	}
	return nil, fmt.Errorf("%s: %w; try again", path, err)
}

// unpacking is an archive's content, as long as it stays within bounds.
type unpacking struct {
	in     io.Reader
	packed counted
	n      int64
	most   int64
	from   int64
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	u.n += int64(n)
	switch {
	case u.n > u.most:
		return 0, &sizeError{fmt.Sprintf("unpacks to more than %d bytes", u.most)}
	case u.n > u.from && u.n/maxRatio > u.packed.n:
		return 0, &sizeError{fmt.Sprintf("unpacks to more than %d times its size", maxRatio)}
	}
	return n, err
}

// sizeError is an archive that unpacks to more than any roster.
type sizeError struct{ what string }

func (e *sizeError) Error() string {
	return e.what + ", as no roster should; if it is one, unpack it first and name the unpacked file"
}

// counted counts the bytes that are read.
type counted struct {
	in io.Reader
	n  int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}
