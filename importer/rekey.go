package importer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/sheet"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// rekeyColumns are those of rekey.csv that are read. What else a report puts
// there is for people to decide by.
var rekeyColumns = []string{"old_uid", "new_uid", "decision"}

// ReadRekeys reads what somebody has decided about pairs of a user of the app
// and one of the roster: rekey.csv, as a report offers it and any spreadsheet
// saves it, or the report's workbook, of which the sheet with these columns is read. same gives the roster's uid the app's, for pairs that
// are one
// person; different has the pairs, the app's uid first, that are two. Nothing
// is taken of a file of which any row can't be taken.
func ReadRekeys(path string) (same map[string]string, different map[[2]string]bool, err error) {
	g, r, err := readGrid(path, rekeyColumns, columns.Settings{Map: map[string]string{"old_uid": "uid", "new_uid": "uid"},
		Others: columns.IgnoreOthers})
	if err != nil {
		return nil, nil, err
	}
	defer r.Close() //nolint:errcheck // nothing was written
	pairs := &rekeys{same: map[string]string{}, different: map[[2]string]bool{}, news: map[string]int{}, olds: map[string]pairAt{}}
	for i := range g.rows {
		if err := pairs.add(g, &g.rows[i]); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", g.source.Place(g.rows[i].row), err)
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(pairs.olds)) {
		if row, ok := pairs.news[uid]; ok {
			return nil, nil, fmt.Errorf("%s: %q is the new uid here and the old one in row %d; whoever had two in turn needs one row, with the "+
				"uid that the app has and the roster's", g.source.Place(row), uid, pairs.olds[uid].row)
		}
	}
	return pairs.same, pairs.different, nil
}

// rekeys is the pairs that were read so far.
type rekeys struct {
	same      map[string]string
	different map[[2]string]bool
	news      map[string]int    // the row in which a new uid is somebody's
	olds      map[string]pairAt // and an old one
}

type pairAt struct {
	uid string // the new one
	row int
}

// add takes a row's decision. An empty one is no decision against: the row is
// there because the pair is probably one person.
func (p *rekeys) add(g *grid, rec *record) error {
	if rec.broken != "" {
		return fmt.Errorf("%s where the header has %s, or a quote that is not closed; mend the row", phrase.Plural(len(rec.cells), "cell"),
			phrase.Plural(len(g.names), "column"))
	}
	old, err := rec.uid(g, "old_uid")
	if err != nil {
		return err
	}
	new, err := rec.uid(g, "new_uid")
	if err != nil {
		return err
	}
	switch decision := strings.ToLower(rec.cell(g.column("decision"))); {
	case old == new:
		return fmt.Errorf("old_uid and new_uid are both %q; if a spreadsheet has taken zeros off, format both columns as text and put in what "+
			"the app has", old)
	case decision == "different":
		if p.same[new] == old {
			return fmt.Errorf("%q and %q are one person in row %d, and two here; decide on one of them", old, new, p.news[new])
		}
		p.different[[2]string{old, new}] = true
		return nil
	case decision != "" && decision != "same":
		return fmt.Errorf("decision: %q is none; it is same, different, or empty, which is same", decision)
	}
	if p.different[[2]string{old, new}] {
		return fmt.Errorf("%q and %q are two people in a row above, and one here; decide on one of them", old, new)
	}
	if was, ok := p.same[new]; ok && was != old {
		return fmt.Errorf("new_uid: %q is %q in row %d, and %q here; one person of the roster can't be two of the app: say different of one "+
			"of them", new, was, p.news[new], old)
	}
	if was, ok := p.olds[old]; ok && was.uid != new {
		return fmt.Errorf("old_uid: %q is %q in row %d, and %q here; one user of the app can't be two people: say different of one of them",
			old, was.uid, was.row, new)
	}
	if _, ok := p.same[new]; !ok {
		p.same[new], p.news[new] = old, rec.row
		p.olds[old] = pairAt{new, rec.row}
	}
	return nil
}

// uid is the uid in a record's column.
func (rec *record) uid(g *grid, column string) (string, error) {
	at := g.column(column)
	if at < len(rec.cells) {
		if _, name, _, doubt := sheet.Unmarked(rec.cells[at]); doubt != sheet.NoDoubt {
			return "", fmt.Errorf("%s: %s", column, doubt.Message(name))
		}
	}
	cell := ""
	if at < len(rec.cells) {
		cell = rec.cells[at]
	}
	u, defects := user.Rules{}.Row([]user.Column{{Header: column, Field: user.UID}}, []string{cell}, &user.Repairs{})
	if len(defects) > 0 {
		return "", fmt.Errorf("%s: %q: %s", column, rec.cell(at), strings.TrimSuffix(defects[0].Message, "; fill it in"))
	}
	return u.UID, nil
}

// readGrid reads one file as it stands, whatever its encoding, its delimiter
// or its format are.
func readGrid(path string, columns []string, settings columns.Settings) (*grid, *Roster, error) {
	opt := Options{Settings: settings}
	m, err := settings.Mapping(false)
	if err != nil {
		return nil, nil, err
	}
	m.Grid = columns
	r, err := newRoster(opt, nil)
	if err != nil {
		return nil, nil, err
	}
	r.wants = columns
	err = r.source(context.Background(), path, m, opt)
	if err == nil && len(r.intake.EndsEarly) > 0 {
		err = fmt.Errorf("%s", r.intake.EndsEarly[0])
	}
	if err != nil {
		r.Close() //nolint:errcheck // an error is on its way already
		return nil, nil, err
	}
	return r.grids[0], r, nil
}
