package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Error codes of the service that are given in more than one place.
const (
	codeBadRequest  = "ERR_BAD_REQUEST"
	codeTooMany     = "ERR_TOO_MANY_REQUESTS"
	codeException   = "ERR_EXCEPTION"
	codeKeyNotFound = "AUTH_ERR_APIKEY_NOT_FOUND"
	codeNoAccess    = "AUTH_ERR_NO_ACCESS"
)

// statuses go with the codes; one that is not among them is a failure of the server.
var statuses = map[string]int{
	codeBadRequest: 400, "ERR_UID_ALREADY_EXISTS": 400, "ERR_ROLE_ALREADY_EXISTS": 400, "ERR_IMPORT_INVALID_USER_FORMAT": 400,
	"AUTH_ERR_EMPTY_APPID": 400, "ERR_INVALID_UID": 400,
	"AUTH_ERR_EMPTY_APIKEY": 401, codeKeyNotFound: 401, "AUTH_ERR_EMPTY_AUTH_TOKEN": 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND": 401,
	codeNoAccess: 403, "ERR_SUBSCRIPTION_EXPIRED": 403, "ERR_PLAN_RESTRICTION": 403, "ERR_PLAN_QUOTA_RESTRICTION": 403,
	"ERR_APP_ARCHIVED": 403, "ERR_PERMISSION_DENIED": 403,
	"ERR_UID_NOT_FOUND": 404, "ERR_API_NOT_FOUND": 404, "ERR_INVALID_API_VERSION": 404, "AUTH_ERR_INVALID_APPID": 404,
	"ERR_AUTH_TOKEN_NOT_FOUND": 404, "ERR_ROLE_NOT_FOUND": 404, "ERR_APP_NOT_FOUND": 404, "ERR_BOT_NOT_FOUND": 404,
	codeTooMany: 429,
}

const (
	validationMessage = "Failed to validate the data sent with the request."
	exceptionMessage  = "Something went wrong, please try again."
)

// answer is a response before it is sent, and how the sending is to go wrong.
type answer struct {
	status     int
	body       []byte
	html       bool          // the body is a gateway's page, not the API's JSON
	retryAfter int           // seconds; 0 = no header
	location   string        // of a redirect
	delay      time.Duration // on top of the sandbox's latency
	broken     bool          // the connection breaks before the answer
	half       bool          // it breaks after half of the body
	pooled     *[]byte       // the buffer of body, to be given back once it is sent
}

// details names fields, in dotted form for members of lists, and what is wrong with each.
type details map[string][]string

type wireError struct {
	Message    string  `json:"message"`
	DevMessage string  `json:"devMessage"`
	Source     string  `json:"source"`
	Details    details `json:"details,omitempty"`
	Code       string  `json:"code"`
}

func newError(code, message string, d details) *wireError {
	return &wireError{Message: message, DevMessage: message, Source: "chat-api", Details: d, Code: code}
}

func (e *wireError) answer() *answer {
	return &answer{status: cmp.Or(statuses[e.Code], http.StatusInternalServerError), body: encode(map[string]any{"error": e})}
}

func fail(code, message string) *answer { return newError(code, message, nil).answer() }

func invalid(d details) *answer { return newError(codeBadRequest, validationMessage, d).answer() }

func unknownUID(uid string) *answer {
	return fail("ERR_UID_NOT_FOUND", fmt.Sprintf(
		"The UID %s does not exist, please make sure you have created a user with UID %[1]s.", uid))
}

// data is the success envelope around raw JSON.
func data(raw string) *answer {
	return &answer{status: http.StatusOK, body: slices.Concat([]byte(`{"data":`), []byte(raw), []byte("}"))}
}

func dataOf(v any) *answer { return data(string(encode(v))) }

// success is the answer of a call that has no more to say.
func success(message string) *answer {
	return dataOf(struct {
		Success bool   `json:"success"`
		Message string `json:"message"`
	}{true, message})
}

// encode is json.Marshal without the HTML escapes, which the service does not use.
// It is given nothing that can fail to encode.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			b = append(b, s[from:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\t':
				b = append(b, '\\', 't')
			default:
				b = fmt.Appendf(b, `\u%04x`, c)
			}
			from = i + 1
		}
	}
	return append(append(b, s[from:]...), '"')
}

// fields is a JSON object whose members are looked at one by one. Unknown
// members are ignored and null means absent. The values are parts of the body.
type fields map[string]json.RawMessage

// parseFields reads a body; an empty one is an empty object.
func parseFields(body []byte) (fields, bool) {
	if len(bytes.TrimSpace(body)) == 0 {
		return fields{}, true
	}
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	if !json.Valid(body) || bytes.TrimLeft(body, " \t\r\n")[0] != '{' {
		return nil, false
	}
	in := make(fields)
	for name, raw := range members(body) {
		if raw[0] == 'n' { // null
			delete(in, string(name))
		} else {
			in[string(name)] = raw
		}
	}
	return in, true
}

// seconds is a Unix time. It reads numbers and, as clients send them, strings of digits.
type seconds int64

// UnmarshalJSON implements json.Unmarshaler.
func (t *seconds) UnmarshalJSON(raw []byte) error {
	s := string(raw)
	if s == "null" {
		return nil
	}
	if n := len(s); n > 1 && s[0] == '"' && s[n-1] == '"' {
		s = s[1 : n-1]
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is not a time in whole seconds", raw)
	}
	*t = seconds(n)
	return nil
}

// units counts UTF-16 code units, the unit in which the service counts characters.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

func lower(s string) string { return strings.ToLower(strings.ToValidUTF8(s, "\uFFFD")) }

// buffers holds the large buffers of list pages between requests.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// send writes a, no sooner than the latency allows. When the client stops
// waiting there is nothing left to write.
func (s *Sandbox) send(w http.ResponseWriter, r *http.Request, a *answer, began time.Time) {
	if a.pooled != nil {
		defer func() {
			*a.pooled = a.body[:0]
			buffers.Put(a.pooled)
		}()
	}
	if wait := max(0, s.cfg.Latency-s.now().Sub(began)) + a.delay; wait > 0 && s.cfg.Sleep(r.Context(), wait) != nil {
		return
	}
	if a.broken {
		panic(http.ErrAbortHandler) // net/http's way to close a connection without an answer
	}
	h := w.Header()
	h.Set("Date", s.now().UTC().Format(http.TimeFormat))
	h.Set("Content-Type", "application/json")
	if a.html {
		h.Set("Content-Type", "text/html; charset=utf-8")
	}
	if a.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	if a.location != "" {
		h.Set("Location", a.location)
	}
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if a.half {
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body) // a client that hung up is no concern of the server
}
