package phrase

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestTexts(t *testing.T) {
	for _, c := range []struct{ what, got, want string }{
		{"a small number", Thousands(999), "999"},
		{"a large number", Thousands(1234567), "1,234,567"},
		{"a negative number", Thousands(-123456), "-123,456"},
		{"one", Counted(1, "row"), "1 row"},
		{"many", Counted(1204, "row"), "1,204 rows"},
		{"a plain text", Visible("Zoë"), "Zoë"},
		{"a text that acts", Visible("a\nb\u202Ec\x1b"), "a⏎b⟨U+202E⟩c⟨U+001B⟩"},
		{"a plain word of a shell", shellWord("rev/plan.json", false), "rev/plan.json"},
		{"a word with a quote", shellWord(`it's a\b`, false), `'it'\''s a\b'`},
		{"a header with a quote", MapOption("o'clock", "uid"), `--map 'o'\''clock=uid'`},
		{"a plain word on Windows", shellWord(`C:\rev\plan.json`, true), `C:\rev\plan.json`},
		{"a word with a space on Windows", shellWord(`C:\my rev\plan.json`, true), `"C:\my rev\plan.json"`},
		{"a text with room", Shorten("Zoë", 3), "Zoë"},
		{"a text without room", Shorten("Zoë Gone", 4), "Zoë…"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	if got, want := Wrap("a bc  def ghijklmno p", 6), []string{"a bc", "def", "ghijklmno", "p"}; !slices.Equal(got, want) {
		t.Errorf("wrapped: %q, want %q", got, want)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		36 * time.Hour: "36h", 90 * time.Minute: "1h30m", 5 * time.Minute: "5m", 90 * time.Second: "1m30s", 10 * time.Second: "10s",
		0:               "0s",
		100 * time.Hour: "100h", 10 * time.Minute: "10m", time.Hour + 30*time.Second: "1h0m30s",
	} {
		if got := Span(d); got != want {
			t.Errorf("%d is %q, want %q", d, got, want)
		}
	}
}

// Counts are grouped wherever they come into a sentence, and a sentence that names a row
// or an option is put together by fmt.
func TestNumbersAreGrouped(t *testing.T) {
	for got, want := range map[string]string{
		Sprintf("%d of %d", 999, 1000):                            "999 of 1,000",
		Sprintf("%v, %s", -1234567, "1234"):                       "-1,234,567, 1234",
		Sprintf("%d bytes", int64(8<<20)):                         "8,388,608 bytes",
		Errorf("%d users: %w", 12000, errors.New("no")).Error():   "12,000 users: no",
		Sprintf("%d%% of %s", 1000, Counted(1_000_000, "person")): "1,000% of 1,000,000 persons",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
