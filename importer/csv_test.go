package importer

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"cometsync/importer/delimited"
)

func TestLongRecordsAndManyChunks(t *testing.T) {
	// Records around the size of a chunk, and quotes over its borders.
	long := strings.Repeat("x\n", delimited.ChunkSize)
	var b strings.Builder
	b.WriteString("uid,note\n")
	want := 0
	for i := range 26 {
		fmt.Fprintf(&b, "u%d,\"%s\"\n", i, long[:i*20_011])
		want++
	}
	for i := range 20_000 {
		fmt.Fprintf(&b, "v%d,\"a\n%d\"\n", i, i)
		want++
	}
	r := mustRead(t, Options{}, write(t, "a.csv", b.String()))
	if in := r.Intake(); in.Users != want || len(in.EndsEarly) > 0 {
		t.Fatalf("%d users, %q", in.Users, in.EndsEarly)
	}
	for _, uid := range []string{"u0", "u9", "u25", "v0", "v19999"} {
		ref, _, ok := r.Find(uid)
		row, err := r.Load(ref)
		if !ok || err != nil || row.User.UID != uid {
			t.Errorf("%s: %v %v %q", uid, ok, err, row.User.UID)
		}
		if n, err := strconv.Atoi(uid[1:]); err == nil && uid[0] == 'u' && row.Cells[1] != long[:n*20_011] {
			t.Errorf("%s: the long cell is not what was written", uid)
		}
	}
	if row, _ := r.Load(r.Len() - 1); row.Source.Row != want+1 {
		t.Errorf("the last row is %d, want %d", row.Source.Row, want+1)
	}
}

func TestRejectsOutliveTheirChunks(t *testing.T) {
	var b strings.Builder
	b.WriteString("uid,link\n")
	n := 0
	for ; b.Len() < 12*delimited.ChunkSize; n++ {
		fmt.Fprintf(&b, "user-%d,not a link %d\n", n, n)
	}
	rejects := mustRead(t, Options{}, write(t, "a.csv", b.String())).Intake().Rejects.Slice()
	if len(rejects) != n {
		t.Fatalf("%d rejects of %d", len(rejects), n)
	}
	for i, r := range rejects {
		uid, link := fmt.Sprintf("user-%d", i), fmt.Sprintf("not a link %d", i)
		if r.UID != uid || r.Cells[0] != uid || r.Cells[1] != link || r.Defects[0].Value != link || r.Source.Row != i+2 {
			t.Fatalf("%d: %+v", i, r)
		}
	}
}

// endless goes on after its head, without a line end.
type endless struct{ head io.Reader }

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.head.Read(p); err == nil {
		return n, nil
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestARecordThatNeverEndsIsNotReadIntoMemory(t *testing.T) {
	for tail, want := range map[string]string{
		"b,\"":  "row 3 is the last, and the quoted cell that begins there is never closed",
		"b,y,z": "row 3 is the last, and it is longer than",
	} {
		in := &endless{head: strings.NewReader("uid,name\na,A\n" + tail)}
		r := mustRead(t, Options{Stdin: io.LimitReader(in, 4*delimited.MaxRecord)}, "-")
		early := strings.Join(r.Intake().EndsEarly, "\n")
		if !strings.Contains(early, want) || r.Intake().Users != 1 || r.Intake().Rejected != 1 {
			t.Errorf("%s: %q, %d users", tail, early, r.Intake().Users)
		}
		if n := len(strings.Join(r.Intake().Rejects.At(0).Cells, "")); n > 2*delimited.ChunkSize {
			t.Errorf("the reject holds %d bytes", n)
		}
	}
}

// Quotes that blanks are around are quotes, and it is told.
func TestBlanksAroundQuotes(t *testing.T) {
	for _, comma := range []string{",", ";", "|"} {
		text := strings.ReplaceAll("uid, name, role\nanna, \"Kay, Anna\", r\nben,Ben,r\ncid\t, \"Cid\" ,\t\"r\"\n", ",", comma)
		want := fmt.Sprintf("2 anna name=\"Kay%s Anna\" role=\"r\"\n3 ben name=\"Ben\" role=\"r\"\n4 cid name=\"Cid\" role=\"r\"\n", comma)
		if got := show(t, csvText(t, Options{}, text)); userLines(got) != want || !strings.Contains(got,
			"notice blanks-around-quotes 2\n") {
			t.Errorf("%q: got\n%swant\n%s", text, got, want)
		}
	}
	if got := userLines(show(t, csvText(t, Options{}, "uid\tname\nanna\t \"Kay\tAnna\"\n"))); got != "2 anna name=\"Kay Anna\"\n" {
		t.Error(got)
	}
	// What opens nowhere else closes nowhere.
	expect(t, csvText(t, Options{}, "uid,name\nanna, \"Kay\nben,Ben\n"), `3 ben name="Ben"`, `reject 2 uid="anna"  quote-broken ""`)
	expect(t, csvText(t, Options{}, "name,uid,role\nAnna\"Sales, EMEA\",ops\nBen,ben,x\n"), `3 ben name="Ben" role="x"`,
		`reject 2 uid=""  quote-broken ""`)
}
