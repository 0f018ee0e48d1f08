package document

import (
	"fmt"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/report/sheet"
)

// Sheet lays the document out as a sheet of a workbook that has its verdict above it.
func (d *Document) Sheet(s *sheet.Rows) {
	s.End()
	for _, block := range d.Blocks {
		switch b := block.(type) {
		case Facts:
			if b.Title != "" {
				s.Heading(b.Title)
			}
			facts(s, b.Facts)
		case *Table:
			b.sheet(s)
		case *Alert:
			s.End()
			s.Put(0, phrase.Visible(b.Title), s.Styles.Tint["guard"])
			s.Prose(1, b.Text)
		case *List:
			if b.Bold {
				s.Heading(phrase.Visible(b.Title))
			} else { // a finding, which may be longer than a heading
				s.End()
				s.Prose(0, b.Title)
			}
			for _, item := range b.Items {
				s.Prose(0, slices.Concat(item.Head, item.Text).String())
				for _, line := range item.Below {
					s.Prose(0, nested+line.String())
				}
			}
			if more := b.rest(); len(more) > 0 {
				s.Prose(0, more.String())
			}
		case Steps:
			s.Heading(b.Title)
			for i, step := range b.Steps {
				if len(b.Steps) > 1 {
					step = fmt.Sprintf("%d. %s", i+1, step)
				}
				s.Prose(0, step)
			}
		}
	}
}

func (t *Table) sheet(s *sheet.Rows) {
	s.Heading(t.Title, t.Heads...)
	rows := t.Rows
	if t.All.Name != "" {
		rows = append(slices.Clip(rows), t.All)
	}
	for _, row := range rows {
		style, tinted := s.Styles.Tint[row.Name]
		if !tinted {
			style = s.Styles.Text
		}
		s.Put(0, row.Name, style)
		for i, n := range row.N {
			s.Number(1+i, n, s.Styles.Number)
		}
		s.End()
	}
	facts(s, t.Below)
}

func facts(s *sheet.Rows, facts []Fact) {
	for _, f := range facts {
		s.Put(0, phrase.Visible(f.Label), s.Styles.Bold)
		for _, line := range append([]Line{f.Text}, f.Below...) {
			s.Prose(1, line.String())
		}
	}
}
