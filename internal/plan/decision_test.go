package plan

import (
	"encoding/hex"
	"slices"
	"strconv"
	"testing"
)

func TestDecisionWords(t *testing.T) {
	for text, want := range map[string]Decision{"": Undecided, "  ": Undecided, "apply": Apply, " Hold\t": Hold, "NEVER": Never} {
		var d Decision
		if err := d.UnmarshalText([]byte(text)); err != nil || d != want {
			t.Errorf("%q reads as %v, %v", text, d, err)
		}
		written, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		if err := d.UnmarshalText(written); err != nil || d != want {
			t.Errorf("%v is written %q, and reads as %v, %v", want, written, d, err)
		}
	}
	for _, text := range []string{"yes", "applied", "apply it", "x", "=apply"} {
		d := Apply
		if err := d.UnmarshalText([]byte(text)); err == nil || d != Undecided {
			t.Errorf("%q reads as %v, %v", text, d, err)
		}
	}
	if got := Decision(9).String(); got != "Decision(9)" {
		t.Errorf("an unknown decision is %q", got)
	}
}

func TestDecisionsResult(t *testing.T) {
	of := []Decision{Apply, Hold, Never, Undecided, Apply, Undecided}
	for _, c := range []struct {
		undecided Decision
		want      []string
		counts    []int // of undecided, apply, hold, never
	}{
		{Hold, []string{"", CodeHold, CodeNever, CodeUndecided, CodeDecisionReject, CodeDecisionReject}, []int{1, 1, 1, 1}},
		{Undecided, []string{"", CodeHold, CodeNever, CodeUndecided, CodeDecisionReject, CodeDecisionReject}, []int{1, 1, 1, 1}},
		{Apply, []string{"", CodeHold, CodeNever, "", CodeDecisionReject, CodeDecisionReject}, []int{1, 1, 1, 1}},
	} {
		d := &Decisions{File: "review.xlsx", Of: of, Undecided: c.undecided, Rejected: map[int]bool{4: true, 5: true}}
		for i, want := range c.want {
			r, kept := d.Result(i)
			switch {
			case kept != (want != ""), r.Code != want:
				t.Errorf("%v, undecided ones to %v: %+v, %v", of[i], c.undecided, r, kept)
			case kept && (r.Outcome != Skipped || r.Message == "" || r.Did != 0 || r.Kind != NoFailure):
				t.Errorf("%v: %+v", of[i], r)
			}
		}
		for i, want := range c.counts {
			if got := d.Count(Decision(i)); got != want {
				t.Errorf("%d are %v, want %d", got, Decision(i), want)
			}
		}
	}
}

func TestID(t *testing.T) {
	p := &Plan{Run: "20260301-1"}
	o := Operation{Verb: Update, UID: "anna", Name: "A", Changes: renamed}
	id := p.ID(&o)
	if b, err := hex.DecodeString(id); err != nil || len(b) != 8 {
		t.Errorf("the id is %q", id)
	}
	// Decisions are kept in files: the id of an operation must stay what it is.
	if id != "9d077b54ed2c1b2f" {
		t.Errorf("the id is %q", id)
	}
	ids := []string{id}
	for _, c := range []struct {
		run  string
		verb Verb
		uid  string
	}{{"20260301-2", Update, "anna"}, {"20260301-1", Deactivate, "anna"}, {"20260301-1", Update, "anna2"}, {"", Update, "anna"}} {
		ids = append(ids, (&Plan{Run: c.run}).ID(&Operation{Verb: c.verb, UID: c.uid}))
	}
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != 5 {
		t.Errorf("5 operations have %d ids: %q", n, ids)
	}
	if again := p.ID(&Operation{Verb: Update, UID: "anna", Reason: Differs, Withheld: true}); again != id {
		t.Errorf("the id depends on more than run, verb and uid: %s, %s", again, id)
	}
}

func TestQuoted(t *testing.T) {
	texts := []string{"", "anna-k_7", "a b~", "Zoë", "\u202e", "\xff", "\ufffd"}
	for c := range 256 {
		texts = append(texts, "a"+string([]byte{byte(c)})+"b", string(rune(c)))
	}
	for _, text := range texts {
		if got, want := string(appendQuoted([]byte("x"), text)), "x"+strconv.Quote(text); got != want {
			t.Errorf("%q is quoted as %s, want %s", text, got, want)
		}
	}
}

// Without appendQuoted it takes twice as long.
func BenchmarkID(b *testing.B) {
	p := &Plan{Run: "20260301T020304Z-a1b2c3"}
	o := Operation{Verb: Update, UID: "user-00123456"}
	for b.Loop() {
		p.id(&o)
	}
}

func TestConfigSHA256(t *testing.T) {
	of := func(options ...Option) string { return Config(options).SHA256() }
	one := of(Option{"tags", []string{"merge"}}, Option{"state", nil})
	if one != of(Option{"tags", []string{"merge"}}, Option{"state", []string{}}) {
		t.Error("no values are not no values")
	}
	all := []string{
		one, of(),
		of(Option{"state", nil}, Option{"tags", []string{"merge"}}),
		of(Option{"tags", []string{"replace"}}, Option{"state", nil}),
		of(Option{"tags", []string{"merge", "state"}}),
		of(Option{"tags", []string{"merge,state"}}),
		of(Option{"tags", []string{"merge"}}, Option{"state", []string{""}}),
	}
	for _, sum := range all {
		if b, err := hex.DecodeString(sum); err != nil || len(b) != 32 {
			t.Errorf("%q is not a hash", sum)
		}
	}
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 7 {
		t.Errorf("7 configs have %d hashes", n)
	}
	if Config(nil).SHA256() != of() {
		t.Error("nil is not none")
	}
}
