package importer

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"cometsync/importer/columns"
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

// markedRows writes mended rejects of a source: of each row, its cells, the number
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
	slug := Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}
	for _, c := range []struct {
		name, header, source, now string // now: the source when it comes back; "" is as it was
		rows                      []string
		opt                       Options
		want                      string
	}{
		{"all of it is another text", "uid,name,link", "anna,Anna,nowhere", "", []string{"ben,Ben,https://x.org | 2 x a URL MARK"}, Options{},
			"m.csv:2 ben Ben\nmended 1\n"},
		{"whose likeness nobody could tell", "uid,role", "x?1,staff", "", []string{"y7,teacher | 2 x a uid MARK (Kim)"}, Options{},
			"m.csv:2 y7 \nmended 1\n"},
		{"cells that had shifted", "uid,manager,name", "ben,anna,Oz, Ben", "", []string{"ben2,oz,Ben | 2 x many MARK"}, Options{},
			"m.csv:2 ben2 Ben\nmended 1\n"},
		{"a user's row", "uid,name", "anna,Anna", "", []string{"ben,Ben | 2 x no role MARK"}, Options{},
			"m.csv:2 ben Ben\nmended 1\n"},
		{"still broken", "uid,name,link", "anna,Anna,nowhere", "", []string{"ben,Ben,neither | 2 x a URL MARK"}, Options{},
			"reject a.csv:2 \"ben\" link-invalid\nmended-broken 1\n"},
		{"a user's row, and broken now", "uid,name,link", "anna,Anna,\ncarl,Carl,", "", []string{"ben,Ben,neither | 2 x no role MARK"}, Options{},
			"a.csv:3 carl Carl\nreject a.csv:2 \"ben\" link-invalid\nmended-broken 1\n"},

		// Without a mark it is as it was before there were any.
		{"the mark was cleared", "uid,role", "x?1,staff", "", []string{"y7,teacher | 2 x "}, Options{},
			"m.csv:2 y7 \nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
		{"the mark was cut off", "uid,name", "x?1,Anna", "", []string{"y7,Anna | 2 x a uid [row 3f9ac1"}, Options{},
			"m.csv:2 y7 Anna\nmended 1\n"},

		// The source was exported again.
		{"another row stands there", "uid,name", "x?1,Anna", "x?1,Anne", []string{"y7,Anna | 2 x a uid MARK"}, Options{},
			"m.csv:2 y7 Anna\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
		{"another row, of the same name", "uid,name,role", "x?1,Anna,a", "x?2,Anna,b", []string{"y7,Anna,b | 2 x a uid MARK"}, Options{},
			"m.csv:2 y7 Anna\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
		{"a row that the old one claims", "uid,name", "17?,Anna", "17?,Anne", []string{"17,Anna | 2 x a uid MARK"}, Options{},
			"m.csv:2 17 Anna\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
		{"another row with the uid", "uid,name,link", "anna,Anna,nowhere", "anna,Anne,nowhere", []string{"anna,Anna K, | 2 x a URL MARK"},
			Options{},
			"m.csv:2 anna Anna K\nmended 1\n"},
		{"it can be used now, and says more than what was mended", "uid,name,link", "anna,Anna,nowhere", "anna,Anne,",
			[]string{"anna,Anna K, | 2 x a URL MARK"}, Options{},
			"reject a.csv:2 \"anna\" duplicate-uid\nreject m.csv:2 \"anna\" duplicate-uid\nmended-nothing 1\n"},
		{"it was corrected there as well", "uid,name,link", "anna,Anna,nowhere", "anna,Anna,", []string{"anna,Anna, | 2 x a URL MARK"}, Options{},
			"a.csv:2 anna Anna\nmended-nothing 1\n"},
		{"another user stands there", "uid,name", "anna,Anna", "ben,Ben", []string{"carl,Carl | 2 x no role MARK"}, Options{},
			"a.csv:2 ben Ben\nm.csv:2 carl Carl\nmended-nothing 1\n"},

		// Of rows that share a uid, the fault of one is that of the other.
		{"one of two, and the other as it was", "uid,name", "x,Anna\nx,Ben", "", []string{"y,Anna | 2 duplicate-uid d MARK",
			"x,Ben | 3 duplicate-uid d MARK"}, Options{},
			"m.csv:2 y Anna\nm.csv:3 x Ben\nmended 2\n"},
		{"one of two, and the other taken out", "uid,name", "x,Anna\nx,Ben", "", []string{"y,Anna | 2 duplicate-uid d MARK"}, Options{},
			"m.csv:2 y Anna\na.csv:3 x Ben\nmended 1\n"},
		{"the second of two", "uid,name", "x,Anna\nx,Ben", "", []string{"y,Ben | 3 duplicate-uid d MARK"}, Options{},
			"a.csv:2 x Anna\nm.csv:2 y Ben\nmended 1\n"},
		{"one of two, and the other has a fault of its own", "uid,name,link", "x,Anna,\nx,Ben,nowhere", "",
			[]string{"y,Anna, | 2 duplicate-uid d MARK", "x,Ben,nowhere | 3 link-invalid d MARK"}, Options{},
			"m.csv:2 y Anna\nreject a.csv:3 \"x\" link-invalid\nmended 1\nmended-broken 1\n"},
		{"that with a fault gets another uid", "uid,name,link", "x,Anna,\nx,Ben,nowhere", "", []string{"y,Ben, | 3 link-invalid d MARK"},
			Options{},
			"a.csv:2 x Anna\nm.csv:2 y Ben\nmended 1\n"},
		{"one of three", "uid,name", "x,Anna\nx,Ben\nx,Ben", "", []string{"y,Anna | 2 duplicate-uid d MARK"}, Options{},
			"m.csv:2 y Anna\na.csv:3 x Ben\nmended 1\n"},
		{"both get another, the same", "uid,name", "x,Anna\nx,Ben", "", []string{"y,Anna | 2 duplicate-uid d MARK",
			"y,Ben | 3 duplicate-uid d MARK"}, Options{},
			"reject m.csv:2 \"y\" duplicate-uid\nreject m.csv:3 \"y\" duplicate-uid\nmended 2\n"},
		{"two change their uids", "uid,name,role", "x,Anna,a\ny,Ben,b", "", []string{"y,Anna,c | 2 role-unknown d MARK",
			"x,Ben,c | 3 role-unknown d MARK"}, Options{},
			"m.csv:2 y Anna\nm.csv:3 x Ben\nmended 2\n"},
		{"a collision", "uid,name", "A 1,A\na-1,B", "", []string{"b-1,A | 2 uid-collision c MARK"}, slug,
			"m.csv:2 b-1 A\na.csv:3 a-1 B\nmended 1\n"},
		{"broken beside one with the uid", "uid,name,link", "x,Anna,\nx,Ben,\ny,Carl,", "",
			[]string{"y,Anna,nowhere | 2 duplicate-uid d MARK"}, Options{},
			"reject a.csv:2 \"y\" link-invalid\nreject a.csv:3 \"x\" duplicate-uid\na.csv:4 y Carl\nmended-broken 1\n"},

		// What nobody has touched is taken as it stands if somebody says so.
		{"text behind a quote", "uid,name,role", "anna,\"Anna\" Kim,\nben,Ben,", "", []string{"anna,Anna Kim, | 2 quote-broken q MARK"},
			Options{},
			"a.csv:3 ben Ben\nreject a.csv:2 \"anna\" quote-broken\nmended-broken 1\n"},
		{"text behind a quote, and it is right", "uid,name,role", "anna,\"Anna\" Kim,\nben,Ben,", "", []string{"anna,Anna Kim, | 2 - q MARK"},
			Options{},
			"m.csv:2 anna Anna Kim\na.csv:3 ben Ben\nmended 1\n"},
		{"the same without its mark", "uid,name,role", "anna,\"Anna\" Kim,\nben,Ben,", "", []string{"anna,Anna Kim, | 2 - "}, Options{},
			"m.csv:2 anna Anna Kim\na.csv:3 ben Ben\nmended 1\n"},
		{"it is not right at all", "uid,name,link", "anna,Anna,nowhere", "", []string{"anna,Anna,nowhere | 2 - a URL MARK"}, Options{},
			"reject a.csv:2 \"anna\" link-invalid\nmended-broken 1\n"},
		{"a row that was cut off", "uid,name,link", "ben,Ben,\nanna,An", "", []string{"anna,An, | 3 cells-missing c MARK"}, Options{},
			"a.csv:2 ben Ben\nreject a.csv:3 \"\" cells-missing\nmended-broken 1\n"},
		{"a row that was cut off, and it is right", "uid,name,link", "ben,Ben,\nanna,An", "", []string{"anna,An, | 3 - c MARK"}, Options{},
			"a.csv:2 ben Ben\nm.csv:2 anna An\nmended 1\n"},

		{"two of one row", "uid,name,link", "anna,Anna,nowhere", "", []string{"ben,Ben, | 2 x a MARK", "carl,Carl, | 2 x a MARK"}, Options{},
			"m.csv:2 ben Ben\nm.csv:3 carl Carl\nmended 1\nmended-nothing 1\n"},
		{"two of one row, and the first can't be used", "uid,name,link", "?1,Anna,nowhere\nben,B,", "", []string{"x1,Ben,neither | 2 x a MARK",
			"x1,Carl, | 2 x a MARK"}, Options{},
			"m.csv:3 x1 Carl\na.csv:3 ben B\nmended 1\nmended-broken 1\n"},
		{"two of one row, and both can't be used", "uid,name,link", "0042,Anna,nowhere\nben,B,", "", []string{"x1,Ben,neither | 2 x a MARK",
			"x2,Carl,nor | 2 x a MARK"}, Options{},
			"reject a.csv:2 \"x2\" link-invalid\na.csv:3 ben B\nmended-broken 2\n"},
		{"a copy that nobody has touched mends nothing", "uid,name,role", "anna,\"Anna\" Kim,\nben,Ben,", "",
			[]string{"a?,Anna Kim, | 2 x q MARK", "anna,Anna Kim, | 2 quote-broken q MARK"}, Options{},
			"reject a.csv:2 \"anna\" uid-invalid\na.csv:3 ben Ben\nmended-broken 2\n"},
		{"a user's row twice", "uid,name,link", "x,Anna,\ny,Ben,", "", []string{"x2,Anna,nowhere | 2 x a MARK", "x3,Anna, | 2 x a MARK"},
			Options{},
			"m.csv:3 x3 Anna\na.csv:3 y Ben\nmended 1\nmended-broken 1\n"},
	} {
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
				opt.look = &look{match: func(user.Source, string) bool { return true }}
				r := mustRead(t, opt, sources...)
				if got := mendedAs(t, r); sorted(got) != sorted(c.want) {
					t.Errorf("got\n%swant\n%s", got, c.want)
				}
				checkLooked(t, r, opt.look, uidsOf(t, r))
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
