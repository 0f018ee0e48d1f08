package user

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// A rejected row is mended outside of the program and comes back. Its place is
// only a number, which is another row's once the source is exported again, and
// its cells are there to be changed. So the row goes out with a mark of what it
// was, and the row that stands at its place has that mark or is another one.

const (
	markBytes = 6
	markBegin = "[row "
)

// Mark tells the row of a reject from others at its place: a hash of the row's
// number and its cells. It does not depend on where the source lies. Bytes that
// are no text are no part of it: a saved plan does not keep them.
func (r *Reject) Mark() string {
	if r.Was != "" {
		return r.Was
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d", r.Source.Row)
	for _, c := range r.Cells {
		c = strings.ReplaceAll(strings.ToValidUTF8(c, ""), "\uFFFD", "")
		fmt.Fprintf(h, ",%d:%s", len(c), c) // the length, or two cells could be as another two
	}
	return hex.EncodeToString(h.Sum(nil)[:markBytes])
}

// WithMark is a message that ends with a row's mark.
func WithMark(message, mark string) string {
	if message != "" {
		message += " "
	}
	return message + markBegin + mark + "]"
}

// CutMark takes the mark out of a message, whatever somebody has written
// around it; of several the last. mark is "" if there is none.
func CutMark(message string) (text, mark string) {
	for rest := message; ; {
		i := strings.LastIndex(rest, markBegin)
		if i < 0 {
			return message, ""
		}
		mark, after, ok := strings.Cut(message[i+len(markBegin):], "]")
		if raw, err := hex.DecodeString(mark); ok && err == nil && len(raw) == markBytes {
			return strings.TrimSuffix(message[:i], " ") + after, strings.ToLower(mark)
		}
		rest = rest[:i]
	}
}
