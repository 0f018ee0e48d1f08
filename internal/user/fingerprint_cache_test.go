package user

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// printTexts and printPools are cells, of any column and of one; the first is one that
// nothing is wrong with.
var (
	printTexts = []string{
		"Sales", "Sales", "Sales ", " Sales", "Sa  les", "Sales\u200b", "São " +
			"Paulo", "Sa\u0303o", "東京", "a\nb", "'=1", "'x", "''=1", "=1", " " + "", "\t", "x\x00y",
		"\xff", "A", "12345678", "1234567 ", "1234567  9", "12345678 9", "Ω\u212b", "'", strings.Repeat("y", 101), strings.Repeat("é",
			51), strings.Repeat("😀", 51), strings.Repeat("x", 700),
	}
	printPools = map[string][]string{
		"uid":    {"anna", "Anna", " anna ", "ANNA-7", "a b", "", "1.2e+5", strings.Repeat("u", 101), "é", "old", "'=x", "u_1-"},
		"avatar": webAddresses, "link": webAddresses,
		"role": {"admin", "Admin", " admin", "ad min", "default", "rôle", strings.Repeat("r", 101)},
		"tags": {"a|b", "b;a", "a,a,b", "a | b", " a|b", `["a","b"]`, `["a"`, "|", " , ", "a||b", "é|ü", "a  b|c",
			strings.Repeat("t,", 30), "'=a|b", "a|'=b", strings.Repeat("t", 101), manyTags(25), manyTags(26)},
		"state":     {"active", "Active", " inactive", "no", "0", "unheard of", " "},
		"createdAt": {"2023-01-11", "1673425019", "1673425019000", "2023-01-11 08:16", "2023-01-11T08:16:59Z", " 2023-01-11", "11.1.2023"},
		"name":      nil, "statusMessage": nil, "metadata.a": nil, "metadata.b": nil, "metadata.@private.c": nil,
	}
	webAddresses = []string{"https://a.example/x.png", "https://a.example/x.png ", "ftp://x", "http://", "HTTPS://A.example/é",
		"https://a.example/" + strings.Repeat("p", 3000), "https://a.example?x=1", "'https://a.example"}
)

// drawCells are those of a row, most of them fine, or no row would be.
func drawCells(r *rand.Rand, columns []Column) (cells []string) {
	for _, c := range columns {
		name := c.Field.String()
		if c.Path != nil {
			name += "." + strings.Join(c.Path, ".")
		}
		pool := printPools[name]
		if pool == nil {
			pool = printTexts
		}
		switch cell := pool[r.IntN(len(pool))]; {
		case r.IntN(3) == 0:
			cells = append(cells, cell)
		case r.IntN(12) == 0 && c.Field == Name:
			cells = append(cells, fmt.Sprint(cell, r.IntN(1000)))
		default:
			cells = append(cells, pool[0])
		}
	}
	if r.IntN(10) == 0 {
		cells = cells[:max(1, r.IntN(len(cells)+1))]
	}
	return cells
}

// TestPrinterReadsAsRulesDo draws rows whose cells repeat, between cells that
// do not, and holds every print, every count of repairs and every row that is
// given up against Rules.Read.
func TestPrinterReadsAsRulesDo(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	names := []string{"uid", "name", "avatar", "link", "role", "tags", "statusMessage", "state", "createdAt", "metadata.a", "metadata.b",
		"metadata.@private.c"}
	layout := NewLayout()
	taken, refused := 0, 0
	for round := range 300 {
		var columns []Column
		for i, name := range names {
			if i == 0 || r.IntN(4) > 0 {
				c := column(name)
				if c.Path != nil {
					c.Bit = layout.KeyBit(c.Path)
				}
				columns = append(columns, c)
			}
			if r.IntN(10) == 0 {
				columns = append(columns, Column{Header: "unmapped"})
			}
		}
		rules := Rules{EmptyClears: r.IntN(3) == 0, Rewrite: Rewrite(r.IntN(3))}
		if r.IntN(3) == 0 {
			rules.Rekey = map[string]string{"anna": "old", "u": "x"}
		}
		p := NewFingerprintCache(rules, layout, columns)
		var whole Fingerprint
		for range 200 {
			cells := drawCells(r, columns)
			var u User
			var want, got Repairs
			defects := rules.Read(&u, columns, cells, &want)
			before := got
			out, ok := p.Row(cells, &got)
			if !ok {
				refused++
				size := 0
				for _, k := range u.Keys {
					size += len(k.Text)
				}
				if defects == nil && want[Rewritten] == 0 && size <= SuggestedMetadata {
					t.Fatalf("round %d: %q of %v is given up without need", round, cells, columns)
				}
				if got != before || out != (Fingerprinted{}) {
					t.Fatalf("%q is given up, and counted: %+v", cells, got)
				}
				continue
			}
			taken++
			mask := u.Mask()
			full := Fingerprinted{UID: u.UID, Print: whole.OfRow(layout, &u, mask), Mask: mask, Cleared: u.Cleared(), State: u.State}
			if defects != nil || out != full || got != want {
				t.Fatalf("%q of %v, by %+v\nis  %+v, %+v\nnot %+v, %+v, %v", cells, columns, rules, out, got, full, want, defects)
			}
		}
	}
	if taken < 10_000 || refused < 10_000 {
		t.Errorf("only %d rows were taken, and %d not", taken, refused)
	}
}

func manyTags(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint("tag", i))
	}
	return strings.Join(all, ",")
}

// TestPrinterLeavesWholeRows holds that columns which only mean something
// together are never read apart.
func TestPrinterLeavesWholeRows(t *testing.T) {
	key, first := column("metadata.a"), column("name")
	first.Part = First
	late := key
	late.Bit = NoBit
	key.Bit = FirstBit
	for _, columns := range [][]Column{
		{column("name")},
		{column("uid"), column("metadata")},
		{column("uid"), first},
		{column("uid"), late},
		{column("uid"), key, key},
	} {
		if _, ok := NewFingerprintCache(Rules{}, NewLayout(), columns).Row([]string{"a", "b", "c"}, &Repairs{}); ok {
			t.Errorf("%v are read apart", columns)
		}
	}
}

// TestMemo holds that a column which repeats stays remembered, that one which
// does not is given up, and that no text is taken for another.
func TestMemo(t *testing.T) {
	p := NewFingerprintCache(Rules{}, NewLayout(), []Column{column("uid"), column("state")})
	m := &p.columns[1].memo
	for i := range 5 * memoTry {
		want, word := Active, "Active"
		if i%3 == 0 {
			want, word = Deactivated, "no"
		}
		if out, ok := p.Row([]string{"a", word}, &Repairs{}); !ok || out.State != want {
			t.Fatalf("%q is %v, %v", word, out.State, ok)
		}
	}
	if m.off || m.slots == nil {
		t.Error("a column that repeats is given up")
	}
	for i := range 2 * memoTry {
		p.Row([]string{"a", fmt.Sprint("word ", i)}, &Repairs{})
	}
	if !m.off {
		t.Error("a column that never repeats is remembered")
	}
}
