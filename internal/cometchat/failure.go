package cometchat

import "strconv"

// Exists says that the uid, or the role, is taken.
func (e *Error) Exists() bool { return IsExists(e) }

// NotFound says that the service knows no such user, or that it is deactivated.
func (e *Error) NotFound() bool { return IsNotFound(e) }

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
