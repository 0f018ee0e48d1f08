package importer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/internal/user"
)

// same are the people that every dialect and encoding tells of.
var same = [][]string{
	{"uid", "name", "tags", "statusMessage"},
	{"u1", "Anna Müller", "a|b", "on call, until 5; then off"},
	{"u2", "Jörg \"JJ\" Weiß", "", "two\nlines"},
	{"u3", "Käthe Groß", "x;y", "|\t"},
	{"u4", "Uwe", "", ""},
	{"u5", "Öli", "t", "O'Brien"},
}

// dialect writes records with a delimiter and a line end.
func dialect(records [][]string, comma, end string) string {
	var b strings.Builder
	for _, record := range records {
		for i, cell := range record {
			if i > 0 {
				b.WriteString(comma)
			}
			if strings.ContainsAny(cell, comma+"\"\r\n") {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			b.WriteString(cell)
		}
		b.WriteString(end)
	}
	return b.String()
}

func TestTheSamePeopleInEveryDialectAndEncoding(t *testing.T) {
	want := userLines(show(t, csvText(t, Options{}, dialect(same, ",", "\n"))))
	if strings.Count(want, "\n") != 5 {
		t.Fatal(want)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, comma := range []string{",", ";", "\t", "|"} {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			for _, name := range []string{"utf-8", "utf-16le", "utf-16be", "windows-1252", "windows-1250", "windows-1254", "iso-8859-15",
				"gb18030"} {
				text := dialect(same, comma, end)
				above := 0
				if r.IntN(2) == 0 {
					text, above = "Staff list"+end+end+text, 2
				} else if r.IntN(2) == 0 {
					text = "sep=" + comma + end + text
				}
				opt := Options{}
				if name == "gb18030" { // it has no ß of its own that shows
					text = strings.ReplaceAll(text, "ß", "ss")
					opt.Encoding = name
				}
				text = encoded(t, text, strings.Replace(name, "gb18030", "utf-8", 1))
				if name == "gb18030" {
					text = encoded(t, text, name)
				}
				got := userLines(show(t, csvText(t, opt, text)))
				w := want
				if name == "gb18030" {
					w = strings.ReplaceAll(w, "ß", "ss")
				}
				for row := 6; row > 1; row-- {
					w = strings.Replace(w, fmt.Sprintf("%d u%d", row, row-1), fmt.Sprintf("%d u%d", row+above, row-1), 1)
				}
				if got != w {
					t.Errorf("%q %q %s: got\n%swant\n%s", comma, end, name, got, w)
				}
			}
		}
	}
}

// userLines is show without its notices.
func userLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "notice ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestDelimiterIsFoundOverRows(t *testing.T) {
	for text, want := range map[string]byte{
		"uid;name\na;Kim, Anna\nb;Oz, Ben\n":      ';',
		"uid,tags\na,x;y;z\nb,x;y;z\n":            ',',
		"uid|name,full\na|A, B\n":                 '|',
		"\"uid\";\"Name, full\"\n\"a\";\"x,y\"\n": ';',
		"Staff, all of them\nuid\tname\na\tA\n":   '\t',
		"sep=;\nuid;name\na;A\n":                  ';',
		"\"sep=|\"\r\nuid|name\r\na|A\r\n":        '|',
		"SEP=^\nuid^name\na^A\n":                  '^',
		"uid\na\n":                                ',',
		"uid;a,b;c\nx;\"1\n2\";3\ny;4;5\n":        ';',
	} {
		r := csvText(t, Options{}, text)
		if got := r.sources[0].Comma; got != want || r.Intake().Rejected > 0 {
			t.Errorf("%q: %q, want %q; %s", text, got, want, show(t, r))
		}
	}
	// What is said is done.
	expect(t, csvText(t, Options{Settings: columns.Settings{Delimiter: ';'}}, "uid;name,x\na;A,B\n"), `2 a`, "notice ignored-column 1")
	expect(t, csvText(t, Options{Settings: columns.Settings{Delimiter: ';'}}, "sep=,\nuid;name\na;A\n"), `2 a name="A"`)
	for name, want := range map[string]rune{"comma": ',', ";": ';', "TAB": '\t', "pipe": '|', `\t`: '\t', "auto": 0, "": 0, "^": '^',
		"~": '~', ":": ':', " ": ' ', "x": 'x', `\x1f`: 0x1f, "\x01": 1, "§": '§', "¦": '¦'} {
		got, err := delimited.Delimiter(name)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v", name, got, err)
		}
		if again, err := delimited.Delimiter(delimited.Word(got)); got != 0 && (err != nil || again != got) {
			t.Errorf("%q: %q, %v", name, again, err)
		}
	}
	for _, name := range []string{"xx", `"`, "\n", "\r", `\x0a`, `\xff`, "§§", "\xff"} {
		if got, err := delimited.Delimiter(name); err == nil {
			t.Errorf("%q is the delimiter %q", name, got)
		}
	}
}

func TestLineEndsThatAreCarriageReturns(t *testing.T) {
	expect(t, csvText(t, Options{}, "uid,name\ra,\"A\nB\"\r\rb,B\r"), `2 a name="A B"`, `4 b name="B"`, "notice blank-rows 1",
		"notice repaired 1")
	expect(t, csvText(t, Options{}, "uid,name\ra,A"), `2 a name="A"`)
	// Over the borders of chunks, and with some that are both.
	var b strings.Builder
	b.WriteString("uid,name\r")
	n := 0
	for ; b.Len() < 3*delimited.ChunkSize; n++ {
		fmt.Fprintf(&b, "user-%d,N%d\r", n, n)
	}
	b.WriteString("x,y\r\nlast,L\r\n")
	r := csvText(t, Options{}, b.String())
	if ref, _, ok := r.Find("last"); !ok || r.Intake().Users != n+2 {
		t.Errorf("%d users of %d", r.Intake().Users, n+2)
	} else if row, err := r.Load(ref); err != nil || row.Source.Row != n+3 {
		t.Errorf("%v, %v", row.Source, err)
	}
}

func TestStrayQuotesAndZeroBytes(t *testing.T) {
	expect(t, csvText(t, Options{}, "uid,name\na,Anna \"Ace\" Kim\nb,5\" nail\nc,C\x00\n"),
		`2 a name="Anna \"Ace\" Kim"`, `3 b name="5\" nail"`, `4 c name="C"`, "notice zero-bytes 1", "notice repaired 1")
	expect(t, csvText(t, Options{}, "uid,name\na\x00b,A\nc,C\n"), `3 c name="C"`, `reject 2 uid="" uid uid-invalid "a\x00b"`,
		"notice zero-bytes 1")
	for _, c := range []struct {
		rewrite user.Rewrite
		says    string
	}{{user.NoRewrite, "and a uid with one is refused"}, {user.RewriteSlug, "and a uid with one is rewritten"}, {user.RewriteCometChat,
		"and a uid with one is rewritten"}} {
		notices := csvText(t, Options{Rules: user.Rules{Rewrite: c.rewrite}}, "uid,name\na\x00b,A\nc,C\n").Intake().Notices
		if !slices.ContainsFunc(notices, func(n user.Notice) bool { return strings.HasSuffix(n.Message, c.says) }) {
			t.Errorf("%s: the notices are %+v", c.rewrite, notices)
		}
	}
}

// A delimiter of several bytes separates as any other does.
func TestDelimitersBeyondASCII(t *testing.T) {
	want := userLines(show(t, csvText(t, Options{}, dialect(same, ",", "\n"))))
	for _, comma := range []string{"§", "¦", "·", "→", "😀"} {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			for _, name := range []string{"utf-8", "utf-16le"} {
				records := slices.Clone(same)
				records[4] = []string{"u4", "Uwe", "", ""}
				delimiter, _ := utf8.DecodeRuneInString(comma)
				text := dialect(records, comma, end)
				got := userLines(show(t, csvText(t, Options{Settings: columns.Settings{Delimiter: delimiter, Encoding: name}}, encoded(t,
					text, name))))
				if got != want {
					t.Errorf("%q %q: got\n%swant\n%s", comma, end, got, want)
				}
			}
		}
	}
	opt := Options{Settings: columns.Settings{Delimiter: '§'}}
	expect(t, csvText(t, opt, "uid§name\na§\"x § \"\"y\"\"\"\nb§B§C\n"), `2 a name="x § \"y\""`, `reject 3 uid=""  cells-extra ""`)
}

// Rejects that come back are delimited as reports delimit them, whatever the
// sources are.
func TestRejectsBesideADelimiterThatIsNamed(t *testing.T) {
	for _, comma := range []string{";", "^", "§"} {
		delimiter, _ := utf8.DecodeRuneInString(comma)
		opt := Options{Settings: columns.Settings{Delimiter: delimiter}}
		path := write(t, "a.csv", strings.ReplaceAll("uid,name\na,A\nÜ b,Ben\n", ",", comma))
		rejects := strings.Replace(rejectsText(t, mustRead(t, opt, path).Intake()), "Ü b", "ub", 1)
		if r := mustRead(t, opt, path, write(t, "rejects.csv", rejects)); r.Intake().Users != 2 || r.Intake().Rejected > 0 {
			t.Errorf("%s: %s", comma, show(t, r))
		}
	}
}
