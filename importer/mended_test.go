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
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

// mendedRejects writes rejects as somebody has mended them; S in it is the
// path of the source.
func mendedRejects(t testing.TB, source, text string) string {
	t.Helper()
	return write(t, "rejects.csv", strings.ReplaceAll(text, "SRC", `"`+source+`"`))
}

// mendedAs is what comes of a source and mended rejects of it, with the places of
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
	slug := Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}
	for _, c := range []struct {
		name, source, mended string
		opt                  Options
		want                 string
	}{
		{"a uid that was none", "uid,name\nanna,Anna\nMüller 7,Müller\n", "uid,name" + placing + "mueller7,Müller,SRC,3,,x,\n", Options{},
			"a.csv:2 anna Anna\nrejects.csv:2 mueller7 Müller\nmended 1\n"},
		{"a uid that the reject claims", "uid\nanna\n17?\n", "uid" + placing + "0017,SRC,3,,x,\n", Options{},
			"a.csv:2 anna \nrejects.csv:2 0017 \nmended 1\n"},
		{"a uid that was missing", "uid,name\n,Anna\n", "uid,name" + placing + "anna,Anna,SRC,2,,x,\n", Options{},
			"rejects.csv:2 anna Anna\nmended 1\n"},
		{"another field", "uid,name,link\nanna,Anna,nowhere\n", "uid,name,link" + placing + "anna,Anna K,https://x.org,SRC,2,,x,\n", Options{},
			"rejects.csv:2 anna Anna K\nmended 1\n"},
		{"a row that was a reject against the app alone", "uid,name,role\nanna,Anna,boss\nben,Ben,\n", "uid,name,role" + placing +
			"anna,Anna,chief,SRC,2,,x,\n", Options{},
			"a.csv:3 ben Ben\nrejects.csv:2 anna Anna\nmended 1\n"},
		{"one of two with a uid", "uid,name\nanna,Anna\nanna,Anne\n", "uid,name" + placing + "anna,Anna,SRC,2,,x,\nanna,Anna,SRC,3,,x,\n",
			Options{},
			"rejects.csv:2 anna Anna\nmended 2\n"},
		{"one of two, and the other is still there", "uid,name\nanna,Anna\nanna,Anne\n", "uid,name" + placing + "anna,Anna,SRC,2,,x,\n",
			Options{},
			"reject a.csv:3 \"anna\" duplicate-uid\nreject rejects.csv:2 \"anna\" duplicate-uid\nmended 1\n"},
		{"a broken one among two with a uid", "uid,name,link\nanna,Anna,\nanna,Anna,nowhere\n", "uid,name,link" + placing +
			"anna,Anna,,SRC,3,,x,\n", Options{},
			"a.csv:2 anna Anna\nmended 1\n"},
		{"still broken", "uid,name,link\nanna,Anna,nowhere\n", "uid,name,link" + placing + "anna,Anna,neither,SRC,2,,x,\n", Options{},
			"reject a.csv:2 \"anna\" link-invalid\nmended-broken 1\n"},
		{"not touched", "uid,name\nMüller 7,Müller\n", "uid,name" + placing + "Müller 7,Müller,SRC,2,,x,\n", Options{},
			"reject a.csv:2 \"\" uid-invalid\nmended-broken 1\n"},
		{"not touched, but for what a spreadsheet does", "uid,link,n\n017,nowhere,1/2\n", "uid,link,n" + placing +
			"17, nowhere,2-1,SRC,2,,x,\n", Options{},
			"reject a.csv:2 \"017\" link-invalid\nmended-broken 1\n"},
		{"a hyphen for a blank", "uid,name\nemp 0017,Anna\n", "uid,name" + placing + "emp-0017,Anna,SRC,2,,x,\n", Options{},
			"rejects.csv:2 emp-0017 Anna\nmended 1\n"},
		{"a slash", "uid,name,link\nanna,Anna,https:/x.org/1\n", "uid,name,link" + placing + "anna,Anna,https://x.org/1,SRC,2,,x,\n", Options{},
			"rejects.csv:2 anna Anna\nmended 1\n"},
		{"the order of a date", "uid,name,createdAt\nanna,Anna,28.02.2021\n", "uid,name,createdAt" + placing +
			"anna,Anna,2021-02-28,SRC,2,,x,\n", dated,
			"rejects.csv:2 anna Anna\nmended 1\n"},
		{"a word in small letters", "uid,name,metadata\nanna,Anna,\"{\"\"a\"\":TRUE}\"\n", "uid,name,metadata" + placing +
			"anna,Anna,\"{\"\"a\"\":true}\",SRC,2,,x,\n", Options{},
			"rejects.csv:2 anna Anna\nmended 1\n"},
		{"a comma too many", "uid,name,metadata\nanna,Anna,\"{\"\"a\"\":1,}\"\n", "uid,name,metadata" + placing +
			"anna,Anna,\"{\"\"a\"\":1}\",SRC,2,,x,\n", Options{},
			"rejects.csv:2 anna Anna\nmended 1\n"},
		{"the uid is mended, and another field broken", "uid,name,link\nMüller 7,Müller,\n", "uid,name,link" + placing +
			"muller-7,Müller,nowhere,SRC,2,,x,\n", Options{},
			"reject a.csv:2 \"muller-7\" link-invalid\nmended-broken 1\n"},
		{"a used row is made a broken one", "uid,name,link\nanna,Anna,\nben,Ben,\n", "uid,name,link" + placing +
			"anna,Anna,nowhere,SRC,2,,x,\n", Options{},
			"a.csv:3 ben Ben\nreject a.csv:2 \"anna\" link-invalid\nmended-broken 1\n"},
		{"a collision", "uid,name\nA 1,A\na-1,B\n", "uid,name" + placing + "a-1,B,SRC,3,,x,\nb-1,A,SRC,2,,x,\n", slug,
			"reject a.csv:2 \"a-1\" uid-collision\nreject rejects.csv:2 \"a-1\" uid-collision\nrejects.csv:3 b-1 A\nmended 1\nmended-nothing 1\n"},
		{"cells that had shifted", "uid,name,link\nkim,Kim, Anna,\nben,Ben,\n", "uid,name,link,_extra" + placing +
			"kim,\"Kim, Anna\",,,SRC,2,,x,\n", Options{},
			"a.csv:3 ben Ben\nrejects.csv:2 kim Kim, Anna\nmended 1\n"},
		{"by the second key", "uid,name,metadata.@private.email\n1?,Anna,a@x.org\n", "uid,name,metadata.@private.email" + placing +
			"anna,Anna K,a@x.org,SRC,2,,x,\n", Options{Match: byEmail},
			"rejects.csv:2 anna Anna K\nmended 1\n"},

		// What nobody has touched is not mended.
		{"bytes that are no text are a character now", "uid,name\nanna,M\xffller\nben,BÃ©Ã©Ã©Ã©Ã©Ã©Ã©\n", "uid,name" + placing +
			"anna,M\uFFFDller,SRC,2,,x,\n", Options{Settings: columns.Settings{Encoding: "utf-8", KeepMojibake: true}},
			"a.csv:3 ben BÃ©Ã©Ã©Ã©Ã©Ã©Ã©\nreject a.csv:2 \"anna\" encoding-broken\nmended-broken 1\n"},
		{"a row that was cut off", "uid,name,link\nanna,Anna,\nben,Be", "uid,name,link" + placing + "ben,Be,,SRC,3,,x,\n", Options{},
			"a.csv:2 anna Anna\nreject a.csv:3 \"\" cells-missing\nmended-broken 1\n"},
		{"a sum", "uid,name\nanna,Anna\ntotal,1\nben,Ben\n", "uid,name" + placing + "total,1,SRC,3,,x,\n", Options{},
			"a.csv:2 anna Anna\na.csv:4 ben Ben\nreject a.csv:3 \"total\" not-a-person\nmended-broken 1\n"},
		{"a spreadsheet took the zeros off", "uid,name,link\nanna,Anna,nowhere\n0042,x,\n0042,Ben,nowhere\n", "uid,name,link" + placing +
			"42,Ben,nowhere,SRC,4,,x,\n", Options{},
			"reject a.csv:2 \"anna\" link-invalid\nreject a.csv:3 \"0042\" duplicate-uid\nreject a.csv:4 \"0042\" link-invalid\nmended-broken 1\n"},

		// A place is only a number.
		{"the number is another's", "uid,name\nO'Brien 9,O'Brien\n", "uid,name" + placing + "mueller7,Müller,SRC,2,,x,\n", Options{},
			"rejects.csv:2 mueller7 Müller\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
		{"the number is another's, with a uid", "uid,name,link\nben,Ben,nowhere\n", "uid,name,link" + placing + "anna,Ben,,SRC,2,,x,\n",
			Options{},
			"rejects.csv:2 anna Ben\nreject a.csv:2 \"ben\" link-invalid\nmended-nothing 1\n"},
		{"the number is a user's", "uid,name\nben,Ben\n", "uid,name" + placing + "anna,Ben,SRC,2,,x,\n", Options{},
			"a.csv:2 ben Ben\nrejects.csv:2 anna Ben\nmended-nothing 1\n"},
		{"nothing tells a person", "uid,role\nx?1,staff\n", "uid,role" + placing + "y7,staff,SRC,2,,x,\n", Options{},
			"rejects.csv:2 y7 \nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
		{"many round to it", "uid,name\n1.23457E+15,Ben\n", "uid,name" + placing + "1234567890123456,Anna,SRC,2,,x,\n", Options{},
			"rejects.csv:2 1234567890123456 Anna\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
		{"a rounded number, by the name", "uid,name\n1.23457E+15,Anna\n", "uid,name" + placing + "1234567890123456,Anna,SRC,2,,x,\n", Options{},
			"rejects.csv:2 1234567890123456 Anna\nmended 1\n"},
		{"a cell is its manager's", "uid,manager,name\nben,anna,Oz, Ben\n", "uid,manager,name" + placing + "anna,,Anna Kim,SRC,2,,x,\n",
			Options{},
			"rejects.csv:2 anna Anna Kim\nreject a.csv:2 \"\" cells-extra\nmended-nothing 1\n"},
		{"behind the end", "uid,name\nanna,Anna\n", "uid,name" + placing + "ben,Ben,SRC,9,,x,\n", Options{},
			"a.csv:2 anna Anna\nrejects.csv:2 ben Ben\nmended-nothing 1\n"},
		{"no number", "uid,name\nanna,Anna\n", "uid,name" + placing + "ben,Ben,SRC,two,,x,\n", Options{},
			"a.csv:2 anna Anna\nrejects.csv:2 ben Ben\nmended-nothing 1\n"},
		{"two for one", "uid,name,link\nanna,Anna,nowhere\n", "uid,name,link" + placing + "anna,Anna,,SRC,2,,x,\nanna,Anna,,SRC,2,,x,\n",
			Options{},
			"rejects.csv:2 anna Anna\nmended 1\nmended-nothing 1\n"},

		{"another file's row", "uid,name\nanna,Anna\n", "uid,name" + placing + "ben,Ben,other.csv,2,,,\ncarl,Carl,SRC,9,,x,\n", Options{},
			"a.csv:2 anna Anna\nrejects.csv:2 ben Ben\nrejects.csv:3 carl Carl\nmended-alone 1\nmended-nothing 1\n"},
		{"a row that is broken itself", "uid,name\nanna,Anna\n1?,Ben\n", "uid,name" + placing + "ben,Ben,SRC,3\nx1,Ben,SRC,3,,x,\n", Options{},
			"a.csv:2 anna Anna\nrejects.csv:3 x1 Ben\nreject rejects.csv:2 \"\" cells-missing\nmended 1\n"},
		{"with semicolons", "uid,name\nMüller 7,Müller\n", "sep=;\nuid;name;_file;_row;_column;_code;_message\nmueller7;Müller;SRC;2;;;\n",
			Options{},
			"rejects.csv:2 mueller7 Müller\nmended 1\n"},
		{"in Windows-1252", "uid,name\nMüller 7,Müller\n", "uid;name;_file;_row;_column;_code;_message\nmueller7;M\xfcller;SRC;2;;;\n",
			Options{Settings: columns.Settings{Encoding: "auto"}},
			"rejects.csv:2 mueller7 Müller\nmended 1\n"},
		{"blank rows", "uid,name\nMüller 7,Müller\n", "\uFEFFuid,name" + placing + "\n,,,,,,\nmueller7,Müller,SRC,2,,x,\n", Options{},
			"rejects.csv:4 mueller7 Müller\nmended 1\n"},
		{"line breaks in cells, quotes, commas", "uid,name,metadata\nX!,Anna,\"{\"\"a\"\":1,\n\"\"b\"\":\"\"x,y\"\"}\"\n",
			"uid,name,metadata" + placing + "x1,Anna,\"{\"\"a\"\":1,\n\"\"b\"\":\"\"x,y\"\"}\",SRC,2,,x,\n", Options{},
			"rejects.csv:2 x1 Anna\nmended 1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := write(t, "a.csv", c.source)
			rejects := mendedRejects(t, source, c.mended)
			// Whatever their order is.
			if got := mendedAs(t, mustRead(t, c.opt, rejects, source)); sorted(got) != sorted(c.want) {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			opt := c.opt
			opt.look = &look{match: func(user.Source, string) bool { return true }}
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
			checkLooked(t, r, opt.look, users)
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
	own := own(map[string]columns.Settings{"b.csv": {Map: map[string]string{"Gruppe": "tags"}, Constants: map[string]string{"role": "staff"}}})
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
	if got := mendedAs(t, mustRead(t, Options{}, source, rejects)); got != "rejects.xlsx[Sheet1]:2 mueller7 Müller\nrejects.xlsx[Sheet1]:4 "+
		"ben Ben\nmended 2\n" {
		t.Error(got)
	}
}

// TestNumbersOfMendedWorkbooks: a spreadsheet has made a number of a uid that
// another source's mapping names, and shows it with its zeros.
func TestNumbersOfMendedWorkbooks(t *testing.T) {
	source := write(t, "a.csv", "Nr,name\n?42,Anna\n?43,Ben\n")
	rejects := book(t, [][]any{{"Nr", "name", "_file", "_row"}, {42, "Anna", source, 2}, {"0043", "Ben", source, 3}}, func(f *excelize.File) {
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
rejects.csv:3 ben duplicate, a.csv:3 counts
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
		opt.look = &look{match: func(user.Source, string) bool { return true }}
		var hash func(string) uint64
		if r.IntN(3) == 0 {
			hash = func(uid string) uint64 { return uint64(len(uid)) << 60 }
		}
		roster, err := read(context.Background(), []string{source, write(t, "rejects.csv", mended.String())}, opt, hash)
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
		checkLooked(t, roster, opt.look, users)
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
// as if the row had been mended in its source.
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

// TestDroppedRowsAreNone: a row that is taken out holds nobody, and only the very
// row is.
func TestDroppedRowsAreNone(t *testing.T) {
	source := write(t, "a.csv", "uid,name,link\nanna,Anna,nowhere\n,Ben,\nx,Carl,\nx,Dora,\neve,Eve,\nfinn,Finn,nowhere\n")
	marks := marksOf(t, Options{}, source)
	for _, d := range []Duplicates{ErrorOnDuplicates, FirstWins, LastWins} {
		rejects := markedRows(t, "m.csv", "uid,name,link", source, marks,
			"anna,Anna,nowhere | 2 drop a URL MARK", ",Ben, | 3 DROP no uid MARK", "x,Carl, | 4 drop d MARK",
			"eve,,mended?? | 6 drop role MARK", "finn,Finn,nowhere | 7 drop a URL [row 0123456789ab]")
		opt := Options{Duplicates: d, look: &look{match: func(user.Source, string) bool { return true }}}
		r := mustRead(t, opt, source, rejects)
		const want = "a.csv:5 x Dora\nreject a.csv:7 \"finn\" link-invalid\n"
		if got := mendedAs(t, r); got != want {
			t.Errorf("%v: got\n%swant\n%s", d, got, want)
		}
		in := r.Intake()
		if n, _ := in.Unreadable(); n > 0 || in.Duplicates != 9 || in.Rows != 11 {
			t.Errorf("%d are unreadable, %d of %d are duplicates", n, in.Duplicates, in.Rows)
		}
		var told []string
		for _, n := range in.Notices {
			if strings.HasPrefix(string(n.Code), "dropped") {
				told = append(told, strings.NewReplacer(source, "a.csv", rejects, "m.csv").Replace(n.Message))
			}
		}
		if got, want := strings.Join(told, "\n"), "m.csv: 4 rows are taken out of the run by drop under _code (a.csv:2, a.csv:3, a.csv:4, "+
			"a.csv:6), and count among the duplicates; whoever is on no other row is absent\n"+
			"m.csv: 1 row takes no row out with drop under _code, since the row that is named is another now or none: row 6"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		fates := map[string]trace.Fate{}
		for _, f := range opt.look.found {
			row, err := r.looked(f, opt.look.groups)
			if err != nil {
				t.Fatal(err)
			}
			fates[short(row.Source)] = row.Fate
		}
		if fates["a.csv:2"] != trace.FateDropped || fates["a.csv:4"] != trace.FateDropped || fates["a.csv:7"] != trace.FateRejected {
			t.Errorf("%v", fates)
		}
	}
	// Without a mark all of its cells say which it is, and a file may have no other rows.
	for mended, want := range map[string]string{
		"anna,Anna,nowhere,SRC,2,,drop,\n": "", "anna,Anne,nowhere,SRC,2,,drop,\n": "anna", "anna,Anna,nowhere,other.csv,2,,drop,\n": "anna",
	} {
		r := mustRead(t, Options{}, source, mendedRejects(t, source, "uid,name,link"+placing+mended))
		if x := r.Intake().Rejects.At(0).UID; x != want || r.Intake().Files[1].Rows != 1 {
			t.Errorf("%s: the first reject is %q, want %q", mended, x, want)
		}
		mendedAs(t, r)
	}
}

// TestAMendedRowThatMendsNothingIsNoNewerRow: the source was exported again, and
// what it says of a user now is not older than what was mended.
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
// row nor stands before it.
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
