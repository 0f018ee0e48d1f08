// Package difftest has the rosters and the apps that the tests of diff, and of its
// guards, compare. It refuses to know what becomes of them.
package difftest

import (
	"math/rand/v2"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// RemoteHeader is the columns of a listing.
const RemoteHeader = "uid|name|role|tags|state|metadata|statusMessage|avatar"

// Roster is a roster in memory, made of cells by the real rules.
type Roster struct {
	layout  *user.Layout
	Rows    []user.Row
	entries []user.Entry
	Index   map[string]int
	In      user.Intake
	columns []user.Column
	managed user.Fields
	refused []user.User // as far as they could be read, one for each reject
}

func (r *Roster) Intake() *user.Intake             { return &r.In }
func (r *Roster) Err() error                       { return r.In.Rejects.Err() }
func (r *Roster) Layout() *user.Layout             { return r.layout }
func (r *Roster) Len() int                         { return len(r.Rows) }
func (r *Roster) Managed() user.Fields             { return r.managed }
func (r *Roster) Entry(ref int) (user.Entry, bool) { return r.entries[ref], true }
func (r *Roster) Load(ref int) (user.Row, error)   { return r.Rows[ref], nil }
func (r *Roster) LoadInto(ref int, row *user.Row) error {
	*row = r.Rows[ref]
	return nil
}

func (r *Roster) Find(uid string) (int, user.Entry, bool) {
	ref, ok := r.Index[uid]
	if !ok {
		return 0, user.Entry{}, false
	}
	return ref, r.entries[ref], true
}

// FindAll is Find of each user of a page.
func (r *Roster) FindAll(page []user.User, found []user.Found) []user.Found {
	for i := range page {
		ref, e, ok := r.Find(page[i].UID)
		found = append(found, user.Found{Ref: ref, Entry: e, OK: ok})
	}
	return found
}

// NewRoster reads a table: a header of canonical names and rows, their cells
// between bars. Row numbers begin at 2, in a file called staff.csv.
func NewRoster(rules user.Rules, header string, rows ...string) *Roster {
	r := &Roster{layout: user.NewLayout(), Index: map[string]int{}}
	var columns []user.Column
	for _, name := range strings.Split(header, "|") {
		c := user.Column{Header: name}
		if key, ok := strings.CutPrefix(name, "metadata."); ok {
			c.Field, c.Path = user.Metadata, strings.Split(key, ".")
			c.Bit = r.layout.KeyBit(c.Path)
		} else if part, ok := map[string]user.Part{"first": user.First, "last": user.Last}[name]; ok {
			c.Field, c.Part = user.Name, part
		} else if err := c.Field.UnmarshalText([]byte(name)); err != nil {
			panic(err)
		} else if c.Field == user.Metadata {
			r.layout.HoldsObject()
		}
		columns = append(columns, c)
		r.managed.Add(c.Field)
	}
	r.columns = columns
	var rep user.Repairs
	var print user.Fingerprint
	for i, row := range rows {
		cells := strings.Split(row, "|")
		u, defects := rules.Row(columns, cells, &rep)
		source := user.Source{File: "staff.csv", Row: i + 2}
		r.In.Rows++
		if len(defects) > 0 {
			r.In.Rejected++
			reject := user.Reject{Source: source, UID: u.UID, Defects: defects, Cells: cells}
			if i := slices.IndexFunc(columns, func(c user.Column) bool { return c.Field == user.UID }); i >= 0 && i < len(cells) {
				reject.ClaimWritten(cells[i])
			}
			r.In.Rejects = user.ListOf(append(r.In.Rejects.Slice(), reject))
			r.refused = append(r.refused, u)
			continue
		}
		r.In.Users++
		mask := u.Mask()
		r.Index[u.UID] = len(r.Rows)
		row := user.Row{User: u, Source: source, Cells: cells}
		if i := slices.IndexFunc(columns, func(c user.Column) bool { return c.Field == user.UID }); i >= 0 && i < len(cells) {
			row.Written = cells[i]
		}
		r.Rows = append(r.Rows, row)
		r.entries = append(r.entries, user.Entry{Print: print.Of(r.layout, &u, mask), Mask: mask, State: u.State})
	}
	if len(r.Index) != len(r.Rows) {
		panic("the test's roster has a uid twice")
	}
	return r
}

// Sources is the roster as one source, or as one for each file of its rows.
func (r *Roster) Sources() []plan.PastSource {
	var out []plan.PastSource
	for i := range r.Rows {
		row := &r.Rows[i]
		at := slices.IndexFunc(out, func(s plan.PastSource) bool { return s.Path == row.Source.File })
		if at < 0 {
			at = len(out)
			out = append(out, plan.PastSource{Path: row.Source.File})
			for _, c := range r.columns {
				if c.Field != user.UID {
					out[at].Columns = append(out[at].Columns, c.Header)
				}
			}
		}
		s := &out[at]
		f := plan.Filled{Active: row.User.State != user.Deactivated}
		for k, column := range s.Columns {
			for c := range r.columns {
				if r.columns[c].Header == column && c < len(row.Cells) && row.Cells[c] != "" {
					f.Columns |= 1 << k
				}
			}
		}
		set := slices.Index(s.Filled, f)
		if set < 0 {
			set = len(s.Filled)
			s.Filled = append(s.Filled, f)
		}
		s.UIDs, s.Sets = append(s.UIDs, user.HashUID(row.User.UID)), append(s.Sets, uint16(set))
	}
	return out
}

// Matching is the roster with what its rejects claim by second keys.
func (r *Roster) Matching(match [][]string) *Roster {
	out := *r
	rejects := slices.Clone(r.In.Rejects.Slice())
	out.In.Rejects = user.ListOf(rejects)
	for i := range rejects {
		reject := &rejects[i]
		reject.Claims = slices.Clone(reject.Claims)
		for _, path := range match {
			reject.ClaimKey(path, r.refused[i].KeyValue(path))
		}
	}
	return &out
}

// InFull is the roster without prints: every user has to be compared in full.
func (r *Roster) InFull() *Roster {
	out := *r
	out.entries = slices.Clone(r.entries)
	for i := range out.entries {
		out.entries[i].Mask, out.entries[i].Print = user.Unprintable, 0
	}
	return &out
}

// Shuffled is the roster in another order of references.
func (r *Roster) Shuffled(rng *rand.Rand) *Roster {
	out := *r
	out.Rows, out.entries, out.Index = nil, nil, map[string]int{}
	for _, i := range rng.Perm(len(r.Rows)) {
		out.Index[r.Rows[i].User.UID] = len(out.Rows)
		out.Rows = append(out.Rows, r.Rows[i])
		out.entries = append(out.entries, r.entries[i])
	}
	return &out
}

// Listing reads a table of remote users as NewRoster does, without any rules:
// the app may hold what no roster could bring in.
func Listing(header string, rows ...string) []user.User {
	var users []user.User
	names := strings.Split(header, "|")
	for _, row := range rows {
		u := user.User{State: user.Active}
		for i, cell := range strings.Split(row, "|") {
			var f user.Field
			if err := f.UnmarshalText([]byte(names[i])); err != nil {
				panic(err)
			}
			switch f {
			case user.State:
				if cell == "deactivated" {
					u.State = user.Deactivated
				} else if cell != "" {
					panic("the test's listing has the state " + cell)
				}
			case user.Tags:
				if cell != "" {
					u.Tags = strings.Split(cell, ",")
				}
			case user.Metadata:
				u.Metadata = cell
			default:
				u.Set(f, cell)
			}
		}
		u.Has = 0
		users = append(users, u)
	}
	return users
}
