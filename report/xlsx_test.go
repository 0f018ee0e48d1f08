package report

import (
	"archive/zip"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cometsync/internal/plan"
)

func open(t testing.TB, content string) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func sheetsOf(t testing.TB, content string) map[string][][]string {
	t.Helper()
	f := open(t, content)
	sheets := map[string][][]string{}
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		sheets[name] = rows
	}
	return sheets
}

func TestWorkbookReadsBack(t *testing.T) {
	r := mustNew(t, partial())
	content := render(t, r.WriteXLSX)
	f := open(t, content)
	if diff := cmp.Diff([]string{"Summary", "Operations", "Rejects", "Held"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	sheets := sheetsOf(t, content)
	operations := sheets["Operations"]
	if len(operations) != 1+len(r.plan.Operations) || len(sheets["Rejects"]) != 1+r.defects || len(sheets["Held"]) != 1+len(r.plan.Held) {
		t.Errorf("%d operations, %d defects, %d held", len(operations)-1, len(sheets["Rejects"])-1, len(sheets["Held"])-1)
	}
	if operations[1][0] != "deactivate" || operations[1][1] != "gone-1" {
		t.Errorf("the first row is %v; who loses access comes first", operations[1])
	}
	for i, row := range operations {
		if row[1] != "1234567890123456789" {
			continue
		}
		cell, _ := excelize.CoordinatesToCellName(2, i+1)
		if kind, err := f.GetCellType("Operations", cell); err != nil || kind != excelize.CellTypeInlineString {
			t.Errorf("the uid %s is a cell of type %v, %v", row[1], kind, err)
		}
		if row[6] != "metadata.department" || row[7] != "Sales" || row[8] != "Marketing" {
			t.Errorf("changes %q", row[6:9])
		}
	}
	for _, row := range operations {
		if row[1] == "up-3" && row[7] != "name: محمد\nrole: staff\ntags: eu, night shift, old" {
			t.Errorf("before %q", row[7])
		}
	}
	panes, err := f.GetPanes("Operations")
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes %+v, %v", panes, err)
	}
	if width, err := f.GetColWidth("Operations", "I"); err != nil || width != 28 {
		t.Errorf("width %v, %v", width, err)
	}
}

func TestWorkbookRunsNothing(t *testing.T) {
	for _, in := range []Input{partial(), filled(func(place string) string { return "=1+1" + place })} {
		content := render(t, mustNew(t, in).WriteXLSX)
		f := open(t, content)
		seen := 0
		for name, rows := range sheetsOf(t, content) {
			for i, row := range rows {
				for j, value := range row {
					cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
					if formula, err := f.GetCellFormula(name, cell); err != nil || formula != "" {
						t.Errorf("%s!%s has the formula %q, %v", name, cell, formula, err)
					}
					if strings.HasPrefix(value, "=") {
						seen++
						style, err := f.GetCellStyle(name, cell)
						if err != nil {
							t.Fatal(err)
						}
						if s, err := f.GetStyle(style); err != nil || s.NumFmt != 49 {
							t.Errorf("%s!%s is not of format text: %+v, %v", name, cell, s, err)
						}
					}
				}
			}
		}
		if seen == 0 {
			t.Error("no text that begins like a formula")
		}
	}
}

func TestWorkbookIsWellFormed(t *testing.T) {
	content := render(t, mustNew(t, partial()).WriteXLSX)
	z, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	filters := 0
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(string(text), "\x1b\x00") {
			t.Errorf("%s holds control characters", file.Name)
		}
		filters += strings.Count(string(text), "<autoFilter ")
	}
	if filters != 3 {
		t.Errorf("%d sheets can be filtered, want 3", filters)
	}
}

func TestWorkbookWithoutAnything(t *testing.T) {
	for name, in := range fixtures {
		sheets := sheetsOf(t, render(t, mustNew(t, in()).WriteXLSX))
		if len(sheets) != 4 {
			t.Errorf("%s: %d sheets", name, len(sheets))
		}
	}
	in := clean()
	in.Plan.Operations[0].Name = strings.Repeat("x", 40_000) // more than a cell holds
	in.Results[0] = plan.Result{Outcome: plan.Applied}
	_ = sheetsOf(t, render(t, mustNew(t, in).WriteXLSX))
}
