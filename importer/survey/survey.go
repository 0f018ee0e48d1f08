// Package survey looks at the beginning of a source and proposes how the whole of it
// is to be read. It refuses to know what a configuration looks like, and reads no row
// for anybody: what it says of one decides nothing.
package survey

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cometsync/importer"
	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/input"
	"cometsync/importer/record"
	"cometsync/importer/sheet"
	"cometsync/importer/table"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Source is what the beginning of a source shows: enough to propose how the
// whole of it is to be read, and nothing that is done to anybody. As JSON it has
// nothing that is in its cells.
type Source struct {
	Path      string   `json:"path"`
	Format    string   `json:"format"` // as in user.File
	Sheet     string   `json:"sheet"`
	Doubtful  bool     `json:"-"` // others may be meant, or as well, and nobody has said so
	Encoding  string   `json:"encoding"`
	Found     string   `json:"-"`         // how the encoding was found, where that may be asked
	Delimiter rune     `json:"-"`         // 0: a sheet, or lines
	HeaderRow int      `json:"headerRow"` // 0: the header is not a row of the file
	Unheaded  []string `json:"-"`         // what stands for the header of a file that has none, as Settings.Columns
	Above     []string `json:"-"`         // the texts above it
	Columns   []Column `json:"columns"`
	Rows      int      `json:"-"`      // how many were looked at
	More      bool     `json:"-"`      // there are others
	Unsure    []string `json:"unsure"` // what somebody should look at, in sentences

	Dates         string `json:"-"` // how it writes dates, if that shows
	DatesSpare    bool   `json:"-"` // no column that is mapped needs it
	DisplayedUIDs bool   `json:"-"` // the sheet shows uids with leading zeros that it does not keep: take what it shows
}

// Column is a column, and what it is taken for.
type Column struct {
	Header  string   `json:"header"`
	Letter  string   `json:"column"`
	Field   string   `json:"field"` // as a mapping names it; "" is left alone
	Sure    bool     `json:"sure"`  // its name can hardly mean anything else, or the mapping says so
	Why     string   `json:"why"`   // why it is left alone, or not sure
	Suggest string   `json:"-"`     // a field that would keep it, where none has its name
	Samples []string `json:"-"`     // the first different texts, as they are
	Unknown []string `json:"-"`     // the first texts that the field can't take
}

const (
	surveyBytes = 1 << 20 // of text, at most
	surveyRows  = 1000
)

// Of looks at the beginning of one source: never at more than a megabyte
// of text. Settings that are known already count, and what of them does not
// fit is told as not sure. The error is of a source that can't be read at all.
func Of(ctx context.Context, path string, opt importer.Options) (*Source, error) {
	if opt.Own != nil {
		if own := opt.Own(path); len(own) > 0 {
			opt.Settings = own[0]
		}
	}
	m, err := opt.Settings.Mapping(opt.Dates)
	if err != nil {
		return nil, err
	}
	m.Own = true
	in, err := input.Open(ctx, path, path, opt.Stdin)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	of := table.New(path, in, m)
	v := &survey{
		Source: &Source{Path: path, Format: in.Label(), Encoding: "utf-8", DisplayedUIDs: opt.DisplayedUIDs},
		source: &of, mapping: m, opt: opt,
	}
	if in.Workbook() {
		err = v.book(in)
	} else {
		err = v.plain(in)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err == nil {
		err = v.look()
	}
	if err != nil {
		return nil, err
	}
	return v.Source, nil
}

// survey is a Source in the making.
type survey struct {
	*Source
	source  *table.Table
	mapping *columns.Mapping
	opt     importer.Options
	text    string               // the beginning, from the first record on; then from the first row on
	zeros   map[int]sheet.Zeroed // by column
}

func (v *survey) unsure(format string, args ...any) {
	v.Unsure = append(v.Unsure, fmt.Sprintf(format, args...))
}

// look finds out what the columns are, and looks at their cells.
func (v *survey) look() error {
	s := v.source
	t, err := v.header()
	if err != nil {
		return err
	}
	s.Comma = t.Comma
	if !s.Rendered {
		if v.Delimiter = rune(t.Comma); s.Fixed && v.opt.Delimiter != 0 {
			v.Delimiter = v.opt.Delimiter
		}
	}
	if v.HeaderRow = t.Row; s.Lines {
		v.HeaderRow = 0
	}
	for _, a := range t.Above {
		v.Above = append(v.Above, table.Shown(a.Cells, t.Comma))
	}
	cells, first, err := t.Header(v.text)
	if err != nil {
		return fmt.Errorf("%s: %w", v.Path, err)
	}
	cells = v.cells(cells)
	if v.nameColumns(t, cells); v.Unheaded != nil {
		cells, first, v.HeaderRow = v.Unheaded, t.At, 0
	}
	s.Raw = columns.Trimmed(cells)
	v.text = v.text[first:]
	if v.More { // the last record may be cut off where the beginning ends
		if end := delimited.LastRecordEnd([]byte(v.text), s.Comma); end > 0 {
			v.text = v.text[:end]
		}
	}
	if v.HeaderRow > 1 && s.Wanted == 0 {
		v.unsure("the header is row %d; what is above it is left alone", v.HeaderRow)
	}
	if garbled := s.Garbled(); garbled != "" {
		v.unsure("%s", garbled)
	}
	v.footers()
	cols := v.columns()
	v.rows(cols)
	v.guess(cols)
	v.displayed(cols)
	v.forms(cols)
	for i := range cols {
		v.judge(&cols[i], s.Header.Columns[i])
		v.Columns = append(v.Columns, *cols[i].Column)
	}
	return nil
}

// cells are a record's, without the marks of a sheet.
func (v *survey) cells(cells []string) []string {
	if v.Sheet != "" {
		for i, cell := range cells {
			cells[i], _, _, _ = sheet.Unmarked(cell)
		}
	}
	return cells
}

// footers takes what a report writes below its last row off the text, as far as the text
// is whole, so that nobody is advised to make slugs of it: also one text alone of several
// words, since no uid has them, and a person more cells. Reading asks more of a footer;
// here nobody is lost by it.
func (v *survey) footers() {
	if v.More || v.source.Lines {
		return
	}
	from := len(v.text)
	lines := columns.WithText(columns.FirstLines(v.text, v.source.Comma, len(v.text), 0))
	for above, l := range slices.Backward(lines) {
		cells := v.cells(l.Cells)
		alone := len(v.source.Raw) > 1 && columns.Filled(cells) == 1 && len(strings.Fields(strings.Join(cells, " "))) > 1
		if l.Broken || !alone && v.mapping.Patterns.Matches(cells) == nil && !footer.Like(cells) &&
			(above == 0 || footer.Count(cells) != above) {
			break
		}
		if len(lines)-above > footer.Most {
			return // another table
		}
		from = l.At
	}
	v.text = v.text[:from]
}

// rows looks at the cells, as reading would.
func (v *survey) rows(cols []seen) {
	s := v.source
	scan := delimited.Scanner{Comma: s.Comma}
	for at, row := 0, v.HeaderRow+1; at < len(v.text) && v.Rows < surveyRows; row++ {
		start := at
		at = scan.Next(v.text, at)
		cells := v.cells(scan.Cells)
		if at == len(v.text) && !v.More && (scan.Open || v.text[at-1] != '\n') {
			last := record.Record{Table: s, Rules: v.opt.Rules, Scan: scan, Text: v.text[start:], Unended: true}
			if why := last.CutOff(v.text, false); why != "" && last.FooterKind() != record.ByWords {
				v.unsure("the source ends early: row %d is the last, and %s; export or copy it again", row, why)
			}
		}
		if delimited.Blank(cells) || s.Repeats(cells) || v.mapping.Patterns.Matches(cells) != nil {
			continue
		}
		if v.Rows++; v.Rows == surveyRows && at < len(v.text) {
			v.More = true
		}
		if scan.Open || scan.Stray || len(cells) < len(s.Header.Names) && !s.Rendered {
			continue // nobody can say what its cells are
		}
		read := s.AsRead(cells)
		cells = append(cells[:min(len(cells), len(s.Header.Names))], read[min(len(cells), len(read)):]...)
		for i := range cols[:min(len(cols), len(cells))] {
			if !user.Empty(cells[i]) {
				cols[i].see(cells[i], read[i])
			}
		}
	}
	tangled := 0
	for i := range cols {
		tangled += cols[i].count(func(x text) bool { _, twice := charset.Mend(x.cell); return twice })
	}
	if tangled > 0 {
		v.unsure("the text of %s was decoded twice, such as MÃ¼ller for Müller; fix-mojibake repairs it, and keep-mojibake says that it "+
			"is right as it is; until then its rows are rejects", phrase.Counted(tangled, "cell"))
	}
}
