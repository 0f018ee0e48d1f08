package user

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestText(t *testing.T) {
	for _, c := range []struct {
		in, want string
		repairs  Repairs
	}{
		{"", "", Repairs{}},
		{"Anna Kim", "Anna Kim", Repairs{}},
		{"Zoë 李 👩‍🚀", "Zoë 李 👩‍🚀", Repairs{}}, // the joiner is text
		{"  Anna ", "Anna", Repairs{Trimmed: 1}},
		{"Anna  Kim", "Anna Kim", Repairs{Collapsed: 1}},
		{"Anna\u00A0Kim", "Anna Kim", Repairs{Collapsed: 1}},
		{"Anna\r\nKim", "Anna Kim", Repairs{Collapsed: 1}},
		{"Zoe\u0308", "Zoë", Repairs{Composed: 1}},
		{"An\u200Bna\x00", "Anna", Repairs{Control: 1}},
		{"\uFEFFAnna", "Anna", Repairs{Control: 1}},
		{"e\u200B\u0301", "é", Repairs{Control: 1}}, // what comes together composes
		{"Anna\x7f", "Anna", Repairs{Control: 1}},
		{"\t \n", "", Repairs{Trimmed: 1}},
	} {
		var r Repairs
		if got := normalise(c.in, &r); got != c.want || r != c.repairs {
			t.Errorf("%q: got %q %+v, want %q %+v", c.in, got, r, c.want, c.repairs)
		}
		if got := Text(c.in); got != c.want {
			t.Errorf("Text(%q) = %q", c.in, got)
		}
	}
}

// randomText is short and made of what is awkward.
func randomText(r *rand.Rand) string {
	parts := []string{"a", "B", "~", " ", "  ", "é", "e\u0301", "\u0301", "\u00A0", "\t", "\n", "\x01", "\x7f", "\u200B", "\uFEFF",
		"\u2000", "=", "'", "+", "-", "@", "＝", ";", "|", "\r", "\"", "李", "👩‍🚀", "12345678", "a b c d "}
	var b strings.Builder
	for range r.IntN(8) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

func TestTextProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 30_000 {
		s := randomText(r)
		once := Text(s)
		if twice := Text(once); twice != once {
			t.Fatalf("%q: %q becomes %q", s, once, twice)
		}
		if !norm.NFC.IsNormalString(once) || strings.TrimSpace(once) != once || strings.Contains(once, "  ") {
			t.Fatalf("%q becomes %q", s, once)
		}
		if clean(s) && once != s {
			t.Fatalf("%q is clean and becomes %q", s, once)
		}
		if slow := normaliseInFull(s, &Repairs{}); slow != once {
			t.Fatalf("%q becomes %q by a short cut and %q in full", s, once, slow)
		}
	}
}

func TestCleanLooksAtEveryByte(t *testing.T) {
	plain := "abcdefghijklmnopqrstuvw"
	for i := range len(plain) {
		for c := range 256 {
			s := plain[:i] + string([]byte{byte(c)}) + plain[i+1:]
			want := c > ' ' && c <= '~' || c == ' ' && i > 0 && i < len(plain)-1
			if clean(s) != want {
				t.Fatalf("clean(%q) = %v", s, !want)
			}
		}
		if i > 0 && i < len(plain)-2 && clean(plain[:i]+"  "+plain[i+2:]) {
			t.Fatalf("two spaces at %d are clean", i)
		}
	}
}

func TestDefuse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Anna", "Anna"}, {"=1+1", "'=1+1"}, {"+49", "'+49"}, {"-1", "'-1"}, {"@x", "'@x"}, {"\tx", "'\tx"}, {"＝1", "'＝1"},
		{"'=x", "''=x"}, {"'n Beetje", "'n Beetje"}, {"", ""}, {"'", "'"}, {" =1", "' =1"}, {"\"=1", "'\"=1"},
		{"x;=1+1;y", "'x;'=1+1;y"}, {"x;\"=1+1\";y", "'x;'\"=1+1\";y"}, {"x; \u00a0=1", "'x;' \u00a0=1"}, {"x\t@SUM(A1)", "'x\t'@SUM(A1)"},
		{"x|+1", "'x|'+1"}, {"x\n-1", "'x\n'-1"}, {"x\r\n＝1", "'x\r'\n'＝1"}, {"x;;=1", "'x;;'=1"}, {"x;'=1", "'x;''=1"},
		{"=a;-b", "'=a;'-b"},
		{"x;y=1", "x;y=1"}, {"a\nb", "a\nb"}, {"a, -b", "a, -b"}, {"; ", "; "},
	} {
		if got := Defuse(c.in); got != c.want {
			t.Errorf("Defuse(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestUndefuseIsTheInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 30_000 {
		s := randomText(r)
		d := Defuse(s)
		if back, _ := Undefuse(d); back != s {
			t.Fatalf("%q is defused to %q and back to %q", s, d, back)
		}
		if d != "" && strings.ContainsAny(d[:1], "=+-@\t\r\n") {
			t.Fatalf("%q is defused to %q", s, d)
		}
		for _, cell := range strings.FieldsFunc(d, func(c rune) bool { return strings.ContainsRune(CellEnds, c) }) {
			if cell = strings.TrimFunc(cell, func(c rune) bool { return c != '\'' && passedOver(c) }); strings.IndexAny(cell,
				"=+-@＝") == 0 {
				t.Fatalf("%q is defused to %q, in which %q runs", s, d, cell)
			}
		}
		if read, _ := Undefuse(Verbatim(s)); read != s {
			t.Fatalf("%q as a cell is %q, and reads as %q", s, Verbatim(s), read)
		}
		if d == s {
			if _, ok := Undefuse(s); ok {
				t.Fatalf("%q was not defused and is undefused", s)
			}
		}
	}
}

func TestUnits(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "é": 1, "李": 1, "😀": 2, "👩‍🚀": 5} {
		if got := units(s); got != want {
			t.Errorf("units(%q) = %d, want %d", s, got, want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add(" a\u0301\u200B b ")
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		once := Text(s)
		if Text(once) != once {
			t.Errorf("%q: %q becomes %q", s, once, Text(once))
		}
		if back, _ := Undefuse(Defuse(s)); back != s {
			t.Errorf("%q comes back as %q", s, back)
		}
	})
}

// What inert lets through is what normalising in full leaves alone: each
// character by itself, and, since none of them combines with what stands
// before it, any row of them.
func TestInertLooksAtEveryCharacter(t *testing.T) {
	let := 0
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := "a" + string(r) + "b"
		if !inert(s) || r == utf8.RuneError {
			continue
		}
		let++
		if got := normaliseInFull(s, &Repairs{}); got != s {
			t.Fatalf("inert(%q), and in full it becomes %q", s, got)
		}
		if !norm.NFC.PropertiesString(string(r)).BoundaryBefore() {
			t.Fatalf("%q combines with what stands before it", r)
		}
	}
	if let < 30_000 {
		t.Errorf("inert lets through %d characters", let)
	}
	for a := range 256 {
		for b := range 256 {
			if s := "ab" + string([]byte{byte(a), byte(b)}) + "cd"; inert(s) &&
				(!utf8.ValidString(s) || normaliseInFull(s, &Repairs{}) != s) {
				t.Fatalf("inert(%q)", s)
			}
		}
	}
	for _, s := range []string{"", " a", "a ", "a  b", "é\u0301", "e\u0301", "a\u00A0b", "日\u3099"} {
		if inert(s) {
			t.Errorf("inert(%q)", s)
		}
	}
	for _, s := range []string{"Łukasz Wiśniewski", "Jürgen Groß", "Đỗ Thị Hạnh", "Пётр", "Ελένη", "日本 太郎", "김민준", "🚚"} {
		if !inert(s) {
			t.Errorf("inert refuses %q", s)
		}
	}
}
