package corrections

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"cometsync/importer/sheet"
	"cometsync/importer/table"
	"cometsync/internal/formats"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// RekeyColumns are those of rekey.csv that are read. What else a report puts
// there is for people to decide by.
var RekeyColumns = []string{"old_uid", "new_uid", "decision"}

// Rekeys is what somebody has decided about pairs of a user of the app and one of
// the roster. Nothing is taken of files of which any row can't be taken.
type Rekeys struct {
	Same      map[string]string  // the roster's uid, and the app's, of pairs that are one person
	Different map[[2]string]bool // the app's and the roster's of those that are two

	news map[string]user.Source // the row in which a new uid is somebody's
	olds map[string]pairAt      // and an old one
}

type pairAt struct {
	uid string // the new one
	at  user.Source
}

// RekeysOf are the decisions of some files together.
func RekeysOf(files []*File) (*Rekeys, error) {
	p := &Rekeys{Same: map[string]string{}, Different: map[[2]string]bool{}, news: map[string]user.Source{}, olds: map[string]pairAt{}}
	for _, f := range files {
		for i := range f.Rows {
			here := f.Table.Place(f.Rows[i].Number)
			if err := p.add(f, &f.Rows[i], here); err != nil {
				return nil, fmt.Errorf("%s: %w", here, err)
			}
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(p.olds)) {
		if at, ok := p.news[uid]; ok {
			return nil, fmt.Errorf("%s: %q is the new uid here and the old one in %s; whoever had two in turn needs one row, with the "+
				"uid that the app has and the roster's", at, uid, seenFrom(at, p.olds[uid].at))
		}
	}
	return p, nil
}

// seenFrom names a row as a message about another has it.
func seenFrom(here, at user.Source) string {
	if at.File == here.File && at.Sheet == here.Sheet {
		return fmt.Sprintf("row %d", at.Row)
	}
	return at.String()
}

// add takes a row's decision. In rekey.csv an empty one is not a decision against: the
// row is there because the pair is probably one person. Under the headers of a report's
// workbook, whose cells are to be filled in, it is none.
func (p *Rekeys) add(f *File, row *Row, here user.Source) error {
	if row.Broken != "" {
		return fmt.Errorf("%s where the header has %s, or a quote that is not closed; correct the row",
			phrase.Counted(len(row.Cells), "cell"), phrase.Counted(len(f.Names), "column"))
	}
	old, err := row.uid(f, "old_uid")
	if err != nil {
		return err
	}
	new, err := row.uid(f, "new_uid")
	if err != nil {
		return err
	}
	at := f.column("old_uid")
	switch decision := strings.ToLower(row.cell(f.column("decision"))); {
	case decision == user.UndecidedPair, decision == "" && !strings.EqualFold(f.Names[at], RekeyColumns[0]):
		return nil
	case old == new:
		return fmt.Errorf("old_uid and new_uid are both %q; if a spreadsheet has taken zeros off, format both columns as text and put in "+
			"what the app has", old)
	case decision == user.TwoPeople:
		if p.Same[new] == old {
			return fmt.Errorf("%q and %q are one person in %s, and two here; decide on one of them", old, new, seenFrom(here, p.news[new]))
		}
		p.Different[[2]string{old, new}] = true
		return nil
	case decision != "" && decision != user.OnePerson:
		return fmt.Errorf("decision: %q is not a decision; it is same, different or undecided", decision)
	}
	if p.Different[[2]string{old, new}] {
		return fmt.Errorf("%q and %q are two people in an earlier row, and one here; decide on one of them", old, new)
	}
	if was, ok := p.Same[new]; ok && was != old {
		return fmt.Errorf("new_uid: %q is %q in %s, and %q here; one person of the roster can't be two of the app: say different of "+
			"one of them", new, was, seenFrom(here, p.news[new]), old)
	}
	if was, ok := p.olds[old]; ok && was.uid != new {
		return fmt.Errorf("old_uid: %q is %q in %s, and %q here; one user of the app can't be two people: say different of one of them",
			old, was.uid, seenFrom(here, was.at), new)
	}
	if _, ok := p.Same[new]; !ok {
		p.Same[new], p.news[new], p.olds[old] = old, here, pairAt{new, here}
	}
	return nil
}

func (row *Row) uid(f *File, column string) (string, error) {
	at := f.column(column)
	cell := cellOf(row.Cells, at)
	if _, name, _, doubt := sheet.Unmarked(cell); doubt != sheet.NoDoubt {
		return "", fmt.Errorf("%s: %s", column, doubt.Message(name))
	}
	u, defects := user.Rules{}.Row([]user.Column{{Header: column, Slot: user.Slot{Field: user.UID}}}, []string{cell}, &user.Repairs{})
	if len(defects) > 0 {
		return "", fmt.Errorf("%s: %q: %s", column, row.cell(at), strings.TrimSuffix(defects[0].Message, "; fill it in"))
	}
	return u.UID, nil
}

// SavedPairs are the pairs of what a page saves, which is one JSON object; nil of any
// other file.
func SavedPairs(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil // whoever reads it otherwise says so
	}
	defer file.Close()
	in := bufio.NewReader(file)
	head, _ := in.Peek(256) // of a shorter file all
	if !bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) || !bytes.Contains(head, []byte("cometsync.")) {
		return nil, nil
	}
	var saved struct {
		Schema string `json:"schema"`
		Pairs  []struct {
			Old      string `json:"old"`
			New      string `json:"new"`
			Decision string `json:"decision"`
		} `json:"pairs"`
	}
	if err := json.UnmarshalRead(in, &saved); err != nil {
		return nil, fmt.Errorf("%s is not as a page saves decisions (%w); save it again", path, formats.Spoken(err))
	}
	if err := formats.Decisions.Check(saved.Schema, ""); err != nil {
		return nil, fmt.Errorf("%s %w; give what the page of a report saved", path, err)
	}
	if len(saved.Pairs) == 0 {
		return nil, fmt.Errorf("%s has no decisions on pairs under a new uid; decide on them in the page, and save again", path)
	}
	f := &File{Table: &table.Table{File: user.File{Path: path}}, Names: RekeyColumns}
	for i, pair := range saved.Pairs {
		if is := strings.ToLower(strings.TrimSpace(pair.Decision)); is != user.OnePerson && is != user.TwoPeople { // a page saves no other
			return nil, fmt.Errorf("%s:%d: decision: %q is not a decision; it is same or different", path, i+1, pair.Decision)
		}
		f.Rows = append(f.Rows, Row{Number: i + 1, Cells: []string{pair.Old, pair.New, pair.Decision}})
	}
	return f, nil
}
