package diff

import (
	"math/bits"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// oneTag is the census' kind of tags one by one; under their own bit it has them
// as sets.
const oneTag = int(user.UID)

// encounter is one user with a value, on the way to the census.
type encounter struct {
	kind  int
	value uint64
}

// encounters is what the census is told of an active user who stays: the values
// of what the roster does not say of it. The rest is in the roster, and counted
// when there is reason to. print has the user's parts.
func (d *differ) encounters(to []encounter, u *user.User, print *user.Print, told user.Mask) []encounter {
	unsaid := d.counted &^ told
	if unsaid == 0 {
		return to
	}
	for m := uint64(unsaid); m != 0; m &= m - 1 {
		kind := bits.TrailingZeros64(m)
		if value := print.Part(kind); value != 0 {
			to = append(to, encounter{kind, value})
		}
	}
	if unsaid&(1<<user.Tags) != 0 {
		for _, t := range u.Tags {
			to = append(to, encounter{oneTag, print.Value(d.layout, t)})
		}
	}
	return to
}

// stranger has the census meet an active user whom the roster lacks and who stays.
func (d *differ) stranger(p *part, u *user.User, print *user.Print) {
	if u.State != user.Deactivated {
		print.Take(d.layout, u, d.counted)
		p.met = d.encounters(p.met, u, print, 0)
	}
}

// told is what the roster says of a user: all of what its row has a value for, as
// far as its mask tells.
func (d *differ) told(entry user.Entry) user.Mask {
	told := entry.Mask &^ user.Unprintable
	if d.policy.MergeTags {
		told &^= 1 << user.Tags // the app's user may have more
	}
	return told
}

// leaver keeps what the app has of an active user whom the plan would deactivate;
// its groups are found when a guard asks for them.
func (d *differ) leaver(u *user.User) leaver {
	l := leaver{uid: strings.Clone(u.UID), role: strings.Clone(u.Role), metadata: strings.Clone(u.Metadata)}
	for _, t := range u.Tags {
		l.tags = append(l.tags, strings.Clone(t))
	}
	return l
}

// groups is what leavers have that groups people.
func (d *differ) groups(leavers []leaver) [][]membership {
	print := d.prints.Get().(*user.Print)
	defer d.prints.Put(print)
	out := make([][]membership, len(leavers))
	for i := range leavers {
		l := &leavers[i]
		o, _ := object(l.metadata)
		out[i] = d.groupsOf(&user.User{UID: l.uid, Role: l.role, Tags: l.tags}, o, print)
	}
	return out
}

// groupsOf is what a user, with its metadata, has that groups people.
func (d *differ) groupsOf(u *user.User, metadata user.Object, print *user.Print) (groups []membership) {
	d.eachGroup(u, texts(metadata), metadata, func(kind int, field, value string) {
		if value != "" {
			groups = append(groups, membership{kind, field, value, print.Value(d.layout, value)})
		}
	})
	return groups
}

// eachGroup gives what a user has that groups people; at gives the texts of its
// metadata, and the object what no column is for. A text may be empty.
func (d *differ) eachGroup(u *user.User, at func(path []string) string, metadata user.Object, each func(kind int, field, value string)) {
	each(int(user.Role), user.Role.String(), u.FoldedRole())
	for _, t := range user.TagSet(u.Tags) {
		each(oneTag, "tag", t)
	}
	for _, path := range d.policy.Match {
		each(aDomain, mailDomain, domainOf(user.FoldKey(at(path))))
	}
	for i, path := range d.paths {
		each(user.FirstBit+i, d.keys[i], at(path))
	}
	d.inObject(metadata, each)
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

// hashes is the set of the uids of operations.
func hashes(operations []plan.Operation) map[uint64]bool {
	out := make(map[uint64]bool, len(operations))
	for i := range operations {
		out[user.HashUID(operations[i].UID)] = true
	}
	return out
}
