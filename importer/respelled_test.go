package importer

import (
	"strings"
	"testing"

	"cometsync/internal/user"
)

// TestASpreadsheetMakesNobodyOfAMendedRow: whatever a program that a file was
// corrected in has made of the uids, unasked, nobody is created under them.
func TestASpreadsheetMakesNobodyOfAMendedRow(t *testing.T) {
	source := write(t, "a.csv", "uid,name,link\n"+
		"00042,Anna,nowhere\n"+
		"1234567890123456,Ben,nowhere\n"+
		"1e5,Carl,nowhere\n"+
		"10000.0,Dora,\n"+
		"00077,Emil,,too,many\n"+
		"00099,Finn,\n"+
		"x?,Gus,\n"+
		"emp-007,Hal,nowhere\n"+
		"00521.0,Ida,\n")
	marks := marksOf(t, Options{}, source)
	rows := []string{
		"42,Anna, | 2 link-invalid d MARK",
		"1234567890123460,Ben, | 3 link-invalid d MARK",
		"100000,Carl, | 4 link-invalid d MARK",
		"10000,Dora, | 5 uid-invalid d MARK",
		"77,Emil K, | 6 cells-extra d MARK",
		"99,Finn K, | 7 role-unknown d MARK",
		"123,Gus, | 8 uid-invalid d MARK", // that somebody has typed
		"emp-7,Hal, | 9 link-invalid d MARK",
		"00521,Ida, | 10 uid-invalid d MARK", // and of this, what no spreadsheet makes
	}
	for _, duplicates := range []Duplicates{ErrorOnDuplicates, FirstWins, LastWins} {
		r := mustRead(t, Options{Duplicates: duplicates}, source, markedRows(t, "m.csv", "uid,name,link", source, marks, rows...))
		const want = "m.csv:8 123 Gus\nm.csv:10 00521 Ida\nmended 2\nmended-broken 7\n" +
			"reject a.csv:2 \"00042\" uid-respelled\nreject a.csv:3 \"1234567890123456\" uid-respelled\nreject a.csv:4 \"1e5\" " +
			"uid-respelled\n" +
			"reject a.csv:5 \"\" uid-respelled\nreject a.csv:6 \"\" uid-respelled\nreject a.csv:7 \"00099\" uid-respelled\nreject " +
			"a.csv:9 \"emp-007\" uid-respelled\n"
		if got := mendedAs(t, r); sorted(got) != sorted(want) {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		claims := claimed(r)
		for _, want := range []string{"same-uid 42", "same-uid 1234567890123460", "same-uid 10000", "any-cell 00077", "same-uid 99"} {
			if !strings.Contains(claims, want) {
				t.Errorf("nobody has %s:\n%s", want, claims)
			}
		}
		d := r.Intake().Rejects.At(0).Defects[0]
		if d.Column != "uid" || d.Value != "42" || !strings.HasPrefix(d.Message,
			"the row had \"00042\", and a spreadsheet makes this of it; put it back") ||
			!strings.Contains(d.Message, "clear the row's cell under _code") {
			t.Errorf("%+v", d)
		}
		d = r.Intake().Rejects.At(3).Defects[0]
		if !strings.HasPrefix(d.Message, "the row had \"10000.0\", and a spreadsheet makes this of it; write the right uid as text") {
			t.Errorf("%+v", d)
		}
	}
	// Who finds them right says so; and the very uids are nothing to ask about.
	for i := range rows {
		rows[i] = strings.Replace(rows[i], strings.Fields(rows[i][strings.Index(rows[i], "|"):])[2], "-", 1)
	}
	r := mustRead(t, Options{}, source, markedRows(t, "m.csv", "uid,name,link", source, marks, rows...))
	if in := r.Intake(); in.Users != 9 || in.Rejected != 0 {
		t.Errorf("%s", mendedAs(t, r))
	}
	// Without a mark, and where the place is another's now.
	for _, mended := range []string{"42,Anna,,SRC,2,,x,\n", "42,Anna,,SRC,5,,x,[row 0123456789ab]\n",
		"42,Anna,,SRC,44,,x,[row 0123456789ab]\n"} {
		r := mustRead(t, Options{Rules: user.Rules{}}, source, mendedRejects(t, source, "uid,name,link"+placing+mended))
		if _, _, ok := r.Find("42"); ok || !strings.Contains(mendedAs(t, r), "uid-respelled") {
			t.Errorf("%s:\n%s", mended, mendedAs(t, r))
		}
	}
}

// TestHiddenCellsAreThoseOfTheirRow: what a workbook does not show comes back as
// the row has it, and is nobody's value if that row is no more.
func TestHiddenCellsAreThoseOfTheirRow(t *testing.T) {
	const header = "uid,name,link,metadata.@private.email"
	source := write(t, "a.csv", header+"\n1?,Anna,,a@x.org\nben,Ben,,b@x.org\ncarl,Carl,nowhere,c@x.org\ndora,Dora,nowhere,d@x.org\n")
	marks := marksOf(t, Options{}, source)
	mended := markedRows(t, "m.csv", header, source, marks,
		"anna,Anna,,#HIDDEN! | 2 uid-invalid d MARK",
		"ben,Ben K,,#HIDDEN! | 3 role-unknown d MARK",
		"carl,Carl,,new@x.org | 4 link-invalid d MARK",
		"dora,Dora,,#HIDDEN! | 5 link-invalid d [row 0123456789ab]")
	r := mustRead(t, Options{}, source, mended)
	for uid, want := range map[string]string{"anna": "a@x.org", "ben": "b@x.org", "carl": "new@x.org"} {
		ref, _, ok := r.Find(uid)
		if !ok {
			t.Fatalf("%s is not there:\n%s", uid, mendedAs(t, r))
		}
		row, err := r.Load(ref)
		if err != nil || row.User.Keys[0].Text != want {
			t.Errorf("%s has %+v, want %s (%v)", uid, row.User.Keys, want, err)
		}
	}
	if _, _, ok := r.Find("dora"); ok || !strings.Contains(mendedAs(t, r), "cell-failed") {
		t.Errorf("dora:\n%s", mendedAs(t, r))
	}
}
