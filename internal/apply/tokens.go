package apply

import (
	"fmt"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// maxTokenFailures is how many tokens in a row may not be had before no more
// are asked for: each that fails takes seconds of repetitions.
const maxTokenFailures = 5

// giveToken hands over a token for a user that this run created: the one of
// the creation's answer, else one that is asked for. The user is as planned
// without it, so that a token that can't be had is told and changes no outcome.
func (r *runner) giveToken(f *flight, result *plan.Result) {
	why := r.needToken(f)
	if why == "" {
		if err := r.opt.Tokens(f.o.UID, f.token); err != nil {
			err = fmt.Errorf("the auth token of %s: %w", f.o.UID, err)
			r.stop(err)
			why = err.Error()
		}
	}
	f.token = ""
	switch {
	case why == "":
	case result.Outcome == plan.Applied:
		result.Code = plan.CodeNoToken
		result.Message = "the user was created, and no auth token could be had: " + why + "; make one in the dashboard, or through the API"
	default:
		result.Message += "; and no auth token could be had: " + why
	}
}

// needToken sees to it that a flight has its token, or says why it has none.
func (r *runner) needToken(f *flight) (why string) {
	if f.token != "" {
		return ""
	}
	if r.stopped() {
		return "the run stopped before it could be asked for"
	}
	if r.noTokens.Load() >= maxTokenFailures {
		return phrase.Sprintf("it was not asked for, since %d others could not be had", maxTokenFailures)
	}
	before := f.own
	token, err := r.remote.Token(f.ctx, f.o.UID)
	r.fatal(err)
	// How tokens fare is nothing to the creates' breaker.
	f.told.Requests += f.own.Requests - before.Requests
	f.told.Trouble += f.own.Trouble - before.Trouble
	switch {
	case err != nil:
		r.noTokens.Add(1)
		return err.Error()
	case token == "":
		r.noTokens.Add(1)
		return "the service's answer holds none"
	}
	r.noTokens.Store(0)
	f.token = token
	return ""
}
