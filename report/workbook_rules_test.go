package report_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/user"
	"cometsync/report/roster"
	"cometsync/report/sheet"
	"cometsync/report/xlsx"
)

// What Excel repairs or refuses, and other programs let pass: rules of ECMA-376 and of
// Excel's own specifications, each told for the part of a workbook that breaks it.

// xmlElement is an element of a part.
type xmlElement struct {
	name     string
	attrs    map[string]string
	children []*xmlElement
	text     string
}

func (e *xmlElement) all(names ...string) []*xmlElement {
	switch {
	case e == nil:
		return nil
	case len(names) == 0:
		return []*xmlElement{e}
	}
	var found []*xmlElement
	for _, c := range e.children {
		if c.name == names[0] {
			found = append(found, c.all(names[1:]...)...)
		}
	}
	return found
}

func (e *xmlElement) number(attr string) int {
	n, err := strconv.Atoi(e.attrs[attr])
	if err != nil {
		return -1
	}
	return n
}

// parsed is a part as elements; whatever is not XML is an error.
func parsed(text []byte) (*xmlElement, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	stack := []*xmlElement{{}}
	for {
		token, err := d.Token()
		top := stack[len(stack)-1]
		switch t := token.(type) {
		case xml.StartElement:
			e := &xmlElement{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				if _, twice := e.attrs[a.Name.Local]; twice && a.Name.Space != "xmlns" {
					return nil, fmt.Errorf("<%s> has two attributes %s", e.name, a.Name.Local)
				}
				e.attrs[a.Name.Local] = a.Value
			}
			top.children = append(top.children, e)
			stack = append(stack, e)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text += string(t)
		}
		if err == io.EOF {
			return stack[0].children[0], nil
		} else if err != nil {
			return nil, err
		}
	}
}

// orders are in which order the elements of some others are.
var orders = map[string][]string{
	"worksheet": strings.Fields("sheetPr dimension sheetViews sheetFormatPr cols sheetData sheetCalcPr sheetProtection protectedRanges " +
		"scenarios autoFilter sortState dataConsolidate customSheetViews mergeCells phoneticPr conditionalFormatting dataValidations " +
		"hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors " +
		"smartTags drawing legacyDrawing tableParts extLst"),
	"workbook": strings.Fields("fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups externalReferences " +
		"definedNames calcPr oleSize customWorkbookViews pivotCaches extLst"),
	"styleSheet": strings.Fields("numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst"),
	"sheetView":  strings.Fields("pane selection pivotSelection extLst"),
	"xf":         strings.Fields("alignment protection extLst"),
	"dxf":        strings.Fields("font numFmt fill alignment border protection extLst"),
}

// rulesOf is a workbook under the rules.
type rulesOf struct {
	raw    map[string][]byte
	parts  map[string]*xmlElement
	broken []string
	part   string
}

func (r *rulesOf) rule(holds bool, format string, args ...any) {
	if !holds && len(r.broken) < 20 {
		r.broken = append(r.broken, r.part+": "+fmt.Sprintf(format, args...))
	}
}

// brokenRules are the rules that a workbook breaks.
func brokenRules(t testing.TB, content []byte) []string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	r := &rulesOf{raw: map[string][]byte{}, parts: map[string]*xmlElement{}}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		r.part = f.Name
		r.rule(r.raw[f.Name] == nil, "it is there twice")
		r.raw[f.Name] = text
		if r.parts[f.Name], err = parsed(text); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		r.ordered(r.parts[f.Name])
	}
	r.packaged()
	sheets := r.workbook()
	styles, texts := r.styles(), len(r.parts["xl/sharedStrings.xml"].all("si"))
	for _, name := range sheets {
		r.part = name
		r.worksheet(r.parts[name], styles, texts)
	}
	r.part = "docProps/core.xml"
	seen := map[string]bool{}
	for _, c := range r.parts[r.part].children {
		r.rule(!seen[c.name] && c.text != "", "%s is there twice, or empty", c.name)
		seen[c.name] = true
		if c.name == "created" || c.name == "modified" {
			r.rule(c.attrs["type"] == "dcterms:W3CDTF" && regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`).MatchString(c.text),
				"%s is %q", c.name, c.text)
		}
	}
	r.rule(seen["title"] && seen["creator"] && seen["created"], "it has only %v", slices.Sorted(maps.Keys(seen)))
	return r.broken
}

// ordered checks the order of elements, and the counts that some say.
func (r *rulesOf) ordered(e *xmlElement) {
	at := 0
	for _, c := range e.children {
		if order := orders[e.name]; order != nil {
			i := slices.Index(order, c.name)
			r.rule(i >= at, "<%s> is out of order in <%s>", c.name, e.name)
			at = i
		}
		r.ordered(c)
	}
	if count, ok := e.attrs["count"]; ok {
		r.rule(count == strconv.Itoa(len(e.children)), "<%s> has %d elements, and says %s", e.name, len(e.children), count)
	}
}

// packaged checks types and relationships of parts.
func (r *rulesOf) packaged() {
	r.part = "[Content_Types].xml"
	typed := map[string]bool{r.part: true}
	for _, o := range r.parts[r.part].all("Override") {
		name := strings.TrimPrefix(o.attrs["PartName"], "/")
		r.rule(r.parts[name] != nil && !typed[name], "%s is not there, or has two types", name)
		typed[name] = true
	}
	for name := range r.parts {
		rels := strings.HasSuffix(name, ".rels")
		r.part = name
		r.rule(rels || typed[name], "it has no type")
		if !rels {
			continue
		}
		ids := map[string]bool{}
		for _, rel := range r.parts[name].all("Relationship") {
			target, rooted := strings.CutPrefix(rel.attrs["Target"], "/")
			if !rooted {
				target = path.Join(path.Dir(path.Dir(name)), target)
			}
			id := rel.attrs["Id"]
			r.rule(!ids[id] && (rel.attrs["TargetMode"] == "External" || r.parts[target] != nil), "%v leads nowhere", rel.attrs)
			ids[id] = true
		}
	}
}

// workbook checks names of sheets and defined names, and gives the sheets' parts.
func (r *rulesOf) workbook() (parts []string) {
	targets := map[string]string{}
	for _, rel := range r.parts["xl/_rels/workbook.xml.rels"].children {
		targets[rel.attrs["Id"]] = path.Join("xl", rel.attrs["Target"])
	}
	r.part = "xl/workbook.xml"
	book := r.parts[r.part]
	names, quoted := map[string]bool{}, map[string]bool{}
	for _, s := range book.all("sheets", "sheet") {
		name := s.attrs["name"]
		r.rule(name != "" && len(utf16.Encode([]rune(name))) <= 31 && !strings.ContainsAny(name, `[]:*?/\`) &&
			name == strings.Trim(name, "'"), "a sheet can't be called %q", name)
		r.rule(!names[strings.ToLower(name)] && !names[s.attrs["sheetId"]], "two sheets are called %q, or have its number", name)
		names[strings.ToLower(name)], names[s.attrs["sheetId"]], quoted[strings.ReplaceAll(name, "'", "''")] = true, true, true
		parts = append(parts, targets[s.attrs["id"]])
	}
	seen := map[string]bool{}
	for _, d := range book.all("definedNames", "definedName") {
		key := strings.ToLower(d.attrs["name"]) + " " + d.attrs["localSheetId"]
		r.rule(!seen[key] && d.number("localSheetId") < len(parts), "the name %s is there twice, or of no sheet", key)
		seen[key] = true
		of := regexp.MustCompile(`^'(.*)'!\$[A-Z0-9]+(\$\d+)?:\$[A-Z0-9]+(\$\d+)?$`).FindStringSubmatch(d.text)
		r.rule(of != nil && quoted[of[1]], "%s is %q", key, d.text)
	}
	return parts
}

// styles checks that formats are of fonts, fills and borders that there are, and gives how
// many there are, and how many conditional ones.
func (r *rulesOf) styles() (n [2]int) {
	r.part = "xl/styles.xml"
	s := r.parts[r.part]
	fills := s.all("fills", "fill", "patternFill")
	r.rule(len(fills) >= 2 && fills[0].attrs["patternType"] == "none" && fills[1].attrs["patternType"] == "gray125",
		"the first two fills are Excel's own")
	formats := s.all("cellXfs", "xf")
	for _, xf := range formats {
		r.rule(xf.number("fontId") < len(s.all("fonts", "font")) && xf.number("fillId") < len(fills) &&
			xf.number("borderId") < len(s.all("borders", "border")) && xf.number("xfId") < len(s.all("cellStyleXfs", "xf")), "%v", xf.attrs)
	}
	r.rule(len(formats) <= 65_490, "%d formats", len(formats))
	return [2]int{len(formats), len(s.all("dxfs", "dxf"))}
}

var escapes = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// worksheet checks a sheet.
func (r *rulesOf) worksheet(s *xmlElement, styles [2]int, texts int) {
	lastRow := 0
	for _, row := range s.all("sheetData", "row") {
		n, lastCol := row.number("r"), 0
		r.rule(n > lastRow && n <= sheet.MaxRows, "row %d is behind row %d", n, lastRow)
		lastRow = n
		if height, err := strconv.ParseFloat(row.attrs["ht"], 64); err == nil {
			r.rule(height > 0 && height <= 409 && row.attrs["customHeight"] != "", "row %d is %v points tall", n, height)
		}
		for _, c := range row.all("c") {
			col, at, err := excelize.CellNameToCoordinates(c.attrs["r"])
			r.rule(err == nil && at == n && col > lastCol && col <= 16_384, "cell %s is behind column %d of row %d", c.attrs["r"],
				lastCol, n)
			lastCol = col
			r.rule(c.number("s") < styles[0], "cell %s has the format %s of %d", c.attrs["r"], c.attrs["s"], styles[0])
			r.cell(c, texts)
		}
	}
	last := 0
	for _, c := range s.all("cols", "col") {
		width, err := strconv.ParseFloat(c.attrs["width"], 64)
		r.rule(c.number("min") > last && c.number("max") >= c.number("min") && err == nil && width > 0 && width <= 255, "%v", c.attrs)
		last = c.number("max")
	}
	r.view(s)
	for _, v := range s.all("dataValidations", "dataValidation") {
		list := v.all("formula1")
		told := v.attrs["type"] == "" && len(list) == 0 // it asks for nothing
		r.rule(v.attrs["sqref"] != "" && (told || len(list) == 1 && len(strings.Trim(list[0].text, `"`)) <= 255) &&
			len(v.attrs["error"]) <= 255 && len(v.attrs["errorTitle"]) <= 32 && len(v.attrs["prompt"]) <= 255 &&
			len(v.attrs["promptTitle"]) <= 32, "%v", v.attrs)
	}
	priorities := map[string]bool{}
	for _, c := range s.all("conditionalFormatting", "cfRule") {
		r.rule(c.number("dxfId") < styles[1] && c.number("priority") > 0 && !priorities[c.attrs["priority"]], "%v", c.attrs)
		priorities[c.attrs["priority"]] = true
	}
	r.rule(len(s.all("hyperlinks", "hyperlink")) <= 65_490, "there are too many links")
	for _, f := range s.all("autoFilter") {
		_, end, _ := strings.Cut(strings.ReplaceAll(f.attrs["ref"], "$", ""), ":")
		_, bottom, err := excelize.CellNameToCoordinates(end)
		r.rule(err == nil && bottom >= 2 && bottom <= sheet.MaxRows, "a filter of %s", f.attrs["ref"])
		r.rule(bottom == max(lastRow, 2), "the filter ends at row %d, and the sheet at %d", bottom, lastRow)
	}
}

// cell checks what a cell holds.
func (r *rulesOf) cell(c *xmlElement, texts int) {
	value := ""
	for _, v := range slices.Concat(c.all("v"), c.all("is", "t")) {
		value += v.text
	}
	switch at := c.attrs["r"]; c.attrs["t"] {
	case "s":
		n, err := strconv.Atoi(value)
		r.rule(err == nil && n < texts, "cell %s has the text %s of %d", at, value, texts)
	case "inlineStr":
		r.rule(len(utf16.Encode([]rune(value))) <= sheet.CellUnits+6*strings.Count(value, "_x005F_"), "cell %s is too long", at)
		for _, escape := range escapes.FindAllString(value, -1) {
			r.rule(escape == "_x005F_", "cell %s has the escape %s", at, escape)
		}
	case "":
		_, err := strconv.ParseFloat(value, 64)
		r.rule(err == nil || value == "", "cell %s has the number %q", at, value)
	default:
		r.rule(false, "cell %s is of type %s", at, c.attrs["t"])
	}
}

// view checks that panes are those that the split makes.
func (r *rulesOf) view(s *xmlElement) {
	for _, view := range s.all("sheetViews", "sheetView") {
		panes := []string{"topLeft"}
		for _, p := range view.all("pane") {
			x, y := max(p.number("xSplit"), 0), max(p.number("ySplit"), 0)
			first, _ := excelize.CoordinatesToCellName(x+1, y+1)
			panes = map[[2]bool][]string{{true, true}: {"topRight", "bottomLeft", "bottomRight"}, {true, false}: {"topRight"},
				{false, true}: {"bottomLeft"}}[[2]bool{x > 0, y > 0}]
			r.rule(p.attrs["state"] == "frozen" && p.attrs["topLeftCell"] == first && len(panes) > 0 &&
				p.attrs["activePane"] == panes[len(panes)-1], "%v", p.attrs)
		}
		seen := map[string]bool{}
		for _, sel := range view.all("selection") {
			pane := sel.attrs["pane"]
			r.rule(slices.Contains(panes, pane) && !seen[pane] && sel.attrs["activeCell"] == sel.attrs["sqref"], "%v", sel.attrs)
			seen[pane] = true
		}
	}
}

// TestWorkbookKeepsTheRules walks the workbooks of every kind of run, of hostile texts, of
// many rows and of exported users.
func TestWorkbookKeepsTheRules(t *testing.T) {
	books := map[string][]byte{}
	for name, in := range fixtures {
		books[name] = []byte(rendered(t, xlsx.Write, mustNew(t, in())))
	}
	books["hostile"] = []byte(rendered(t, xlsx.Write, mustNew(t, filled(func(place string) string {
		return "_x000D_\x00\x0b\uFFFE\xff<&>]]>'\"\r\n=1+1" + place + strings.Repeat("😀", 20_000)
	}))))
	books["many"] = []byte(rendered(t, xlsx.Write, mustNew(t, large(3_000))))
	books["review"] = bookOf(t, toReview())
	books["export"] = []byte(render(t, func(w io.Writer) error {
		hostile := user.User{UID: "007", Name: "=1+1\x00", Link: "https://example.com/?a=1&b=2", State: user.Active}
		return roster.Write(w, "xlsx", []user.User{hostile}, time.Unix(0, 0))
	}))
	for name, content := range books {
		for _, what := range brokenRules(t, content) {
			t.Errorf("%s: %s", name, what)
		}
	}
}

// TestRulesAreHeld breaks one rule after the other.
func TestRulesAreHeld(t *testing.T) {
	book := bookOf(t, toReview())
	for _, c := range []struct{ part, old, new, want string }{
		{"xl/worksheets/sheet2.xml", "<sheetFormatPr defaultRowHeight=\"15\"></sheetFormatPr>", "", ""},
		{"xl/worksheets/sheet2.xml", "<dimension ref", "<cols></cols><dimension ref", "<dimension> is out of order"},
		{"xl/worksheets/sheet2.xml", `topLeftCell="E2"`, `topLeftCell="D2"`, "topLeftCell"},
		{"xl/worksheets/sheet2.xml", `pane="topRight"`, `pane="topLeft"`, "topLeft"},
		{"xl/worksheets/sheet2.xml", `<row r="3"`, `<row r="2"`, "row 2 is behind row 2"},
		{"xl/worksheets/sheet2.xml", `<row r="3"`, `<row r="3" customHeight="1" ht="900"`, "900 points tall"},
		{"xl/worksheets/sheet2.xml", `<c r="B3"`, `<c r="A3"`, "cell A3 is behind column 1"},
		{"xl/worksheets/sheet2.xml", `s="6"`, `s="600"`, "has the format 600"},
		{"xl/worksheets/sheet2.xml", `t="s"><v>`, `t="s"><v>9`, "has the text 9"},
		{"xl/worksheets/sheet2.xml", `"apply,`, `"` + strings.Repeat("apply,", 50), "type:list"},
		{"xl/worksheets/sheet2.xml", `priority="2"`, `priority="1"`, "priority:1"},
		{"xl/worksheets/sheet2.xml", `<is><t>`, `<is><t>_x000D_`, "has the escape _x000D_"},
		{"xl/worksheets/sheet2.xml", `<is><t>`, `<is><t>` + strings.Repeat("x", 33_000), "is too long"},
		{"xl/workbook.xml", `name="Rejects"`, `name="operations"`, `two sheets are called "operations"`},
		{"xl/workbook.xml", `name="Rejects"`, `name="` + strings.Repeat("R", 32) + `"`, "can't be called"},
		{"xl/workbook.xml", `'Rejects'!$1:$1`, `'Others'!$1:$1`, "'Others'!$1:$1"},
		{"xl/styles.xml", `<cellXfs count="`, `<cellXfs count="9`, "<cellXfs> has"},
		{"[Content_Types].xml", "sheet3.xml", "sheet9.xml", "has no type"},
		{"docProps/core.xml", "<dc:title>", "<dc:title></dc:title><dc:title>", "title is there twice"},
	} {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		in, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range in.File {
			part, _ := f.Open()
			text, err := io.ReadAll(part)
			if err != nil {
				t.Fatal(err)
			}
			if f.Name == c.part {
				old := strings.ReplaceAll(c.old, "'", "&#39;")
				if !bytes.Contains(text, []byte(old)) {
					t.Fatalf("%s has no %q", c.part, c.old)
				}
				text = bytes.Replace(text, []byte(old), []byte(c.new), 1)
			}
			w, _ := z.Create(f.Name)
			_, _ = w.Write(text)
		}
		_ = z.Close()
		broken := strings.Join(brokenRules(t, out.Bytes()), "\n")
		if !strings.Contains(broken, c.want) || (c.want == "") != (broken == "") {
			t.Errorf("%s with %.60q: %q, want %q", c.part, c.new, broken, c.want)
		}
	}
}
