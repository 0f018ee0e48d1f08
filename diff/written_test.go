package diff

import (
	"slices"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Of a text that is not a uid a slug is made, and the person's uid may have been
// any part of it.
func TestRekeyOfRewrittenUIDs(t *testing.T) {
	for _, c := range []struct {
		name         string
		rows, remote []string
		want         []string
	}{
		{"a number and a name", []string{"00851 Mueller|Kim Mueller", "0746/Meyer|Ben", "00007: Lee|"}, []string{"00851|Mueller, Kím",
			"746|Bea", "00007|Cleo"},
			[]string{"00007 00007-lee invalid-uid 80", "00851 00851-mueller invalid-uid 80", "746 0746-meyer invalid-uid 60"}},
		{"digits within a part", []string{"#emp00851!|Kim", "id:0012|Ben"}, []string{"851|", "12|Ben"},
			[]string{"12 id-0012 invalid-uid 80", "851 emp00851 invalid-uid 80"}},
		{"full-width digits", []string{"００８５１ Mueller|Kim"}, []string{"00851|Kim"}, []string{"00851 00851-mueller invalid-uid 80"}},
		{"what a reject of it would claim", []string{"anna.berg@example.com|Anna Berg", `CORP\ben.koch|B`}, []string{"anna-berg|Berg, Anna",
			"ben-koch|Bernd"},
			[]string{"anna-berg anna-berg-example-com invalid-uid 80", "ben-koch corp-ben-koch invalid-uid 60"}},
		{"a word is often a name", []string{"anna.berg@example.com|Anna Berg", "Ben (IT)|Ben Lang", "(Cleo)/x|C"},
			[]string{"berg|Tom Berg", "ben|Ben Lang", "cleo|"},
			[]string{"ben ben-it invalid-uid 80", "cleo cleo-x invalid-uid 80"}},
		{"two digits are not much", []string{"12 Mueller|Kim"}, []string{"12|Kim"}, nil},
		{"two that one may mean", []string{"00851 00746|Kim"}, []string{"00851|", "00746|"}, nil},
		{"two that one may mean, and names tell them apart", []string{"00851 00746|Kim"}, []string{"00851|", "00746|Kim"},
			[]string{"00746 00851-00746 invalid-uid 80"}},
		{"the letter before the number, the number before the word", []string{"00851 Meyer|Kim", "0746 Koch|Ben"},
			[]string{"00851|Kim", "851|Kim", "746|Ben", "koch|Ben"},
			[]string{"00851 00851-meyer invalid-uid 80", "746 0746-koch invalid-uid 80"}},
		{"one that two may mean", []string{"00851 A|Kim", "00851 B|Kim"}, []string{"00851|Kim"}, nil},
		{"one that five may mean, and names tell them apart", []string{"00851 A|Tom", "00851 B|Ann", "00851 C|Eva", "00851 D|Kim",
			"00851 E|Ben"}, []string{"00851|Kim"},
			[]string{"00851 00851-d invalid-uid 80"}},
		{"a uid as it stands", []string{"00851-mueller|Kim Mueller", "00746-Meyer|Ben"}, []string{"00851|Ann", "00746|Tom"}, nil},
		{"a surer rule", []string{"00851 Mueller|Kim|a@x.example"}, []string{"00851|Tom", "old|Eva" + keyed("a@x.example")},
			[]string{"old 00851-mueller same-key 98"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := []string{"here|H|"}
			for _, row := range c.rows {
				rows = append(rows, row+strings.Repeat("|", 2-strings.Count(row, "|")))
			}
			r := difftest.NewRoster(user.Rules{Rewrite: user.RewriteSlug}, "uid|name|metadata.@private.email", rows...)
			for i := range r.Rows {
				if u := &r.Rows[i].User; u.Name == "" {
					u.Name = u.UID // no name, and a creation takes one
					u.Has.Add(user.Name)
				}
			}
			p := compute(t, r, difftest.Listing(difftest.RemoteHeader, append([]string{"here|H"}, c.remote...)...),
				Policy{Rekeys: true, Match: byEmail})
			slices.Sort(c.want)
			if got := pairs(p); got != strings.Join(c.want, "\n") {
				t.Errorf("the pairs are\n%s\nwant\n%s", got, strings.Join(c.want, "\n"))
			}
			if left := p.Count(plan.Create) + len(p.Rekeys); left != len(c.rows) {
				t.Errorf("%d creations and pairs of %d rows", left, len(c.rows))
			}
		})
	}
}

// A crowd that has a part in common is not told apart by it, and whom a reject
// holds is found as well.
func TestRekeyOfRewrittenUIDsAmongMany(t *testing.T) {
	rows, remote := []string{"00746|Kim|no", "00746 Meyer|Kim|"}, []string{"00746|Kim", "sales|S"}
	for _, c := range "abcdefghi" {
		rows = append(rows, string(c)+string(c)+" (Sales)|S|")
	}
	p := compute(t, difftest.NewRoster(user.Rules{Rewrite: user.RewriteSlug}, "uid|name|avatar", rows...), difftest.Listing("uid|name",
		remote...), Policy{Rekeys: true})
	if pairs(p) != "00746 00746-meyer invalid-uid 80" || p.Count(plan.Deactivate) != 1 || p.Count(plan.Create) != 9 {
		t.Errorf("the plan is\n%s", show(p))
	}
	if p = compute(t, difftest.NewRoster(user.Rules{Rewrite: user.RewriteSlug}, "uid|name|avatar", rows...), difftest.Listing("uid|name",
		remote[:1]...), Policy{Rekeys: true}); pairs(p) != "00746 00746-meyer invalid-uid 80" {
		t.Errorf("where nobody else is absent, the plan is\n%s", show(p))
	}
}
