package record

import (
	"slices"
	"testing"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/table"
	"cometsync/internal/user"
)

// scanned is the first record of a text, under a header of uid, name and link.
func scanned(t *testing.T, text string) *Record {
	t.Helper()
	m, err := (&columns.Settings{}).Mapping(false)
	if err != nil {
		t.Fatal(err)
	}
	h, err := m.Resolve([]string{"uid", "name", "link"}, 0, user.NewLayout(), func(int) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	of := &table.Table{Mapping: m, Header: h, UID: h.Columns[:1], Width: table.Width{Least: 3, Most: 3}, Persons: h.Persons(nil)}
	of.Comma = ','
	r := &Record{Table: of, Scan: delimited.Scanner{Comma: ','}}
	r.Text = text[:r.Scan.Next(text, 0)]
	return r
}

func TestUnusable(t *testing.T) {
	for text, want := range map[string]struct {
		uid    string
		nobody bool
		code   user.Code
	}{
		"anna,Anna,\n":                {},
		"null,Anna,\n":                {nobody: true},
		"---,---,---\n":               {uid: "---", code: user.NotAPerson},
		"anna,Anna\n":                 {code: user.CellsMissing},
		"anna,Anna,x,y\n":             {code: user.CellsExtra},
		"anna,Anna,,\n":               {code: user.CellsExtra}, // no other row has it
		"anna,\"An\"na,\n":            {uid: "anna", code: user.QuoteBroken},
		"anna,\"Anna,\n":              {code: user.QuoteBroken},
		"anna,\"A,x\nben,B\",\n":      {code: user.QuoteBroken},
		"total,\"3\",\n":              {uid: "total", code: user.NotAPerson},
		"anna,\"two\nlines of A\",\n": {},
	} {
		uid, nobody, defect := scanned(t, text).Unusable(false)
		if uid != want.uid || nobody != want.nobody || defect.Code != want.code {
			t.Errorf("%q: %q, nobody %t, %v (%s), want %+v", text, uid, nobody, defect.Code, defect.Message, want)
		}
	}
	if _, _, defect := scanned(t, "anna,Anna,x").Unusable(true); defect.Code != user.CellsMissing {
		t.Errorf("a row that is cut off: %v", defect)
	}
}

func TestCutOff(t *testing.T) {
	for text, cut := range map[string]bool{
		"anna,Anna,x": false, "anna,Anna": true, "anna,\"Anna": true, "anna,Anna,\xc3": true, "anna,Anna,\x00": true, ",,": true,
	} {
		if why := scanned(t, text).CutOff(text, false); (why != "") != cut {
			t.Errorf("%q: %q", text, why)
		}
	}
}

func TestFooterKinds(t *testing.T) {
	for text, want := range map[string]FooterKind{
		"Total: 5,,\n": ByWords, "===,===,===\n": ByWords, "---,---,---\n": NoFooter,
		"Printed on 22.11.2026,,\n": ByWords, "5,,\n": NoFooter, ",5,\n": 5,
		"Total,5,\n": ByTotal, "Total,Anna,\n": NoFooter, "anna,,\n": NoFooter, ",Anna,\n": NoFooter,
	} {
		if got := scanned(t, text).FooterKind(); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestClaims(t *testing.T) {
	r := scanned(t, "anna,Kim,ben,x\n")
	x := user.Reject{Cells: r.Scan.Cells, Defects: []user.Defect{{Code: user.CellsExtra}}}
	r.Claim(&x, nil)
	held := map[string]bool{}
	for _, c := range x.Claims {
		held[c.Value] = true
	}
	for _, uid := range []string{"anna", "kim", "ben", "x"} {
		if !held[uid] {
			t.Errorf("a row that may have shifted does not hold %q: %+v", uid, x.Claims)
		}
	}
	r = scanned(t, "Anna B,Kim,ben\n")
	x = user.Reject{Cells: r.Scan.Cells, Defects: []user.Defect{{Column: "uid", Code: user.UIDInvalid}}}
	if r.Claim(&x, nil); !slices.Contains(x.Claims, user.Claim{Because: user.SameSlug, Value: "anna-b"}) {
		t.Errorf("%+v", x.Claims)
	}
	for _, c := range x.Claims {
		if c.Value == "ben" || c.Value == "kim" {
			t.Errorf("another cell of a whole row holds somebody: %+v", c)
		}
	}
}
