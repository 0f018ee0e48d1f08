package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"cometsync/internal/user"
)

// Target is the app that a plan is made for.
type Target struct {
	AppID   string
	Region  string
	BaseURL string
	Sandbox bool
}

// String names the target for people.
func (t Target) String() string {
	switch {
	case t.Sandbox:
		return "the embedded sandbox"
	case t.AppID != "":
		return fmt.Sprintf("app %s (%s)", t.AppID, t.Region)
	}
	return t.BaseURL
}

// Guard is a limit on the whole plan that was passed, and that refuses it.
type Guard struct {
	Name    string `json:"name"`  // such as "max-deactivate"
	Limit   string `json:"limit"` // as it was given, with what it comes to: "10% (= 8)"
	Actual  int    `json:"actual"`
	Message string `json:"message"` // what was found, the biggest groups concerned, what to do
}

// Held is a remote user that is left alone because a reject may stand for it.
type Held struct {
	UID    string
	Name   string
	Source user.Source // the row
}

// Remote counts the app's users.
type Remote struct {
	Active      int
	Deactivated int
	InScope     int // active and deactivated
}

// Plan is everything that a run would do, complete before the first write.
//
// Every remote user is exactly one of: an operation that is not a create,
// Unchanged, Held, OutOfScope, Protected, Kept.
type Plan struct {
	Target     Target
	CreatedAt  time.Time
	Inputs     []user.File // the sources that the roster was read from
	Operations []Operation // sorted: verb by verb in order of application, then by uid

	Guards      []Guard // tripped; any of them refuses the plan
	Withholding string  // why operations are withheld; "" if none is
	Held        []Held
	NewRoles    []string // to be created first

	Remote     Remote
	Unchanged  int // nothing to do, deactivated users that the roster does not want included
	OutOfScope int
	Protected  int
	Kept       int // active, absent from the roster, left by --missing keep

	Rejects []user.Reject // rows that turned out to be unusable only against the app
	Notices []user.Notice
}

// Sort brings operations into their order.
func (p *Plan) Sort() {
	slices.SortFunc(p.Operations, func(a, b Operation) int {
		return cmp.Or(cmp.Compare(a.Verb, b.Verb), strings.Compare(a.UID, b.UID))
	})
	slices.SortFunc(p.Held, func(a, b Held) int { return strings.Compare(a.UID, b.UID) })
	slices.Sort(p.NewRoles)
}

// Of gives the operations of one verb; Operations must be sorted.
func (p *Plan) Of(v Verb) []Operation {
	i, _ := slices.BinarySearchFunc(p.Operations, v, func(o Operation, v Verb) int { return cmp.Compare(o.Verb, v) })
	j, _ := slices.BinarySearchFunc(p.Operations, v+1, func(o Operation, v Verb) int { return cmp.Compare(o.Verb, v) })
	return p.Operations[i:j]
}

// Count is how many operations have the verb.
func (p *Plan) Count(v Verb) int { return len(p.Of(v)) }

// Refused says whether a guard tripped.
func (p *Plan) Refused() bool { return len(p.Guards) > 0 }

// Unsent gives every operation the outcome of a plan that is not carried out:
// withheld where it is withheld, else skipped.
func (p *Plan) Unsent() []Result {
	results := make([]Result, len(p.Operations))
	for i := range p.Operations {
		results[i].Outcome = Skipped
		if p.Operations[i].Withheld {
			results[i] = p.WithheldResult()
		}
	}
	return results
}

// WithheldResult is the result of every withheld operation.
func (p *Plan) WithheldResult() Result {
	return Result{Outcome: Withheld, Code: "withheld", Message: p.Withholding}
}

// Check says whether the remote's books balance: it is an error of the program if they do not.
func (p *Plan) Check() error {
	existing := 0
	for i, o := range p.Operations {
		if o.Verb != Create {
			existing++
		}
		if i > 0 && p.Operations[i-1].Verb == o.Verb && p.Operations[i-1].UID >= o.UID {
			return fmt.Errorf("operations are out of order at %s %s", o.Verb, o.UID)
		}
	}
	sum := existing + p.Unchanged + len(p.Held) + p.OutOfScope + p.Protected + p.Kept
	if all := p.Remote.Active + p.Remote.Deactivated; sum != all {
		return fmt.Errorf("%d remote users, but %d are accounted for (%d operations, %d unchanged, %d held, %d out of scope, %d protected, %d kept)",
			all, sum, existing, p.Unchanged, len(p.Held), p.OutOfScope, p.Protected, p.Kept)
	}
	return nil
}
