package report_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/comma"
	"cometsync/report/lists"
	"cometsync/report/roster"
)

func records(t *testing.T, content string) [][]string {
	t.Helper()
	rest, ok := strings.CutPrefix(content, comma.ByteOrderMark)
	if !ok {
		t.Fatal("no byte-order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(rest)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// split takes a text apart as a spreadsheet does for which any of some
// characters is between cells: quotes around a cell are taken off, and what is
// after them belongs to it.
func split(text, between string) (cells []string) {
	for at := 0; at < len(text); at++ {
		cell := ""
		if text[at] == '"' {
			for at++; at < len(text); at++ {
				if strings.HasPrefix(text[at:], `""`) {
					at++
				} else if text[at] == '"' {
					at++
					break
				}
				cell += text[at : at+1]
			}
		}
		n := strings.IndexAny(text[at:], between+"\r\n")
		if n < 0 {
			return append(cells, cell+text[at:])
		}
		cells = append(cells, cell+text[at:at+n])
		at += n
	}
	return cells
}

func TestFormulasAreDefused(t *testing.T) {
	in := partial()
	for i := range in.Plan.Operations {
		in.Plan.Operations[i].Name = traps[i%len(traps)]
	}
	for n, rejects := range [][]user.Reject{in.Intake.Rejects.Slice(), in.Plan.Rejects} {
		for i := range rejects {
			x := &rejects[i]
			x.Cells = slices.Clone(x.Cells)
			for j := range x.Cells {
				x.Cells[j] = traps[(n+i+7*j)%len(traps)]
			}
			for j := range x.Defects {
				x.Defects[j].Message = traps[(n+3*i+j)%len(traps)]
			}
		}
	}
	out := everyFormat(t, in)
	var users []user.User
	for i, trap := range traps {
		users = append(users, user.User{UID: fmt.Sprint("u-", i), Name: trap, StatusMessage: traps[len(traps)-1-i],
			Tags: []string{"a", "-b", trap}, Metadata: fmt.Sprintf(`{"note":%q}`, trap), State: user.Active})
	}
	out["users"] = render(t, func(w io.Writer) error { return roster.Write(w, "csv", users, time.Time{}) })
	in = rekeyed()
	for i := range in.Plan.Rekeys {
		in.Plan.Rekeys[i].OldName, in.Plan.Rekeys[i].NewName = traps[i], traps[i+6]
	}
	out["rekey"] = rendered(t, lists.WriteRekey, mustNew(t, in))
	for _, name := range []string{"operations.csv", "rejects.csv", "users", "rekey"} {
		text := strings.TrimPrefix(out[name], comma.ByteOrderMark)
		for _, between := range []string{",", ";", "\t", "|", ",;", ",;\t|", ""} {
			for _, cell := range split(text, between) {
				if cell = strings.TrimLeft(cell, "\" \t\r\n"); strings.IndexAny(cell, "=+-@＝") == 0 {
					t.Errorf("%s: with %q between cells a spreadsheet would run %q", name, between, cell)
				}
			}
		}
	}
	for i, row := range records(t, out["users"])[1:] {
		for j, want := range []string{users[i].UID, users[i].Name} {
			if got, _ := user.Undefuse(row[j]); got != want {
				t.Errorf("%q reads back as %q", want, got)
			}
		}
	}
}

func TestRejectsReadAsTheirSourceDid(t *testing.T) {
	rows := records(t, everyFormat(t, partial())["rejects.csv"])
	var marks []string
	r := mustNew(t, partial())
	for _, x := range r.Rejects.Each() {
		marks = append(marks, x.Mark())
	}
	// UID and uid are one column; the places that an earlier rejects.csv put
	// in are not carried along; what stands beyond the header is kept.
	want := []string{"uid", "name", "role", "metadata.@private.salary", "department", "metadata", "_extra", "_file", "_row", "_column",
		"_code", "_message"}
	if diff := cmp.Diff(want, rows[0]); diff != "" {
		t.Error(diff)
	}
	want = []string{"held-1", "'=already", "staff", secret, "a\nb", "", "one,two", "data/staff.csv", "21", "metadata.@private.salary",
		"encoding-broken", "holds bytes that are not UTF-8; save the file as UTF-8 and try again [row " + marks[1] + "]"}
	if diff := cmp.Diff(want, rows[2]); diff != "" {
		t.Error(diff)
	}
	if got := rows[1][9] + " / " + rows[1][10]; got != "uid; role / uid-invalid; role-invalid" {
		t.Errorf("several defects read %q", got)
	}
	if rows[4][7] != "data/hr.xlsx[People]" || rows[4][8] != "5" {
		t.Errorf("place %q", rows[4][7:9])
	}
	for _, cell := range []string{"=x", "'=x", "''=x", "-1", "plain", "'quoted'", "", "'=a;-b", "x;'-b", "'x;'-b", "'x;-b"} {
		read := func(s string) string { s, _ = user.Undefuse(s); return s }
		if got := read(report.AsRead(cell)); got != read(cell) {
			t.Errorf("%q reads as %q the first time and %q the second", cell, read(cell), got)
		}
	}
}
