package corrections

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/table"
	"cometsync/internal/user"
)

// file reads a text as corrections, or as what the mapping asks for.
func file(t *testing.T, text string, grid ...string) *File {
	t.Helper()
	m, err := (&columns.Settings{}).Mapping(false)
	if err != nil {
		t.Fatal(err)
	}
	m.Grid = grid
	c := delimited.NewChunker(strings.NewReader(text), true)
	c.Fill(delimited.ChunkSize)
	f, err := Read(&table.Table{File: user.File{Path: "mended.csv"}, Mapping: m}, c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestRead(t *testing.T) {
	if f := file(t, "uid,name\nanna,Anna\n"); f != nil {
		t.Errorf("a roster is read as corrections: %+v", f)
	}
	f := file(t, "uid;name;_file;_row;_column;_code;_message\n"+
		"anna;Anna;a.csv;2;;;wrong [row 0123456789ab]\n\nben;Ben;a.csv;7;uid;DROP;\ncarl;Carl;b.csv;x\n")
	var got []string
	for _, row := range f.Rows {
		got = append(got, fmt.Sprintf("%d %+v %t", row.Number, row.Named, row.Broken != ""))
	}
	want := `2 {File:a.csv Row:2 Mark:0123456789ab Confirmed:true Drops:false Taken:false} false
4 {File:a.csv Row:7 Mark: Confirmed:false Drops:true Taken:false} false
5 {File:b.csv Row:0 Mark: Confirmed:true Drops:false Taken:false} true`
	if got := strings.Join(got, "\n"); got != want || fmt.Sprint(f.Blanks, f.Last) != "[3] 5" {
		t.Errorf("got\n%s\nwant\n%s\n%v %d", got, want, f.Blanks, f.Last)
	}
	if at := f.Columns([]string{"Name", "uid", "name"}); fmt.Sprint(at) != "[1 0 -1]" {
		t.Errorf("the columns are in %v", at)
	}
	if text := string(f.Text(f.Rows[:2], []int{1, 0})); text != "\nAnna;anna\n\nBen;ben\n" {
		t.Errorf("the rows are written as %q", text)
	}
	if names, n := f.Files(func(n Named) bool { return true }); fmt.Sprint(names, n) != "[a.csv] 2" {
		t.Errorf("%d rows of %v", n, names)
	}
}

func TestRekeys(t *testing.T) {
	const header = "old_uid,new_uid,decision\n"
	for rows, want := range map[string]string{
		"a,b,\nc,d,SAME\ne,f,different\n": "map[b:a d:c] map[[e f]:true]",
		"a,b,\na,b,same\n":                "map[b:a] map[]",
		"a,a,\n":                          "mended.csv:2: old_uid and new_uid are both",
		"a,b,perhaps\n":                   `mended.csv:2: decision: "perhaps" is not a decision`,
		"a,b,\nc,b,\n":                    `mended.csv:3: new_uid: "b" is "a" in row 2`,
		"a,b,\na,c,\n":                    `mended.csv:3: old_uid: "a" is "b" in row 2`,
		"a,b,\nb,c,\n":                    `mended.csv:2: "b" is the new uid here and the old one in row 3`,
		"a,b,\na,b,different\n":           "mended.csv:3: \"a\" and \"b\" are one person in row 2",
		",b,\n":                           "mended.csv:2: old_uid: ",
	} {
		p, err := RekeysOf([]*File{file(t, header+rows, RekeyColumns...)})
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(p.Same, p.Different)
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s, want %s", rows, got, want)
		}
	}
}

func TestSameRow(t *testing.T) {
	m, err := (&columns.Settings{}).Mapping(false)
	if err != nil {
		t.Fatal(err)
	}
	h, err := m.Resolve([]string{"uid", "name", "link"}, 0, user.NewLayout(), func(int) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	of := &table.Table{Mapping: m, Header: h, UID: h.Columns[:1]}
	wrong := []user.Defect{{Column: "link", Code: user.LinkInvalid}}
	for _, c := range []struct {
		name                   string
		old                    user.Reject
		uid                    string
		cells                  []string
		same, means, untouched bool
	}{
		{"its link is corrected", user.Reject{UID: "anna", Cells: []string{"anna", "Anna", "x"}, Defects: wrong}, "anna",
			[]string{"anna", "Anna", ""}, true, true, false},
		{"nobody has touched it", user.Reject{UID: "anna", Cells: []string{"anna", "Anna", "x"}, Defects: wrong}, "anna",
			[]string{"anna", "Anna", "x"}, true, true, true},
		{"somebody else's uid, and name", user.Reject{UID: "anna", Cells: []string{"anna", "Anna", "x"}, Defects: wrong}, "ben",
			[]string{"ben", "Ben", ""}, false, false, false},
		{"a uid that it had not", user.Reject{Cells: []string{"", "Anna", ""}, Defects: []user.Defect{{Column: "uid"}}}, "anna",
			[]string{"anna", "Anna", ""}, true, false, false},
		{"one that it may mean", user.Reject{Claims: []user.Claim{{Because: user.SameSlug, Value: "anna-b"}},
			Cells: []string{"Anna B", "", ""}, Defects: []user.Defect{{Column: "uid"}}}, "anna-b", []string{"anna-b", "", ""}, true, true,
			false},
	} {
		p := Pair{Old: &c.old, Of: of, Table: of, UID: c.uid, Cells: c.cells}
		if p.Same() != c.same || p.Means() != c.means || p.Untouched() != c.untouched {
			t.Errorf("%s: same %t, means it %t, untouched %t", c.name, p.Same(), p.Means(), p.Untouched())
		}
	}
}
