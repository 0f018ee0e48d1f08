package plan

import (
	"bytes"
	"strings"
	"testing"

	"cometsync/internal/user"
)

// paired is balanced, with two pairs.
func paired(t testing.TB) *Plan {
	t.Helper()
	p := balanced(t)
	row := func(n int) user.Source { return user.Source{File: "staff.xlsx", Sheet: "HR", Row: n} }
	p.Held = append(p.Held,
		Held{UID: "o1", Name: "Old <b>", Source: row(20), Because: user.SameNumber},
		Held{UID: "o2", Source: row(21), Because: user.SamePerson})
	p.Rekeys = []Rekey{
		{Old: "o1", New: "n1", OldName: "Old <b>", NewName: "Zoë", Because: user.SameNumber, Confidence: 95, Source: row(20)},
		{Old: "o2", New: "n2", NewName: "New", Because: user.SamePerson, Confidence: 60, Source: row(21)},
	}
	p.Remote.Active += 2
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCheckOfRekeys(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(p *Plan)
		want  string
	}{
		{"nobody is held", func(p *Plan) { p.Held[1].UID = "o0" }, "o1 and n1 are a pair, and o1 is not held"},
		{"held by the row of an operation", func(p *Plan) { p.Held[1].Source = p.Operations[1].Source },
			"o1 and n1 are a pair, and o1 is held by more.csv:3, the row of c"},
		{"held by the row of another pair", func(p *Plan) { p.Held[1].Source.Row = 21 },
			"o1 and n1 are a pair, and o1 is held by staff.xlsx[HR]:21, the row of n2"},
		{"held by another row as no reject holds", func(p *Plan) { p.Held[2].Source.Row = 9 },
			"o2 and n2 are a pair by staff.xlsx[HR]:21 (name-and-department), and o2 is held by staff.xlsx[HR]:9 (name-and-department)"},
		{"held because of something else", func(p *Plan) { p.Held[2].Because = user.SameUID },
			"o2 is held by staff.xlsx[HR]:21 (same-uid)"},
		{"the old one is to be deactivated", func(p *Plan) { p.Operations[3].UID = "o1" }, "o1 has two operations"},
		{"the new one is to be created", func(p *Plan) { p.Operations[1].UID = "n1" },
			"o1 and n1 are a pair, and there is an operation to create n1"},
		{"the new one is to be deactivated", func(p *Plan) { p.Operations[3].UID = "n2" }, "there is an operation to deactivate n2"},
		{"one old one in two pairs", func(p *Plan) { p.Rekeys[1].Old = "o1" }, "o1 and n2 are a pair, and one of them is in another"},
		{"one new one in two pairs", func(p *Plan) { p.Rekeys[1].New = "n1" }, "o2 and n1 are a pair, and one of them is in another"},
		{"a new one is another's old one", func(p *Plan) { p.Rekeys[1].New = "o1" }, "o2 and o1 are a pair, and one of them is in another"},
		{"a pair of one", func(p *Plan) { p.Rekeys[0].New = "o1" }, "o1 and o1 are a pair"},
		{"out of order", func(p *Plan) { p.Rekeys[0], p.Rekeys[1] = p.Rekeys[1], p.Rekeys[0] }, "pairs are out of order at o1"},
		{"no confidence at all", func(p *Plan) { p.Rekeys[0].Confidence = 0 }, "o1 and n1 are a pair by 0%"},
		{"more than certain", func(p *Plan) { p.Rekeys[0].Confidence = 101 }, "by 101%"},
	} {
		p := paired(t)
		c.spoil(p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// Earlier versions held by the uid alone, did not say so, and knew no pairs.
func TestPlanOfAnEarlierVersion(t *testing.T) {
	p := balanced(t)
	p.Rekeys = nil
	head, err := headOf(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(head, []byte("rekeys")) {
		t.Errorf("a plan without pairs has the key in %s", head)
	}
	old := bytes.ReplaceAll(head, []byte(`,"because":"same-uid"`), nil)
	if bytes.Equal(old, head) {
		t.Fatalf("the plan does not say why somebody is held: %s", head)
	}
	got, _, err := DecodeHead(old)
	if err != nil || got.Held[0].Because != user.SameUID || got.Rekeys != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if _, _, err := DecodeHead(bytes.ReplaceAll(head, []byte(`"because":"same-uid"`), []byte(`"because":"a hunch"`))); err == nil ||
		!strings.Contains(err.Error(), `unknown likeness "a hunch"`) {
		t.Errorf("of an unknown likeness, err is %v", err)
	}
}

// Whom a reject holds stays held by it.
func TestCheckOfRekeysWhomRejectsHold(t *testing.T) {
	for _, because := range []user.MatchReason{user.SameUID, user.SameNumber, user.SameName, user.SameCell} {
		p := paired(t)
		p.Held[2].Source.Row, p.Held[2].Because = 9, because
		if err := p.Check(); err != nil {
			t.Errorf("held because of %s: %v", because, err)
		}
	}
}
