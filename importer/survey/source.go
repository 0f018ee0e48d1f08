package survey

import (
	"io"
	"strings"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/importer/sheet"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

func (v *survey) begin(in io.Reader) error {
	c := delimited.NewChunker(in, !v.source.Rendered)
	c.Fill(surveyBytes)
	if err := input.Fault(c.Err, v.Path); err != nil {
		return err
	}
	if strings.TrimSpace(string(c.Buf)) == "" {
		return input.Empty(v.Path)
	}
	v.source.Begin(c)
	v.More = c.Err == nil
	if c.Cut() {
		v.unsure("the source is cut off; export or copy it again")
	}
	v.text = string(c.Buf)
	return nil
}

// plain looks at a source that is no workbook.
func (v *survey) plain(in *input.File) error {
	head, _ := in.Peek(4) // what is wrong, whoever reads on says
	mark, _ := charset.MarkOf(head)
	s := v.source
	text, lines, err := s.Text(in)
	if err == nil {
		err = v.begin(text)
	}
	switch {
	case err != nil:
		return err
	case lines != nil:
		if len(lines.Keys.Unknown) > 0 {
			v.unsure("%s", lines.Keys.Told(columns.UsualName))
		}
		return nil
	}
	v.Encoding = s.Encoding()
	switch {
	case mark != nil:
		v.Found = "its mark says so"
	case s.Decoder.Found:
		v.Found = "its words show it"
		v.unsure("the encoding is %s, which its bytes show; if names look wrong, say which one it is", v.Encoding)
	}
	if s.Decoder.Marked != "" {
		v.unsure("it begins with the mark of %s, which counts, and not the encoding that the settings say", s.Decoder.Marked)
	}
	return nil
}

// book looks at the sheet of a workbook that is most likely meant.
func (v *survey) book(in *input.File) error {
	raw, err := in.Archive()
	if err != nil {
		return err
	}
	defer raw.Close()
	book, err := sheet.Open(v.Path, raw, v.opt.Password)
	if err != nil {
		return err
	}
	chosen, err := v.sheet(book)
	if err != nil {
		return err
	}
	v.source.Rendered = true
	v.Sheet, v.source.File.Sheet = chosen.Name, chosen.Name
	where := user.BookName(v.Path, chosen.Name)
	rows, err := sheet.NewReader(book, chosen, v.mapping)
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

// sheet is the sheet that is asked for, or else the one that is most likely meant.
func (v *survey) sheet(book *workbook.Book) (workbook.Sheet, error) {
	if len(v.mapping.Sheets) > 0 {
		named, err := sheet.Named(v.mapping, v.Path, book)
		if err != nil {
			return workbook.Sheet{}, err
		}
		if len(named) > 1 {
			v.unsure("of the sheets that are named, this is %q; the settings have to name the others as well: %s", named[0].Name,
				columns.Quoted(sheet.Names(named[1:])))
		}
		return named[0], nil
	}
	found, err := sheet.Candidates(v.mapping, v.Path, book)
	if len(found) == 0 {
		return workbook.Sheet{}, err
	}
	if err != nil {
		v.Doubtful = true
		v.unsure("this is the sheet %q: %v", found[0].Name, err)
		return found[0], nil
	}
	for _, left := range sheet.Others(book, v.mapping, found[0].Name, nil) {
		v.Doubtful = true
		v.unsure("the sheet %q %s; if they are, list it with the other: sheet: [%q, %q]", left.Name, left.Why, found[0].Name, left.Name)
	}
	return found[0], nil
}
