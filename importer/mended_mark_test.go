package importer

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

// marksOf is the marks of a source's rows, as a report of it would have them:
// of its rejects, and of those that could be one against the app.
func marksOf(t testing.TB, opt Options, sources ...string) map[user.Source]string {
	t.Helper()
	marks := map[user.Source]string{}
	r := mustRead(t, opt, sources...)
	for _, x := range r.Intake().Rejects.All() {
		marks[x.Source] = x.Mark()
	}
	for ref := range r.Len() {
		if _, ok := r.Entry(ref); ok {
			row, err := r.Load(ref)
			if err != nil {
				t.Fatal(err)
			}
			x := row.Reject(user.Defect{Code: user.RoleUnknown})
			marks[x.Source] = x.Mark()
		}
	}
	return marks
}

// markedRows writes corrected rejects of a source: of each row, its cells, the number
// of the row that it is, its code and its message, in which MARK is its mark.
func markedRows(t testing.TB, name, header, source string, marks map[user.Source]string, rows ...string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(header + placing)
	for _, row := range rows {
		cells, rest, _ := strings.Cut(row, " | ")
		n, rest, _ := strings.Cut(rest, " ")
		code, message, _ := strings.Cut(rest, " ")
		var at int
		if _, err := fmt.Sscan(n, &at); err != nil {
			t.Fatal(err)
		}
		if code == "-" {
			code = ""
		}
		mark := marks[user.Source{File: source, Row: at}]
		if mark == "" {
			t.Fatalf("row %d of %s has no mark", at, source)
		}
		fmt.Fprintf(&b, "%s,\"%s\",%d,,%s,%s\n", cells, source, at, code, strings.ReplaceAll(message, "MARK", "[row "+mark+"]"))
	}
	return write(t, name, b.String())
}

func TestMendedByMark(t *testing.T) {
	for _, c := range markedCases {
		t.Run(c.name, func(t *testing.T) {
			end := "\n"
			if strings.HasPrefix(c.name, "a row that was cut off") {
				end = ""
			}
			source := write(t, "a.csv", c.header+"\n"+c.source+end)
			marks := marksOf(t, c.opt, source)
			mended := markedRows(t, "m.csv", c.header, source, marks, c.rows...)
			if c.now != "" {
				if err := os.WriteFile(source, []byte(c.header+"\n"+c.now+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, sources := range [][]string{{source, mended}, {mended, source}} {
				opt := c.opt
				opt.look = true
				r := mustRead(t, opt, sources...)
				if got := mendedAs(t, r); sorted(got) != sorted(c.want) {
					t.Errorf("got\n%swant\n%s", got, c.want)
				}
				checkLooked(t, r, uidsOf(t, r))
			}
			// A file that is given twice, as overlapping patterns do, is there
			// once: whoever it names is one person, and the books balance.
			r := mustRead(t, c.opt, source, source, mended)
			mendedAs(t, r)
			if users, once := uidsOf(t, r), uidsOf(t, mustRead(t, c.opt, source, mended)); fmt.Sprint(users) != fmt.Sprint(once) {
				t.Errorf("with the source twice there are %v, once %v", users, once)
			}
			mendedAs(t, mustRead(t, c.opt, source, mended, mended))
		})
	}
}

// uidsOf are the uids of a roster's users, each once.
func uidsOf(t testing.TB, r *Roster) map[string]bool {
	t.Helper()
	users := map[string]bool{}
	for ref := range r.Len() {
		if _, ok := r.Entry(ref); !ok {
			continue
		}
		row, err := r.Load(ref)
		if err != nil {
			t.Fatal(err)
		}
		if users[row.User.UID] {
			t.Fatalf("%q is there twice", row.User.UID)
		}
		users[row.User.UID] = true
		if got, _, ok := r.Find(row.User.UID); !ok || got != ref {
			t.Fatalf("%q is not found", row.User.UID)
		}
	}
	if len(users) != r.Intake().Users {
		t.Fatalf("%d users are there, and %d counted", len(users), r.Intake().Users)
	}
	return users
}

// TestSurplusCellsAreNoField: the column that takes them holds whatever was too
// many, and its name is like one of metadata's.
func TestSurplusCellsAreNoField(t *testing.T) {
	for _, m := range []map[string]string{nil, {"_extra": "metadata"}, {"_extra": "role"}} {
		r := csvText(t, Options{Settings: columns.Settings{Map: m}}, "uid,name,_extra\nanna,Anna,\"{\"\"a\"\":1}\"\n")
		expect(t, r, `2 anna name="Anna"`)
		if got := r.Intake().Managed; len(got) != 2 {
			t.Errorf("%v: %q", m, got)
		}
	}
}

// TestUntouchedRowsHoldWhomTheyName: what is only taken for untouched, since a
// spreadsheet might have done it, may be somebody else.
func TestUntouchedRowsHoldWhomTheyName(t *testing.T) {
	source := write(t, "a.csv", "uid,link\n12-34,nowhere\n")
	mended := markedRows(t, "m.csv", "uid,link", source, marksOf(t, Options{}, source), "34-12,nowhere | 2 x a URL MARK")
	r := mustRead(t, Options{}, source, mended)
	if got := claimed(r); !strings.Contains(got, "same-uid 34-12") {
		t.Error(got)
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
		opt := Options{Duplicates: d, look: true}
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
		l, err := r.looking(func(user.Source, string) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range l.Rows {
			fates[short(row.Source)] = row.Fate
		}
		if fates["a.csv:2"] != trace.FateDropped || fates["a.csv:4"] != trace.FateDropped || fates["a.csv:7"] != trace.FateRejected {
			t.Errorf("%v", fates)
		}
	}
	// Without a mark all of its cells say which it is, and a file may have no other rows.
	for mended, want := range map[string]string{
		"anna,Anna,nowhere,SRC,2,,drop,\n": "", "anna,Anne,nowhere,SRC,2,,drop,\n": "anna",
		"anna,Anna,nowhere,other.csv,2,,drop,\n": "anna",
	} {
		r := mustRead(t, Options{}, source, mendedRejects(t, source, "uid,name,link"+placing+mended))
		if x := r.Intake().Rejects.At(0).UID; x != want || r.Intake().Files[1].Rows != 1 {
			t.Errorf("%s: the first reject is %q, want %q", mended, x, want)
		}
		mendedAs(t, r)
	}
}
