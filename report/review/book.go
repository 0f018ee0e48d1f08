package review

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/workbook"
	"cometsync/report/xlsx"
)

// reviewLimits bound a workbook that comes back. A sheet of ours is packed to a
// twentieth at best, and texts that cells share to a tenth, as each is stored
// once. What unpacks to much more was made to do harm; the shared texts, with
// what it takes to find them, are held in memory.
func reviewLimits(size int64) workbook.Limits {
	l := workbook.Usual()
	l.Part = min(4<<30, 64<<20+200*size)
	l.Shared = 16<<20 + 20*size
	l.Strings = int(min(int64(l.Strings), l.Shared/16))
	return l
}

type reviewBook struct {
	*workbook.Book
	archive *zip.Reader
}

func openReview(content []byte, limits workbook.Limits) (*reviewBook, error) {
	in, size := bytes.NewReader(content), int64(len(content))
	book, err := workbook.Open(in, size, limits)
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(in, size)
	if err != nil {
		return nil, err
	}
	parts := map[string]bool{}
	for _, f := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		if parts[name] {
			return nil, fmt.Errorf("it has two parts %q", name)
		}
		parts[name] = true
	}
	const root = "_rels/.rels"
	switch {
	case !parts[root]:
		return nil, fmt.Errorf("it has no part %q", root)
	case len(book.Sheets()) == 0:
		return nil, errors.New("it has no sheets")
	}
	return &reviewBook{book, archive}, nil
}

// sheet finds a worksheet by its name; nil if there is none.
func (w *reviewBook) sheet(name string) (found *workbook.Sheet, names []string, err error) {
	for _, s := range w.Sheets() {
		names = append(names, s.Name)
		if !strings.EqualFold(strings.TrimSpace(s.Name), name) {
			continue
		}
		if found != nil {
			return nil, nil, fmt.Errorf("two sheets are called %s, hidden ones included; leave the one that was reviewed", name)
		}
		found = &s
	}
	return found, names, nil
}

// madeBy is the run that the workbook was written for, as far as it says so.
func (w *reviewBook) madeBy() string {
	const most = 8 << 20 // bytes
	in, err := w.archive.Open("docProps/core.xml")
	if err != nil {
		return ""
	}
	defer in.Close()
	var properties struct {
		Title string `xml:"title"`
	}
	if xml.NewDecoder(io.LimitReader(in, most)).Decode(&properties) != nil {
		return ""
	}
	run, ours := strings.CutPrefix(properties.Title, xlsx.BookTitle)
	if !ours {
		return ""
	}
	return phrase.Shorten(phrase.Visible(run), 100)
}

// sheetCell is a cell: its column, from 0, and what it holds.
type sheetCell struct {
	column int
	text   string
	number bool
}

// rows reads the rows that a sheet stores, with the cells that have a value;
// these are good until the next row.
func (w *reviewBook) rows(s *workbook.Sheet, each func(row int, cells []sheetCell) error) error {
	rows, err := w.Rows(*s)
	if err != nil {
		return err
	}
	defer rows.Close()
	var cells []sheetCell
	for rows.Next() {
		cells = cells[:0]
		for _, c := range rows.Row().Cells {
			text := string(c.Text)
			if c.Kind == workbook.Bool {
				text = "FALSE"
				if string(c.Text) == "1" {
					text = "TRUE"
				}
			}
			cells = append(cells, sheetCell{c.Column, text, c.Kind == workbook.Number})
		}
		if err := each(rows.Row().Number, cells); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("behind row %d: %w", rows.Last(), err)
	}
	return nil
}
