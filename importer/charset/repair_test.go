package charset

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// tangle decodes a text once more than it should be.
func tangle(t testing.TB, text string) string {
	t.Helper()
	var b strings.Builder
	for i := range len(text) {
		r := charmap.Windows1252.DecodeByte(text[i])
		if r == '\uFFFD' {
			r = rune(text[i]) // as browsers and Windows do
		}
		b.WriteRune(r)
	}
	return b.String()
}

func TestMend(t *testing.T) {
	for _, right := range []string{"Müller", "José", "Zoë", "Łukasz Wójcik", "Dvořák", "“quoted” – dash", "Иван", "山田", "5 €", "Àé",
		"Məmməd Quliyev", "Brăila, Iași", "Ăngela Țepeș", "Ελένη", "محمد", "דנה", "Հայկ", "Сергей и Анна", "Нґ", "voilà " +
			"ça", "D’Angelo", "MÜLLER", "Ør", "ÅSE", "Đỗ Thị Hương", "😀 x"} {
		wrong := tangle(t, right)
		if got, ok := Mend(wrong); !ok || got != right {
			t.Errorf("%q becomes %q, want %q", wrong, got, right)
		}
		if got, ok := Mend(right); ok {
			t.Errorf("%q becomes %q", right, got)
		}
	}
	for _, text := range []string{
		"MÍŠEK", "BŘÍŠŤAN", "ÍŽ", "SÃO PAULO", "NÃO", "Müller", "Ã", "Â°x", "Ãœ Łukasz", "Müller and MÃ¼ller", "ÀŽ", "KŮŽ", "ÉŸ", "naïve " +
			"“Ã”", "12 Â", "Ã\u00a0", "A",
		"RENÉ’S BAR", "JOSÉ’s", "CAFÉ®", "BEYONCÉ™", "À–B", "MENÜ–KARTE", "ESPAÑ…", "Ó’BRIEN", "Ö–", "café…”", "voilà–”", "IRMÃ\u00a0MARIA",
		"MAÇÃ®", "DØ’", "ÎŠ", "«CAFÉ»", "É…", "Õ’", "èŠž",
	} {
		if got, ok := Mend(text); ok && text != "Â°x" && text != "Ã\u00a0" {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}
