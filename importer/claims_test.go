package importer

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

var byEmail = [][]string{{"@private", "email"}}

// claimed are the claims of a roster's rejects, a row a line.
func claimed(r *Roster) string {
	var b strings.Builder
	for _, x := range r.Intake().Rejects.All() {
		fmt.Fprintf(&b, "%d %q", x.Source.Row, x.UID)
		for _, c := range x.Claims {
			fmt.Fprintf(&b, ", %s %s", c.Because, c.Value)
			if c.Key != "" {
				fmt.Fprintf(&b, " (%s)", c.Key)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestRejectsClaim(t *testing.T) {
	rekey := user.Rules{Rekey: map[string]string{"b7": "0042"}}
	for _, c := range []struct {
		name, text string
		opt        Options
		want       string
	}{
		{"a uid that is none", "uid,name\nAnna.Kim@x.org,A\n", Options{},
			`2 "", vendor-mapping anna_kim_x_org_xm02cv, invalid-uid anna-kim-x-org, invalid-uid annakimxorg, invalid-uid anna-kim, ` +
				`invalid-uid annakim`},
		{"a rounded uid", "uid,name\n\"1,23457E+15\",A\n", Options{}, `2 "", rounded-number 1.23457e+15`},
		{"a number, of a row that is wrong otherwise", "uid,link\n0042,nowhere\n", Options{}, `2 "0042", leading-zeros 42`},
		{"a uid that others have", "uid,name\n0042,A\n0042,B\n", Options{},
			"2 \"0042\", leading-zeros 42, same-name a\n3 \"0042\", leading-zeros 42, same-name b"},
		{"a name that is the uid", "uid,name\na,A\na,B\n", Options{}, "2 \"a\", same-name a\n3 \"a\", same-name b"},
		{"two ids that became one", "uid,name\nÄ,  Anna  K\na,\n", Options{Rules: user.Rules{Rewrite: user.RewriteSlug}},
			"2 \"a\", vendor-mapping __5g, same-name anna k\n3 \"a\""},
		{"a twin that can't be used", "uid,name,link\na,Anna,nowhere\na,Ben,\n", Options{}, "2 \"a\", same-name anna\n3 \"a\", " +
			"same-name ben"},
		{"twins that can't be used", "uid,name,link\na,Anna,nowhere\na,Ben,nowhere\nb,Carl,nowhere\n", Options{},
			"2 \"a\", same-name anna\n3 \"a\", same-name ben\n4 \"b\""},
		{"a twin whose cells have shifted", "uid,name,link\na,Anna\na,Ben,\n", Options{}, `2 "", any-cell a, any-cell anna`},
		{"a twin that may be cut off", "uid,name\na,Anna\na,Ben", Options{}, "2 \"a\", same-name anna\n3 \"\", same-uid a, same-name ben"},
		{"a second key", "uid,link,metadata.@private.email\n,, A@B.c \nanna,nowhere,D@e.f\nben,nowhere,\n", Options{Match: byEmail},
			"2 \"\", same-key a@b.c (@private.email)\n3 \"anna\", same-key d@e.f (@private.email)\n4 \"ben\""},
		{"a second key in an object", "uid,metadata\n,\"{\"\"@private\"\":{\"\"email\"\":\"\"A@B.c\"\"}}\"\n", Options{Match: byEmail},
			`2 "", same-key a@b.c (@private.email)`},
		{"a second key of a row with a twin", "uid,name,metadata.@private.email\na1,A,a@b.c\na1,B,b@b.c\n", Options{Match: byEmail},
			"2 \"a1\", same-key a@b.c (@private.email), same-name a\n3 \"a1\", same-key b@b.c (@private.email), same-name b"},
		{"a uid that was rewritten", "uid,link\nMüller 7,nowhere\n", Options{Rules: user.Rules{Rewrite: user.RewriteSlug}},
			`2 "", vendor-mapping m_ller_7_4dp9n7, invalid-uid muller-7, invalid-uid mller7`},
		{"cells too many", "name,uid,metadata.@private.email\nKim, Anna,0042,A@b.c\n", Options{Match: byEmail},
			`2 "", any-cell kim, any-cell anna, any-cell 0042, leading-zeros 42, same-key a@b.c (@private.email), vendor-mapping ` +
				`anna_17uf4`},
		{"cells too few, behind the uid", "uid,name,link\n0042,x\n", Options{}, `2 "", any-cell 0042, leading-zeros 42, any-cell x`},
		{"a quote that is never closed", "uid,name\n\"anna,A\nben,B\n\"\"x\"\",C\n", Options{}, `2 "", any-cell anna, any-cell ben, ` +
			`any-cell x`},
		{"a cell that swallowed rows", "name,uid\nA,\"u1\nB,u2\nC,u3\nD,u4\"\n", Options{},
			`2 "", any-cell a, any-cell u1, any-cell b, any-cell u2, any-cell c, any-cell u3, any-cell d, any-cell u4`},
		{"a sum", "uid,name\nanna,Anna\nTotal,1\nben,Ben\n", Options{}, `3 "total", vendor-mapping total_1c81t0`},
		{"broken bytes", "uid,name\nann\xff7,A\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\n",
			Options{Settings: columns.Settings{Encoding: "utf-8"}}, `2 ""`},
		{"a row with a new uid that has got a zero", "uid,link\n077001,nowhere\n",
			Options{Rules: user.Rules{Rekey: map[string]string{"77001": "00501"}}}, `2 "077001", leading-zeros 77001, same-uid 00501`},
		{"a re-keyed row", "uid,link\nB7,nowhere\n", Options{Rules: rekey}, `2 "0042", same-uid b7, vendor-mapping b7_1md, ` +
			`leading-zeros 42`},
		{"a re-keyed row that has a twin", "uid,name\nB7,A\nb7,B\n", Options{Rules: rekey},
			"2 \"0042\", leading-zeros 42, same-uid b7, vendor-mapping b7_1md, same-name a\n3 \"0042\", leading-zeros 42, same-uid b7, " +
				"same-name b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := claimed(csvText(t, c.opt, c.text)); got != c.want+"\n" {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestClaimsOfARowAreBounded(t *testing.T) {
	row := strings.Repeat("x,", 150) + strings.Repeat("y1,", 100) + "z1"
	if got := claimed(csvText(t, Options{}, "name,uid\n"+row+"\n")); got != "2 \"\", any-cell x, any-cell y1\n" {
		t.Error(got)
	}
	const mostLineClaims = 1000
	var b strings.Builder
	b.WriteString("name,uid\nA,\"u\n")
	for i := range 2 * mostLineClaims {
		fmt.Fprintf(&b, "N,u%d\n", i)
	}
	b.WriteString("B,last\"\n")
	if got := len(csvText(t, Options{}, b.String()).Intake().Rejects.At(0).Claims); got < mostLineClaims || got > mostLineClaims+5 {
		t.Errorf("%d claims", got)
	}
}

// TestClaimsOfASheetsNumbers: of a number that a sheet shows as something else,
// both may be the uid.
func TestClaimsOfASheetsNumbers(t *testing.T) {
	path := book(t, [][]any{{"uid", "name"}, {42, "A"}, {1234567890123456700, "B"}, {43, "C"}}, func(f *excelize.File) {
		zeros, prefix := "00000", `"EMP-"0`
		for cell, format := range map[string]*string{"A2": &zeros, "A4": &prefix} {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: format})
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellStyle("Sheet1", cell, cell, style); err != nil {
				t.Fatal(err)
			}
		}
	})
	const want = `2 "", same-uid 00042, leading-zeros 42
3 "", rounded-number 1.23456789012346e+18, leading-zeros 1234567890123456700, rounded-number 1.2345678901234567e+18
4 "", same-uid emp-43, vendor-mapping emp-43_xvw4hw, leading-zeros 43
`
	if got := claimed(mustRead(t, Options{}, path)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestASecondKeyNeedsAColumn(t *testing.T) {
	path := write(t, "a.csv", "uid,name\nanna,A\n")
	_, err := Read(context.Background(), []string{path}, Options{Match: byEmail})
	if err == nil || err.Error() != "--match metadata.@private.email: no source has a column for it; map one, or leave it out" {
		t.Errorf("%v", err)
	}
	other := write(t, "b.csv", "uid,metadata.@private.email\nben,b@x.org\n")
	r := mustRead(t, Options{Match: byEmail}, path, other)
	row, err := r.Load(1)
	if err != nil || row.User.KeyValue(byEmail[0]) != "b@x.org" || len(row.Match) != 1 || row.Written != "ben" {
		t.Errorf("%+v %v", row, err)
	}
}
