package cometchat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
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
	Busy                // the service says that it is asked too often
	Garbled             // an answer that can't be read
	Interrupted         // nobody waits for the answer any more
)

// Trouble is what is the matter.
func (e *Error) Trouble() Trouble {
	var redirect *redirectError
	var wait *waitError
	if errors.As(e.Err, &wait) {
		before := *e
		before.Err = wait.before
		return before.Trouble()
	}
	switch {
	case errors.Is(e.Err, context.Canceled), errors.Is(e.Err, context.DeadlineExceeded) && !errors.Is(e.Err, errTimeout):
		return Interrupted
	case ofProxy(e.Err), e.Status == http.StatusProxyAuthRequired:
		return NoProxy
	case untrusted(e.Err):
		return Untrusted
	case errors.Is(e.Err, errTimeout):
		return Silent
	case e.throttled():
		return Busy
	case e.lacking():
		return NoTrouble
	case errors.As(e.Err, &redirect), e.Code == codeAPINotFound, e.Code == codeAPIVersion, e.Code == "" && e.Status == http.StatusNotFound:
		return NotTheAPI
	case e.Code == codePlan, e.Code == codePlanQuota, e.Code == codeSubscription, e.Code == codeAppArchived:
		return AppClosed
	case e.Fatal():
		return KeyRefused
	case e.server():
		return Failing
	case e.Status == 0, e.broken:
		return Unreachable
	case e.Status < 300 && e.Err != nil:
		return Garbled
	}
	return NoTrouble
}

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
	return "no connection"
}

// Brief is Error without what the service said in words of its own, which may be
// what it was sent: its code, and our reason for an answer that is none.
func (e *Error) Brief() string {
	brief := *e
	brief.Message, brief.Details = "", nil
	if e.Err != nil && e.Status == 0 && !plain(e.Err) {
		brief.Err = errUnreadable
	}
	if strings.ContainsFunc(e.Code, func(r rune) bool { return !(r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_') }) {
		brief.Code = ""
	}
	return brief.Error()
}

var errUnreadable = errors.New("no answer that can be read")

// plain says that nothing of a failed exchange is in an error's text but
// addresses, and what the system says: net/http repeats what it can't read.
func plain(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var errno syscall.Errno
	return errors.As(err, &op) || errors.As(err, &dns) || errors.As(err, &errno) || ofProxy(err) || untrusted(err) ||
		errors.Is(err, errTimeout) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

// UID is the user that the call was about; "" for none, or many.
func (e *Error) UID() string {
	rest, ok := strings.CutPrefix(e.Path, "/users/")
	if !ok {
		return ""
	}
	uid, _, _ := strings.Cut(rest, "/")
	if uid, err := url.PathUnescape(uid); err == nil {
		return uid
	}
	return ""
}
