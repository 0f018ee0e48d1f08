package charset

import (
	"bytes"
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
	c, err := Named(name)
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

var tongues = []struct{ names, codings string }{
	{"Anna Müller|Jörg Weiß|Käthe Großkreutz|Uwe Schröder", "windows-1252"},
	{"José Muñoz|Iñaki Nuñez|María Peña|Ángel Ibáñez|Begoña Gómez", "windows-1252"},
	{"Hélène Lefèvre|François Élie|Zoë Béranger|Benoît Crête|Eugène Çelin", "windows-1252"},
	{"João Gonçalves|Conceição Simões|Inês Guimarães|Sebastião Araújo", "windows-1252"},
	{"Søren Kjærgård|Bjørn Ægidius|Åsa Lindström|Håkan Sjöberg|Jørgen Nørgaard", "windows-1252"},
	{"José García|Anna Müller|Søren Nielsen|Zoë Brontë|Björk Guðmundsdóttir", "windows-1252"},
	{"José Müller|Søren Müller|Søren Nielsen", "windows-1252"}, // nobody could say Sřren
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

// named are people as a CSV.
func named(names string) string {
	var b strings.Builder
	b.WriteString("uid,name,role\n")
	for i, n := range strings.Split(names, "|") {
		fmt.Fprintf(&b, "u%d,%s,staff\n", i+1, n)
	}
	return b.String()
}

func TestEncodingsAreFoundOut(t *testing.T) {
	for _, c := range tongues {
		text := named(c.names)
		for name := range strings.FieldsSeq(c.codings) {
			d := NewDecoder(strings.NewReader(encoded(t, text, name)), nil)
			got, err := io.ReadAll(d)
			if err != nil || string(got) != text || d.Encoding().Name != name || !d.Found {
				t.Errorf("%s was read as %s, %v:\n%s", name, d.Encoding().Name, err, got)
			}
			declared, err := Named(name)
			if err != nil {
				t.Fatal(err)
			}
			d = NewDecoder(strings.NewReader(encoded(t, text, name)), declared)
			if got, err := io.ReadAll(d); err != nil || string(got) != text || d.Encoding() != declared || d.Found {
				t.Errorf("%s, declared: %v, %s", name, err, got)
			}
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
		got, err := io.ReadAll(NewDecoder(bytes.NewReader(text), c))
		if err != nil || !bytes.Equal(got, want) || len(want) < 1000 {
			t.Errorf("%s: %d bytes are read otherwise, %v", c.Name, len(want), err)
		}
	}
}

// TestALineEndsWithinACharacter has lines whose last bytes could begin a character of
// more, were there no line break behind them: the lines after such a one are read as ever.
func TestALineEndsWithinACharacter(t *testing.T) {
	for name, broken := range map[string]string{"gb18030": "\xF3\x36\n", "gbk": "\xF3\x36\n", "euc-jp": "\x8F\n"} {
		c, err := Named(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, lines := range []int{3, 30_000} {
			after := strings.Repeat("u1,abc\n", lines)
			got, err := io.ReadAll(NewDecoder(strings.NewReader("u0,x"+broken+after), c))
			first, rest, _ := strings.Cut(string(got), "\n")
			if err != nil || rest != after || !strings.Contains(first, "\xFF") {
				t.Errorf("%s: %d bytes of %d lines, %v", name, len(got), lines, err)
			}
		}
	}
}

// Every encoding is found by each of its names, in whatever spelling, and no
// name is of two.
func TestNamesOfEncodings(t *testing.T) {
	seen := map[string]string{}
	_, err := Named("klingon")
	if err == nil {
		t.Fatal("klingon is an encoding")
	}
	for _, c := range slices.Concat(declarable, detectable) {
		for _, name := range append([]string{c.Name}, c.also...) {
			if other := seen[name]; other != "" {
				t.Errorf("%s is %s and %s", name, other, c.Name)
			}
			seen[name] = c.Name
			for _, spelt := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "-", ""),
				strings.ReplaceAll(name, "-", "_")} {
				if got, err := Named(spelt); err != nil || got != c {
					t.Errorf("%s: %v, %v", spelt, got, err)
				}
			}
			if !strings.Contains(err.Error(), name) {
				t.Errorf("the error for an unknown name does not list %s", name)
			}
		}
	}
	for _, name := range []string{"ibm850", "cp850", "ibm852", "ibm855", "ibm866", "cp866", "ibm437", "koi8-r", "koi8-u", "macintosh",
		"windows-1257", "windows-1258", "windows-874", "latin1", "cp1252", "gbk"} {
		if seen[name] == "" {
			t.Errorf("%s is not known", name)
		}
	}
	if _, err := Named("cp851"); err == nil || !strings.Contains(err.Error(), "did you mean cp85") {
		t.Error(err)
	}
}
