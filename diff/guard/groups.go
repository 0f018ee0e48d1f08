package guard

import (
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// # What people have in common
//
// Whoever is told that three hundred people are concerned asks who they are. So
// each refusal that is about people names what most of them share, in whatever the
// roster manages that groups people; and of those who would lose access first that
// of which hardly anybody is left.

const (
	namedGroups = 5  // that a sentence names,
	triedGroups = 20 // among how many of the largest those are looked for that are lost whole
)

// inCommon is the clause of a sentence on what the users of some operations share,
// as their rows have it; "" if they share nothing.
func (j *judge) inCommon(operations []plan.Operation) string {
	all := []cohort{{}}
	j.group(operations, all, func(int, int) bool { return true })
	return all[0].clause()
}

// group counts the users of some operations in the cohorts that each is in. A row is
// read once for all of them: to read it is what costs, and is done on all cores.
func (j *judge) group(operations []plan.Operation, cohorts []cohort, in func(operation, cohort int) bool) {
	w := j.Watch
	if w == nil {
		w = &Watch{layout: user.NewLayout()} // without a roster there are roles and tags
	}
	var workers sync.WaitGroup
	var mu sync.Mutex
	each := max(minGrouped, len(operations)/runtime.GOMAXPROCS(0)+1)
	empty := slices.Clone(cohorts) // nobody is in one yet
	for from := 0; from < len(operations); from += each {
		own := slices.Clone(empty)
		workers.Go(func() {
			var g grouping
			for i := from; i < min(from+each, len(operations)); i++ {
				read := false
				for c := range own {
					if !in(i, c) {
						continue
					}
					if !read {
						g.of(w, &operations[i])
						read = true
					}
					own[c].add(g.groups)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for c := range own {
				cohorts[c].join(&own[c])
			}
		})
	}
	workers.Wait()
}

// minGrouped is how many users are worth a goroutine.
const minGrouped = 1000

// grouping finds what groups one user after the other.
type grouping struct {
	groups []membership
	row    user.Row
	print  user.Fingerprint
}

func (g *grouping) of(w *Watch, o *plan.Operation) {
	at, metadata := w.metadataOf(o, &g.row)
	g.groups = w.groupsOf(g.groups[:0], &user.User{UID: o.UID, Role: o.Role, Tags: o.Tags}, at, metadata, &g.print)
	if w.roster != nil && len(w.roster.Intake().Files) > 1 && o.Source.File != "" {
		g.groups = append(g.groups, inFile(user.BookName(o.Source.File, o.Source.Sheet)))
	}
}

// metadataOf is the metadata that a user's row asks for, by path, and as an object
// where one is managed; row is to use.
func (w *Watch) metadataOf(o *plan.Operation, row *user.Row) (at func(path []string) string, metadata user.Object) {
	if o.Verb == plan.Create {
		for i := range o.Changes {
			if o.Changes[i].Field == user.Metadata {
				metadata, _ = user.ReadObject(o.Changes[i].After)
			}
		}
		return texts(metadata), metadata
	}
	if w.roster == nil {
		return texts(nil), nil
	}
	ref, _, ok := w.roster.Find(o.UID)
	if !ok {
		return texts(nil), nil
	}
	if w.roster.LoadInto(ref, row) != nil {
		return texts(nil), nil // whoever needs the row meets the error as well
	}
	if w.layout.Whole() {
		metadata, _ = row.User.Apply(user.Object{}, true)
		return texts(metadata), metadata
	}
	return func(path []string) string {
		for i := range row.User.Keys {
			if k := &row.User.Keys[i]; !k.Clear && slices.Equal(k.Path, path) {
				return k.Text
			}
		}
		return ""
	}, nil
}

// texts gives the texts in an object by their paths.
func texts(o user.Object) func(path []string) string {
	return func(path []string) string {
		v, _ := user.At(o, path)
		text, _ := user.ScalarText(v)
		return text
	}
}

// lostInCommon is that clause for people who would lose access, as the app has
// them: some of the leavers.
func (j *judge) lostInCommon(is func(uid string) bool) string {
	if len(j.leavers) == 0 {
		return j.inCommon(j.lost)
	}
	file := j.filesThen()
	people := cohort{}
	for i, groups := range j.leaving() {
		if uid := j.leavers[i].uid; is(uid) {
			if name := file[user.HashUID(uid)]; name != "" {
				groups = append(slices.Clone(groups), inFile(name))
			}
			people.add(groups)
		}
	}
	values := people.shared()
	tried := slices.DeleteFunc(slices.Clone(values[:min(triedGroups, len(values))]), func(g *shared) bool { return g.kind == aFile })
	if len(tried) == 0 {
		return clause(largest(values))
	}
	j.countOthers(tried)
	var whole []string
	for _, g := range tried {
		if g.others <= g.enough && g.n >= min(lostGroup.least, people.n) && len(whole) < namedGroups {
			whole = append(whole, partOf(g))
			values = slices.DeleteFunc(values, func(v *shared) bool { return v == g })
		}
	}
	rest := largest(values[:min(namedGroups-len(whole), len(values))])
	return clause(strings.Join(slices.DeleteFunc(append(whole, rest), func(s string) bool { return s == "" }), ", "))
}

// changedInCommon is that clause for the users of each of some fields that change.
func (j *judge) changedInCommon(fields []fieldChanges) []string {
	cohorts, in := make([]cohort, len(fields)), make([][]bool, len(fields))
	for i := range fields {
		cohorts[i].but, in[i] = fields[i].field, make([]bool, len(j.Plan.Operations))
		for _, c := range fields[i].changes {
			in[i][c.at] = true
		}
	}
	if len(fields) > 0 {
		j.group(j.Plan.Operations, cohorts, func(operation, cohort int) bool { return in[cohort][operation] })
	}
	clauses := make([]string, len(fields))
	for i := range cohorts {
		clauses[i] = cohorts[i].clause()
	}
	return clauses
}

// filesThen is from which file the last good run had each of the lost, if it had
// several.
func (j *judge) filesThen() map[uint64]string {
	past := j.Past
	if past == nil || len(past.Sources) < 2 {
		return nil
	}
	out := map[uint64]string{}
	plan.EachOf(past.Sources, hashes(j.lost), func(s, i int) { out[past.Sources[s].UIDs[i]] = sourceName(&past.Sources[s]) })
	return out
}

// aFile is the kind of files, of which the census knows nothing.
const aFile = -2

func inFile(name string) membership {
	return membership{trait{aFile, user.HashUID(name)}, "file", name}
}

// largest names the first of some groups. To tell that a value is shared which must
// not be shown says nothing.
func largest(values []*shared) string {
	var words []string
	for _, g := range values[:min(namedGroups, len(values))] {
		if !strings.Contains(g.field, user.Private) {
			words = append(words, phrase.Sprintf("%s %d", g, g.n))
		}
	}
	return strings.Join(words, ", ")
}

func clause(groups string) string {
	if groups == "" {
		return ""
	}
	return "; biggest groups: " + groups
}

// groups is what leavers have that groups people.
func (w *Watch) groups(leavers []leaver) [][]membership {
	print := new(user.Fingerprint)
	out := make([][]membership, len(leavers))
	for i := range leavers {
		l := &leavers[i]
		o, _ := user.ReadObject(l.metadata)
		out[i] = w.groupsOf(nil, &user.User{UID: l.uid, Role: l.role, Tags: l.tags}, texts(o), o, print)
	}
	return out
}

// groupsOf appends what a user has that groups people; at gives the texts of its
// metadata, and the object what no column is for.
func (w *Watch) groupsOf(groups []membership, u *user.User, at func(path []string) string, metadata user.Object,
	print *user.Fingerprint) []membership {
	add := func(kind int, field, value string) {
		if value != "" {
			groups = append(groups, membership{trait{kind, print.Value(w.layout, value)}, field, value})
		}
	}
	add(int(user.Role), user.Role.String(), u.FoldedRole())
	for _, t := range user.TagSet(u.Tags) {
		add(oneTag, "tag", t)
	}
	for _, path := range w.match {
		add(aDomain, mailDomain, domainOf(user.FoldKey(at(path))))
	}
	for i, path := range w.paths {
		add(user.FirstBit+i, w.keys[i], at(path))
	}
	w.inObject(metadata, add)
	return groups
}

// aDomain is the kind of mail domains, of which the census knows nothing.
const aDomain = -1

// domainOf is the domain of a mail address; "" of any other text.
func domainOf(address string) string {
	name, domain, ok := strings.Cut(address, "@")
	if !ok || name == "" || !strings.Contains(domain, ".") {
		return ""
	}
	return domain
}

// anObjectKey is the greatest of the kinds of keys of metadata that no column is for:
// those of a column that holds whole objects group people as well. Of them the census
// knows nothing.
const anObjectKey = -3

// objectKey is the kind of such a field.
func objectKey(field string) int { return anObjectKey - int(user.HashUID(field)>>34) }

// mostObjectKeys bounds how many of an object's values are looked at.
const mostObjectKeys = 64

// inObject gives the values of an object for which no column is, and those of the
// objects in it, as fields with their texts.
func (w *Watch) inObject(metadata user.Object, each func(kind int, field, text string)) {
	if !w.layout.Whole() {
		return
	}
	left := mostObjectKeys
	var walk func(o user.Object, path string, deep bool)
	walk = func(o user.Object, path string, deep bool) {
		for _, key := range slices.Sorted(maps.Keys(o)) {
			if left--; left < 0 {
				return
			}
			name := path + key
			if _, ok := w.layout.Bit(name); ok {
				continue
			}
			if inner, ok := o[key].(user.Object); ok && deep {
				walk(inner, name+".", false)
			} else if text, ok := user.ScalarText(o[key]); ok && text != "" {
				field := user.Metadata.String() + "." + name
				each(objectKey(field), field, text)
			}
		}
	}
	walk(metadata, "", true)
}
