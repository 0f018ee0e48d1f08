// Package phrase puts numbers, times, lists and near misses into sentences. It refuses
// to know what any sentence is about.
package phrase

import (
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Form is the form of a number.
func Form(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Or is a list of which one is meant: a, b or c.
func Or(words []string) string { return listed(words, " or ") }

// And is a list as a sentence has it: a, b and c.
func And(words []string) string { return listed(words, " and ") }

// Some is a list of which so many are named at most: a, b and 3 more.
func Some(words []string, most int) string {
	if n := len(words) - most; n > 0 {
		return Sprintf("%s and %d more", strings.Join(words[:most], ", "), n)
	}
	return strings.Join(words, ", ")
}

func listed(words []string, joint string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + joint + words[last]
}

// Set is the words of some texts, to look one up.
func Set(texts ...string) map[string]bool {
	set := map[string]bool{}
	for _, text := range texts {
		for _, word := range strings.Fields(text) {
			set[word] = true
		}
	}
	return set
}

// ShellWord is a text as a shell takes it for one word: on Windows cmd and
// PowerShell, which take both what is between double quotes.
func ShellWord(s string) string { return shellWord(s, runtime.GOOS == "windows") }

func shellWord(s string, windows bool) string {
	plain := "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:=,@+"
	if windows {
		plain += `\`
	}
	switch {
	case s != "" && strings.Trim(s, plain) == "":
		return s
	}
	return quoted(s, windows)
}

func quoted(s string, windows bool) string {
	if windows {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// MapOption is the option that has a column hold a field, as a shell takes it.
func MapOption(header, field string) string {
	return "--map " + quoted(header+"="+field, runtime.GOOS == "windows")
}

// Thousands writes a number as people read it: 1,234,567.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Sprintf is fmt.Sprintf with every int as people read it. A number that names something, as
// that of a row, a line or a process does, goes through fmt: it is looked for as it is.
func Sprintf(format string, args ...any) string {
	group(args)
	return fmt.Sprintf(format, args...)
}

// Errorf is fmt.Errorf with numbers as Sprintf has them.
func Errorf(format string, args ...any) error {
	group(args)
	return fmt.Errorf(format, args...)
}

func group(args []any) {
	for i, arg := range args {
		switch n := arg.(type) {
		case int:
			args[i] = grouped(n)
		case int64:
			args[i] = grouped(n)
		}
	}
}

// grouped is a number that is formatted with separators.
type grouped int

func (n grouped) Format(s fmt.State, _ rune) { fmt.Fprint(s, Thousands(int(n))) }

// Span is a length of time as people write it: 36h, and not 36h0m0s.
func Span(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Seconds is a length of time to the second, as people say it: "12 s", "1 min 5 s".
func Seconds(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", max(s, 1))
	case s%60 == 0:
		return Sprintf("%d min", s/60)
	}
	return Sprintf("%d min %d s", s/60, s%60)
}

// Ago is how long ago something was, so that it can be pictured.
func Ago(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return Counted(int(d.Hours()), "hour")
	}
	return Sprintf("%d days", int(d.Hours()/24))
}

// About is a length of time as a guess is said: "about 3 min".
func About(d time.Duration) string {
	switch {
	case d < 5*time.Second:
		return "a few seconds"
	case d < 55*time.Second:
		return fmt.Sprintf("about %d s", 5*int(math.Round(d.Seconds()/5)))
	case d < 90*time.Minute:
		return fmt.Sprintf("about %d min", int(math.Round(d.Minutes())))
	case d < 48*time.Hour:
		d = d.Round(10 * time.Minute)
		return strings.TrimSuffix(fmt.Sprintf("about %d h %d min", int(d.Hours()), int(d.Minutes())%60), " 0 min")
	}
	return Sprintf("about %d days", int(math.Round(d.Hours()/24)))
}

// Rate is how many there are in a second, in a unit that suits: "1,230/s", "3.4/s",
// "12/min", "1.2 million/s"; "" if it is none.
func Rate(perSecond float64) string {
	short := func(f float64) string { return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0") }
	switch {
	case perSecond >= 999_500:
		return short(perSecond/1e6) + " million/s"
	case perSecond >= 999.5:
		return Thousands(10*int(math.Round(perSecond/10))) + "/s"
	case perSecond >= 9.95:
		return strconv.Itoa(int(math.Round(perSecond))) + "/s"
	case perSecond >= 1:
		return short(perSecond) + "/s"
	case perSecond*60 >= 0.5:
		return strconv.Itoa(int(math.Round(perSecond*60))) + "/min"
	}
	return ""
}

// Counted is a number with its noun, of which the form for many may be given: "1 row",
// "1,204 rows", "2 entries".
func Counted(n int, one string, many ...string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + append(many, one+"s")[0]
}

// Visible makes characters seen that would otherwise act: control characters,
// which a terminal obeys, and direction overrides, which make a text read as
// another one.
func Visible(s string) string {
	ascii := 0
	for ascii < len(s) && s[ascii] >= ' ' && s[ascii] < 0x7f {
		ascii++
	}
	if strings.IndexFunc(s[ascii:], Acts) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '\n':
			b.WriteString("⏎")
		case Acts(c):
			fmt.Fprintf(&b, "⟨U+%04X⟩", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// Acts reports whether a character does something where it is shown instead of being seen.
func Acts(c rune) bool {
	return unicode.IsControl(c) || c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069 || c == 0x2028 || c == 0x2029 ||
		c == unicode.ReplacementChar
}

// Shorten cuts a text to n characters, the last of them an ellipsis.
func Shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	runes := 0
	for i := range s {
		if runes++; runes == n {
			rest := s[i:]
			for j := range rest {
				if j > 0 {
					return s[:i] + "…"
				}
			}
		}
	}
	return s
}

// Columns is how many a text takes on a terminal: accents that follow their letter
// take none, Chinese characters and emoji two.
func Columns(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// Cut is a text in so many columns, the last of them an ellipsis if it is cut.
func Cut(s string, width int) string {
	if Columns(s) <= width {
		return s
	}
	used, state := 0, -1
	for rest := s; rest != ""; {
		var w int
		var after string
		if _, after, w, state = uniseg.FirstGraphemeClusterInString(rest, state); used+w >= width {
			return s[:len(s)-len(rest)] + "…"
		}
		used += w
		rest = after
	}
	return s
}

// Wrap breaks text between words, to so many columns; a longer word stands alone.
func Wrap(text string, width int) []string {
	var lines []string
	line, length := "", 0
	for _, word := range strings.Fields(text) {
		n := Columns(word)
		if length > 0 && length+1+n > width {
			lines = append(lines, line)
			line, length = "", 0
		}
		if length > 0 {
			line += " "
			length++
		}
		line += word
		length += n
	}
	return append(lines, line)
}

// Hang is a text after first, broken between words to so many columns, with the lines
// below it indented as far as first reaches.
func Hang(first, text string, width int) string {
	at := Columns(first)
	lines := Wrap(text, max(width-at, 20))
	return first + strings.Join(lines, "\n"+strings.Repeat(" ", at)) + "\n"
}
