package delimited

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestWideDelimiter(t *testing.T) {
	// A byte at a time, as pipes may give them.
	text := "a§\"b§\"\"§c\"§d\n§§e§\xC2\n"
	read, err := io.ReadAll(NewWide(iotest.OneByteReader(strings.NewReader(text)), '§'))
	if want := "a\x1f\"b§\"\"§c\"\x1fd\n\x1f\x1fe\x1f\xC2\n"; err != nil || string(read) != want {
		t.Errorf("%q, %v, want %q", read, err, want)
	}
}
