package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/slow"
)

// office is LibreOffice as people use it: it opens files and saves them in
// other formats. In CI it has to be there; elsewhere tests are skipped without it.
type office struct {
	t             *testing.T
	path, profile string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	return &office{t, slow.Program(t, "soffice"), t.TempDir()}
}

// save saves files in a format, below their own names with its extension.
func (o *office) save(format, dir string, files ...string) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 3*time.Minute)
	defer cancel()
	args := append([]string{"-env:UserInstallation=file://" + o.profile, "--headless", "--convert-to", format, "--outdir", dir}, files...)
	if out, err := exec.CommandContext(ctx, o.path, args...).CombinedOutput(); err != nil {
		o.t.Fatalf("%s: %v\n%s", format, err, out)
	}
}

// staff is a workbook as somebody keeps it by hand: a merged title, ids that
// are texts, numbers and numbers that are shown with zeros, dates in two
// formats, yes and no, formulas, and a sum below.
func staff(t *testing.T, path string) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	day := time.Date(2021, 2, 28, 0, 0, 0, 0, time.UTC)
	for i, row := range [][]any{
		{"Personalliste Süd"},
		{},
		{"uid", "First name", "Last name", "Active", "Groups", "Bio", "metadata.hired", "metadata.dept", "metadata.born", "Notes"},
		{"00417", "Käthe", nil, true, "a|b", "", day, "Vertrieb; Süd", day, "x"},
		{4711, "Jörg \"JJ\"", "Weiß, jr.", true, "", "two\nlines", day, "Einkauf", nil, nil},
		{42, "José", "Núñez", false, "", "", nil, "=1+1", nil, nil},
		{"u-4", "Zoë", "O'Brien", true, "x", "- on call -", nil, nil, nil, nil},
		{"U-5", "Anna", "Groß", true, nil, "50 € – more", nil, "R&D", nil, "\"q\""},
		{"Total: 5"},
	} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	iso := "yyyy-mm-dd"
	zeros := "00000"
	for _, s := range []struct {
		cells [2]string
		style excelize.Style
	}{
		{[2]string{"G4", "G8"}, excelize.Style{CustomNumFmt: &iso}},
		{[2]string{"I4", "I4"}, excelize.Style{NumFmt: 14}},
		{[2]string{"A6", "A6"}, excelize.Style{CustomNumFmt: &zeros}},
		{[2]string{"D4", "D8"}, excelize.Style{}},
	} {
		id, err := f.NewStyle(&s.style)
		if err == nil {
			err = f.SetCellStyle("Sheet1", s.cells[0], s.cells[1], id)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		f.MergeCell("Sheet1", "A1", "J1"),
		f.SetCellFormula("Sheet1", "C4", `="Mül"&"ler"`), // a text that is computed
		f.SetColVisible("Sheet1", "I", false),
		f.SaveAs(path),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// staffApp is the same people as the app has them.
const staffApp = `{"uid":"00417","name":"Käthe Müller","tags":["a","b"],"metadata":{"hired":"2021-02-28","dept":"Vertrieb; Süd","born":"2021-02-28"}}
{"uid":"4711","name":"Jörg \"JJ\" Weiß, jr.","statusMessage":"two lines","metadata":{"hired":"2021-02-28","dept":"Einkauf"}}
{"uid":"00042","name":"José Núñez","metadata":{"dept":"=1+1"},"deactivatedAt":1700000000}
{"uid":"u-4","name":"Zoë O'Brien","tags":["x"],"statusMessage":"- on call -"}
{"uid":"u-5","name":"Anna Groß","statusMessage":"50 € – more","metadata":{"dept":"R&D"}}
`

// change is a value that a plan would write.
type change struct{ uid, field, after string }

// planned is what a plan of a file changes in the app; problem is what was
// printed if there is none.
func planned(t *testing.T, dir, file string, args ...string) (changes []change, r *reported, problem string) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report")
	if code, stdout, stderr := invoke(t, time.Now, []string{"HOME=" + dir}, append([]string{"plan", file, "--sandbox",
		filepath.Join(dir, "app.jsonl"), "--report-dir", report, "--state-dir", filepath.Join(dir, "state"), "--max-deactivate", "none"},
		args...)...); code != 0 {
		return nil, nil, stdout + stderr
	}
	text, err := os.ReadFile(filepath.Join(report, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var full struct {
		Operations []struct {
			UID, Op string
			Changes []struct {
				Field string
				After any
			}
		}
	}
	r = &reported{}
	for _, into := range []any{&full, r} {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range full.Operations {
		if o.Op != "update" {
			changes = append(changes, change{o.UID, o.Op, ""})
			continue
		}
		for _, c := range o.Changes {
			changes = append(changes, change{o.UID, c.Field, fmt.Sprint(c.After)})
		}
	}
	return changes, r, ""
}

// A workbook that LibreOffice has computed and saved in its formats is the same people as
// before: a plan changes nothing in an app that has them, but for what the
// program itself writes otherwise.
func TestWhatLibreOfficeSaves(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.jsonl"), []byte(staffApp), 0o600); err != nil {
		t.Fatal(err)
	}
	original := filepath.Join(dir, "staff.xlsx")
	staff(t, original)

	// A CSV has what a cell shows, and of a date in the usual format that is
	// what is usual in America.
	shown := []change{{"00417", "metadata.born", "2/28/2021"}}
	for _, c := range []struct {
		format, file string
		want         []change
	}{
		{"xlsx:Calc MS Excel 2007 XML", "staff.xlsx", nil},
		{"csv:Text - txt - csv (StarCalc):44,34,76", "staff.csv", shown},
		{"csv:Text - txt - csv (StarCalc):59,34,1,1,,0,true", "staff.csv", shown}, // Windows-1252, all texts in quotes
		{"csv:Text - txt - csv (StarCalc):9,34,65535", "staff.csv", shown},        // UTF-16 and tabs
	} {
		out := t.TempDir()
		o.save(c.format, out, original)
		got, r, problem := planned(t, dir, filepath.Join(out, c.file), "--numeric-uid", "displayed")
		switch {
		case problem != "":
			t.Errorf("%s: %s", c.format, problem)
		case !slices.Equal(got, c.want) || len(r.Rejects) > 0:
			t.Errorf("%s: a plan changes %q, want %q; rejects %+v", c.format, got, c.want, r.Rejects)
		case r.Summary.Unchanged != 5-len(c.want):
			t.Errorf("%s: %d are unchanged", c.format, r.Summary.Unchanged)
		}
	}

	// Nobody has computed the original's formula yet, and so its row holds its
	// user; all others are read in the same way.
	got, r, problem := planned(t, dir, original, "--numeric-uid", "displayed")
	if problem != "" || len(got) > 0 || len(r.Rejects) != 1 || r.Rejects[0].Code != "cell-failed" || len(r.Held) != 1 ||
		r.Held[0].UID != "00417" || r.Summary.Unchanged != 4 {
		t.Errorf("as it was: %q %+v %s", got, r, problem)
	}
	// What can't be read says what it is and what to do.
	for format, want := range map[string]string{
		"ods": "is an OpenDocument file (.ods); save it as .xlsx or .csv",
		"xls": "is an old .xls workbook; open it in a spreadsheet program and save it as .xlsx",
	} {
		out := t.TempDir()
		o.save(format, out, original)
		for _, name := range []string{"staff." + format, "staff.xlsx"} { // and whatever its name says
			file := filepath.Join(out, name)
			if name != "staff."+format {
				if err := os.Rename(filepath.Join(out, "staff."+format), file); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, problem := planned(t, dir, file); !strings.Contains(problem, want) {
				t.Errorf("%s as %s: %s", format, name, problem)
			}
		}
	}
}

// A CSV that was opened in LibreOffice and saved has lost the zeros of its
// ids. Nobody loses an account by it, nor gets a second one: the plan offers
// them as pairs.
func TestWhatLibreOfficeMakesOfACSV(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	dir := t.TempDir()
	var app, export strings.Builder
	export.WriteString("uid,name,metadata.hired\n")
	for _, uid := range []string{"00417", "00418", "0500", "u-1", "4711", "9001", "9002", "9003", "9004", "9005"} {
		fmt.Fprintf(&app, `{"uid":%q,"name":"Name %s","metadata":{"hired":"2021-02-28"}}`+"\n", uid, uid)
		fmt.Fprintf(&export, "%s,Name %s,2021-02-28\n", uid, uid)
	}
	for name, text := range map[string]string{"app.jsonl": app.String(), "typed.csv": export.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := t.TempDir()
	o.save("xlsx:Calc MS Excel 2007 XML", out, filepath.Join(dir, "typed.csv"))
	o.save("csv:Text - txt - csv (StarCalc):44,34,76", out, filepath.Join(out, "typed.xlsx"))
	for file, want := range map[string][]change{
		"typed.xlsx": nil,
		"typed.csv":  nil, // the dates are shown as they were typed
	} {
		got, r, problem := planned(t, dir, filepath.Join(out, file))
		if problem != "" {
			t.Errorf("%s: %s", file, problem)
			continue
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: a plan changes %q, want %q", file, got, want)
		}
		pairs := map[string]string{}
		for _, k := range r.Rekeys {
			pairs[k.Old] = k.New
		}
		if len(pairs) != 3 || pairs["00417"] != "417" || pairs["00418"] != "418" || pairs["0500"] != "500" {
			t.Errorf("%s: the pairs are %q", file, pairs)
		}
	}
}
