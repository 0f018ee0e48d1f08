package importer

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/importer/columns"
)

// A column without a header is left alone and named, the last ones as well; what a
// delimiter too many has pushed out is none.
func TestColumnsWithoutAHeader(t *testing.T) {
	const named, delimiter = "notice ignored-column 1", "notice delimiter 0"
	extra := func(row int) string { return fmt.Sprintf(`reject %d uid=""  cells-extra ""`, row) }
	users := []string{`2 1 name="Ann"`, `3 2 name="Ben"`}
	for _, c := range []struct {
		text string
		want []string
	}{
		{"uid;name;\n1;Ann;x\n2;Ben;y\n", append(users, delimiter, named)},
		{"uid;name;;\n1;Ann;x;\n2;Ben;;y\n", append(users, delimiter, "notice ignored-column 2")},
		{";uid;name\nx;1;Ann\ny;2;Ben\n", append(users, delimiter, named)},
		{"uid;;name\n1;x;Ann\n2;y;Ben\n", append(users, delimiter, named)},
		{"uid,name,\r\n1,Ann,x\r\n\r\n2,Ben,\r\n", []string{users[0], `4 2 name="Ben"`, named, "notice blank-rows 1"}},
		{"uid,name,\n1,Ann,\"x, y\"\n2,Ben,\"z\"\n", append(users, named)},
		{"uid, name, \n1, Ann, x\n2, Ben, y\n", append(users, named, "notice repaired 2")},
		{"uid;name;\n1;Ann;x\n2;Ben;y\n3;Cem;;z\n", append(users, extra(4), delimiter, named)},

		// Who has text there is the exception, or the rows are of different lengths.
		{"uid;name;\n1;Ann;\n2;Ben;\n3;Ce;m\n", append(users, extra(4), delimiter)},
		{"uid;name;\n1;Ann\n2;Ben;\n3;Ce;m\n4;D;n\n", append(users, extra(4), extra(5), delimiter)},
		{"uid,name,\n1,Kay, Ann\n2,Kay, Ben\n", []string{extra(2), extra(3)}},
		{"uid;name\n1;Ann;x\n2;Ben;y\n", []string{extra(2), extra(3), delimiter}},
		{"uid;name;\n1;Ann;x\n", []string{extra(2), delimiter}},
	} {
		r := mustRead(t, Options{}, write(t, "a.csv", c.text))
		expect(t, r, c.want...)
		if t.Failed() {
			t.Fatalf("of %q", c.text)
		}
	}

	// A first row without any name.
	if got := readError(t, Options{}, "a.csv", ";;;\nuid:name\n1:Ann\n"); !strings.Contains(got, "no column holds the uid") {
		t.Error(got)
	}

	mapped := Options{Settings: columns.Settings{Map: map[string]string{"column C": "metadata.room"}}}
	expect(t, csvText(t, mapped, "uid,name,\n1,Ann,R1\n2,Ben,R2\n"), `2 1 name="Ann" room="R1"`, `3 2 name="Ben" room="R2"`)

	sheet := func(rows ...[]any) *Roster { return mustRead(t, Options{}, book(t, rows, nil)) }
	expect(t, sheet([]any{"uid", "name"}, []any{1, "Ann", "x"}, []any{2, "Ben", nil, "y"}), append(users, "notice ignored-column 2")...)
	expect(t, sheet([]any{"uid", "name"}, []any{1, "Ann", "x"}, []any{2, "Ben"}), users[1], `reject 2 uid="1"  cells-extra ""`)
	if in := sheet([]any{"uid", "name"}, []any{1, "Ann", "x"}, []any{2, "Ben", "y"}).Intake(); strings.Join(in.IgnoredColumns,
		"") != "column C (without a header)" {
		t.Errorf("left alone: %q", in.IgnoredColumns)
	}
}
