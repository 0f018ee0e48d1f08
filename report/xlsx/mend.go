package xlsx

import (
	"maps"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/sheet"
)

// The sheet Mend is what rejects.csv is in the workbook: rejected rows under their
// own columns, to be corrected there and read again. A spreadsheet makes numbers of
// what it finds in a CSV file, and takes zeros off uids; here every cell, also an
// empty one, is a text and stays one. Unlike rejects.csv, a workbook is passed
// round: what it does not show stays what it is in the row.

func (r book) mendable(st *sheet.Styles) sheet.Sheet {
	u := r.RejectColumns()
	s := sheet.Sheet{Name: report.MendSheet, Rows: r.Rejects.Len()}
	for _, name := range u.Names() {
		s.Columns = append(s.Columns, sheet.Column{phrase.Visible(name), 40})
	}
	told := map[int]string{} // columns of which somebody who writes into them has to know something
	hidden := r.hiddenColumns()
	for i, name := range u.Names() {
		if hidden.column(name) {
			told[i] = report.UnderHidden
		}
	}
	for i, name := range report.AddedColumns {
		if name == "_code" {
			told[len(s.Columns)] = report.UnderCode
		}
		s.Columns = append(s.Columns, sheet.Column{name, []float64{40, 12, 30, 24, 80}[i]})
	}
	s.Write = func(out *sheet.Rows) { r.mendRows(out, u) }
	s.More = func(f *excelize.File) error {
		last, err := excelize.ColumnNumberToName(len(s.Columns))
		if err == nil {
			err = f.SetColStyle(s.Name, "A:"+last, st.Text)
		}
		if err == nil { // which SetColStyle gives the header, too
			err = f.SetCellStyle(s.Name, "A1", last+"1", st.Header)
		}
		for _, i := range slices.Sorted(maps.Keys(told)) {
			if err == nil {
				err = sheet.Tell(f, s.Name, i, s.Rows, told[i])
			}
		}
		return err
	}
	return s
}

func (r book) mendRows(s *sheet.Rows, u *report.Columns) {
	hidden := r.hiddenColumns()
	names := u.Names()
	extra, code := slices.Index(names, report.ExtraColumn), len(names)+slices.Index(report.AddedColumns[:], "_code")
	for i, name := range names {
		names[i] = report.FoldHeader(name)
	}
	var wrong []string // columns
	for _, x := range r.Rejects.Each() {
		hide := hidden.of(x)
		wrong = wrong[:0]
		for _, d := range x.Defects {
			wrong = append(wrong, report.FoldHeader(d.Column))
		}
		many := slices.ContainsFunc(x.Defects, func(d user.Defect) bool { return d.Code == user.CellsExtra })
		cells := u.Lay(x, func(column int, cell string) string {
			if cell != "" && (hide(column, cell) || len(cell) > sheet.CellUnits) {
				return user.Hidden
			}
			return cell
		})
		for col, cell := range append(cells, report.AddedCells(x)...) {
			style := s.Styles.Text
			if col < len(names) && slices.Contains(wrong, names[col]) || many && (col == extra && cell != "" || col == code) {
				style = s.Styles.Decision // here is what to correct
			}
			s.Editable(col, storedCell(cell), style)
		}
		if !s.End() {
			return
		}
	}
}

// storedCell is a cell without what is not a character to a workbook, and none of a
// row's text either.
func storedCell(cell string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\t' && c != '\n' || c == 0xFFFE || c == 0xFFFF {
			return -1
		}
		return c
	}, cell)
}

// hiddenColumns says which cells of the roster the workbook does not show.
type hiddenColumns struct {
	all    bool                // it shows them all
	fields map[string][]string // by file: the headers of columns that are @private, or the joins that are
}

func (r book) hiddenColumns() hiddenColumns {
	h := hiddenColumns{all: r.In.ShowPrivate, fields: map[string][]string{}}
	for _, m := range r.Intake.Columns {
		if strings.HasPrefix(m.Field, "metadata."+user.Private) {
			h.fields[m.File] = append(h.fields[m.File], report.FoldHeader(m.Header))
		}
	}
	return h
}

// column reports whether a column is hidden in some file.
func (h hiddenColumns) column(name string) bool {
	for _, private := range h.fields {
		if !h.all && holds(private, name) {
			return true
		}
	}
	return false
}

// holds reports whether a column is among those that are private, or is joined to one.
func holds(private []string, name string) bool {
	name = report.FoldHeader(name)
	return slices.ContainsFunc(private, func(of string) bool { return of == name || strings.Contains(of, "{"+name+"}") })
}

// of says which cells of a row are hidden: those of @private columns, of the
// columns that are joined to one, and whole objects; of a row whose cells may
// have shifted all, if one of them may be private.
func (h hiddenColumns) of(x *user.Reject) func(column int, cell string) bool {
	private := h.fields[x.Source.File]
	shifted := len(private) > 0 && slices.ContainsFunc(x.Defects, func(d user.Defect) bool {
		return d.Code == user.CellsExtra || d.Code == user.CellsMissing || d.Code == user.QuoteBroken
	})
	return func(column int, cell string) bool {
		switch {
		case h.all:
			return false
		case shifted || report.PerhapsPrivate(cell):
			return true
		case column >= len(x.Header) || len(private) == 0:
			return false
		}
		return holds(private, x.Header[column])
	}
}
