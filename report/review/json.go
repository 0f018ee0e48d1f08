package review

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/comma"
)

// pageNames are the keys of an entry that the page saved.
var pageNames = &entry{"uid", "operation", "id", "decision"}

// entries are what the page saved: taken one by one, as there may be a million.
type entries struct {
	take func(row int, e *entry)
	n    int
	read bool // to its end
}

// UnmarshalJSONFrom reads a list of entries.
func (l *entries) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if start, err := d.ReadToken(); err != nil {
		return err
	} else if start.Kind() != '[' {
		return &json.SemanticError{JSONKind: start.Kind(), GoType: reflect.TypeFor[[]entry]()}
	}
	for d.PeekKind() != ']' {
		var e entry
		if err := json.UnmarshalDecode(d, &e); err != nil {
			return err
		}
		l.n++
		l.take(l.n, &e)
	}
	l.read = true
	_, err := d.ReadToken()
	return err
}

// readJSON reads what the page saved. An entry has no row: its number stands for it.
func (g *gathering) readJSON(content []byte) error {
	g.unit = "entry"
	var doc struct {
		Schema    string  `json:"schema"`
		Run       string  `json:"run"`
		Decisions entries `json:"decisions"`
		Pairs     []pair  `json:"pairs"`
	}
	doc.Decisions.take = func(row int, e *entry) { g.take(row, e, pageNames) }
	err := json.Unmarshal(bytes.TrimPrefix(content, []byte(comma.ByteOrderMark)), &doc)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("is cut off after %s; save it again", phrase.Counted(doc.Decisions.n, "entry", "entries"))
	case err != nil:
		return fmt.Errorf("is not as a page saves decisions (%s); save it again", phrase.Shorten(formats.Spoken(err).Error(), 200))
	case doc.Schema != "" && formats.Decisions.Check(doc.Schema, "") != nil:
		return fmt.Errorf("%w; give what the page of this plan saved", formats.Decisions.Check(doc.Schema, ""))
	case doc.Run != "" && doc.Run != g.p.Run:
		return fmt.Errorf("was decided on the plan of run %.100s, and this plan is of run %s; give the decisions on this plan", doc.Run,
			g.p.Run)
	}
	for _, part := range []struct {
		name string
		is   bool
	}{{"schema", doc.Schema != ""}, {"run", doc.Run != ""}, {"decisions", doc.Decisions.read}} {
		if !part.is {
			return fmt.Errorf("has no %q; give what the page of this plan saved", part.name)
		}
	}
	g.unit = "pair"
	g.pairs(doc.Pairs)
	return nil
}

// pair is a decision on two users who are probably one person.
type pair struct {
	Old      string `json:"old"`
	New      string `json:"new"`
	Decision string `json:"decision"`

	row int // of the sheet that it is in; 0: its place among the others is its number
}

// pairs takes the decisions on pairs. Of a pair that is decided on twice, and differently,
// neither counts.
func (g *gathering) pairs(all []pair) {
	d := g.d
	counts := map[string]*int{user.OnePerson: &d.Pairs.Same, user.TwoPeople: &d.Pairs.Different}
	first := map[int]int{} // the row that decides on a pair
	for i, e := range all {
		row, old := cmp.Or(e.row, i+1), user.FoldUID(e.Old)
		of, fresh := strings.ToLower(strings.TrimSpace(e.Decision)), user.FoldUID(e.New)
		at := slices.IndexFunc(g.p.Rekeys, func(k plan.Rekey) bool { return k.Old == old && k.New == fresh })
		reject := func(column string, code user.Code, value, message string) {
			g.refuse(row, old, user.Defect{Column: column, Code: code, Value: phrase.Shorten(value, 200), Message: message})
		}
		switch {
		case at < 0:
			reject("old", user.DecisionUnknown, e.Old, "the plan has no such pair, so this was decided on another plan; decide again")
		case counts[of] == nil:
			reject("decision", user.DecisionInvalid, e.Decision, "neither same nor different; write one of them, or take the pair out")
		case first[at] == 0:
			if d.OfPairs == nil {
				d.OfPairs = slices.Repeat([]string{user.UndecidedPair}, len(g.p.Rekeys))
			}
			first[at], d.OfPairs[at] = row, of
			*counts[of]++
		case d.OfPairs[at] != of:
			if was := counts[d.OfPairs[at]]; was != nil {
				*was--
				g.refuse(first[at], old, g.twice("decision", "pair", row))
			}
			d.OfPairs[at] = user.UndecidedPair
			g.refuse(row, old, g.twice("decision", "pair", first[at]))
		}
	}
	g.notice(notice.DecisionPairs, g.d.Pairs.Same+g.d.Pairs.Different,
		"a pair under a new uid is decided, and neither of its accounts is touched, since a plan is carried out as it was reviewed; "+
			"give the file to the next plan or sync with --rekey",
		"%s pairs under a new uid are decided, and none of their accounts is touched, since a plan is carried out as it was reviewed; "+
			"give the file to the next plan or sync with --rekey")
}
