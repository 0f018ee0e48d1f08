package importer

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
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
			r = mustRead(t, Options{Encoding: name}, write(t, "a.csv", encoded(t, text, name)))
			if got := show(t, r); got != want || r.Intake().Files[0].Encoding != name {
				t.Errorf("%s, declared: %s", name, got)
			}
		}
	}
}
