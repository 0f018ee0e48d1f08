package verify

import (
	"archive/zip"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"cometsync/internal/workbook"
)

// differingBook says where a workbook differs: in which cell, else in which part. One
// that is packed in another way, and says the same, does not.
func differingBook(f *os.File, size int64, write func(io.Writer) error, by string) (string, error) {
	should, err := os.CreateTemp("", "cometsync-verify-")
	if err != nil {
		return "", err
	}
	os.Remove(should.Name()) // at once, where an open file can be
	defer os.Remove(should.Name())
	defer should.Close()
	if err := write(should); err != nil {
		return "", err
	}
	end, err := should.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	want, err := zip.NewReader(should, end)
	if err != nil {
		return "", err
	}
	got, err := zip.NewReader(f, size)
	if err != nil {
		return "it is not a workbook", nil
	}
	problem := differingPart(got.File, want.File)
	if problem == "" {
		return "", nil
	}
	have, err := workbook.Open(f, size, workbook.Usual())
	if err != nil {
		return problem, nil
	}
	book, err := workbook.Open(should, end, workbook.Usual())
	if err != nil {
		return "", err
	}
	for i, sheet := range book.Sheets() {
		if at := differingCell(have, book, sheet, by); at != "" {
			return at, nil
		}
		problem = strings.Replace(problem, fmt.Sprintf("part xl/worksheets/sheet%d.xml", i+1), "sheet "+sheet.Name, 1)
	}
	return problem, nil
}

func differingPart(got, want []*zip.File) string {
	for i, part := range want {
		if i >= len(got) || got[i].Name != part.Name {
			return fmt.Sprintf("it has no part %s where that belongs", part.Name)
		}
		if digest(got[i]) != digest(part) {
			return fmt.Sprintf("part %s: it is laid out in another way than it was written", part.Name)
		}
	}
	if n := len(want); len(got) > n {
		return "it has a part that does not belong to it: " + got[n].Name
	}
	return ""
}

// digest is what a part holds; of one that can't be read it is none's.
func digest(part *zip.File) string {
	in, err := part.Open()
	if err != nil {
		return ""
	}
	defer in.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, in); err != nil {
		return ""
	}
	return string(hash.Sum(nil))
}

func differingCell(got, want *workbook.Book, sheet workbook.Sheet, by string) string {
	all := got.Sheets()
	i := slices.IndexFunc(all, func(s workbook.Sheet) bool { return s.Name == sheet.Name })
	if i < 0 {
		return "it has no sheet " + sheet.Name
	}
	is, stop := iter.Pull(cells(got, all[i]))
	defer stop()
	next, end := iter.Pull(cells(want, sheet))
	defer end()
	for {
		have, more := is()
		should, left := next()
		switch {
		case !more && !left:
			return ""
		case have == should:
			continue
		case !left, more && cmp.Or(cmp.Compare(have.row, should.row), cmp.Compare(have.column, should.column)) < 0:
			should = cell{row: have.row, column: have.column}
		case have.row != should.row, have.column != should.column:
			have.text = ""
		}
		at := fmt.Sprintf("sheet %s, cell %s%d: it ", sheet.Name, workbook.Letters(should.column), should.row)
		if by == "" {
			return at + "is not as it should be"
		}
		return at + fmt.Sprintf("says %q, and by %s %q", shortly(have.text), by, shortly(should.text))
	}
}

type cell struct {
	row, column int
	text        string
}

// cells are those of a sheet, as far as it can be read.
func cells(book *workbook.Book, sheet workbook.Sheet) iter.Seq[cell] {
	return func(yield func(cell) bool) {
		rows, err := book.Rows(sheet)
		if err != nil {
			return
		}
		defer rows.Close()
		for rows.Next() {
			for _, c := range rows.Row().Cells {
				if !yield(cell{rows.Row().Number, c.Column, string(c.Text)}) {
					return
				}
			}
		}
	}
}
