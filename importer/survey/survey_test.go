package survey

import (
	"bytes"
	"cometsync/importer"
	"cometsync/internal/user"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/columns"
)

// surveyed shows what a survey says, on few lines.
func surveyed(t testing.TB, path string, opt importer.Options) string {
	t.Helper()
	v, err := Of(context.Background(), path, opt)
	if err != nil {
		return "error: " + strings.ReplaceAll(err.Error(), path, "FILE") + "\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s (%s)", v.Format, v.Encoding, v.Found)
	if v.Delimiter != 0 {
		fmt.Fprintf(&b, " %q", v.Delimiter)
	}
	if v.Sheet != "" {
		fmt.Fprintf(&b, " %s", v.Sheet)
		if v.Doubtful {
			b.WriteByte('?')
		}
	}
	fmt.Fprintf(&b, " header %d, %d rows", v.HeaderRow, v.Rows)
	if v.More {
		b.WriteString(" and more")
	}
	b.WriteByte('\n')
	for _, a := range v.Above {
		fmt.Fprintf(&b, "above: %s\n", a)
	}
	if v.DisplayedUIDs {
		b.WriteString("displayed uids\n")
	}
	for _, c := range v.Columns {
		fmt.Fprintf(&b, "%s %s", c.Letter, c.Header)
		if c.Field != "" {
			fmt.Fprintf(&b, " = %s", c.Field)
		}
		if c.Sure {
			b.WriteString(" sure")
		}
		if c.Why != "" {
			fmt.Fprintf(&b, " (%s)", c.Why)
		}
		fmt.Fprintf(&b, " %q", c.Samples)
		if len(c.Unknown) > 0 {
			fmt.Fprintf(&b, " unknown %q", c.Unknown)
		}
		b.WriteByte('\n')
	}
	for _, u := range v.Unsure {
		fmt.Fprintf(&b, "! %s\n", u)
	}
	if path == "-" {
		return b.String()
	}
	return strings.ReplaceAll(b.String(), path, "FILE")
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// read is what came of reading a source.
func read(t testing.TB, opt importer.Options, path string) *user.Intake {
	t.Helper()
	r, err := importer.Read(t.Context(), []string{path}, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r.Intake()
}

// book writes a workbook whose first sheet has these rows.
func book(t testing.TB, rows [][]any, change func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fillSheet(t, f, "Sheet1", rows)
	change(f)
	path := filepath.Join(t.TempDir(), "staff.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func fillSheet(t testing.TB, f *excelize.File, sheet string, rows [][]any) {
	t.Helper()
	if _, err := f.NewSheet(sheet); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSurvey(t *testing.T) {
	for _, c := range surveys {
		got := "\n" + surveyed(t, write(t, c.file, c.text), c.opt)
		if got != c.want && !(c.want == "*" && strings.HasPrefix(got, "\nerror: ")) {
			t.Errorf("%s\ngot %swant %s", c.name, got, c.want)
		}
	}
}

func TestSurveyOfWorkbooks(t *testing.T) {
	two := book(t, [][]any{{"Notes"}, {"x"}}, func(f *excelize.File) {
		fillSheet(t, f, "Staff", [][]any{{"Staff 2026"}, nil, {"uid", "name", "Dept"}, {"a", "Anna", "HR"}, {"b", "Ben", 7}})
		fillSheet(t, f, "Old", [][]any{{"uid", "name"}, {"c", "Cy"}})
		fillSheet(t, f, "Secret", [][]any{{"uid"}})
		if err := f.SetSheetVisible("Secret", false); err != nil {
			t.Fatal(err)
		}
	})
	const want = `
xlsx utf-8 () Staff? header 3, 2 rows
above: Staff 2026
A uid = uid sure ["a" "b"]
B name = name sure ["Anna" "Ben"]
C Dept (not a known field; map it to metadata.dept to keep it) ["HR" "7"]
! this is the sheet "Staff": several visible sheets have a uid column: "Staff", "Old"; say which one with --sheet, as in ` +
		`--sheet "Staff", or all that are meant by repeating it
! the header is row 3; what is above it is left alone
`
	if got := "\n" + surveyed(t, two, importer.Options{}); got != want {
		t.Errorf("got %swant %s", got, want)
	}
	data, err := os.ReadFile(two)
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(data); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	if got := "\n" + surveyed(t, write(t, "staff.xlsx.gz", zipped.String()), importer.Options{}); got != strings.Replace(want, "xlsx",
		"xlsx.gz", 1) {
		t.Errorf("packed: %s", got)
	}
	if got := surveyed(t, two, importer.Options{Settings: columns.Settings{Sheets: []string{"old"}}}); !strings.HasPrefix(got,
		"xlsx utf-8 () Old header ") || strings.Contains(got, "this is the sheet") {
		t.Errorf("%s", got)
	}
	none := book(t, [][]any{{"Kennung", "Name"}, {"k1", "A"}, {"k2", "B"}},
		func(f *excelize.File) { fillSheet(t, f, "More", [][]any{{"Kennung", "Dept"}, {"k1", "x"}}) })
	got := "\n" + surveyed(t, none, importer.Options{})
	if want := `
xlsx utf-8 () Sheet1? header 1, 2 rows
A Kennung = uid (a guess: no column has a name of the uid, and its values are all different, and could be uids) ["k1" "k2"]
B Name = name sure ["A" "B"]
! this is the sheet "Sheet1": no visible sheet has a uid column: "Sheet1" has "Kennung", "Name"; "More" has "Kennung", ` +
		`"Dept"; say which column it is with --map 'HEADER=uid'
! no column has a name of the uid; "Kennung" is the best guess: its values are all different, and could be uids
`; got != want {
		t.Errorf("got %swant %s", got, want)
	}
}

func TestSurveyOfNumbersWithLeadingZeros(t *testing.T) {
	zeros := func(cells ...string) string {
		return book(t, [][]any{{"Kennung", "Name", "Raum"}, {91, "Anna", 7}, {92, "Ben", 8}, {"Erstellt am 22.11.2026 06:15"}},
			func(f *excelize.File) {
				format := "00000"
				style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
				for _, cell := range cells {
					if err == nil {
						err = f.SetCellStyle("Sheet1", cell, cell, style)
					}
				}
				if err != nil {
					t.Fatal(err)
				}
			})
	}
	const sentence = `of "Kennung" are shown`
	for _, settings := range []columns.Settings{{}, {Map: map[string]string{"Kennung": "uid"}}} {
		got := surveyed(t, zeros("A2", "A3"), importer.Options{Settings: settings})
		if !strings.Contains(got, "displayed uids\n") || !strings.Contains(got, `["00091" "00092"]`) || !strings.Contains(got, sentence) ||
			strings.Contains(got, "slugs") {
			t.Error(got)
		}
		settings.DisplayedUIDs = true
		if got := surveyed(t, zeros("A2", "A3"), importer.Options{Settings: settings}); !strings.Contains(got, "displayed uids\n") ||
			strings.Contains(got, sentence) {
			t.Error(got)
		}
		settings.DisplayedUIDs = false
		// Numbers as they are, and numbers of another column.
		if got := surveyed(t, zeros("C2", "C3"), importer.Options{Settings: settings}); strings.Contains(got, "displayed uids\n") {
			t.Error(got)
		}
	}
}

// counting counts what is read of a source.
type counting struct {
	in io.Reader
	n  int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += n
	return n, err
}

func TestSurveyReadsTheBeginningAlone(t *testing.T) {
	row := "user-number,Anna Kim,\"some text\nthat is long enough\"\n"
	in := &counting{in: strings.NewReader("uid,name,text\n" + strings.Repeat(row, 400_000))}
	got := surveyed(t, "-", importer.Options{Stdin: in})
	if !strings.HasPrefix(got, "csv utf-8 () ',' header 1, 1000 rows and more\n") || in.n > 2*surveyBytes {
		t.Errorf("%d bytes: %s", in.n, got)
	}
	// Few rows, each of them long: the last is cut off where the look ends.
	in = &counting{in: strings.NewReader("uid,name\n" + strings.Repeat("u,"+strings.Repeat("x", 90_000)+"\n", 100))}
	if got := surveyed(t, "-", importer.Options{Stdin: in}); !strings.HasPrefix(got, "csv utf-8 () ',' header 1, 11 rows and "+
		"more\n") ||
		in.n > 2*surveyBytes {
		t.Errorf("%d bytes: %.200s", in.n, got)
	}
	if _, err := Of(context.Background(), "-", importer.Options{}); err == nil {
		t.Error("there is no standard input")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Of(ctx, write(t, "a.csv", "uid\na\n"), importer.Options{}); err != context.Canceled {
		t.Errorf("%v", err)
	}
}

func TestCamelKey(t *testing.T) {
	for header, want := range map[string]string{
		"Department": "department", "Cost Centre": "costCentre", "E-Mail": "email", "Work eMail": "workEmail",
		"Office mail": "officeMail", "HR": "hr", "jobTitle": "jobTitle", "Größe " +
			"(cm)": "größeCm", "LAST_LOGIN": "lastLogin", "…": "",
	} {
		if got := camelKey(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

// Whatever reads, can be surveyed, and what is proposed of it is what is read.
func TestWhatReadsCanBeSurveyed(t *testing.T) {
	for _, text := range []string{"uid,name\na,A\n", "List\n\nuid;name;x\na;A;1\nb;B;2\n", "sep=|\nuid|Fax\na|1\n",
		"login\tSurname\tVorname\na\tb\tc\n"} {
		path := write(t, "a.csv", text)
		v, err := Of(context.Background(), path, importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		fields := map[string]string{}
		for _, c := range read(t, importer.Options{}, path).Columns {
			fields[c.Header] = c.Field
		}
		for _, c := range v.Columns {
			want := strings.NewReplacer("firstName", "name (first)", "lastName", "name (last)").Replace(c.Field)
			if fields[c.Header] != want {
				t.Errorf("%q: %s is %q, and read as %q", text, c.Header, want, fields[c.Header])
			}
		}
	}
}

func FuzzSurvey(f *testing.F) {
	f.Add("uid,name\na,A\n", false)
	f.Add("List\n\nKennung;Name;Name\n1;\"x\ny\";\xff\n", true)
	f.Add("a,b\n\"", true)
	f.Add(",0\n0", true)
	f.Fuzz(func(t *testing.T, text string, shaped bool) {
		opt := importer.Options{Stdin: strings.NewReader(text)}
		if shaped {
			opt.Settings = columns.Settings{Join: map[string]string{"name": "{Name}{Kennung}"}, Defaults: map[string]string{"role": "x"},
				Others: columns.IgnoreOthers, FixMojibake: true}
		}
		v, err := Of(context.Background(), "-", opt)
		if err != nil {
			return
		}
		for _, c := range v.Columns {
			if len(c.Samples) > mostSamples || c.Field == "" && len(c.Unknown) > 0 {
				t.Errorf("%q: %+v", text, c)
			}
		}
	})
}

// A survey finds the same, and proposes names of columns.
func TestSurveyOfTextsWithoutAHeader(t *testing.T) {
	for text, want := range map[string]string{
		"john-doe,john@example.com,John Doe\nbob,bob@example.com,Bob\nu0,u0@e.org,U 0\n": `0 , ["uid" "-" "name"]`,
		"Kay Anna;1001;x\nBo Ben;1002;x\n":                                               `0 ; ["name" "uid" "-"]`,
		"Code,Full person\nemp0,Person A0,\nemp1,Person B1,\n":                           `1 , []`,
		"Code;Full person;Condition\nemp0;Ann;active;\nemp1;Ben;active;\n":               `1 ; []`,
		"uid^name\nanna^Anna\n":                                                          `1 ^ []`,
		"Code~Who\nanna~Anna\n":                                                          `1 ~ []`,
		"anna^Anna^x\nben^Ben^x\n":                                                       `0 ^ ["uid" "name" "-"]`,
	} {
		s, err := Of(context.Background(), write(t, "a.csv", text), importer.Options{})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := fmt.Sprintf("%d %c %q", s.HeaderRow, s.Delimiter, s.Unheaded); got != want {
			t.Errorf("%q: %s, want %s; %q", text, got, want, s.Unheaded)
		}
		if s.Unheaded == nil {
			continue
		}
		opt := importer.Options{Settings: columns.Settings{Columns: s.Unheaded}}
		opt.Delimiter = s.Delimiter
		if in := read(t, opt, write(t, "a.csv", text)); in.Users != strings.Count(text, "\n") {
			t.Errorf("%q: %+v", text, in)
		}
	}
	if _, err := Of(context.Background(), write(t, "a.csv", "\"uid,name\"\n\"anna,Anna\"\n"), importer.Options{}); err == nil ||
		!strings.Contains(err.Error(), "in quotes as a whole") {
		t.Error(err)
	}
}

func TestDateForms(t *testing.T) {
	for _, c := range []struct {
		texts        []string
		form, either string
	}{
		{[]string{"26.08.2020", "05.08.2020"}, "dd.mm.yyyy", ""},
		{[]string{"5/8/2020", "8/26/2020 4:05 PM"}, "mm/dd/yyyy", ""},
		{[]string{"26-08-20"}, "dd-mm-yy", ""},
		{[]string{"05.08.2020"}, "dd.mm.yyyy", ""}, // with dots, the day comes first
		{[]string{"05/08/2020"}, "", "dd/mm/yyyy or mm/dd/yyyy"},
		{[]string{"26.08.2020", "26/08/2020"}, "", ""},
		{[]string{"26.08.2020", "08.26.2020"}, "", ""},
		{[]string{"2020-08-26", "never", "1673421419"}, "", ""},
	} {
		var times seen
		for _, text := range c.texts {
			times.see(text, text)
		}
		if form, either := dateForm(times.texts); form != c.form || either != c.either {
			t.Errorf("%q: %q, %q, want %q, %q", c.texts, form, either, c.form, c.either)
		}
	}
	for text, want := range map[string]string{
		"uid,tags,avatar\na,\"Sales, EMEA;Support\",/a.png\n": `! "tags" has cells such as "Sales, EMEA;Support", which come apart at ` +
			`commas as well; if those are parts of tags, say tags-separator: semicolon`,
		"uid,avatar\na,/a.png\n": "say under base where relative ones begin",
	} {
		if got := surveyed(t, write(t, "a.csv", text), importer.Options{}); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	for _, c := range []struct {
		text, form string
		spare      bool
	}{
		{"uid,Eintritt,Geburtsdatum\na,01.08.2020,24.06.2007\n", "dd.mm.yyyy", true},
		{"uid,createdAt,birth\na,01/08/2020,24/06/2007\n", "dd/mm/yyyy", false}, // as the other column shows
		{"uid,createdAt,birth\na,01-08-2020,24/06/2007\n", "", false},           // another form
		{"uid,version\na,1.2.3\n", "", false},
		{"uid,phone\na,0171-22-3333\n", "", false},
	} {
		s, err := Of(t.Context(), write(t, "a.csv", c.text), importer.Options{Dates: true})
		if err != nil || s.Dates != c.form || s.DatesSpare != c.spare {
			t.Errorf("%q: %q, spare %t, %v", c.text, s.Dates, s.DatesSpare, err)
		}
	}
	for _, header := range []string{"Data urodzenia", "Date de naissance", "Fecha de nacimiento", "Geburtsdatum", "Correo", "Teléfono"} {
		if got := surveyed(t, write(t, "a.csv", "uid,"+header+"\na,24.06.2007\n"), importer.Options{}); !strings.Contains(got,
			"metadata.@private.") ||
			strings.Contains(got, "createdAt") {
			t.Errorf("%s: %s", header, got)
		}
	}
	s, err := Of(t.Context(), write(t, "a.csv", "uid,createdAt\na,26.08.2020\nb,05.08.2020\n"), importer.Options{Dates: true})
	if err != nil || s.Dates != "dd.mm.yyyy" || slices.ContainsFunc(s.Columns, func(c Column) bool { return len(c.Unknown) > 0 }) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestFirstNamesAlone(t *testing.T) {
	if got := surveyed(t, write(t, "a.csv", "uid,Prénom,Nom\na,Anne,Petit\n"), importer.Options{}); !strings.Contains(got,
		`! names are read from "Prénom" alone`) {
		t.Error(got)
	}
}

// What nobody is to see, no survey shows, not even where somebody maps it.
func TestShowsNoSecrets(t *testing.T) {
	path := write(t, "a.csv", "uid,name,password,link\nanna,Anna,S3cret,\nben,Ben,hunter2,nowhere\ncarl,Carl,x7x7,,extra\n")
	for _, set := range []columns.Settings{{}, {Map: map[string]string{"password": "metadata.@private.p"}}} {
		got := surveyed(t, path, importer.Options{Settings: set})
		if strings.Contains(got, "S3cret") || strings.Contains(got, "hunter2") || set.Map == nil && strings.Contains(got,
			"metadata.password") {
			t.Error(got)
		}
	}
}

func TestSettingsOfTheSource(t *testing.T) {
	if got := surveyed(t, write(t, "a.csv", "uid,Suspended\na,0\n"), importer.Options{Settings: columns.Settings{
		Map: map[string]string{"Suspended": "state"}}}); !strings.Contains(got, "Suspended = state sure") {
		t.Error(got)
	}
	s, err := Of(t.Context(), write(t, "a.csv", "uid§name\na§A\n"), importer.Options{Settings: columns.Settings{Delimiter: '§'}})
	if err != nil || s.Delimiter != '§' || len(s.Columns) != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestTextWithoutText(t *testing.T) {
	for _, text := range []string{"\v", " \n \n", "\u2003\u00a0\n", "\"\",\"\"\n", ",,\n,,\n", "\f\r\n\t\n"} {
		for _, set := range []columns.Settings{{}, {Columns: []string{"uid", "name"}}} {
			if _, err := Of(t.Context(), write(t, "staff.csv", text), importer.Options{Settings: set}); err == nil {
				t.Errorf("%.10q is surveyed", text)
			}
		}
	}
}
