package importer

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"cometsync/internal/user"
)

func TestReadRekeys(t *testing.T) {
	const text = "old_uid,new_uid,reason,confidence,old_name,new_name,decision,_file,_sheet,_row\n" +
		"A-1 ,b-1,leading-zeros,90,Müller,Müller,,staff.csv,,2\n" +
		"'-2,b-2,same-key,90,,,Same,staff.csv,,3\n\n" +
		"a-3,b-3,same-key,90,,,different,staff.csv,,4\n" +
		"a-3,b-4,same-key,90,,,SAME,staff.csv,,4\n" +
		"a-1,b-1,,,,,same,,,\n"
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(text, ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	latin, err := charmap.Windows1252.NewEncoder().String("sep=;\r\n" + strings.ReplaceAll(strings.ReplaceAll(text, ",", ";"), "\n",
		"\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	workbook := filepath.Join(t.TempDir(), "rekey.xlsx")
	f := excelize.NewFile()
	defer f.Close()
	var rows [][]any
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		var row []any
		for _, cell := range strings.Split(line, ",") {
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	fillSheet(t, f, "Sheet1", rows)
	if err := f.SaveAs(workbook); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"as it is": write(t, "rekey.csv", text), "with a mark": write(t, "rekey.csv", "\uFEFF"+text), "semicolons, Windows-1252": write(t,
			"rekey.csv", latin),
		"tabs, UTF-16": write(t, "rekey.txt", utf16), "a workbook": workbook,
	} {
		same, different, err := ReadRekeys(path)
		if err != nil || !maps.Equal(same, map[string]string{"b-1": "a-1", "b-2": "-2", "b-4": "a-3"}) ||
			!maps.Equal(different, map[[2]string]bool{{"a-3", "b-3"}: true}) {
			t.Errorf("%s: %v %v %v", name, same, different, err)
		}
	}
}

// In a report's workbook a pair is one person only if somebody says so.
func TestReadRekeysOfAReport(t *testing.T) {
	const text = "Decision,Old UID,New UID\n,a-1,b-1\nSame,'-2,b-2\ndifferent,a-3,b-3\nSAME,a-3,b-4\nUndecided,a-5,b-5\n"
	for name, path := range map[string]string{"the workbook": rekeySheet(t), "its sheet as CSV": write(t, "rekey.csv", text)} {
		same, different, err := ReadRekeys(path)
		if err != nil || !maps.Equal(same, map[string]string{"b-2": "-2", "b-4": "a-3"}) ||
			!maps.Equal(different, map[[2]string]bool{{"a-3", "b-3"}: true}) {
			t.Errorf("%s: %v %v %v", name, same, different, err)
		}
	}
	same, different, err := ReadRekeys(write(t, "rekey.csv", "old_uid,new_uid,decision\na,b,\nc,d,undecided\n"))
	if err != nil || !maps.Equal(same, map[string]string{"b": "a"}) || len(different) > 0 {
		t.Errorf("rekey.csv: %v %v %v", same, different, err)
	}
}

// rekeySheet is a workbook as a report is one: the pairs are not on its first
// sheet, and its headers are made to be read.
func rekeySheet(t *testing.T) string {
	t.Helper()
	return book(t, [][]any{{"What", "Old UID"}, {"Decision", "a-9"}}, func(f *excelize.File) {
		if _, err := f.NewSheet("Re-key"); err != nil {
			t.Fatal(err)
		}
		fillSheet(t, f, "Re-key", [][]any{
			{"Decision", "Old UID", "Old name", "New UID", "New name", "Reason", "Confidence", "File", "Sheet", "Row"},
			{nil, "A-1 ", "Müller", "b-1"}, {"Same", "'-2", nil, "b-2"}, {"different", "a-3", nil, "b-3"}, {"SAME", "a-3", nil, "b-4"},
			{"undecided", "a-5", nil, "b-5"},
		})
	})
}

func TestReadRekeysRefuses(t *testing.T) {
	const header = "old_uid,new_uid,decision\n"
	for _, c := range []struct{ text, want string }{
		{"", "rekey.csv: is empty; export it again"},
		{"old_uid,new_uid\na,b\n", "rekey.csv: its header has to name the columns old_uid, new_uid and decision"},
		{header + "a b,c,\n", `rekey.csv:2: old_uid: "a b": only a-z 0-9 - _ are allowed; correct it, or let --uid-rewrite slug make ` +
			`it "a-b"`},
		{header + "a,,\n", `rekey.csv:2: new_uid: "": the row has no uid`},
		{header + "1.23457E+15,b,\n", `rekey.csv:2: old_uid: "1.23457E+15": looks like a number that a spreadsheet has rounded`},
		{header + "a,b,perhaps\n", `rekey.csv:2: decision: "perhaps" is not a decision; it is same, different or undecided`},
		{header + "\n42,42,\n", `rekey.csv:3: old_uid and new_uid are both "42"; if a spreadsheet has taken zeros off, format both ` +
			`columns as text`},
		{header + "a,b,\nc,b,\n", `rekey.csv:3: new_uid: "b" is "a" in row 2, and "c" here`},
		{header + "a,b,\na,c,\n", `rekey.csv:3: old_uid: "a" is "b" in row 2, and "c" here`},
		{header + "a,b,\nb,c,\n", `rekey.csv:2: "b" is the new uid here and the old one in row 3`},
		{header + "a,b,same\na,b,different\n", `rekey.csv:3: "a" and "b" are one person in row 2, and two here`},
		{header + "a,b,different\na,b,same\n", `rekey.csv:3: "a" and "b" are two people in an earlier row, and one here`},
		{header + "a,b\n", "rekey.csv:2: 2 cells where the header has 3 columns"},
		{header + "a,\"b\nc,d,\n", "rekey.csv:2: 2 cells where the header has 3 columns, or a quote that is not closed"},
		{header + "a,b,\nc", "rekey.csv:3: 1 cell where the header has 3 columns"},
	} {
		path := write(t, "rekey.csv", c.text)
		_, _, err := ReadRekeys(path)
		if err == nil || !strings.HasPrefix(strings.ReplaceAll(err.Error(), path, "rekey.csv"), c.want) {
			t.Errorf("%q: %v; want %s", c.text, err, c.want)
		}
	}
	// A number of a sheet may be another than it was.
	path := book(t, [][]any{{"old_uid", "new_uid", "decision"}, {1234567890123456700, "b", ""}}, nil)
	if _, _, err := ReadRekeys(path); err == nil || !strings.Contains(err.Error(), "old_uid: A2 holds a number of more than 15 digits") {
		t.Errorf("%v", err)
	}
	if _, _, err := ReadRekeys(filepath.Join(t.TempDir(), "none.csv")); err == nil || !strings.Contains(err.Error(), "check the path") {
		t.Errorf("%v", err)
	}
}

func TestRekeyedRows(t *testing.T) {
	rules := user.Rules{Rekey: map[string]string{"b-2": "a-1"}}
	r := csvText(t, Options{Rules: rules}, "uid,name\nB-2,Anna\nben,Ben\n")
	expect(t, r, `2 a-1 name="Anna"`, `3 ben name="Ben"`, "notice repaired 1", "notice re-keyed 1")
	if _, _, ok := r.Find("b-2"); ok {
		t.Error("the uid that was replaced is found")
	}
	in := r.Intake()
	if got := in.Notices[len(in.Notices)-1].Message; got != "re-keyed: 1 user keeps the uid that the app has for the person" {
		t.Error(got)
	}
	// Two rows are two people, whatever is to become of duplicates.
	for d := range LastWins + 1 {
		r := csvText(t, Options{Rules: rules, Duplicates: d}, "uid,name\nb-2,Anna\na-1,Anna\n")
		expect(t, r, `reject 2 uid="a-1" uid duplicate-uid "b-2"`, `reject 3 uid="a-1" uid duplicate-uid "a-1"`, "notice re-keyed 1")
		x := r.Intake().Rejects.Slice()
		if want := `--rekey makes one person of "b-2", "a-1" (row 3), and each has a row`; !strings.HasPrefix(x[0].Defects[0].Message,
			want) {
			t.Errorf("%s: %s", d, x[0].Defects[0].Message)
		}
		if got := fmt.Sprint(x[0].Claims, x[1].Claims); got != "[{same-uid b-2 } {same-name anna }] [{same-name anna }]" {
			t.Errorf("%s: %s", d, got)
		}
	}
	// One row twice is one person.
	expect(t, csvText(t, Options{Rules: rules}, "uid,name\nb-2,Anna\nb-2,Anna\n"), `2 a-1 name="Anna"`, "notice duplicate-rows 1",
		"notice re-keyed 2")
}

func TestLookFindsRekeyedRowsByBothUIDs(t *testing.T) {
	source := write(t, "a.csv", "uid,name\nMüller 7,Müller\nben,Ben\n")
	opt := Options{Rules: user.Rules{Rewrite: user.RewriteSlug, Rekey: map[string]string{"muller-7": "m7"}}}
	const want = `a.csv:2 m7 used
  uid "Müller 7" value "m7" rewritten by --uid-rewrite slug, re-keyed from muller-7
`
	for _, uid := range []string{"m7", "muller-7", "müller 7"} {
		if got := lookAt(t, opt, uid, nil, source); got != want {
			t.Errorf("%s: got\n%swant\n%s", uid, got, want)
		}
	}
}
