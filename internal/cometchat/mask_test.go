package cometchat

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for _, key := range []string{"0123456789abcdefABCDEF0123456789abcdef01", `a"b\c<d>&e%f+g/h=i`} {
		m := NewMask(key)
		var percent, entities, escapes strings.Builder
		for _, c := range []byte(key) {
			fmt.Fprintf(&percent, "%%%02X", c)
			fmt.Fprintf(&entities, "&#%d;", c)
			fmt.Fprintf(&escapes, `\u%04x`, c)
		}
		quoted, err := json.Marshal(key)
		if err != nil {
			t.Fatal(err)
		}
		texts := []string{
			key, strings.ToUpper(key), fmt.Sprintf("%q", key), string(quoted), url.QueryEscape(key), url.PathEscape(key),
			percent.String(), url.QueryEscape(percent.String()), entities.String(), escapes.String(), hex.EncodeToString([]byte(key)),
		}
		for _, before := range []string{"", "a", "ab", "user:"} {
			for _, e := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
				texts = append(texts, e.EncodeToString([]byte(before+key+"\n")))
			}
		}
		for _, text := range texts {
			if got := m.Text("it is <" + text + ">, twice: " + text); strings.Count(got, hidden) != 2 || len(got) > 60 {
				t.Errorf("%q is told as %q", text, got)
			}
		}
		for _, text := range []string{"", "nothing", key[:10] + " " + key[10:], "401 ERR_BAD_REQUEST"} {
			if got := m.Text(text); got != text {
				t.Errorf("%q is told as %q", text, got)
			}
		}
	}
	var none *Mask
	if got := none.Text("text"); got != "text" || NewMask("") != nil || NewMask("a\xffb") != nil {
		t.Errorf("without a key: %q", got)
	}
}

// What an error is can still be asked for, and its texts have no key in them.
func TestMaskHides(t *testing.T) {
	const key = "0123456789abcdef"
	redirect := &redirectError{"redirected to " + key}
	e := &Error{Code: key, Message: key, RequestID: "id-" + key, Details: map[string][]string{"name": {key}, key: {"x"}},
		Err: fmt.Errorf("%s: %w, %w", key, redirect, io.ErrUnexpectedEOF)}
	NewMask(key).hide(e)
	var found *redirectError
	if !errors.As(e.Err, &found) || !errors.Is(e, io.ErrUnexpectedEOF) {
		t.Errorf("what it is was lost: %v", e)
	}
	text := fmt.Sprintf("%v %+v %#v", e, e.Details, e.RequestID)
	for err := error(e); err != nil; err = errors.Unwrap(err) {
		text += " " + err.Error()
	}
	if strings.Contains(text, key) {
		t.Errorf("it tells %s", text)
	}
}
