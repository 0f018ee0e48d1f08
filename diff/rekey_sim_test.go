package diff

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/slow"
	"cometsync/internal/user"
)

var firstNames = strings.Fields("Anna Ben Clara David Emma Felix Greta Hannah Ivan Jana Karl Lena Max Nina Oskar Paula Quentin Rosa " +
	"Simon Tina Ute Viktor Wanda Xaver Yusuf Zoë Maria José Fatima Ahmed Mei Wei Olga Igor Priya Arjun Sofia Luca Chloé Noah")
var lastNames = strings.Fields("Berg Schmidt Müller Fischer Weber Wagner Becker Hoffmann Koch Richter Klein Wolf Neumann Schwarz Braun " +
	"Zimmermann Krüger Hartmann Lange Werner Krause Lehmann Köhler Maier Nguyen Tran Silva Santos García López Rossi Ferrari Novák " +
	"Kowalski Nowak Ivanova Petrov Kim Park Singh Patel Khan Yılmaz Demir O'Brien Smith Jones Brown Taylor Larsen Hansen Jensen " +
	"Andersson " +
	"Dubois Martin Bernard Laurent Moreau Costa Pereira")
var departments = strings.Fields("Sales Finance Legal IT HR Logistics Research Marketing Support Production Purchasing Quality")

// employee is somebody of a made-up organisation.
type employee struct {
	uid, name, department, email string
}

// organisation hands out people. No number of a kind is given twice; names
// and departments come up more than once.
type organisation struct {
	rng   *rand.Rand
	taken map[string]bool
}

func (g *organisation) hire(id func(*rand.Rand, *employee) string) employee {
	for {
		e := employee{name: firstNames[g.common(len(firstNames))] + " " + lastNames[g.common(len(lastNames))],
			department: departments[g.common(len(departments))]}
		e.uid = id(g.rng, &e)
		bare := strings.TrimLeft(e.uid, "0")
		if e.uid == "" || g.taken[bare] {
			continue
		}
		g.taken[bare] = true
		e.email = strings.ReplaceAll(strings.ToLower(e.name), " ", ".") + fmt.Sprint(len(g.taken)) + "@mail.example"
		return e
	}
}

// common is a number under n, small ones more often.
func (g *organisation) common(n int) int {
	return min(g.rng.IntN(n), g.rng.IntN(n+n/2))
}

func (e employee) row() string { return e.uid + "|" + e.name + "|" + e.department + "|" + e.email }

func (e employee) listed() string {
	return fmt.Sprintf(`%s|%s||||{"department":%q,"@private":{"email":%q}}`, e.uid, e.name, e.department, e.email)
}

// rekeying is a roster and a remote between which people came, went, and were
// given other uids.
type rekeying struct {
	rows, remote []string
	truth        map[string]string // by the old uid, the new one
}

// newRekeying makes an app of so many people, each with an id, of whom some
// are given another one, and joiners and leavers beside them. One person in ten
// is a student and keeps the id.
func newRekeying(seed, people, changed, joiners, leavers int, id func(*rand.Rand, *employee) string,
	change func(employee) employee) *rekeying {
	rng := rand.New(rand.NewPCG(uint64(seed), 3))
	g := organisation{rng, map[string]bool{}}
	c := &rekeying{truth: map[string]string{}}
	for i := range people {
		if i%10 == 9 {
			e := g.hire(student)
			c.rows, c.remote = append(c.rows, e.row()), append(c.remote, e.listed())
			continue
		}
		e := g.hire(id)
		c.remote = append(c.remote, e.listed())
		if len(c.truth) < changed {
			n := change(e)
			if n.uid != e.uid {
				c.truth[e.uid] = n.uid
			}
			g.taken[strings.TrimLeft(n.uid, "0")] = true
			e = n
		}
		c.rows = append(c.rows, e.row())
	}
	for i := range joiners + leavers {
		id := id
		switch i % 5 {
		case 3:
			id = student
		case 4:
			id = prefixed
		}
		if e := g.hire(id); i < joiners {
			c.rows = append(c.rows, e.row())
		} else {
			c.remote = append(c.remote, e.listed())
		}
	}
	return c
}

func (c *rekeying) plan(t *testing.T, match [][]string) *plan.Plan {
	t.Helper()
	users := difftest.Listing(difftest.RemoteHeader, c.remote...)
	remote := func(each func([]user.User) error) (string, error) { return "", each(users) }
	p, err := Compute(difftest.NewRoster(user.Rules{}, "uid|name|metadata.department|metadata.@private.email", c.rows...), remote,
		Policy{Rekeys: true, Match: match})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// judge counts pairs that are right and wrong.
func (c *rekeying) judge(p *plan.Plan) (right, wrong int) {
	for _, k := range p.Rekeys {
		if c.truth[k.Old] == k.New {
			right++
		} else {
			wrong++
		}
	}
	return right, wrong
}

func number(rng *rand.Rand, _ *employee) string {
	return fmt.Sprint([]int{1000, 10000, 100000}[rng.IntN(3)] * (1000 + rng.IntN(9000)) / 1000)
}

func longNamed(rng *rand.Rand, e *employee) string {
	e.name += " " + lastNames[rng.IntN(len(lastNames))]
	return number(rng, e)
}

func padded(rng *rand.Rand, e *employee) string { return fmt.Sprintf("%06s", number(rng, e)) }

func prefixed(rng *rand.Rand, e *employee) string { return "emp-" + number(rng, e) }

func student(rng *rand.Rand, e *employee) string { return "stu-" + number(rng, e) }

func address(rng *rand.Rand, e *employee) string {
	local := user.SlugUID(e.name)
	if local == "" {
		return ""
	}
	if rng.IntN(4) == 0 {
		local += fmt.Sprint("-", 2+rng.IntN(8))
	}
	return local + "_example-com"
}

func stripped(e employee) employee { e.uid = strings.TrimLeft(e.uid, "0"); return e }

// Two hundred people lose the zeros of their ids, and nobody comes or goes.
func TestStrippedIDs(t *testing.T) {
	id := func(rng *rand.Rand, _ *employee) string { return fmt.Sprintf("00%d", 1000+rng.IntN(9000)) }
	c := newRekeying(1, 5000, 200, 0, 0, id, stripped)
	p := c.plan(t, nil)
	right, wrong := c.judge(p)
	if len(p.Operations) > 0 || len(p.Held) != 200 || right != 200 || wrong > 0 || p.Unchanged != 4800 {
		t.Fatalf("%d operations, %d held, %d pairs that are right and %d wrong, %d unchanged", len(p.Operations), len(p.Held), right, wrong,
			p.Unchanged)
	}
	for _, k := range p.Rekeys {
		if k.Because != user.SameNumber || k.Confidence != 95 || k.OldName != k.NewName {
			t.Errorf("%+v", k)
		}
	}
}

// Among three hundred who came and three hundred who went, with ids and names
// from small stocks, hardly anybody is taken for somebody else, and hardly
// anybody with another id is missed but those whose name is not theirs alone.
func TestPairsAmongJoinersAndLeavers(t *testing.T) {
	t.Parallel()
	const joiners, leavers = 300, 300
	for _, c := range []struct {
		name           string
		seeds          int
		people         int
		changed        int
		id             func(*rand.Rand, *employee) string
		change         func(employee) employee
		match          [][]string
		found, mistook float64 // per cent: at least, of those changed; at most, of joiners and leavers
	}{
		{"zeros", 50, 1500, 200, padded, stripped, nil, 100, 1},
		{"nobody changed", 20, 1000, 0, padded, stripped, nil, 0, 1},
		{"a prefix of everybody", 20, 600, 540, prefixed, func(e employee) employee { e.uid = "staff-" + e.uid[4:]; return e }, nil, 99, 1},
		{"a prefix that goes", 20, 600, 540, prefixed, func(e employee) employee { e.uid = e.uid[4:]; return e }, nil, 99, 1},
		{"a domain", 20, 600, 540, address, func(e employee) employee { e.uid = strings.TrimSuffix(e.uid, "com") + "org"; return e },
			nil, 99, 1},
		{"a second key", 20, 600, 540, number, func(e employee) employee { e.uid = "k" + e.uid + "x"; e.name = "X " + e.name; return e },
			byEmail[:1], 100, 1},
		{"name and department", 20, 600, 200, number,
			func(e employee) employee { e.uid = "q" + e.uid[1:] + "-9x" + e.uid[:2]; return e }, nil, 20, 0.5},
		{"names of their own", 20, 600, 200, longNamed, func(e employee) employee { e.uid = "q" + e.uid[1:] + "-9x" + e.uid[:2]; return e },
			nil, 90, 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			right, wrong, all, worst := 0, 0, 0, 0
			c.seeds = slow.Times(c.seeds/5, c.seeds)
			for seed := range c.seeds {
				w := newRekeying(seed, c.people, c.changed, joiners, leavers, c.id, c.change)
				r, x := w.judge(w.plan(t, c.match))
				right, wrong, all, worst = right+r, wrong+x, all+len(w.truth), max(worst, x)
			}
			mistook := 100 * float64(wrong) / float64(c.seeds*(joiners+leavers))
			t.Logf("found %d of %d; mistook %.2f%% of joiners and leavers, at worst %d of %d", right, all, mistook, worst, joiners+leavers)
			if 100*float64(right) < c.found*float64(all) {
				t.Errorf("found %d of %d, want %g%%", right, all, c.found)
			}
			if mistook > c.mistook {
				t.Errorf("mistook %.2f%%, want at most %g%%", mistook, c.mistook)
			}
		})
	}
}

// Among six hundred people of two hundred and forty names hardly a name tells
// anybody, and nobody is held by one; whose second key is known is found.
func TestFewNamesTellNobody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ stay, moved, join, leave, places int }{
		{600, 0, 20, 30, 12}, {500, 40, 30, 60, 12}, {300, 100, 150, 200, 4}, {0, 0, 300, 300, 12}, {0, 0, 300, 300, 2},
		{0, 0, 300, 300, 1},
		{0, 100, 300, 300, 3}, {0, 0, 600, 600, 5},
	} {
		for seed := range slow.Times(4, 20) {
			rng := rand.New(rand.NewPCG(uint64(seed), 17))
			w := rekeying{truth: map[string]string{}}
			n := 0
			hire := func() employee {
				n++
				return employee{fmt.Sprintf("u%d-x", n), firstNames[rng.IntN(12)] + " " + lastNames[rng.IntN(20)],
					departments[rng.IntN(c.places)], fmt.Sprintf("p%d@mail.example", n)}
			}
			for i := range c.stay + c.moved + c.join + c.leave {
				e := hire()
				switch {
				case i < c.stay:
					w.rows, w.remote = append(w.rows, e.row()), append(w.remote, e.listed())
				case i < c.stay+c.moved:
					w.remote = append(w.remote, e.listed())
					w.truth[e.uid] = fmt.Sprintf("n%dy", n)
					e.uid = w.truth[e.uid]
					w.rows = append(w.rows, e.row())
				case i < c.stay+c.moved+c.join:
					w.rows = append(w.rows, e.row())
				default:
					w.remote = append(w.remote, e.listed())
				}
			}
			r, x := w.judge(w.plan(t, nil))
			r2, x2 := w.judge(w.plan(t, byEmail[:1]))
			if x > 0 || x2 > 0 || r2 != c.moved {
				t.Errorf("%+v, seed %d: %d right, %d wrong; with a second key %d right, %d wrong", c, seed, r, x, r2, x2)
			}
		}
	}
}
