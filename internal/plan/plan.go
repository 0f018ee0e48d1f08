package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Held is a remote user that is left alone because a row may stand for it: one
// that can't be used, or else one of a Rekey.
type Held struct {
	UID     string           `json:"uid"`
	Name    string           `json:"name"`
	Source  user.Source      `json:"source"` // the row
	Because user.MatchReason `json:"because,omitzero"`
}

// Conflict is a user that an undo leaves alone, because somebody changed it
// since the run that is undone.
type Conflict struct {
	UID     string `json:"uid"`
	Name    string `json:"name"`
	Message string `json:"message"`       // what was found, and what would have been put back
	Gone    bool   `json:"gone,omitzero"` // the app does not have the user any more

	// Fields are those for which the user is left alone, in the order of the
	// run's changes, a state after them; none if the user is gone.
	Fields []ConflictField `json:"fields,omitempty"`
}

// ConflictField is a value that an undo does not write over, or can't write, so
// that somebody can decide on it. Values are canonical JSON; "" is not a value.
type ConflictField struct {
	Field   string // as in a KeyChange: a canonical field name, or metadata.KEY
	Before  string // before the run
	After   string // as the run left it
	Now     string
	Private bool // a @private value: masked in reports
}

// Remote counts the app's users.
type Remote struct {
	Active      int `json:"active"`
	Deactivated int `json:"deactivated"`
	InScope     int `json:"inScope"` // active and deactivated
}

// Plan is everything that a run would do, complete before the first write.
//
// Every remote user is exactly one of: an operation that is not a create,
// Unchanged, Held, OutOfScope, Protected, Kept, Conflicts (but those that are gone).
type Plan struct {
	Run    string `json:"run"` // the run that made it
	Target Target `json:"target"`
	// the later run that this is the record of, which applied it; "" for a plan to be applied
	AppliedBy string      `json:"appliedBy,omitempty"`
	CreatedAt time.Time   `json:"createdAt"`
	Undoes    string      `json:"undoes,omitempty"` // the run whose inverse this is; "" if it is none
	Redoes    bool        `json:"redoes,omitzero"`  // that run is an undo itself, so that this does again what it took back
	Config    Config      `json:"config"`           // the options under which it was made; none in what earlier versions wrote
	Inputs    []user.File `json:"inputs"`           // the sources that the roster was read from
	Dir       string      `json:"dir,omitempty"`    // that it was made in: what relative paths of inputs are relative to

	Operations []Operation `json:"-"` // sorted: verb by verb in order of application, then by uid

	Guards   []Guard `json:"guards"`             // tripped; any of them refuses the plan
	Allowed  []Guard `json:"allowed,omitempty"`  // tripped, and let through by --allow
	Foreseen []Guard `json:"foreseen,omitempty"` // of those who begin to leave, what will refuse the run in which they go: see Forewarned

	NewRoles     []string      `json:"newRoles"`               // to be created first; see NeededRoles
	Withholdings []Withholding `json:"withholdings,omitempty"` // why operations are withheld, a verb each

	Remote     Remote `json:"remote"`
	Unchanged  int    `json:"unchanged"` // nothing to do, deactivated users that the roster does not want included
	OutOfScope int    `json:"outOfScope"`
	Protected  int    `json:"protected"`
	Kept       int    `json:"kept"`               // active, absent from the roster, and not deactivated
	Strangers  int    `json:"strangers,omitzero"` // of those kept, whom no earlier run knew

	Leaving   []Leaving  `json:"leaving,omitempty"` // of those kept, who are deactivated later, in order of uids
	Gone      []Absence  `json:"gone,omitempty"`    // who is deactivated after so many runs, and absent since
	Held      []Held     `json:"held"`
	Rekeys    []Rekey    `json:"rekeys,omitempty"` // in order of the remote's uids; each Old is in Held as well
	Conflicts []Conflict `json:"conflicts"`        // of an inverse, in order of uids

	Rejects []user.Reject `json:"-"` // rows that turned out to be unusable only against the app
	Notices []user.Notice `json:"-"` // both stand behind the headers; see head

	// Standing are those whom the last good run had in its order and for whom no row
	// of this roster counts, by user.HashUID. They are not part of a saved plan.
	Standing []uint64 `json:"-"`

	// Places says of each remote user without an operation where it was left;
	// nil if nobody asked. It is not part of a saved plan.
	Places *Places `json:"-"`
}

// Sort brings operations into their order.
func (p *Plan) Sort() {
	sortOperations(p.Operations)
	slices.SortFunc(p.Held, func(a, b Held) int { return strings.Compare(a.UID, b.UID) })
	slices.SortFunc(p.Rekeys, func(a, b Rekey) int { return strings.Compare(a.Old, b.Old) })
	slices.SortFunc(p.Conflicts, func(a, b Conflict) int { return strings.Compare(a.UID, b.UID) })
	slices.Sort(p.NewRoles)
}

// order is that of operations: verb by verb in order of application, then by uid.
func order(a, b Operation) int {
	return cmp.Or(cmp.Compare(a.Verb, b.Verb), strings.Compare(a.UID, b.UID))
}

// sortOperations puts operations in order. They are large, and lie wherever they were
// made: what decides most comparisons is set side by side, and each operation is moved once.
func sortOperations(all []Operation) {
	if slices.IsSortedFunc(all, order) {
		return
	}
	type place struct {
		key  uint64 // the bytes of the uid where uids begin to differ
		from int32
		verb Verb
	}
	common := alike(len(all), func(i int) string { return all[i].UID })
	places := make([]place, len(all))
	for i := range all {
		places[i] = place{prefix(all[i].UID[common:]), int32(i), all[i].Verb}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.verb != b.verb || a.key != b.key {
			return cmp.Or(cmp.Compare(a.verb, b.verb), cmp.Compare(a.key, b.key))
		}
		return strings.Compare(all[a.from].UID, all[b.from].UID)
	})
	for i := range places {
		first := all[i]
		for at := i; places[at].from >= 0; {
			from := int(places[at].from)
			places[at].from = -1 // done
			if from == i {
				all[at] = first
				break
			}
			all[at] = all[from]
			at = from
		}
	}
}

// Of gives the operations of one verb; Operations must be sorted.
func (p *Plan) Of(v Verb) []Operation {
	i, _ := slices.BinarySearchFunc(p.Operations, v, func(o Operation, v Verb) int { return cmp.Compare(o.Verb, v) })
	j, _ := slices.BinarySearchFunc(p.Operations, v+1, func(o Operation, v Verb) int { return cmp.Compare(o.Verb, v) })
	return p.Operations[i:j]
}

// On is which operation is on a user; false if there is none.
func (p *Plan) On(uid string) (int, bool) {
	at := 0
	for _, v := range Verbs() {
		list := p.Of(v)
		if i, has := slices.BinarySearchFunc(list, uid, func(o Operation, uid string) int { return strings.Compare(o.UID, uid) }); has {
			return at + i, true
		}
		at += len(list)
	}
	return -1, false
}

// heldAt is a user who is held; nil of any other.
func (p *Plan) heldAt(uid string) *Held {
	if i, held := slices.BinarySearchFunc(p.Held, uid, func(h Held, uid string) int { return strings.Compare(h.UID, uid) }); held {
		return &p.Held[i]
	}
	return nil
}

// Count is how many operations have the verb.
func (p *Plan) Count(v Verb) int { return len(p.Of(v)) }

// Refused reports whether a guard tripped.
func (p *Plan) Refused() bool { return len(p.Guards) > 0 }

// Unsent gives every operation the outcome of a plan that is not carried out:
// withheld where it is withheld, else skipped.
func (p *Plan) Unsent() []Result {
	results := make([]Result, len(p.Operations))
	for i := range p.Operations {
		results[i].Outcome = Skipped
		if p.Operations[i].Withheld {
			results[i] = p.WithheldResult(p.Operations[i].Verb)
		}
	}
	return results
}

// WithheldResult is the result of every withheld operation of a verb.
func (p *Plan) WithheldResult(v Verb) Result {
	return Result{Outcome: Withheld, Code: "withheld", Message: p.WhyWithheld(v)}
}

// Check reports whether the plan holds together: it is an error of the program if
// it does not. Operations are in order, each user has at most one, each is
// one that can be carried out, whoever is one of a pair has none, and the
// remote's books balance.
func (p *Plan) Check() error {
	uid, twice := "", false
	var beside sync.WaitGroup
	beside.Go(func() { uid, twice = p.twice() }) // which is as much work as all else
	defer beside.Wait()
	existing := 0
	for i := range p.Operations {
		o := &p.Operations[i]
		if o.Verb != Create {
			existing++
		}
		switch {
		case o.Verb == noVerb || o.Verb > Deactivate:
			return fmt.Errorf("operation %d, on %s, has no verb", i, o.UID)
		case o.Verb == Deactivate && len(o.Changes) > 0 && o.Reason != Undone, o.Verb == Update && len(o.Changes) == 0:
			return phrase.Errorf("%s %s has %d changes", o.Verb, o.UID, len(o.Changes))
		case i > 0 && order(p.Operations[i-1], *o) >= 0:
			return fmt.Errorf("operations are out of order at %s %s", o.Verb, o.UID)
		}
	}
	if beside.Wait(); twice {
		return fmt.Errorf("%s has two operations", uid)
	}
	if err := p.checkRekeys(); err != nil {
		return err
	}
	if err := p.checkLeaving(); err != nil {
		return err
	}
	conflicts := 0
	for i := range p.Conflicts {
		if !p.Conflicts[i].Gone {
			conflicts++
		}
	}
	sum := existing + p.Unchanged + len(p.Held) + p.OutOfScope + p.Protected + p.Kept + conflicts
	if all := p.Remote.Active + p.Remote.Deactivated; sum != all {
		return phrase.Errorf("%d remote users, but %d are accounted for (%d operations, %d unchanged, %d held, %d out of scope, %d "+
			"protected, %d kept, %d in conflict)",
			all, sum, existing, p.Unchanged, len(p.Held), p.OutOfScope, p.Protected, p.Kept, conflicts)
	}
	return nil
}

// twice finds a user with operations of two verbs, or one that is held or in
// conflict and has an operation. Every list is in order of uids, so that one
// walk through all at once finds it, and nothing has to be remembered of a
// million users.
func (p *Plan) twice() (uid string, found bool) {
	lists := [][]Operation{p.Of(Reactivate), p.Of(Create), p.Of(Update), p.Of(Deactivate)}
	held, conflicts := p.Held, p.Conflicts
	for {
		least, next := -1, ""
		for i, l := range lists {
			if len(l) > 0 && (least < 0 || l[0].UID < next) {
				least, next = i, l[0].UID
			}
		}
		switch {
		case len(held) > 0 && (least < 0 || held[0].UID < next) && (len(conflicts) == 0 || held[0].UID <= conflicts[0].UID):
			next, held = held[0].UID, held[1:]
		case len(conflicts) > 0 && (least < 0 || conflicts[0].UID < next):
			next, conflicts = conflicts[0].UID, conflicts[1:]
		case least >= 0:
			lists[least] = lists[least][1:]
		default:
			return "", false
		}
		if found && next == uid {
			return uid, true
		}
		uid, found = next, true
	}
}
