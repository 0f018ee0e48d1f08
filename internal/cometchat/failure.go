package cometchat

import (
	"errors"
	"strconv"

	"cometsync/internal/plan"
)

// Exists says that the uid, or the role, is taken.
func (e *Error) Exists() bool { return IsExists(e) }

// NotFound says that the service knows no such user, or that it is deactivated.
func (e *Error) NotFound() bool { return IsNotFound(e) }

// Unsupported says that the app does not have this call, while others work.
func (e *Error) Unsupported() bool { return e.lacking() }

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

// Kind is the one meaning of the failure.
func (e *Error) Kind() plan.FailureKind {
	var redirect *redirectError
	switch {
	case e.lost:
		return plan.InDoubt
	case e.throttled():
		return plan.Throttled
	case e.Exists(), e.NotFound():
		return plan.Conflicting
	case errors.As(e.Err, &redirect) || untrusted(e.Err):
		return plan.ServerFailure
	case e.Fatal(), e.lacking():
		return plan.Forbidden
	case e.refusal() && !e.server():
		return plan.BadInput
	case e.Status >= 400 && e.Status < 500 && !e.server() && !passing(e.Status):
		return plan.BadInput
	}
	return plan.ServerFailure
}

// HTTPStatus is the status of the last answer; 0 if there was none.
func (e *Error) HTTPStatus() int { return e.Status }

// FieldDetails are the service's messages by field, of a validation failure.
func (e *Error) FieldDetails() map[string][]string { return e.Details }
