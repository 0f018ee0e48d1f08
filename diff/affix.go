package diff

import (
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// end is the end of a uid at which an affix stands.
type end uint8

const (
	front end = iota
	back
)

// split is a uid taken apart: emp- and 1234 of emp-1234, anna-berg and
// _example-com of anna-berg_example-com. The affix has its separator; it is ""
// where the core is the whole.
type split struct {
	end         end
	affix, core string
}

// mostSplits bounds how often one uid is taken apart.
const mostSplits = 24

// splits are the ways to take a uid apart at - and _, and where letters and
// digits meet if that is in one place alone. The core is enough to know
// somebody by: three digits, or five characters. An affix has a letter and no
// digit: anna-berg-2 and anna-berg-3 are two people, whatever is after that.
// They are appended to out.
func splits(out []split, uid string) []split {
	add := func(at end, affix, core string) {
		if len(out) < mostSplits && substantial(core) && isAffix(affix) {
			out = append(out, split{at, affix, core})
		}
	}
	add(front, "", uid)
	add(back, "", uid)
	for i := 1; i < len(uid)-1; i++ {
		if uid[i] == '-' || uid[i] == '_' {
			add(front, uid[:i+1], uid[i+1:])
			add(back, uid[i:], uid[:i])
		}
	}
	const digits = "0123456789"
	if letters := strings.TrimRight(uid, digits); letters != "" && letters != uid && !strings.ContainsAny(letters, digits+"-_") {
		add(front, letters, uid[len(letters):])
	}
	if letters := strings.TrimLeft(uid, digits); letters != "" && letters != uid && !strings.ContainsAny(letters, digits+"-_") {
		add(back, letters, uid[:len(uid)-len(letters)])
	}
	return out
}

func substantial(core string) bool {
	return core != "" && !strings.ContainsRune("-_", rune(core[0])) && !strings.ContainsRune("-_", rune(core[len(core)-1])) &&
		(len(core) >= 5 || len(core) >= 3 && user.SameDigits(core) != "")
}

func isAffix(affix string) bool {
	return affix == "" || strings.Trim(affix, "-_") != "" && !strings.ContainsAny(affix, "0123456789")
}

// rewriting is an affix that was replaced by another one, as a whole, for many
// people at once.
type rewriting struct {
	end      end
	old, new string
}

// rewritings count what speaks for each rewriting.
type rewritings map[rewriting]*tallied

type tallied struct {
	explained    int // pairs whose names don't contradict it
	contradicted int // pairs that their names contradict
	created      int // people to be created who have the new affix
}

func (r rewritings) of(w rewriting) *tallied {
	t := r[w]
	if t == nil {
		t = &tallied{}
		r[w] = t
	}
	return t
}

// regularly is how many pairs a rewriting has to explain to be evidence.
const regularly = 5

func (r rewritings) regular(w rewriting) bool { return r[w] != nil && r[w].explained >= regularly }

// speaks reports whether a rewriting alone is evidence, where names are not
// known: it explains most of those who have the new affix, but for those whose
// names say that it is chance, and they are fewer.
func (r rewritings) speaks(w rewriting) bool {
	t := r[w]
	return r.regular(w) && t.explained > t.contradicted && 5*t.explained >= 4*(t.created-t.contradicted)
}

// count counts the people to be created who have a new affix of a rewriting
// that might speak. Without an affix is who could have none.
func (r rewritings) count(created []plan.Operation) {
	type newAffix struct {
		end   end
		affix string
	}
	of := map[newAffix][]*tallied{}
	for w, t := range r {
		if r.regular(w) {
			of[newAffix{w.end, w.new}] = append(of[newAffix{w.end, w.new}], t)
		}
	}
	if len(of) == 0 {
		return
	}
	var buf [mostSplits]split
	for i := range created {
		all := splits(buf[:0], created[i].UID)
		var affixed [2]bool // by end
		for _, s := range all {
			affixed[s.end] = affixed[s.end] || s.affix != ""
		}
		for _, s := range all {
			if s.affix == "" && affixed[s.end] {
				continue
			}
			for _, t := range of[newAffix{s.end, s.affix}] {
				t.created++
			}
		}
	}
}
