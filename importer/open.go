package importer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// formats are the extensions that can be read, .gz taken off, and those of
// spreadsheets, which may have another content than they say.
var formats = map[string]string{".csv": "csv", ".tsv": "tsv", ".txt": "txt", ".xlsx": "xlsx", ".xlsm": "xlsm", ".jsonl": "jsonl", ".xls": "xls", ".ods": "ods", ".numbers": "numbers"}

// formatOf is the format that a path's extension says.
func formatOf(path string) (format string, zipped bool, err error) {
	if path == "-" {
		return "csv", false, nil
	}
	name := strings.ToLower(filepath.Base(path))
	name, zipped = strings.CutSuffix(name, ".gz")
	ext := filepath.Ext(name)
	format, ok := formats[ext]
	switch {
	case ok:
		return format, zipped, nil
	case ext == "":
		return "", false, fmt.Errorf("%s: a name without an extension does not say what the file is; it has to end in .csv, .tsv, .txt, .xlsx, .xlsm or .jsonl, each also with .gz", path)
	}
	return "", false, fmt.Errorf("%s: %q files can't be read; those that can end in .csv, .tsv, .txt, .xlsx, .xlsm or .jsonl, each also with .gz", path, ext)
}

func emptySource(path string) error {
	return fmt.Errorf("%s: is empty; export it again", path)
}

// opened is a source that is open: what it is, and its content, unpacked.
type opened struct {
	*bufio.Reader
	path     string
	format   string    // by its content
	modified time.Time // of a file; zero for a pipe and the like

	named  string // the format that its name says
	zipped bool
	ctx    context.Context
	hash   *hashing
	file   *os.File // nil: standard input
}

// openSource opens a source that lies at a place by now, for as long as the
// context lasts.
func openSource(ctx context.Context, path, now string, stdin io.Reader) (*opened, error) {
	named, zipped, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	raw, file, err := rawSource(ctx, now, stdin)
	if err != nil {
		return nil, err
	}
	o := &opened{path: path, named: named, zipped: zipped, ctx: ctx, hash: newHashing(raw), file: file}
	if file != nil {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			o.modified = info.ModTime()
		}
	}
	text := io.Reader(o.hash)
	if zipped {
		text, err = gunzip(path, text)
	}
	if err == nil {
		o.Reader = bufio.NewReaderSize(text, 1<<16)
		o.format, err = byContent(path, named, o.Reader)
	}
	if err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}

func (o *opened) close() {
	o.hash.stop()
	if o.file != nil {
		o.file.Close()
	}
}

// label is the format as user.File has it.
func (o *opened) label() string {
	if o.zipped {
		return o.format + ".gz"
	}
	return o.format
}

// otherwise is what a file is whose name says something else; "" if it does not.
func (o *opened) otherwise() string {
	if o.format == o.named || o.path == "-" {
		return ""
	}
	return contents[o.format]
}

// sum is the hash of the whole source, in hexadecimal. A reader that has what
// it needs may leave the end of the file unread.
func (o *opened) sum() (string, error) {
	if _, err := io.Copy(io.Discard, o.hash); err != nil {
		if o.ctx.Err() != nil {
			return "", context.Cause(o.ctx)
		}
		return "", fmt.Errorf("%s: %w; try again", o.path, err)
	}
	return o.hash.sum(), nil
}

// archive is a source whose bytes are read in any order.
type archive struct {
	io.ReaderAt
	size int64
	tmp  *os.File // nil: it is read where it lies
}

// archive copies a source: the directory of a workbook stands at its end, its
// sheets are looked at twice, and the file may be overwritten in between. Who
// looks only once may have it read where it lies, if it is a file as it stands.
func (o *opened) archive(inPlace bool) (*archive, error) {
	if inPlace && o.file != nil && !o.zipped {
		info, err := o.file.Stat()
		if err != nil {
			return nil, fmt.Errorf("%s: %w; try again", o.path, err)
		}
		if size := info.Size(); size > 0 { // of a pipe, nobody knows it
			return &archive{readingAt{o.ctx, o.file}, size, nil}, nil
		}
	}
	tmp, err := os.CreateTemp("", "cometsync-*.xlsx") // 0600
	if err != nil {
		return nil, fmt.Errorf("temporary file for the workbook: %w; set TMPDIR to a directory that can be written", err)
	}
	a := &archive{readingAt{o.ctx, tmp}, 0, tmp}
	if a.size, err = io.Copy(tmp, o); err == nil && a.size > 0 {
		return a, nil
	}
	a.close()
	if err == nil {
		return nil, emptySource(o.path)
	}
	return nil, uncopied(o.path, err)
}

func (a *archive) close() {
	if a.tmp != nil {
		a.tmp.Close()
		os.Remove(a.tmp.Name())
	}
}

// uncopied is the error of a workbook that could not be copied.
func uncopied(path string, err error) error {
	var over *sizeError
	switch {
	case errors.As(err, &over):
		return fmt.Errorf("%s: %w", path, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: the archive is cut off; export or copy it again", path)
	}
	return fmt.Errorf("%s: %w; try again", path, err)
}
