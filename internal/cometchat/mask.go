package cometchat

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// # The key in texts
//
// A service, a gateway or whoever answers in their place may repeat what they
// were sent: in an error's message, a header, a status line that is none, an
// address to go to. net/http puts much of that into its own errors. So no error
// leaves the client before its texts have gone through the mask, which knows the
// key in every spelling that a text on its way may have got. Answers that
// succeed are data and pass as they are.

// Mask takes the key out of texts.
type Mask struct{ forms *regexp.Regexp }

const hidden = "***"

// NewMask makes the mask of a key; what can't be one has none.
func NewMask(key string) *Mask {
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil
	}
	var b strings.Builder
	b.WriteString("(?i:")
	for i := range len(key) {
		c := key[i]
		fmt.Fprintf(&b, `(?:%s|%%(?:25)*%02x|\\x%02x|\\u00%02x|&#x0*%02x;|&#0*%d;`, regexp.QuoteMeta(key[i:i+1]), c, c, c, c, c)
		if c == '"' || c == '\\' {
			b.WriteString(`|\\` + regexp.QuoteMeta(key[i:i+1]))
		}
		b.WriteByte(')')
	}
	b.WriteByte(')')
	if len(key) >= minEncoded {
		b.WriteString("|(?i:" + hex.EncodeToString([]byte(key)) + ")")
		for _, text := range base64s(key) {
			b.WriteString("|" + regexp.QuoteMeta(text))
		}
	}
	return &Mask{regexp.MustCompile(b.String())}
}

// minEncoded is the length below which a key in an encoding could be anything.
const minEncoded = 12

// base64s are the texts of which one is in every base64 text of something that
// has the key in it: where it begins, it shares characters with what is around.
func base64s(key string) []string {
	var all []string
	for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := e.EncodeToString(append(make([]byte, before), key...))
			first := (before*8 + 5) / 6
			last := (before + len(key)) * 8 / 6
			all = append(all, text[first:last])
		}
	}
	return all
}

// Text is a text without the key. A nil mask knows none.
func (m *Mask) Text(s string) string {
	if m == nil {
		return s
	}
	s = m.forms.ReplaceAllLiteralString(s, hidden)
	if strings.Contains(s, hidden) {
		s = masked.ReplaceAllLiteralString(s, hidden)
	}
	return s
}

// masked is how the service shows a key that it does not know: the ends of
// it, and stars between. Ten of its characters are more than anybody needs.
var masked = regexp.MustCompile(`[0-9A-Za-z]*\*{3,}[0-9A-Za-z]*`)

// hide takes the key out of an error, whatever its texts come from.
func (m *Mask) hide(e *Error) {
	e.Code, e.Message, e.RequestID = m.Text(e.Code), m.Text(e.Message), m.Text(e.RequestID)
	for field, messages := range e.Details {
		for i := range messages {
			messages[i] = m.Text(messages[i])
		}
		if clean := m.Text(field); clean != field {
			delete(e.Details, field)
			e.Details[clean] = append(e.Details[clean], messages...)
		}
	}
	if e.Err == nil {
		return
	}
	text := e.Err.Error()
	if clean := m.Text(text); clean != text {
		e.Err = &maskedError{clean, e.Err}
	}
}

// maskedError is an error that is told in other words. What it is made of can be
// asked for, and not be told.
type maskedError struct {
	text string
	err  error
}

func (e *maskedError) Error() string { return e.text }

// Is and As look into the error, which Unwrap must not hand out.
func (e *maskedError) Is(target error) bool { return errors.Is(e.err, target) }

func (e *maskedError) As(target any) bool { return errors.As(e.err, target) }
