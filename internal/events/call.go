package events

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cometsync/internal/cometchat"
	"cometsync/internal/exit"
)

// impersonal is what an error says, without what it quotes of a source, and
// without what the service said of its own. What is on the command line may
// be repeated, and so may all of an error that ended the run before it read.
func (l *Log) impersonal(err error) string {
	text := err.Error()
	if exit.Of(err) == exit.Usage {
		return text
	}
	for _, call := range FailedCalls(err) {
		text = strings.ReplaceAll(text, call.Error(), call.Brief())
	}
	text = quotation.ReplaceAllStringFunc(text, func(q string) string {
		if slices.ContainsFunc(l.of.Args, func(arg string) bool { return strings.HasSuffix("="+arg, "="+strings.Trim(q, `"`)) }) {
			return q
		}
		return `"…"`
	})
	if cut := single.FindStringIndex(text); cut != nil {
		text = text[:cut[0]] + " …"
	}
	return text
}

var (
	quotation = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)
	single    = regexp.MustCompile(`(?:^|[\s(=\[])'`)
)

// Code is the code of a failure: the service's, if an answer of that status has
// one that looks like it, or else one of ours.
func Code(text string, status int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	code, is := strings.CutPrefix(strings.TrimPrefix(text, "AUTH_"), "ERR_")
	if status != 0 && (!is || code == "" || len(code) > 60 || strings.Trim(code, letters) != "") {
		return fmt.Sprintf("http-%d", status)
	}
	return text
}

// FailedCalls are the calls of which an error tells.
func FailedCalls(err error) []*cometchat.Error {
	switch e := err.(type) {
	case *cometchat.Error:
		return []*cometchat.Error{e}
	case interface{ Unwrap() error }:
		return FailedCalls(e.Unwrap())
	case interface{ Unwrap() []error }:
		var calls []*cometchat.Error
		for _, err := range e.Unwrap() {
			calls = append(calls, FailedCalls(err)...)
		}
		return calls
	}
	return nil
}

// CallAttrs are what is to be known of a call that failed.
func CallAttrs(e *cometchat.Error) []any {
	attrs := []any{"op", e.Method + " " + e.Path, "http", e.HTTPStatus(), "code", Code(e.ServiceCode(), e.HTTPStatus()), "attempt",
		e.Attempts}
	if uid := e.UID(); uid != "" {
		attrs = append(attrs, "uid", uid)
	}
	return attrs
}
