package workbook

import (
	"archive/zip"
	"slices"
	"strconv"
)

func (b *Book) readStyles(f *zip.File) error {
	codes := map[int]string{} // of the workbook's own formats
	known := map[int]Format{}
	return b.elements(f, func(x *scanner) error {
		name, parent := string(x.name), x.parent()
		own := name == "numFmt" && parent == "numFmts"
		if !own && (name != "xf" || parent != "cellXfs") {
			return nil
		}
		id, code := 0, ""
		err := x.attributes(func(name, value []byte) (err error) {
			switch string(name) {
			case "numFmtId":
				if id, err = strconv.Atoi(string(value)); err != nil {
					return damage("a number format has the number %.40q", value)
				}
			case "formatCode":
				code = string(value)
			}
			return err
		})
		if err != nil {
			return err
		}
		if own {
			if len(codes) == b.limits.Styles {
				return limit("it has more than %d number formats", b.limits.Styles)
			}
			codes[id] = code
			return nil
		}
		if len(b.styles) == b.limits.Styles {
			return limit("it has more than %d styles", b.limits.Styles)
		}
		format, ok := known[id]
		if !ok {
			code, ok := codes[id]
			if !ok {
				code = builtin(id)
			}
			format = parseFormat(code)
			known[id] = format
		}
		b.styles = append(b.styles, format)
		return nil
	})
}

// builtin is the code of a format that every spreadsheet program has.
func builtin(id int) string {
	for _, b := range builtins {
		if slices.Contains(b.ids, id) {
			return b.code
		}
	}
	return "General"
}

var builtins = []struct {
	code string
	ids  []int
}{
	{"yyyy-mm-dd", []int{14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58, 71, 72, 73, 74}},
	{"yyyy-mm-dd hh:mm", []int{22, 77}},
	{"hh:mm:ss", []int{18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56, 75, 76, 78, 80}},
	{"[h]:mm:ss", []int{46}},
	{"0", []int{1, 59}}, {"0.00", []int{2, 60}}, {"#,##0", []int{3, 37, 38, 41, 43, 61}}, {"#,##0.00", []int{4, 39, 40, 62}},
	{"$#,##0", []int{42, 44}}, {"0%", []int{9, 67}}, {"0.00%", []int{10, 68}}, {"0.00E+00", []int{11}}, {"##0.0E+0", []int{48}},
	{"# ?/?", []int{12, 69}}, {"# ??/??", []int{13, 70}}, {"@", []int{49}},
}
