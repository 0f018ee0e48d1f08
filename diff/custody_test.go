package diff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

var byEmail = [][]string{{"@private", "email"}, {"phone"}}

// Each reject is one that a spreadsheet or an old system makes; it holds whom it
// may mean, and nobody else.
func TestCustody(t *testing.T) {
	const bad = "|X|no address"
	run(t, []planCase{
		{
			name: "zeros in front", header: "uid|name|avatar", rows: []string{"123" + bad, "0077" + bad, "here|H|"},
			remote: []string{"here|H", "00123|A", "123|B", "77|C", "1230|D", "a123|E"},
			want: `
				deactivate 1230 (not in the roster)
				deactivate a123 (not in the roster)
				held 00123 by staff.csv:2 (leading-zeros)
				held 123 by staff.csv:2
				held 77 by staff.csv:3 (leading-zeros)
				unchanged 1`,
		},
		{
			name: "rounded as a number is shown", header: "uid|name", rows: []string{"1.23457E+15|X", "1E+16|Y", "here|H"},
			remote: []string{"here|H", "1234567890123456|A", "01234567890123456|B", "1234574890123456|C", "1234575890123456|D",
				"9999999999999999|E", "123457|F", "9500000000000000|G", "9499999999999989|H"},
			want: `
				deactivate 123457 (not in the roster) withheld
				deactivate 1234575890123456 (not in the roster) withheld
				deactivate 9499999999999989 (not in the roster) withheld
				held 01234567890123456 by staff.csv:2 (rounded-number)
				held 1234567890123456 by staff.csv:2 (rounded-number)
				held 1234574890123456 by staff.csv:2 (rounded-number)
				held 9500000000000000 by staff.csv:3 (rounded-number)
				held 9999999999999999 by staff.csv:3 (rounded-number)
				unchanged 1`,
		},
		{
			name: "rounded and still valid", header: "uid|name|avatar", rows: []string{"1234567890123450000" + bad, "here|H|"},
			remote: []string{"here|H", "1234567890123449999|A", "1234567890123456789|B", "1234567890123461234|C", "123456789012345678|D"},
			want: `
				deactivate 123456789012345678 (not in the roster)
				deactivate 1234567890123461234 (not in the roster)
				held 1234567890123449999 by staff.csv:2 (rounded-number)
				held 1234567890123456789 by staff.csv:2 (rounded-number)
				unchanged 1`,
		},
		{
			name: "rounded by two programs, one after the other", header: "uid|name|avatar", rows: []string{"123456789012345670000" + bad,
				"here|H|"},
			remote: []string{"here|H", "123456789012346000000|A", "123456789012345678901|B", "123456789012347000000|C"},
			want: `
				deactivate 123456789012347000000 (not in the roster)
				held 123456789012345678901 by staff.csv:2 (rounded-number)
				held 123456789012346000000 by staff.csv:2 (rounded-number)
				unchanged 1`,
		},
		{
			name: "what is left of an id that is not valid", header: "uid|name", rows: []string{"Jörg.Öst@example.com|J", "here|H"},
			remote: []string{"here|H", "jorg-ost|A", "jorg-ost-example-com|B", "jrgst|C", "jorg|D"},
			want: `
				deactivate jorg (not in the roster) withheld
				held jorg-ost by staff.csv:2 (invalid-uid)
				held jorg-ost-example-com by staff.csv:2 (invalid-uid)
				held jrgst by staff.csv:2 (invalid-uid)
				unchanged 1`,
		},
		{
			name: "the surest likeness, then the first row", header: "uid|name|avatar", rows: []string{"01" + bad, "1" + bad, "001" + bad,
				"here|H|"},
			remote: []string{"here|H", "1|A", "0001|B"},
			want: `
				held 0001 by staff.csv:2 (leading-zeros)
				held 1 by staff.csv:3
				unchanged 1`,
		},
		{
			name: "whatever the state", header: "uid|name|avatar", rows: []string{"1" + bad, "here|H|"},
			remote: []string{"here|H", "01|A|||deactivated"}, policy: Policy{Missing: MissingKeep},
			want: `
				held 01 by staff.csv:2 (leading-zeros)
				unchanged 1`,
		},
		{
			name: "not who has a row, is protected or out of scope", header: "uid|name|avatar",
			rows:   []string{"1" + bad, "01|A|", "here|H|"},
			remote: []string{"here|H|staff", "01|A|staff", "001|B|guest", "0001|C|staff"},
			policy: Policy{Scope: Scope{Roles: []string{"staff"}}, Protect: Protect{UIDs: []string{"0001"}}},
			want: `
				unchanged 2
				out of scope 1
				protected 1`,
		},
	})
}

func TestCustodyOfKeysAndCells(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|avatar|metadata.@private.email|metadata.phone",
		"a1|A|no|Anna@Example.com |", "b1|B|no||12", "c1|C|no|ben@example.com|13", "here|H|||").Matching(byEmail)
	r.In.Rejects.Slice()[1].Claim(user.Claim{Because: user.SameCell, Value: "cell"}, user.Claim{Because: user.SameCell, Value: "key"})
	users := difftest.Listing(difftest.RemoteHeader, "here|H", "cell|A",
		`old|B||||{"@private":{"email":"anna@example.com"}}`, `key|C||||{"phone":12}`,
		`two|D||||{"phone":13,"@private":{"email":"ANNA@example.com"}}`,
		`no|E||||{"email":"anna@example.com","@private":{"email":""}}`, `off|F|||deactivated|{"phone":"12"}`)
	want(t, compute(t, r, users, Policy{Match: byEmail}), `
		deactivate no (not in the roster)
		held cell by staff.csv:3 (any-cell)
		held key by staff.csv:3 (same-key)
		held off by staff.csv:3 (same-key)
		held old by staff.csv:2 (same-key)
		held two by staff.csv:2 (same-key)
		unchanged 1`)
	want(t, compute(t, r, users, Policy{}), `
		deactivate no (not in the roster)
		deactivate old (not in the roster)
		deactivate two (not in the roster)
		held cell by staff.csv:3 (any-cell)
		held key by staff.csv:3 (any-cell)
		unchanged 2`)
}

// One of two rows with one uid has another's, and its name says whose: the
// words of a name in any order, in any spelling.
func TestCustodyOfNames(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|avatar", "a1|A|no", "b1|B|no", "c1|C|no", "here|H|")
	r.In.Rejects.Slice()[0].Claim(user.Claim{Because: user.SameName, Value: user.FoldKey("Bérg,  Anna")})
	r.In.Rejects.Slice()[1].Claim(user.Claim{Because: user.SameName, Value: user.FoldKey("anna berg")})
	r.In.Rejects.Slice()[2].Claim(user.Claim{Because: user.SameName, Value: user.FoldKey("?")}, user.Claim{Because: user.SameNumber,
		Value: "7"})
	users := difftest.Listing(difftest.RemoteHeader, "here|Anna Berg", "old|ANNA Berg", "other|Anna Bergs", "none|", "mark|?",
		"too|Dr. Berg Änna", "07|Anna Berg", "a1|Anna Berg", "off|Anna Berg|||deactivated")
	want(t, compute(t, r, users, Policy{}), `
		update here (fields differ)
		  name: "Anna Berg" -> "H"
		deactivate mark (not in the roster)
		deactivate none (not in the roster)
		deactivate other (not in the roster)
		held 07 by staff.csv:4 (leading-zeros)
		held a1 by staff.csv:2
		held off by staff.csv:2 (same-name)
		held old by staff.csv:2 (same-name)
		held too by staff.csv:2 (same-name)`)
}

// A row that is refused against the app is known when everybody was looked at.
func TestCustodyOfRowsRefusedLate(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|role|metadata.phone",
		"123|A|chef|", "77||staff|", "x1||staff|500", "1234567890123450000||staff|", "same|S|chef|", "here|H|staff|")
	users := difftest.Listing(difftest.RemoteHeader, "here|H|staff", "00123|A|staff", "0077|B|staff", `gone|C|staff|||{"phone":500}`,
		"1234567890123456789|D|staff",
		"same|S|staff", "0same|E|staff", "off|F|staff||deactivated", "0123|A|staff||deactivated", "leaver|L|staff")
	policy := Policy{Roles: []string{"staff"}, Match: byEmail, Basis: guard.Basis{Max: guard.Limits{Deactivate: limit(t, "2")}}}
	const rejects = `
		reject 123: role role-unknown
		reject 1234567890123450000: name name-missing
		reject 77: name name-missing
		reject same: role role-unknown
		reject x1: name name-missing`
	// Of one's own uid, same, nobody else is held: the row has found its person.
	want(t, compute(t, r, users, policy), `
		deactivate 0same (not in the roster)
		deactivate leaver (not in the roster)
		held 00123 by staff.csv:2 (leading-zeros)
		held 0077 by staff.csv:3 (leading-zeros)
		held 1234567890123456789 by staff.csv:5 (rounded-number)
		held gone by staff.csv:4 (same-key)
		held same by staff.csv:6`+rejects+`
		unchanged 3`)
	policy.Missing = MissingKeep
	want(t, compute(t, r, users, policy), `
		held same by staff.csv:6`+rejects+`
		unchanged 3
		kept 6`)
}

// A deactivation that a row asks for rests on that row, whatever another claims.
func TestCustodyLeavesWhoLeftAlone(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|role|state", "123|A|chef|", "0123|B|staff|left")
	want(t, compute(t, r, difftest.Listing(difftest.RemoteHeader, "0123|B|staff"), Policy{Roles: []string{"staff"}}), `
		deactivate 0123 (state column)
		reject 123: role role-unknown`)
}

// Unless its uid appears in a reject as it is: the two rows are of one person.
func TestCustodyOfWhoIsInAReject(t *testing.T) {
	for _, because := range []user.MatchReason{user.SameUID, user.SameCell} {
		r := difftest.NewRoster(user.Rules{}, "uid|name|link|state", "anna|A||left", "ben|B||left", "?|C|nowhere|active")
		r.In.Rejects.Slice()[0].Claims = []user.Claim{{Because: because, Value: "anna"}, {Because: user.SameSlug, Value: "ben"}}
		p := compute(t, r, difftest.Listing("uid|name", "anna|A", "ben|B"), Policy{})
		if len(p.Operations) != 1 || p.Operations[0].UID != "ben" || len(p.Held) != 1 || p.Held[0].UID != "anna" ||
			p.Held[0].Because != because {
			t.Errorf("%v: %+v, %+v are held", because, p.Operations, p.Held)
		}
	}
}

// A row that has found its person claims nobody else, even if its uid is another's number.
func TestCustodyOfAFoundPerson(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|role", "123|A|chef", "here|H|staff")
	want(t, compute(t, r, difftest.Listing(difftest.RemoteHeader, "here|H|staff", "123|A|staff", "0123|B|staff"), Policy{Roles: []string{"staff"}}), `
		deactivate 0123 (not in the roster)
		held 123 by staff.csv:2
		reject 123: role role-unknown
		unchanged 1`)
}

// Of a thousand rows forty are broken in the ways of spreadsheets. Without
// them, forty people lose their accounts.
func TestCustodyOfBrokenRows(t *testing.T) {
	var remote, rows, whole []string
	broken := map[string]user.Source{}
	for i := range 1000 {
		uid, cell := fmt.Sprintf("emp-%04d", i), ""
		switch i {
		case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9:
			uid = fmt.Sprintf("00%d", 31*i+1000)
			cell = uid[2:] + "|P|no address"
		case 10, 11, 12, 13, 14, 15, 16, 17, 18, 19:
			uid = fmt.Sprintf("%d9876543210", 12345+i)
			cell = fmt.Sprintf("1.%04d9877E+14|P|", 2345+i)
		case 20, 21, 22, 23, 24, 25, 26, 27, 28, 29:
			uid = fmt.Sprintf("9%017d", 7654321_00000+i*1000)
			cell = fmt.Sprintf("9%014d000|P|no address", 7654321_00+i)
		case 30, 31, 32, 33, 34, 35, 36, 37, 38, 39:
			uid = fmt.Sprintf("anna-%d", i)
			cell = fmt.Sprintf("Ánna.%d@example.com|P|", i)
		}
		remote = append(remote, uid+"|P")
		if cell != "" {
			broken[uid] = user.Source{File: "staff.csv", Row: len(rows) + 2}
			rows = append(rows, cell)
			continue
		}
		rows, whole = append(rows, uid+"|P|"), append(whole, uid+"|P|")
	}
	policy := Policy{Basis: guard.Basis{Max: guard.Limits{Deactivate: limit(t, "0")}}}
	p := compute(t, difftest.NewRoster(user.Rules{}, "uid|name|avatar", rows...), difftest.Listing("uid|name", remote...), policy)
	if len(p.Operations) > 0 || p.Refused() || len(p.Held) != 40 || p.Unchanged != 960 {
		t.Fatalf("the plan is\n%s", show(p))
	}
	for _, h := range p.Held {
		if h.Source != broken[h.UID] {
			t.Errorf("%s is held by %s, want %s", h.UID, h.Source, broken[h.UID])
		}
	}
	policy.Max = guard.Limits{Deactivate: limit(t, "40")}
	p = compute(t, difftest.NewRoster(user.Rules{}, "uid|name|avatar", whole...), difftest.Listing("uid|name", remote...), policy)
	if p.Count(plan.Deactivate) != 40 || p.Refused() {
		t.Errorf("without the rows the plan is\n%s", show(p))
	}
}

// randomCell is a uid's cell as people and programs spoil it; ids are from small
// pools, so that many are alike.
func randomCell(rng *rand.Rand) string {
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(byte('0' + rng.IntN(2)))
		}
		return b.String()
	}
	switch rng.IntN(7) {
	case 0:
		return digits(1 + rng.IntN(4))
	case 1:
		return "1" + digits(3) + "1122334455" + digits(4)
	case 2:
		return fmt.Sprintf("1.%sE+%d", digits(1+rng.IntN(6)), 15+rng.IntN(4))
	case 3:
		return "1" + digits(3) + "11223344" + digits(3) + "000"
	case 4:
		return "Ann." + digits(1) + "@example.com"
	case 5:
		return "ann-" + digits(1)
	}
	return one(rng, "", "ann", "Ü", "ann 1", "#REF!")
}

// claimedWorld draws rows and users who have something in common, and the users' uids.
func claimedWorld(rng *rand.Rand) (rows, remote []string, taken map[string]bool) {
	taken = map[string]bool{}
	for range rng.IntN(30) {
		cell := randomCell(rng)
		if uid := user.FoldUID(cell); taken[uid] {
			continue
		} else if user.ValidUID(uid) {
			taken[uid] = true
		}
		rows = append(rows, strings.Join([]string{cell, one(rng, "A", "A", "B", ""), one(rng, "staff", "staff", "chef"),
			one(rng, "", "", "no"), one(rng, "", "1", "2", "3"), one(rng, "", "4", "5")}, "|"))
	}
	clear(taken)
	for range rng.IntN(60) {
		uid := user.FoldUID(randomCell(rng))
		if !user.ValidUID(uid) || taken[uid] {
			continue
		}
		taken[uid] = true
		remote = append(remote, strings.Join([]string{uid, one(rng, "A", "B", "A", "Zoe "+
			"Abt"), "staff", "", one(rng, "", "", "", "deactivated"),
			one(rng, "", `{"phone":4}`, `{"@private":{"email":"1"},"phone":"5"}`, `{"@private":{"email":"2"}}`)}, "|"))
	}
	return rows, remote, taken
}

// Who is claimed is found here one by one, without any index.
func TestNobodyClaimedIsDeactivated(t *testing.T) {
	seen := map[user.MatchReason]int{}
	late := 0
	for round := range 400 {
		rng := rand.New(rand.NewPCG(uint64(round), 11))
		policy := Policy{Roles: []string{"staff"}, Missing: somehow(rng), Rekeys: chance(rng, 50)}
		if chance(rng, 60) {
			policy.Match = byEmail
		}
		rows, remote, taken := claimedWorld(rng)
		r := difftest.NewRoster(user.Rules{}, "uid|name|role|avatar|metadata.@private.email|metadata.phone", rows...).Matching(policy.Match)
		for i := range r.In.Rejects.Slice() {
			if chance(rng, 10) {
				r.In.Rejects.Slice()[i].Claim(user.Claim{Because: user.SameName, Value: "abt, zoé"})
			}
		}
		users := difftest.Listing(difftest.RemoteHeader, remote...)
		p := compute(t, r, users, policy)

		unmatched := slices.Clone(r.In.Rejects.Slice())
		for _, x := range p.Rejects {
			if !taken[x.UID] {
				for _, path := range policy.Match {
					x.ClaimKey(path, r.Rows[r.Index[x.UID]].User.KeyValue(path))
				}
				unmatched = append(unmatched, x)
			}
		}
		held := map[string]plan.Held{}
		for _, h := range p.Held {
			held[h.UID] = h
			seen[h.Because]++
		}
		for _, o := range p.Of(plan.Deactivate) {
			u := users[slices.IndexFunc(users, func(u user.User) bool { return u.UID == o.UID })]
			for i := range unmatched {
				if because, ok := stands(&unmatched[i], &u, policy.Match); ok {
					t.Fatalf("round %d: %s is deactivated, and %s may stand for it: %s", round, o.UID, unmatched[i].Source, because)
				}
			}
		}
		for _, h := range p.Held {
			u := users[slices.IndexFunc(users, func(u user.User) bool { return u.UID == h.UID })]
			i := slices.IndexFunc(unmatched, func(x user.Reject) bool { return x.Source == h.Source })
			if i < 0 {
				continue // by its own row, or by that of its other uid
			}
			if because, ok := stands(&unmatched[i], &u, policy.Match); !ok || because != h.Because {
				t.Fatalf("round %d: %s is held by %s because of %s, and that is %s, %v", round, h.UID, h.Source, h.Because, because, ok)
			}
			if i >= len(r.In.Rejects.Slice()) {
				late++
			}
		}
		if len(r.In.Rejects.Slice()) == 0 {
			continue
		}
		// A reject that goes takes nobody's hold with it but its own.
		less := *r
		gone := rng.IntN(len(r.In.Rejects.Slice()))
		less.In.Rejects = user.ListOf(slices.Delete(slices.Clone(r.In.Rejects.Slice()), gone, gone+1))
		still := map[string]bool{}
		for _, h := range compute(t, &less, users, policy).Held {
			still[h.UID] = true
		}
		for uid, h := range held {
			if h.Source != r.In.Rejects.Slice()[gone].Source && !still[uid] && !rekeyed(p, uid) {
				t.Fatalf("round %d: without the reject of %s, %s is not held any more, which was held by %s", round,
					r.In.Rejects.Slice()[gone].Source, uid, h.Source)
			}
		}
	}
	for _, l := range []user.MatchReason{user.SameUID, user.SameKey, user.SameNumber, user.RoundedAlike, user.SameSlug, user.SameName} {
		if seen[l] < 50 {
			t.Errorf("only %d users are held because of %s", seen[l], l)
		}
	}
	if late < 50 {
		t.Errorf("only %d users are held by rows that were refused late", late)
	}
}

// rekeyed reports whether a user is held as one of a pair. Who else there is to
// pair with may change with every reject.
func rekeyed(p *plan.Plan, uid string) bool {
	return slices.ContainsFunc(p.Rekeys, func(k plan.Rekey) bool { return k.Old == uid })
}

// stands is the surest likeness by which a reject may stand for a user.
func stands(x *user.Reject, u *user.User, match [][]string) (best user.MatchReason, ok bool) {
	take := func(l user.MatchReason, is bool) {
		if is && (!ok || l < best) {
			best, ok = l, true
		}
	}
	take(user.SameUID, x.UID == u.UID)
	for _, c := range x.Claims {
		switch c.Because {
		case user.SameKey:
			for _, path := range match {
				take(c.Because, strings.Join(path, ".") == c.Key && u.KeyValue(path) == c.Value)
			}
		case user.SameNumber:
			take(c.Because, user.SameDigits(u.UID) == c.Value)
		case user.RoundedAlike:
			take(c.Because, user.RoundsTo(c.Value, u.UID))
		case user.SameName:
			take(c.Because, foldName(c.Value, x.UID) != "" && foldName(c.Value, x.UID) == foldName(u.Name, u.UID))
		default:
			take(c.Because, c.Value == u.UID)
		}
	}
	return best, ok
}
