package importer

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/internal/user"
)

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSourcesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	ok := "uid,name\nanna,Anna\n"
	ole := string(input.OLE) + strings.Repeat("\x00", 600)
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"missing.csv", "", []string{"missing.csv: no such file or directory; check the path"}},
		{"folder.csv", "/", []string{"folder.csv: is a directory", "*.csv"}},
		{"empty.csv", "", []string{"empty.csv: is empty; export it again"}},
		{"blank.csv", "\n\r\n \n", []string{"has no text"}},
		{"mark.csv", "\uFEFF", []string{"is empty"}},
		{"empty.csv.gz", "", []string{"is empty"}},
		{"nothing.csv.gz", zipped(t, ""), []string{"is empty"}},
		{"empty.xlsx", "", []string{"empty.xlsx: is empty"}},
		{"staff.docx", ok, []string{`".docx" files can't be read`, ".csv, .tsv, .txt, .xlsx, .xlsm or .jsonl"}},
		{"staff", ok, []string{"without an extension", ".csv"}},
		{"staff.gz", ok, []string{"without an extension"}},
		{"staff.xls", ole, []string{"staff.xls: is an old .xls workbook or an encrypted one; save it as .xlsx without a password"}},
		{"old.xlsx", ole, []string{"old .xls workbook or an encrypted one"}},
		{"secret.xlsx", ole + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00",
			[]string{"is encrypted; save it without a password"}},
		{"noise.xlsx", "\x01\x00\x02\x00", []string{"is not a workbook, whatever its name says"}},
		{"broken.xlsx", "PK\x03\x04 and nothing more", []string{"the workbook is damaged", "export or copy it again"}},
		{"utf32.csv", "\xff\xfe\x00\x00u\x00\x00\x00", []string{"is UTF-32, which can't be read; save it as UTF-8"}},
		{"iso2022.csv", "uid,name\nu1,\x1b$B;3ED\x1b(B\n", []string{"switches its encoding with escape characters"}},
		{"plain.csv.gz", ok, []string{"is not a gzip archive"}},
		{"head.csv.gz", zipped(t, ok)[:5], []string{"cut off in its first bytes"}},
		{"flipped.csv.gz", flip(zipped(t, ok), -6), []string{"the archive is damaged"}},
		{"cut.xlsx.gz", zipped(t, strings.Repeat("PK", 500))[:25], []string{"the archive is cut off"}},
		{"open.csv", "\"uid,name\nanna,Anna\n", []string{"a quote in row 1, the header, is never closed"}},
		{"line.csv", strings.Repeat("x", delimited.ChunkSize+1), []string{"its first row is longer than"}},
		{"nouid.csv", "Name,Office\n", []string{`nouid.csv: no column holds the uid; the headers are "Name", "Office"`, "--map"}},
	} {
		path := filepath.Join(dir, c.name)
		switch {
		case c.text == "/":
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		case c.name != "missing.csv":
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Read(context.Background(), []string{path}, Options{})
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path) {
				t.Errorf("%s: got %v, want %q", c.name, err, want)
			}
		}
	}
	_, err := Read(context.Background(), []string{filepath.Join(dir, "missing.csv")}, Options{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v does not tell that the file is not there", err)
	}
	for _, c := range []struct {
		sources []string
		want    string
	}{
		{nil, "no source; name a file"},
		{[]string{"a.csv", ""}, "an empty source name; name a file"},
		{[]string{filepath.Join(dir, "*.nothing")}, "matches no file; check the path"},
		{[]string{filepath.Join(dir, "[")}, "not a pattern"},
		{[]string{"-", "-"}, "standard input is named twice"},
		{[]string{"-"}, "there is no standard input"},
	} {
		if _, err := Read(context.Background(), c.sources, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.sources, err, c.want)
		}
	}
}

// flip changes the byte at i, counted from the end if negative.
func flip(s string, i int) string {
	b := []byte(s)
	b[(i+len(b))%len(b)] ^= 0xFF
	return string(b)
}

func TestUnreadableFiles(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	path := write(t, "a.csv", "uid\n")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(context.Background(), []string{path}, Options{}); err == nil || !strings.Contains(err.Error(), "make it readable") {
		t.Errorf("%v", err)
	}
}

func TestStandardInputThatFails(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, head := range []string{"", "uid\na\n", manyRows()} {
		in := iotest.ErrReader(broken)
		if head != "" {
			in = &after{strings.NewReader(head), in}
		}
		if _, err := Read(context.Background(), []string{"-"}, Options{Stdin: in}); !errors.Is(err, broken) {
			t.Errorf("after %d bytes: %v", len(head), err)
		}
	}
}

type after struct {
	first, then interface{ Read([]byte) (int, error) }
}

func (a *after) Read(p []byte) (int, error) {
	if n, err := a.first.Read(p); err == nil {
		return n, nil
	}
	return a.then.Read(p)
}

func TestNoRowsAreNoError(t *testing.T) {
	for _, text := range []string{"uid,name", "uid,name\n", "uid,name\r\n\r\n\n"} {
		r := csvText(t, Options{}, text)
		if r.Len() != 0 || r.Intake().Rows != 0 || len(r.Intake().EndsEarly) != 0 {
			t.Errorf("%q: %+v", text, r.Intake())
		}
		if _, _, ok := r.Find("anna"); ok {
			t.Error("somebody is found")
		}
	}
}

func TestFormats(t *testing.T) {
	csv := "uid,name\nanna,Anna\n"
	for name, c := range map[string]struct{ text, format string }{
		"a.csv":    {csv, "csv"},
		"A.CSV":    {csv, "csv"},
		"a.csv.gz": {zipped(t, csv), "csv.gz"},
		"a.txt":    {"uid|name\nanna|Anna\n", "txt"},
		"a.tsv":    {"uid\tname\nanna\tAnna\n", "tsv"},
		"a.tsv.gz": {zipped(t, "uid\tname\nanna\tAnna\n"), "tsv.gz"},
		"b.csv.gz": {zipped(t, "uid,name\n") + zipped(t, "anna,Anna\n"), "csv.gz"}, // two members
	} {
		path := write(t, name, c.text)
		r := mustRead(t, Options{}, path)
		f := r.Intake().Files[0]
		sum := sha256.Sum256([]byte(c.text))
		if f.Format != c.format || f.SHA256 != hex.EncodeToString(sum[:]) || f.Rows != 1 {
			t.Errorf("%s: %+v", name, f)
		}
		if row, err := r.Load(0); err != nil || row.User.Name != "Anna" || row.Source.Row != 2 {
			t.Errorf("%s: %+v %v", name, row, err)
		}
	}
	r := mustRead(t, Options{Stdin: strings.NewReader(csv)}, "-")
	if f := r.Intake().Files[0]; f.Path != "-" || f.Format != "csv" || r.Len() != 1 {
		t.Errorf("%+v", f)
	}
}

func TestHashesTheBytesOnDisk(t *testing.T) {
	// Also those after the end of what has to be read.
	text := "uid\n" + strings.Repeat("\"", 3) + strings.Repeat("x", 2*delimited.MaxRecord)
	r := csvText(t, Options{}, text)
	sum := sha256.Sum256([]byte(text))
	if got := r.Intake().Files[0].SHA256; got != hex.EncodeToString(sum[:]) {
		t.Errorf("%s", got)
	}
	path := book(t, [][]any{{"uid"}, {"anna"}}, nil)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"b.xlsx": string(data), "b.xlsm": string(data), "b.xlsx.gz": zipped(t, string(data))} {
		r := mustRead(t, Options{}, write(t, name, text))
		sum := sha256.Sum256([]byte(text))
		if f := r.Intake().Files[0]; f.SHA256 != hex.EncodeToString(sum[:]) || r.Len() != 1 || f.Format != name[2:] {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestGlobs(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.csv", "a.csv", "c[1].csv", "x.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("uid\n"+name[:1]+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string][]string{
		"[ab].csv": {"a.csv", "b.csv"},
		"?.*":      {"a.csv", "b.csv", "x.txt"},
		"c[1].csv": {"c[1].csv"}, // a file of that name, and no pattern
	} {
		r := mustRead(t, Options{}, filepath.Join(dir, pattern))
		var got []string
		for _, f := range r.Intake().Files {
			got = append(got, filepath.Base(f.Path))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

func TestSourcesThatEndEarly(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("uid,name\n")
	for i := range 5000 {
		fmt.Fprintf(&rows, "u%d,Name %d\n", i, i*7919%5000)
	}
	gz := zipped(t, rows.String())
	for _, c := range []struct {
		name, text, want string
		users, rejected  int
	}{
		{"whole.csv", "uid,name\na,A\nb,B", "", 2, 0},
		{"open.csv", "uid,name\na,A\nb,\"B\nc,C\n", "row 3 is the last, and the quoted cell that begins there is never closed", 1, 1},
		{"line.csv", "uid,name\na,A\nb", "row 3 is the last, and it has 1 of 2 cells and no line end", 1, 1},
		{"cell.csv", "uid,name\na,A\nb\n", "", 1, 1}, // short, but whole
		{"cr.csv", "uid,name\r\na,A\r\nb,B\r", "row 3 is the last, and of its line end only the first half is there", 2, 0},
		{"crblank.csv", "uid,name\r\na,A\r\n\r", "row 3 is the last, and of its line end only the first half is there", 1, 0},
		{"crcell.csv", "uid,name\r\na,A\r\nb\r", "row 3 is the last, and it has 1 of 2 cells and no line end", 1, 1},
		{"crlf.csv", "uid,name\r\na,A\r\nb,B\r\n", "", 2, 0},
		{"crwhole.csv", "uid,name\r\na,A\r\nb,B", "", 2, 0},
		{"lf.csv", "uid,name\na,A\nb,B\r", "", 2, 0},
		{"blanks.csv", "uid,name\na,A\n  ", "", 1, 0},
	} {
		r := mustRead(t, Options{}, write(t, c.name, c.text))
		in := r.Intake()
		early := strings.Join(in.EndsEarly, "\n")
		if in.Users != c.users || in.Rejected != c.rejected || (early == "") != (c.want == "") || !strings.Contains(early, c.want) {
			t.Errorf("%s: %d users, %d rejected, %q", c.name, in.Users, in.Rejected, early)
		}
	}
	for _, n := range []int{len(gz) / 3, len(gz) / 2, len(gz) - 9, len(gz) - 1} {
		r := mustRead(t, Options{}, write(t, "cut.csv.gz", gz[:n]))
		in := r.Intake()
		if len(in.EndsEarly) != 1 || !strings.Contains(in.EndsEarly[0], "it is cut off after row ") {
			t.Errorf("%d of %d bytes: %d users, %q", n, len(gz), in.Users, in.EndsEarly)
		}
		// The row that the cut goes through is nobody to be updated.
		for ref := range r.Len() {
			if e, ok := r.Entry(ref); ok {
				row, err := r.Load(ref)
				if want := fmt.Sprintf("%s,%s\n", row.User.UID, row.User.Name); err != nil || !strings.Contains(rows.String(), "\n"+want) {
					t.Fatalf("%q of %v, %v", want, e, err)
				}
			}
		}
	}
}

func TestALastRowWithoutLineEndNamesNobodyWhenRefused(t *testing.T) {
	for _, c := range []struct {
		opt  Options
		text string
		want []string
	}{
		{Options{}, "link,uid\nnowhere,u1\nnowhere,u3\n", []string{`reject 2 uid="u1" link link-invalid "nowhere"`,
			`reject 3 uid="u3" link link-invalid "nowhere"`}},
		{Options{}, "link,uid\nnowhere,u1\nnowhere,u3", []string{`reject 2 uid="u1" link link-invalid "nowhere"`,
			`reject 3 uid="" link link-invalid "nowhere"`}},
		{Options{}, "uid,name\nu3,A\nbo", []string{`2 u3 name="A"`, `reject 3 uid=""  cells-missing ""`,
			"early ends early: row 3 is the last, and it has 1 of 2 cells and no line end; export or copy it again"}},
		{Options{}, "name,uid\nA,u3\nB,u4\nC,u3", []string{`3 u4 name="B"`, `reject 2 uid="u3" uid duplicate-uid "u3"`,
			`reject 4 uid="" uid duplicate-uid "u3"`}},
		{Options{}, "name,uid\nA,u3\nB,u4\nC,u3\n", []string{`3 u4 name="B"`, `reject 2 uid="u3" uid duplicate-uid "u3"`,
			`reject 4 uid="u3" uid duplicate-uid "u3"`}},
		{Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}, "name,uid\nA,u 3\nC,u-3",
			[]string{`reject 2 uid="u-3" uid uid-collision "u 3"`, `reject 3 uid="" uid uid-collision "u-3"`, "notice uid-rewritten 1"}},
		{Options{}, "name,uid\nA,u3\nB,u39", []string{`2 u3 name="A"`, `3 u39 name="B"`}},
	} {
		expect(t, csvText(t, c.opt, c.text), c.want...)
	}
	// It may be the first row of its uid that there is.
	r := mustRead(t, Options{}, write(t, "a.csv", "name,uid\nA,u3"), write(t, "b.csv", "name,uid\nB,u3\n"))
	if in := r.Intake(); in.Rejected != 2 || in.Rejects.At(0).UID != "" || in.Rejects.At(1).UID != "u3" {
		t.Errorf("%+v", in.Rejects.Slice())
	}
}

func TestRowsThatMayHaveSwallowedOthersNameNobody(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// One line, uid first, and as many cells as there have to be: it is read.
		{"uid,name\nanna,\"Anna\" Kim\n", `reject 2 uid="anna"  quote-broken ""`},
		// Behind other cells, it may be another cell's; and where some are
		// missing, they may be the first ones.
		{"uid,name\nanna\n", `reject 2 uid=""  cells-missing ""`},
		{"uid,dept,name\nops,P 19\n", `reject 2 uid=""  cells-missing ""`},
		// Cells too many may be another row's.
		{"uid,name\nanna,Kim, Anna\n", `reject 2 uid=""  cells-extra ""`},
		{"uid,name\nu20,N20,u21,N21\n", `reject 2 uid=""  cells-extra ""`},
		{"name,uid\nKim, Anna,anna\n", `reject 2 uid=""  cells-extra ""`},
		{"name,role,uid\nanna,ben\n", `reject 2 uid=""  cells-missing ""`},
		// Over several lines, it may be one of several people.
		{"uid,name\nanna,\"Anna\nben,\"Ben\"\ncarl,C\n", `reject 2 uid=""  quote-broken ""`},
		{"uid,name,x\nanna,\"Anna,x\nben,Ben,\"\n", `reject 2 uid=""  cells-missing ""`},
		{"uid,name\nanna,\"A\nB\",,x\n", `reject 2 uid=""  cells-extra ""`},
		{"uid,name\nanna,\"Anna\nben,Ben\n", `reject 2 uid=""  quote-broken ""`},
	} {
		if got := show(t, csvText(t, Options{}, c.text)); !strings.Contains(got, c.want+"\n") {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

// A surplus empty cell is not a cell where the header or every row has it. Anywhere
// else, the cells before it may have moved.
func TestSurplusEmptyCells(t *testing.T) {
	many := strings.Repeat("x,X,r,\n", 3)
	for _, c := range []struct{ text, rejects string }{
		{"uid,name,,\nanna,Anna,,\nben,Ben\ncarl,Carl, \ndora,Dora,,,\n", "5 cells-extra"},
		{"uid,name\nanna,Anna,\nben,Ben,\n", ""},
		{"uid,name,role\n" + many + "1001,Berg, Anna,\n", ""}, // nobody can tell
		{"uid,name,role\n" + many + "1001,Berg, Anna,,\n", "5 cells-extra"},
		{"uid,name,role\n" + many + "1001,Berg, Anna,r,\n", "5 cells-extra"},
		{"uid,name,role\n" + many + "1001 Anna Berg,r,\n" + many,
			"2 cells-extra, 3 cells-extra, 4 cells-extra, 5 uid-invalid, 6 cells-extra, 7 cells-extra, 8 cells-extra"},
		{"uid,name,role\n" + many + "1001,Anna,r", ""}, // its last delimiter is gone with its line end
		{"uid,name,role\n" + many + "Total: 3,,\n", ""},
		{"uid,name,role\n" + many + "uid,name,role\n" + many + ",,\n\n", ""},
		{"uid,name,role\nx,X,r\n1001,Berg, Anna,\n", "3 cells-extra"},
		{"uid,name,role\n1001,Berg, Anna,\n", "2 cells-extra"},
		{"uid,name,role\n1001,Berg, Anna,", "2 cells-extra"},
		{"uid,name,role\n1001,Berg, Anna,\"\"\nx,X,r\n", "2 cells-extra"},
		{"uid,name,role\n" + strings.Repeat(many, columns.SampleRows) + "1001 Anna Berg,r,\n", fmt.Sprintf("%d cells-missing",
			3*columns.SampleRows+2)},
	} {
		for _, comma := range []string{",", ";", "\t", "|"} {
			for _, end := range []string{"\n", "\r\n"} {
				text := strings.ReplaceAll(strings.ReplaceAll(c.text, ",", comma), "\n", end)
				var rejects []string
				in := csvText(t, Options{}, text).Intake()
				for _, r := range in.Rejects.All() {
					rejects = append(rejects, fmt.Sprintf("%d %s", r.Source.Row, r.Defects[0].Code))
					if r.UID != "" {
						t.Errorf("%.200q: the reject says that it is %q", text, r.UID)
					}
				}
				if got := strings.Join(rejects, ", "); got != c.rejects || len(in.EndsEarly) > 0 {
					t.Errorf("%.200q: got %q, %q, want %q", text, got, in.EndsEarly, c.rejects)
				}
			}
		}
	}
}

// A source that is cut off before the first text of a row, or after a quote
// that opens one, ends early.
func TestCutOffWithinCellsWithoutText(t *testing.T) {
	for _, c := range []struct {
		header, last string
		early        bool
	}{
		{"uid,name,role", `"`, true},
		{"uid,name,role", `""`, true},
		{"uid,name,role", `"",`, true},
		{"uid,name,role", `"","`, true},
		{"uid,name,role", `,`, true},
		{"uid,name,role", `, `, true},
		{"name,role,uid", `,,`, true}, // the uid is what would come next
		{"uid,name,role", `,,`, false},
		{"uid,name,role", `  `, false},
		{"uid", `  `, false},
		{"uid", `"`, true},
		{"uid,name,role,", `,`, true},
		{"uid,name,role,", `,,,`, false},
	} {
		for _, end := range []string{"\n", "\r\n"} {
			for _, comma := range []string{",", ";", "\t", "|"} {
				text := strings.ReplaceAll(c.header+end+regexp.MustCompile(`\w+`).ReplaceAllString(c.header, "x")+end+c.last, ",", comma)
				in := csvText(t, Options{}, text).Intake()
				if len(in.EndsEarly) > 0 != c.early || c.early && (in.Rejected != 1 || in.Rejects.At(0).UID != "") {
					t.Errorf("%q: %q, %q", text, in.EndsEarly, in.Rejects.Slice())
				}
			}
		}
	}
}
