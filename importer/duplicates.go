package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/store"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// finish decides about rows that share a uid, and closes the books.
func (r *Roster) finish() error {
	heads := make([]int, 0, len(r.groups))
	for i := range r.groups {
		heads = append(heads, i)
	}
	slices.Sort(heads)
	slices.SortStableFunc(r.rejects, byPlace)
	t := tally{rejects: len(r.rejects)}
	for _, i := range heads {
		if err := r.settle(i, r.groups[i], &t); err != nil {
			return err
		}
	}
	if !r.opt.look {
		r.groups = nil
	}
	r.noticeDuplicates(&t)

	slices.SortStableFunc(r.rejects, byPlace)
	if err := r.claimKnown(); err != nil {
		return err
	}
	at := make([]int64, len(r.rejects))
	for i, p := range r.rejects {
		at[i] = p.at
	}
	r.rejects = nil
	r.intake.Rejects = r.book.List(at)
	r.intake.Rejected = len(at)
	r.intake.Managed = r.managed()
	r.noticeRepairs()
	r.noticeRewrites()
	if n := r.repairs[user.Rekeyed]; n > 0 {
		r.notice(notice.ReKeyed, n, "re-keyed: %s that the app has for %s", phrase.Counted(n, "user keeps the uid", "users keep the uid"),
			phrase.Form(n, "the person", "them"))
	}
	return nil
}

// claimKnown has the rejects claim whom the app knows under other uids.
func (r *Roster) claimKnown() error {
	if len(r.opt.Rules.Rekey) == 0 {
		return nil
	}
	return r.eachReject(func(i int, x *user.Reject) error {
		n := len(x.Claims)
		if x.ClaimKnown(r.known); len(x.Claims) == n {
			return nil
		}
		return r.change(i, x)
	})
}

func byPlace(a, b placed) int { return cmp.Compare(a.place, b.place) }

// tally counts rows that do not become users of their own.
type tally struct {
	rejects                   int // how many there are without those that share a uid, in the order of their places
	alike, superseded, united counted
}

// counted is how many rows there are of a kind, and the first.
type counted struct {
	n     int
	first user.Source
}

func (c *counted) add(n int, row user.Source) {
	if c.n == 0 {
		c.first = row
	}
	c.n += n
}

// conflict is why rows of one uid can't be used: what is said before and after the places
// of a row's others.
type conflict struct {
	code          user.Code
	before, after string
}

// shares is a conflict of rows that have one uid.
func shares(after string) *conflict {
	return &conflict{user.DuplicateUID, "the uid appears in ", " too, " + after}
}

// settle decides about the rows of entry i's uid.
func (r *Roster) settle(i int, rows []store.Entry, t *tally) error {
	usable := 0
	for _, e := range rows {
		if e.Flags&store.Rejected == 0 {
			usable++
		}
	}
	if usable == 0 { // each of them is a reject already
		return r.claimNames(rows, t.rejects)
	}
	r.inPlace(rows)
	c, err := r.collision(rows)
	if err == nil && c == nil && usable < len(rows) {
		// Whatever the others say: the broken one may be the one that counts.
		c = shares("and not all of these rows can be used; correct the broken one or take it out")
	}
	duplicates, winner, alike := r.opt.Duplicates, 0, false
	if slices.ContainsFunc(rows, func(e store.Entry) bool { return e.Flags&store.Nobody != 0 }) {
		duplicates = ErrorOnDuplicates // they are not rows of one person
	}
	if duplicates == LastWins {
		winner = len(rows) - 1
	}
	strange := r.strange(rows)
	if err == nil && c == nil && (strange || duplicates == ErrorOnDuplicates || duplicates == MergeRows) {
		alike, err = r.alike(rows)
		c = contradiction(strange, duplicates, alike)
	}
	switch {
	case err != nil:
		return err
	case c != nil:
		return r.refuseAll(i, rows, t.rejects, c)
	case duplicates == MergeRows && !alike:
		return r.unite(i, rows, t)
	}
	won := rows[winner]
	for j, e := range rows {
		if j == winner {
			continue
		}
		same := alike
		if !same {
			if same, err = r.alike([]store.Entry{won, e}); err != nil {
				return err
			}
		}
		if place := r.placeOf(e); same {
			t.alike.add(1, place)
		} else {
			t.superseded.add(1, place)
		}
		r.intake.Users--
		r.intake.Duplicates++
	}
	r.lead(i, won)
	return nil
}

// contradiction is why rows that differ can't be used; nil if they can.
func contradiction(strange bool, duplicates Duplicates, alike bool) *conflict {
	switch {
	case alike:
		return nil
	case strange:
		return shares("with other values, and a corrected row among these need not be of the same person; correct its uid, or take one " +
			"of the rows out")
	case duplicates == ErrorOnDuplicates:
		return shares("with other values; keep one row, or use --duplicates first, last or merge")
	}
	return nil
}

// collision is what is wrong with rows that had different uids before they were
// given one.
func (r *Roster) collision(rows []store.Entry) (*conflict, error) {
	if len(r.opt.Rules.Rekey) > 0 {
		ids, err := r.idsOf(rows, func(s *source, cell string) string { return r.opt.Rules.Before(s.UID, cell) })
		if err != nil || len(ids) > 1 {
			return &conflict{user.DuplicateUID, "--rekey makes one person of " + columns.Quoted(ids) + " (",
				"), and each has a row; take one out, or say in rekey.csv that they are different"}, err
		}
	}
	if r.opt.Rules.Rewrite == user.NoRewrite {
		return nil, nil
	}
	ids, err := r.idsOf(rows, func(_ *source, cell string) string {
		id, _ := user.Undefuse(cell)
		if r.opt.Rules.Rewrite == user.RewriteCometChat {
			return strings.TrimSpace(id) // to which case matters
		}
		return user.FoldUID(id)
	})
	if err != nil || len(ids) < 2 {
		return nil, err
	}
	return &conflict{user.UIDCollision, fmt.Sprintf("%s makes one uid of %s (", r.opt.Rules.Rewrite, columns.Quoted(ids)),
		"); rename all but one"}, nil
}

// refuseAll makes a reject of every usable row of entry i's uid, beside the
// rejects that there are.
//
// One of the rows may have somebody else's uid by mistake, and whose it should
// have nobody can say: each holds whoever has its name.
func (r *Roster) refuseAll(i int, rows []store.Entry, rejects int, c *conflict) error {
	if err := r.claimNames(rows, rejects); err != nil {
		return err
	}
	for j, e := range rows {
		if e.Flags&store.Rejected != 0 {
			continue
		}
		row, err := r.load(e.Place, int(e.Row))
		if err != nil {
			return err
		}
		column, value := "", ""
		s := r.sourceAt(e.Place)
		if cell, ok := s.UIDCell(row.Cells); ok {
			column, value = s.Header.Title(s.Header.UID), cell
		}
		reject := row.Reject(user.Defect{Column: column, Code: c.code, Message: c.before + r.others(rows, j) + c.after, Value: value})
		if e.Flags&store.Unended != 0 {
			reject.UID = ""
			reject.ClaimWritten(row.Written)
		}
		if e.Flags&store.Nobody != 0 {
			reject.Disown()
		}
		claimName(&reject, row.User.Name)
		reject.Claim(r.ranks[e.Place].claims...)
		if err := r.refused(e.Place, &reject); err != nil {
			return err
		}
		r.intake.Users--
	}
	r.index.At(i).Flags |= store.Rejected
	return nil
}

func claimName(reject *user.Reject, name string) {
	if name = user.FoldKey(name); name != "" {
		reject.Claim(user.Claim{Because: user.SameName, Value: name})
	}
}

// claimNames has those of rows claim by their names that are among the first
// rejects already, for what is wrong with themselves.
func (r *Roster) claimNames(rows []store.Entry, rejects int) error {
	for _, e := range rows {
		if e.Flags&store.Rejected == 0 {
			continue
		}
		i, ok := slices.BinarySearchFunc(r.rejects[:rejects], placed{place: e.Place}, byPlace)
		if !ok {
			continue
		}
		reject, err := r.rejectAt(i)
		if err != nil {
			return err
		}
		s := r.sourceAt(e.Place)
		if s.Shifted(reject.Defects) {
			continue
		}
		u, _ := r.opt.Rules.Row(s.Header.Columns, s.AsRead(reject.Cells), &user.Repairs{})
		claimName(&reject, u.Name)
		if err := r.change(i, &reject); err != nil {
			return err
		}
	}
	return nil
}

// others names the places of a group's rows but the j-th, as seen from there.
func (r *Roster) others(rows []store.Entry, j int) string {
	const most = 5
	here := r.sourceAt(rows[j].Place)
	var names []string
	for k, e := range rows {
		if k == j {
			continue
		}
		if len(names) == most {
			names = append(names, phrase.Sprintf("%d more", len(rows)-1-most))
			break
		}
		if s := r.sourceAt(e.Place); s == here {
			names = append(names, fmt.Sprintf("row %d", e.Row))
		} else {
			names = append(names, s.Place(int(e.Row)).String())
		}
	}
	return phrase.And(names)
}

// idsOf is what rows' uid cells are, each once; none is left out.
func (r *Roster) idsOf(rows []store.Entry, id func(s *source, cell string) string) ([]string, error) {
	var ids []string
	seen := map[string]bool{}
	for _, e := range rows {
		s := r.sourceAt(e.Place)
		cells, err := r.record(s, e.Place, nil)
		if err != nil {
			return nil, err
		}
		cell, _ := s.UIDAsRead(cells)
		if id := id(s, cell); id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// alike reports whether rows are one user after normalising. What is in memory
// tells most that are not; the rest are compared in full.
func (r *Roster) alike(rows []store.Entry) (bool, error) {
	first := rows[0]
	for _, e := range rows[1:] {
		if e.Print != first.Print || e.Mask != first.Mask || e.State != first.State {
			return false, nil
		}
	}
	a, err := r.load(first.Place, int(first.Row))
	if err != nil {
		return false, err
	}
	for _, e := range rows[1:] {
		b, err := r.load(e.Place, int(e.Row))
		if err != nil {
			return false, err
		}
		if !sameUser(&a.User, &b.User) {
			return false, nil
		}
	}
	return true, nil
}

func sameUser(a, b *user.User) bool {
	if a.Has != b.Has || a.Clear != b.Clear || a.State != b.State || a.CreatedAt != b.CreatedAt || a.LastActiveAt != b.LastActiveAt ||
		a.Name != b.Name || a.Avatar != b.Avatar || a.Link != b.Link || a.Role != b.Role || a.StatusMessage != b.StatusMessage ||
		!slices.Equal(user.TagSet(a.Tags), user.TagSet(b.Tags)) || len(a.Keys) != len(b.Keys) {
		return false
	}
	for _, k := range a.Keys {
		if !slices.ContainsFunc(b.Keys, func(o user.KeyCell) bool {
			return o.Text == k.Text && o.Clear == k.Clear && slices.Equal(o.Path, k.Path)
		}) {
			return false
		}
	}
	if a.Metadata == b.Metadata {
		return true
	}
	x, err := user.ParseObject(a.Metadata)
	if err != nil {
		return false
	}
	y, err := user.ParseObject(b.Metadata)
	return err == nil && user.EqualValues(x, y)
}
