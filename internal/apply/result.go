package apply

import (
	"context"
	"errors"
	"fmt"

	"cometsync/internal/plan"
)

// applied is the result of an operation that is confirmed, and of what it did.
func applied(did ...plan.Verb) plan.Result {
	return plan.Result{Outcome: plan.Applied, Did: plan.VerbsOf(did...)}
}

func with(did plan.Verb, result plan.Result) plan.Result {
	result.Did.Add(did)
	return result
}

// told is a failure's result, with what its error tells of the service's answer.
func told(outcome plan.Outcome, err error, message string) plan.Result {
	result := plan.Result{Outcome: outcome, Code: "request", Kind: plan.BadInput, Message: message}
	var f Failure
	var u unnamed
	if errors.As(err, &u) {
		result.Code, result.Kind = plan.CodeNotConfirmed, plan.ServerFailure
	} else if errors.As(err, &f) {
		result.Code, result.Kind, result.Status, result.Details = f.ServiceCode(), f.Kind(), f.HTTPStatus(), f.FieldDetails()
	}
	return result
}

// failed is the result of a request whose error leaves no doubt: it was
// refused, or never sent.
func (r *runner) failed(err error) plan.Result {
	if e := r.flight.Err(); e != nil && errors.Is(err, e) {
		return r.unsent() // the wait for its turn was cut short
	}
	if e := r.handOut.Err(); e != nil && errors.Is(err, e) && !lost(err) {
		return r.unsent()
	}
	return told(plan.Failed, err, err.Error())
}

// unsent is the result of an operation that the run stopped before.
func (r *runner) unsent() plan.Result {
	cause := context.Cause(r.handOut)
	result := plan.Result{Outcome: plan.Skipped}
	switch {
	case errors.Is(cause, ErrOutOfTime):
		result.Code, result.Message = plan.CodeOutOfTime, "not sent: --max-duration was over; run again to go on"
	case r.outer.Err() != nil && errors.Is(cause, context.Cause(r.outer)):
		result.Code, result.Message = plan.CodeInterrupted, "not sent: the run was interrupted; run again to finish the rest"
	default:
		result.Code, result.Message = plan.CodeStopped, fmt.Sprintf("not sent: the run stopped: %v", cause)
	}
	return result
}

// halfway is the result of an operation of which something was done before
// the rest came to result.
func halfway(done string, result plan.Result) plan.Result {
	if result.Outcome == plan.Applied {
		return result
	}
	if result.Outcome == plan.Skipped {
		// The user is now neither as before nor as planned.
		result.Outcome, result.Kind = plan.Failed, plan.Conflicting
	}
	result.Message = done + ": " + result.Message
	return result
}

// notDone is the result of an operation whose answer was lost, and of which
// the user, read since, does not show everything.
func notDone(answerLost error) plan.Result {
	result := told(plan.Failed, answerLost, fmt.Sprintf("%v; the user was read since, and does not show it; run again", answerLost))
	result.Kind = plan.ServerFailure // it is in doubt no more
	return result
}

// unknown is the result of an operation whose answer was lost, and could not
// be made up for.
func unknown(answerLost error) plan.Result {
	result := told(plan.Unknown, answerLost, fmt.Sprintf(
		"%v; nobody could find out whether it was done; run again, which starts from what the app shows then", answerLost))
	result.Kind = plan.InDoubt
	return result
}

func drifted(code, message string) plan.Result {
	return plan.Result{Outcome: plan.Drifted, Kind: plan.Conflicting, Code: code, Message: message}
}

// taken is the result of a create whose uid is somebody else's by now.
func taken() plan.Result {
	return drifted(plan.CodeDrifted, "the app already has the user, and it was planned to be created; plan again")
}

// there is the result of a create whose user this run did not make, for what
// was done to that user instead: it is as it was to be, and nobody was created.
func there(result plan.Result) plan.Result {
	is := drifted(plan.CodeAlready, "the app already has the user, as it was to be; it was not created by this run")
	is.Did, is.Instead = result.Did, result.Instead
	return is
}

func gone() plan.Result {
	return drifted("gone", "the user was deleted since the plan was made")
}

func deactivatedSince() plan.Result {
	return drifted("deactivated", "the user was deactivated since the plan was made; left alone")
}

// lost reports whether the request after an error may have been carried out.
func lost(err error) bool {
	var u unnamed
	return is(err, Failure.Lost) || errors.As(err, &u)
}

// is asks the Failure of an error, if it is one.
func is(err error, what func(Failure) bool) bool {
	var f Failure
	return errors.As(err, &f) && what(f)
}
