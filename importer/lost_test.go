package importer

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"cometsync/importer/columns"
)

func TestWhatAColumnHasBecome(t *testing.T) {
	own := func(s columns.Settings) Options {
		return Options{Own: func(string) []columns.Settings { return []columns.Settings{s} }}
	}
	school := map[string]string{"Schülernummer": "uid", "Name": "name", "Klasse": "tags"}
	for _, c := range []struct {
		name, text string
		opt        Options
		want       string
	}{
		{"the uid's", "Kennz.;Name;Klasse\n1;A;x\n", Options{Settings: columns.Settings{Map: school}},
			`no column holds the uid: the mapping names the column "Schülernummer", which is not in the header; has "Schülernummer" ` +
				`become "Kennz."? correct the mapping, or the header`},
		{"the uid's, beside columns that are known by themselves", "Kennz.;Name;Klasse;Rolle\n1;A;x;y\n",
			Options{Settings: columns.Settings{Map: school}}, `has "Schülernummer" become "Kennz."?`},
		{"the uid's, and two that it may be", "Kennz.;Name;Klasse;Ort\n1;A;x;y\n", Options{Settings: columns.Settings{Map: school}},
			`"Schülernummer", which is not in the header; the headers are`},
		{"the uid's before another's", "Kennz.;Name\n1;A\n", Options{Settings: columns.Settings{Map: school}},
			`the column "Schülernummer", which is not in the header; the headers are`},
		{"spelled nearly so", "Schülernr;Name;Klasse;Ort\n1;A;x;y\n", Options{Settings: columns.Settings{Map: school}},
			`did you mean "Schülernr"?`},
		{"another's", "Schülernummer;Name;Kurs\n1;A;x\n", own(columns.Settings{Map: school}),
			`the mapping names the column "Klasse", which is not in the header; has "Klasse" become "Kurs"? correct`},
		{"another's, of all sources", "Schülernummer;Name;Kurs\n1;A;x\n", Options{Settings: columns.Settings{Map: school}},
			`the mapping names the column "Klasse", which no source has; has "Klasse" become "Kurs"? correct`},
		{"a join's", "Schülernummer;Rufname;Zuname\n1;A;x\n",
			own(columns.Settings{Map: map[string]string{"Schülernummer": "uid", "Zuname": "-"},
				Join: map[string]string{"name": "{Eigenn.} {Zuname}"}, Others: columns.IgnoreOthers}),
			`join.name: no column has the header "Eigenn."; has "Eigenn." become "Rufname"? correct the template, or the header`},
		{"two of a join", "Schülernummer;Ort\n1;A\n", own(columns.Settings{Map: map[string]string{"Schülernummer": "uid"},
			Join: map[string]string{"name": "{Vorname} {Zuname}"}}), `no column has the header "Vorname"; the headers are`},
		{"one of a join and another", "Schülernummer;Ort\n1;A\n",
			own(columns.Settings{Map: map[string]string{"Schülernummer": "uid", "Klasse": "tags"},
				Join: map[string]string{"name": "{Vorname}"}}), `no column has the header "Vorname"; the headers are`},
		{"in another encoding than is declared", "Sch\xfclernummer;Name;Klasse\n1;A;x\n",
			Options{Settings: columns.Settings{Map: school, Encoding: "utf-8"}},
			`staff.csv: the header has bytes that are not text in utf-8, so the file is in another encoding; correct the encoding ` +
				`that the settings say, or leave it out: no column holds the uid`},
	} {
		if got := readError(t, c.opt, "staff.csv", c.text); !strings.Contains(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	// What is read all the same is told of.
	r := csvText(t, Options{Settings: columns.Settings{Encoding: "utf-8"}}, "uid,name,stra\xdfe\na,A,x\n")
	if n := r.Intake().Notices; len(n) == 0 || n[0].Code != "encoding" || !strings.Contains(n[0].Message, "not text in utf-8, so") {
		t.Errorf("%+v", n)
	}
	r = csvText(t, Options{Settings: columns.Settings{Encoding: "windows-1252"}}, in(charmap.Windows1252, "uid,name,straße\na,A,x\n"))
	for _, n := range r.Intake().Notices {
		if n.Code == "encoding" {
			t.Errorf("%+v", n)
		}
	}
}

func TestRowsThatAnotherDelimiterSeparates(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"uid;name;role\na,Anna,x\n", "1 cell where the header has 3 columns; it is separated by commas, and not by semicolons; " +
			"separate it as the others are"},
		{"uid;name;role\na\tAnna\tx\n", "it is separated by tabs, and not by semicolons"},
		{"uid,name,role\na;\"An;na\";x\n", "it is separated by semicolons, and not by commas"},
		{"uid,name\na;Kim, A;x;y\na;Anna\n", "row 3: 1 cell where the header has 2 columns; it is separated by semicolons"},
		{"uid;name;role\na,Anna\n", "1 cell where the header has 3 columns; put in the missing ones"},
		{"uid;name\nKim, Anna\n", "1 cell where the header has 2 columns; put in the missing ones"}, // as people write
		{"uid;name;role\na b,Anna,x\n", "1 cell where the header has 3 columns; put in the missing ones"},
		{"name;uid;role\na,Anna B,x\n", "put in the missing ones"}, // that would be no uid
		{"uid;name;role\na;b\n", "2 cells where the header has 3 columns; put in the missing ones"},
		{"uid\na;b\na,b;c\n", ""},
		{"uid,name\na,b,c,d\n", "4 cells where the header has 2 columns; put cells that hold a comma in quotes"},
		{"uid;x\na;b;c|d\n", "3 cells where the header has 2 columns; put cells that hold a semicolon in quotes"},
		{"uid,name,role\nb,B,x\n\"a,\"\"Kay, Anna\"\",x\"\n", "row 3: 1 cell where the header has 3 columns; the row is in quotes as a " +
			"whole"},
		{"uid;name\n\"a;A\"\n", "the row is in quotes as a whole"},
	} {
		opt := Options{}
		opt.Delimiter = ';'
		if strings.Contains(c.text[:strings.Index(c.text, "\n")], ",") {
			opt.Delimiter = ','
		}
		var got []string
		for _, x := range csvText(t, opt, c.text).Intake().Rejects.All() {
			for _, d := range x.Defects {
				got = append(got, "row "+strings.TrimPrefix(x.Source.String()[strings.LastIndex(x.Source.String(), ":"):],
					":")+": "+d.Message)
			}
		}
		if all := strings.Join(got, "\n"); !strings.Contains(all, c.want) {
			t.Errorf("%q: %s, want %s", c.text, all, c.want)
		}
	}
}
