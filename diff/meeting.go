package diff

import (
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/user"
)

// trait is something that two people have in common if they make a pair by one
// rule. What it holds is the rule's.
type trait struct {
	because user.MatchReason
	kind    uint8
	value   string
	more    string
}

// crowd is how many of one side may have a trait in common: what more have
// tells nobody apart.
const crowd = 8

// side is the people of one side, each made when it is asked for.
type side struct {
	n      int
	look   func(i int) *person
	traits func(*person, func(trait))
}

// meeting is everybody with a trait that both sides have.
type meeting struct {
	trait
	old, new []*person
}

// meet finds out which traits both sides have, by rule. Everybody is looked at once,
// and of the larger side nobody is kept but those who have something in common with
// the smaller one.
func meet(old, new side) map[user.MatchReason][]meeting {
	few, many, swapped := old, new, old.n > new.n
	if swapped {
		few, many = new, old
	}
	numbers := map[trait]int{} // those of the smaller side
	people := make([]sharer, few.n)
	for i := range people {
		p := &people[i]
		p.person = few.look(i)
		few.traits(p.person, func(t trait) {
			n, known := numbers[t]
			if !known {
				n = len(numbers)
				numbers[t] = n
			}
			p.shares = append(p.shares, n)
		})
	}
	var all []meeting
	at := make([]int, len(numbers)) // where in all the meeting of a trait that is shared is, from 1 on
	for _, p := range sharers(many, numbers) {
		for _, n := range p.shares {
			if at[n] == 0 {
				all = append(all, meeting{})
				at[n] = len(all)
			}
			m := &all[at[n]-1]
			m.new = append(m.new, p.person)
		}
	}
	for t, n := range numbers {
		if at[n] > 0 {
			all[at[n]-1].trait = t
		}
	}
	for _, p := range people {
		for _, n := range p.shares {
			if at[n] > 0 {
				m := &all[at[n]-1]
				m.old = append(m.old, p.person)
			}
		}
	}
	by := map[user.MatchReason][]meeting{}
	for _, of := range all {
		if swapped {
			of.old, of.new = of.new, of.old
		}
		by[of.because] = append(by[of.because], of)
	}
	return by
}

// sharer is a person with the numbers of traits that somebody of the other side may
// share.
type sharer struct {
	*person
	shares []int
}

// sharers are the people of a side who have a trait that has a number.
func sharers(of side, numbers map[trait]int) []sharer {
	const chunk = 1024
	found := make([][]sharer, (of.n+chunk-1)/chunk)
	_ = inChunks(of.n, chunk, func(from, to int) error { // none of them fails
		var shares []int
		for i := from; i < to; i++ {
			p := of.look(i)
			shares = shares[:0]
			of.traits(p, func(t trait) {
				if n, has := numbers[t]; has {
					shares = append(shares, n)
				}
			})
			if len(shares) > 0 {
				found[from/chunk] = append(found[from/chunk], sharer{p, slices.Clone(shares)})
			}
		}
		return nil
	})
	return slices.Concat(found...)
}

// inChunks has all cores do n things, so many at once.
func inChunks(n, chunk int, do func(from, to int) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < n; from += chunk {
		g.Go(func() error { return do(from, min(from+chunk, n)) })
	}
	return g.Wait()
}

// free are the meetings by one rule of those whom no pair has yet. They are asked for
// once.
func (m *matcher) free(because user.MatchReason) []meeting {
	paired := func(p *person) bool { return p.paired }
	of := m.meetings[because]
	for i := range of {
		of[i].old, of[i].new = slices.DeleteFunc(of[i].old, paired), slices.DeleteFunc(of[i].new, paired)
	}
	return of
}

// common goes through the pairs of people with a trait of a rule in common, who are
// not to be told apart yet and nobody has.
func (m *matcher) common(because user.MatchReason, each func(t trait, o, n *person, alone bool)) {
	for _, of := range m.free(because) {
		alone := len(of.old) == 1 && len(of.new) == 1
		m.pairwise(of.old, of.new, func(o, n *person) { each(of.trait, o, n, alone) })
	}
}

// pairwise is each of one side with each of the other, unless they are a crowd or
// somebody has said that the two are two people.
func (m *matcher) pairwise(old, new []*person, each func(o, n *person)) {
	if len(old) > crowd || len(new) > crowd {
		return
	}
	for _, o := range old {
		for _, n := range new {
			if !m.policy.Different[Pair{o.uid, n.uid}] {
				each(o, n)
			}
		}
	}
}
