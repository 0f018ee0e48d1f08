package importer

import (
	"strings"
	"testing"

	"cometsync/importer/columns"
)

func TestFirstNamesAlone(t *testing.T) {
	for header, want := range map[string]string{
		"uid,Prénom,Nom": `names are read from "Prénom" alone, a first name; the column "Nom", which is left alone, ` +
			`could hold the last one: --map 'Nom=lastName'`,
		"uid,Nombres,Apellido paterno": `"Apellido paterno"`,
		"uid,Vorname,Familien_Name":    "",
		"uid,First name,Company name":  "",
		"uid,Nombre,Apellidos": `names are read from "Apellidos" alone, a last name; the column "Nombre", which is left ` +
			`alone, could hold the first one: --map 'Nombre=firstName'`,
		"uid,First name,Old surname,Nom": `one of the columns "Old surname", "Nom", which are left alone, could hold the last one: ` +
			`--map 'Old surname=lastName'`,
		"uid,Imię,Drugie nazwisko":       `"Drugie nazwisko"`,
		"uid,First name,Last name,Nom":   "",
		"uid,First name,Department":      "",
		"uid,Name,Nom":                   "",
		"uid,First name,Nomination":      "",
		"uid,Prénom,Nom de famille":      "",
		"uid,Given name,Manager surname": `"Manager surname"`,
	} {
		got := ""
		for _, n := range csvText(t, Options{}, header+"\na,b,c,d\n").Intake().Notices {
			if n.Code == "half-name" {
				got = n.Message
			}
		}
		if !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%s: got %q, want %s", header, got, want)
		}
	}
}

// How cells are written, a source says for itself.
func TestHowCellsAreWritten(t *testing.T) {
	for _, c := range []struct {
		settings columns.Settings
		text     string
		want     []string
	}{
		{columns.Settings{TagsSeparator: "semicolon"}, "uid,tags\na,\"Sales, EMEA;Support\"\nb,\"CN=Staff,DC=x; CN=All,DC=x " +
			";\"\nc,\"[\"\"x;y\"\"]\"\n",
			[]string{`2 a tags=["Sales, EMEA" "Support"]`, `3 b tags=["CN=Staff,DC=x" "CN=All,DC=x"]`, `4 c tags=["x;y"]`}},
		{columns.Settings{TagsSeparator: " / "}, "uid,tags\na,x / y/z\n", []string{`2 a tags=["x" "y/z"]`}},
		{columns.Settings{TagsSeparator: "newline"}, "uid,tags\na,\"x,1\ny|2\"\n", []string{`2 a tags=["x,1" "y|2"]`}},
		{columns.Settings{TagsSeparator: "space"}, "uid,tags\na,x  y\n", []string{`2 a tags=["x" "y"]`}},
		{columns.Settings{Base: "https://e.org/people/"}, "uid,avatar,link\na,/img/a.png,x " +
			"y.html\nb,//cdn.org/b.png,../b\nc,https://o.org/c.png,\n", []string{
			`2 a avatar="https://e.org/img/a.png" link="https://e.org/people/x%20y.html"`,
			`3 b avatar="https://cdn.org/b.png" link="https://e.org/b"`, `4 c avatar="https://o.org/c.png"`, "notice repaired 4"}},
		{columns.Settings{Base: "https://e.org"},
			"uid,avatar\na,www.o.org/a.png\nb,o.org/a.png\nc,n/a\nd,C:\\a.png\ne,mailto:x@e.org\nf,a.png\n", []string{
				`7 f avatar="https://e.org/a.png"`, `reject 2 uid="a" avatar avatar-invalid "www.o.org/a.png"`,
				`reject 3 uid="b" avatar avatar-invalid "o.org/a.png"`,
				`reject 4 uid="c" avatar avatar-invalid "n/a"`, `reject 5 uid="d" avatar avatar-invalid "C:\\a.png"`,
				`reject 6 uid="e" avatar avatar-invalid "mailto:x@e.org"`, "notice repaired 1"}},
	} {
		expect(t, csvText(t, Options{Settings: c.settings}, c.text), c.want...)
	}
	r := csvText(t, Options{Dates: true, Settings: columns.Settings{DateForm: "dd.mm.yyyy"}}, "uid,createdAt\na,11.01.2023\nb,01/11/2023\n")
	if row, err := r.Load(0); err != nil || row.User.CreatedAt != 1673395200 || r.Intake().Rejects.Len() != 1 {
		t.Errorf("%+v, %v, %+v", row, err, r.Intake().Rejects.Slice())
	}
	for key, s := range map[string]columns.Settings{"tags-separator": {TagsSeparator: "and"}, "dates": {DateForm: "german"},
		"base": {Base: "/img"}} {
		if err := s.Check(); err == nil || !strings.HasPrefix(err.Error(), key+": ") {
			t.Errorf("%s: %v", key, err)
		}
	}
}
