package importer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/columns"
	"cometsync/internal/slow"
	"cometsync/internal/user"
)

// mendedRejects writes rejects as somebody has corrected them; S in it is the
// path of the source.
func mendedRejects(t testing.TB, source, text string) string {
	t.Helper()
	return write(t, "rejects.csv", strings.ReplaceAll(text, "SRC", `"`+source+`"`))
}

// mendedAs is what comes of a source and corrected rejects of it, with the places of
// rows as file:row.
func mendedAs(t testing.TB, r *Roster) string {
	t.Helper()
	var b strings.Builder
	for ref := range r.Len() {
		if _, ok := r.Entry(ref); !ok {
			continue
		}
		row, err := r.Load(ref)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s %s\n", short(row.Source), row.User.UID, row.User.Name)
	}
	in := r.Intake()
	for _, x := range in.Rejects.All() {
		fmt.Fprintf(&b, "reject %s %q %s\n", short(x.Source), x.UID, x.Defects[0].Code)
	}
	for _, n := range in.Notices {
		if strings.HasPrefix(string(n.Code), "mended") {
			fmt.Fprintf(&b, "%s %d\n", n.Code, n.Count)
		}
	}
	if in.Rows != in.Users+in.Duplicates+in.Rejected || in.Rejected != in.Rejects.Len() {
		t.Errorf("%d rows are not %d users, %d duplicates and %d rejects", in.Rows, in.Users, in.Duplicates, in.Rejected)
	}
	rows := 0
	for _, f := range in.Files {
		rows += f.Rows
	}
	if rows != in.Rows {
		t.Errorf("the files have %d rows, all of them %d", rows, in.Rows)
	}
	return b.String()
}

func short(s user.Source) string {
	s.File = filepath.Base(s.File)
	return s.String()
}

const placing = ",_file,_row,_column,_code,_message\n"

func TestMended(t *testing.T) {
	for _, c := range mendedCases {
		t.Run(c.name, func(t *testing.T) {
			source := write(t, "a.csv", c.source)
			rejects := mendedRejects(t, source, c.mended)
			// Whatever their order is.
			if got := mendedAs(t, mustRead(t, c.opt, rejects, source)); sorted(got) != sorted(c.want) {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			opt := c.opt
			opt.look = true
			r := mustRead(t, opt, source, rejects)
			if got := mendedAs(t, r); sorted(got) != sorted(c.want) {
				t.Errorf("in the other order: got\n%swant\n%s", got, c.want)
			}
			users := map[string]bool{}
			for ref := range r.Len() {
				if _, ok := r.Entry(ref); ok {
					row, err := r.Load(ref)
					if err != nil {
						t.Fatal(err)
					}
					users[row.User.UID] = true
				}
			}
			checkLooked(t, r, users)
		})
	}
}

func sorted(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		for j := range lines[:i] {
			if lines[i] < lines[j] {
				lines[i], lines[j] = lines[j], lines[i]
			}
		}
	}
	return strings.Join(lines, "\n")
}

// TestMendedRejectsHoldWhomTheyHeld: of a row that is still broken, nobody is
// forgotten whom the old reject named.
func TestMendedRejectsHoldWhomTheyHeld(t *testing.T) {
	source := write(t, "a.csv", "uid,name,link\nMüller 7,Müller,\n0042,Ben,nowhere\n")
	rejects := mendedRejects(t, source, "uid,name,link"+placing+"muller-7,Müller,nowhere,SRC,2,,x,\n42,Benno,nowhere,SRC,3,,x,\n")
	const want = `2 "muller-7", vendor-mapping m_ller_7_4dp9n7, invalid-uid mller7
3 "42", leading-zeros 42, same-uid 0042
`
	r := mustRead(t, Options{}, source, rejects)
	if got := claimed(r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	x := r.Intake().Rejects.At(0)
	if x.Source.File != source || x.Cells[0] != "muller-7" || !strings.HasSuffix(x.Defects[0].Message, "(as "+rejects+":2 has it)") {
		t.Errorf("%+v", x)
	}
}

// TestMendedRejectsOfSeveralSources: a rejects file is the union of its
// sources' columns, two of which may be one field.
func TestMendedRejectsOfSeveralSources(t *testing.T) {
	a := write(t, "a.csv", "Personnel no,Full name,state\n?1,Anna,active\n")
	b := write(t, "b.csv", "id;display name;Gruppe\n?2;Ben;x\n")
	own := own(map[string]columns.Settings{"b.csv": {Map: map[string]string{"Gruppe": "tags"},
		Constants: map[string]string{"role": "staff"}}})
	opt := Options{Own: own}
	rejects := write(t, "rejects.csv", "id;Full name;Personnel no;display name;Gruppe;_file;_row\n;Anna;a1;;;"+a+";2\nb2;;;Ben;x;"+b+";2\n")
	r := mustRead(t, opt, rejects, a, b)
	if got := mendedAs(t, r); got != "rejects.csv:2 a1 Anna\nrejects.csv:3 b2 Ben\nmended 2\n" {
		t.Error(got)
	}
	// The column that was taken out says nothing.
	_, e, _ := r.Find("a1")
	if e.State != user.Active {
		t.Errorf("%v", e.State)
	}
	ref, _, _ := r.Find("b2")
	if row, err := r.Load(ref); err != nil || len(row.User.Tags) != 1 || row.User.Role != "staff" ||
		strings.Join(row.Header, " ") != "id display name Gruppe" {
		t.Errorf("%+v %v", row, err)
	}
}

func TestMendedWorkbooks(t *testing.T) {
	source := book(t, [][]any{{"uid", "name"}, {"Müller 7", "Müller"}, {1.5, "Ben"}}, nil)
	rejects := filepath.Join(t.TempDir(), "rejects.xlsx")
	f := excelize.NewFile()
	defer f.Close()
	fillSheet(t, f, "Sheet1", [][]any{{"uid", "name", "_file", "_row", "_code"}, {"mueller7", "Müller", source + "[Sheet1]", 2}, nil,
		{"ben", "Ben", source + "[Sheet1]", "3"}})
	if err := f.SaveAs(rejects); err != nil {
		t.Fatal(err)
	}
	if got := mendedAs(t, mustRead(t, Options{}, source, rejects)); got != "rejects.xlsx[Sheet1]:2 mueller7 Müller\n"+
		"rejects.xlsx[Sheet1]:4 "+
		"ben Ben\nmended 2\n" {
		t.Error(got)
	}
}

// TestNumbersOfMendedWorkbooks: a spreadsheet has made a number of a uid that
// another source's mapping names, and shows it with its zeros.
func TestNumbersOfMendedWorkbooks(t *testing.T) {
	source := write(t, "a.csv", "Nr,name\n?42,Anna\n?43,Ben\n")
	rejects := book(t, [][]any{{"Nr", "name", "_file", "_row"}, {42, "Anna", source, 2}, {"0043", "Ben", source, 3}},
		func(f *excelize.File) {
			zeros := "0000"
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &zeros})
			if err == nil {
				err = f.SetCellStyle("Sheet1", "A2", "A2", style)
			}
			if err == nil {
				_, err = f.NewSheet("Other")
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	own := func(path string) []columns.Settings {
		if path == source {
			return []columns.Settings{{Map: map[string]string{"Nr": "uid"}}}
		}
		return nil
	}
	r := mustRead(t, Options{Own: own}, source, rejects)
	if got := mendedAs(t, r); got != "staff.xlsx[Sheet1]:3 0043 Ben\nreject a.csv:2 \"\" uid-numeric\nmended-broken 1\nmended 1\n" &&
		got != "staff.xlsx[Sheet1]:3 0043 Ben\nreject a.csv:2 \"\" uid-numeric\nmended 1\nmended-broken 1\n" {
		t.Error(got)
	}
	if got := claimed(r); got != "2 \"\", same-uid 0042, leading-zeros 42, vendor-mapping _42_1bzx, invalid-uid 42\n" {
		t.Error(got)
	}
}

// TestMendedRejectsAlone: who is not among the rejects would be taken for gone.
func TestMendedRejectsAlone(t *testing.T) {
	one := write(t, "rejects.csv", "uid,name"+placing+"anna,Anna,x.csv,2,,x,\n")
	two := write(t, "rejects.csv", "uid,name"+placing+"anna,Anna,x.csv,2,,,\n7?,Ben,y.csv[HR],3,,x,\n")
	for _, c := range []struct {
		sources []string
		want    string
	}{
		{[]string{one}, one + " holds rejected rows of x.csv, which is not among the sources; give both"},
		{[]string{two, one}, two + " holds rejected rows of x.csv and y.csv[HR], which are not among the sources; give them as well"},
	} {
		r, err := Read(context.Background(), c.sources, Options{})
		if err == nil {
			r.Close()
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
	// Beside others, they count by themselves, and that is said.
	r := mustRead(t, Options{}, two, write(t, "a.csv", "uid,name\nben,Ben\n"))
	if got := mendedAs(t, r); got != "a.csv:2 ben Ben\nrejects.csv:2 anna Anna\nreject rejects.csv:3 \"\" uid-invalid\nmended-alone 2\n" {
		t.Error(got)
	}
	in := r.Intake()
	i := slices.IndexFunc(in.Notices, func(n user.Notice) bool { return n.Code == "mended-alone" })
	if want := two + ": 2 rows are of x.csv and y.csv[HR], which are not among the sources: they count as rows of their " +
		"own"; in.Notices[i].Message != want {
		t.Errorf("got  %s\nwant %s", in.Notices[i].Message, want)
	}
	// Without a file they are of none.
	r = mustRead(t, Options{}, write(t, "own.csv", "uid,_file,_row\nanna,,\n"))
	if got := mendedAs(t, r); got != "own.csv:2 anna \n" {
		t.Error(got)
	}
}

func TestLookTellsOfMendedRows(t *testing.T) {
	source := write(t, "a.csv", "uid,name,link\nMüller 7,Müller,\nben,Ben,nowhere\n")
	rejects := mendedRejects(t, source, "uid,name,link"+placing+"mueller7,Müller,,SRC,2,,x,\nben,Ben,neither,SRC,3,,x,\n")
	const want = `a.csv:2  mended, rejects.csv:2 counts
  uid "Müller 7" unusable
  link "" keeps
a.csv:3 ben rejected: link-invalid
  link "nowhere" unusable
rejects.csv:2 mueller7 used
  link "" keeps
rejects.csv:3 ben unmended, a.csv:3 counts
  link "neither" unusable
`
	if got := lookAt(t, Options{}, "", []int{2, 3}, source, rejects); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestMendedBooksBalance: whatever rows name whatever others, each row is
// counted once, and told of as it was counted.
func TestMendedBooksBalance(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(31, 32))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	row := func() string {
		return pick("anna", "0042", "42", "ben", "B n", "b-n", "", "1E+05", "100400") + "," + pick("Anna", "Ben", "", "Carl") + "," +
			pick("", "", "nowhere", "https://a.example")
	}
	counts := map[string]int{}
	for range slow.Times(80, 400) {
		var text, mended strings.Builder
		text.WriteString("uid,name,link\n")
		rows := 1 + r.IntN(6)
		var all []string
		for range rows {
			all = append(all, row())
			text.WriteString(all[len(all)-1] + pick("", "", "", ",", "\nuid,name,link") + "\n")
		}
		source := write(t, "a.csv", text.String())
		mended.WriteString("uid,name,link,_code,_file,_row\n")
		for range r.IntN(6) {
			n := r.IntN(rows + 1)
			cells := row()
			if n < rows && r.IntN(2) == 0 {
				cells = all[n] // as it is, or with another uid
				if r.IntN(2) == 0 {
					_, rest, _ := strings.Cut(cells, ",")
					cells = pick("anna", "b-n", "new") + "," + rest
				}
			}
			fmt.Fprintf(&mended, "%s,%s,%s,%d%s", cells, pick("", "x", "x", "Drop"), pick(source, source, source, "other.csv"), n+2,
				pick("\n", "\n", "\n", ",x,y\n", "\n\n"))
		}
		opt := Options{Duplicates: Duplicates(r.IntN(4)), Rules: user.Rules{Rewrite: user.Rewrite(r.IntN(3))}}
		if r.IntN(3) == 0 {
			opt.Rules.Rekey = map[string]string{"b-n": "ben"}
		}
		opt.look = true
		if r.IntN(3) == 0 {
			opt.hash = func(uid string) uint64 { return uint64(len(uid)) << 60 }
		}
		roster, err := Read(context.Background(), []string{source, write(t, "rejects.csv", mended.String())}, opt)
		if err != nil {
			t.Fatalf("%v: %q with %q", err, text.String(), mended.String())
		}
		mendedAs(t, roster)
		users := map[string]bool{}
		for ref := range roster.Len() {
			if _, ok := roster.Entry(ref); !ok {
				continue
			}
			u, err := roster.Load(ref)
			if err != nil || users[u.User.UID] {
				t.Fatalf("%q is there twice, or not (%v): %q with %q", u.User.UID, err, text.String(), mended.String())
			}
			users[u.User.UID] = true
			if got, _, ok := roster.Find(u.User.UID); !ok || got != ref {
				t.Fatalf("%q is not found: %q with %q", u.User.UID, text.String(), mended.String())
			}
		}
		if len(users) != roster.Intake().Users {
			t.Fatalf("%d users are there, %d counted: %q with %q", len(users), roster.Intake().Users, text.String(), mended.String())
		}
		checkLooked(t, roster, users)
		for _, n := range roster.Intake().Notices {
			counts[string(n.Code)]++
		}
		if t.Failed() {
			t.Fatalf("%q with %q", text.String(), mended.String())
		}
		roster.Close()
	}
	least := slow.Times(3, 20)
	if counts["mended"] < least || counts["mended-broken"] < least || counts["mended-nothing"] < least || counts["dropped"] < least ||
		counts["dropped-nothing"] < least {
		t.Errorf("%v", counts)
	}
}

// TestMendedRowsKeepTheirPlace: which of the rows of one uid counts is decided
// as if the row had been corrected in its source.
func TestMendedRowsKeepTheirPlace(t *testing.T) {
	for _, c := range []struct {
		name           string
		duplicates     Duplicates
		source, mended string
		want           string
	}{
		{"the last is another", LastWins, "anna,Old,nowhere\nben,Ben,\nanna,New,\n", "anna,Old,,SRC,2,,x,\n",
			"a.csv:3 ben Ben\na.csv:4 anna New\nmended 1\n"},
		{"the last is the mended one", LastWins, "anna,Old,\nben,Ben,\nanna,New,nowhere\n", "anna,New,,SRC,4,,x,\n",
			"a.csv:3 ben Ben\nmended 1\nrejects.csv:2 anna New\n"},
		{"the first is the mended one", FirstWins, "anna,Old,nowhere\nanna,New,\n", "anna,Old,,SRC,2,,x,\n",
			"mended 1\nrejects.csv:2 anna Old\n"},
		{"the first is another", FirstWins, "anna,Old,\nanna,New,nowhere\n", "anna,New,,SRC,3,,x,\n",
			"a.csv:2 anna Old\nmended 1\n"},
		{"among three", LastWins, "anna,1,\nanna,2,nowhere\nanna,3,\n", "anna,2,,SRC,3,,x,\n",
			"a.csv:4 anna 3\nmended 1\n"},
		{"two of three, in another order", FirstWins, "anna,1,nowhere\nanna,2,nowhere\nanna,3,\n", "anna,2,,SRC,3,,x,\nanna,1,,SRC,2,,x,\n",
			"mended 2\nrejects.csv:3 anna 1\n"},
		{"still broken", FirstWins, "anna,1,\nanna,2,nowhere\n", "anna,2,neither,SRC,3,,x,\n",
			"mended-broken 1\nreject a.csv:2 \"anna\" duplicate-uid\nreject a.csv:3 \"anna\" link-invalid\n"},
		{"a uid that the row may mean", LastWins, "emp-0017,Old,\nemp 0017,New,\n", "emp-0017,New,,SRC,3,,x,\n",
			"mended 1\nrejects.csv:2 emp-0017 New\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := write(t, "a.csv", "uid,name,link\n"+c.source)
			rejects := mendedRejects(t, source, "uid,name,link"+placing+c.mended)
			if got := mendedAs(t, mustRead(t, Options{Duplicates: c.duplicates}, rejects, source)); sorted(got) != sorted(c.want) {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestAMendedRowThatMendsNothingIsNoNewerRow: the source was exported again, and
// what it says of a user now is not older than what was corrected.
func TestAMendedRowThatMendsNothingIsNoNewerRow(t *testing.T) {
	before := write(t, "a.csv", "uid,name,state,link\nanna,Anna,left,nowhere\n")
	rejects := markedRows(t, "m.csv", "uid,name,state,link", before, marksOf(t, Options{}, before), "anna,Anna,left, | 2 x a URL MARK")
	if err := os.WriteFile(before, []byte("uid,name,state,link\nben,Ben,,\nanna,Anna,active,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, d := range []Duplicates{ErrorOnDuplicates, FirstWins, LastWins} {
		r := mustRead(t, Options{Duplicates: d}, before, rejects)
		if got := mendedAs(t, r); strings.Count(got, "\"anna\" duplicate-uid") != 2 {
			t.Errorf("%v:\n%s", d, got)
		}
	}
}

// TestAMendedRowWithAnothersUIDHoldsItsOwn: it neither gives way to the other's
// row nor is before it.
func TestAMendedRowWithAnothersUIDHoldsItsOwn(t *testing.T) {
	source := write(t, "a.csv", "uid,name,link\nanna,Anna,nowhere\nben,Ben,\n,Kim,\n")
	marks := marksOf(t, Options{}, source)
	for _, d := range []Duplicates{ErrorOnDuplicates, FirstWins, LastWins} {
		for _, row := range []string{"ben,Anna, | 2 x a URL MARK", "ben,Kim, | 4 x no uid MARK"} {
			rejects := markedRows(t, "m.csv", "uid,name,link", source, marks, row)
			r := mustRead(t, Options{Duplicates: d}, source, rejects)
			if _, _, ok := r.Find("ben"); ok {
				t.Errorf("%v, %s: ben has a row:\n%s", d, row, mendedAs(t, r))
			}
			if got := claimed(r); strings.HasPrefix(row, "ben,Anna") && !strings.Contains(got, "same-uid anna") {
				t.Errorf("%v: anna is not held:\n%s", d, got)
			}
			if got := mendedAs(t, r); strings.Count(got, "\"ben\" duplicate-uid") != 2 {
				t.Errorf("%v, %s:\n%s", d, row, got)
			}
		}
	}
}
