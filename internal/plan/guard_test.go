package plan

import (
	"strings"
	"testing"
)

func TestParseAllowances(t *testing.T) {
	a, err := ParseAllowances([]string{"max-deactivate=12", "source-without-rows=1", " lost-tail = 13 "})
	if err != nil || len(a) != 3 || a[MaxDeactivate][0] != 12 || a[LostTail][0] != 13 {
		t.Errorf("it is %v, %v", a, err)
	}
	for text, want := range map[string]string{
		"empty-roster=1":       `"empty-roster=1": the guard empty-roster can't be lifted: when it trips, the roster holds no usable user`,
		"listing-incomplete=1": "can't be lifted",
		"lost=1":               "NAME is one of source-without-rows, max-deactivate, lost-block",
		"":                     "not of the form NAME=ACTUAL",
		"max-deactivate":       "ACTUAL is the number at which the guard tripped",
		"max-deactivate=":      "ACTUAL is",
		"max-deactivate=0":     "ACTUAL is",
		"max-deactivate=10%":   "ACTUAL is",
		"max-deactivate=+12":   "ACTUAL is",
		"max-deactivate=012":   "ACTUAL is",
	} {
		if _, err := ParseAllowances([]string{text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ParseAllowances([]string{"max-deactivate=12", "lost-tail=3", "max-deactivate=13"}); err == nil ||
		!strings.Contains(err.Error(), "is allowed at 12 already") {
		t.Errorf("two numbers for one guard: %v", err)
	}
}

// What can't be lifted refuses a plan whatever else is allowed, and no message
// then offers a way through.
func TestLetNothingPastWhatCantBeLifted(t *testing.T) {
	p := &Plan{Guards: []Guard{{Name: ListingIncomplete, Actual: 1, Message: "m"}, {Name: MaxDeactivate, Actual: 2, Message: "n"}}}
	p.Offer()
	p.Let(Allowances{MaxDeactivate: {2}, ListingIncomplete: {1}})
	if !p.Refused() || len(p.Guards) != 2 || len(p.Allowed) != 0 || p.Guards[0].Message != "m" || p.Guards[0].Allow != "" ||
		p.Guards[1].Message != "n; resolve what else refused the plan first" || p.Guards[1].Allow != "--allow max-deactivate=2" {
		t.Errorf("the guards are %+v", p.Guards)
	}
}

func TestRemedy(t *testing.T) {
	for want, guards := range map[string][]Guard{
		"get a new export, or give --allow max-create=30 --allow lost-group=90 if that is meant": {
			{Name: MaxCreate, Actual: 30}, {Name: LostGroup, Actual: 40}, {Name: LostGroup, Actual: 50}},
		"correct the rows, or give --allow max-rejects=4 if that is meant": {{Name: MaxRejects, Actual: 4}},
		"get a whole export":                     {{Name: MaxCreate, Actual: 30}, {Name: SourceEndsEarly}, {Name: EmptyRoster}},
		"check the spelling of the scope":        {{Name: ScopeEmpty}},
		"resolve what the guard max-words found": {{Name: "max-words", Actual: 3}, {Name: MaxUpdate, Actual: 3}},
	} {
		if got := Remedy(guards, true); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := Remedy([]Guard{{Name: MaxDeactivate, Actual: 2}}, false); got != "give --allow max-deactivate=2 if that is meant" {
		t.Error(got)
	}
	for _, k := range guardKinds {
		if k.todo == "" {
			t.Errorf("%s: nothing is said to do", k.name)
		}
	}
}
