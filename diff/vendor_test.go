package diff

import (
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// TestVendorUIDs pairs people whom the vendor's own tool migrated, on either
// side, with those whose ids it was given.
func TestVendorUIDs(t *testing.T) {
	long := strings.Repeat("a", 110)
	for _, c := range []struct {
		name         string
		rewrite      user.Rewrite
		rows, remote []string
		want         string
	}{
		{"in another case", 0, []string{"Carl|C"}, []string{"carl_18uuw|X"}, "carl_18uuw carl vendor-mapping 85"},
		{"the case is gone", 0, []string{"carl|Carl C", "a1b2-c3|A"}, []string{"carl_18uuw|Carl C", user.CometChatUID("A1B2-C3") + "|"},
			user.CometChatUID("A1B2-C3") + " a1b2-c3 vendor-mapping 95\ncarl_18uuw carl vendor-mapping 95"},
		{"in any case", 0, []string{"kX9sQ2|K"}, []string{user.CometChatUID("kX9sQ2") + "|"}, user.CometChatUID("kX9sQ2") +
			" kx9sq2 vendor-mapping 95"},
		{"of an address", user.RewriteSlug, []string{"Anna.Berg@example.org|Anna Berg"},
			[]string{"anna_berg_example_org_1djspk6|Anna Berg"}, "anna_berg_example_org_1djspk6 anna-berg-example-org vendor-mapping 95"},
		{"of one spelled otherwise, by the name", user.RewriteSlug, []string{"anna.berg@example.org|Anna Berg", "ben.k@example.org|Ben"},
			[]string{"anna_berg_example_org_1djspk6|Anna Berg", user.CometChatUID("Ben.K@example.org") + "|Tom"},
			"anna_berg_example_org_1djspk6 anna-berg-example-org vendor-mapping 80"},
		{"of one spelled otherwise, made anew", user.RewriteCometChat, []string{"anna.berg@example.org|Anna Berg", "ben.k@example.org|Ben"},
			[]string{"anna_berg_example_org_1djspk6|Anna Berg", user.CometChatUID("Ben.K@example.org") + "|Tom"},
			"anna_berg_example_org_1djspk6 " + user.CometChatUID("anna.berg@example.org") + " vendor-mapping 80"},
		{"of a long one", user.RewriteSlug, []string{long + "|A"}, []string{user.CometChatUID(long) + "|A"}, ""}, // a reject, which holds
		{"the other way round", user.RewriteCometChat, []string{"Carl|C"}, []string{"carl|C"}, "carl carl_18uuw vendor-mapping 95"},
		{"the other way round, as it is", 0, []string{"carl_18uuw|C"}, []string{"carl|X"}, "carl carl_18uuw vendor-mapping 85"},
		{"two of one", user.RewriteCometChat, []string{"Carl|C", "CARL|C"}, []string{"carl|"}, ""},
		{"no hash of it", 0, []string{"carl|C"}, []string{"carl_7|X", "carl_18uux|X"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := difftest.NewRoster(user.Rules{Rewrite: c.rewrite}, "uid|name", append([]string{"here|H"}, c.rows...)...)
			p := compute(t, r, difftest.Listing("uid|name", append([]string{"here|H"}, c.remote...)...), Policy{Rekeys: true})
			if got := pairs(p); got != c.want {
				t.Errorf("the pairs are\n%s\nwant\n%s\nin\n%s", got, c.want, show(p))
			}
		})
	}
}

// A row that can't be used holds whom the vendor's tool made of its uid.
func TestRejectsHoldVendorUIDs(t *testing.T) {
	remote := []string{"here|H", "carl_18uuw|C", "dora_1|D", "anna_berg_example_org_1djspk6|A", "other_18uux|O"}
	p := compute(t, difftest.NewRoster(user.Rules{}, "uid|name|avatar", "here|H|", "carl|C|nowhere", "dora|D|nowhere",
		"Anna.Berg@example.org|A|"),
		difftest.Listing("uid|name", remote...), Policy{})
	held := map[string]user.MatchReason{}
	for _, h := range p.Held {
		held[h.UID] = h.Because
	}
	if len(held) != 2 || p.Count(plan.Deactivate) != 2 || held["carl_18uuw"] != user.SameVendor ||
		held["anna_berg_example_org_1djspk6"] != user.SameVendor || p.Count(plan.Deactivate) != 0 && p.Count(plan.Deactivate) != 2 {
		t.Errorf("the plan is\n%s", show(p))
	}
}
