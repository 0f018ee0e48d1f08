package apply

import (
	"fmt"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// maxImports is how many imports may be under way at once. The service takes
// about one a second: more would only wait for their turn, and all of their
// users would be on record as sent.
const maxImports = 4

// imports creates many users by one request. Each row of its answer stands for
// itself; what the answer does not tell is found out by reading the users, and
// who is not there goes along with a later request.
func (r *runner) imports(k *kind, indices []int) {
	var ready []int
	var users []user.User
	for _, i := range indices {
		u, err := r.plan.Operations[i].User()
		if err != nil {
			r.settle(i, r.failed(err))
			continue
		}
		ready, users = append(ready, i), append(users, u)
	}
	if r.noImport.Load() {
		for _, i := range ready {
			if !r.sending(k) {
				return
			}
			for _, f := range r.board(k, i) {
				r.conclude(f, r.alone(f))
			}
		}
		return
	}
	if len(ready) == 0 {
		return
	}
	flights, rows, n := r.sendImport(k, ready, users)
	r.tally(k, n)
	for m, f := range flights {
		f.sends++
		var row plan.Imported
		if m < len(rows) {
			row = rows[m]
		}
		f.shared += row.Sends
		r.fatal(row.Failed)
		if result, again := r.row(f, row); !again {
			r.conclude(f, result)
			continue
		}
		r.stay(f)
		k.mu.Lock()
		k.again = append(k.again, f.i)
		k.mu.Unlock()
	}
}

// sendImport sends an import when it is its turn; no flights if it was not sent.
func (r *runner) sendImport(k *kind, indices []int, users []user.User) (flights []*flight, rows []plan.Imported, n plan.Attempts) {
	r.importing <- struct{}{}
	defer func() { <-r.importing }()
	if !r.sending(k) {
		return nil, nil, n
	}
	if flights = r.board(k, indices...); flights != nil {
		rows = r.remote.Import(r.counted(&n), users)
	}
	return flights, rows, n
}

// row settles one user of an import, or says that it is to be sent again.
func (r *runner) row(f *flight, row plan.Imported) (_ plan.Result, again bool) {
	err := row.Failed
	switch {
	case err == nil && row.Named && row.User.State == user.Deactivated:
		f.lost = nil // it was not made by this import
		return r.existing(f, unnamed(f.o.UID)), false
	case err == nil && row.Named:
		return with(plan.Create, r.complete(f, &row.User)), false
	case r.opt.Else && is(err, Failure.Unsupported):
		r.noImport.Store(true)
		return r.alone(f), false
	case err == nil:
		err = unnamed(f.o.UID)
	}
	return r.uncreated(f, err)
}

// alone creates a user by itself that was to be imported. Nothing but an import
// takes the times of its past.
func (r *runner) alone(f *flight) plan.Result {
	rest, times := part(f.o.Changes, dated)
	if len(times) > 0 {
		o := *f.o
		o.Changes = rest
		f.o = &o
	}
	result := r.create(f)
	if result.Outcome == plan.Applied && result.Did.Has(plan.Create) && len(times) > 0 {
		result.Code, result.Message = plan.CodeUndated, "created without "+fields(times)+
			", since the app has no bulk import and nothing else takes such times; they can't be set afterwards"
	}
	return result
}

// complete compares an imported user with what was sent. An import does not
// take every field, and its answer need not show every field: what it does not
// show is looked up, and what is missing then is sent as an update, but for
// times, which no update takes.
func (r *runner) complete(f *flight, answer *user.User) plan.Result {
	var shown, rest plan.Operation
	for _, c := range f.o.Changes {
		if answer.Has.Has(c.Field) {
			shown.Changes = append(shown.Changes, c)
		} else {
			rest.Changes = append(rest.Changes, c)
		}
	}
	if unmet := shown.Unmet(answer); len(unmet) > 0 {
		return didNotStick(f, answer, unmet)
	}
	if len(rest.Changes) == 0 {
		return applied()
	}
	const aside = "imported, but the answer does not show everything, and the rest could not be seen to"
	if r.halted.Load() {
		return halfway(aside, r.unsent())
	}
	found, ok, err := r.find(f)
	switch {
	case err != nil:
		return halfway(aside, r.failed(err))
	case !ok:
		f.unshown = []string{"the user itself"}
		return plan.Result{Outcome: plan.Failed, Kind: plan.ServerFailure, Code: plan.CodeDidNotStick,
			Message: "the service answered that the user was imported, and does not show it, not even among the deactivated; look it up " +
				"in the dashboard"}
	}
	unmet, times := part(rest.Unmet(&found), dated)
	result := applied()
	switch {
	case len(unmet) == 0:
	case !r.sending(f.kind):
		result = halfway(aside, r.unsentOf(f.kind))
	default:
		result = halfway(aside, r.change(f, unmet))
	}
	return r.timed(f, with(plan.Create, result), &found, times)
}

// timed settles a user that this run created and that did not show these times
// when it was found. Reading may lag behind the import; a kind that is stopped
// waits for nobody any more.
func (r *runner) timed(f *flight, result plan.Result, found *user.User, times []plan.Change) plan.Result {
	if len(times) == 0 {
		return result
	}
	if result.Outcome == plan.Applied && r.sending(f.kind) {
		read, shown := r.readBack(f, result)
		if shown || read.Outcome != plan.Applied {
			return read
		}
	}
	rest := f.unshown
	wrong := didNotStick(f, found, times)
	wrong.Did = result.Did
	if result.Outcome != plan.Applied {
		f.unshown = rest
		result.Message += "; and " + wrong.Message
		return result
	}
	return wrong
}

// unnamed is the error of an import whose answer does not name a user: nobody
// knows whether it was stored.
type unnamed string

func (u unnamed) Error() string {
	return fmt.Sprintf("the service's answer to the import does not name %s", string(u))
}
