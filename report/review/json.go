package review

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-faster/jx"

	"cometsync/internal/phrase"
	"cometsync/report/comma"
)

// DecisionsSchema names the form in which the page saves decisions.
const DecisionsSchema = "cometsync.decisions/v1"

// pageNames are the keys of an entry that the page saved.
var pageNames = &entryNames{uid: "uid", operation: "operation", id: "id", decision: "decision"}

// readJSON reads what the page saved, entry by entry. An entry has no row: its
// number stands for it.
func (g *gathering) readJSON(content []byte) error {
	g.unit = "entry"
	d := jx.DecodeBytes(bytes.TrimPrefix(content, []byte(comma.ByteOrderMark)))
	count := 0
	err := g.document(d, &count)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("is cut off after %s; save it again", countedEntries(count))
	}
	return err
}

func countedEntries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return phrase.Thousands(n) + " entries"
}

func (g *gathering) document(d *jx.Decoder, count *int) error {
	var schema, run string
	seen := map[string]bool{}
	err := eachMember(d, func(key string) (err error) {
		if seen[key] {
			return fmt.Errorf("the key %.100q stands twice; save it again", key)
		}
		switch key {
		case "schema", "run", "decisions": // of others there may be any number
			seen[key] = true
		}
		switch key {
		case "schema":
			schema, err = readText(d)
			if err == nil && schema != DecisionsSchema {
				err = fmt.Errorf("is of the form %.100q, and decisions are %q; give what the page of this plan saved", schema, DecisionsSchema)
			}
		case "run":
			run, err = readText(d)
			if err == nil && run != g.p.Run {
				err = fmt.Errorf("was decided on the plan of run %.100s, and this plan is of run %s; give the decisions on this plan", run, g.p.Run)
			}
		case "decisions":
			err = g.entries(d, count)
		default:
			err = notAsSaved(d.Skip())
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, key := range []string{"schema", "run", "decisions"} {
		if !seen[key] {
			return fmt.Errorf("has no %q; give what the page of this plan saved", key)
		}
	}
	if d.Skip() != io.EOF {
		return errors.New("has text behind its end; save it again")
	}
	return nil
}

func (g *gathering) entries(d *jx.Decoder, count *int) error {
	list, err := d.ArrIter()
	if err != nil {
		return notAsSaved(err)
	}
	for list.Next() {
		var e entry
		var seen [4]bool
		err := eachMember(d, func(key string) (err error) {
			for i, part := range []struct {
				name string
				into *string
			}{{"uid", &e.uid}, {"operation", &e.operation}, {"id", &e.id}, {"decision", &e.decision}} {
				if key != part.name {
					continue
				}
				if seen[i] {
					return fmt.Errorf("entry %d: the key %q stands twice; save it again", *count+1, key)
				}
				seen[i] = true
				if d.Next() == jx.Null {
					return notAsSaved(d.Null())
				}
				*part.into, err = readText(d)
				return err
			}
			return notAsSaved(d.Skip())
		})
		if err != nil {
			return err
		}
		*count++
		g.take(*count, &e, pageNames)
	}
	return notAsSaved(list.Err())
}

// eachMember has read take in the value of each member of an object.
func eachMember(d *jx.Decoder, read func(key string) error) error {
	members, err := d.ObjIter()
	if err != nil {
		return notAsSaved(err)
	}
	for members.Next() {
		if err := read(string(members.Key())); err != nil {
			return err
		}
	}
	return notAsSaved(members.Err())
}

// notAsSaved puts our words before an error of the decoder.
func notAsSaved(err error) error {
	if err == nil {
		return nil
	}
	if text := err.Error(); len(text) > 300 { // each level of what is nested says its part
		err = errors.New(phrase.Shorten(text, 100))
	}
	return fmt.Errorf("is not as a page saves decisions (%w); save it again", err)
}

func readText(d *jx.Decoder) (string, error) {
	text, err := d.Str()
	return text, notAsSaved(err)
}
