package plan

import "testing"

// One target has one spelling, and no two share one.
func TestTargetNormal(t *testing.T) {
	groups := [][]Target{
		{
			{AppID: "abc1", Region: "eu"}, {AppID: "ABC1", Region: "EU"},
			{AppID: "abc1", Region: "eu", BaseURL: "https://abc1.api-eu.cometchat.io/v3"},
			{BaseURL: "https://ABC1.api-eu.CometChat.io:443/v3.0/"}, {BaseURL: "HTTPS://abc1.api-eu.cometchat.io./v3"},
			{AppID: "abc1", BaseURL: "https://api-eu.cometchat.io/v3"},
		},
		{{AppID: "abc1", Region: "us"}, {AppID: "abc1", BaseURL: "https://abc1.api-us.cometchat.io/v3"}},
		{{AppID: "abc2", Region: "eu"}},
		{{AppID: "abc1", Region: "eu", BaseURL: "https://abc1.api-us.cometchat.io/v3"}},
		{{AppID: "abc1", Region: "eu", BaseURL: "https://abc1.api-eu.cc-cluster-2.io/v3"}},
		{{AppID: "abc1", Region: "eu", BaseURL: "https://abc1.api-eu.cometchat.io:8443/v3"}},
		{{AppID: "abc1", Region: "eu", BaseURL: "https://abc1.api-eu.cometchat.io/v2"}},
		{{AppID: "abc2", BaseURL: "https://abc1.api-eu.cometchat.io/v3"}},
		{{BaseURL: "https://api-eu.cometchat.io/v3"}},
		{{BaseURL: "http://127.0.0.1:8787/v3"}, {BaseURL: "http://localhost:8787/v3/"}, {BaseURL: "http://[::1]:8787/v3"},
			{BaseURL: "http://[0:0::1]:8787/v3.0"}},
		{{BaseURL: "http://127.0.0.2:8787/v3"}},
		{{BaseURL: "http://localhost:8788/v3"}},
		{{AppID: "abc1", BaseURL: "http://localhost:8787/v3"}},
		{{AppID: "abc1", Region: "eu", BaseURL: "http://localhost:8787/v3"}},
		{{AppID: "abc1", Region: "us", BaseURL: "http://localhost:8787/v3"}},
		{{BaseURL: "http://localhost/v3"}, {BaseURL: "http://localhost:80/v3"}},
		{{BaseURL: "https://localhost/v3"}},
		{{BaseURL: "https://gate.example.org/a/v3"}, {BaseURL: "https://GATE.example.org/a/v3.0//"}},
		{{BaseURL: "https://gate.example.org/A/v3"}},
		{{BaseURL: "https://gate.example.org/b/v3"}},
		{{Sandbox: true}, {Sandbox: true, AppID: "abc1"}},
	}
	seen := map[Target]int{}
	for i, group := range groups {
		for _, target := range group {
			if n := target.Normal(); n != group[0].Normal() || n != n.Normal() {
				t.Errorf("%+v is %+v and %+v, and %+v is %+v", target, n, n.Normal(), group[0], group[0].Normal())
			}
		}
		if other, ok := seen[group[0].Normal()]; ok {
			t.Errorf("%+v is the same as %+v", group[0], groups[other][0])
		}
		seen[group[0].Normal()] = i
	}
}

func TestTargetFits(t *testing.T) {
	eu, us := Target{AppID: "abc1", Region: "eu"}, Target{AppID: "abc1", Region: "us"}
	at := func(t Target, base string) Target { t.BaseURL = base; return t }
	for _, c := range []struct {
		named, made Target
		fits        bool
	}{
		{eu, at(eu, "https://abc1.api-eu.cometchat.io/v3"), true},
		{Target{AppID: "ABC1"}, eu, true},
		{Target{AppID: "abc1"}, at(us, "http://localhost:1/v3"), true},
		{Target{BaseURL: "https://abc1.api-eu.cometchat.io/v3/"}, eu, true},
		{Target{BaseURL: "http://localhost:1/v3"}, at(eu, "http://127.0.0.1:1/v3"), true},
		{eu, us, false},
		{eu, at(eu, "http://localhost:1/v3"), false},
		{at(eu, "http://localhost:2/v3"), at(eu, "http://localhost:1/v3"), false},
		{at(us, "http://localhost:1/v3"), at(eu, "http://localhost:1/v3"), false},
		{at(eu, "http://localhost:1/v3"), Target{BaseURL: "http://localhost:1/v3"}, false},
		{Target{AppID: "abc2"}, eu, false},
		{Target{Sandbox: true}, eu, false},
		{eu, Target{Sandbox: true}, false},
	} {
		if c.named.Fits(c.made) != c.fits {
			t.Errorf("%+v fits %+v: %t", c.named, c.made, !c.fits)
		}
	}
}

func TestTargetString(t *testing.T) {
	for want, target := range map[string]Target{
		"app abc1 (eu)":                         {AppID: "abc1", Region: "eu", BaseURL: "https://abc1.api-eu.cometchat.io/v3"},
		"app ABC1 (eu)":                         {AppID: "ABC1", Region: "eu"},
		"app abc1 (eu) at https://a.example/v3": {AppID: "abc1", Region: "eu", BaseURL: "https://a.example/v3"},
		"app abc1 at http://localhost:1/v3":     {AppID: "abc1", BaseURL: "http://localhost:1/v3"},
		"https://abc1.api-eu.cometchat.io/v3":   {BaseURL: "https://abc1.api-eu.cometchat.io/v3"},
		"the embedded sandbox":                  {Sandbox: true},
		"region eu":                             {Region: "eu"},
		"":                                      {},
	} {
		if got := target.String(); got != want {
			t.Errorf("%+v is %q, want %q", target, got, want)
		}
	}
}
