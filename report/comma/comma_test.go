package comma

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"cometsync/internal/user"
)

// TestRowsAreDefusedAndQuoted writes cells of the bytes that matter and holds each row
// against the rule, told cell by cell.
func TestRowsAreDefusedAndQuoted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "Z", "0", " ", "=", "+", "-", "@", "'", `"`, ",", ";", "\t", "|", "\r", "\n", "{", "[", "}", "ü", "＝", "\xff",
		"\x7f", "\u200b", "\uFEFF", `{"a":"b","c":1}`, "_", "/"}
	cell := func(s string) string {
		if s == "" || s[0] != ' ' && !strings.ContainsAny(s, `",`+user.CellEnds) {
			return s
		}
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	for range 20_000 {
		var cells, defused, safe []string
		for range 1 + r.IntN(4) {
			text := ""
			for range r.IntN(5) {
				text += pieces[r.IntN(len(pieces))]
			}
			cells = append(cells, text)
			safe = append(safe, cell(text))
			defused = append(defused, cell(user.Defuse(strings.ToValidUTF8(text, "\uFFFD"))))
		}
		var out bytes.Buffer
		c := New(&out)
		c.Row(cells...)
		c.Record(cells)
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		want := ByteOrderMark + "\n" + strings.Join(defused, ",") + "\n" + strings.Join(safe, ",") + "\n"
		if out.String() != want {
			t.Fatalf("%q: %q, want %q", cells, out.String(), want)
		}
	}
}
