package importer

import (
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

// A uid that says that there is none is one of an entry that says so, and of no
// reject.
func TestNobody(t *testing.T) {
	for _, c := range []struct {
		opt    Options
		text   string
		nobody string // uids of entries that say so
		want   []string
	}{
		{Options{}, "uid,name\na,A\nNULL,B\n", "null", []string{`2 a name="A"`, `3 null name="B"`}},
		{Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}, "uid,name\na,A\nN/A,B\n", "n-a", []string{`2 a name="A"`,
			`3 n-a name="B"`}},
		{Options{}, "uid,avatar\nnone,x\n", "", []string{`reject 2 uid="" avatar avatar-invalid "x"`}},
		{Options{Duplicates: FirstWins}, "uid,name\n-,A\n-,B\n", "", []string{`reject 2 uid="" uid duplicate-uid "-"`,
			`reject 3 uid="" uid duplicate-uid "-"`}},
		{Options{}, "uid,name\nnil,A\nnil,A\n", "nil", []string{`2 nil name="A"`}},
		{Options{Settings: columns.Settings{Join: map[string]string{"uid": "{site}-{nr}"}}}, "site,nr\nNULL,1\nna,2\n", "null-1",
			[]string{"2 null-1", "3 na-2"}},
	} {
		r := csvText(t, c.opt, c.text)
		got := show(t, r)
		for _, want := range c.want {
			if !strings.Contains("\n"+got, "\n"+want+"\n") {
				t.Errorf("%q: got\n%swant %s", c.text, got, want)
			}
		}
		var uids []string
		for ref := range r.Len() {
			if e, ok := r.Entry(ref); ok && e.Nobody {
				row, err := r.Load(ref)
				if err != nil {
					t.Fatal(err)
				}
				uids = append(uids, row.User.UID)
			}
		}
		if strings.Join(uids, " ") != c.nobody {
			t.Errorf("%q: %q, want %q", c.text, uids, c.nobody)
		}
		for _, reject := range r.Intake().Rejects.All() {
			held := false
			for _, claim := range reject.Claims {
				held = held || claim.Because == user.SameUID
			}
			if reject.UID != "" || !held {
				t.Errorf("%q: %+v", c.text, reject)
			}
		}
	}
}
