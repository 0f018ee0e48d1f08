package importer

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A pattern leaves alone what nobody means: hidden files, and the marks of
// workbooks that are open. A name means what it says.
func TestPatternsLeaveHiddenFilesAlone(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	lock, double := "\x04Anna Kay"+strings.Repeat(" ", 156), "\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X"+strings.Repeat("\x00", 100)
	sheet, err := os.ReadFile(book(t, [][]any{{"uid", "name"}, {"x", "X"}}, nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a/staff.csv": "uid,name\na,A\n", "a/._staff.csv": double, "a/.old.csv": "uid,name\nold,Old\n", "a/staff.xlsx": string(sheet),
		"a/~$staff.xlsx":  lock,
		".trash/gone.csv": "uid,name\ngone,Gone\n", "b/.only.csv": "uid,name\nb,B\n", "b/~$only.xlsx": lock,
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		sources []string
		want    string // users, and files that a notice names
		err     string
	}{
		{[]string{"a/*"}, "a x | a/._staff.csv a/.old.csv a/~$staff.xlsx", ""},
		{[]string{"a/*.csv", "./a/*.csv"}, "a | a/._staff.csv a/.old.csv", ""},
		{[]string{"a/*.xlsx"}, "x | a/~$staff.xlsx", ""},
		{[]string{"*/*.csv"}, "a | .trash/gone.csv a/._staff.csv a/.old.csv b/.only.csv", ""},
		{[]string{".trash/*.csv"}, "gone | ", ""},
		{[]string{"a/.o*.csv"}, "old | ", ""},
		{[]string{"a/*.csv", "a/.old.csv"}, "a old | a/._staff.csv", ""},
		{[]string{"a/.old.csv"}, "old | ", ""},
		{[]string{"b/*"}, "", `"b/*": matches nothing but b/.only.csv and b/~$only.xlsx, which are hidden`},
		{[]string{"a/~$staff.xlsx"}, "", `is the mark that a spreadsheet program leaves while it has "staff.xlsx" open`},
		{[]string{"a/._staff.csv"}, "", `is what macOS keeps beside "staff.csv"`},
	} {
		r, err := Read(context.Background(), c.sources, Options{})
		if err != nil {
			if c.err == "" || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: %v, want %q", c.sources, err, c.err)
			}
			continue
		}
		var users, passed []string
		for _, uid := range []string{"a", "b", "x", "old", "gone"} {
			if _, _, ok := r.Find(uid); ok {
				users = append(users, uid)
			}
		}
		for _, n := range r.Intake().Notices {
			if n.Code != "hidden-file" {
				continue
			}
			for _, word := range strings.FieldsFunc(n.Message, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
				if strings.Contains(word, "/") {
					passed = append(passed, word)
				}
			}
			slices.Sort(passed)
		}
		if got := strings.Join(users, " ") + " | " + strings.Join(passed, " "); got != c.want {
			t.Errorf("%q: %s, want %s", c.sources, got, c.want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// JSON under another name is told for what it is, and asked for no column.
func TestJSONIsNoTable(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`[{"uid":"anna","name":"Anna"},{"uid":"ben","name":"Ben"}]`, "is a JSON array"},
		{"[\n  {\n    \"uid\": \"anna\"}\n]\n", "is a JSON array"},
		{"\uFEFF[]\n", "is a JSON array"},
		{`["uid","name"]`, "is a JSON array"},
		{`{"error":"unauthorized"}`, "is a JSON object"},
		{"{\n  \"data\": []\n}\n", "is a JSON object"},
		{"{\"uid\":\"anna\"}\n{\"uid\":\"ben\"}\n", "holds JSON lines"},
		{"{\"uid\":\"anna\"}", "holds JSON lines"},
	} {
		for _, path := range []string{write(t, "a.csv", c.text), write(t, "a.txt.gz", zipped(t, c.text)), write(t, "a.xlsx", c.text), "-"} {
			_, err := Read(context.Background(), []string{path}, Options{Stdin: strings.NewReader(c.text)})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "--map") {
				t.Errorf("%q: %v, want %q", c.text, err, c.want)
			}
		}
	}
	for _, text := range []string{"[{\"uid\":\"anna\"}]", "\uFEFF[\n {\"uid\":\"anna\"}\n]\n"} {
		_, err := Read(context.Background(), []string{write(t, "a.jsonl", text)}, Options{})
		if err == nil || !strings.Contains(err.Error(), "is a JSON array, and not JSON lines") {
			t.Errorf("%q: %v", text, err)
		}
	}
	expect(t, csvText(t, mapTo("[uid]", "uid", "{name}", "name"), "[uid],{name}\na,A\n"), `2 a name="A"`)
}
