package run

import (
	"strings"
	"testing"

	"cometsync/internal/plan"
)

// A run that died had revoked tokens of a deactivation that it had sent, for
// certain if that was carried out, and perhaps if not.
func TestSettleRevoked(t *testing.T) {
	on, off := plan.Config{{Name: "revoke-tokens", Values: []string{"true"}}}, plan.Config{{Name: "revoke-tokens",
		Values: []string{"false"}}}
	for _, c := range []struct {
		config  plan.Config
		verb    plan.Verb
		did     plan.VerbSet
		revoked bool
		perhaps bool
	}{
		{on, plan.Deactivate, plan.VerbsOf(plan.Deactivate), true, false},
		{on, plan.Deactivate, plan.VerbsOf(plan.Update, plan.Deactivate), true, false},
		{on, plan.Deactivate, plan.VerbsOf(plan.Update), false, true},
		{on, plan.Deactivate, 0, false, true},
		{on, plan.Reactivate, 0, false, false},
		{off, plan.Deactivate, plan.VerbsOf(plan.Deactivate), false, false},
		{nil, plan.Deactivate, 0, false, false},
	} {
		settled := plan.Result{Did: c.did, Message: "m"}
		settleRevoked(c.config, &plan.Operation{Verb: c.verb}, &settled)
		if settled.Revoked != c.revoked || strings.Contains(settled.Message, "may have been revoked") != c.perhaps {
			t.Errorf("%+v: %+v", c, settled)
		}
	}
}
