package guard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cometsync/diff"
	"cometsync/diff/difftest"
	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

func TestVerbLimits(t *testing.T) {
	// Five of each verb, and 40 active users in the app: 5 to be updated, 5
	// to be deactivated, 30 more.
	rows := people("c", 5, " 2||")
	rows = append(rows, people("u", 5, " 2||")...)
	rows = append(rows, people("r", 5, "||active")...)
	rows = append(rows, people("same", 30, "||")...)
	r := difftest.NewRoster(user.Rules{}, "uid|name|role|state", rows...)
	listed := people("u", 5, "||")
	listed = append(listed, people("d", 3, "|staff|x,y")...)
	listed = append(listed, people("e", 2, "||y")...)
	listed = append(listed, people("same", 30, "||")...)
	listed = append(listed, people("r", 5, "|||deactivated")...)
	users := difftest.Listing(difftest.RemoteHeader, listed...)

	for _, c := range []struct {
		flag string
		set  func(*guard.Limits, guard.Limit)
		of   string
	}{
		{"max-deactivate", func(l *guard.Limits, v guard.Limit) { l.Deactivate = v },
			"5 users would lose access, and the limit is %s; biggest groups: all 5 people of tag \"y\", role \"staff\" 3, tag \"x\" 3, " +
				"role \"default\" 2; if that is meant: --allow max-deactivate=5"},
		{"max-create", func(l *guard.Limits, v guard.Limit) { l.Create = v },
			"5 users would be created, and the limit is %s; biggest groups: role \"default\" 5; if that is meant: --allow max-create=5"},
		{"max-update", func(l *guard.Limits, v guard.Limit) { l.Update = v },
			"5 users would be updated, and the limit is %s; biggest groups: role \"default\" 5; if that is meant: --allow max-update=5"},
		{"max-reactivate", func(l *guard.Limits, v guard.Limit) { l.Reactivate = v },
			"5 users would get access back, and the limit is %s; biggest groups: role \"default\" 5; if that is meant: --allow " +
				"max-reactivate=5"},
	} {
		for _, l := range []struct {
			text, spelt string
			trips       bool
		}{
			{"none", "", false},
			{"5", "", false},
			{"4", "4", true},
			{"0", "0", true},
			{"10.1%", "", false}, // 4.04 of 40, rounded up
			{"10%", "10% of 40 active users in scope (= 4)", true},
			{"100%", "", false},
		} {
			var policy diff.Policy
			c.set(&policy.Max, limit(t, l.text))
			p := compute(t, r, users, policy)
			if !l.trips {
				if p.Refused() {
					t.Errorf("%s %s trips: %+v", c.flag, l.text, p.Guards)
				}
				continue
			}
			want := plan.Guard{Name: c.flag, Limit: l.spelt, Actual: 5, Message: fmt.Sprintf(c.of, l.spelt), Allow: "--allow " + c.flag +
				"=5"}
			if len(p.Guards) != 1 || p.Guards[0] != want {
				t.Errorf("%s %s: the guards are\n%+v\nwant\n%+v", c.flag, l.text, p.Guards, want)
			}
			if len(p.Operations) != 20 {
				t.Errorf("%s %s: the refused plan has %d operations, want all 20", c.flag, l.text, len(p.Operations))
			}
		}
	}
}

// The percentage is of those who could be deactivated by this run: active, and in its scope.
func TestPercentageCountsActiveUsersInScope(t *testing.T) {
	listed := append(people("s", 10, "|staff|"), people("x", 90, "|guest|")...)
	listed = append(listed, people("gone", 100, "|staff||deactivated")...)
	r := difftest.NewRoster(user.Rules{}, "uid|name", people("s", 8, "")...)
	policy := diff.Policy{Scope: diff.Scope{Roles: []string{"staff"}}, Basis: guard.Basis{Max: guard.Limits{Deactivate: limit(t, "10%")}}}
	p := compute(t, r, difftest.Listing(difftest.RemoteHeader, listed...), policy)
	if len(p.Guards) != 1 || p.Guards[0].Limit != "10% of 10 active users in scope (= 1)" || p.Guards[0].Actual != 2 {
		t.Errorf("the guards are %+v", p.Guards)
	}
}

func TestRejectLimit(t *testing.T) {
	// Three rejects by themselves, one against the app; the fifth row is fine.
	r := difftest.NewRoster(user.Rules{}, "uid|name|avatar", "a|A|no", "b|B|no", "Ü|C|", "d||", "e|E|")
	for _, c := range []struct {
		text, spelt string
		trips       bool
	}{
		{"none", "", false},
		{"4", "", false},
		{"3", "3", true},
		{"61%", "", false}, // 3.05 of 5, rounded up
		{"60%", "60% of 5 rows (= 3)", true},
	} {
		p := compute(t, r, nil, diff.Policy{Basis: guard.Basis{Max: guard.Limits{Rejects: limit(t, c.text)}}})
		if !c.trips {
			if p.Refused() {
				t.Errorf("%s trips: %+v", c.text, p.Guards)
			}
			continue
		}
		want := plan.Guard{Name: "max-rejects", Limit: c.spelt, Actual: 4,
			Message: "4 rows rejected, and the limit is " + c.spelt +
				"; biggest groups: avatar-invalid 2, name-missing 1, uid-invalid 1; correct the rows at their source; if that is meant: " +
				"--allow " +
				"max-rejects=4", Allow: "--allow max-rejects=4"}
		if len(p.Guards) != 1 || p.Guards[0] != want {
			t.Errorf("%s: the guards are\n%+v\nwant\n%+v", c.text, p.Guards, want)
		}
	}
}

func TestEmptyRoster(t *testing.T) {
	users := difftest.Listing("uid|name", "anna|Anna", "bob|Bob")
	for _, c := range []struct {
		name    string
		rows    []string
		message string
	}{
		{"no row", nil, "the roster holds no usable user (0 rows, 0 rejected), which can't be meant; check the export"},
		{"rejects alone", []string{"anna|Anna|no"}, "the roster holds no usable user (1 row, 1 rejected), which can't be meant; check " +
			"the export"},
		{"rejects against the app alone", []string{"eve||", "kim||"},
			"the roster holds no usable user (2 rows, 2 rejected), which can't be meant; check the export"},
		{"rejects of both kinds", []string{"eve||", "anna|Anna|no"},
			"the roster holds no usable user (2 rows, 2 rejected), which can't be meant; check the export"},
		{"one user, inactive", []string{"anna|Anna|"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			// No policy overrides it.
			p := compute(t, difftest.NewRoster(user.Rules{}, "uid|name|avatar", c.rows...), users, diff.Policy{Missing: diff.MissingKeep})
			if c.message == "" {
				if p.Refused() {
					t.Errorf("the guards are %+v", p.Guards)
				}
				return
			}
			want := plan.Guard{Name: "empty-roster", Limit: "1", Actual: 0, Message: c.message}
			if len(p.Guards) != 1 || p.Guards[0] != want {
				t.Errorf("the guards are\n%+v\nwant\n%+v", p.Guards, want)
			}
		})
	}
}

func TestIncompleteInputs(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name", "anna|Anna", "eve|Eve")
	r.In.EndsEarly = []string{"staff.xlsx[HR]: row 100 of 200 is the last", "more.csv: a quote is never closed"}
	remote := func(each func([]user.User) error) (string, error) {
		return "412 of 500 users were listed", each(difftest.Listing("uid|name", "anna|Anna", "bob|Bob"))
	}
	p, err := diff.Compute(r, remote, diff.Policy{Basis: guard.Basis{Max: guard.Limits{Deactivate: limit(t, "0"), Rejects: limit(t, "0")}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range p.Guards {
		got = append(got, fmt.Sprintf("%s %s %d %s", g.Name, g.Limit, g.Actual, g.Message))
	}
	want := []string{
		"source-ends-early 0 1 staff.xlsx[HR]: row 100 of 200 is the last; users after that point would look as if they had left",
		"source-ends-early 0 1 more.csv: a quote is never closed; users after that point would look as if they had left",
		"listing-incomplete 0 1 the app's user list can't be shown to be complete: 412 of 500 users were listed; run again",
		"max-deactivate 0 1 1 user would lose access, and the limit is 0; biggest groups: role \"default\" 1; resolve what else refused " +
			"the plan first",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the guards are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if p.Count(plan.Create) != 1 || p.Count(plan.Deactivate) != 1 {
		t.Errorf("the refused plan is not whole: %+v", p.Operations)
	}
}

// One of several sources that has no row is a guard, which is lifted by the
// number of such sources alone, and only together with all that tripped.
func TestSourceWithoutRows(t *testing.T) {
	users := difftest.Listing("uid|name", "anna|Anna", "bob|Bob")
	read := func(files ...user.File) *difftest.Roster {
		r := difftest.NewRoster(user.Rules{}, "uid|name", "anna|Anna")
		r.In.Files = files
		return r
	}
	staff, empty, sheet := user.File{Path: "staff.csv", Rows: 1}, user.File{Path: "more.csv"}, user.File{Path: "b.xlsx", Sheet: "HR"}
	message := ": has a header and no row, so everybody who was in it would look as if they had left; check the export; if that is " +
		"meant: --allow source-without-rows="
	sum := strings.Replace(message, "is meant:", "is meant, with all else that source-without-rows found:", 1)
	found, _, _ := strings.Cut(message, "; if that is meant")
	for _, c := range []struct {
		name  string
		files []user.File
		max   string
		allow []string
		want  []string
		told  string
	}{
		{"all have rows", []user.File{staff, staff}, "none", nil, nil, ""},
		{"one", []user.File{staff, empty}, "none", nil, []string{"more.csv" + message + "1"}, ""},
		{"two", []user.File{empty, staff, sheet}, "none", nil, []string{"more.csv" + found, "b.xlsx[HR]" + sum + "2"}, ""},
		{"allowed", []user.File{empty, staff, sheet}, "none", []string{"source-without-rows=2"}, nil,
			"the guard source-without-rows tripped at 2, and --allow source-without-rows=2 lets this plan through"},
		{"one of two allowed", []user.File{empty, staff, sheet}, "none", []string{"source-without-rows=1"}, []string{"more.csv" + found,
			"b.xlsx[HR]" + sum + "2"}, "--allow source-without-rows=1 does not hold: the guard tripped at 2"},
		{"beside another", []user.File{staff, empty}, "0", []string{"source-without-rows=1"}, []string{"more.csv" + message + "1",
			"1 user would lose access, and the limit is 0; biggest groups: role \"default\" 1; if that is meant: --allow " +
				"max-deactivate=1"}, ""},
		{"both allowed", []user.File{staff, empty}, "0", []string{"source-without-rows=1", "max-deactivate=1"}, nil,
			"the guard source-without-rows tripped at 1, and --allow source-without-rows=1 lets this plan through; the guard " +
				"max-deactivate tripped at 1, and --allow max-deactivate=1 lets this plan through"},
		{"in vain", []user.File{staff}, "none", []string{"max-create=3"}, nil,
			"--allow max-create=3 was not needed: the guard did not trip; leave it out"},
	} {
		allow, err := plan.ParseAllowances(c.allow)
		if err != nil {
			t.Fatal(err)
		}
		p := compute(t, read(c.files...), users,
			diff.Policy{Basis: guard.Basis{Max: guard.Limits{Deactivate: limit(t, c.max)}, Allow: allow}})
		var got, told []string
		for _, g := range p.Guards {
			got = append(got, g.Message)
			offered := strings.HasSuffix(g.Message, g.Allow) || g.Message == "more.csv"+found
			if !offered || g.Name == plan.SourceWithoutRows && !strings.HasPrefix(g.Message, g.What+": ") {
				t.Errorf("%s: a guard is %+v", c.name, g)
			}
		}
		for _, n := range toldOf(p) {
			told = append(told, n.Message)
		}
		if !slices.Equal(got, c.want) || strings.Join(told, "; ") != c.told {
			t.Errorf("%s: the guards are\n%s\nwant\n%s\nand told is %q", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"), told)
		}
		if len(c.want) == 0 && len(c.allow) > 0 && c.name != "in vain" && len(p.Allowed) == 0 {
			t.Errorf("%s: what was allowed is not on record", c.name)
		}
	}
	r := read(staff, empty)
	r.In.Users = 0
	if p := compute(t, r, users, diff.Policy{}); len(p.Guards) != 1 || p.Guards[0].Name != plan.EmptyRoster {
		t.Errorf("of an empty roster: %+v", p.Guards)
	}
}
