package report

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// likenesses say why a row holds a user, and what two users who are probably one have
// in common.
var likenesses = map[user.MatchReason]struct{ holds, pairs string }{
	user.SameUID:      {"its uid is in the row", "the uids are alike"},
	user.SameKey:      {"same value under a second key", "same value under a second key"},
	user.SameNumber:   {"the row's uid is the same number with leading zeros", "the uids are one number, but for leading zeros"},
	user.RoundedAlike: {"a spreadsheet rounded the row's uid, and this one rounds to it", "one uid is the other as a spreadsheet rounds it"},
	user.SameSlug:     {"the row's uid is not valid, and this is what is left of it", "one uid is what is left of the other"},
	user.SameVendor: {"this is what the vendor's migration tool makes of the row's uid",
		"one uid is what the vendor's migration tool makes of the other"},
	user.SameName:     {"the row has this user's name, and its uid stands in another row as well", "the names are the same"},
	user.SameCell:     {"a cell of that broken row has this uid", "a cell of the row has the old uid"},
	user.SameAffix:    {"probably the row's person under another uid", "the uids differ in their prefix or domain alone"},
	user.SamePerson:   {"probably the row's person under another uid", "name and department are the same"},
	user.Unmanageable: {"unmanageable as the app shows it", ""},
}

// inCommon says what the users of a pair have in common: of a second key it names the
// key, never a value.
func inCommon(k *plan.Rekey, options plan.Config) string {
	if key := secondKey(k.Because, nil, options); key != "" {
		return "same " + key
	}
	return likenesses[k.Because].pairs
}

// heldBy says why a row holds a user; x is the row's reject, nil if it is none,
// and k the pair that the user is the old one of.
func heldBy(h *plan.Held, x *user.Reject, k *plan.Rekey, options plan.Config) string {
	switch key := secondKey(h.Because, x, options); {
	case k != nil:
		return likenesses[user.SamePerson].holds
	case key != "":
		return "same " + key
	case h.Because == user.SameNumber && x != nil && otherwise(x, h.UID):
		return "the row's uid is the same number, written in another way"
	case h.Because == user.SameNumber && strings.HasPrefix(h.UID, "0"):
		return "the row's uid is the same number without leading zeros"
	}
	return likenesses[max(h.Because, user.SameUID)].holds
}

// otherwise says whether the cell of a row that is a uid's number is more than its
// digits, as 10000.0 and 10,000 are.
func otherwise(x *user.Reject, uid string) bool {
	claim, found := user.Claim{Because: user.SameNumber, Value: user.SameDigits(uid)}, false
	for _, cell := range x.Cells {
		if slices.Contains(user.Claims(cell), claim) {
			if found = true; user.SameDigits(user.FoldUID(cell)) != "" {
				return false
			}
		}
	}
	return found
}

// secondKey names the key by which a row and a user are alike, as far as it is
// known: a saved plan does not say what a reject claims.
func secondKey(l user.MatchReason, x *user.Reject, options plan.Config) string {
	if l != user.SameKey {
		return ""
	}
	var keys []string
	if x != nil {
		for i := range x.Claims {
			if c := &x.Claims[i]; c.Because == user.SameKey && !slices.Contains(keys, "metadata."+c.Key) {
				keys = append(keys, "metadata."+c.Key)
			}
		}
	}
	if len(keys) == 0 {
		for _, o := range options {
			if o.Name == matchOption {
				keys = o.Values
			}
		}
	}
	return strings.Join(keys, " or ")
}

// matchOption is the option that names second keys.
const matchOption = "match"

// mostHeld is how many users of one row a list of rejects names.
const mostHeld = 20

// holding is the users whom a reject holds.
type holding struct {
	uids []string // the first of them
	n    int
}

// holdings finds whom each row holds.
func holdings(p *plan.Plan) map[user.Source]holding {
	holds := make(map[user.Source]holding)
	for i := range p.Held {
		h := &p.Held[i]
		if h.Because == user.Unmanageable {
			continue // no row does
		}
		of := holds[h.Source]
		if of.n++; of.n <= mostHeld {
			of.uids = append(of.uids, h.UID)
		}
		holds[h.Source] = of
	}
	return holds
}

// String names the users in words; "" for nobody.
func (h holding) String() string {
	if h.n == 0 {
		return ""
	}
	text := "holds " + strings.Join(h.uids, ", ")
	if more := h.n - len(h.uids); more > 0 {
		text += fmt.Sprintf(" and %s more", phrase.Thousands(more))
	}
	return text
}
