package importer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/columns"
	"cometsync/importer/footer"
	"cometsync/internal/user"
)

// footings reads two people and rows below them, and says which of those are
// footers and which rejects.
func footings(t *testing.T, opt Options, header string, rows ...string) (footers, rejects []int) {
	t.Helper()
	comma := ";"
	pad := strings.Repeat(comma, strings.Count(header, comma)-1)
	r := csvText(t, opt, header+"\na1;Anna"+pad+"\nb2;Ben"+pad+"\n"+strings.Join(rows, "\n"))
	for _, s := range r.sources {
		for _, a := range s.skipped {
			if a.kind == footerRow {
				footers = append(footers, a.row)
			}
		}
	}
	for _, reject := range r.Intake().Rejects.All() {
		rejects = append(rejects, reject.Source.Row)
	}
	if e := r.Intake().EndsEarly; len(e) > 0 {
		t.Errorf("%q: %q", rows, e)
	}
	slices.Sort(footers)
	return footers, rejects
}

var reportNotes = []string{
	"Erstellt am 22.11.2026 06:15", "Erstellt mit SchulPlus – Seite 1", "Stand: 01.11.2026", "Seite 1 von 1", "Page 1 of 3",
	"Generated on 2026-11-22 by Mary O'Hara", "Generated on 2026-11-22 by admin@school.example", "Exported 2026-11-22", "Report run: " +
		"11/22/2026 6:15 AM", "Printed 22 Nov 2026", "2 Datensätze",
	"2 Schüler", "Schüler: 2", "Anzahl: 2 Schüler", "Anzahl Schüler: 2", "Seite: 1/1", "- Seite 1 -", "Bericht erstellt am " +
		"22.11.2026", "Report date: 2026-11-22", "As of 2026-11-01", "Stand: 1. November 2026",
	"Seite 1 von 1 – erstellt mit SchulPlus", "Imprimé le 22/11/2026", "Édité le 22/11/2026 par Mme Durand", "2 élèves", "Situation au " +
		"22/11/2026", "Impreso el 22/11/2026", "Página 1 de 2", "2 alumnos",
	"Stampato il 22/11/2026", "Pagina 1 di 2", "Situazione al 22/11/2026", "Afgedrukt op 22-11-2026", "Peildatum: 22-11-2026", "2 " +
		"leerlingen", "Wydrukowano 22.11.2026", "Stan na dzień 22.11.2026", "Strona 1 z 2",
	"Vytištěno 22. 11. 2026", "Strana 1 z 2", "Создано 22.11.2026", "Страница 1 из 2", "По состоянию на 22.11.2026", "Datum: " +
		"22.11.26", "Gedruckt: 22.11.2026 06:15 Uhr", "* Erzeugt 2026-11-22T06:15:00Z",
}

func TestNotesOfReports(t *testing.T) {
	t.Parallel()
	const header = "Nr;Name;Klasse"
	opt := mapTo("Nr", "uid", "Name", "name", "Klasse", "role")
	for _, note := range reportNotes {
		for _, row := range []string{note, note + ";;", ";;" + note, note + ";;\n\n"} {
			for _, more := range []string{"", "\n", "\nAnzahl: 2 Schüler\n"} {
				footers, rejects := footings(t, opt, header, row+more)
				if len(footers) == 0 || footers[0] != 4 || len(rejects) > 0 {
					t.Errorf("%q: footers %v, rejects %v", row+more, footers, rejects)
				}
			}
		}
		// Under the name, it may be somebody's.
		if footers, rejects := footings(t, opt, header, ";"+note+";"); len(footers) > 0 || !slices.Equal(rejects, []int{4}) {
			t.Errorf("%q as a name: footers %v, rejects %v", note, footers, rejects)
		}
		// Where slugs are made, they are none of these.
		slugs := opt
		slugs.Rules.Rewrite = user.RewriteSlug
		r := csvText(t, slugs, header+"\na1;Anna;x\nb2;Ben;x\n"+note+";;\n")
		if in := r.Intake(); in.Users != 2 {
			t.Errorf("%q became a user: %s", note, show(t, r))
		}
		// Above somebody, it is not a footer.
		if footers, rejects := footings(t, opt, header, note, "c3;Carl;x", ""); len(footers) > 0 || !slices.Equal(rejects, []int{4}) {
			t.Errorf("%q above a row: footers %v, rejects %v", note, footers, rejects)
		}
	}
}

func TestNotesInOtherCells(t *testing.T) {
	opt := mapTo("Nr", "uid", "Name", "name")
	for row, want := range map[string]bool{
		"Erstellt am:;22.11.2026;06:15":        true,
		"Stand:;22.11.2026;":                   true,
		"Seite:;1;":                            true,
		"Erstellt am;2026-11-22T06:15:00;":     true,
		"Summe;300;":                           true,
		"Summe:;300;":                          true,
		"Gesamt;;2":                            true,
		"Erstellt am 22.11.2026;von Anna Kim;": false, // two texts
		"Page Anna;;2011-02-03":                false,
		"Page;;2011-02-03":                     false,
		"Stan;;2011-02-03":                     false,
		";Page;2011-02-03":                     false,
		";Page Anna;5":                         false,
		";Stand Up 2011;":                      false,
		";Strand 1 Anna;":                      false,
		";Page 7 Anna;":                        false,
		";Stan Nowak 2011-02-03;":              false,
		";Erstellt;":                           false,
		";Created;2":                           false, // whatever stands under the name
		"12,5;Seite 1;":                        false, // it may be a uid that went wrong
		"Summe;Klasse 10;":                     false, // somebody may be called so
		"Summe;300;x":                          false,
		";Page May;":                           false, // somebody, and words that such lines have
		";Page May;5":                          false,
		";Stan May;":                           false,
		";Stan May;5":                          false,
		";Created-Smith 2;":                    false,
		"Seitenbacher 1;;":                     false,
		"Users;300;":                           false,
	} {
		footers, rejects := footings(t, opt, "Nr;Name;Klasse", row, "")
		if got := slices.Equal(footers, []int{4}); got != want || got && len(rejects) > 0 {
			t.Errorf("%q: footers %v, rejects %v", row, footers, rejects)
		}
	}
	// Without a column of the name, Summe is somebody's uid.
	if footers, rejects := footings(t, mapTo("Nr", "uid"), "Nr;Betrag", "Summe;300", ""); len(footers) > 0 || len(rejects) != 1 {
		t.Errorf("footers %v, rejects %v", footers, rejects)
	}
	// The last row may be somebody's, cut off.
	r := csvText(t, opt, "Nr;Name\na1;Anna\nSumme;3")
	if in := r.Intake(); in.Rejected != 1 || in.Rejects.At(0).UID != "" {
		t.Errorf("%s", show(t, r))
	}
}

// People are called as reports are worded, and a last row that names somebody,
// or says how to reach somebody, is nobody's footer.
func TestRowsThatNameSomebodyAreNoFooters(t *testing.T) {
	for _, c := range []struct {
		header, row string
		opt         Options
	}{
		{"Nr;Name;Klasse", ";Run Zhang;5", mapTo("Nr", "uid", "Name", "name")},
		{"Nr;Name;Klasse", ";Suma;5", mapTo("Nr", "uid", "Name", "name")},
		{"Nr;Name;Klasse", ";Fin Ende;", mapTo("Nr", "uid", "Name", "name")},
		{"Nr;Name;Klasse", ";Seite;2", mapTo("Nr", "uid", "Name", "name")},
		{"Name;uid;Klasse", "Run Zhang;;5", Options{}},
		{"uid;lastName;firstName", ";Run;5", Options{}},
		{"uid;lastName;firstName", ";;Total 5", Options{}},
		{"uid;name;Display Name", ";;Run 1", mapTo("Display Name", "-")}, // left alone
		{"uid;Nombre;Klasse", ";Run Zhang;5", Options{}},                 // of an unknown name
		{"uid;Wer;Klasse", ";Run Zhang;5", Options{}},                    // which may hold the name
		{"uid;Wer;Klasse", ";Total;", Options{}},
		{"uid;Work Email;Klasse", ";Page 5;", Options{}}, // whatever it is
		// people are matched by it
		{"uid;metadata.badge;Klasse", ";Total 2;", Options{Match: [][]string{{"badge"}}}},
		{"uid;Who;Klasse", ";Run Zhang;5", Options{Settings: columns.Settings{Join: map[string]string{"name": "{Who}"}}}}, // by its use
	} {
		footers, rejects := footings(t, c.opt, c.header, c.row, "")
		if len(footers) > 0 || !slices.Equal(rejects, []int{4}) {
			t.Errorf("%q, %q: footers %v, rejects %v", c.header, c.row, footers, rejects)
		}
	}
}

// A sum that is not the last row is held by its uid alone, wherever it is.
func TestSumsAboveOthersKeepTheirUID(t *testing.T) {
	r := csvText(t, Options{}, "uid,name\na,A\nTotal,1\nb,B\nSumme,2\nSumme,2\n")
	expect(t, r, `2 a name="A"`, `4 b name="B"`, `reject 3 uid="total"  not-a-person ""`, "notice footer 2", "notice footer-count 2")
	if _, _, ok := r.Find("summe"); ok {
		t.Error("a footer can be found")
	}
	r = csvText(t, Options{}, "uid,name\na,A\nTotal,1\ntotal,Anna\n")
	expect(t, r, `2 a name="A"`, `reject 3 uid="total"  not-a-person ""`, `reject 4 uid="total" uid duplicate-uid "total"`)
	r = csvText(t, Options{}, "uid,name\na,A\nTotal,1\nuid,name\nTotal,Anna\n")
	expect(t, r, `2 a name="A"`, `5 total name="Anna"`, "notice repeated-header 1", "notice footer 1", "notice repaired 1")
	r = csvText(t, Options{}, "uid,name\na,A\nTotal,1\nuid,name\nc d,C\nTotal,Anna\n")
	expect(t, r, `2 a name="A"`, `6 total name="Anna"`, `reject 5 uid="" uid uid-invalid "c d"`, "notice repeated-header 1",
		"notice footer 1", "notice repaired 1")
	// More than are footers are a table.
	r = csvText(t, Options{}, "uid,name\na,A\n"+strings.Repeat("Total,1\n", footer.Most+1))
	if in := r.Intake(); in.Rejected != footer.Most+1 || in.Rejects.At(0).UID != "total" {
		t.Errorf("%s", show(t, r))
	}
	if ref, _, ok := r.Find("total"); ok && ref != 1 {
		t.Errorf("%d", ref)
	}
}

func TestNotesInSheets(t *testing.T) {
	path := book(t, [][]any{{"Nr", "Name", "Klasse"}, {"a1", "Anna", "5a"}, {"b2", "Ben", "5b"}, nil, {"Erstellt am", nil, 45000},
		{"Summe", 2}, {nil, nil, "Seite 1 von 1"}}, func(f *excelize.File) {
		style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		if err == nil {
			err = f.SetCellStyle("Sheet1", "C5", "C5", style)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	r := mustRead(t, mapTo("Nr", "uid", "Name", "name", "Klasse", "role"), path)
	if got := showNamed(t, r); !strings.Contains(got, `notice footer 3 5 "Erstellt am,2023-03-15", 6 "Summe,2" and 7 "Seite 1 von 1"`) ||
		r.Intake().Rejected > 0 {
		t.Errorf("%s", got)
	}
}

func TestFootersThatCount(t *testing.T) {
	rows := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "u%d;N%d\n", i, i)
		}
		return b.String()
	}
	for _, c := range []struct {
		text, want string
	}{
		{"uid;name\n" + rows(288) + "300 Datensätze\n", "row 290 says 300, and 288 rows are above it"},
		{"uid;name\n" + rows(288) + "288 Datensätze\n", ""},
		{"uid;name\n" + rows(2) + "b c;Reject\nSumme;3\n", ""},
		{"uid;name\n" + rows(2) + "Anzahl: 300 Schüler;\nErstellt am 22.11.2026 06:15\n", "row 4 says 300, and 2 rows are above it"},
		{"uid;name\n" + rows(1) + "Anzahl: 300 Schüler;\n", "row 3 says 300, and 1 row is above it"},
		{"uid;name\n" + rows(2) + "Total: 1.204 rows\n", "row 4 says 1204, and 2 rows are above it"},
		{"uid;name\n" + rows(2) + "Total: 1'204.5\n", ""},
		{"uid;name\n" + rows(2) + "Total: 3 of 5\n", ""},
		{"uid;name\n" + rows(2) + "Seite 1\nStand: 2026\n", ""},
		{"uid;name\n" + rows(2) + "Total: 2\nuid;name\nc;C\nTotal: 1\n", ""},
		{"uid;name\n" + rows(2) + "Total: 2\nuid;name\nc;C\nTotal: 3\n", ""}, // all of them
		{"uid;name\n" + rows(2) + "uid;name\nc;C\nTotal: 9\n", "row 6 says 9, and 1 row is above it"},
	} {
		r := csvText(t, Options{}, c.text)
		got := ""
		for _, n := range r.Intake().Notices {
			if n.Code == "footer-count" {
				got = n.Message
			}
		}
		if c.want == "" && got != "" || c.want != "" && !strings.HasSuffix(got, ": "+c.want+"; look whether the export is whole") {
			t.Errorf("%.60q: %q", c.text[max(0, len(c.text)-60):], got)
		}
	}
}

func TestFooterPatterns(t *testing.T) {
	opt := mapTo("Nr", "uid", "Name", "name", "Klasse", "role")
	const head = "Nr;Name;Klasse;Ort\na;Anna;x;\n"
	for _, c := range []struct {
		pattern, rows string
		want          []string
	}{
		{"klasse ?a", "Klasse 5a;;;\nb;Ben;x;\nKlasse 6A\n", []string{`4 b name="Ben" role="x"`,
			`notice footer 2 3 "Klasse 5a" and 5 "Klasse 6A"`}},
		{"Schule am See*", "Schule am See;Seeweg 1/2;;\n", []string{`notice footer 1 3 "Schule am See;Seeweg 1/2"`}},
		{"*am See", "Schule;am See;;\n", []string{`3 schule name="am See"`, "notice repaired 1", "notice footer-person 1"}},
		{"schule*", "schule;;;\n", []string{`notice footer 1 3 "schule"`}},
		{"schule*", "schule;;;See\n", []string{`notice footer 1 3 "schule;See"`}}, // Ort has no field
		{"schule*", "schule;;x;\n", []string{`3 schule role="x"`, "notice footer-person 1"}},
		{"*anna*", "b b;Anna;x;\n", []string{`reject 3 uid="" Nr uid-invalid "b b"`, "notice footer-person 2"}},
		{"*anna*", ";Anna;x;\n", []string{`reject 3 uid="" Nr uid-missing ""`, "notice footer-person 2"}},
		{"an*", ";Anna;x;\n", []string{`reject 3 uid="" Nr uid-missing ""`, "notice footer-person 1"}},
		{"\\[x*", "[x];;;\n", []string{`notice footer 1 3 "[x]"`}},
		{"schule*", "schule", []string{`reject 3 uid=""  cells-missing ""`, "notice footer-person 1"}}, // it may be cut off
		{"Schule*", "Schule 5", []string{`notice footer 1 3 "Schule 5"`}},
		{"Anzahl*", "b;Ben;x;\nAnzahl Schüler*innen 5\n", []string{`3 b name="Ben" role="x"`, `notice footer 1 4 "Anzahl Schüler*innen 5"`,
			"notice footer-count 1"}},
		{"Anzahl*", "Anzahl Schüler*innen 5\nb;Ben;x;\n", []string{`4 b name="Ben" role="x"`, `notice footer 1 3 "Anzahl ` +
			`Schüler*innen 5"`}},
		{"Schule*", "Seite 1\nSchule 5\nSeite 2\n", []string{`notice footer 3 3 "Seite 1", 4 "Schule 5" and 5 "Seite 2"`}},
	} {
		opt.Footers = []string{"nothing at all", c.pattern}
		r := csvText(t, opt, head+c.rows)
		got := strings.Split(strings.TrimSpace(showNamed(t, r)), "\n")[1:]
		got = slices.DeleteFunc(got, func(line string) bool { return line == "notice ignored-column 1" || line == "notice delimiter 0" })
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) && len(r.Intake().EndsEarly) == 0 {
			t.Errorf("%s: %q: got %q, want %q", c.pattern, c.rows, got, c.want)
		}
		checkBooks(t, opt, nil, head+c.rows)
	}
	// A roster of nothing but uids has nobody with more.
	r := csvText(t, Options{Settings: columns.Settings{Footers: []string{"ann*"}}}, "uid\nanna\nben\n")
	expect(t, r, "2 anna", "3 ben", "notice footer-person 1")
	// Slugs are made of any text.
	r = csvText(t, Options{Rules: user.Rules{Rewrite: user.RewriteSlug}, Settings: columns.Settings{Footers: []string{"ann*"}}},
		"uid,name\nAnn A,Anna\nAnn,\n")
	expect(t, r, `2 ann-a name="Anna"`, "notice footer 1", "notice footer-person 1", "notice uid-rewritten 1")
}

// What may have swallowed others, or is in doubt, is nothing that a pattern
// takes away.
func TestFooterPatternsTakeNoBrokenRows(t *testing.T) {
	opt := Options{Settings: columns.Settings{Footers: []string{"schule*", "000*"}}}
	for _, row := range []string{"\"Schule am See;\nb;Ben\n", "\"Schule\nam See\";\n", "\"Schule\" am See;\n"} {
		r := csvText(t, opt, "uid;name\na;Anna\n"+row)
		if in := r.Intake(); in.Rejected != 1 {
			t.Errorf("%q: %s", row, show(t, r))
		}
	}
	gz := zipped(t, "uid;name\n"+strings.Repeat("a;Anna\n", 100)+"Schule am See")
	r := mustRead(t, opt, write(t, "a.csv.gz", gz[:len(gz)-9]))
	if in := r.Intake(); len(in.EndsEarly) != 1 || in.Rejected != 1 {
		t.Errorf("%s", show(t, r))
	}
	path := book(t, [][]any{{"uid", "name"}, {"a", "Anna"}, {91}}, func(f *excelize.File) {
		format := "00000"
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err == nil {
			err = f.SetCellStyle("Sheet1", "A3", "A3", style)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if r := mustRead(t, opt, path); r.Intake().Rejected != 1 {
		t.Errorf("%s", show(t, r))
	}
}

func TestFooterPatternsThatAreNone(t *testing.T) {
	for pattern, want := range map[string]string{
		"": "match any row", "*": "match any row", " * ? ": "match any row", "[a-z]*": "match any row", "*,*": "match any row",
		"[x": "not a pattern", "x*": "", "Seite [0-9]*": "", "---*": "", "5*": "",
	} {
		s := columns.Settings{Footers: []string{pattern}}
		err := s.Check()
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), "footers: ") ||
			!strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
