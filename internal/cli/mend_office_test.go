package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// correcting is how many people have a cell to correct.
const mending = 60

// TestMendingInASpreadsheet: what is corrected on the workbook's sheet for it comes
// back with the uids that it had, saved as a workbook or as CSV; of a rejects.csv
// that a spreadsheet has saved, nobody is created under a uid without its zeros.
func TestMendingInASpreadsheet(t *testing.T) {
	t.Parallel()
	o, c := newOffice(t), newCustody(t)
	c.write("app.jsonl", `{"uid":"zoe","name":"Zoe"}`+"\n")
	var school, want strings.Builder
	school.WriteString("uid,name,avatar,metadata.@private.email,statusMessage\nzoe,Zoe,,,\n")
	for i := range mending {
		uid := fmt.Sprintf("%06d", 7*i+1)
		if i%10 == 9 {
			uid = fmt.Sprintf("12345678901234%02d", i)
		}
		fmt.Fprintf(&school, "%s,Name %d,nowhere,p%d@example.org,- on call\n", uid, i, i)
		fmt.Fprintf(&want, "%s p%d@example.org\n", uid, i)
	}
	c.write("school.csv", school.String())
	if r := c.run(0, "plan", "school.csv"); len(r.Rejects) != mending {
		t.Fatalf("%d rejects", len(r.Rejects))
	}
	dir := c.path("report-school.csv")
	// One who corrects clears the addresses that are none, in the workbook.
	f, err := excelize.OpenFile(filepath.Join(dir, "report.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range mending {
		if err := f.SetCellStr("Mend", fmt.Sprintf("C%d", i+2), ""); err != nil {
			t.Fatal(err)
		}
	}
	n := -1
	for i, name := range f.GetSheetList() {
		if name == "Mend" {
			n = i + 1
		}
	}
	mended := c.path("mended.xlsx")
	if err := f.SaveAs(mended); err != nil {
		t.Fatal(err)
	}
	saved := t.TempDir()
	o.save("xlsx:Calc MS Excel 2007 XML", saved, mended)
	o.save(fmt.Sprintf("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,%d", n), saved, mended)
	for _, file := range []string{mended, filepath.Join(saved, "mended.xlsx"), filepath.Join(saved, "mended-Mend.csv")} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "p1@example.org") {
			t.Errorf("%s shows what is private", file)
		}
		r := c.run(0, "plan", "school.csv", file)
		if len(r.Rejects) != 0 || r.count("create") != mending {
			t.Fatalf("%s: %d rejects, %d are created: %+v", file, len(r.Rejects), r.count("create"), r.Rejects)
		}
		plan, err := os.ReadFile(filepath.Join(dir, "plan.json"))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(want.String()) {
			uid, mail, _ := strings.Cut(strings.TrimSpace(line), " ")
			if !strings.Contains(string(plan), `"`+uid+`"`) || !strings.Contains(string(plan), mail) {
				t.Errorf("%s: %s is not created with %s", file, uid, mail)
			}
		}
	}
	mendingRejects(o, c)
}

// mendingRejects is the same in rejects.csv, where nothing keeps the zeros.
func mendingRejects(o *office, c *custody) {
	t := c.t
	if r := c.run(0, "plan", "school.csv"); len(r.Rejects) != mending {
		t.Fatalf("%d rejects", len(r.Rejects))
	}
	saved := t.TempDir()
	text, err := os.ReadFile(c.path("report-school.csv/rejects.csv"))
	if err != nil {
		t.Fatal(err)
	}
	c.write("rejects.csv", strings.ReplaceAll(string(text), ",nowhere,", ",,"))
	o.save("xlsx:Calc MS Excel 2007 XML", saved, c.path("rejects.csv"))
	o.save("csv:Text - txt - csv (StarCalc):44,34,76", saved, filepath.Join(saved, "rejects.xlsx"))
	for _, name := range []string{"rejects.xlsx", "rejects.csv"} {
		r := c.run(0, "plan", "school.csv", filepath.Join(saved, name))
		if len(r.Rejects) != mending || r.count("create") != 0 {
			t.Fatalf("%s: %d rejects, %d are created", name, len(r.Rejects), r.count("create"))
		}
		for _, x := range r.Rejects {
			if x.Code != "uid-respelled" && x.Code != "uid-invalid" && x.Code != "uid-numeric" {
				t.Errorf("%s: %+v", name, x)
			}
		}
	}
}
