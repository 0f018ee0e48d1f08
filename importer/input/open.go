// Package input opens sources: where they lie, what they are by their content,
// unpacked, hashed and copied where need be, and users who come as lines of JSON
// as the table that they are. It refuses to know what a row, a header or a sheet
// means.
package input

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// extensions are those of names that can be read, .gz taken off, and those of
// spreadsheets, which may have another content than they say.
var extensions = map[string]string{".csv": "csv", ".tsv": "tsv", ".txt": "txt", ".xlsx": "xlsx", ".xlsm": "xlsm", ".jsonl": "jsonl",
	".xls": "xls", ".ods": "ods", ".numbers": "numbers"}

func formatOf(path string) (format string, zipped bool, err error) {
	if path == "-" {
		return "csv", false, nil
	}
	name := strings.ToLower(filepath.Base(path))
	name, zipped = strings.CutSuffix(name, ".gz")
	ext := filepath.Ext(name)
	format, ok := extensions[ext]
	switch {
	case ok:
		return format, zipped, nil
	case ext == "":
		return "", false, fmt.Errorf("%s: a name without an extension does not say what the file is; it has to end in .csv, .tsv, .txt, "+
			".xlsx, .xlsm or .jsonl, each also with .gz", path)
	}
	return "", false, fmt.Errorf("%s: %q files can't be read; those that can end in .csv, .tsv, .txt, .xlsx, .xlsm or .jsonl, each also "+
		"with .gz", path, ext)
}

// Empty is the error of a source without content.
func Empty(path string) error {
	return fmt.Errorf("%s: is empty; export it again", path)
}

// File is a source that is open: what it is, and its content, unpacked.
type File struct {
	*bufio.Reader
	path     string
	Format   string    // by its content
	Modified time.Time // of a file; zero for a pipe and the like

	named  string // the format that its name says
	zipped bool
	ctx    context.Context
	raw    io.Reader // what is read of it is hashed
	hash   hash.Hash
	file   *os.File // nil: standard input
}

// Open opens a source that lies at a place by now, for as long as the
// context lasts.
func Open(ctx context.Context, path, now string, stdin io.Reader) (*File, error) {
	named, zipped, err := formatOf(path)
	if err != nil {
		if info, wrong := os.Stat(path); wrong == nil && info.IsDir() {
			err = directory(path)
		}
		return nil, err
	}
	raw, file, err := rawSource(ctx, now, stdin)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, named: named, zipped: zipped, ctx: ctx, hash: sha256.New(), file: file}
	f.raw = io.TeeReader(raw, f.hash)
	if file != nil {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			f.Modified = info.ModTime()
		}
	}
	text := f.raw
	if zipped {
		text, err = gunzip(path, text)
	}
	if err == nil {
		f.Reader = bufio.NewReaderSize(text, 1<<16)
		f.Format, err = byContent(path, named, f.Reader)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Close closes it; what was not read is not hashed.
func (f *File) Close() {
	if f.file != nil {
		f.file.Close()
	}
}

// Label is the format as user.File has it.
func (f *File) Label() string {
	if f.zipped {
		return f.Format + ".gz"
	}
	return f.Format
}

// Workbook reports whether it is one.
func (f *File) Workbook() bool { return f.Format == "xlsx" || f.Format == "xlsm" }

// Otherwise is what a file is whose name says something else; "" if it does not.
func (f *File) Otherwise() string {
	if f.Format == f.named || f.path == "-" {
		return ""
	}
	return contents[f.Format]
}

// Sum is the hash of the whole source, in hexadecimal. A reader that has what
// it needs may leave the end of the file unread.
func (f *File) Sum() (string, error) {
	if _, err := io.Copy(io.Discard, f.raw); err != nil {
		if f.ctx.Err() != nil {
			return "", context.Cause(f.ctx)
		}
		return "", fmt.Errorf("%s: %w; try again", f.path, err)
	}
	return hex.EncodeToString(f.hash.Sum(nil)), nil
}

// Archive is a source whose bytes are read in any order.
type Archive struct {
	io.ReaderAt
	Size int64
	tmp  *os.File
}

// Archive copies a source: the directory of a workbook is at its end, its
// sheets are looked at twice, and the file may be overwritten in between.
func (f *File) Archive() (*Archive, error) {
	tmp, err := os.CreateTemp("", "cometsync-*.xlsx") // 0600
	if err != nil {
		return nil, fmt.Errorf("temporary file for the workbook: %w; set TMPDIR to a directory that can be written", err)
	}
	os.Remove(tmp.Name()) // where an open file can be, so that it is gone when the process is, however that ends
	a := &Archive{readingAt{f.ctx, tmp}, 0, tmp}
	if a.Size, err = io.Copy(tmp, f); err == nil && a.Size > 0 {
		return a, nil
	}
	a.Close()
	if err == nil {
		return nil, Empty(f.path)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("%s: the archive is cut off; export or copy it again", f.path)
	}
	return nil, Fault(err, f.path)
}

// Close gives up the copy.
func (a *Archive) Close() {
	a.tmp.Close()
	os.Remove(a.tmp.Name())
}
