package importer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

// lookAt looks a subject up, a uid or rows, and shows what came of it: a row
// a line, a cell that is not as it stood on one of its own.
func lookAt(t *testing.T, opt Options, uid string, rows []int, sources ...string) string {
	t.Helper()
	l, err := Look(context.Background(), sources, opt, func(src user.Source, is string) bool {
		return uid != "" && is == uid || slices.Contains(rows, src.Row)
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	place := func(s user.Source) string { return s.String()[strings.LastIndexByte(s.String(), '/')+1:] }
	for _, row := range l.Rows {
		fmt.Fprintf(&b, "%s %s %s", place(row.Source), row.UID, row.Fate)
		if row.Winner.Row > 0 {
			fmt.Fprintf(&b, ", %s counts", place(row.Winner))
		}
		for _, s := range row.Shares {
			fmt.Fprintf(&b, ", shared with %s", place(s))
		}
		if row.Reject != nil {
			fmt.Fprintf(&b, ": %s", row.Reject.Defects[0].Code)
		}
		b.WriteByte('\n')
		for _, c := range row.Cells {
			if c.Reading == trace.ReadValue && c.Text == c.Value && len(c.Repairs) == 0 && !c.Private {
				continue
			}
			fmt.Fprintf(&b, "  %s", c.Header)
			if c.Field != c.Header {
				fmt.Fprintf(&b, " (%s)", c.Field)
			}
			fmt.Fprintf(&b, " %q %s", c.Text, c.Reading)
			if c.Value != "" {
				fmt.Fprintf(&b, " %q", c.Value)
			}
			if c.Private {
				b.WriteString(" private")
			}
			fmt.Fprintf(&b, " %s\n", strings.Join(c.Repairs, ", "))
		}
	}
	return strings.ReplaceAll(b.String(), " \n", "\n")
}

const lookHeader = "uid,name,tags,state,metadata.@private.pay,Fax\n"

// lookCases are rows that are asked for by their uid, or their numbers, and what is told of them.
var lookCases = []struct {
	name, text string
	opt        Options
	uid        string
	rows       []int
	want       string
}{
	{"repairs", lookHeader + "Anna-K ,  Anna  K\u200b,x; x;y ,left,9,1\n", Options{}, "anna-k", nil, `
staff.csv:2 anna-k used
  uid "Anna-K " value "anna-k" white space around the text taken off, uid or role put in lower case
  name "  Anna  K\u200b" value "Anna K" white space around the text taken off, white space inside it made one space, control characters taken out
  tags "x; x;y " value "x, y" repeated and empty tags left out
  state "left" value "deactivated" read as deactivated
  metadata.@private.pay "9" value "9" private
  Fax () "1" left alone
`},
	{"empty cells", lookHeader + "anna,Anna,,,,\n", Options{}, "anna", nil, `
staff.csv:2 anna used
  tags "" keeps
  state "" keeps
  metadata.@private.pay "" keeps private
  Fax () "" left alone
`},
	{"empty cells that clear", "uid,name,tags\nanna,Anna,\n", Options{Rules: user.Rules{EmptyClears: true}}, "anna", nil, `
staff.csv:2 anna used
  tags "" clears
`},
	{"parts of a name", "uid,First name,Last name\nanna, Anna,\n", Options{Rules: user.Rules{EmptyClears: true}}, "anna", nil, `
staff.csv:2 anna used
  First name (name (first)) " Anna" value "Anna" white space around the text taken off
  Last name (name (last)) "" keeps
`},
	{"half a name", "uid,First name,Last name\nanna,Anna,\n", Options{}, "anna", nil, `
staff.csv:2 anna used
  First name (name (first)) "Anna" value "Anna" half a name, which only somebody new is given: whom the app has already keeps theirs
  Last name (name (last)) "" keeps
`},
	{"a slug, by either uid", "uid,name\nMüller 7,A\n", Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}, "müller 7", nil, `
staff.csv:2 muller-7 used
  uid "Müller 7" value "muller-7" rewritten by --uid-rewrite slug
`},
	{"header, blank rows, rows behind the end", "uid,name\n\nanna,Anna\n,\n", Options{}, "", []int{1, 2, 4, 5}, `
staff.csv:1  header
staff.csv:2  blank
staff.csv:4  blank
`},
	{"quoted line breaks are one row", "uid,name,link\na,A,\"\n\"\nb,B,\n", Options{}, "", []int{3}, `
staff.csv:3 b used
  link "" keeps
`},
	{"rejects", "uid,name,link\nanna,Anna,nowhere\n", Options{}, "anna", nil, `
staff.csv:2 anna rejected: link-invalid
  link "nowhere" unusable
`},
	{"a row that is broken as a whole", "uid,name\nAnna,Anna,more\n", Options{}, "anna", nil, `
staff.csv:2  rejected: cells-extra
  uid "Anna" unread
  name "Anna" unread
`},
	{"alike", "uid,name\na,A\nb,B\nA, A\n", Options{}, "a", nil, `
staff.csv:2 a used, shared with staff.csv:4
staff.csv:4 a duplicate, staff.csv:2 counts, shared with staff.csv:2
  uid "A" value "a" uid or role put in lower case
  name " A" value "A" white space around the text taken off
`},
	{"not alike", "uid,name\na,A\na,B\n", Options{}, "", []int{3}, `
staff.csv:3 a rejected, shared with staff.csv:2: duplicate-uid
`},
	{"the first counts", "uid,name\na,A\na,B\na,A\n", Options{Duplicates: FirstWins}, "a", nil, `
staff.csv:2 a used, shared with staff.csv:3, shared with staff.csv:4
staff.csv:3 a replaced, staff.csv:2 counts, shared with staff.csv:2, shared with staff.csv:4
staff.csv:4 a duplicate, staff.csv:2 counts, shared with staff.csv:2, shared with staff.csv:3
`},
	{"the last would count, and is broken", "uid,name,link\na,A,\na,B,nowhere\n", Options{Duplicates: LastWins}, "a", nil, `
staff.csv:2 a rejected, shared with staff.csv:3: duplicate-uid
  link "" keeps
staff.csv:3 a rejected, shared with staff.csv:2: link-invalid
  link "nowhere" unusable
`},
	{"times", "uid,name,createdAt\na,A,2023-01-11\nb,B,1673424000000\n", Options{Dates: true}, "", []int{2, 3}, `
staff.csv:2 a used
  createdAt "2023-01-11" value "2023-01-11T00:00:00Z" read as 2023-01-11T00:00:00Z
staff.csv:3 b used
  createdAt "1673424000000" value "2023-01-11T08:00:00Z" a time in milliseconds made seconds, read as 2023-01-11T08:00:00Z
`},
	{"private keys of a whole object", "uid,name,metadata\na,A,\"{\"\"@private\"\":{\"\"pay\"\":9}}\"\n", Options{}, "a", nil, `
staff.csv:2 a used
  metadata "{\"@private\":{\"pay\":9}}" value "{\"@private\":{\"pay\":9}}" private
`},
}

func TestLook(t *testing.T) {
	for _, c := range lookCases {
		t.Run(c.name, func(t *testing.T) {
			got := lookAt(t, c.opt, c.uid, c.rows, write(t, "staff.csv", c.text))
			if want := strings.TrimPrefix(c.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestLookAtSeveralSources(t *testing.T) {
	staff := write(t, "staff.csv", "uid,name\na,A\nb,B\n")
	lines := write(t, "more.jsonl", `{"uid":"c","name":"C"}`+"\n"+`{"uid":"a","name":"Z"}`+"\n")
	want := "staff.csv:2 a rejected, shared with more.jsonl:2: duplicate-uid\n" +
		"more.jsonl:2 a rejected, shared with staff.csv:2: duplicate-uid\n"
	got := lookAt(t, Options{}, "a", nil, staff, lines)
	var rows []string
	for line := range strings.Lines(got) {
		if !strings.HasPrefix(line, " ") {
			rows = append(rows, line)
		}
	}
	if strings.Join(rows, "") != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	l, err := Look(context.Background(), []string{staff, lines}, Options{}, func(user.Source, string) bool { return false })
	if err != nil || len(l.Rows) != 0 || l.Intake.Rows != 4 || l.Intake.Files[0].SHA256 == "" {
		t.Errorf("%+v, %v", l, err)
	}
	for _, c := range []struct {
		at   user.Source
		last int
	}{
		{user.Source{File: staff, Row: 4}, 3},
		{user.Source{File: staff, Row: 3}, 0},
		{user.Source{File: lines, Row: 3}, 2},
		{user.Source{File: "other.csv", Row: 9}, 0},
	} {
		if last, behind := l.Behind(c.at); last.Row != c.last || behind != (c.last > 0) {
			t.Errorf("%s is behind row %d: %v", c.at, last.Row, behind)
		}
	}
}

// Rows beyond the first chunk are told with their own numbers and cells.
func TestLookFarIntoASource(t *testing.T) {
	var b strings.Builder
	b.WriteString("uid,name\n")
	for i := range 40_000 {
		fmt.Fprintf(&b, "u-%06d,\"Name\nof %d\"\n", i, i)
	}
	got := lookAt(t, Options{}, "u-039999", []int{20_002}, write(t, "staff.csv", b.String()))
	want := `staff.csv:20002 u-020000 used
  name "Name\nof 20000" value "Name of 20000" white space inside it made one space
staff.csv:40001 u-039999 used
  name "Name\nof 39999" value "Name of 39999" white space inside it made one space
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestLookShowsShapes(t *testing.T) {
	set := columns.Settings{
		Join:      map[string]string{"uid": "{Site}-{Nr}", "name": "{First} {Last}"},
		Values:    map[string]map[string]string{"role": {"Lehrer": "teacher"}},
		Constants: map[string]string{"tags": "a|b"}, Defaults: map[string]string{"state": "active"},
	}
	text := "Site,Nr,First,Last,role,state\nB,1,Anna,Kim,Lehrer,\nB,2,Ben\nC,,Cy,,x,left\n"
	got := "\n" + lookAt(t, Options{Settings: set}, "b-1", []int{1, 3, 4}, write(t, "staff.csv", text))
	want := `
staff.csv:1  header
  Site () "" read by a join
  Nr () "" read by a join
  First () "" read by a join
  Last () "" read by a join
staff.csv:2 b-1 used
  Site () "B" read by a join
  Nr () "1" read by a join
  First () "Anna" read by a join
  Last () "Kim" read by a join
  role "Lehrer" value "teacher" read as "teacher", by values.role
  state "" value "active" the text of empty cells, by defaults.state
  join {Site}-{Nr} (uid) "B-1" value "b-1" uid or role put in lower case
  constant (tags) "a|b" value "a, b"
staff.csv:3  rejected: cells-missing
  Site () "B" unread
  Nr () "2" unread
  First () "Ben" unread
  Last () "" unread
  role "" unread
  state "" unread
  join {First} {Last} (name) "" unread
  join {Site}-{Nr} (uid) "" unread
  constant (tags) "" unread
staff.csv:4  rejected: uid-missing
  Site () "C" read by a join
  Nr () "" read by a join
  First () "Cy" read by a join
  Last () "" read by a join
  state "left" value "deactivated" read as deactivated
  join {Site}-{Nr} (uid) "" unusable
  constant (tags) "a|b" value "a, b"
`
	if got != want {
		t.Errorf("got %swant %s", got, want)
	}
}
