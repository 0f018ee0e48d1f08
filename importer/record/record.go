// Package record tells what a record of a source's text is as a whole, before its cells
// mean anything: whether it is whole, has as many cells as it should, may have swallowed
// rows, or is a footer. It refuses to know where a record is, and what is read from it.
package record

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/sheet"
	"cometsync/importer/table"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Record is a record of a table.
type Record struct {
	*table.Table
	Rules user.Rules

	Scan    delimited.Scanner
	Text    string          // of the record
	Doubted []sheet.Doubted // cells: by the marks of a sheet, and of text that was decoded twice, or in part lost
	Marked  bool            // by the marks of a sheet
	Unended bool            // no line end is after it
}

var (
	lineDefect = user.Defect{Code: user.NotAPerson, Message: "is a line drawn between rows, not a person; take the row out"}
	sumDefect  = user.Defect{Code: user.NotAPerson, Message: "reads like a sum or an end, not like a person; take the row out"}
)

// Unusable is what keeps a record from being read, if anything does, and the uid that
// it has all the same; nobody says that its uid says that there is none. torn says that
// it was cut off.
func (r *Record) Unusable(torn bool) (uid string, nobody bool, defect user.Defect) {
	if !r.Marked && !r.Lines && footer.Rule(r.Scan.Cells) {
		return r.rowUID(), false, lineDefect
	}
	if defect := r.broken(torn); defect.Code != 0 {
		return r.brokenUID(defect), false, defect
	}
	if cell, ok := r.UIDCell(r.Scan.Cells); ok {
		if r.sumsUp(cell) {
			return r.rowUID(), false, sumDefect
		}
		nobody = r.Nobody(cell, r.Scan.Cells)
	}
	return "", nobody, r.swallowed()
}

// CutOff says what shows that the source's last record, with which a text ends, is not
// whole; "" if nothing does.
func (r *Record) CutOff(text string, endless bool) string {
	have, want := len(r.Scan.Cells), len(r.Header.Names)
	switch {
	case r.Scan.Open:
		return "the quoted cell that begins there is never closed"
	case endless:
		return phrase.Sprintf("it is longer than %d bytes", delimited.MaxRecord)
	case halfCharacter(text):
		return "it is cut off within a character"
	case text[len(text)-1] == 0 && r.File.Sheet == "":
		return "it ends in zero bytes, as a file does that was never written to its end"
	case have < want:
		return phrase.Sprintf("it has %d of %d cells and no line end", have, want)
	case delimited.Blank(r.Scan.Cells):
		return "it has no text and no line end"
	}
	return ""
}

// Begun reports whether a last record that has no text and no line end is where a
// row was cut off: after a quote, or before its first text.
func (r *Record) Begun() bool {
	have, want := len(r.Scan.Cells), len(r.Header.Names)
	return r.Scan.Open || (have > 1 || strings.IndexByte(r.Text, '"') >= 0) && (have < want || have == want && r.Header.UID == want-1)
}

func halfCharacter(text string) bool {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			return b >= utf8.RuneSelf && b != 0xFF && !utf8.FullRuneInString(text[len(text)-n:])
		}
	}
	return false
}

// broken is what is wrong with a record by its quotes, or the number of its cells.
func (r *Record) broken(cut bool) user.Defect {
	have, want := len(r.Scan.Cells), len(r.Header.Names)
	quote := func(message string) user.Defect { return user.Defect{Code: user.QuoteBroken, Message: message} }
	cells := func(code user.Code, how string) user.Defect {
		where := fmt.Sprintf("%s where the header has %s", phrase.Counted(have, "cell"), phrase.Counted(want, "column"))
		if have == want {
			where = phrase.Sprintf("%s where the other rows have %d", phrase.Counted(have, "cell"), r.Width.Least)
		}
		return user.Defect{Code: code, Message: where + how}
	}
	switch {
	case r.Scan.Open:
		return quote("a quoted cell begins in this row and is never closed; close the quote, or double it if it is text")
	case r.Scan.Torn:
		return quote("a quote opens within one cell and closes in another; put the delimiter before it back, or double quotes that are " +
			"text")
	case r.Scan.Stray:
		return quote("there is text behind a closing quote; double quotes that are text, and look whether this row has swallowed the " +
			"lines below it")
	case cut:
		return user.Defect{Code: user.CellsMissing, Message: phrase.Sprintf("the source ends within this row: %d of %s; export it again",
			have, phrase.Counted(want, "cell"))}
	case r.Rendered: // a sheet stores no empty cells
		if have > want && !delimited.Blank(r.Scan.Cells[want:]) {
			return cells(user.CellsExtra, "; give the column a header, or clear the cells")
		}
	case have < want || have < r.Width.Least && r.Text[len(r.Text)-1] == '\n':
		return cells(user.CellsMissing, r.elsewise("; put in the missing ones, empty if need be"))
	case have > want && (have > r.Width.Most || !delimited.Blank(r.Scan.Cells[want:])):
		or := fmt.Sprintf("; put cells that hold a %s in quotes", r.CommaName())
		if delimited.Blank(r.Scan.Cells[want:]) {
			or += ", or take out what is too many, since not every row has it; in a corrected reject, clear its cell under _code"
		}
		return cells(user.CellsExtra, r.elsewise(or))
	}
	return user.Defect{}
}

// elsewise says that a record which has not as many cells as the header would
// have them if it were separated as another file is; or else what to do.
func (r *Record) elsewise(or string) string {
	text := r.Text
	want := len(r.Header.Names)
	if want < 2 || r.Scan.Spans {
		return or
	}
	if len(r.Scan.Cells) == 1 && text[0] == '"' && delimited.Count(r.Scan.Cells[0], r.Comma) == want {
		return "; the row is in quotes as a whole; take the outer ones off, and make the doubled ones single"
	}
	for _, comma := range delimited.Delimiters {
		if comma == r.Comma {
			continue
		}
		scan := delimited.Scanner{Comma: comma}
		if end := scan.Next(text, 0); end != len(text) || scan.Open || scan.Stray || len(scan.Cells) != want || prose(scan.Cells) {
			continue
		}
		if cell, ok := r.UIDCell(scan.Cells); ok && r.isUID(cell) {
			return fmt.Sprintf("; it is separated by %s, and not by %s; separate it as the others are", delimited.Names(comma),
				delimited.Names(r.Comma))
		}
	}
	return or
}

// brokenUID is the uid of a record that is broken as a whole, if nothing that
// is wrong with it can have moved it. A sheet's cells stand where they are.
// In other text the first cell may have been another column's: the record's
// own first cells, or the line before, may be what is missing. Only where the
// number of cells is right, and a quote after the first is wrong, is that the
// first.
func (r *Record) brokenUID(defect user.Defect) string {
	if r.Rendered && !r.DoubtsUID() || !r.Rendered && r.Header.UID == 0 && defect.Code == user.QuoteBroken &&
		len(r.Scan.Cells) == len(r.Header.Names) && !r.Scan.Spans && !r.Scan.Open {
		return r.rowUID()
	}
	return ""
}

// rowUID is the uid of the record, whatever else is wrong with it; but none
// that was made of another text.
func (r *Record) rowUID() string {
	cell, ok := r.UIDCell(r.Scan.Cells)
	if uid, rewritten := r.uidOf(cell); ok && !rewritten {
		return uid
	}
	return ""
}

// uidOf is the uid that is read from a cell; "" is none.
func (r *Record) uidOf(cell string) (uid string, rewritten bool) {
	var rep user.Repairs
	u, _ := r.Rules.Row(r.UID, []string{cell}, &rep)
	return u.UID, rep[user.Rewritten] > 0
}

// DoubtsUID reports whether a cell that the uid is read from is in doubt.
func (r *Record) DoubtsUID() bool {
	return slices.ContainsFunc(r.Doubted, func(d sheet.Doubted) bool { return r.Header.OfUID(d.Defect) })
}
