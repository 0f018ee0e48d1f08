package workbook

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestUsualFormReadsAsAnyOther writes the same cells and shared texts as most
// writers do, which is read in one step, and with white space that makes no
// difference, which is not: rows, faults and limits are the same.
func TestUsualFormReadsAsAnyOther(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	faults := 0
	for range 1500 {
		var cells strings.Builder
		for i := range 1 + r.IntN(5) {
			column := Letters(i * (1 + r.IntN(2)))
			ref := fmt.Sprintf("%s%s", column, pick("1", "1", "1", "1", "1", "1", "1", "1", "", "2", "01"))
			if r.IntN(40) == 0 {
				ref = pick("", "1", "a1", "A", "ZZZZZZ1", strings.Repeat("A", 20))
			}
			value := pick("0", "1", "2", "3", "4", "1", "2", "7", "99999999999", "1.5", "-1", "1E+3", "", " 1 ", "x", "&#49;", "1\r",
				"_x0031_", strings.Repeat("1", 70))
			style := pick("", "", ` s="1"`, ` s="0012"`, ` s=""`, ` s="x"`, ` s="1234567890"`, ` cm="1"`)
			kind := pick("", ` t="s"`, ` t="s"`, ` t="s"`, ` t="n"`, ` t="b"`, ` t="str"`, ` t="d"`, ` t="e"`, ` t=""`,
				` t="&#115;"`)
			inside := "><v>" + value + "</v></c>"
			switch r.IntN(6) {
			case 0:
				inside = "/>"
			case 1, 2:
				kind = pick(` t="inlineStr"`, ` t="inlineStr"`, ` t="inlineStr"`, kind)
				text := pick(value, " a ", "a&amp;b", "a & b", "&#x41;", "a\r\nb", "_x0041_", "]]>", strings.Repeat("é", 40))
				inside = "><is>" + pick("<t>", `<t xml:space="preserve">`, "<t >") + text + "</t>" + pick("</is></c>", "</is></c>", "<r/></is></c>")
			}
			fmt.Fprintf(&cells, `<c r="%s"%s%s`, ref, pick(style+kind, kind+style), inside)
		}
		texts := ""
		for range r.IntN(6) {
			texts += pick("<si><t>", "<si><t>", `<si><t xml:space="preserve">`) + pick("Anna", "", "a&amp;b", "a\r\nb", "_x0041_", "é", strings.Repeat("z", 90), "]]>") +
				pick("</t></si>", "</t></si>", "</t></si>", "</t ></si>", "</t><t>b</t></si>", "</x></si>")
		}
		limits := Usual()
		if r.IntN(2) == 0 {
			limits = Limits{Part: 1 << 20, Ratio: 400, RatioFrom: 1 << 20, Tag: 250 + r.IntN(2), Depth: 3 + r.IntN(4), Sheets: 9, Styles: 9,
				Rows: 9, Columns: 2 + r.IntN(6), Cell: 60 + r.IntN(40), Row: 100, Strings: r.IntN(6), Shared: int64(r.IntN(100)), Merges: 9}
		}
		read := func(sheet, shared string) string {
			b, err := openBytes(pack(t, plainBook(head+`<row r="1">`+sheet+"</row>"+foot, file{"xl/sharedStrings.xml", "<sst>" + shared +
				"</sst>"})), limits)
			if err != nil {
				return err.Error()
			}
			rows, err := b.Rows(b.Sheets()[0])
			if err != nil {
				return err.Error()
			}
			defer rows.Close()
			return dump(rows)
		}
		got := read(cells.String(), texts)
		want := read(strings.ReplaceAll(cells.String(), "<c r=", "<c  r="), strings.ReplaceAll(texts, "<si><t", "<si ><t "))
		if got != want {
			t.Fatalf("%s, %s:\n%s\nand otherwise\n%s", cells.String(), texts, got, want)
		}
		if strings.Contains(got, "!") {
			faults++
		}
	}
	if faults < 150 || faults > 1350 {
		t.Errorf("%d of 1500 had a fault", faults)
	}
}
