package user

import (
	"strings"
	"testing"
)

// The first two are the vendor's own; the others follow its tool's code in JavaScript.
func TestCometChatUID(t *testing.T) {
	long := strings.Repeat("a", 101)
	for id, want := range map[string]string{
		"Anna.Berg@example.org": "anna_berg_example_org_1djspk6",
		"Carl":                  "carl_18uuw",
		"carl":                  "carl",
		"carl-7_x":              "carl-7_x",
		long[1:]:                long[1:],
		long:                    long[:90] + "_1b5z19d",
		"İ":                     "i__8g",
		"😀x":                    "__x_wpzed",
		"\u212A":                "k_6ju",
		"Müller":                "m_ller_14d0b24",
	} {
		got := CometChatUID(id)
		if got != want || !ValidUID(got) {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
		if clean := Hashed(got); got != id && clean != HashedClean(id) {
			t.Errorf("%q: %q taken apart is %q, want %q", id, got, clean, HashedClean(id))
		}
	}
	for _, uid := range []string{"carl", "carl_", "_x", "carl_-", "carl_zzzzzzz", "carl_0a", long[:91] + "_a"} {
		if clean := Hashed(uid); clean != "" {
			t.Errorf("%q: %q", uid, clean)
		}
	}
}

func TestMadeOf(t *testing.T) {
	for id, want := range map[string]bool{"Carl": true, "carl": true, "CARL": false, "carla": false, "": false, "cArl": false} {
		if MadeOf("carl_18uuw", id) != want {
			t.Errorf("carl_18uuw of %q: want %v", id, want)
		}
	}
	if !MadeOf(CometChatUID("A1B2-C3"), "a1b2-c3") || MadeOf("carl", "carl") || MadeOf("carl_18uux", "Carl") {
		t.Error("in capitals, as it is, or another hash")
	}
}

func TestRewriteCometChat(t *testing.T) {
	rules := Rules{Rewrite: RewriteCometChat}
	for cell, want := range map[string]string{
		" Carl ":                 "carl_18uuw",
		"carl":                   "carl",
		" carl ":                 "carl",
		"Müller 7":               "m_ller_7_" + cometChatHash("Müller 7"),
		"Anna.Berg@example.org":  "anna_berg_example_org_1djspk6",
		strings.Repeat("a", 101): strings.Repeat("a", 90) + "_1b5z19d",
	} {
		var rep Repairs
		u, defects := rules.Row([]Column{{Header: "uid", Slot: Slot{Field: UID}}}, []string{cell}, &rep)
		if u.UID != want || len(defects) > 0 || (rep[Rewritten] == 1) != (want != "carl") {
			t.Errorf("%q: %q %+v, rewritten %d, want %q", cell, u.UID, defects, rep[Rewritten], want)
		}
	}
}
