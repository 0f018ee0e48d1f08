package charset

import (
	"bytes"
)

// padding are the bytes that are after a text and are none of it: the mark
// of its end, which DOS and its heirs put there, and zeros up to a block's end.
const padding = "\x1A\x00"

// TextEnd is where a text ends whose last bytes may be padding. Within a line,
// the mark alone is: zeros are what is left of a text that was lost.
func TextEnd(text []byte) int {
	tail := len(bytes.TrimRight(text, padding+" \t\r\n"))
	at := bytes.IndexAny(text[tail:], padding)
	if at < 0 {
		return len(text)
	}
	at += tail
	if line := bytes.TrimRight(text[:at], " \t"); len(line) == 0 || line[len(line)-1] == '\n' || line[len(line)-1] == '\r' ||
		text[at] == padding[0] && bytes.IndexByte(text[at:], 0) < 0 {
		return at
	}
	return len(text)
}
