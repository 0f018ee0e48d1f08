package delimited

import (
	"encoding/csv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// records takes a text apart into its records, blank lines left out.
func records(text string, comma byte) (all [][]string, broken bool) {
	s := Scanner{Comma: comma}
	for at := 0; at < len(text); {
		start := at
		at = s.Next(text, at)
		broken = broken || s.Open || s.Stray
		if line := strings.TrimRight(text[start:at], "\n"); line == "" || line == "\r" && strings.HasPrefix(text[start:], "\r") {
			continue
		}
		var cells []string
		for _, c := range s.Cells {
			cells = append(cells, strings.ReplaceAll(c, "\r\n", "\n")) // as encoding/csv has them
		}
		all = append(all, cells)
	}
	return all, broken
}

func TestScanner(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // cells between |, records between /
		mark string
	}{
		{"a,b\nc,d\n", "a|b/c|d", ""},
		{"a,b\r\nc,d", "a|b/c|d", ""},
		{"a,\n,b\n", "a|/|b", ""},
		{`"a,b",c` + "\n", "a,b|c", ""},
		{`"a""b",""` + "\n", `a"b|`, ""},
		{"\"a\nb\",c\nd,e\n", "a\nb|c/d|e", "spans"},
		{"\"a\r\nb\"\r\n", "a\r\nb", "spans"},
		{`a"b,c "d"` + "\n", `a"b|c "d"`, ""}, // quotes within a cell are text
		{`"a"b,c` + "\n", `ab|c`, "stray"},
		{`"a"b"c,d` + "\n", `ab"c|d`, "stray"},
		{"x,\"a\nb,c\n", "x|a\nb,c\n", "spans open"},
		{`"`, "", "open"},
		{"a\rb,c\r\n", "a\rb|c", ""},
		{"\"a\"\r", "a", ""},
		// Blanks around quotes.
		{`a, "b,c" ,"d"` + "\n", `a|b,c|d`, ""},
		{"a, \"b\"\r\n\t\"c\"", `a|b/c`, ""},
		{`a, "b ""c"", d",e`, `a|b "c", d|e`, ""},
		{`a, "b,""",c` + "\nd", `a|b,"|c/d`, ""},
		{`a, "b" c,d`, `a| "b" c|d`, ""}, // it is text that a quote is in
		{"a, \"b\nc\",d\n", "a| \"b/c\"|d", "stray"},
		{`a, "b, c" d,e`, `a| "b| c" d|e`, "stray"},
		// A quote opens in one cell and closes in another.
		{`anna,Anna"Sales, EMEA",Ops`, `anna|Anna"Sales| EMEA"|Ops`, "stray"},
		{`1001"Berg, Anna",HR`, `1001"Berg| Anna"|HR`, "stray"},
		{`a,Anna"x, y, z",b`, `a|Anna"x| y| z"|b`, "stray"},
		{`a,Bob "the, Rock" Jo`, `a|Bob "the| Rock" Jo`, "stray"},
		{`a,24",30",b`, `a|24"|30"|b`, ""},
		{`a,24"x36,30"x40`, `a|24"x36|30"x40`, ""},
		{`a,Bob "B" Jo,"c"`, `a|Bob "B" Jo|c`, ""},
	} {
		s := Scanner{Comma: ','}
		var got []string
		marks := map[string]bool{}
		for at := 0; at < len(c.text); {
			at = s.Next(c.text, at)
			got = append(got, strings.Join(s.Cells, "|"))
			marks["spans"] = marks["spans"] || s.Spans
			marks["open"] = marks["open"] || s.Open
			marks["stray"] = marks["stray"] || s.Stray
		}
		mark := ""
		for _, m := range []string{"spans", "stray", "open"} {
			if marks[m] {
				mark = strings.TrimSpace(mark + " " + m)
			}
		}
		if strings.Join(got, "/") != c.want || mark != c.mark {
			t.Errorf("%q: %q %q, want %q %q", c.text, got, mark, c.want, c.mark)
		}
	}
}

// sameAsEncodingCSV compares with encoding/csv what that takes.
func sameAsEncodingCSV(t *testing.T, text string) {
	t.Helper()
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	want, err := r.ReadAll()
	if err != nil {
		return
	}
	got, broken := records(text, ',')
	if broken || !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%q: got %q (broken %v), want %q", text, got, broken, want)
	}
}

// sameInPieces checks that cutting a text wherever a chunk might end loses
// and adds nothing.
func sameInPieces(t *testing.T, text string, chunk int) {
	t.Helper()
	whole, _ := records(text, ',')
	var parts [][]string
	rest := []byte(text)
	for n := chunk; len(rest) > 0; {
		n = min(n, len(rest))
		end := LastRecordEnd(rest[:n], ',')
		if n == len(rest) {
			end = n
		}
		if end == 0 {
			n += chunk
			continue
		}
		part, _ := records(string(rest[:end]), ',')
		parts = append(parts, part...)
		rest, n = rest[end:], chunk
	}
	if !slices.EqualFunc(whole, parts, slices.Equal) {
		t.Errorf("%q in chunks of %d: %q, want %q", text, chunk, parts, whole)
	}
}

func randomCSV(r *rand.Rand) string {
	parts := []string{"a", "b c", ",", ",", "\n", "\r\n", `"`, `""`, `"x,y"`, "\"p\nq\"", "\r", "é", " ", `, "`, `" ,`}
	var b strings.Builder
	for range r.IntN(20) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

func TestScannerAgainstEncodingCSV(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 50_000 {
		text := randomCSV(r)
		sameAsEncodingCSV(t, text)
		sameInPieces(t, text, 1+r.IntN(8))
		if t.Failed() {
			return
		}
	}
}

func TestSplitAgainstStrings(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	// Bytes that differ from a comma in one bit, or by one.
	alphabet := ",,,,-+.\xac\x2d\x0c\x6c\x00\xff\x80ab c"
	for n := range 20_000 {
		comma := ","
		if n%4 == 0 {
			comma = "\t"
		}
		line := make([]byte, r.IntN(300))
		for i := range line {
			line[i] = 'x'
			if r.IntN(3) == 0 {
				line[i] = alphabet[r.IntN(len(alphabet))]
			}
		}
		if got, want := split(nil, string(line), comma[0]), strings.Split(string(line), comma); !slices.Equal(got, want) {
			t.Fatalf("%q: got %q, want %q", line, got, want)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n\nc,d", "\"a\nb\",\"c\"\"d\"\r\n", "\"a\"b\n", "\r\n\r", "a,\"", "\xff,\"\"\"\""} {
		f.Add(s, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, chunk uint8) {
		if len(text) > 1<<12 {
			return // pieces of few bytes would take for ever
		}
		sameAsEncodingCSV(t, text)
		sameInPieces(t, text, 1+int(chunk))
	})
}

func TestDelimiter(t *testing.T) {
	for line, want := range map[string]byte{
		"uid,name\n": ',', "uid;name\n": ';', "uid\tname\n": '\t', "uid|name|x\n": '|', "uid\n": ',', "uid;name|x;y\n": ';',
		"uid;\"a|b\";x\n": ';', "uid,a;b;c;d\n": ',', "\"uid\";\"Name, full\"\n": ';', "uid\na;b\n": ',',
	} {
		if got := Sniff(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestAppendCellReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 5_000 {
		cells := []string{"x", randomCSV(r), randomCSV(r), randomCSV(r)}
		var text []byte
		for i, c := range cells {
			if i > 0 {
				text = append(text, ',')
			}
			text = AppendCell(text, []byte(c), ',')
		}
		s := Scanner{Comma: ','}
		s.Next(string(text)+"\n", 0)
		if !slices.Equal(s.Cells, cells) {
			t.Fatalf("%q is written %q and read %q", cells, text, s.Cells)
		}
	}
}
