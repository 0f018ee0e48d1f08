package review

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/phrase"
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
		return errors.New("decisions are no list")
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
	}
	doc.Decisions.take = func(row int, e *entry) { g.take(row, e, pageNames) }
	err := json.Unmarshal(bytes.TrimPrefix(content, []byte(comma.ByteOrderMark)), &doc)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("is cut off after %s; save it again", phrase.Counted(doc.Decisions.n, "entry", "entries"))
	case err != nil:
		return fmt.Errorf("is not as a page saves decisions (%s); save it again", phrase.Shorten(err.Error(), 200))
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
	return nil
}
