package cometchat

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Error is a call that failed, after all its attempts.
type Error struct {
	Method string
	Path   string // below the base URL, without the query
	Host   string // that was asked, and did not answer
	Status int    // 0: no answer

	Code    string              // the service's, such as ERR_BAD_REQUEST; "" if the answer has none
	Message string              // the service's
	Details map[string][]string // of a validation failure: messages by field
	Sent    []string            // the names of the fields that were sent, of a refusal that names none

	RequestID  string
	RetryAfter time.Duration // as the answer asked for; 0 if it did not
	Attempts   int
	Elapsed    time.Duration // from the first attempt to the last answer
	Err        error         // why there is no answer, or none that can be read

	lost   bool
	broken bool // the answer ended in the middle
}

// Error is one line: what was asked, what came back, and where it helps what to do.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Path)
	if e.Status != 0 {
		b.WriteString(strconv.Itoa(e.Status))
		if e.Code != "" {
			b.WriteString(" " + e.Code)
		}
	}
	text := e.detail()
	if e.Err != nil {
		text = e.Err.Error()
	}
	if text != "" {
		if e.Status != 0 {
			b.WriteString(": ")
		}
		b.WriteString(text)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (after %d attempts in %s)", e.Attempts, e.Elapsed.Round(time.Second/10))
	}
	if hint := e.hint(); hint != "" {
		b.WriteString("; " + hint)
	}
	return b.String()
}

// hint says what to do about an error that nobody gets past by trying again.
func (e *Error) hint() string {
	switch {
	case len(e.Sent) > 0:
		hint := "the service does not say which value it means; sent were " + strings.Join(e.Sent, ", ")
		if slices.Contains(e.Sent, "role") {
			hint += "; a role that was never created is the usual cause"
		}
		return hint
	case e.Unsupported() && e.revoking():
		return "this app has no call that revokes tokens; revoke them in the CometChat dashboard, or deactivate without"
	case e.Unsupported():
		return "this app has no bulk import; create users one by one, without the times of their past"
	case e.Code == "" && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden):
		return codes[codeKeyNotFound].hint
	}
	return codes[e.Code].hint
}

// detail is the message, or better the messages by field: the general one of
// a validation failure does not say what is wrong.
func (e *Error) detail() string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(e.Details)) {
		text := strings.Join(e.Details[field], " ")
		if field != "" {
			text = field + ": " + text
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return e.Message
	}
	return strings.Join(parts, "; ")
}

// Unwrap is the reason why there is no answer.
func (e *Error) Unwrap() error { return e.Err }

// maxErrorBody bounds what is read of an answer that is an error.
const maxErrorBody = 1 << 20

// readError makes an Error of an answer that is not a success, and gives what
// was read of it; reason puts an error of reading into words.
func (c *Client) readError(resp *http.Response, reason func(error) error) (*Error, []byte) {
	e := &Error{Status: resp.StatusCode}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	status := strings.ToLower(http.StatusText(resp.StatusCode))
	switch {
	case c.parseError(e, body):
	case err != nil:
		e.Err = fmt.Errorf("the answer was cut off: %w", reason(err))
	case len(body) == 0:
		e.Err = fmt.Errorf("%s, with an empty answer", status)
	default:
		e.Err = fmt.Errorf("%s, and the answer is not the API's (%s)", status, contentType(resp))
	}
	return e, body
}

func contentType(resp *http.Response) string {
	t, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if t = strings.TrimSpace(t); t == "" || len(t) > 50 {
		return "no content type"
	}
	return strconv.Quote(t)
}

// parseError reads {"error": {...}}, in all the shapes in which it has been
// seen, and reports whether the body was one.
func (c *Client) parseError(e *Error, body []byte) bool {
	var envelope map[string]any
	if json.Unmarshal(body, &envelope) != nil {
		return false
	}
	switch v := envelope["error"].(type) {
	case string:
		e.Message = c.clean(v)
	case map[string]any:
		e.Code = c.clean(scalar(v["code"]))
		e.Message = cmp.Or(c.clean(scalar(v["message"])), c.clean(scalar(v["devMessage"])))
		e.Details = c.details(v["details"])
	default:
		return false
	}
	return true
}

// details reads an object of lists of texts, or less: lists without fields,
// texts without lists.
func (c *Client) details(all any) (out map[string][]string) {
	add := func(field string, v any) {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, item := range list {
			if s := c.clean(scalar(item)); s != "" {
				if out == nil {
					out = map[string][]string{}
				}
				out[field] = append(out[field], s)
			}
		}
	}
	object, ok := all.(map[string]any)
	if !ok {
		add("", all)
	}
	for field, v := range object {
		add(c.clean(field), v)
	}
	return out
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

const (
	maxText   = 500
	maxLooked = 64 << 10 // of a text, which may be a page, more than maxText whatever is masked
)

// clean makes a text of the service fit for a message of one line, without
// the key in it.
func (c *Client) clean(s string) string {
	if len(s) > maxLooked {
		s = s[:maxLooked]
	}
	s = c.mask.Text(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}

// requestID is what the service's support asks for.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id", "Cf-Ray", "X-Amzn-Trace-Id"} {
		if id := h.Get(name); id != "" && len(id) <= 200 {
			return id
		}
	}
	return ""
}
