package importer

import (
	"context"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

// Whatever the parts of a workbook hold, the books of its rows balance: each
// is a user, a duplicate, a reject, blank, or named as none. What a row is in
// a sheet is said by attributes as well, so that there are more ways to go
// wrong than in text.
func FuzzWorkbook(f *testing.F) {
	people := texts(1, "uid", "name", "state") + texts(2, "anna", "Anna", "left") + texts(3, "ben", "Ben")
	shared := `<si><t>uid</t></si><si><r><t>a</t></r><r><t>b</t></r></si>`
	for _, rows := range []string{
		people,
		texts(1, "Staff") + people + texts(9, "Total: 2"),
		texts(1, "uid", "name") + tr(2, number(fiveDigits, "17"), inline("x")) + tr(4, number(general, "1234567890123456"),
			failedCell("#N/A")) + tr(7, `<c><f>A1</f></c>`, sharedText(1)),
		`<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>name</t></is></c></row><row r="5" hidden="1"><c r="B5" t="b"><v>1</v></c><c ` +
			`r="A5" t="str"><v>q</v></c></row>`,
		`</sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells><sheetData>` + people,
		texts(2, "uid", "name") + texts(1, "anna", "Anna") + texts(2, "ben") + texts(1048577, "carl"),
		people[:len(people)-30],
		// as wide as a sheet can be
		`<row r="1"><c r="A1" t="str"><v>uid</v></c><c r="XFD1" t="str"><v>remark</v></c></row>` + texts(2, "anna"),
		`<row><c r="A1" t="inlineStr"><is><t>uid</t></is></c></row><row><c t="inlineStr"><is><t>a&#10;b&quot;,&#x7F;</t></is></c></row>`,
	} {
		f.Add(rows, shared, "00000", uint8(0))
		f.Add(rows, "", `dd\.mm\.yyyy`, uint8(7))
	}
	f.Fuzz(func(t *testing.T, rows, shared, format string, choices uint8) {
		parts := plainParts(rows+`</sheetData></worksheet>`, usualMain, usualRel)
		for i, p := range parts {
			if i > 0 && parts[i-1] == "xl/_rels/workbook.xml.rels" {
				parts[i] = strings.Replace(p, "</Relationships>",
					`<Relationship Id="r2" Type="`+usualRel+`/styles" Target="styles.xml"/><Relationship Id="r3" `+
						`Type="`+usualRel+`/sharedStrings" Target="shared.xml"/></Relationships>`, 1)
			}
		}
		parts = append(parts, "xl/styles.xml",
			`<styleSheet><numFmts><numFmt numFmtId="164" formatCode="`+format+`"/></numFmts><cellXfs><xf numFmtId="0"/><xf `+
				`numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
			"xl/shared.xml", `<sst>`+shared+`</sst>`)
		opt := Options{
			Duplicates: Duplicates(choices % 3),
			Rules:      user.Rules{Rewrite: user.Rewrite(choices / 4 % 3), EmptyClears: choices&8 != 0},
			Dates:      choices&16 != 0,
			Settings:   columns.Settings{DisplayedUIDs: choices&32 != 0, FixMojibake: choices&64 != 0},
		}
		checkBooks(t, opt, nil, storedZip(parts...))
	})
}

// mention is how sources speak of uids: of users, and of rejects.
func mention(t *testing.T, opt Options, sources ...string) (users, rejects map[string]bool, in *user.Intake, ok bool) {
	t.Helper()
	r, err := Read(context.Background(), sources, opt)
	if err != nil {
		return nil, nil, nil, false
	}
	defer r.Close()
	users, rejects = map[string]bool{}, map[string]bool{}
	for ref := range r.Len() {
		if _, ok := r.Entry(ref); ok {
			row, err := r.Load(ref)
			if err != nil {
				t.Fatal(err)
			}
			users[row.User.UID] = true
		}
	}
	for _, reject := range r.Intake().Rejects.All() {
		rejects[reject.UID] = true
	}
	return users, rejects, r.Intake(), true
}

// rejectsText is rejects.csv as the report writes it of one source.
func rejectsText(t *testing.T, in *user.Intake) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	header := in.Rejects.At(0).Header
	extra := 0
	for _, r := range in.Rejects.All() {
		extra = max(extra, len(r.Cells)-len(header))
	}
	line := func(cells []string, behind ...string) {
		out := make([]string, len(header))
		copy(out, cells)
		if extra > 0 {
			more := ""
			if len(cells) > len(header) {
				more = strings.Join(cells[len(header):], "|")
			}
			out = append(out, more)
		}
		for i := range out {
			out[i] = user.Defuse(strings.ToValidUTF8(out[i], "\uFFFD"))
		}
		if err := w.Write(append(out, behind...)); err != nil {
			t.Fatal(err)
		}
	}
	names := append([]string(nil), header...)
	if extra > 0 {
		names = append(names, "_extra")
	}
	if err := w.Write(append(names, "_file", "_row", "_column", "_code", "_message")); err != nil {
		t.Fatal(err)
	}
	for _, r := range in.Rejects.All() {
		line(r.Cells, r.Source.File, strconv.Itoa(r.Source.Row), r.Defects[0].Column, r.Defects[0].Code.String(),
			user.Defuse(strings.ToValidUTF8(r.Defects[0].Message, "\uFFFD")))
	}
	w.Flush()
	return b.String()
}

// Rejects that are handed back as they are cost nobody: who was spoken of, as
// a user or by a reject, still is.
func FuzzRejectsHandedBack(f *testing.F) {
	f.Add("uid,name,link\nanna,Anna,x\nben,Ben\ncarl,Carl,,,extra\n,Dora,\n1.2E+15,E,\nanna,Anna,\n", uint8(0))
	f.Add("uid;name\n\"q;w\nx;y\n\"a\"b;c\n\xff;z\nA;1\na;2\n", uint8(1))
	f.Add("name,uid,state\nA,a,?\nB,b c,left\n'=x,'=y,\n-1,-1,-1\n", uint8(4))
	f.Add(duplicateRows, uint8(0))
	f.Add("\v", uint8(9))
	f.Fuzz(func(t *testing.T, text string, choices uint8) {
		opt := Options{
			Rules:    user.Rules{Rewrite: user.Rewrite(choices / 4 % 3), EmptyClears: choices&8 != 0},
			Settings: columns.Settings{Encoding: "utf-8"},
		}
		source := write(t, "staff.csv", text)
		users, rejects, in, ok := mention(t, opt, source)
		if !ok || in.Rejects.Len() == 0 {
			return
		}
		back := rejectsText(t, in)
		users2, rejects2, _, ok := mention(t, opt, source, write(t, "rejects.csv", back))
		if !ok {
			return
		}
		for uid := range users {
			if !users2[uid] && !rejects2[uid] {
				t.Errorf("%q with\n%q: %q was a user, and is nobody", text, back, uid)
			}
		}
		for uid := range rejects {
			if uid != "" && !users2[uid] && !rejects2[uid] {
				t.Errorf("%q with\n%q: %q was a reject, and is nobody", text, back, uid)
			}
		}
	})
}
