package importer

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"path/filepath"
	"strings"
	"time"

	"cometsync/importer/charset"
	"cometsync/internal/user"
)

// source is one file as it was understood. Its text lies in the spool from
// base to end, in records that scan under comma.
type source struct {
	file      user.File
	modified  time.Time // of the file; zero for what is none
	settings  Settings
	mapping   *mapping
	header    *header
	uid       []user.Column // the uid's column alone
	width     width         // of its rows; a sheet's may have any
	persons   []int         // columns that say by a text who somebody is
	comma     byte
	fixed     bool             // comma is not to be found out
	said      bool             // the file's first line says comma
	decoder   *charset.Decoder // nil: the text was rendered by us
	raw       []string         // the header's cells as they stand in the file
	asides    []aside
	sheet     bool // the text was rendered from a sheet or from lines: its quotes can be trusted
	lines     bool // the header is ours and no row of the file
	crlf      bool // the header's line ends in a carriage return and a line feed
	base, end int64
	wanted    int // where the user says that the header is; 0: it is found
	headerRow int // 0: the header is no row of the file
	last      int // the number of the last row
	blanks    int
	large     int     // users with more metadata than suggested
	largeRow  int     // the first of them
	zeros     int     // rows with a zero byte
	zeroRow   int     // the first of them
	spaced    sighted // rows with blanks around quoted cells
	tangled   int     // cells whose text was decoded twice
	example   twice
	zoneless  int      // times without a zone
	longNames int      // names that are too long if an emoji counts as two characters
	nulls     int      // cells that say NULL, or the like
	null      null     // the first of them
	nobodies  nobodies // rows whose uid says that there is none
	counted   []string // footers that say another number of rows than there are
	people    likePeople
	lacks     []lack // by the shape's readings: texts that no other stands for

	// For what is kept of the roster.
	hashed [][]int // by kept column: the file's columns that it is made of; nil: nobody asked
	cells  []cellBlock

	// Of rows of mended rejects; see mended.go.
	rows    map[int]bool       // those of the file that it has; nil of any other source
	mends   *source            // whose rows they are; nil: nobody's of this run
	targets map[int]mendTarget // by row: which one of that source
	absent  []int              // columns of that source that the file has lost
}

func (s *source) place(row int) user.Source {
	return user.Source{File: s.file.Path, Sheet: s.file.Sheet, Row: row}
}

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

// source reads one source into the roster.
func (r *Roster) source(ctx context.Context, path string, m *mapping, opt Options) error {
	format, zipped, err := formatOf(path)
	if err != nil {
		return err
	}
	s := &source{file: user.File{Path: path, Format: format, Encoding: "utf-8"}, settings: opt.Settings, mapping: m}
	if format != "jsonl" { // its header is ours
		s.wanted = opt.HeaderRow
	}
	if zipped {
		s.file.Format += ".gz"
	}
	now := path
	if opt.Where != nil {
		now = opt.Where(path)
	}
	in, f, err := rawSource(ctx, now, opt.Stdin)
	if err != nil {
		return err
	}
	if f != nil {
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			s.modified = info.ModTime()
		}
	}
	h := newHashing(in)
	defer h.stop()
	text := io.Reader(h)
	if zipped {
		if text, err = gunzip(path, h); err != nil {
			return err
		}
	}
	content := bufio.NewReaderSize(text, 1<<16)
	text = content
	named := format
	if format, err = byContent(path, format, content); err != nil {
		return err
	}
	if format != named {
		s.file.Format = strings.Replace(s.file.Format, named, format, 1)
		if path != "-" {
			r.notice("format", 0, "%s: is %s, whatever its name says, and was read as such", path, contents[format])
		}
	}
	read := []*source{s}
	switch format {
	case "xlsx", "xlsm":
		read, err = r.workbook(ctx, s, text, m, opt)
	case "jsonl":
		err = r.lines(ctx, s, text, m)
	default:
		err = r.delimited(ctx, s, text, m, opt)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx) // whatever came of reading no further
	case err != nil:
		return err
	}
	// A reader that has what it needs may leave the end of the file unread.
	if _, err := io.Copy(io.Discard, h); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("%s: %w; try again", path, err)
	}
	for _, s := range read {
		s.file.SHA256 = h.sum()
		for _, f := range r.intake.Files {
			if f.Path == path && f.Sheet == s.file.Sheet {
				return fmt.Errorf("%s: is read twice, by two entries of the sources; take one out, or give each a sheet of its own", r.where(s))
			}
		}
		for _, t := range r.grids {
			if t.source == s {
				t.file = len(r.intake.Files)
			}
		}
		r.intake.Files = append(r.intake.Files, s.file)
	}
	return nil
}

func emptySource(path string) error {
	return fmt.Errorf("%s: is empty; export it again", path)
}

// hashing passes bytes on and hashes them meanwhile, in a goroutine of its
// own: without hardware for it, that is as much work as taking the rows apart.
type hashing struct {
	in   io.Reader
	hash hash.Hash
	full chan []byte
	free chan []byte
	done chan struct{}

	stopped bool
}

const hashBuffer = 256 << 10

func newHashing(in io.Reader) *hashing {
	h := &hashing{in: in, hash: sha256.New(), full: make(chan []byte, 4), free: make(chan []byte, 4), done: make(chan struct{})}
	go func() {
		defer close(h.done)
		for b := range h.full {
			h.hash.Write(b)
			select {
			case h.free <- b:
			default:
			}
		}
	}()
	return h
}

func (h *hashing) Read(p []byte) (int, error) {
	if len(p) > hashBuffer {
		p = p[:hashBuffer]
	}
	n, err := h.in.Read(p)
	if n > 0 {
		var b []byte
		select {
		case b = <-h.free:
		default:
			b = make([]byte, 0, hashBuffer)
		}
		h.full <- append(b[:0], p[:n]...)
	}
	return n, err
}

// stop ends the goroutine; it may be called twice.
func (h *hashing) stop() {
	if !h.stopped {
		h.stopped = true
		close(h.full)
	}
	<-h.done
}

// sum is the hash of all that was read, in hexadecimal.
func (h *hashing) sum() string {
	h.stop()
	return hex.EncodeToString(h.hash.Sum(nil))
}
