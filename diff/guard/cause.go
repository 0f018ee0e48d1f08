package guard

import (
	"bytes"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// # Why a field changes
//
// The last good run left a byte of each cell that it read, and of each column how
// it was read. If the cell of somebody is another one now, the source has changed;
// if it is the same and is read in another way, the configuration has; and if
// neither is so, the app's user is not as that run left it. This is for people to
// read. It is said of nobody of whom that run had no row, or whom it left alone.

// causes knows why the fields of the users that a plan changes do. nil knows of
// none.
type causes struct {
	j         *judge
	then, now []plan.PastSource
	was       map[uint64]cellsAt // by uid
	is        map[uint64]string  // by uid: the hashes of the cells
	columns   [][]columnCause    // by source then: those of the source that it is now; nil where it is gone
	same      []int              // by source then: which it is now, -1 for none
	policy    bool               // the configuration has changed in what is not of one column
}

// cellsAt is where the cells of a user were.
type cellsAt struct{ source, row int32 }

// columnCause is what is so of a column for all rows.
type columnCause struct {
	name         string
	then         int        // of the columns then; -1 if it was none
	all          plan.Cause // of all rows; NoCause: it depends on the cell
	other        plan.Cause // of rows whose cell is another one
	means, blank bool       // cells that are not empty, and empty ones, become something else
}

func (j *judge) causes() *causes {
	past := j.Past
	if past == nil || !slices.ContainsFunc(past.Sources, func(s plan.PastSource) bool { return len(s.Cells) > 0 }) {
		return nil
	}
	c := &causes{j: j, then: past.Sources, was: map[uint64]cellsAt{}, is: map[uint64]string{}, policy: past.Policy != j.Ways}
	wanted := map[uint64]bool{}
	for _, row := range j.Seen.changed {
		wanted[row.uid], c.is[row.uid] = true, row.cells
	}
	if len(wanted) == 0 {
		return nil
	}
	c.now = j.Watch.roster.Sources()
	plan.EachOf(c.then, wanted, func(s, i int) { c.was[c.then[s].UIDs[i]] = cellsAt{int32(s), int32(i)} })
	c.columns, c.same = make([][]columnCause, len(c.then)), plan.SameSources(c.then, c.now)
	for i, at := range c.same {
		if at >= 0 {
			c.columns[i] = compareColumns(&c.then[i], &c.now[at])
		}
	}
	return c
}

func compareColumns(then, now *plan.PastSource) []columnCause {
	if len(now.Readings) == 0 || len(then.Readings) == 0 {
		return nil
	}
	out := make([]columnCause, len(now.Columns))
	text := then.Text != now.Text || then.SHA256 == now.SHA256 // what is another cell is not the source's doing
	for i, name := range now.Columns {
		reading := &now.Readings[i]
		c := columnCause{name: name, then: slices.Index(then.Columns, name), other: plan.BySource}
		if text {
			c.other = plan.ByConfiguration
		}
		there := !slices.ContainsFunc(reading.Headers, func(h string) bool { return !slices.Contains(then.Header, h) })
		switch {
		case c.then < 0 && there, c.then >= 0 && !slices.Equal(reading.Headers, then.Readings[c.then].Headers) && there:
			c.all = plan.ByConfiguration // it could have been read so then
		case c.then < 0:
			c.all = c.other
		default:
			c.means, c.blank = reading.Means != then.Readings[c.then].Means, reading.Blank != then.Readings[c.then].Blank
		}
		out[i] = c
	}
	return out
}

// row is a user's row, then and now.
type row struct {
	*causes
	uid  string
	then *plan.PastSource
	was  cellsAt
	is   int // which source it is of now
	had  []byte
	has  string
}

// rowOf is a user's row; nil of somebody of whom no cause is known.
func (c *causes) rowOf(o *plan.Operation) *row {
	if c == nil {
		return nil
	}
	hash := user.HashUID(o.UID)
	was, had := c.was[hash]
	cells, has := c.is[hash]
	is := slices.IndexFunc(c.now, func(s plan.PastSource) bool { return s.Path == o.Source.File && s.Sheet == o.Source.Sheet })
	if !had || !has || is < 0 || len(cells) != len(c.now[is].Columns) {
		return nil
	}
	r := &row{c, o.UID, &c.then[was.source], was, is, nil, cells}
	n := len(r.then.Columns)
	if len(r.then.Cells) > 0 {
		r.had = r.then.Cells[int(was.row)*n:][:n]
	}
	if r.then.Filled[r.then.Sets[was.row]].Unknown && bytes.Count(r.had, []byte{0}) == n {
		return nil // it was absent, and waits there for the runs of grace
	}
	return r
}

// cause is why a field of the user changes, which is one of a KeyChange.
func (r *row) cause(field string) plan.Cause {
	if r == nil {
		return plan.NoCause
	}
	if r.same[r.was.source] != r.is {
		return plan.BySource // another file has the user now
	}
	cause, found := plan.ByApp, false
	for i := range r.columns[r.was.source] {
		column := &r.columns[r.was.source][i]
		if !concerns(column.name, field) {
			continue
		}
		found = true
		cause = min(cause, column.of(r.had, r.has[i]))
	}
	switch {
	case !found && len(r.causes.now) > 1: // another of its rows has the column
		return plan.NoCause
	case cause != plan.ByApp:
		return cause
	case r.policy:
		return plan.ByConfiguration
	case !r.then.Filled[r.then.Sets[r.was.row]].Active:
		return plan.NoCause // the user was not kept up to date
	}
	return r.unfinished(r.uid, field)
}

// of is the cause in one row.
func (c *columnCause) of(had []byte, cell byte) plan.Cause {
	if c.all != plan.NoCause {
		return c.all
	}
	switch {
	case cell != had[c.then]:
		return c.other
	case cell == 0 && c.blank, cell != 0 && c.means:
		return plan.ByConfiguration
	}
	return plan.ByApp
}

// unfinished is the cause of what neither source nor configuration explains:
// somebody changed the user in the app, or else the last good run did not get
// done what it was to do, for a cause of its own.
func (c *causes) unfinished(uid, field string) plan.Cause {
	if c.j.Past.Left == 0 {
		return plan.ByApp
	}
	if was := c.j.left(uid); was != nil {
		for _, k := range plan.Keys(was.Operation.Changes...) {
			if k.Field == field {
				return k.Cause
			}
		}
	}
	return plan.ByApp
}

// concerns reports whether a column has a say in a field: in one key of the metadata
// an object has that holds it, or is in it.
func concerns(column, field string) bool {
	return column == field || strings.HasPrefix(field, column+".") || strings.HasPrefix(column, field+".")
}

// setCause puts the causes into a change, and appends its keys with them.
func (r *row) setCause(change *plan.Change, keys []plan.KeyChange) []plan.KeyChange {
	keys = plan.AppendKeys(keys, *change)
	if r == nil {
		return keys
	}
	for i := range keys {
		keys[i].Cause = r.cause(keys[i].Field)
	}
	change.Cause = plan.CausesOf(keys)
	return keys
}

// causeWords are the causes as sentences have them.
var causeWords = map[plan.Cause]string{
	plan.BySource:        "the source changed",
	plan.ByConfiguration: "the configuration changed",
	plan.ByApp:           "it was changed in the app, or undone",
}

// strays is how many changes of the source there are for each that seems to have
// another cause, where that is not a fact: one changed cell in 255 has the byte that it
// had before.
const strays = 50

// because says how many of the changes have which cause; "" if none is known.
func because(changes []fieldChange) string {
	counts := map[plan.Cause]int{}
	for i := range changes {
		counts[changes[i].cause]++
	}
	var parts []string
	for _, cause := range plan.EveryCause() {
		switch n := counts[cause]; {
		case n == len(changes):
			return "; all of them because " + causeWords[cause]
		case n > 0 && len(parts) == 0:
			parts = append(parts, phrase.Sprintf("; %d of them because %s", n, causeWords[cause]))
		case n > 0:
			perhaps := ""
			if cause == plan.ByApp && strays*n <= counts[plan.BySource] {
				perhaps = "perhaps "
			}
			parts = append(parts, phrase.Sprintf("%d %sbecause %s", n, perhaps, causeWords[cause]))
		}
	}
	return strings.Join(parts, ", ")
}
