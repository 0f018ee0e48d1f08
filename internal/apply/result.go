package apply

import (
	"errors"
	"fmt"

	"cometsync/internal/plan"
)

// failed is the result of a request whose error leaves no doubt: it was
// refused, or never sent.
func (r *runner) failed(err error) plan.Result {
	if e := r.flight.Err(); e != nil && errors.Is(err, e) {
		return r.unsent() // the wait for its turn was cut short
	}
	return plan.Result{Outcome: plan.Failed, Code: code(err), Message: err.Error()}
}

// halfway is the result of an operation of which something was done before
// the rest came to result.
func halfway(done string, result plan.Result) plan.Result {
	if result.Outcome == plan.Applied {
		return result
	}
	if result.Outcome == plan.Skipped {
		result.Outcome = plan.Failed
	}
	result.Message = done + ": " + result.Message
	return result
}

// notDone is the result of an operation whose answer was lost, and of which
// the user, read since, does not show everything.
func notDone(answerLost error) plan.Result {
	return plan.Result{Outcome: plan.Failed, Code: code(answerLost),
		Message: fmt.Sprintf("%v; the user was read since, and does not show it; run again", answerLost)}
}

// unknown is the result of an operation whose answer was lost, and could not
// be made up for.
func unknown(answerLost error) plan.Result {
	return plan.Result{Outcome: plan.Unknown, Code: code(answerLost),
		Message: fmt.Sprintf("%v; nobody could find out whether it was done; run again, which starts from what the app shows then", answerLost)}
}

func gone() plan.Result {
	return plan.Result{Outcome: plan.Drifted, Code: "gone", Message: "the user was deleted since the plan was made"}
}

func deactivatedSince() plan.Result {
	return plan.Result{Outcome: plan.Drifted, Code: "deactivated", Message: "the user was deactivated since the plan was made; left alone"}
}

// lost says whether the request behind an error may have been carried out.
func lost(err error) bool {
	var f Failure
	return errors.As(err, &f) && f.Lost()
}

func code(err error) string {
	var f Failure
	if errors.As(err, &f) {
		return f.ServiceCode()
	}
	return "request"
}
