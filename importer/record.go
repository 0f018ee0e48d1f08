package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/sheet"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// What is wrong with a record as a whole, before its cells can mean anything.

var (
	lineDefect = user.Defect{Code: user.NotAPerson, Message: "is a line drawn between rows, and no person; take the row out"}
	sumDefect  = user.Defect{Code: user.NotAPerson, Message: "reads like a sum or an end, and not like a person; take the row out"}
)

// unusable is what keeps the scanner's record from being read, if anything does, and
// the uid that it has all the same.
func (w *worker) unusable(r *row, text string, torn bool) (uid string, defect user.Defect) {
	if !w.marked && !w.Lines && footer.Rule(w.scan.Cells) {
		return w.rowUID(), lineDefect
	}
	if defect := w.broken(text, torn); defect.Code != 0 {
		return w.brokenUID(defect), defect
	}
	if cell, ok := w.UIDCell(w.scan.Cells); ok {
		if w.sumsUp(cell) {
			return w.rowUID(), sumDefect
		}
		r.nobody = w.Nobody(cell, w.scan.Cells)
	}
	return "", w.swallowed()
}

// cutOff says what shows that the source's last record is not whole; "" if
// nothing does.
func (w *worker) cutOff() string {
	text, have, want := w.text, len(w.scan.Cells), len(w.Header.Names)
	switch {
	case w.scan.Open:
		return "the quoted cell that begins there is never closed"
	case w.endless:
		return fmt.Sprintf("it goes on for more than %d bytes", delimited.MaxRecord)
	case halfCharacter(text):
		return "it breaks off within a character"
	case text[len(text)-1] == 0 && w.File.Sheet == "":
		return "it ends in zero bytes, as a file does that was never written to its end"
	case have < want:
		return fmt.Sprintf("it has %d of %d cells and no line end", have, want)
	case delimited.Blank(w.scan.Cells):
		return "it has no text and no line end"
	}
	return ""
}

// begun reports whether a last record that has no text and no line end is where a
// row was cut off: behind a quote, or before its first text.
func (w *worker) begun(text string) bool {
	have, want := len(w.scan.Cells), len(w.Header.Names)
	return w.scan.Open || (have > 1 || strings.IndexByte(text, '"') >= 0) && (have < want || have == want && w.Header.UID == want-1)
}

// halfCharacter reports whether a text ends within a character.
func halfCharacter(text string) bool {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			return b >= utf8.RuneSelf && b != 0xFF && !utf8.FullRuneInString(text[len(text)-n:])
		}
	}
	return false
}

// broken is what is wrong with a record by its quotes, or the number of its cells.
func (w *worker) broken(text string, cut bool) user.Defect {
	have, want := len(w.scan.Cells), len(w.Header.Names)
	quote := func(message string) user.Defect { return user.Defect{Code: user.QuoteBroken, Message: message} }
	cells := func(code user.Code, how string) user.Defect {
		where := fmt.Sprintf("%s where the header has %s", phrase.Plural(have, "cell"), phrase.Plural(want, "column"))
		if have == want {
			where = fmt.Sprintf("%s where the other rows have %d", phrase.Plural(have, "cell"), w.Width.Least)
		}
		return user.Defect{Code: code, Message: where + how}
	}
	switch {
	case w.scan.Open:
		return quote("a quoted cell begins in this row and is never closed; close the quote, or double it if it is text")
	case w.scan.Torn:
		return quote("a quote opens within one cell and closes in another; put the delimiter before it back, or double quotes that are text")
	case w.scan.Stray:
		return quote("text stands behind a closing quote; double quotes that are text, and look whether this row has swallowed the lines below it")
	case cut:
		return user.Defect{Code: user.CellsMissing, Message: fmt.Sprintf("the source ends within this row: %d of %s; export it again", have,
			phrase.Plural(want, "cell"))}
	case w.Rendered: // a sheet stores no empty cells
		if have > want && !delimited.Blank(w.scan.Cells[want:]) {
			return cells(user.CellsExtra, "; give the column a header, or clear the cells")
		}
	case have < want || have < w.Width.Least && text[len(text)-1] == '\n':
		return cells(user.CellsMissing, w.elsewise(text, "; put in the missing ones, empty if need be"))
	case have > want && (have > w.Width.Most || !delimited.Blank(w.scan.Cells[want:])):
		or := fmt.Sprintf("; put cells that hold a %s in quotes", w.CommaName())
		if delimited.Blank(w.scan.Cells[want:]) {
			or += ", or take out what is too many: not every row has it"
		}
		return cells(user.CellsExtra, w.elsewise(text, or))
	}
	return user.Defect{}
}

// elsewise says that a record which has not as many cells as the header would
// have them if it were separated as another file is; or else what to do.
func (w *worker) elsewise(text, or string) string {
	want := len(w.Header.Names)
	if want < 2 || w.scan.Spans {
		return or
	}
	if len(w.scan.Cells) == 1 && text[0] == '"' && delimited.Count(w.scan.Cells[0], w.Comma) == want {
		return "; the row is in quotes as a whole; take the outer ones off, and make the doubled ones single"
	}
	for _, comma := range delimited.Delimiters {
		if comma == w.Comma {
			continue
		}
		scan := delimited.Scanner{Comma: comma}
		if end := scan.Next(text, 0); end != len(text) || scan.Open || scan.Stray || len(scan.Cells) != want || prose(scan.Cells) {
			continue
		}
		if cell, ok := w.UIDCell(scan.Cells); ok && w.isUID(cell) {
			return fmt.Sprintf("; it is separated by %s, and not by %s; separate it as the others are", delimited.Names(comma),
				delimited.Names(w.Comma))
		}
	}
	return or
}

// brokenUID is the uid of a record that is broken as a whole, if nothing that
// is wrong with it can have moved it. A sheet's cells stand where they stand.
// In other text the first cell may have been another column's: the record's
// own first cells, or the line before, may be what is missing. Only where the
// number of cells is right, and a quote behind the first is wrong, is that the
// first.
func (w *worker) brokenUID(defect user.Defect) string {
	if w.Rendered && !w.doubtsUID() || !w.Rendered && w.Header.UID == 0 && defect.Code == user.QuoteBroken &&
		len(w.scan.Cells) == len(w.Header.Names) && !w.scan.Spans && !w.scan.Open {
		return w.rowUID()
	}
	return ""
}

// rowUID is the uid of the scanner's record, whatever else is wrong with it; but none
// that was made of another text.
func (w *worker) rowUID() string {
	cell, ok := w.UIDCell(w.scan.Cells)
	if uid, rewritten := w.uidOf(cell); ok && !rewritten {
		return uid
	}
	return ""
}

// uidOf is the uid that is read from a cell; "" is none.
func (w *worker) uidOf(cell string) (uid string, rewritten bool) {
	var rep user.Repairs
	u, _ := w.rules.Row(w.UID, []string{cell}, &rep)
	return u.UID, rep.Rewritten > 0
}

// doubtsUID reports whether a cell that the uid is read from is in doubt.
func (w *worker) doubtsUID() bool {
	return slices.ContainsFunc(w.doubted, func(d sheet.Doubted) bool { return w.Header.OfUID(d.Defect) })
}
