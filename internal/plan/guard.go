package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Guard is a check on the whole plan that tripped, and that refuses it, or
// withholds a part: see Withholding.
type Guard struct {
	Name    string `json:"name"`  // one of the table below
	What    string `json:"what"`  // the field, group or file that it is about; "" for the plan
	Limit   string `json:"limit"` // as it was given, with what it comes to: "10% (= 8)"
	Actual  int    `json:"actual"`
	Message string `json:"message"` // what was found, the biggest groups concerned, what to do
	Allow   string `json:"allow"`   // the option that lets this very plan through; "" if nothing does
}

// The guards.
const (
	EmptyRoster       = "empty-roster"
	SourceEndsEarly   = "source-ends-early"
	ListingIncomplete = "listing-incomplete"
	ScopeEmpty        = "scope-empty"
	PairsBelied       = "pairs-belied"
	SourceWithoutRows = "source-without-rows"
	MaxDeactivate     = "max-deactivate"
	LostBlock         = "lost-block"
	LostTail          = "lost-tail"
	LostGroup         = "lost-group"
	FieldChanges      = "field-changes"
	EmptiedCells      = "emptied-cells"
	LostColumn        = "lost-column"
	MaxCreate         = "max-create"
	MaxReactivate     = "max-reactivate"
	Rekeyed           = "re-keyed"
	NewForm           = "new-form"
	Reversal          = "reversal"
	OldFile           = "old-file"
	SourceAge         = "source-age"
	MaxUpdate         = "max-update"
	MaxRejects        = "max-rejects"
)

const newExport = "get a new export"

type guardKind struct {
	name  string
	lift  bool
	past  bool // it compares with the last good run, and is off without one
	means string
	todo  string // what makes it trip no more
}

// guardKinds is every guard, with what it means that it tripped. One that can't
// be lifted says that the plan rests on something untrue.
var guardKinds = []guardKind{
	{EmptyRoster, false, false, "the roster holds no usable user", "get a whole export"},
	{SourceEndsEarly, false, false, "a source is cut off", "get a whole export"},
	{ListingIncomplete, false, false, "the app's user list can't be shown to be complete", "wait until the app lists all of its users"},
	{ScopeEmpty, false, false, "nobody is in the scope", "check the spelling of the scope"},
	{PairsBelied, false, false, "the app belies pairs of --rekey", "correct the pairs of --rekey, or take them out of the file"},
	{SourceWithoutRows, true, false, "one of several sources has a header and no row", newExport},
	{MaxDeactivate, true, false, "more users lose access than --max-deactivate", newExport},
	{LostBlock, true, true, "people who were side by side in a source lose access together", newExport},
	{LostTail, true, true, "people who were at the end of a source lose access together", newExport},
	{LostGroup, true, true, "nearly everybody of a role, tag, department, mail domain or source loses access", newExport},
	{FieldChanges, true, true, "one field of many users changes without an explanation", newExport},
	{EmptiedCells, true, true, "many cells of one column have become empty", newExport},
	{LostColumn, true, true, "a source has lost a column", newExport},
	{MaxCreate, true, true, "more users are created than --max-create", newExport},
	{MaxReactivate, true, true, "more users get access back than --max-reactivate", newExport},
	{Rekeyed, true, true, "several people seem to have a new uid", "decide on the pairs of people"},
	{NewForm, true, true, "users would be created under uids of a form that nobody has; it withholds them", newExport},
	{Reversal, true, true, "the plan takes back what several runs did", newExport},
	{OldFile, true, true, "a source is the file of an earlier run", newExport},
	{SourceAge, true, false, "a source is older than --max-source-age", newExport},
	{MaxUpdate, true, false, "more users are updated than --max-update", newExport},
	{MaxRejects, true, false, "more rows are rejected than --max-rejects", "correct the rows"},
}

// OfPast is the guards that compare with the last good run, and are off without one.
func OfPast() []string { return guardsThat(func(k guardKind) bool { return k.past }) }

// GuardNames are the names of all guards.
func GuardNames() []string { return guardsThat(func(guardKind) bool { return true }) }

// GuardsToLift are the names of those that --allow lets through.
func GuardsToLift() []string { return guardsThat(func(k guardKind) bool { return k.lift }) }

func guardsThat(are func(guardKind) bool) (names []string) {
	for _, k := range guardKinds {
		if are(k) {
			names = append(names, k.name)
		}
	}
	return names
}

func liftable(name string) bool {
	return slices.ContainsFunc(guardKinds, func(k guardKind) bool { return k.name == name && k.lift })
}

// Allowances say which guards may trip, each at just this number.
type Allowances map[string][]int

// ParseAllowances reads NAME=ACTUAL, as --allow takes it.
func ParseAllowances(list []string) (Allowances, error) {
	a := Allowances{}
	for _, text := range list {
		name, number, _ := strings.Cut(text, "=")
		name = strings.TrimSpace(name)
		switch i := slices.IndexFunc(guardKinds, func(k guardKind) bool { return k.name == name }); {
		case i < 0:
			return nil, fmt.Errorf("%q: not of the form NAME=ACTUAL, as a tripped guard names it; NAME is one of %s", text,
				strings.Join(GuardsToLift(), ", "))
		case !guardKinds[i].lift:
			return nil, fmt.Errorf("%q: the guard %s can't be lifted: when it trips, %s", text, name, guardKinds[i].means)
		}
		number = strings.TrimSpace(number)
		n, _ := strconv.Atoi(number)
		if n < 1 || strconv.Itoa(n) != number { // as the message of the guard has it
			return nil, fmt.Errorf("%q: not of the form NAME=ACTUAL; ACTUAL is the number at which the guard tripped", text)
		}
		if len(a[name]) > 0 {
			return nil, fmt.Errorf("%q: the guard %s is allowed at %d already, and trips at one number; give the one that its message "+
				"names", text, name, a[name][0])
		}
		a[name] = []int{n}
	}
	return a, nil
}

// Offer puts into each tripped guard the option that lets the plan through, and
// says it at the end of its message; of one that tripped for several groups, fields or
// files, at the end of the last. It is for a plan whose guards have spoken.
func (p *Plan) Offer() {
	sums := sumOf(p.Tripped())
	stuck := slices.ContainsFunc(p.Guards, func(g Guard) bool { return !liftable(g.Name) })
	offer := func(g *Guard, together, later []Guard) {
		if !liftable(g.Name) {
			return
		}
		var options []string
		for i := range together {
			options = append(options, allowing(together[i].Name, sums[together[i].Name]))
		}
		g.Allow = strings.Join(options, " ")
		switch {
		case slices.ContainsFunc(later, func(l Guard) bool { return l.Name == g.Name }): // which says it for all of them
		case stuck:
			g.Message += "; resolve what else refused the plan first"
		default:
			g.Message += ifMeant
			if g.Actual != sums[g.Name] {
				g.Message += fmt.Sprintf(", with all else that %s found", g.Name)
			}
			g.Message += ": " + g.Allow
		}
	}
	for i := range p.Guards {
		offer(&p.Guards[i], p.Guards[i:i+1], p.Guards[i+1:])
	}
	for i := range p.Withholdings {
		w := &p.Withholdings[i]
		together := w.guards()
		offer(&w.Guard, together, nil)
		for k := range w.Beside {
			offer(&w.Beside[k], together, nil)
		}
	}
}

// Remedy is what to do about guards that refuse a plan, a clause: what can't be
// lifted has to be settled first, and shows then what else there is. A plan that
// comes of no export, as one that undoes a run, can only be let through.
func Remedy(guards []Guard, exported bool) string {
	var stuck, todo, allow []string
	add := func(to *[]string, text string) {
		if !slices.Contains(*to, text) {
			*to = append(*to, text)
		}
	}
	sums := sumOf(guards)
	for _, g := range guards {
		i := slices.IndexFunc(guardKinds, func(k guardKind) bool { return k.name == g.Name })
		switch {
		case i < 0:
			add(&stuck, "resolve what the guard "+g.Name+" found")
		case !guardKinds[i].lift:
			add(&stuck, guardKinds[i].todo)
		default:
			add(&allow, allowing(g.Name, sums[g.Name]))
			if exported {
				add(&todo, guardKinds[i].todo)
			}
		}
	}
	if len(stuck) > 0 {
		return strings.Join(stuck, ", and ")
	}
	meant := strings.Join(allow, " ") + " if that is meant"
	if len(todo) == 0 {
		return "give " + meant
	}
	return strings.Join(todo, ", and ") + ", or give " + meant
}

const ifMeant = "; if that is meant"

// Found is what was found, without the option that lets the plan through.
func (g *Guard) Found() string {
	found, _, _ := strings.Cut(g.Message, ifMeant)
	return found
}

func allowing(name string, n int) string { return fmt.Sprintf("--allow %s=%d", name, n) }

// sumOf is at which number each guard tripped: one may for several groups,
// fields or files.
func sumOf(guards []Guard) map[string]int {
	sums := map[string]int{}
	for _, g := range guards {
		sums[g.Name] += g.Actual
	}
	return sums
}

// LetBy is what let the plan through, as --allow takes it.
func (p *Plan) LetBy() (by []string) {
	sums := sumOf(p.Allowed)
	for _, k := range guardKinds {
		if n, is := sums[k.name]; is {
			by = append(by, fmt.Sprintf("%s=%d", k.name, n))
		}
	}
	return by
}

// Let lets the plan through if every guard that refuses it is allowed, each at its
// number; else it stays refused by all of them. Of a plan that is not refused, or
// not any more, what guards withhold is carried out if all of these are allowed. What
// it let through, and what was allowed in vain, is told in notices.
func (p *Plan) Let(allowed Allowances) {
	sums := sumOf(p.Tripped())
	let := func(g Guard) bool { return liftable(g.Name) && slices.Contains(allowed[g.Name], sums[g.Name]) }
	all := func(guards []Guard) bool { return !slices.ContainsFunc(guards, func(g Guard) bool { return !let(g) }) }
	through, lacking := all(p.Guards), map[string]string{}
	for i := range p.Withholdings {
		if w := &p.Withholdings[i]; !all(w.guards()) {
			for _, g := range w.guards() {
				lacking[g.Name] = w.Allow
			}
		}
	}
	for _, k := range guardKinds {
		for _, n := range allowed[k.name] {
			switch actual, tripped := sums[k.name]; {
			case !tripped:
				p.tell(notice.AllowUnused, "%s was not needed: the guard did not trip; leave it out", allowing(k.name, n))
			case actual != n:
				p.tell(notice.AllowUnused, "%s does not hold: the guard tripped at %d", allowing(k.name, n), actual)
			case lacking[k.name] != "":
				p.tell(notice.AllowUnused, "%s does not suffice: it takes %s", allowing(k.name, n), lacking[k.name])
			case through:
				p.tell(notice.GuardAllowed, "the guard %s tripped at %d, and %s lets this plan through", k.name, actual,
					allowing(k.name, n))
			}
		}
	}
	if !through {
		return
	}
	p.Guards, p.Allowed = nil, append(p.Allowed, p.Guards...)
	for _, w := range slices.Clone(p.Withholdings) {
		if all(w.guards()) {
			p.lift(w)
		}
	}
}

func (p *Plan) tell(code notice.Code, format string, args ...any) {
	p.Notices = append(p.Notices, user.Notice{Code: code, Message: phrase.Sprintf(format, args...)})
}
