package importer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/transform"
)

// encoded is a text in an encoding, with or without a mark.
func encoded(t testing.TB, text, name string) string {
	t.Helper()
	c, err := codingOf(name)
	if err != nil || c == nil {
		t.Fatalf("%s: %v", name, err)
	}
	var b bytes.Buffer
	switch c.kind {
	case utf8Text:
		return text
	case utf16Text:
		for _, u := range utf16.Encode([]rune(text)) {
			if c.bigEndian {
				b.Write([]byte{byte(u >> 8), byte(u)})
			} else {
				b.Write([]byte{byte(u), byte(u >> 8)})
			}
		}
		return b.String()
	case manyByte:
		out, err := c.many.NewEncoder().String(text)
		if err != nil {
			t.Fatalf("%s has not all of %q: %v", name, text, err)
		}
		return out
	}
	out, err := c.table.NewEncoder().String(text)
	if err != nil {
		t.Fatalf("%s has not all of %q: %v", name, text, err)
	}
	return out
}

// named are people as a CSV.
func named(names string) string {
	var b strings.Builder
	b.WriteString("uid,name,role\n")
	for i, n := range strings.Split(names, "|") {
		fmt.Fprintf(&b, "u%d,%s,staff\n", i+1, n)
	}
	return b.String()
}

var tongues = []struct{ names, codings string }{
	{"Anna Müller|Jörg Weiß|Käthe Großkreutz|Uwe Schröder", "windows-1252"},
	{"José Muñoz|Iñaki Nuñez|María Peña|Ángel Ibáñez|Begoña Gómez", "windows-1252"},
	{"Hélène Lefèvre|François Élie|Zoë Béranger|Benoît Crête|Eugène Çelin", "windows-1252"},
	{"João Gonçalves|Conceição Simões|Inês Guimarães|Sebastião Araújo", "windows-1252"},
	{"Søren Kjærgård|Bjørn Ægidius|Åsa Lindström|Håkan Sjöberg|Jørgen Nørgaard", "windows-1252"},
	{"José García|Anna Müller|Søren Nielsen|Zoë Brontë|Björk Guðmundsdóttir", "windows-1252"},
	{"Guðrún Þórðardóttir|Björn Sigurðsson|Æsa Ýmisdóttir|Hörður Ólafsson|Sigríður Jónsdóttir", "windows-1252"},
	{"Łukasz Wiśniewski|Małgorzata Dąbrowska|Paweł Wójcik|Grażyna Kamińska|Świętosław Żuraw", "windows-1250 iso-8859-2"},
	{"Tomáš Dvořák|Jiří Černý|Zdeněk Růžička|Květa Šťastná|Řehoř Křeček|Anežka Němcová", "windows-1250 iso-8859-2"},
	{"Erdős Pál|Szőke Ágnes|Fűzfa Győző|Bartók Béla|Kovács Jenő|Tűzkő Éva|Hegedűs Örs", "windows-1250"},
	{"Yıldız Şahin|Gülşen Öztürk|İbrahim Doğan|Çağla Işık|Ayşe Güneş|Tuğba Koç", "windows-1254"},
	{"Иванов Иван|Петрова Мария|Сидоров Алексей|Кузнецова Ольга", "windows-1251 iso-8859-5"},
	{"Παπαδόπουλος Γιώργος|Μαρία Νικολάου|Ελένη Αντωνίου|Κώστας Δημητρίου", "windows-1253"},
	{"כהן יוסף|לוי שרה|מזרחי דוד|פרץ רחל|ביטון אברהם", "windows-1255"},
	{"محمد أحمد|فاطمة علي|عبد الله حسن|خالد إبراهيم", "windows-1256 iso-8859-6"},
	{"佐藤 健一|鈴木 花子|高橋 美咲|田中 太郎|渡辺 さくら", "shift_jis euc-jp"},
	{"山田太郎|中村恵子|小林誠", "shift_jis euc-jp"},
	{"김철수|이영희|박지훈|최민정|정수빈", "euc-kr"},
	{"王伟|李娜|张敏|刘洋|陈静", "gb18030"},
	{"陳志明|林淑芬|黃俊傑|張雅婷|李國華", "big5"},
}

func TestEncodingsAreFoundOut(t *testing.T) {
	for _, c := range tongues {
		text := named(c.names)
		want := show(t, csvText(t, Options{}, text))
		for name := range strings.FieldsSeq(c.codings) {
			r, err := Read(context.Background(), []string{write(t, "a.csv", encoded(t, text, name))}, Options{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got := show(t, r)
			if f := r.Intake().Files[0]; f.Encoding != name || got != want+"notice encoding 0\n" {
				t.Errorf("%s was read as %s:\n%s", name, f.Encoding, got)
			}
			r.Close()
			// Said, it is no news.
			r = mustRead(t, Options{Settings: Settings{Encoding: name}}, write(t, "a.csv", encoded(t, text, name)))
			if got := show(t, r); got != want || r.Intake().Files[0].Encoding != name {
				t.Errorf("%s, declared: %s", name, got)
			}
		}
	}
}

func TestUTF16(t *testing.T) {
	text := named("Anna Müller|山田太郎|Zoë 😀|Ünal") + "last,\"two\r\nlines\",staff\r\n"
	want := show(t, csvText(t, Options{}, text))
	for _, c := range []struct {
		name, mark, declared, notice string
	}{
		{"utf-16le", "\xFF\xFE", "", ""},
		{"utf-16be", "\xFE\xFF", "", ""},
		{"utf-16le", "", "", "encoding"},
		{"utf-16be", "", "", "encoding"},
		{"utf-16be", "", "UTF-16", ""},
		{"utf-16le", "\xFF\xFE", "utf16", ""},
		{"utf-16be", "\xFE\xFF", "windows-1252", "encoding"}, // a mark is surer than a word
		{"utf-8", "\xEF\xBB\xBF", "windows-1252", "encoding"},
	} {
		r := mustRead(t, Options{Settings: Settings{Encoding: c.declared}}, write(t, "a.csv", c.mark+encoded(t, text, c.name)))
		if got := show(t, r); strings.Replace(got, "notice encoding 0\n", "", 1) != want || strings.Contains(got, "encoding") != (c.notice != "") || r.Intake().Files[0].Encoding != c.name {
			t.Errorf("%+v was read as %s: %s", c, r.Intake().Files[0].Encoding, got)
		}
	}
	// Zero bytes in other text are no UTF-16.
	for _, text := range []string{"uid,name\na,A\x00\x00\nb,B\x00\n", "uid,name\na,A\x00\n"} {
		r := csvText(t, Options{}, text)
		if f := r.Intake().Files[0]; f.Encoding != "utf-8" || r.Intake().Users != r.Intake().Rows {
			t.Errorf("%q: %s, %s", text, f.Encoding, show(t, r))
		}
	}
}

func TestWhereTwoEncodingsReadWellNobodyGuesses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// Hungarian, Portuguese, Turkish, Icelandic in one word each.
		{"uid,name\nu1,Ayd\xFDn\n", "may be windows-1252"},
		{"uid,name\nu1,\xC1\xC2\xC3\xC4\n", "is not UTF-8, and may be "},
		{"uid,name\nu1,\x81\x8D\x8F\n", "may be windows-1256, but not surely"},
		{"uid,name\nu1,x\x98y\n", "its encoding can't be told from its bytes"},
		{"uid,name\nu1,Andr\xE9", "ends in the only byte that is not ASCII"},
		{"uid,name\nu1,Kova\xE8\nu2,Dvo\xF8k\nu3,S\xF8r\n", "is not UTF-8, and may be windows-1252"},
	} {
		r, err := Read(context.Background(), []string{write(t, "a.csv", c.text)}, Options{})
		if err == nil {
			t.Errorf("%q was read as %s: %s", c.text, r.Intake().Files[0].Encoding, show(t, r))
			r.Close()
			continue
		}
		if !strings.Contains(err.Error(), c.want) || !strings.HasSuffix(err.Error(), "; say what it is with --encoding, or save it as UTF-8") {
			t.Errorf("%q: %v", c.text, err)
		}
		mustRead(t, Options{Settings: Settings{Encoding: "windows-1252"}}, write(t, "a.csv", c.text))
	}
	if err := CheckEncoding("windows-1525"); err == nil || !strings.Contains(err.Error(), "did you mean windows-125") {
		t.Errorf("%v", err)
	}
}

func TestAnEncodingShowsLate(t *testing.T) {
	// Longer than what is looked at, without anything that tells.
	rows := func(n int, name string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a%s%d,%s,staff\n", name[:1], i, name)
		}
		return b.String()
	}
	head := "uid,name,role\n"
	ascii := rows(2*detectBytes/10, "Anna")
	german := encoded(t, rows(2*detectBytes/10, "Müller"), "windows-1252")
	czech := strings.TrimPrefix(named("Tomáš Dvořák|Jiří Černý|Zdeněk Růžička|Květa Šťastná|Anežka Němcová"), head)
	for _, c := range []struct{ text, want string }{
		{head + ascii + encoded(t, czech, "windows-1250"), "windows-1250"},
		{head + ascii + czech, "utf-8"},
		{head + ascii + german, "windows-1252"},
		{head + ascii + german + encoded(t, czech, "windows-1250"), "windows-1250"}, // what was read until then is the same
		{head + ascii + czech + german, "utf-8"},
	} {
		r := csvText(t, Options{}, c.text)
		in := r.Intake()
		if in.Files[0].Encoding != c.want || (in.Rejected > 0) != (strings.HasSuffix(c.text, german) && c.want == "utf-8") {
			t.Errorf("read as %s with %d rejects, want %s", in.Files[0].Encoding, in.Rejected, c.want)
		}
		if _, _, ok := r.Find("u1"); ok != strings.Contains(c.text, "\nu1,") {
			t.Errorf("u1: %v", ok)
		}
	}
}

func TestBytesThatAreNoTextRefuseTheirRow(t *testing.T) {
	for _, c := range []struct{ encoding, text, want string }{
		{"", "uid,name\na,Zoë\nb,Caf\xE9\nc,C\n", "3 name: the byte E9 behind 3 characters is no utf-8; "},
		{"windows-1252", "uid,name\na,Zo\xEB\nb,\x81Caf\xE9\nc,C\n", "3 name: the byte 81 at its beginning is no windows-1252; "},
		{"shift_jis", "uid,name\na,\x8eR\x93c\nb,\x8eR\xFFx\nc,C\n", "3 name: the byte FF behind 1 character is no shift_jis; "},
		{"euc-kr", "uid,name,\na,A,\nb,\xb1\xe8\xb1,\n", "3 name: the byte B1 behind 1 character is no euc-kr; "}, // and takes no comma with it
		{"utf-16le", encoded(t, "uid,name\na,A\nb,B", "utf-16le") + "\x00\xD8" + encoded(t, "x\n", "utf-16le"), "3 name: the byte 00 behind 1 character is no utf-16le; "},
	} {
		r := csvText(t, Options{Settings: Settings{Encoding: c.encoding}}, c.text)
		in := r.Intake()
		if in.Rejected != 1 {
			t.Errorf("%q: %s", c.text, show(t, r))
			continue
		}
		reject := in.Rejects.At(0)
		got := fmt.Sprintf("%d %s: %s", reject.Source.Row, reject.Defects[0].Column, reject.Defects[0].Message)
		if c.want != "" && (!strings.HasPrefix(got, c.want) || reject.UID != "b") {
			t.Errorf("%q: %s", c.text, got)
		}
	}
}

func TestTextThatIsCutOffWithinACharacter(t *testing.T) {
	for _, name := range []string{"utf-8", "utf-16le", "utf-16be", "shift_jis", "euc-jp", "gb18030"} {
		whole := encoded(t, "uid,name\na,山田\nb,中村", name)
		r := mustRead(t, Options{Settings: Settings{Encoding: name}}, write(t, "a.csv", whole[:len(whole)-1]))
		in := r.Intake()
		if len(in.EndsEarly) != 1 || in.Users != 1 || in.Rejected != 1 || in.Rejects.At(0).UID != "" {
			t.Errorf("%s: %q, %s", name, in.EndsEarly, show(t, r))
		}
		r = mustRead(t, Options{Settings: Settings{Encoding: name}}, write(t, "a.csv.gz", zipped(t, whole)))
		if in := r.Intake(); len(in.EndsEarly) != 0 || in.Users != 2 {
			t.Errorf("%s, whole: %q, %s", name, in.EndsEarly, show(t, r))
		}
		gz := zipped(t, whole)
		r = mustRead(t, Options{Settings: Settings{Encoding: name}}, write(t, "a.csv.gz", gz[:len(gz)-3]))
		if in := r.Intake(); len(in.EndsEarly) != 1 {
			t.Errorf("%s, cut archive: %q", name, in.EndsEarly)
		}
	}
}

// TestPairsOfBytes holds each two bytes of the encodings with many, which are
// decoded by themselves, against decoding them in the midst of a line.
func TestPairsOfBytes(t *testing.T) {
	for _, c := range detectable {
		if c.kind != manyByte {
			continue
		}
		var text, want []byte
		for lead := 0x80; lead <= 0xFF; lead++ {
			for trail := range 256 {
				line := []byte{'x', byte(lead), byte(trail), 'a', '\n'}
				if trail == '\n' {
					continue
				}
				out, _, err := transform.Bytes(c.many.NewDecoder(), line)
				if err != nil || bytes.Contains(out, []byte("\uFFFD")) || bytes.IndexByte(out, '\n') != len(out)-1 {
					continue
				}
				text, want = append(text, line...), append(want, out...)
			}
		}
		got, err := io.ReadAll(newDecoder(bytes.NewReader(text), c))
		if err != nil || !bytes.Equal(got, want) || len(want) < 1000 {
			t.Errorf("%s: %d bytes are read otherwise, %v", c.name, len(want), err)
		}
	}
}

// Every encoding is found by each of its names, in whatever spelling, and no
// name is of two.
func TestNamesOfEncodings(t *testing.T) {
	seen := map[string]string{}
	err := CheckEncoding("klingon")
	if err == nil {
		t.Fatal("klingon is an encoding")
	}
	for _, c := range slices.Concat(declarable, detectable) {
		for _, name := range append([]string{c.name}, c.also...) {
			if other := seen[name]; other != "" {
				t.Errorf("%s is %s and %s", name, other, c.name)
			}
			seen[name] = c.name
			for _, spelt := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "-", ""), strings.ReplaceAll(name, "-", "_")} {
				if got, err := codingOf(spelt); err != nil || got != c {
					t.Errorf("%s: %v, %v", spelt, got, err)
				}
			}
			if !strings.Contains(err.Error(), name) {
				t.Errorf("the error for an unknown name does not list %s", name)
			}
		}
		if _, ok := scripts[c.name]; !ok && c.kind == oneByte && !slices.ContainsFunc(c.also, func(n string) bool { _, ok := scripts[n]; return ok }) {
			t.Errorf("no people are written in %s", c.name)
		}
	}
	for _, name := range []string{"ibm850", "cp850", "ibm852", "ibm855", "ibm866", "cp866", "ibm437", "koi8-r", "koi8-u", "macintosh", "windows-1257", "windows-1258", "windows-874", "latin1", "cp1252", "gbk"} {
		if seen[name] == "" {
			t.Errorf("%s is not known", name)
		}
	}
	if err := CheckEncoding("cp851"); err == nil || !strings.Contains(err.Error(), "did you mean cp85") {
		t.Error(err)
	}
}
