package diff

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"cometsync/diff/guard"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"

	"github.com/go-faster/jx"
)

// tally adds up what the users came to, page by page from several goroutines,
// and holds what is alike for every comparison with the remote: who may be
// written at all, and the books.
type tally struct {
	policy *Policy
	roles  map[string]bool // nil: not known, not checked

	places  sync.Pool      // of *plan.Places, empty ones
	values  sync.Pool      // of *values
	growing sync.WaitGroup // all of them

	mu         sync.Mutex
	seen       []bool // by reference: the remote has the user
	all        part
	operations [][]plan.Operation // of pages, as they came, until they are gathered: a list that grows is there twice
	names      [][]uint64         // likewise
	watch      *guard.Watch       // nil where no roster is
}

// part is what some of the users came to; parts add up.
type part struct {
	operations []plan.Operation
	held       []plan.Held
	conflicts  []plan.Conflict
	rejects    []user.Reject
	unmatched  []user.Reject // of the rejects, those whose uid the remote did not have
	absentees  []absentee
	names      []uint64          // of the app's users and of those to be created, folded and hashed
	written    map[string]string // by the uid of somebody to be created: the text of which it was made, as its cell spells it
	renamed    map[string]bool   // new uids of the policy's pairs that the app has
	remote     plan.Remote

	watched  guard.Seen
	standing []uint64 // user.HashUID of the active users in scope for whom no row counts

	left [plan.PlaceApart + 1]int // people without an operation, by place

	odd    []string // users of which the app shows a field in a form that can't be managed
	uids   []string // of those, as far as it is the uid: the valid ones that are like it
	agents []string // AI agents and bots that are protected, by uid and name

	places *plan.Places // nil: not asked for

	references []int
	values     *values
	protects   []bool // by pattern: it matches somebody
}

func (t *tally) begin(policy *Policy, references int) {
	t.policy = policy
	t.seen = make([]bool, references)
	t.places.New = func() any { return new(plan.Places) }
	t.values.New = func() any { return new(values) }
	t.all = t.newPart()
	if t.all.places != nil {
		t.growing.Go(func() { t.all.places.Grow(references) }) // the remote is seldom much larger
	}
	if policy.Roles != nil {
		t.roles = map[string]bool{user.DefaultRole: true}
		for _, r := range policy.Roles {
			t.roles[user.FoldRole(r)] = true
		}
	}
}

func (t *tally) newPart() part {
	p := part{protects: make([]bool, len(t.policy.Protect.UIDs)+len(t.policy.Protect.Roles)), renamed: map[string]bool{},
		written: map[string]string{}, values: t.values.Get().(*values)}
	if t.policy.Itemize {
		p.places = t.places.Get().(*plan.Places)
	}
	return p
}

func (t *tally) page(users []user.User, each func(p *part, u *user.User) error) error {
	p := t.newPart()
	p.references = make([]int, 0, len(users))
	for i := range users {
		t.policy.Protect.mark(&users[i], p.protects)
		if err := each(&p, &users[i]); err != nil {
			return err
		}
	}
	t.add(&p)
	return nil
}

// leave is for somebody who gets no operation. It counts the user and
// puts it in its place in one step, so that the two can't disagree.
func (p *part) leave(u *user.User, place plan.Place) {
	p.left[place]++
	if p.places != nil {
		p.places.Add(u.UID, u.Name, place)
	}
}

// hold leaves a user alone because a reject may stand for it.
func (p *part) hold(u *user.User, source user.Source, because user.MatchReason) {
	p.held = append(p.held, plan.Held{UID: strings.Clone(u.UID), Name: strings.Clone(u.Name), Source: source, Because: because})
	p.leave(u, plan.PlaceHeld)
}

// oddity leaves a user alone that can't be managed. Whoever's uid is such may be
// meant by a row with one that is like it, and which the app does not have.
func (p *part) oddity(u *user.User, place plan.Place) {
	if place == plan.PlaceOddUID {
		text, _, _ := strings.Cut(u.UID, " (") // without what is said of a number
		for _, uid := range []string{user.FoldUID(text), user.SlugUID(text), user.CometChatUID(text)} {
			if user.ValidUID(uid) {
				p.uids = append(p.uids, uid)
			}
		}
	}
	p.odd = append(p.odd, fmt.Sprintf("%q (%s)", u.UID, u.Odd))
	p.held = append(p.held, plan.Held{UID: strings.Clone(u.UID), Name: strings.Clone(u.Name), Because: user.Unmanageable})
	p.leave(u, place)
}

// conflict leaves a user alone whom an undo would have to write over.
func (p *part) conflict(u *user.User, c plan.Conflict) {
	p.conflicts = append(p.conflicts, c)
	p.leave(u, plan.PlaceConflict)
}

// writable counts a remote user and reports whether it may be written; if not,
// its place is found.
func (t *tally) writable(p *part, u *user.User) bool {
	active := u.State != user.Deactivated
	if active {
		p.remote.Active++
	} else {
		p.remote.Deactivated++
		p.watched.Deactivated = append(p.watched.Deactivated, user.HashUID(u.UID))
	}
	place, left := t.policy.place(u)
	if left && place == plan.PlaceOutOfScope {
		p.leave(u, place)
		return false
	}
	p.remote.InScope++
	switch {
	case !left:
	case place.Counted() == plan.PlaceHeld:
		p.oddity(u, place)
	default:
		p.leave(u, place)
		if place != plan.PlaceProtected {
			p.agents = append(p.agents, named(u))
		}
	}
	if active && !left {
		p.watched.Active++
	}
	return !left
}

func (t *tally) add(p *part) {
	t.values.Put(p.values)
	t.mu.Lock()
	defer t.mu.Unlock()
	a := &t.all
	for _, ref := range p.references {
		t.seen[ref] = true
	}
	if t.watch != nil {
		t.watch.Count(&p.watched)
	}
	for i, used := range p.protects {
		a.protects[i] = a.protects[i] || used
	}
	if a.operations == nil {
		t.operations = append(t.operations, p.operations)
	} else {
		a.operations = append(a.operations, p.operations...)
	}
	t.names = append(t.names, p.names)
	a.held = append(a.held, p.held...)
	a.conflicts = append(a.conflicts, p.conflicts...)
	a.rejects = append(a.rejects, p.rejects...)
	a.unmatched = append(a.unmatched, p.unmatched...)
	a.absentees = append(a.absentees, p.absentees...)
	maps.Copy(a.written, p.written)
	a.agents = append(a.agents, p.agents...)
	a.odd = append(a.odd, p.odd...)
	a.uids = append(a.uids, p.uids...)
	maps.Copy(a.renamed, p.renamed)
	a.remote.Active += p.remote.Active
	a.remote.Deactivated += p.remote.Deactivated
	a.remote.InScope += p.remote.InScope
	a.watched.Add(&p.watched)
	a.standing = append(a.standing, p.standing...)
	for place, n := range p.left {
		a.left[place] += n
	}
	if p.places != nil {
		t.growing.Wait()
		a.places.Append(p.places)
		p.places.Reset()
		t.places.Put(p.places)
	}
}

// gather makes one list of the operations, with room for more.
func (t *tally) gather(more int) {
	for _, of := range t.operations {
		more += len(of)
	}
	t.all.operations = make([]plan.Operation, 0, more)
	for _, of := range t.operations {
		t.all.operations = append(t.all.operations, of...)
	}
	t.operations = nil
}

// plan is what all users came to, in order but for the places, before its
// guards have spoken.
func (t *tally) plan() *plan.Plan {
	t.growing.Wait()
	p := &plan.Plan{
		Operations: t.all.operations,
		Held:       t.all.held,
		Conflicts:  t.all.conflicts,
		Rejects:    t.all.rejects,
		Remote:     t.all.remote,
		Places:     t.all.places,
	}
	for place, n := range t.all.left { // the lists of the held and of conflicts are counts by themselves
		switch plan.Place(place).Counted() {
		case plan.PlaceUnchanged:
			p.Unchanged += n
		case plan.PlaceOutOfScope:
			p.OutOfScope += n
		case plan.PlaceProtected:
			p.Protected += n
		case plan.PlaceKept:
			p.Kept += n
		}
	}
	p.Sort()
	return p
}

// needRoles has the plan create the roles that its operations give and the app lacks.
func (t *tally) needRoles(p *plan.Plan) {
	if t.roles == nil {
		return
	}
	given := map[string]bool{} // as values
	for i := range p.Operations {
		for _, c := range p.Operations[i].Changes {
			if c.Field == user.Role && c.After != "" {
				given[c.After] = true
			}
		}
	}
	need := map[string]bool{}
	for value := range given {
		role, _ := jx.DecodeStr(value).Str()
		need[user.FoldRole(role)] = true
	}
	maps.DeleteFunc(need, func(role string, _ bool) bool { return t.roles[role] })
	p.NewRoles = slices.Sorted(maps.Keys(need))
}

// named is a user for a notice.
func named(u *user.User) string {
	if u.Name == "" {
		return strings.Clone(u.UID)
	}
	return u.UID + " (" + u.Name + ")"
}

// several is how many users a notice names, and how many more there are.
func several(users []string) string {
	const most = 5
	slices.Sort(users)
	return phrase.Some(users, most)
}

// protection is the notices of whom the policy protects.
func (t *tally) protection() []user.Notice {
	var notices []user.Notice
	if n := len(t.all.odd); n > 0 {
		notices = append(notices, user.Notice{Code: notice.UsersUnmanageable, Count: n,
			Message: fmt.Sprintf("%s held, since the app shows something of them in a form that can't be managed: %s; users.csv names "+
				"them all; look at them in the dashboard, or ask CometChat's support",
				phrase.Counted(n, "is", "are"), several(t.all.odd))})
	}
	if n := len(t.all.agents); n > 0 {
		what := phrase.Form(n, "an AI agent or bot of the app, since no roster has it",
			"AI agents and bots of the app, since no roster has them")
		notices = append(notices, user.Notice{Code: notice.AgentsProtected, Count: n,
			Message: fmt.Sprintf("%s protected as %s: %s; --manage-agents treats them as users",
				phrase.Counted(n, "is", "are"), what, several(t.all.agents))})
	}
	for i, item := range t.policy.Protect.items() {
		if !t.all.protects[i] {
			notices = append(notices, user.Notice{Code: notice.ProtectsNobody,
				Message: fmt.Sprintf("--protect %s matches no user of the app, and none who would be created; check the spelling", item)})
		}
	}
	return notices
}
