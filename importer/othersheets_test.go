package importer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/columns"
)

// TestSheetsThatWereLeftOut: which tables beside the roster may be people.
func TestSheetsThatWereLeftOut(t *testing.T) {
	roster := [][]any{{"uid", "name", "Klasse", "Rolle"}}
	for i := range 12 {
		roster = append(roster, []any{fmt.Sprintf("t%d", i), fmt.Sprintf("T %d", i), fmt.Sprintf("5%c", 'A'+i%3), []string{"L", "S"}[i%2]})
	}
	numbered := func(rows ...[]any) [][]any { return rows }
	for _, c := range []struct {
		name   string
		people bool
		rows   [][]any
	}{
		{"Pupils", true, numbered([]any{"Kennung", "Vorname", "Nachname"}, []any{"p1", "Pia", "P"})},
		{"Schüler", true, numbered([]any{"Matrikel", "Person"}, []any{91, "Anna Ash"}, []any{92, "Ben Bay"})},
		{"Below a title", true, numbered([]any{"Liste der Schüler"}, nil, []any{"Matrikel", "Person"}, []any{91, "Anna Ash"},
			[]any{92, "Ben Bay"})},
		{"Sheet2", true, numbered([]any{"Kürzel", "Lehrkraft", "Klasse"}, []any{"ash", "Anna Ash", "5A"}, []any{"bay", "Ben Bay", "5A"})},
		{"Names", true, numbered([]any{"Wer", "Nr"}, []any{"Anna Ash", 91}, []any{"Ben Bay", 92})},
		{"Contact", true, numbered([]any{"a@example.org"}, []any{"b@example.org"}, []any{"c@example.org"})},
		{"Info", true, numbered([]any{"Kennung", "Vorname", "Nachname"}, []any{"p1", "Pia", "P"})},
		{"Ids", true, numbered([]any{"Kennung"}, []any{"p1"}, []any{"p2"})},
		{"Remarks", true, numbered([]any{"Kennung", "Person", "Bemerkung"}, []any{"p1", "Pia P", "neu"}, []any{"p2", "Pit P", ""})},
		{"One", true, numbered([]any{"Kennung", "Person"}, []any{"pia"})},
		{"One name", true, numbered([]any{"Kennung", "Person"}, []any{nil, "Pia P"})},
		{"One under a known name", true, numbered([]any{"Name", "Nr"}, []any{"Pia", 91})},
		{"One of a class", true, numbered([]any{"Klasse", "Wer"}, []any{"5A", "Pia"})},
		{"One below a title", true, numbered([]any{"Neue Schüler"}, []any{"pia", "Pia P"})},
		{"Empty", false, nil},
		{"Only a title and a header", false, numbered([]any{"Neue Schüler"}, []any{"Klasse", "Wer"})},
		{"One count", false, numbered([]any{"Klasse", "Anzahl"}, []any{"5A", 4})},
		{"A date", false, numbered([]any{"Stand", "29.11.2026"}, []any{"Entwurf"})},
		{"A remark", false, numbered([]any{"Stand", "November"}, []any{"Alle Lehrkräfte stehen auf dem ersten Blatt"})},
		{"Only a header", false, numbered([]any{"Kennung", "Person"})},
		{"Prose", false, numbered([]any{"How to fill this in"}, []any{"Put everybody into the first sheet."}, []any{"Save it."},
			[]any{"Send it to 3 people."})},
		{"Steps", false, numbered([]any{1, "Open the file that was sent to you by the office"},
			[]any{2, "Fill in one row for everybody who is new this year"}, []any{3, "Send it back"})},
		{"Legende", false, numbered([]any{"T", "Teilzeit"}, []any{"V", "Vollzeit"})},
		{"Read me", false, numbered([]any{"Exported", "2026-11-29"}, []any{"By", "Office"})},
		{"Codes", false, numbered([]any{"Code", "Meaning"}, []any{"X", "Extern"}, []any{"Y", "Intern"})},
		{"Columns", false, numbered([]any{"Klasse", "which one"}, []any{"Rolle", "see codes"})},
		{"Roles", false, numbered([]any{"Rolle", "Text"}, []any{"L", "Lehrer"}, []any{"S", "Schüler"})},
		{"Counts", false, numbered([]any{"Klasse", "Anzahl"}, []any{"5A", 4}, []any{"5B", 4}, []any{"5C", 4}, []any{"Summe", 12})},
		{"Subjects", false, numbered([]any{"Subject"}, []any{"Mathematics"}, []any{"English"})},
	} {
		path := book(t, roster, func(f *excelize.File) { fillSheet(t, f, c.name, c.rows) })
		in := mustRead(t, Options{}, path).Intake()
		told := 0
		for _, n := range in.Notices {
			if n.Code == "sheet-left-out" && strings.Contains(n.Message, fmt.Sprintf("the sheet %q was left alone", c.name)) {
				told++
			}
		}
		if people := len(in.LeftOut) == 1 && in.LeftOut[0] == path+"["+c.name+"]"; people != c.people || told != len(in.LeftOut) {
			t.Errorf("%s: left out: %q, told of: %d", c.name, in.LeftOut, told)
		}
		// Whoever names the sheet has left out the other on purpose.
		if in := mustRead(t, Options{Settings: columns.Settings{Sheets: []string{"Sheet1"}}}, path).Intake(); len(in.LeftOut) > 0 {
			t.Errorf("%s: left out on purpose, and told: %q", c.name, in.LeftOut)
		}
	}
	// Of a small roster as well, its labels are known.
	small := book(t, [][]any{{"uid", "name", "role"}, {"a", "Anna", "teacher"}, {"b", "Ben", "teacher"}, {"c", "Carl", "head"},
		{"d", "Dora", "head"}}, func(f *excelize.File) {
		fillSheet(t, f, "Codes", [][]any{{"Role", "What it is"}, {"teacher", "gives lessons"}, {"head", "leads"}})
	})
	if in := mustRead(t, Options{}, small).Intake(); len(in.LeftOut) > 0 {
		t.Errorf("labels of a small roster: %q", in.LeftOut)
	}
	hidden := book(t, roster, func(f *excelize.File) {
		fillSheet(t, f, "Pupils", [][]any{{"Kennung", "Vorname"}, {"p1", "Pia"}})
		if err := f.SetSheetVisible("Pupils", false); err != nil {
			t.Fatal(err)
		}
	})
	if in := mustRead(t, Options{}, hidden).Intake(); len(in.LeftOut) > 0 {
		t.Errorf("hidden: %q", in.LeftOut)
	}
}

// TestSeveralSheets reads sheets of one workbook as a source each, which have
// their own headers, rows and numbers.
func TestSeveralSheets(t *testing.T) {
	path := book(t, [][]any{{"uid", "name"}, {"a5", "Anna"}, {"b!5", "Ben"}}, func(f *excelize.File) {
		fillSheet(t, f, "6A", [][]any{{"List of 6A"}, {"Name", "uid"}, {"Carl", "c6"}, {"Dora", "d6"}})
		fillSheet(t, f, "6B", [][]any{{"uid"}, {"e6"}})
		fillSheet(t, f, "6 empty", nil)
		fillSheet(t, f, "6 old", [][]any{{"uid"}, {"z6"}})
		if err := f.SetSheetVisible("6 old", false); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetName("Sheet1", "5A"); err != nil {
			t.Fatal(err)
		}
	})
	for _, c := range []struct {
		opt  Options
		want string
	}{
		{Options{Settings: columns.Settings{Sheets: []string{"5A", "6A"}}}, "5A 2, 6A 2: a5 c6 d6; reject 5A:3"},
		{Options{Settings: columns.Settings{Sheets: []string{"6b", "6A", "6B"}}}, "6B 1, 6A 2: c6 d6 e6"},
		{Options{Settings: columns.Settings{Sheets: []string{"6*"}}}, "6A 2, 6B 1: c6 d6 e6"},
		{Options{Settings: columns.Settings{Sheets: []string{"[5-6]a", "3"}}}, "5A 2, 6A 2, 6B 1: a5 c6 d6 e6; reject 5A:3"},
		{Options{Own: func(string) []columns.Settings {
			return []columns.Settings{{Sheets: []string{"6A"}}, {Sheets: []string{"6B"}}}
		}}, "6A 2, 6B 1: c6 d6 e6"},
	} {
		r := mustRead(t, c.opt, path)
		var files, uids, rejects []string
		for _, f := range r.Intake().Files {
			files = append(files, fmt.Sprintf("%s %d", f.Sheet, f.Rows))
			if f.SHA256 == "" {
				t.Errorf("%s has no hash", f.Sheet)
			}
		}
		for i := range r.Len() {
			if _, ok := r.Entry(i); ok {
				row, err := r.Load(i)
				if err != nil {
					t.Fatal(err)
				}
				uids = append(uids, row.User.UID)
			}
		}
		slices.Sort(uids)
		for _, x := range r.Intake().Rejects.All() {
			rejects = append(rejects, fmt.Sprintf("; reject %s:%d", x.Source.Sheet, x.Source.Row))
		}
		if got := strings.Join(files, ", ") + ": " + strings.Join(uids, " ") + strings.Join(rejects, ""); got != c.want {
			t.Errorf("%v: %s, want %s", c.opt.Sheets, got, c.want)
		}
	}
	twice := Options{Own: func(string) []columns.Settings {
		return []columns.Settings{{Sheets: []string{"6A"}}, {Sheets: []string{"6*"}}}
	}}
	if _, err := Read(context.Background(), []string{path}, twice); err == nil || !strings.Contains(err.Error(),
		"[6A]: is read twice, by two entries of the sources") {
		t.Error(err)
	}
}

// TestMendedRowsOfSeveralSheets: rows of one number stand on both sheets, and
// each corrects its own.
func TestMendedRowsOfSeveralSheets(t *testing.T) {
	path := book(t, [][]any{{"uid", "name"}, {"a!5", "Anna"}}, func(f *excelize.File) {
		fillSheet(t, f, "6A", [][]any{{"uid", "name"}, {"c!6", "Carl"}})
	})
	rejects := write(t, "rejects.csv", "uid,name,_file,_row\na5,Anna,"+path+"[Sheet1],2\nc6,Carl,"+path+"[6A],2\n")
	r := mustRead(t, Options{Settings: columns.Settings{Sheets: []string{"Sheet1", "6A"}}}, path, rejects)
	if in := r.Intake(); in.Users != 2 || in.Rejected != 0 || in.Duplicates != 2 {
		t.Errorf("%d users, %d rejects, %d duplicates: %v", in.Users, in.Rejected, in.Duplicates, in.Notices)
	}
	// Without its sheet, nobody knows which row is meant.
	rejects = write(t, "rejects.csv", "uid,name,_file,_row\na5,Anna,"+path+",2\n")
	if in := mustRead(t, Options{Settings: columns.Settings{Sheets: []string{"Sheet1", "6A"}}}, path, rejects).Intake(); in.Rejected != 2 {
		t.Errorf("%d rejects: %v", in.Rejected, in.Notices)
	}
}
