package document

import (
	"testing"
)

func TestSummaryTakesNothingForMarkup(t *testing.T) {
	for text, want := range map[string]string{
		"Ada Lovelace":        "Ada Lovelace",
		"O'Neill":             "O'Neill",
		"山田 太郎":               "山田 太郎",
		"@here":               "`@here`",
		"a|b":                 "`a\\|b`",
		"`x`":                 "`` `x` ``",
		"<b>":                 "`<b>`",
		"[a](http://x)":       "`[a](http://x)`",
		"a\nb":                "`a⏎b`",
		"www.evil.example":    "`www.evil.example`",
		"\u202Egpj.exe":       "`⟨U+202E⟩gpj.exe`",
		"":                    "",
		"**bold** _it_ ~no~ ": "`**bold** _it_ ~no~ `",
	} {
		if got := value(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got, want := prose("<b> *x* @all `y` [z](u)"), "\\<b\\> \\*x\\* `@`all \\`y\\` \\[z\\](u)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
