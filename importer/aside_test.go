package importer

import (
	"context"
	"slices"
	"strings"
	"testing"

	"cometsync/importer/footer"
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

func TestRowsThatAreNone(t *testing.T) {
	const head = "uid,name,role\n"
	const two = head + "a,A,x\nb,B,x\n"
	ab := []string{`2 a name="A" role="x"`, `3 b name="B" role="x"`}
	for _, c := range []struct {
		text string
		want []string
	}{
		{two + "Total: 1,204\n", append(ab, `notice footer 1 4 "Total: 1,204"`, "notice footer-count 1")},
		{two + "Total: 2", append(ab, `notice footer 1 4 "Total: 2"`)}, // without a line end: no row that was cut off
		{two + "\n-- end of report --\n\n", append(ab, `notice footer 1 5 "-- end of report --"`, "notice blank-rows 2")},
		{two + "Total,,2\nEnd of file\n", append(ab, `notice footer 2 4 "Total,2" and 5 "End of file"`)},
		{two + "(2 rows)\n", append(ab, `notice footer 1 4 "(2 rows)"`)},
		{two + ",,2\n", append(ab, `notice footer 1 4 "2"`)},
		{two + ",,3\n", append(ab, `reject 4 uid="" uid uid-missing ""`)},                                     // no count of anything
		{two + "2\n", append(ab, `reject 4 uid=""  cells-missing ""`)},                                        // it may be a uid
		{two + "total,A,x\n", append(ab, `4 total name="A" role="x"`)},                                        // somebody's
		{two + "Total: 2\nc,C,x\n", append(ab, `5 c name="C" role="x"`, `reject 4 uid=""  cells-missing ""`)}, // not the end
		{two + head + "c,C,x\n", append(ab, `5 c name="C" role="x"`, `notice repeated-header 1 4`)},
		{two + "Total: 2\n\uFEFF" + head + "c,C,x\nTotal: 1\n", append(ab, `6 c name="C" role="x"`, `notice repeated-header 1 5`,
			`notice footer 2 4 "Total: 2" and 7 "Total: 1"`)},
		{two + "UID,name,role\n", append(ab, `4 uid name="name" role="role"`, "notice repaired 1")}, // not letter by letter
		{two + strings.Repeat("Total: 2\n", footer.Most+1), nil},
	} {
		r := csvText(t, Options{}, c.text)
		got := showNamed(t, r)
		if c.want == nil {
			if in := r.Intake(); in.Rejected != footer.Most+1 {
				t.Errorf("%q: %s", c.text, got)
			}
			continue
		}
		if want := strings.Join(c.want, "\n") + "\n"; got != want {
			t.Errorf("%q: got\n%swant\n%s", c.text, got, want)
		}
		if in := r.Intake(); len(in.EndsEarly) > 0 {
			t.Errorf("%q: %q", c.text, in.EndsEarly)
		}
	}
}

func TestPeopleAreNoFooters(t *testing.T) {
	for _, row := range []string{
		"Total,Anna", "x y,Total 5", ",Anna", "count dracula,", "Ende Michael,", "1-2,3 rows", "Sum Ting,7", "End,User", "Total: 5,Anna",
		",5 Anna", "Users,a@b.example 5", "uid,Anna",
	} {
		r := csvText(t, Options{}, "uid,name\na,A\n"+row+"\n")
		if in := r.Intake(); in.Rows != 2 {
			t.Errorf("%q is taken for none: %s", row, showNamed(t, r))
		}
	}
	// A row that the source ends within is evidence of that.
	r := csvText(t, Options{}, "uid,name,x\na,A,x\n,1")
	if in := r.Intake(); in.Rows != 2 || len(in.EndsEarly) != 1 {
		t.Errorf("%+v", in)
	}
	r = csvText(t, Options{}, "uid,name,x\na,A,x\nusers,2") // it may be somebody's uid
	if in := r.Intake(); in.Rows != 2 || len(in.EndsEarly) != 1 {
		t.Errorf("%+v", in)
	}
	gz := zipped(t, "uid,name\n"+strings.Repeat("a,A\n", 100)+"Total: 100\n")
	r = mustRead(t, Options{}, write(t, "a.csv.gz", gz[:len(gz)-9]))
	if in := r.Intake(); len(in.EndsEarly) != 1 {
		t.Errorf("%+v", in)
	}
}

func TestLookTellsOfRowsThatAreNone(t *testing.T) {
	path := write(t, "a.csv", "Staff list\nuid,name\na,A\nuid,name\nb,B\nTotal: 2\n")
	l, err := Look(context.Background(), []string{path}, Options{}, func(user.Source, string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	fates := map[int]trace.Fate{}
	for _, row := range l.Rows {
		fates[row.Source.Row] = row.Fate
	}
	for row, want := range map[int]trace.Fate{1: trace.FateAside, 2: trace.FateHeader, 3: trace.FateUsed, 4: trace.FateAside,
		5: trace.FateUsed,
		6: trace.FateAside} {
		if fates[row] != want {
			t.Errorf("row %d is %s, want %s", row, fates[row], want)
		}
	}
}

// The line below a header is not a person, however much it looks like a uid; one
// that is elsewhere may be somebody's, who is held.
func TestLinesThatAreDrawn(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"psql", " uid | name \n-----+------\n anna | Anna\n(1 row)\n", []string{`3 anna name="Anna"`, "notice delimiter 0",
			"notice rule-line 1", "notice footer 1", "notice repaired 2"}},
		{"Markdown", "| uid | name |\n|:---|:---:|\n| anna | Anna |\n| b b | Ben |\n", []string{`3 anna name="Anna"`,
			`reject 4 uid="" uid uid-invalid " b b "`, "notice delimiter 0", "notice rule-line 1", "notice repaired 3"}},
		{"mysql", "+------+------+\n| uid  | name |\n+------+------+\n| anna | Anna |\n+------+------+\n",
			[]string{`4 anna name="Anna"`, "notice delimiter 0", "notice lines-above-header 1", "notice rule-line 1", "notice footer 1",
				"notice repaired 2"}},
		{"csv", "uid,name\n---,----\nanna,Anna\n", []string{`3 anna name="Anna"`, "notice rule-line 1"}},
		{"one column", "uid\n===\nanna\n", []string{`3 anna`, "notice rule-line 1"}},
		{"put together", "uid,name\n---,---\nanna,Anna\nuid,name\n---,---\nben,Ben\n", []string{`3 anna name="Anna"`, `6 ben name="Ben"`,
			"notice repeated-header 1", "notice rule-line 2"}},
		{"elsewhere", "uid,name\nanna,Anna\n---,---\nben,Ben\n", []string{`2 anna name="Anna"`, `4 ben name="Ben"`,
			`reject 3 uid="---"  not-a-person ""`}},
		{"behind a blank", "uid,name\n\n---,\nben,Ben\n", []string{`4 ben name="Ben"`, `reject 3 uid="---"  not-a-person ""`,
			"notice blank-rows 1"}},
		{"short", "uid,name\n-,--\n--,Anna\n---,Ben\n_a_,\n", []string{`2 - name="--"`, `3 -- name="Anna"`, `4 --- name="Ben"`, `5 _a_`,
			"notice no-uid 3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := csvText(t, Options{}, c.text)
			expect(t, r, c.want...)
			if names := r.Intake().IgnoredColumns; len(names) > 0 {
				t.Errorf("ignored: %q", names)
			}
		})
	}
}

func TestBarsAreAFrameOnlyOnBothSides(t *testing.T) {
	for text, ignored := range map[string]string{"|uid|name\n|anna|Anna\n": "A", ",uid,name,\n,anna,Anna,\n": "A",
		"|uid||name|\n|anna||Anna|\n": "C"} {
		r := csvText(t, Options{}, text)
		name := "column " + ignored + " (without a header)"
		if got := show(t, r); !strings.Contains(got, `2 anna name="Anna"`) || !slices.Equal(r.Intake().IgnoredColumns, []string{name}) {
			t.Errorf("%q: %q\n%s", text, r.Intake().IgnoredColumns, got)
		}
	}
}
