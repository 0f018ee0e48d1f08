package sheet

import (
	"maps"
	"slices"

	"github.com/xuri/excelize/v2"
)

// Styles are the workbook's few cell formats: pale fills under dark text,
// which a black-and-white printer leaves readable.
type Styles struct {
	Text, Wrapped, Number, Row, Bold, Title int
	Decision, ID                            int // where to write; what to leave alone
	Header, Numbers                         int // headings of texts and of numbers
	Tint                                    map[string]int
}

func newStyles(f *excelize.File, tints map[string][2]string) (*Styles, error) {
	s := &Styles{Tint: map[string]int{}}
	const text = 49 // the built-in format "@"
	top := &excelize.Alignment{Vertical: "top"}
	apart := &excelize.Alignment{Vertical: "top", Horizontal: "left", Indent: 1} // from what is cut off before it
	wrap := &excelize.Alignment{Vertical: "top", Horizontal: "left", Indent: 1, WrapText: true}
	var err error
	add := func(style excelize.Style) int {
		if err != nil {
			return 0
		}
		if style.Font == nil {
			style.Font = &excelize.Font{}
		}
		style.Font.Family = "Calibri"
		if style.Font.Size == 0 {
			style.Font.Size = 11
		}
		var id int
		id, err = f.NewStyle(&style)
		return id
	}
	fill := func(colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
	}
	s.Text = add(excelize.Style{NumFmt: text, Alignment: apart})
	s.Wrapped = add(excelize.Style{NumFmt: text, Alignment: wrap})
	s.Number = add(excelize.Style{NumFmt: 3, Alignment: top}) // #,##0
	s.Row = add(excelize.Style{NumFmt: 1, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "center"}})
	thin := "B8A03C"
	s.Decision = add(excelize.Style{NumFmt: text, Alignment: apart, Fill: fill("FFF8CC"), Font: &excelize.Font{Color: "3A3000"},
		Border: []excelize.Border{
			{Type: "left", Style: 1, Color: thin}, {Type: "right", Style: 1, Color: thin}, {Type: "top", Style: 1, Color: thin},
			{Type: "bottom", Style: 1, Color: thin},
		}})
	s.ID = add(excelize.Style{NumFmt: text, Alignment: apart, Font: &excelize.Font{Size: 8, Color: "5B6675"}})
	s.Bold = add(excelize.Style{NumFmt: text, Alignment: apart, Font: &excelize.Font{Bold: true}})
	s.Title = add(excelize.Style{NumFmt: text, Alignment: wrap, Font: &excelize.Font{Bold: true, Size: 14}})
	heading := func(align string) int {
		return add(excelize.Style{NumFmt: text, Alignment: &excelize.Alignment{Vertical: "center", Horizontal: align, Indent: 1},
			Font: &excelize.Font{Bold: true}, Fill: fill("E3E7ED"),
			Border: []excelize.Border{{Type: "bottom", Style: 2, Color: "1A2230"}}})
	}
	s.Header, s.Numbers = heading("left"), heading("right")
	for _, name := range slices.Sorted(maps.Keys(tints)) {
		colours := tints[name]
		s.Tint[name] = add(excelize.Style{NumFmt: text, Alignment: apart, Fill: fill(colours[0]), Font: &excelize.Font{Bold: true,
			Color: colours[1]}})
	}
	return s, err
}
