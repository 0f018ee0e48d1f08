// Package survey looks at the beginning of a source and proposes how the whole of it
// is to be read. It refuses to know what a configuration looks like, and reads no row
// for anybody: what it says of one decides nothing.
package survey

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"cometsync/importer"
	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/importer/sheet"
	"cometsync/importer/table"
	"cometsync/internal/enum"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// Source is what the beginning of a source shows: enough to propose how the
// whole of it is to be read, and nothing that is done to anybody.
type Source struct {
	Path      string
	Format    string // as in user.File
	Encoding  string
	Origin    Origin // of the encoding
	Delimiter rune   // 0: a sheet, or lines
	Sheet     string
	Sheets    []Sheet  // those that are visible
	HeaderRow int      // 0: the header is no row of the file
	Unheaded  []string // what stands for the header of a file that has none, as Settings.Columns
	Above     []string // the texts above it
	Below     []string // the texts of footers
	Columns   []Column
	Rows      int      // how many were looked at
	More      bool     // there are others
	Unsure    []string // what somebody should look at, in sentences

	Dates         string // how it writes dates, if that shows
	DatesSpare    bool   // no column that is mapped needs it
	DisplayedUIDs bool   // the sheet shows uids with leading zeros that it does not keep: take what it shows
}

// Sheet is a sheet that can be seen.
type Sheet struct {
	Name string
	Maps bool // a row that may be its header names the uid
}

// Column is a column, and what it is taken for.
type Column struct {
	Header  string
	Letter  string
	Field   string   // as a mapping names it; "" is left alone
	Sure    bool     // its name can hardly mean anything else, or the mapping says so
	Why     string   // why it is left alone, or not sure
	Suggest string   // a field that would keep it, where none has its name
	Samples []string // the first different texts, as they are
	Unknown []string // the first texts that the field can't take
}

// Origin says how it is known what encoding a source has.
type Origin uint8

// The origins. The zero value is invalid.
const (
	noOrigin       Origin = iota
	OriginPlain           // its bytes are UTF-8, or it is no text
	OriginDeclared        // somebody said so
	OriginMark            // it begins with a mark
	OriginBytes           // how its words read shows it
)

var originNames = enum.Names[Origin]{Of: []string{
	OriginPlain: "plain", OriginDeclared: "declared", OriginMark: "mark", OriginBytes: "bytes",
}}

// String is the origin in a word.
func (o Origin) String() string { return originNames.Name(o) }

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
	in, err := input.Open(ctx, path, path, opt.Stdin)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	v := &survey{
		Source: &Source{Path: path, Format: in.Label(), Encoding: "utf-8", Origin: OriginPlain},
		source: &table.Table{File: user.File{Path: path, Format: in.Format, Encoding: "utf-8"}, Settings: opt.Settings, Mapping: m,
			Given: columns.Given{Wanted: opt.HeaderRow}},
		mapping: m, opt: opt,
	}
	switch in.Format {
	case "xlsx", "xlsm":
		err = v.book(ctx, in)
	case "jsonl":
		err = v.jsonLines(in)
	default:
		err = v.delimited(in.Reader)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	return v.Source, v.look(ctx)
}

// survey is a Source in the making.
type survey struct {
	*Source
	source  *table.Table
	mapping *columns.Mapping
	opt     importer.Options
	text    string               // the beginning, from the first record on
	zeros   map[int]sheet.Zeroed // by column
}

func (v *survey) unsure(format string, args ...any) {
	v.Unsure = append(v.Unsure, fmt.Sprintf(format, args...))
}

// begin takes the beginning of a text.
func (v *survey) begin(in io.Reader) error {
	c := delimited.NewChunker(in, !v.source.Rendered)
	c.Fill(surveyBytes)
	if err := input.Fault(c.Err, v.Path); err != nil {
		return err
	}
	if strings.TrimSpace(string(c.Buf)) == "" {
		return input.Empty(v.Path)
	}
	s := v.source
	if !s.Rendered {
		c.LineEnds()
		if comma, size := delimited.SepLine(c.Buf); size > 0 {
			if s.Comma == 0 {
				s.Comma, s.Fixed = comma, true
			}
			c.Skip(size)
		}
	}
	v.More = c.Err == nil
	if c.Cut() {
		v.unsure("the source is cut off; export or copy it again")
	}
	v.text = string(c.Buf)
	return nil
}

// delimited looks at a CSV or one of its relatives.
func (v *survey) delimited(in *bufio.Reader) error {
	declared, err := charset.Named(v.opt.Encoding)
	if err != nil {
		return fmt.Errorf("%s: encoding: %w", v.Path, err)
	}
	head, _ := in.Peek(4) // what is wrong, whoever reads on says
	mark, _ := charset.MarkOf(head)
	s := v.source
	s.Decoder = charset.NewDecoder(in, declared)
	if err := v.begin(s.Delimit(v.opt.Delimiter, s.Decoder)); err != nil {
		return err
	}
	v.Encoding = s.Encoding()
	switch {
	case mark != nil:
		v.Origin = OriginMark
	case declared != nil:
		v.Origin = OriginDeclared
	case s.Decoder.Found:
		v.Origin = OriginBytes
		v.unsure("the encoding is %s, which its bytes show; if names look wrong, say which one it is", v.Encoding)
	}
	if s.Decoder.Marked != "" {
		v.unsure("it begins with the mark of %s, which counts, and not the encoding that the settings say", s.Decoder.Marked)
	}
	return nil
}

// jsonLines looks at users as an export writes them.
func (v *survey) jsonLines(in io.Reader) error {
	rendered, err := input.NewLines(v.Path, in)
	if err != nil {
		return err
	}
	v.source.Rendered, v.source.Lines, v.source.Wanted = true, true, 0
	err = v.begin(rendered)
	if len(rendered.Keys.Unknown) > 0 {
		v.unsure("%s", rendered.Keys.Told(columns.UsualName))
	}
	return err
}

// book looks at the sheet of a workbook that is most likely meant. Where its
// file lies open, nothing is copied.
func (v *survey) book(ctx context.Context, in *input.File) error {
	raw, err := in.Archive(true)
	if err != nil {
		return err
	}
	defer raw.Close()
	book, err := sheet.Open(ctx, v.Path, raw, v.opt.Password)
	if err != nil {
		return err
	}
	chosen, err := v.sheet(book)
	if err != nil {
		return err
	}
	v.source.Rendered = true
	v.Sheet, v.source.File.Sheet = chosen.Name, chosen.Name
	where := table.SheetOf(v.Path, chosen.Name)
	rows, err := sheet.NewReader(book, chosen, v.mapping, &v.opt.Settings)
	if err != nil {
		return sheet.Unusable(where, err)
	}
	defer rows.Close()
	v.zeros = rows.WatchZeros()
	err = v.begin(rows)
	if fault := rows.Fault(); fault != nil && err != nil {
		return sheet.Unusable(where, fault)
	} else if fault != nil {
		v.unsure("the sheet is damaged, and rows may be lost: %v", fault)
	}
	return err
}

// sheet is the sheet that is asked for, or else the first whose header names
// the uid, or else the first with several columns.
func (v *survey) sheet(book *workbook.Book) (workbook.Sheet, error) {
	var mapped, wide, filledIn []workbook.Sheet
	var damaged error
	for _, s := range book.Sheets() {
		if s.Visibility != workbook.Visible {
			continue
		}
		t, err := sheet.TopOf(v.mapping, book, s, v.opt.HeaderRow)
		if err != nil {
			damaged = cmp.Or(damaged, sheet.Unusable(table.SheetOf(v.Path, s.Name), err))
			continue
		}
		v.Sheets = append(v.Sheets, Sheet{Name: s.Name, Maps: t.HasUID})
		if t.HasUID {
			mapped = append(mapped, s)
		}
		if slices.ContainsFunc(t.Lines, func(l columns.Line) bool { return columns.Filled(l.Cells) > 1 }) {
			wide = append(wide, s)
		}
		if len(t.Lines) > 0 {
			filledIn = append(filledIn, s)
		}
	}
	switch {
	case len(v.opt.Sheets) > 0:
		named, err := sheet.Named(v.mapping, v.Path, book, &v.opt.Settings)
		if err != nil {
			return workbook.Sheet{}, err
		}
		if len(named) > 1 {
			v.unsure("of the sheets that are named, this is %q; the settings have to name the others as well: %s", named[0].Name,
				columns.Quoted(sheet.Names(named[1:])))
		}
		return named[0], nil
	case len(mapped) == 0 && damaged != nil:
		return workbook.Sheet{}, damaged
	case len(filledIn) == 0:
		return workbook.Sheet{}, fmt.Errorf("%s: no visible sheet has any text; export it again", v.Path)
	case len(mapped) == 1:
		v.source.File.Sheet = mapped[0].Name
		for _, left := range sheet.Others(book, v.mapping, v.source.File.Sheet, v.source.Header) {
			v.unsure("the sheet %q %s; if they are, list it with the other: sheet: [%q, %q]", left.Name, left.Why, mapped[0].Name, left.Name)
		}
		return mapped[0], nil
	case len(mapped) > 1:
		v.unsure("several sheets have a uid column: %s; this is %q, and the settings have to say which one is meant",
			columns.Quoted(sheet.Names(mapped)), mapped[0].Name)
		return mapped[0], nil
	}
	if len(wide) == 0 {
		wide = filledIn
	}
	if len(wide) > 1 {
		v.unsure("no sheet has a uid column by its name; of %s, this is %q, and the settings have to say which one is meant",
			columns.Quoted(sheet.Names(wide)), wide[0].Name)
	}
	return wide[0], nil
}

// table finds the header: as reading does, or where no row names the uid, the
// first that has several cells, as many as most rows below it.
func (v *survey) table() (columns.Table, error) {
	s := v.source
	if v.mapping.Columns != nil && !s.Lines {
		t, err := v.mapping.Unheaded(s.Given, v.text)
		if err != nil {
			err = fmt.Errorf("%s: %w", v.Path, err)
		}
		return t, err
	}
	t, err := v.mapping.Find(s.Given, v.text)
	if err != nil {
		return t, fmt.Errorf("%s: %w", v.Path, err)
	}
	at := columns.FirstLines(v.text[t.At:], t.Comma, 1+columns.Agreeing, 0)
	rows := columns.WithText(at)
	if len(rows) == 0 {
		return t, fmt.Errorf("%s: %w", v.Path, columns.ErrNoText)
	}
	if s.Wanted > 0 || s.Lines || v.mapping.HoldsUID(rows[0].Cells) {
		return t, nil
	}
	if v.mapping.WholeQuoted(rows) && !s.Rendered {
		return t, fmt.Errorf("%s: %s", v.Path, v.mapping.Instead(s.Given, t.Comma, rows))
	}
	if other := v.mapping.LikelyComma(rows, t.Comma); other >= utf8.RuneSelf && !s.Rendered && !s.Fixed {
		return t, fmt.Errorf("%s: %s", v.Path, v.mapping.Instead(s.Given, t.Comma, rows)) // the text would have to be read anew
	} else if other != 0 && !s.Rendered && !s.Fixed {
		s.Comma, s.Fixed = byte(other), true
		v.unsure("a %s seems to stand between cells", delimited.Name(other))
		return v.table()
	}
	most := 0.0
	for _, comma := range s.Given.Among() {
		lines := columns.FirstLines(v.text, comma, 1+columns.TitleRows+columns.Agreeing, 0)
		for i, l := range lines {
			if columns.Filled(l.Cells) < 2 || l.Broken {
				continue
			}
			rows, same, known := 0, 0, 0
			for _, below := range lines[i+1:] {
				if len(below.Cells) > 0 && rows < columns.Agreeing {
					rows++
					if len(columns.Trimmed(below.Cells)) <= len(l.Cells) && len(below.Cells) >= len(l.Cells) || s.Rendered {
						same++
					}
				}
			}
			for j, cell := range l.Cells {
				if _, ok := v.mapping.Of(columns.AsHeader(cell)); ok && !columns.Again(cell, j, lines[i+1:]) {
					known++
				}
			}
			score := 1 + float64(known)
			if rows > 0 {
				score += float64(same) / float64(rows)
			}
			if score > most {
				most = score
				t = columns.Table{Comma: comma, At: l.At, Row: l.Row}
				for _, above := range lines[:i] {
					if len(above.Cells) > 0 {
						t.Above = append(t.Above, above)
					}
				}
			}
		}
	}
	return t, nil
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

// whole is the text up to the end of its last record, which may have been cut
// off where the beginning ends.
func (v *survey) whole(text string, comma byte) string {
	if !v.More {
		return text
	}
	if end := delimited.LastRecordEnd([]byte(text), comma); end > 0 {
		return text[:end]
	}
	return text
}
