package importer

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
)

// named are people as a CSV.
func named(names string) string {
	var b strings.Builder
	b.WriteString("uid,name,role\n")
	for i, n := range strings.Split(names, "|") {
		fmt.Fprintf(&b, "u%d,%s,staff\n", i+1, n)
	}
	return b.String()
}

// encoded is a text in an encoding, without a mark.
func encoded(t testing.TB, text, name string) string {
	t.Helper()
	if name == "utf-8" {
		return text // with what is wrong in it
	}
	e, err := ianaindex.IANA.Encoding(name)
	if name == "ibm858" { // which has no name there
		e, err = charmap.CodePage858, nil
	}
	if err != nil || e == nil {
		t.Fatalf("%s: %v", name, err)
	}
	out, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatalf("%s has not all of %q: %v", name, text, err)
	}
	return out
}

// An encoding that was found out is told; said, it is no news.
func TestAFoundEncodingIsTold(t *testing.T) {
	text := named("Łukasz Wiśniewski|Małgorzata Dąbrowska|Paweł Wójcik|Grażyna Kamińska|Świętosław Żuraw")
	want := show(t, csvText(t, Options{}, text))
	for name, notice := range map[string]string{"": "notice encoding 0\n", "windows-1250": ""} {
		r := mustRead(t, Options{Settings: columns.Settings{Encoding: name}}, write(t, "a.csv", encoded(t, text, "windows-1250")))
		if got := show(t, r); got != want+notice || r.Intake().Files[0].Encoding != "windows-1250" {
			t.Errorf("%q: read as %s: %s", name, r.Intake().Files[0].Encoding, got)
		}
	}
}

// Each encoding that can be declared is tried with people of its letters.
func TestEveryEncodingIsTried(t *testing.T) {
	_, err := charset.Named("klingon")
	if err == nil {
		t.Fatal("klingon is an encoding")
	}
	_, list, ok := strings.Cut(err.Error(), "those are auto, ")
	if !ok {
		t.Fatal(err)
	}
	for _, entry := range regexp.MustCompile(`[^ ,]+( \(.*?\))?`).FindAllString(list, -1) {
		tried := entry == "utf-16" // whose order is found
		for _, name := range strings.FieldsFunc(entry, func(c rune) bool { return strings.ContainsRune(" ,()", c) }) {
			_, has := scripts[name]
			tried = tried || has
		}
		if !tried {
			t.Errorf("no people are written in %s", entry)
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
		r := mustRead(t, Options{Settings: columns.Settings{Encoding: c.declared}}, write(t, "a.csv", c.mark+encoded(t, text, c.name)))
		if got := show(t, r); strings.Replace(got, "notice encoding 0\n", "", 1) != want ||
			strings.Contains(got, "encoding") != (c.notice != "") || r.Intake().Files[0].Encoding != c.name {
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
		{"uid,name\nu1,x\x98y\n", "its bytes do not tell its encoding"},
		{"uid,name\nu1,Andr\xE9", "ends in the only byte that is not ASCII"},
		{"uid,name\nu1,Kova\xE8\nu2,Dvo\xF8k\nu3,S\xF8r\n", "is not UTF-8, and may be windows-1252"},
	} {
		r, err := Read(context.Background(), []string{write(t, "a.csv", c.text)}, Options{})
		if err == nil {
			t.Errorf("%q was read as %s: %s", c.text, r.Intake().Files[0].Encoding, show(t, r))
			r.Close()
			continue
		}
		if !strings.Contains(err.Error(), c.want) || !strings.HasSuffix(err.Error(), "; say what it is with --encoding, or save it as "+
			"UTF-8") {
			t.Errorf("%q: %v", c.text, err)
		}
		mustRead(t, Options{Settings: columns.Settings{Encoding: "windows-1252"}}, write(t, "a.csv", c.text))
	}
	if _, err := charset.Named("windows-1525"); err == nil || !strings.Contains(err.Error(), "did you mean windows-125") {
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
	head, looked := "uid,name,role\n", 256<<10
	ascii := rows(2*looked/10, "Anna")
	german := encoded(t, rows(2*looked/10, "Müller"), "windows-1252")
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
		{"", "uid,name\na,Zoë\nb,Caf\xE9\nc,C\n", "3 name: byte 0xE9 after 3 characters is not valid utf-8; "},
		{"windows-1252", "uid,name\na,Zo\xEB\nb,\x81Caf\xE9\nc,C\n", "3 name: byte 0x81 at its beginning is not valid windows-1252; "},
		{"shift_jis", "uid,name\na,\x8eR\x93c\nb,\x8eR\xFFx\nc,C\n", "3 name: byte 0xFF after 1 character is not valid shift_jis; "},
		// and takes no comma with it
		{"euc-kr", "uid,name,\na,A,\nb,\xb1\xe8\xb1,\n", "3 name: byte 0xB1 after 1 character is not valid euc-kr; "},
		{"utf-16le", encoded(t, "uid,name\na,A\nb,B", "utf-16le") + "\x00\xD8" + encoded(t, "x\n", "utf-16le"),
			"3 name: byte 0x00 after 1 character is not valid utf-16le; "},
	} {
		r := csvText(t, Options{Settings: columns.Settings{Encoding: c.encoding}}, c.text)
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
		r := mustRead(t, Options{Settings: columns.Settings{Encoding: name}}, write(t, "a.csv", whole[:len(whole)-1]))
		in := r.Intake()
		if len(in.EndsEarly) != 1 || in.Users != 1 || in.Rejected != 1 || in.Rejects.At(0).UID != "" {
			t.Errorf("%s: %q, %s", name, in.EndsEarly, show(t, r))
		}
		r = mustRead(t, Options{Settings: columns.Settings{Encoding: name}}, write(t, "a.csv.gz", zipped(t, whole)))
		if in := r.Intake(); len(in.EndsEarly) != 0 || in.Users != 2 {
			t.Errorf("%s, whole: %q, %s", name, in.EndsEarly, show(t, r))
		}
		gz := zipped(t, whole)
		r = mustRead(t, Options{Settings: columns.Settings{Encoding: name}}, write(t, "a.csv.gz", gz[:len(gz)-3]))
		if in := r.Intake(); len(in.EndsEarly) != 1 {
			t.Errorf("%s, cut archive: %q", name, in.EndsEarly)
		}
	}
}
