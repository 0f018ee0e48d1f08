package run

import (
	"testing"

	"cometsync/internal/plan"
)

// Two runs of one app have to meet at one lock, however they spell it.
func TestAppName(t *testing.T) {
	for _, same := range [][]plan.Target{
		{{AppID: "ABC1"}, {AppID: "abc1"}, {BaseURL: "https://abc1.api-eu.cometchat.io/v3"},
			{BaseURL: "https://ABC1.api-eu.CometChat.io/v3.0"}},
		{{BaseURL: "http://127.0.0.1:8787/v3"}, {BaseURL: "http://localhost:8787/v3"}, {BaseURL: "http://[::1]:8787/v3"}},
		{{BaseURL: "https://gate.example.org/a/v3"}, {BaseURL: "https://GATE.example.org/a/v3.0"}},
	} {
		for _, target := range same[1:] {
			if a, b := AppName(same[0]), AppName(target); a != b {
				t.Errorf("%v is %q and %v is %q", same[0], a, target, b)
			}
		}
	}
	names := map[string]bool{}
	for _, other := range []plan.Target{{AppID: "abc1"}, {AppID: "abc2"}, {BaseURL: "http://localhost:1/v3"},
		{BaseURL: "http://localhost:2/v3"}, {BaseURL: "https://gate.example.org/a/v3"}, {BaseURL: "https://gate.example.org/b/v3"}} {
		if name := AppName(other); names[name] {
			t.Errorf("%v shares the name %q", other, name)
		} else {
			names[name] = true
		}
	}
}
