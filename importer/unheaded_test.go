package importer

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

// withColumns is options that name columns of sources without a header.
func withColumns(names ...string) Options { return Options{Settings: columns.Settings{Columns: names}} }

func TestColumnsOfASourceWithoutAHeader(t *testing.T) {
	const text = "anna,a@x.org,\"Kay, Anna\",t\n\nben,b@x.org,Ben,t\n"
	want := "1 anna name=\"Kay, Anna\" role=\"t\"\n3 ben name=\"Ben\" role=\"t\"\n"
	for _, comma := range []string{",", ";", "\t", "|", "^"} {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			for _, name := range []string{"utf-8", "utf-16le"} {
				file := "\uFEFF" + strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(text, ",", comma), "Kay"+comma, "Kay,"), "\n",
					end)
				file = encoded(t, file, name)
				opt := withColumns("uid", "-", "name", "role")
				if comma == "^" {
					opt.Delimiter = '^'
				}
				for _, path := range []string{write(t, "a.csv", file), write(t, "a.csv.gz", zipped(t, file)), "-"} {
					opt.Stdin = strings.NewReader(file)
					r := mustRead(t, opt, path)
					if got := userLines(show(t, r)); got != want {
						t.Errorf("%q: got\n%swant\n%s", file, got, want)
					}
					if in := r.Intake(); fmt.Sprintf("%q", in.IgnoredColumns) != `["column B"]` {
						t.Errorf("%q", in.IgnoredColumns)
					}
				}
			}
		}
	}
	sheet := book(t, [][]any{{"anna", "a@x.org", "Kay, Anna", "t"}, {}, {"ben", nil, "Ben"}, {4711, "", "Cid"}}, nil)
	expect(t, mustRead(t, withColumns("uid", "-", "name", "role"), sheet), `1 anna name="Kay, Anna" role="t"`, `3 ben name="Ben"`,
		`4 4711 name="Cid"`, "notice blank-rows 1")
	// Whatever a header may be, a name may be.
	opt := withColumns("Kennung", "Vorname", "Nachname", "metadata.room")
	opt.Map, opt.Others = map[string]string{"Kennung": "uid", "Vorname": "firstName", "Nachname": "lastName",
		"metadata.room": "metadata.room"}, columns.RefuseOthers
	expect(t, csvText(t, opt, "a;Anna;Kay;R1\nb;Ben;Bo;\n"), `1 a name="Anna Kay" room="R1"`, `2 b name="Ben Bo"`, "notice delimiter 0")
	// JSON lines have names of their own.
	expect(t, mustRead(t, withColumns("uid", "-"), write(t, "a.jsonl", "{\"uid\":\"a\",\"name\":\"A\"}\n")), `1 a name="A" active`,
		"notice read-only-column 2")
}

func TestRowsThatDoNotFitTheirColumns(t *testing.T) {
	opt := withColumns("uid", "name", "role")
	expect(t, csvText(t, opt, "a,A,r\nb,B\nc,C,r,x\nd,D,r,\n"), `1 a name="A" role="r"`, `reject 2 uid=""  cells-missing ""`,
		`reject 3 uid=""  cells-extra ""`, `reject 4 uid=""  cells-extra ""`)
	expect(t, csvText(t, opt, "a,A,r,\nb,B,r,\n"), `1 a name="A" role="r"`, `2 b name="B" role="r"`)
	for text, want := range map[string]string{
		"a,A\nb,B\n":             `row 1 has 2 cells ("a", "A"), and columns in the settings names 3`,
		"a,A,r,x\nb,B,r,x\n":     "row 1 has 4 cells",
		"uid,name,role\na,A,r\n": "row 1 looks like a header",
		"name,role,uid\nA,r,a\n": "row 1 looks like a header",
		"a^A^r\nb^B^r\n":         "--delimiter '^'",
		"\"a,A,r\"\n\"b,B,r\"\n": "in quotes as a whole",
	} {
		if _, err := Read(context.Background(), []string{write(t, "a.csv", text)}, opt); err == nil || !strings.Contains(err.Error(),
			want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for _, c := range []struct {
		settings columns.Settings
		want     string
	}{
		{columns.Settings{Columns: []string{"uid", ""}}, "column 2 is empty"},
		{columns.Settings{Columns: []string{"uid", "-", "uid", "-"}}, `"uid" is named twice`},
		{columns.Settings{Columns: []string{"uid", "-"}, HeaderRow: 1}, "leave one of them out"},
		{columns.Settings{Columns: []string{"uid", "-", "-"}}, ""},
	} {
		if err := c.settings.Check(); err == nil != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.settings, err, c.want)
		}
	}
}

// Rejects of a source without a header come back under the names of its columns.
func TestRejectsWithoutAHeaderHandedBack(t *testing.T) {
	opt := withColumns("uid", "-", "-", "name")
	path := write(t, "a.csv", "a,x,y,A\nb,x,y\nÜ b,x,y,Ben\n")
	rejects := rejectsText(t, mustRead(t, opt, path).Intake())
	mended := strings.Replace(rejects, "Ü b", "ub", 1)
	r := mustRead(t, opt, path, write(t, "rejects.csv", mended))
	if got := show(t, r); !strings.Contains(got, `ub name="Ben"`) || r.Intake().Rejected != 1 {
		t.Errorf("%s\n%s", rejects, got)
	}
	l, err := Look(context.Background(), []string{path}, opt, func(src user.Source, _ string) bool { return src.Row == 1 })
	if err != nil || len(l.Rows) != 1 || l.Rows[0].UID != "a" || l.Rows[0].Fate != trace.FateUsed {
		t.Errorf("%+v, %v", l, err)
	}
}

// What is not a header is told for what it is, and no person is proposed as one.
func TestTextsWithoutAHeaderAreTold(t *testing.T) {
	const person, columns = "looks like a person, and not like a header", "--columns"
	for _, c := range []struct {
		text string
		want []string
	}{
		{"john,john@example.com,John Doe\nmary,mary@example.com,Mary\n", []string{person, columns}},
		{"emp0;John Doe\nemp1;Mary\n", []string{person, columns}},
		{"1001\tJohn Doe\n1002\tMary\n", []string{person, columns}},
		{"anna,Anna Kay,active\nben,Ben Bo,active\n", []string{person, columns}},
		{"anna,Anna Kay\nben,Ben Bo\n", []string{"if it is a person already", columns}},
		{"Code,Full person\nemp0,Person A0\nemp1,Person B1\n", []string{"--map 'Code=uid'"}},
		{"\"uid,name\"\n\"anna,Anna\"\n", []string{"every line is in quotes as a whole"}},
		{"\"uid;\"\"name\"\"\"\n", []string{"every line is in quotes as a whole"}},
		{"\"Code\tWho\"\n\"a\tA\"\n", []string{"every line is in quotes as a whole"}},
		{"uid^name\na^A\n", []string{"--delimiter '^'"}},
		{"User ID~Name\na~A\n", []string{"--delimiter '~'"}},
		{"Code\x1fWho\na\x1fA\n", []string{`--delimiter '\x1f'`}},
		{"uid:name\na,b:A\n", []string{"--delimiter :"}},
		{"uid¦name\na¦A\n", []string{`a "¦" separates them`, "--delimiter '¦'"}},
		{"Code§Who\na§A\nb§B\n", []string{"--delimiter '§'"}},
		{"uid，name，role\na，A，r\n", []string{"--delimiter '，'"}},
	} {
		for _, text := range []string{c.text, "\uFEFF" + strings.ReplaceAll(c.text, "\n", "\r\n")} {
			for _, path := range []string{write(t, "a.csv", text), write(t, "a.csv.gz", zipped(t, text))} {
				_, err := Read(context.Background(), []string{path}, Options{})
				for _, want := range c.want {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("%q: %v, want %q", text, err, want)
					}
				}
				if err != nil && strings.Contains(err.Error(), "--map") && !strings.Contains(err.Error(), "HEADER") &&
					!strings.Contains(c.want[0],
						"--map") {
					t.Errorf("%q: %v proposes a person", text, err)
				}
			}
		}
	}
	// Nor is one that a mapping names in part.
	opt := mapTo("John Doe", "name")
	if _, err := Read(context.Background(), []string{write(t, "a.csv", "john,j@e.org,John Doe\nmary,m@e.org,Mary\n")}, opt); err == nil ||
		!strings.Contains(err.Error(), "if it is a person already") || strings.Contains(err.Error(), "john=uid") {
		t.Error(err)
	}
	if _, err := Read(context.Background(), []string{write(t, "a.tsv", "uid;name\na;A\n")}, Options{}); err == nil ||
		!strings.Contains(err.Error(), "--delimiter semicolon") {
		t.Error(err)
	}
	if _, err := Read(context.Background(), []string{book(t, [][]any{{"uid,name"}, {"a,A"}}, nil)}, Options{}); err == nil ||
		!strings.Contains(err.Error(), "every row is one cell") {
		t.Error(err)
	}
	// Who maps a person as a header is told so.
	got := show(t, csvText(t, mapTo("john", "uid", "John Doe", "name"), "john,john@example.com,John Doe\nmary,mary@example.com,Mary\n"))
	if !strings.Contains(got, "notice header-like-a-person 0") {
		t.Error(got)
	}
	got = show(t, csvText(t, mapTo("Nr", "uid", "Wer", "name"), "Nr,Wer\n1,Mary\n2,Tom\n"))
	if strings.Contains(got, "notice header-like-a-person") {
		t.Error(got)
	}
}
