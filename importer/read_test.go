package importer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

// write puts a file into the test's directory.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// mustRead reads sources that can be read.
func mustRead(t testing.TB, opt Options, sources ...string) *Roster {
	t.Helper()
	r, err := Read(context.Background(), sources, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	in := r.Intake()
	if in.Rows != in.Users+in.Duplicates+in.Rejected || in.Rejected != in.Rejects.Len() {
		t.Errorf("%d rows are not %d users, %d duplicates and %d rejected (%d rejects)", in.Rows, in.Users, in.Duplicates, in.Rejected,
			in.Rejects.Len())
	}
	return r
}

// csvText reads a CSV that is given as text.
func csvText(t testing.TB, opt Options, text string) *Roster {
	t.Helper()
	return mustRead(t, opt, write(t, "staff.csv", text))
}

// show is a roster on few lines: users, rejects, what ends early, notices.
func show(t testing.TB, r *Roster) string {
	t.Helper()
	var b strings.Builder
	users := 0
	for ref := range r.Len() {
		e, ok := r.Entry(ref)
		if !ok {
			continue
		}
		users++
		row, err := r.Load(ref)
		if err != nil {
			t.Fatal(err)
		}
		u := row.User
		fmt.Fprintf(&b, "%d %s", row.Source.Row, u.UID)
		for _, f := range []user.Field{user.Name, user.Avatar, user.Link, user.Role, user.StatusMessage} {
			if u.Has.Has(f) {
				fmt.Fprintf(&b, " %s=%q", f, u.String(f))
			}
		}
		if u.Has.Has(user.Tags) {
			fmt.Fprintf(&b, " tags=%q", u.Tags)
		}
		if u.Has.Has(user.State) {
			fmt.Fprintf(&b, " %s", u.State)
		}
		for _, f := range []user.Field{user.CreatedAt, user.LastActiveAt} {
			if u.Has.Has(f) {
				fmt.Fprintf(&b, " %s=%d", f, u.Time(f))
			}
		}
		if u.Metadata != "" {
			fmt.Fprintf(&b, " metadata=%s", u.Metadata)
		}
		for _, k := range u.Keys {
			fmt.Fprintf(&b, " %s=%q", strings.Join(k.Path, "."), k.Text)
		}
		b.WriteByte('\n')
		if got, f, ok := r.Find(u.UID); !ok || got != ref || f != e {
			t.Errorf("Find(%q) = %d %v, %v; it is %d %v", u.UID, got, f, ok, ref, e)
		}
		var p user.Fingerprint
		if sum := p.Of(r.Layout(), &u, e.Mask); sum != e.Print || u.Mask() != e.Mask && e.Mask != user.Unprintable || u.State != e.State {
			t.Errorf("%s: the entry %+v is not of the row %+v", u.UID, e, row)
		}
	}
	if users != r.Intake().Users {
		t.Errorf("%d entries of %d users", users, r.Intake().Users)
	}
	for _, reject := range r.Intake().Rejects.All() {
		if reject.UID != "" {
			if _, _, ok := r.Find(reject.UID); ok && r.opt.Duplicates == ErrorOnDuplicates {
				t.Errorf("%q is a reject and found all the same", reject.UID)
			}
		}
		for _, d := range reject.Defects {
			fmt.Fprintf(&b, "reject %d uid=%q %s %s %q\n", reject.Source.Row, reject.UID, d.Column, d.Code, d.Value)
		}
	}
	for _, e := range r.Intake().EndsEarly {
		_, what, _ := strings.Cut(e, ": ")
		fmt.Fprintf(&b, "early %s\n", what)
	}
	for _, n := range r.Intake().Notices {
		fmt.Fprintf(&b, "notice %s %d\n", n.Code, n.Count)
	}
	return b.String()
}

func expect(t testing.TB, r *Roster, lines ...string) {
	t.Helper()
	got, want := show(t, r), strings.Join(lines, "\n")+"\n"
	if len(lines) == 0 {
		want = ""
	}
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestReadsCSV(t *testing.T) {
	r := csvText(t, Options{}, "UID,Name,Tags,State,metadata.dept,Office\n"+
		"Anna,Anna Kim,a|b,active,Sales,3\n"+
		"ben, Ben  Oz ,,inactive,,4\n")
	expect(t, r,
		`2 anna name="Anna Kim" tags=["a" "b"] active dept="Sales"`,
		`3 ben name="Ben Oz" deactivated`,
		"notice ignored-column 1",
		"notice repaired 3",
	)
	in := r.Intake()
	if got := strings.Join(in.Managed, " "); got != "uid name tags state metadata.dept" {
		t.Errorf("managed %s", got)
	}
	if got := r.Managed(); got != user.FieldsOf(user.UID, user.Name, user.Tags, user.State, user.Metadata) {
		t.Errorf("managed %b", got)
	}
	f := in.Files[0]
	if f.Format != "csv" || f.Rows != 2 || f.Encoding != "utf-8" || f.Sheet != "" {
		t.Errorf("%+v", f)
	}
	if len(in.IgnoredColumns) != 1 || in.IgnoredColumns[0] != "Office" {
		t.Errorf("ignored %q", in.IgnoredColumns)
	}
	row, _ := r.Load(0)
	if got := strings.Join(row.Cells, "|"); got != "Anna|Anna Kim|a|b|active|Sales|3" {
		t.Errorf("cells %s", got)
	}
	if got := strings.Join(row.Header, "|"); got != "UID|Name|Tags|State|metadata.dept|Office" {
		t.Errorf("header %s", got)
	}
	if row.Source.String() != f.Path+":2" {
		t.Errorf("source %s", row.Source)
	}
	if _, _, ok := r.Find("carol"); ok {
		t.Error("carol is found")
	}
}

func TestColumnsSayWhatTheyWereTakenFor(t *testing.T) {
	a := write(t, "a.csv", "Office,Personnel no,Surname,given name,Abteilung,Meta,createdAt,id\n")
	b := write(t, "b.csv", "uid,First,Name\n")
	r := mustRead(t, Options{Settings: columns.Settings{Map: map[string]string{"Abteilung": "metadata.department", "id": "-"}}}, a, b)
	want := []user.Mapping{
		{File: a, Header: "Personnel no", Field: "uid"},
		{File: a, Header: "Surname", Field: "name (last)"},
		{File: a, Header: "given name", Field: "name (first)"},
		{File: a, Header: "Abteilung", Field: "metadata.department"},
		{File: a, Header: "Meta", Field: "metadata"},
		{File: b, Header: "uid", Field: "uid"},
		{File: b, Header: "Name", Field: "name"}, // read whole: First is left alone
	}
	if got := r.Intake().Columns; !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestRowNumbers(t *testing.T) {
	// What a spreadsheet shows: blank lines count, lines inside cells do not.
	r := csvText(t, Options{}, "\uFEFFuid,name\r\n\r\na,\"x\r\ny\"\r\n , \r\nb,B\r\n!,C\r\n\r\n")
	expect(t, r,
		`3 a name="x y"`,
		`5 b name="B"`,
		`reject 6 uid="" uid uid-invalid "!"`,
		"notice blank-rows 3",
		"notice repaired 1",
	)
}

// A text of nothing but white space, of whatever kind, is told as such, whatever
// the settings say of it.
func TestTextWithoutText(t *testing.T) {
	for _, text := range []string{"\v", " \n \n", "\u2003\u00a0\n", "\"\",\"\"\n", ",,\n,,\n", "\f\r\n\t\n", strings.Repeat("\v\n",
		300_000)} {
		for name, opt := range map[string]Options{
			"as it is": {}, "with columns": {Settings: columns.Settings{Columns: []string{"uid",
				"name"}}}, "with a delimiter": {Settings: columns.Settings{Delimiter: ';'}},
		} {
			path := write(t, "staff.csv", text)
			if r, err := Read(t.Context(), []string{path}, opt); err == nil {
				r.Close()
				t.Errorf("%.10q %s is read", text, name)
			}
		}
	}
}
