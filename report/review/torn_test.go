package review

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"cometsync/internal/plan"
)

// repacked is a workbook whose parts are changed; nil leaves one out.
func repacked(t testing.TB, content []byte, change func(name string, text []byte) []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if text = change(f.Name, text); text == nil {
			continue
		}
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const operationPart = "xl/worksheets/sheet2.xml"

// A workbook that is not whole is an error, wherever it breaks off.
func TestTornWorkbook(t *testing.T) {
	in := toReview()
	p := saved(t, in)
	book := bookOf(t, in)
	for n := 2; n < len(book); n += 1 + n/50 {
		if _, err := decisions("report.xlsx", book[:n], p, plan.Hold); err == nil {
			t.Errorf("%d of %d bytes are taken for the whole", n, len(book))
		}
	}
	flipped := bytes.Clone(book)
	at := bytes.Index(book, []byte(operationPart)) + len(operationPart) + 300
	flipped[at] ^= 0x40
	if _, err := decisions("report.xlsx", flipped, p, plan.Hold); err == nil {
		t.Error("a changed byte in the sheet is not seen")
	}
	var sheet []byte
	repacked(t, book, func(name string, text []byte) []byte {
		if name == operationPart {
			sheet = text
		}
		return text
	})
	for n := range len(sheet) {
		if n%97 != 0 && n < len(sheet)-40 {
			continue
		}
		torn := repacked(t, book, func(name string, text []byte) []byte {
			if name == operationPart {
				return text[:n]
			}
			return text
		})
		if _, err := decisions("report.xlsx", torn, p, plan.Hold); err == nil {
			t.Errorf("a sheet that breaks off after %d of %d bytes is taken for whole", n, len(sheet))
		}
	}
	for name, c := range map[string]struct {
		old, new string // in the sheet
		want     string
	}{
		"rows out of order":  {`<row r="5"`, `<row r="3"`, "row 3 comes after row"},
		"a row twice":        {`<row r="5"`, `<row r="4"`, "two rows have the number 4"},
		"no row's number":    {`<row r="5"`, `<row r="2000000"`, "no row can have"},
		"cells out of order": {`<c r="C5"`, `<c r="A5"`, "in row 5, a cell in column A comes after one in column B"},
		"a cell nowhere":     {`<c r="C5"`, `<c r="5"`, "which no cell can have"},
		"a shared nothing":   {`t="inlineStr"><is><t>gone-1</t></is>`, `t="s"><v>999</v>`, "shared text"},
		"no character":       {`>gone-1<`, `>&nbsp;<`, "is not an entity of XML"},
		"half a character":   {`>gone-1<`, `>a &amp b<`, "begins no entity"},
		"a document type":    {`<worksheet `, `<!DOCTYPE x [<!ENTITY a "b">]><worksheet `, "document type"},
		"tags crossed":       {`</t></is>`, `</is></t>`, "closes nothing"},
		"another root":       {`<worksheet `, `<workshop `, "it begins with <workshop>"},
		"text behind":        {`</worksheet>`, `</worksheet>x`, "text is outside of all elements"},
		"elements behind":    {`</worksheet>`, `</worksheet><x/>`, "elements follow the end"},
	} {
		found := false
		content := repacked(t, book, func(part string, text []byte) []byte {
			if part != operationPart {
				return text
			}
			found = bytes.Contains(text, []byte(c.old))
			return bytes.Replace(text, []byte(c.old), []byte(c.new), 1)
		})
		_, err := decisions("report.xlsx", content, p, plan.Hold)
		if !found || err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	for _, part := range []string{"[Content_Types].xml", "xl/workbook.xml", "_rels/.rels", "xl/_rels/workbook.xml.rels", operationPart,
		"docProps/core.xml"} {
		_, err := decisions("report.xlsx", repacked(t, book, func(name string, text []byte) []byte {
			if name == part {
				return nil
			}
			return text
		}), p, plan.Hold)
		needed := part != "[Content_Types].xml" && part != "docProps/core.xml"
		if needed != (err != nil) {
			t.Errorf("without %s: error %v", part, err)
		}
	}
}

// An archive that could be read in two ways, or that grows without end, is refused.
func TestHostileWorkbook(t *testing.T) {
	in := toReview()
	p := saved(t, in)
	book := bookOf(t, in)
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	repacked(t, book, func(name string, text []byte) []byte {
		for _, name := range []string{name, strings.ToUpper(name)} {
			w, err := out.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(text); err != nil {
				t.Fatal(err)
			}
			if name != operationPart {
				break
			}
		}
		return text
	})
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := decisions("report.xlsx", b.Bytes(), p, plan.Hold); err == nil || !strings.Contains(err.Error(), "two parts") {
		t.Errorf("a part twice: %v", err)
	}

	limits := reviewLimits(int64(len(book)))
	limits.Part = 3000
	if _, err := openReview(book, limits); err == nil || !strings.Contains(err.Error(), "unpacks to") {
		t.Errorf("a part over its limit: %v", err)
	}
	for name, text := range map[string]string{
		"a text without end":     `<worksheet>` + strings.Repeat("x", 1<<20),
		"a tag without end":      `<worksheet ` + strings.Repeat("x", 1<<20),
		"a comment without end":  `<worksheet><!--` + strings.Repeat("x", 1<<20),
		"elements in each other": strings.Repeat("<worksheet>", 1000) + strings.Repeat("</worksheet>", 1000),
	} {
		_, err := decisions("report.xlsx", repacked(t, book, func(part string, content []byte) []byte {
			if part == operationPart {
				return []byte(text)
			}
			return content
		}), p, plan.Hold)
		if err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Programs write the same cells in other ways.
func TestWorkbookInOtherWords(t *testing.T) {
	in := toReview()
	p := saved(t, in)
	book := bookOf(t, in)
	for name, c := range map[string][2]string{
		"a comment in a text":   {">gone-1<", "><!-- > -->go<![CDATA[ne-1]]><"},
		"entities":              {">gone-1<", ">gon&#101;-&#x31;<"},
		"a line end of its own": {">gone-1<", ">gone-1_x000D_\r\n<"},
		"runs, and how to say it": {`<t>gone-1</t>`,
			`<r><rPr><b/></rPr><t>gone</t></r><r><t>-1</t></r><rPh sb="0" eb="1"><t>gone</t></rPh>`},
		"quotes of another kind": {`<c r="C2" `, "<c\n r='C2' "},
		"no references":          {`<row r="2"`, "<row"},
		"an instruction":         {"<sheetData>", "<?x a>b?><sheetData>"},
	} {
		found := false
		content := repacked(t, book, func(part string, text []byte) []byte {
			if part != operationPart {
				return text
			}
			found = bytes.Contains(text, []byte(c[0]))
			return bytes.Replace(text, []byte(c[0]), []byte(c[1]), 1)
		})
		d, err := decisions("report.xlsx", content, p, plan.Hold)
		if err != nil || !found {
			t.Errorf("%s: %v, %v", name, found, err)
			continue
		}
		allApplied(t, p, d)
	}
	prefixed := repacked(t, book, func(part string, text []byte) []byte {
		if part != operationPart {
			return text
		}
		for _, name := range []string{"worksheet", "sheetData", "row", "c", "is", "t", "v"} {
			for _, end := range []string{" ", ">"} {
				text = bytes.ReplaceAll(text, []byte("<"+name+end), []byte("<x:"+name+end))
				text = bytes.ReplaceAll(text, []byte("</"+name+end), []byte("</x:"+name+end))
			}
		}
		return text
	})
	d, err := decisions("report.xlsx", prefixed, p, plan.Hold)
	if err != nil {
		t.Fatal(err)
	}
	allApplied(t, p, d)
}
