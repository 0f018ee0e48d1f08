package user

import (
	"testing"
)

func TestFieldsSpellThemselves(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range AllFields() {
		text, _ := f.MarshalText()
		var back Field
		if err := back.UnmarshalText(text); err != nil || back != f || seen[string(text)] || len(text) == 0 {
			t.Errorf("%d is %q and back %v, %v", f, text, back, err)
		}
		seen[string(text)] = true
	}
	if len(seen) != 11 {
		t.Errorf("%d fields", len(seen))
	}
	for _, text := range []string{"", "UID", "email"} {
		if new(Field).UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q is a field", text)
		}
	}
	if NoField.String() != "Field(0)" || fieldCount.String() != "Field(12)" {
		t.Error("what is not a field has a name")
	}
	var s Fields
	s.Add(Tags)
	if !s.Has(Tags) || s.Has(Name) || s != FieldsOf(Tags) {
		t.Errorf("%b", s)
	}
}

func TestCodesSpellThemselves(t *testing.T) {
	seen := map[string]bool{}
	if all := Codes(); all[len(all)-1] != DecisionTwice || len(all) != int(DecisionTwice) {
		t.Errorf("the codes are %v", all)
	}
	for _, c := range Codes() {
		text, _ := c.MarshalText()
		var back Code
		if err := back.UnmarshalText(text); err != nil || back != c || seen[string(text)] || len(text) == 0 {
			t.Errorf("%d is %q and back %v, %v", c, text, back, err)
		}
		seen[string(text)] = true
		if c.Sentence() == "" {
			t.Errorf("nothing says what %s means", c)
		}
	}
	if new(Code).UnmarshalText(nil) == nil || noCode.String() != "Code(0)" {
		t.Error("no code is a code")
	}
}

func TestActivitiesSpellThemselves(t *testing.T) {
	for a, want := range map[Activity]string{Unsaid: "unsaid", Active: "active", Deactivated: "deactivated"} {
		if a.String() != want {
			t.Errorf("%d is %q", a, a)
		}
	}
}

func TestPlaces(t *testing.T) {
	for want, s := range map[string]Source{
		"":                 {},
		"staff.csv:14":     {File: "staff.csv", Row: 14},
		"staff.xlsx[HR]:9": {File: "staff.xlsx", Sheet: "HR", Row: 9},
	} {
		if s.String() != want {
			t.Errorf("%+v is %q", s, s)
		}
	}
	place := Source{File: "a.csv", Row: 2}
	for _, c := range []struct {
		d    []Defect
		want string
	}{
		{nil, "a.csv:2"},
		{[]Defect{{Message: "no uid"}}, "a.csv:2: no uid"},
		{[]Defect{{Column: "UID", Value: "x y", Message: "m"}, {Message: "n"}}, `a.csv:2:UID: "x y": m`},
		{[]Defect{{Column: "UID", Message: "m"}}, "a.csv:2:UID: m"},
		{[]Defect{{Column: "metadata.@private.e", Value: "secret", Message: "m", Private: true}}, "a.csv:2:metadata.@private.e: m"},
	} {
		if got := (Reject{Source: place, Defects: c.d}).String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestIntakeCountsTheUnreadable(t *testing.T) {
	in := Intake{Rejects: ListOf([]Reject{{UID: "a"}, {Source: Source{Row: 3}}, {Source: Source{Row: 4}}})}
	if n, first := in.Unreadable(); n != 2 || first.Source.Row != 3 {
		t.Errorf("%d, %+v", n, first)
	}
	if n, first := new(Intake).Unreadable(); n != 0 || first != nil {
		t.Errorf("%d, %+v", n, first)
	}
}

func TestRowsBecomeRejects(t *testing.T) {
	r := Row{User: User{UID: "anna"}, Source: Source{File: "a.csv", Row: 2}, Header: []string{"uid"}, Cells: []string{"Anna"}}
	d := Defect{Column: "role", Code: RoleUnknown}
	if got := r.Reject(d); got.UID != "anna" || got.Source != r.Source || len(got.Defects) != 1 || got.Defects[0] != d ||
		len(got.Cells) != 1 || got.Cells[0] != "Anna" {
		t.Errorf("%+v", got)
	}
}
