package cometchat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"cometsync/internal/plan"
)

// Trouble is what is the matter when a call fails, as far as somebody can do
// something about it.
type Trouble uint8

// The troubles. The zero value is none that has a name.
const (
	NoTrouble   Trouble = iota
	Unreachable         // no connection, or one that broke
	NoProxy             // the proxy does not connect to the app, or can't be reached
	Untrusted           // the other side does not prove who it is
	Silent              // a connection, and no answer in time
	KeyRefused          // the key is none of this app's, or may not do this
	AppClosed           // the app is archived, or its plan or subscription does not allow it
	NotTheAPI           // somebody else answers, or the API has no such call
	Failing             // the service says that it failed
	Busy                // the service says that it gets too many requests
	Garbled             // an answer that can't be read
	Interrupted         // nobody waits for the answer any more
)

// Codes by which answers are told apart, and that are named elsewhere.
const (
	codeUIDNotFound   = "ERR_UID_NOT_FOUND"
	codeTokenNotFound = "ERR_AUTH_TOKEN_NOT_FOUND"
	codeUIDExists     = "ERR_UID_ALREADY_EXISTS"
	codeRoleExists    = "ERR_ROLE_ALREADY_EXISTS"
	codeAPINotFound   = "ERR_API_NOT_FOUND"
	codePlan          = "ERR_PLAN_RESTRICTION"
	codeKeyNotFound   = "AUTH_ERR_APIKEY_NOT_FOUND"
	codeNoAccess      = "AUTH_ERR_NO_ACCESS"
	codeBadRequest    = "ERR_BAD_REQUEST"
)

// codes is what each code means, and what to do about it. The service's
// documentation lists them; which status each comes with is only partly known, so
// that the code decides and the status is asked second.
var codes = map[string]struct {
	trouble Trouble
	hint    string
}{
	codeUIDExists:  {},
	codeRoleExists: {},

	codeKeyNotFound:          {KeyRefused, "check the API key, the app id and the region"},
	codeNoAccess:             {KeyRefused, "use the app's REST API key (fullAccess), not its auth key"},
	"AUTH_ERR_INVALID_APPID": {KeyRefused, "check the app id and the region"},
	"AUTH_ERR_EMPTY_APPID":   {KeyRefused, "give the app id"},
	"AUTH_ERR_EMPTY_APIKEY": {KeyRefused, "the request came without the key: give one, and see " +
		"whether a proxy takes the header apikey away"},
	"ERR_PERMISSION_DENIED":      {KeyRefused, "use the app's REST API key (fullAccess): the role of this one does not allow it"},
	"ERR_APP_NOT_FOUND":          {KeyRefused, "check the app id and the region"},
	"ERR_APP_ARCHIVED":           {AppClosed, "the app is archived; restore it in the CometChat dashboard"},
	codePlan:                     {AppClosed, "the app's plan does not allow this; see the CometChat dashboard"},
	"ERR_PLAN_QUOTA_RESTRICTION": {AppClosed, "the app's plan does not allow more; see the CometChat dashboard"},
	"ERR_SUBSCRIPTION_EXPIRED":   {AppClosed, "renew the app's subscription in the CometChat dashboard"},
	"ERR_INVALID_API_VERSION":    {NotTheAPI, "check the base URL, which ends in /v3"},
	codeAPINotFound:              {NotTheAPI, "check the base URL, which ends in /v3"},
	"ERR_ROLE_NOT_FOUND":         {NoTrouble, "create the role in the CometChat dashboard, or have it created"},

	"ERR_TOO_MANY_REQUESTS":  {trouble: Busy},
	"ERR_EXCEPTION":          {trouble: Failing},
	"ERR_MISSION_FAILED":     {trouble: Failing},
	"ERR_OPERATION_FAILED":   {trouble: Failing},
	"ERR_BAD_ERROR_RESPONSE": {trouble: Failing},
}

// said is the trouble that the answer names. Codes that are not known yet mean
// what their like do: those of an inner service (ERR_WS_) are its failure, of
// another request than this one.
func (e *Error) said() Trouble {
	known, ok := codes[e.Code]
	switch {
	case e.Unsupported():
		return NoTrouble
	case ok:
		return known.trouble
	case strings.HasPrefix(e.Code, "ERR_WS_"):
		return Failing
	case strings.HasPrefix(e.Code, "AUTH_ERR_"), strings.HasPrefix(e.Code, "ERR_APP_"):
		return KeyRefused
	case e.Status == http.StatusTooManyRequests:
		return Busy
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return KeyRefused
	}
	return NoTrouble
}

// throttled reports whether the request was refused unprocessed, for its rate.
func (e *Error) throttled() bool { return e.said() == Busy }

// server reports whether the service failed, which says nothing about the request.
func (e *Error) server() bool {
	said := e.said()
	return said == Failing || e.Status >= 500 && said != Busy // refused unprocessed, even under a 503
}

// Fatal reports whether no further call can succeed either: the key is refused, or
// the app's plan or subscription, or the address is not the API's.
func (e *Error) Fatal() bool {
	switch e.said() {
	case KeyRefused, AppClosed, NotTheAPI:
		return true
	}
	return e.elsewhere()
}

// elsewhere reports whether it was not the API that answered, but somebody who
// sends on, or who does not prove who it is.
func (e *Error) elsewhere() bool {
	return is[*redirectError](e.Err) || untrusted(e.Err)
}

// is reports whether an error is one of a type, or comes of one.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// unexplained reports whether the service refused a value, and did not say which.
func (e *Error) unexplained() bool { return e.Code == codeBadRequest && e.Details == nil }

// Unsupported reports whether the app has no such call, while others work: no bulk
// import, or none that revokes tokens. Of any other call the same codes mean that
// none can succeed.
func (e *Error) Unsupported() bool {
	if e.Path != importPath && !e.revoking() {
		return false
	}
	return e.Code == codeAPINotFound || e.Code == codePlan && !e.revoking() || e.Code == "" && e.Status == http.StatusNotFound
}

func (e *Error) revoking() bool {
	return e.Method == http.MethodDelete && strings.HasSuffix(e.Path, tokensPath)
}

// Lost reports whether the call may have been carried out, and nobody knows
// whether it was: only reading what it would have changed can tell.
func (e *Error) Lost() bool { return e.lost }

// ofContent reports whether the service refused what the request holds, and as a
// whole: a part of it may be welcome.
func (e *Error) ofContent() bool {
	if e.lost || e.server() || e.throttled() || e.Fatal() || e.Unsupported() {
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return e.refusal()
}

// refusal reports whether the service refused in an answer whose status is one of success.
func (e *Error) refusal() bool { return e.Status >= 200 && e.Status < 300 && e.Err == nil }

// NotFound reports whether the service knows no such user, or the user is
// deactivated: it answers both alike. A 404 that is not the API's (a wrong
// address, a proxy's page) is not that.
func (e *Error) NotFound() bool {
	of := func(prefix string) bool { return strings.HasPrefix(e.Code, prefix) }
	return e.Code == codeUIDNotFound || e.Status == http.StatusNotFound && !e.Fatal() && !e.server() && !e.Unsupported() &&
		(e.Code != "" || e.Message != "") && !of("ERR_ROLE_") && !of("ERR_BOT_")
}

// Exists reports whether the uid, or the role, is taken.
func (e *Error) Exists() bool {
	return e.Code == codeUIDExists || e.Code == codeRoleExists || e.Code == "" && e.Status == http.StatusConflict
}

// Trouble is what is the matter.
func (e *Error) Trouble() Trouble {
	if wait, ok := errors.AsType[*waitError](e.Err); ok {
		before := *e
		before.Err = wait.before
		return before.Trouble()
	}
	said := e.said()
	switch {
	case errors.Is(e.Err, context.Canceled), errors.Is(e.Err, context.DeadlineExceeded) && !errors.Is(e.Err, errTimeout):
		return Interrupted
	case ofProxy(e.Err), e.Status == http.StatusProxyAuthRequired:
		return NoProxy
	case untrusted(e.Err):
		return Untrusted
	case errors.Is(e.Err, errTimeout):
		return Silent
	case said == Busy:
		return Busy
	case e.Unsupported():
		return NoTrouble
	case e.elsewhere(), e.Code == "" && e.Status == http.StatusNotFound:
		return NotTheAPI
	case said == NoTrouble && e.server():
		return Failing
	case said != NoTrouble:
		return said
	case e.Status == 0, e.broken:
		return Unreachable
	case e.Status < 300 && e.Err != nil:
		return Garbled
	}
	return NoTrouble
}

// Kind is the one meaning of the failure.
func (e *Error) Kind() plan.FailureKind {
	switch {
	case e.lost:
		return plan.InDoubt
	case e.throttled():
		return plan.Throttled
	case e.Exists(), e.NotFound():
		return plan.Conflicting
	case e.elsewhere():
		return plan.ServerFailure
	case e.Fatal(), e.Unsupported():
		return plan.Forbidden
	case e.server(), passing(e.Status):
		return plan.ServerFailure
	case e.refusal(), e.Status >= 400 && e.Status < 500:
		return plan.BadInput
	}
	return plan.ServerFailure
}

// ServiceCode is the service's code, or else a word for the kind of failure.
func (e *Error) ServiceCode() string {
	switch {
	case e.Code != "":
		return e.Code
	case e.Status != 0:
		return "http-" + strconv.Itoa(e.Status)
	}
	return "no-answer"
}

// HTTPStatus is the status of the last answer; 0 if there was none.
func (e *Error) HTTPStatus() int { return e.Status }

// FieldDetails are the service's messages by field, of a validation failure.
func (e *Error) FieldDetails() map[string][]string { return e.Details }

// Why is the reason in a word or two, without anything that the service said.
func (e *Error) Why() string {
	switch {
	case e.Status != 0 && !e.broken:
		return fmt.Sprint(e.Status)
	case e.Trouble() == Silent:
		return "no answer in time"
	case e.Trouble() == NoProxy:
		return "the proxy does not connect"
	}
	return "no connection" + e.unconnected()
}

// unconnected says to which host there is no connection, and why, as far as the system
// says it.
func (e *Error) unconnected() string {
	to, why := "", ""
	if e.Host != "" {
		to = " to " + e.Host
	}
	if dns, ok := errors.AsType[*net.DNSError](e.Err); ok {
		why = ": " + dns.Err
	} else if errno, ok := errors.AsType[syscall.Errno](e.Err); ok {
		why = ": " + errno.Error()
	}
	return to + why
}

// Brief is Error without what the service said in words of its own, which may be
// what it was sent: its code, and our reason for an answer that is none.
func (e *Error) Brief() string {
	brief := *e
	brief.Message, brief.Details = "", nil
	if e.Err != nil && e.Status == 0 && !plain(e.Err) {
		brief.Err = errors.New("no answer that can be read")
	}
	if strings.Trim(e.Code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != "" {
		brief.Code = ""
	}
	return brief.Error()
}

// plain reports whether nothing of a failed exchange is in an error's text but
// addresses, and what the system says: net/http repeats what it can't read.
func plain(err error) bool {
	return is[*net.OpError](err) || is[*net.DNSError](err) || is[syscall.Errno](err) || ofProxy(err) || untrusted(err) ||
		errors.Is(err, errTimeout) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

// UID is the user that the call was about; "" for none, or many.
func (e *Error) UID() string {
	rest, _ := strings.CutPrefix(e.Path, "/users/")
	if rest == e.Path {
		return ""
	}
	uid, _, _ := strings.Cut(rest, "/")
	uid, _ = url.PathUnescape(uid)
	return uid
}
