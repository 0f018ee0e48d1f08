package guard

import (
	"math"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// # The form of a uid
//
// A form is what is left of a uid without what it says: that there are letters,
// how many digits, which other signs, in their order. People who come with
// uids of a form that nobody has are another system's: to create them would give
// everybody whom the app knows otherwise a second account. They wait until
// somebody has said that they are meant; nobody else has to.
//
// Uids that a machine drew at random have no form, or each its own, and then a new
// one says nothing: see ownForms.

func formOf(uid string) uint64 {
	const offset, prime = 0xCBF29CE484222325, 0x100000001B3
	h := uint64(offset)
	for i := 0; i < len(uid); i++ {
		switch c := uid[i]; {
		case c >= '0' && c <= '9':
			h = (h ^ '9') * prime
		case c != '-' && c != '_': // a letter; of a run the first counts
			if i == 0 || !letter(uid[i-1]) {
				h = (h ^ 'a') * prime
			}
		default:
			h = (h ^ uint64(c)) * prime
		}
	}
	return h
}

func letter(c byte) bool { return c != '-' && c != '_' && (c < '0' || c > '9') }

// newForms withholds users who would be created under uids of a form that no
// active user has.
func (j *judge) newForms() {
	created := j.Plan.Of(plan.Create)
	if j.Past == nil || len(created) < mostNewForms || j.Watch.forms.values[0] >= mostValues {
		return
	}
	fresh := map[uint64][]string{} // uids by form
	var order []uint64
	n := 0
	for i := range created {
		if form := formOf(created[i].UID); j.Watch.forms.of(trait{hash: form}) == 0 && !j.begun(plan.Create, created[i].UID) {
			if fresh[form] == nil {
				order = append(order, form)
			}
			fresh[form] = append(fresh[form], created[i].UID)
			n++
		}
	}
	if n < mostNewForms || j.Plan.Remote.Active == 0 {
		return
	}
	chance := float64(len(created)*j.Watch.forms.alone()) / float64(j.Plan.Remote.Active)
	if float64(n) <= chance+ownForms*math.Sqrt(chance) {
		return
	}
	words := make([]string, 0, someForms)
	for _, form := range order[:min(someForms, len(order))] {
		words = append(words, alikeText(fresh[form]))
	}
	if len(order) > someForms {
		words = append(words, "…")
	}
	j.Plan.Withhold(plan.Create, plan.Guard{Name: plan.NewForm, Limit: phrase.Thousands(mostNewForms), Actual: n,
		Message: phrase.Sprintf("%d users would be created under uids of a form that no active user of the app has, and wait: %s",
			n, strings.Join(words, ", "))},
		func(o *plan.Operation) bool { return fresh[formOf(o.UID)] != nil && !j.begun(plan.Create, o.UID) })
}

// alikeText is uids of one form in a few words.
func alikeText(uids []string) string {
	if len(uids) == 1 {
		return uids[0]
	}
	return phrase.Sprintf("%s and %d like it", uids[0], len(uids)-1)
}
