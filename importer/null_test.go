package importer

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

func nullNotice(r *Roster) string {
	for _, n := range r.Intake().Notices {
		if n.Code == "null-text" {
			return fmt.Sprintf("%d %s", n.Count, n.Message)
		}
	}
	return ""
}

func TestNullTexts(t *testing.T) {
	for _, c := range []struct{ text, count, place string }{
		{"uid,name,other\na,Anna,NULL\nb,Nullmann,\n", "", ""},
		{"uid,name\na,Anna\nb,NULL\nc,NULL\n", "2 ",
			`first NULL in row 3 of "name", and it is taken as text; if nothing is meant, the configuration can make them empty, as in ` +
				`values: {name: {"NULL": ""}}`},
		{"uid,name\n\na,null\n", "1 ", `first null in row 3 of "name"`},
		{"uid,statusMessage\na,\\N\n", "1 ", `values: {statusMessage: {"\\N": ""}}`},
		{"uid,tags\na,None\nb,nil\n", "2 ", `values: {tags: {"None": ""}}`},
		{"uid,first name,last name\na,Anna,(null)\n", "1 ", `values: {lastName: {"(null)": ""}}`},
		{"uid,metadata.a.b\na,<null>\nb,none\nc,nullable\nd,x NULL\n", "1 ", `values: {metadata.a.b: {"<null>": ""}}`},
		{"uid,role\na,null\n", "1 ", `values: {role: {"null": ""}}`},
		// These are refused, or told in another way, and that says enough.
		{"uid,name\nNULL,Anna\n", "", ""},
		{"uid,state\na,NULL\n", "", ""},
		{"uid,avatar\na,NULL\n", "", ""},
		{"uid,metadata\na,NULL\n", "", ""},
		{"uid,role\na,\\N\n", "", ""},
	} {
		got := nullNotice(csvText(t, Options{}, c.text))
		if !strings.HasPrefix(got, c.count) || !strings.Contains(got, c.place) || got != "" && c.count == "" {
			t.Errorf("%q: %q, want %s and %q", c.text, got, c.count, c.place)
		}
	}
	values := Options{Settings: columns.Settings{Values: map[string]map[string]string{"name": {"NULL": ""}}}}
	r := csvText(t, values, "uid,name\na,Anna\nb,NULL\n")
	if got := nullNotice(r); got != "" || strings.Contains(show(t, r), "NULL") {
		t.Errorf("with values: %q\n%s", got, show(t, r))
	}
	for _, n := range r.Intake().Notices {
		if n.Code == "unmapped-value" {
			t.Errorf("who says what stands for nothing does not list the others: %s", n.Message)
		}
	}
}

// They are counted wherever in a large file they are, and each once.
func TestNullTextsOfManyChunks(t *testing.T) {
	var b strings.Builder
	b.WriteString("uid,name,role\n")
	want := 0
	for i := range 60_000 {
		name := "Anna"
		if i >= 30_000 && i%7 == 0 {
			name = "NULL"
			want++
		}
		fmt.Fprintf(&b, "u%d,%s,staff\n", i, name)
	}
	r := csvText(t, Options{Rules: user.Rules{}}, b.String())
	if got := nullNotice(r); !strings.HasPrefix(got, fmt.Sprint(want, " ")) || !strings.Contains(got, "first NULL in row 30004 ") {
		t.Errorf("%q, want %d from row 30004", got, want)
	}
}
