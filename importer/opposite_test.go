package importer

import (
	"context"
	"slices"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

func TestNegatedState(t *testing.T) {
	suspended := columns.Settings{Map: map[string]string{"Suspended": "state"}}
	for _, c := range []struct {
		name     string
		settings columns.Settings
		text     string
		want     []string
	}{
		{"numbers", suspended, "uid,Suspended\na,0\nb,1\nc,\n", []string{"2 a active", "3 b deactivated", "4 c", "notice negated-state 1"}},
		{"words", suspended, "uid,Suspended\na,No\nb,YES\nc,f\nd,wahr\ne,\u00a0nein\n", []string{"2 a active", "3 b deactivated",
			"4 c active",
			"5 d deactivated", "6 e active", "notice negated-state 1"}},
		{"what says it by itself", suspended, "uid,Suspended\na,active\nb,suspended\nc,disabled\nd,odd\n",
			[]string{"2 a active", "3 b deactivated", "4 c deactivated", `reject 5 uid="d" Suspended state-unknown "odd"`,
				"notice negated-state 1"}},
		{"values", columns.Settings{Map: suspended.Map, Values: map[string]map[string]string{"state": {"1": "active", "x": "no"}}},
			"uid,Suspended\na,1\nb,yes\nc,x\n",
			[]string{"2 a active", "3 b deactivated", "4 c deactivated", "notice negated-state 1"}},
		{"defaults", columns.Settings{Map: suspended.Map, Defaults: map[string]string{"state": "active"}}, "uid,Suspended\na,\nb,1\n",
			[]string{"2 a active", "3 b deactivated", "notice negated-state 1"}},
		{"a join", columns.Settings{Join: map[string]string{"state": "{Suspended}"}}, "uid,Suspended\na,0\nb,1\n",
			[]string{"2 a active", "3 b deactivated", "notice negated-state 1"}},
		{"an alias", columns.Settings{}, "uid,Active\na,0\nb,1\n", []string{"2 a deactivated", "3 b active"}},
		{"not mapped", columns.Settings{}, "uid,Suspended\na,0\nb,1\n", []string{"2 a", "3 b", "notice ignored-column 1"}},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, csvText(t, Options{Settings: c.settings}, c.text), c.want...) })
	}
	if got := csvText(t, Options{}, "uid,is_suspended,days left\na,0,1\n").Intake().Notices; len(got) != 2 ||
		!strings.Contains(got[0].Message, `"is_suspended" is left alone: it may say who is not active; --map 'is_suspended=state'`) {
		t.Errorf("%+v", got)
	}
	path := write(t, "a.csv", "uid,Suspended\na,0\n")
	l, err := Look(context.Background(), []string{path}, Options{Settings: suspended},
		func(src user.Source, _ string) bool { return src.Row == 2 })
	if err != nil || l.Rows[0].Cells[1].Value != "active" || !slices.Contains(l.Rows[0].Cells[1].Repairs,
		"read the other way round, since its column means the opposite of state") {
		t.Errorf("%+v, %v", l, err)
	}
}
