package cometchat

import (
	"encoding/json"
	"errors"
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

// Codes by which answers are told apart. The service's documentation lists
// them; which status each comes with is only partly known, so that the code
// decides and the status is asked second.
const (
	codeUIDNotFound     = "ERR_UID_NOT_FOUND"
	codeTokenNotFound   = "ERR_AUTH_TOKEN_NOT_FOUND"
	codeUIDExists       = "ERR_UID_ALREADY_EXISTS"
	codeRoleExists      = "ERR_ROLE_ALREADY_EXISTS"
	codeTooMany         = "ERR_TOO_MANY_REQUESTS"
	codeAPINotFound     = "ERR_API_NOT_FOUND"
	codeAPIVersion      = "ERR_INVALID_API_VERSION"
	codePlan            = "ERR_PLAN_RESTRICTION"
	codePlanQuota       = "ERR_PLAN_QUOTA_RESTRICTION"
	codeSubscription    = "ERR_SUBSCRIPTION_EXPIRED"
	codeAuthPrefix      = "AUTH_ERR_"
	codeKeyNotFound     = "AUTH_ERR_APIKEY_NOT_FOUND"
	codeNoAccess        = "AUTH_ERR_NO_ACCESS"
	codeInvalidApp      = "AUTH_ERR_INVALID_APPID"
	codeEmptyApp        = "AUTH_ERR_EMPTY_APPID"
	codeEmptyKey        = "AUTH_ERR_EMPTY_APIKEY"
	codePermission      = "ERR_PERMISSION_DENIED"
	codeBadRequest      = "ERR_BAD_REQUEST"
	codeRoleNotFound    = "ERR_ROLE_NOT_FOUND"
	codeAppPrefix       = "ERR_APP_"
	codeAppArchived     = "ERR_APP_ARCHIVED"
	codeAppNotFound     = "ERR_APP_NOT_FOUND"
	codeInnerPrefix     = "ERR_WS_" // of a service behind this one
	codeException       = "ERR_EXCEPTION"
	codeMissionFailed   = "ERR_MISSION_FAILED"
	codeOperationFailed = "ERR_OPERATION_FAILED"
	codeBadResponse     = "ERR_BAD_ERROR_RESPONSE"
)

// hints say what to do about errors that nobody gets past by trying again.
var hints = map[string]string{
	codeKeyNotFound:  "check the API key, the app id and the region",
	codeNoAccess:     "use the app's REST API key (fullAccess), not its auth key",
	codeInvalidApp:   "check the app id and the region",
	codeEmptyApp:     "give the app id",
	codeEmptyKey:     "the request came without the key: give one, and see whether a proxy takes the header apikey away",
	codePermission:   "use the app's REST API key (fullAccess): the role of this one does not allow it",
	codeAppArchived:  "the app is archived; restore it in the CometChat dashboard",
	codeAppNotFound:  "check the app id and the region",
	codeRoleNotFound: "create the role in the CometChat dashboard, or have it created",
	codeAPIVersion:   "check the base URL, which ends in /v3",
	codeAPINotFound:  "check the base URL, which ends in /v3",
	codePlan:         "the app's plan does not allow this; see the CometChat dashboard",
	codePlanQuota:    "the app's plan does not allow more; see the CometChat dashboard",
	codeSubscription: "renew the app's subscription in the CometChat dashboard",
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
	hint := hints[e.Code]
	switch {
	case e.lacking() && e.revoking():
		hint = "this app has no call that revokes tokens; revoke them in the CometChat dashboard, or deactivate without"
	case e.lacking():
		hint = "this app has no bulk import; create users one by one, without the times of their past"
	}
	if len(e.Sent) > 0 {
		hint = "the service does not say which value it means; sent were " + strings.Join(e.Sent, ", ")
		if slices.Contains(e.Sent, "role") {
			hint += "; a role that was never created is the usual cause"
		}
	}
	if hint == "" && e.Code == "" && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden) {
		hint = hints[codeKeyNotFound]
	}
	if hint != "" {
		b.WriteString("; " + hint)
	}
	return b.String()
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

// Fatal says that no further call can succeed either: the key is refused, or
// the app's plan or subscription, or the address is not the API's.
func (e *Error) Fatal() bool {
	switch {
	case e.lacking(), strings.HasPrefix(e.Code, codeInnerPrefix):
		return false
	case strings.HasPrefix(e.Code, codeAuthPrefix), strings.HasPrefix(e.Code, codeAppPrefix):
		return true
	}
	switch e.Code {
	case codePermission, codePlan, codePlanQuota, codeSubscription, codeAPIVersion, codeAPINotFound:
		return true
	}
	var redirect *redirectError
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden || errors.As(e.Err, &redirect) || untrusted(e.Err)
}

// unexplained says that the service refused a value, and not which.
func (e *Error) unexplained() bool { return e.Code == codeBadRequest && e.Details == nil }

// lacking says that the app has no such call, while others work: no bulk import,
// or none that revokes tokens. Of any other call the same codes mean that none can
// succeed.
func (e *Error) lacking() bool {
	if e.Path != importPath && !e.revoking() {
		return false
	}
	return e.Code == codeAPINotFound || e.Code == codePlan && !e.revoking() || e.Code == "" && e.Status == http.StatusNotFound
}

// revoking says that the call is the one of RevokeTokens.
func (e *Error) revoking() bool {
	return e.Method == http.MethodDelete && strings.HasSuffix(e.Path, tokensPath)
}

// Lost says that the call may have been carried out, and that nobody knows
// whether it was: only reading what it would have changed can tell.
func (e *Error) Lost() bool { return e.lost }

// throttled says that the request was refused unprocessed, for its rate.
func (e *Error) throttled() bool {
	return e.Code == codeTooMany || e.Status == http.StatusTooManyRequests
}

// server says that the service failed, which says nothing about the request.
func (e *Error) server() bool {
	if strings.HasPrefix(e.Code, codeInnerPrefix) {
		return true // whatever the status: it is the inner service's, of another request
	}
	switch e.Code {
	case codeException, codeMissionFailed, codeOperationFailed, codeBadResponse:
		return true
	case codeTooMany: // refused unprocessed, even under a 503
		return false
	}
	return e.Status >= 500
}

// ofContent says that the service refused what the request holds, and as a
// whole: a part of it may be welcome.
func (e *Error) ofContent() bool {
	if e.lost || e.server() || e.throttled() || e.Fatal() || e.lacking() {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return e.refusal()
}

// refusal says that the service refused in an answer whose status is one of success.
func (e *Error) refusal() bool { return e.Status >= 200 && e.Status < 300 && e.Err == nil }

// IsNotFound says that the service knows no such user, or that the user is
// deactivated: it answers both alike. A 404 that is not the API's (a wrong
// address, a proxy's page) is not that.
func IsNotFound(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	if e.Code == codeUIDNotFound {
		return true
	}
	of := func(prefix string) bool { return strings.HasPrefix(e.Code, prefix) }
	return e.Status == http.StatusNotFound && !e.Fatal() && !e.server() && !e.lacking() && (e.Code != "" || e.Message != "") &&
		!of("ERR_ROLE_") && !of("ERR_BOT_")
}

// IsExists says that the uid, or the role, is taken.
func IsExists(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code == codeUIDExists || e.Code == codeRoleExists || e.Code == "" && e.Status == http.StatusConflict
}

// maxErrorBody bounds what is read of an answer that is an error.
const maxErrorBody = 1 << 20

// readError makes an Error of an answer that is not a success, and gives what
// was read of it; reason puts an error of reading into words.
func (c *Client) readError(resp *http.Response, reason func(error) error) (*Error, []byte) {
	e := &Error{Status: resp.StatusCode}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if !c.parseError(e, body) {
		switch {
		case err != nil:
			e.Err = fmt.Errorf("the answer broke off: %w", reason(err))
		case len(body) == 0:
			e.Err = fmt.Errorf("%s, with an empty answer", strings.ToLower(http.StatusText(resp.StatusCode)))
		default:
			e.Err = fmt.Errorf("%s, and the answer is not the API's (%s)", strings.ToLower(http.StatusText(resp.StatusCode)), contentType(resp))
		}
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
// seen, and says whether the body was one.
func (c *Client) parseError(e *Error, body []byte) bool {
	var envelope struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(body, &envelope) != nil || len(envelope.Error) == 0 || string(envelope.Error) == "null" {
		return false
	}
	var text string
	if json.Unmarshal(envelope.Error, &text) == nil {
		e.Message = c.clean(text)
		return true
	}
	var fields struct {
		Code       any             `json:"code"`
		Message    any             `json:"message"`
		DevMessage any             `json:"devMessage"`
		Details    json.RawMessage `json:"details"`
	}
	if json.Unmarshal(envelope.Error, &fields) != nil {
		return false
	}
	e.Code = c.clean(scalar(fields.Code))
	e.Message = c.clean(scalar(fields.Message))
	if e.Message == "" {
		e.Message = c.clean(scalar(fields.DevMessage))
	}
	e.Details = c.parseDetails(fields.Details)
	return true
}

// parseDetails reads an object of lists of texts, or less: lists without
// fields, texts without lists.
func (c *Client) parseDetails(raw json.RawMessage) map[string][]string {
	var details any
	if len(raw) == 0 || json.Unmarshal(raw, &details) != nil {
		return nil
	}
	out := map[string][]string{}
	add := func(field string, v any) {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, item := range list {
			if s := c.clean(scalar(item)); s != "" {
				out[field] = append(out[field], s)
			}
		}
	}
	if object, ok := details.(map[string]any); ok {
		for field, v := range object {
			add(c.clean(field), v)
		}
	} else {
		add("", details)
	}
	if len(out) == 0 {
		return nil
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
