package diff

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// keyed is the metadata of a remote user with an e-mail address.
func keyed(email string) string { return `||||{"@private":{"email":"` + email + `"}}` }

// in is the metadata of a remote user in a department.
func in(department string) string { return `||||{"dept":"` + department + `"}` }

// pairs is a plan's pairs, one a line.
func pairs(p *plan.Plan) string {
	var lines []string
	for _, k := range p.Rekeys {
		lines = append(lines, fmt.Sprintf("%s %s %s %d", k.Old, k.New, k.Because, k.Confidence))
	}
	return strings.Join(lines, "\n")
}

func TestRekeyRules(t *testing.T) {
	const header = "uid|name|metadata.@private.email|metadata.department|tags"
	for _, c := range rekeyRules {
		t.Run(c.name, func(t *testing.T) {
			rows := []string{"here|H"}
			for _, row := range c.rows {
				rows = append(rows, row+strings.Repeat("|", 4-strings.Count(row, "|")))
			}
			rows[0] += "|||"
			r := difftest.NewRoster(user.Rules{}, header, rows...)
			users := difftest.Listing(difftest.RemoteHeader, append([]string{"here|H"}, c.remote...)...)
			p := compute(t, r, users, Policy{Rekeys: true, Match: byEmail})
			slices.Sort(c.want)
			if got := pairs(p); got != strings.Join(c.want, "\n") {
				t.Errorf("the pairs are\n%s\nwant\n%s", got, strings.Join(c.want, "\n"))
			}
			if left := p.Count(plan.Create) + len(p.Rekeys); left != len(c.rows) {
				t.Errorf("%d creations and pairs of %d rows", left, len(c.rows))
			}
			if p := compute(t, r, users, Policy{Match: byEmail}); len(p.Rekeys)+len(p.Held) > 0 || p.Count(plan.Create) != len(c.rows) {
				t.Errorf("nobody asked for pairs, and the plan is\n%s", show(p))
			}
		})
	}
}

// What a pair does to the rest of the plan.
func TestRekeyedPlan(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|role|state", "123|Anna Berg|chef|", "45|Ben|cook|", "67|Cleo|cook|", "left|L||left",
		"Ü|X||", "new|New||")
	users := difftest.Listing(difftest.RemoteHeader, "00123|Anna Berg", "045|Ben Koch", "left|L", "gone|G", "0099|Z|||deactivated")
	policy := Policy{Roles: []string{}, CreateRoles: true, Rekeys: true, Basis: guard.Basis{Max: guard.Limits{Deactivate: limit(t, "1"),
		Create: limit(t, "2")}}}
	p := compute(t, r, users, policy)
	want(t, p, `
		create 67 (not in the app)
		  name: nothing -> "Cleo"
		  role: nothing -> "cook"
		create new (not in the app)
		  name: nothing -> "New"
		deactivate gone (not in the roster) withheld
		deactivate left (state column)
		held 00123 by staff.csv:2 (leading-zeros)
		held 045 by staff.csv:3 (leading-zeros)
		00123 (Anna Berg) is 123 (Anna Berg) of staff.csv:2: leading-zeros 95%
		045 (Ben Koch) is 45 (Ben) of staff.csv:3: leading-zeros 85%
		new role cook
		unchanged 1`)
	if want := (plan.Held{UID: "00123", Name: "Anna Berg", Source: user.Source{File: "staff.csv", Row: 2},
		Because: user.SameNumber}); p.Held[0] != want {
		t.Errorf("held is %+v, want %+v", p.Held[0], want)
	}
	if p.Withholding() == "" {
		t.Error("a deactivation is withheld, and nobody says why")
	}
	// Who is said to be two people is created and deactivated, and nobody else.
	policy.Different = map[Pair]bool{{"00123", "123"}: true, {"045", "67"}: true}
	policy.Max = guard.Limits{}
	want(t, compute(t, r, users, policy), `
		create 123 (not in the app)
		  name: nothing -> "Anna Berg"
		  role: nothing -> "chef"
		create 67 (not in the app)
		  name: nothing -> "Cleo"
		  role: nothing -> "cook"
		create new (not in the app)
		  name: nothing -> "New"
		deactivate 00123 (not in the roster) withheld
		deactivate gone (not in the roster) withheld
		deactivate left (state column)
		held 045 by staff.csv:3 (leading-zeros)
		045 (Ben Koch) is 45 (Ben) of staff.csv:3: leading-zeros 85%
		new role chef
		new role cook
		unchanged 1`)
	// Nobody is withheld where all who are absent are held.
	users = difftest.Listing(difftest.RemoteHeader, "00123|Anna Berg", "045|Ben Koch")
	if p := compute(t, r, users, Policy{Rekeys: true}); p.Withholding() != "" || p.Count(plan.Deactivate) > 0 || len(p.Rekeys) != 2 {
		t.Errorf("withheld because %q:\n%s", p.Withholding(), show(p))
	}
	// Who stays anyway would get a second account.
	users = difftest.Listing(difftest.RemoteHeader, "00123|Anna Berg", "045|Ben Koch", "else|Else")
	for _, missing := range []Missing{MissingKeep, MissingKnown} {
		blind := compute(t, r, users, Policy{Missing: missing})
		if len(blind.Rekeys)+len(blind.Held) > 0 || blind.Kept != 3 {
			t.Errorf("nobody asked for pairs, and the plan is\n%s", show(blind))
		}
		p := compute(t, r, users, Policy{Rekeys: true, Missing: missing})
		if len(p.Rekeys) != 2 || len(p.Held) != 2 || p.Kept != 1 || p.Count(plan.Create) != blind.Count(plan.Create)-2 ||
			p.Count(plan.Deactivate) > 0 || (p.Strangers > 0) != (missing == MissingKnown) {
			t.Errorf("whoever is missing stays, and the plan is\n%s", show(p))
		}
	}
}

// Who is said to have left is not absent.
func TestRekeyOfWhoLeft(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|state", "0088|Kim|left", "88|Kim|")
	p := compute(t, r, difftest.Listing(difftest.RemoteHeader, "0088|Kim"), Policy{Rekeys: true})
	if len(p.Rekeys) > 0 || p.Count(plan.Create) != 1 || p.Count(plan.Deactivate) != 1 {
		t.Errorf("the plan is\n%s", show(p))
	}
	if p = compute(t, r, difftest.Listing(difftest.RemoteHeader, "0088|Kim", "00088|Kim"),
		Policy{Rekeys: true}); pairs(p) != "00088 88 leading-zeros 95" {
		t.Errorf("the plan is\n%s", show(p))
	}
}

// Next to a broken row, whose person is held, a good one may have the same
// person under another uid: nobody gets a second account, and the hold stays
// the broken row's. It is all the same when the row turned out to be broken.
func TestRekeyOfWhomRejectsHold(t *testing.T) {
	const header = "uid|name|avatar|role|metadata.department"
	// its mended reject, without the zeros
	r := difftest.NewRoster(user.Rules{}, header, "00746|Kim Meyer|no|staff|", "746|Kim Meyer||staff|",
		"851|Ben|no|staff|", "x-9|Ben Koch||staff|IT", "77|Cleo||chef|", "077|Cleo||boss|", "here|H||staff|")
	r.In.Rejects.Slice()[1].Claim(user.Claim{Because: user.SameCell, Value: "ben"})
	users := difftest.Listing(difftest.RemoteHeader, "here|H|staff", "00746|Kim Meyer|staff", "00851|Ann|staff",
		`ben|Ben Koch|staff|||{"dept":"IT"}`, "00077|Cleo|staff")
	policy := Policy{Rekeys: true, CreateRoles: true, Basis: guard.Basis{Max: guard.Limits{Create: limit(t, "0")}}}
	late := Policy{Rekeys: true, Roles: []string{"staff", "boss"}, Basis: guard.Basis{Max: policy.Max}}
	want(t, compute(t, r, users, late), `
		held 00077 by staff.csv:6 (leading-zeros)
		held 00746 by staff.csv:2
		held 00851 by staff.csv:4 (leading-zeros)
		held ben by staff.csv:4 (any-cell)
		00077 (Cleo) is 077 (Cleo) of staff.csv:7: leading-zeros 95%
		00746 (Kim Meyer) is 746 (Kim Meyer) of staff.csv:3: leading-zeros 95%
		ben (Ben Koch) is x-9 (Ben Koch) of staff.csv:5: name-and-department 75%
		reject 77: role role-unknown
		unchanged 1`)
	// Who is said to be two people is created, and held as before.
	late.Different, late.Max = map[Pair]bool{{"00746", "746"}: true, {"00077", "077"}: true}, guard.Limits{}
	p := compute(t, r, users, late)
	if pairs(p) != "ben x-9 name-and-department 75" || len(p.Held) != 4 || p.Count(plan.Create) != 2 {
		t.Errorf("the plan is\n%s", show(p))
	}
	late.Rekeys, late.Different = false, nil
	if p = compute(t, r, users, late); len(p.Rekeys) > 0 || len(p.Held) != 4 || p.Count(plan.Create) != 3 {
		t.Errorf("nobody asked for pairs, and the plan is\n%s", show(p))
	}
	// A role that only one of a pair would have had is not made.
	r = difftest.NewRoster(user.Rules{}, "uid|name|avatar|role", "00746|K|no|", "746|K||chef")
	if p = compute(t, r, difftest.Listing(difftest.RemoteHeader, "00746|K"), Policy{Rekeys: true, Roles: []string{},
		CreateRoles: true}); len(p.NewRoles) > 0 || len(p.Rekeys) != 1 {
		t.Errorf("the plan is\n%s", show(p))
	}
}

// Who is held and no pair: whoever is in the roster, was left alone anyway, or
// can't lose anything.
func TestRekeyOfWhomRejectsHoldAndNobodyElse(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|avatar|role", "0746|Kim|no|", "746|Kim||", "0851|Ben||chef", "851|Ben||", "here|H||")
	for name, c := range map[string]struct {
		remote []string
		policy Policy
	}{
		"deactivated":       {[]string{"00746|Kim|||deactivated"}, Policy{Rekeys: true}},
		"in the roster":     {[]string{"0851|Ben"}, Policy{Rekeys: true, Roles: []string{}}},
		"not to be written": {[]string{"00746|Kim"}, Policy{Rekeys: true, Protect: Protect{UIDs: []string{"00746"}}}},
	} {
		if p := compute(t, r, difftest.Listing(difftest.RemoteHeader, c.remote...), c.policy); len(p.Rekeys) > 0 ||
			p.Count(plan.Create) == 0 {
			t.Errorf("%s: the plan is\n%s", name, show(p))
		}
	}
}

// Who would lose an account is a pair first, whoever else is held.
func TestRekeyOfAbsentUsersComesFirst(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|avatar", "007|Kim|no", "7|Kim|", "here|H|")
	r.In.Rejects.Slice()[0].Claims = nil
	users := difftest.Listing(difftest.RemoteHeader, "here|H", "007|Kim", "07|Ben", "0007|Kim")
	r.In.Rejects = user.ListOf(append(r.In.Rejects.Slice(), user.Reject{Source: user.Source{File: "more.csv", Row: 2}, UID: "0007"}))
	p := compute(t, r, users, Policy{Rekeys: true})
	if pairs(p) != "07 7 leading-zeros 85" || len(p.Operations) > 0 || len(p.Held) != 3 {
		t.Errorf("the plan is\n%s", show(p))
	}
	p = compute(t, r, users, Policy{Rekeys: true, Different: map[Pair]bool{{"07", "7"}: true, {"0007", "7"}: true}})
	if pairs(p) != "007 7 leading-zeros 95" || p.Count(plan.Deactivate) != 1 {
		t.Errorf("the plan is\n%s", show(p))
	}
}

// Where names are not known, a rewriting is evidence if it explains nearly all
// who have the new affix.
func TestRewritingIsEvidence(t *testing.T) {
	for _, c := range []struct {
		name                                      string
		same, differ, nameless, joiners, outright int // people of both sides, and of the roster alone
		want                                      int
	}{
		{"five of six", 0, 0, 5, 1, 0, 5},
		{"five of seven", 0, 0, 5, 2, 0, 0},
		{"four", 0, 0, 4, 0, 0, 0},
		{"with names that agree", 4, 0, 1, 1, 0, 5},
		{"names that agree need no more", 3, 0, 1, 0, 0, 3},
		{"names that differ are chance", 0, 4, 5, 1, 0, 5},
		{"as much chance as evidence", 0, 5, 5, 0, 0, 0},
		{"others without the affix", 0, 0, 5, 1, 20, 5},
	} {
		var rows, remote []string
		n := 1000
		add := func(times int, old, new string) {
			for range times {
				n++
				name := fmt.Sprintf("Person %c%c", 'a'+n%26, 'a'+n/26%26)
				if old != "" {
					remote = append(remote, strings.NewReplacer("#", fmt.Sprint(n), "@", name).Replace(old))
				}
				rows = append(rows, strings.NewReplacer("#", fmt.Sprint(n), "@", name).Replace(new))
			}
		}
		add(c.same, "emp-#|@", "staff-#|@")
		add(c.differ, "emp-#|Somebody Else", "staff-#|@")
		add(c.nameless, "emp-#|emp-#", "staff-#|@")
		add(c.joiners, "", "staff-#|@")
		add(c.outright, "", "x-#|@")
		p := compute(t, difftest.NewRoster(user.Rules{}, "uid|name", rows...), difftest.Listing("uid|name", remote...),
			Policy{Rekeys: true})
		if len(p.Rekeys) != c.want {
			t.Errorf("%s: %d pairs, want %d\n%s", c.name, len(p.Rekeys), c.want, pairs(p))
		}
	}
}

// Which side is the larger one, and is looked at in passing, must not show.
func TestRekeyOfAFewAmongMany(t *testing.T) {
	few := [][2]string{
		{"00123|Anna Berg", "123|Anna Berg||"},
		{"emp-1234|Ben Koch", "staff-1234|Ben Koch||"},
		{"o3|Cleo" + keyed("c@x.example"), "n3|Cleo Maus|c@x.example|"},
		{"o4|Dora Lang" + in("IT"), "n4|Dora Lang||IT"},
		{"1234567890123450123|Emil", "1234567890123450000|Emil||"},
	}
	const want = "00123 123 leading-zeros 95\n1234567890123450123 1234567890123450000 rounded-number 80\nemp-1234 staff-1234 " +
		"prefix-or-domain 80\no3 n3 same-key 98\no4 n4 name-and-department 75"
	for _, side := range []string{"neither", "absent", "unknown"} {
		var rows, remote []string
		for _, f := range few {
			remote, rows = append(remote, f[0]), append(rows, f[1])
		}
		for i := range 9000 {
			switch side {
			case "absent":
				remote = append(remote, fmt.Sprintf("gone%da|Person %d%s", i, i, in("IT")))
			case "unknown":
				rows = append(rows, fmt.Sprintf("new%da|Person %d||IT", i, i))
			}
		}
		r := difftest.NewRoster(user.Rules{}, "uid|name|metadata.@private.email|metadata.department", rows...)
		if got := pairs(compute(t, r, difftest.Listing(difftest.RemoteHeader, remote...),
			Policy{Rekeys: true, Match: byEmail})); got != want {
			t.Errorf("where more are %s, the pairs are\n%s\nwant\n%s", side, got, want)
		}
	}
}

// Without an affix is who has none at all, not who could do without.
func TestRewritingToNoAffix(t *testing.T) {
	var rows, remote []string
	for n := 1000; n < 1005; n++ {
		remote = append(remote, fmt.Sprintf("emp-%d|emp-%d", n, n))
		rows = append(rows, fmt.Sprintf("%d|Person %c", n, 'A'+n%26), fmt.Sprintf("x-%d|Person %c", n+1000, 'A'+n%26))
	}
	p := compute(t, difftest.NewRoster(user.Rules{}, "uid|name", rows...), difftest.Listing("uid|name", remote...), Policy{Rekeys: true})
	if len(p.Rekeys) != 5 || p.Rekeys[0].Confidence != 70 {
		t.Errorf("the pairs are\n%s", pairs(p))
	}
}

// As many people of one name in two places as in one show that names tell
// nobody apart.
func TestNamesakesAreNoPairs(t *testing.T) {
	const header = "uid|name|metadata.department"
	var rows, remote []string
	for i := range 12 {
		rows = append(rows, fmt.Sprintf("n%d|Person %c|Department %d", i, 'A'+i, i%2))
		remote = append(remote, fmt.Sprintf("o%d|Person %c%s", i, 'A'+i, in(fmt.Sprintf("Department %d", i/2%2))))
	}
	p := compute(t, difftest.NewRoster(user.Rules{}, header, rows...), difftest.Listing(difftest.RemoteHeader, remote...),
		Policy{Rekeys: true})
	if len(p.Rekeys) > 0 {
		t.Errorf("the pairs are\n%s", pairs(p))
	}
	p = compute(t, difftest.NewRoster(user.Rules{}, header, rows[:1]...), difftest.Listing(difftest.RemoteHeader, remote[:1]...),
		Policy{Rekeys: true})
	if pairs(p) != "o0 n0 name-and-department 75" {
		t.Errorf("the pairs are\n%s", pairs(p))
	}
}

// Who is inactive in the roster and unknown to the app is somebody as well.
func TestNamesakesWhoAreInactive(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|state|metadata.department", "n1|Anna Berg|active|Sales", "n2|Anna Berg|left|IT",
		"n3|Ben Koch|active|IT")
	p := compute(t, r, difftest.Listing(difftest.RemoteHeader, "o1|Anna Berg"+in("Sales"), "o3|Ben Koch"+in("IT")), Policy{Rekeys: true})
	if pairs(p) != "o3 n3 name-and-department 75" {
		t.Errorf("the pairs are\n%s", pairs(p))
	}
	for name, c := range map[string]struct{ row, listed string }{
		"who is here": {"x1|Anna Berg|active|IT", "x1|Anna Berg"}, "who had it": {"x1|Anna Koch|active|IT", "x1|Anna Berg"},
		"who gets it": {"x1|Berg, Anna|active|IT", "x1|Anna Koch"}, "who is not managed": {"x1||active|", "x1|Anna Berg|boss"},
	} {
		r := difftest.NewRoster(user.Rules{}, "uid|name|state|metadata.department", "n1|Anna Berg|active|Sales", c.row)
		if p := compute(t, r, difftest.Listing(difftest.RemoteHeader, "o1|Anna Berg"+in("Sales"), c.listed),
			Policy{Rekeys: true, Protect: Protect{Roles: []string{"boss"}}}); len(p.Rekeys) > 0 {
			t.Errorf("%s: the pairs are\n%s", name, pairs(p))
		}
	}
	// The names that can't be counted are an error, and no reason for a pair.
	remote := func(each func([]user.User) error) (string, error) {
		return "", each(difftest.Listing(difftest.RemoteHeader, "o3|Ben Koch"+in("IT")))
	}
	if _, err := Compute(unreadable{r, 1}, remote, Policy{Rekeys: true}); err == nil || !strings.Contains(err.Error(),
		"reading a roster row again: gone") {
		t.Errorf("the error is %v", err)
	}
}

// unreadable is a roster one of whose rows can't be read again.
type unreadable struct {
	*difftest.Roster
	ref int
}

func (r unreadable) Load(ref int) (user.Row, error) {
	if ref == r.ref {
		return user.Row{}, errors.New("gone")
	}
	return r.Roster.Load(ref)
}

func TestFoldName(t *testing.T) {
	for _, names := range [][]string{
		{"Anna Berg", "Berg, Anna", "ANNA  BERG", "Dr. Anna Berg", "Änna Bérg", "anna-berg"},
		{"Seán O'Brien", "Sean OBrien", "O’BRIEN Seán"},
		{"Jörg Groß", "Jorg Gross"},
		{"Łukasz Bjørn", "Lukasz Bjorn"},
		{"王 伟", "伟 王"},
		{"", "-", "123", "u-1", "U-1"},
	} {
		for _, name := range names {
			if got, want := foldName(name, "u-1"), foldName(names[0], "u-1"); got != want {
				t.Errorf("%q is %q, and %q is %q", name, got, names[0], want)
			}
		}
	}
	for _, pair := range [][2]string{{"Anna Berg", "Anna Bergs"}, {"Anna Berg", "Anna"}, {"Anna M Berg", "Anna Berg"}} {
		if foldName(pair[0], "") == foldName(pair[1], "") {
			t.Errorf("%q and %q are one name", pair[0], pair[1])
		}
	}
}
