// Package importer reads the sources of a run, CSV files and workbooks, into
// one roster: what of each row stays in memory, where to find the rest, and
// the rows that can't be used. It knows files and headers; what a cell may
// hold and how users are compared is package user's to say. It knows nothing
// of the remote, and decides nothing about anybody.
//
// # Row numbers
//
// A person who is told that row 1,204 is broken opens the file in a
// spreadsheet and goes to row 1,204. So that is what is counted: the header
// is row 1 (unless other lines are above it), every record is a row, and so
// is every blank line. It is neither the number of records (encoding/csv
// drops blank lines without a word) nor the number of lines (a quoted cell
// may hold line breaks). In a workbook it is the row's own number; rows that
// the sheet does not store count, since the spreadsheet shows them.
//
// Both are brought about in the same way: a sheet is rendered as CSV, with an
// empty line for each row that is not there, and from then on there is one
// kind of text, one way of counting and one way of finding a row again.
//
// # How a source is read
//
// One goroutine reads, writes what it reads to the spool, and cuts it into
// chunks at the ends of records. Others take the chunks apart, normalise and
// validate the rows and hash them. One more enters the hashes into the index,
// in the order of the source, since it matters which of two rows comes first.
// Nothing of a row stays in memory but its entry, unless it is a reject; to
// see a row in full again, its record is read from the spool and goes through
// the same rules once more.
//
// # A source that ends early
//
// Users who are not in the roster are deactivated, so that a file which was
// cut off would remove people. Whatever shows that a source has no proper end
// (an open quote, an archive without its last bytes, a last line that stops in
// the middle, a sheet whose XML does) is told in Intake.EndsEarly, for a guard
// to refuse. It is not an error: what could be read is still shown.
//
// For the same reason a row whose cells may have shifted, or that may have
// swallowed the lines after it, has no uid to be trusted: it might name
// somebody else.
package importer

import (
	"context"
	"io"

	"cometsync/importer/columns"
	"cometsync/importer/input"
	"cometsync/internal/enum"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Duplicates says what becomes of rows that share a uid and differ.
type Duplicates uint8

// The choices. The zero value rejects all of them.
const (
	ErrorOnDuplicates Duplicates = iota
	FirstWins
	LastWins
	MergeRows // those that do not contradict each other are put together
)

var duplicatesNames = enum.Names[Duplicates]{Of: []string{
	ErrorOnDuplicates: "error", FirstWins: "first", LastWins: "last", MergeRows: "merge",
}}

// String spells the choice as the flag does.
func (d Duplicates) String() string { return duplicatesNames.Name(d) }

// MarshalText spells the choice as String does.
func (d Duplicates) MarshalText() ([]byte, error) { return duplicatesNames.Text(d) }

// UnmarshalText reads error, first, last or merge.
func (d *Duplicates) UnmarshalText(text []byte) error { return duplicatesNames.Parse(d, text) }

// Options are the choices that a run makes about its sources.
type Options struct {
	columns.Settings // of every source that has none of its own

	// Own gives a source settings of its own, by its path as the sources name
	// it once globs are expanded; none leaves it with the general ones. A
	// workbook of which several have a sheet each is read under each of them.
	// May be nil.
	Own func(path string) []columns.Settings

	// Overlap says which of a source's own settings others keep from counting,
	// and its sheets from being read, for a notice; "" for none. May be nil.
	Overlap func(path string) string

	Rules      user.Rules
	Duplicates Duplicates

	// Match is the key paths of the metadata that tell a person beside the uid,
	// such as @private, email: a row that can't be used is taken for whoever has
	// its value, too.
	Match [][]string

	// Dates reads the columns createdAt and lastActiveAt, which only a bulk
	// import can set: what creates users by one has to carry them. Else they
	// are left alone, with a notice.
	Dates bool

	// Cells has what is kept of the roster tell of each cell whether it is as
	// before, which takes a hash of each.
	Cells bool

	Password string // of workbooks that are encrypted

	// Of Look: where the file of a source is by now, and the sources of then
	// that can't be read as they were. Rows that correct theirs are left out.
	Where func(path string) string
	Gone  []string

	Stdin    io.Reader      // the source "-"
	Progress func(rows int) // called now and then with the rows read so far; may be nil

	look bool                    // rows that share a uid are kept, for Look
	hash func(uid string) uint64 // of tests; nil: user.HashUID
}

// Read reads all sources into one roster. A source is a path, a glob, or "-".
// The error is of the first source that can't be read at all; what is wrong
// with rows is in the roster's Intake. The roster is to be closed.
func Read(ctx context.Context, sources []string, opt Options) (*Roster, error) {
	mappings, err := newMappings(&opt)
	if err != nil {
		return nil, err
	}
	paths, passed := sources, []string(nil)
	if opt.Where == nil {
		if paths, passed, err = input.Expand(sources); err != nil {
			return nil, err
		}
	}
	r, err := newRoster(opt)
	if err != nil {
		return nil, err
	}
	ok := false
	defer func() {
		if !ok {
			r.Close() //nolint:errcheck // an error is on its way already
		}
	}()
	if n := len(passed); n > 0 {
		r.notice(notice.HiddenFile, n, "left alone, since %s: %s; to read one, name it outright",
			phrase.Form(n, "it is hidden, or marks a workbook that is open", "they are hidden, or mark workbooks that are open"),
			phrase.And(passed))
	}
	if err := mappings.meetUIDs(paths); err != nil {
		return nil, err
	}
	for _, path := range paths {
		all, err := mappings.of(path)
		if err != nil {
			return nil, err
		}
		if opt.Overlap != nil {
			if text := opt.Overlap(path); text != "" {
				r.notice(notice.SourcesOverlap, 0, "%s: %s", path, text)
			}
		}
		for _, m := range all {
			if err := r.source(ctx, path, m); err != nil {
				return nil, err
			}
		}
	}
	if err := r.correct(ctx); err != nil {
		return nil, err
	}
	if len(opt.Gone) == 0 { // else what is named may be theirs
		if err := mappings.unused(r); err != nil {
			return nil, err
		}
		if err := r.matched(); err != nil {
			return nil, err
		}
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	ok = true
	return r, nil
}
