package importer

import (
	"fmt"
	"slices"
	"sort"

	"cometsync/importer/delimited"
	"cometsync/importer/store"
	"cometsync/internal/user"
)

// Of a row, no more is in memory than its entry: all else is read again from the spool.

// Load reads a user in full.
func (r *Roster) Load(ref int) (row user.Row, err error) {
	err = r.LoadInto(ref, &row)
	return row, err
}

// LoadInto is Load for those who read many, one after the other: the lists of the row that
// was there before are used again.
func (r *Roster) LoadInto(ref int, row *user.Row) (err error) {
	e := r.index.At(ref)
	if rows, ok := r.merged[e.Place]; ok {
		if *row, _, err = r.united(rows); r.hashes && err == nil {
			row.Hashes = r.unitedHashes(rows, row.Parts)
		}
		return err
	}
	return r.loadEntry(*e, row)
}

func (r *Roster) loadEntry(e store.Entry, row *user.Row) error {
	err := r.loadInto(e.Place, int(e.Row), row)
	if e.Flags&store.Unended != 0 {
		s := r.sourceAt(e.Place)
		row.Cut = s.Header.UID == len(s.Header.Names)-1
	}
	return err
}

// load reads the row at a place in the spool.
func (r *Roster) load(place int64, number int) (row user.Row, err error) {
	err = r.loadInto(place, number, &row)
	return row, err
}

func (r *Roster) loadInto(place int64, number int, row *user.Row) error {
	s := r.sourceAt(place)
	cells, err := r.record(s, place, row.Cells[:0])
	if err != nil {
		return err
	}
	*row = user.Row{User: row.User, Source: s.Place(number), Header: s.Header.Names, Columns: s.Header.Columns, Match: r.opt.Match,
		Known: r.known}
	if r.hashes {
		hashes := make([]byte, len(s.hashed))
		s.hash(cells, hashes)
		row.Hashes = string(hashes)
	}
	defects := r.opt.Rules.Read(&row.User, s.Header.Columns, s.AsRead(cells), new(user.Repairs))
	row.Cells = s.Veil(cells, nil)
	row.Written, _ = s.UIDCell(row.Cells)
	if len(defects) > 0 {
		return fmt.Errorf("%s: no longer reads as it did: %s; run again", row.Source, defects[0].Message)
	}
	return nil
}

func (r *Roster) uidAt(place int64) (string, error) {
	s := r.sourceAt(place)
	cells, err := r.record(s, place, nil)
	if err != nil {
		return "", err
	}
	return r.uidOf(s, cells), nil
}

// uidOf is the uid that is read from a record; "" is none.
func (r *Roster) uidOf(s *source, cells []string) string {
	cell, ok := s.UIDAsRead(cells)
	if !ok {
		return ""
	}
	u, _ := r.opt.Rules.Row(s.UID, []string{cell}, &user.Repairs{})
	return u.UID
}

func (r *Roster) sourceAt(place int64) *source { return r.sources[r.sourceIndex(place)] }

func (r *Roster) sourceIndex(place int64) int {
	return sort.Search(len(r.sources), func(i int) bool { return r.sources[i].base > place }) - 1
}

// placeOf is where an entry's row is.
func (r *Roster) placeOf(e store.Entry) user.Source { return r.sourceAt(e.Place).Place(int(e.Row)) }

// record appends the cells of the row at a place in the spool.
func (r *Roster) record(s *source, place int64, cells []string) ([]string, error) {
	cells = slices.Grow(cells, len(s.Header.Names))
	for n := int64(1 << 9); ; n *= 4 { // most rows are shorter
		left := s.end - place
		text, err := r.spool.Text(place, int(min(n, left)))
		if err != nil {
			return nil, err
		}
		scan := delimited.Scanner{Comma: s.Comma, Cells: cells}
		end := scan.Next(text, 0)
		// Without a line end after it, the record may go on.
		if end > 0 && text[end-1] == '\n' && !scan.Open || n >= left {
			s.Unmark(scan.Cells)
			return scan.Cells, nil
		}
	}
}
