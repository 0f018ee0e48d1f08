package guard

import "cometsync/internal/plan"

// # What a run leaves undone
//
// A migration takes several nights, and a service fails: what the last good run
// was to carry out and did not get done goes on in the next one, and no guard is
// surprised by it. That holds for what was accepted, and for nothing else: not for
// what somebody held back, what was withheld, or what was left alone since the app
// had changed; and not for a plan that an --allow let through, in that one run.

// accepted is what the last good run was to carry out on a user and did not get done.
func (j *judge) accepted(uid string) *plan.Operation {
	was := j.left(uid)
	if was == nil || j.let || was.Operation.Withheld || was.Result.Decided() || was.Result.Outcome == plan.Drifted {
		return nil
	}
	return &was.Operation
}

// begun reports whether an operation goes on with what the last good run began.
func (j *judge) begun(v plan.Verb, uid string) bool {
	was := j.accepted(uid)
	return was != nil && was.Verb == v
}

// left is what the last good run planned for a user and did not get done, for
// whatever reason.
func (j *judge) left(uid string) *plan.Done {
	if j.undone == nil {
		j.undone = map[string]*plan.Done{}
		if j.Last != nil {
			var last []plan.Done
			last, j.let = j.Last()
			for i := range last {
				if last[i].Result.Outcome != plan.Applied {
					j.undone[last[i].Operation.UID] = &last[i]
				}
			}
		}
	}
	return j.undone[uid]
}
