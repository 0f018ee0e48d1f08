package report

import (
	"strings"
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
		if got := (*markdown)(nil).text(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got, want := (*markdown)(nil).prose("<b> *x* @all `y` [z](u)"), "\\<b\\> \\*x\\* `@`all \\`y\\` \\[z\\](u)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// Every table keeps its number of columns, whatever the texts.
	content := render(t, mustNew(t, filled(func(place string) string { return place + " | <x> @all `" })).WriteSummary)
	for line := range strings.Lines(content) {
		if strings.HasPrefix(line, "#") && strings.Contains(line, "@all") && !strings.Contains(line, "`@`") {
			t.Errorf("%s calls somebody", line)
		}
	}
}
