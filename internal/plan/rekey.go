package plan

import (
	"fmt"

	"cometsync/internal/user"
)

// Rekey is two users who are probably one person: one of the remote's, absent
// from the roster, and one of the roster's under another uid, unknown to the
// remote. The first is held and the second not created, until somebody has
// said whether they are one.
type Rekey struct {
	Old        string           `json:"old"` // the remote's uid,
	New        string           `json:"new"` // and the roster's
	OldName    string           `json:"oldName"`
	NewName    string           `json:"newName"`
	Because    user.MatchReason `json:"because,omitzero"`
	Confidence int              `json:"confidence"` // per cent
	Source     user.Source      `json:"source"`     // New's row
}

// checkRekeys reports whether each pair is held, by its row or by one that can't
// be used, and neither of the two has an operation or is of another pair: else
// the answer that they are two people would come too late, or that they are one
// would be given twice.
func (p *Plan) checkRekeys() error {
	seen := make(map[string]bool, 2*len(p.Rekeys))
	rejects := map[user.Source]*Rekey{} // rows that have to be
	for i := range p.Rekeys {
		k := &p.Rekeys[i]
		held := p.heldAt(k.Old)
		at, changes := p.On(k.New)
		switch {
		case i > 0 && p.Rekeys[i-1].Old > k.Old:
			return fmt.Errorf("pairs are out of order at %s", k.Old)
		case k.Old == k.New, seen[k.Old], seen[k.New]:
			return fmt.Errorf("%s and %s are a pair, and one of them is in another", k.Old, k.New)
		case held == nil:
			return fmt.Errorf("%s and %s are a pair, and %s is not held", k.Old, k.New, k.Old)
		case !held.by(k):
			return fmt.Errorf("%s and %s are a pair by %s (%s), and %s is held by %s (%s)",
				k.Old, k.New, k.Source, k.Because, k.Old, held.Source, held.Because)
		case k.Confidence < 1 || k.Confidence > 100:
			return fmt.Errorf("%s and %s are a pair by %d%%", k.Old, k.New, k.Confidence)
		case changes:
			return fmt.Errorf("%s and %s are a pair, and there is an operation to %s %s", k.Old, k.New, p.Operations[at].Verb, k.New)
		}
		seen[k.Old], seen[k.New] = true, true
		if held.Source != k.Source {
			rejects[held.Source] = k
		}
	}
	return p.checkRejects(rejects)
}

// by reports whether the user of a pair is held as such a user is: by its row, for
// what makes it a pair, or by another for what a row that can't be used claims.
func (h *Held) by(k *Rekey) bool {
	if h.Source == k.Source {
		return h.Because == k.Because
	}
	return h.Because != user.SameAffix && h.Because != user.SamePerson
}

// checkRejects reports whether rows are those of no user that the plan has, by the
// pairs whose old users they hold.
func (p *Plan) checkRejects(rows map[user.Source]*Rekey) error {
	if len(rows) == 0 {
		return nil
	}
	for i := range p.Rekeys {
		if k := rows[p.Rekeys[i].Source]; k != nil {
			return fmt.Errorf("%s and %s are a pair, and %s is held by %s, the row of %s", k.Old, k.New, k.Old, p.Rekeys[i].Source,
				p.Rekeys[i].New)
		}
	}
	for i := range p.Operations {
		if k := rows[p.Operations[i].Source]; k != nil {
			return fmt.Errorf("%s and %s are a pair, and %s is held by %s, the row of %s", k.Old, k.New, k.Old, p.Operations[i].Source,
				p.Operations[i].UID)
		}
	}
	return nil
}
