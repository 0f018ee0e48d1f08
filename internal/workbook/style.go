package workbook

import (
	"archive/zip"
	"strconv"
)

// readStyles reads the number formats of cells' styles.
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
		for {
			name, value, err := x.attribute()
			if err != nil {
				return err
			}
			if len(name) == 0 {
				break
			}
			switch string(name) {
			case "numFmtId":
				if id, err = strconv.Atoi(string(value)); err != nil {
					return damage("a number format has the number %.40q", value)
				}
			case "formatCode":
				code = string(value)
			}
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
	switch {
	case id == 14, 27 <= id && id <= 31, id == 36, 50 <= id && id <= 54, id == 57, id == 58, 71 <= id && id <= 74:
		return "yyyy-mm-dd"
	case id == 22, id == 77:
		return "yyyy-mm-dd hh:mm"
	case 18 <= id && id <= 21, 32 <= id && id <= 35, id == 45, id == 47, id == 55, id == 56, id == 75, id == 76, id == 78:
		return "hh:mm:ss"
	case id == 46:
		return "[h]:mm:ss"
	case id == 80:
		return "hh:mm:ss"
	}
	switch id {
	case 1, 59:
		return "0"
	case 2, 60:
		return "0.00"
	case 3, 37, 38, 61:
		return "#,##0"
	case 4, 39, 40, 62:
		return "#,##0.00"
	case 9, 67:
		return "0%"
	case 10, 68:
		return "0.00%"
	case 11:
		return "0.00E+00"
	case 12, 69:
		return "# ?/?"
	case 13, 70:
		return "# ??/??"
	case 15, 16, 17:
		return "d-mmm-yy"
	case 41, 43:
		return "#,##0"
	case 42, 44:
		return `$#,##0`
	case 48:
		return "##0.0E+0"
	case 49:
		return "@"
	}
	return "General"
}
