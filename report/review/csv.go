package review

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/report/comma"
)

// delimiters are what may be between the cells of a CSV.
var delimiters = []rune{',', ';', '\t'}

// readCSV reads a CSV with the columns uid and decision. Quotes are taken as
// strictly as they can be: one that is astray would move every cell after it.
func (g *gathering) readCSV(content []byte) error {
	content = bytes.TrimPrefix(content, []byte(comma.ByteOrderMark))
	for line, left := 1, content; len(left) > 0; line++ {
		text, rest, _ := bytes.Cut(left, []byte{'\n'})
		if len(text) > maxDecisionLine {
			return fmt.Errorf("line %d is longer than %d KiB, as no decision is; save it as CSV again", line, maxDecisionLine>>10)
		}
		left = rest
	}
	var missing error
	for _, comma := range delimiters {
		r := csv.NewReader(bytes.NewReader(content))
		r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, -1, true
		lines := csvLines{Reader: r}
		cells, err := lines.next()
		if err != nil {
			if comma == ',' {
				missing = err // a quote that does not end has no end under the others either
			}
			continue
		}
		at, names, ignored, err := entryColumns(cells)
		switch {
		case errors.Is(err, errNoColumn) && missing == nil:
			missing = err
			continue
		case errors.Is(err, errNoColumn):
			continue
		case err != nil:
			return err
		}
		if len(ignored) > 0 {
			g.ignored(ignored)
		}
		return g.csvRows(&lines, len(cells), at, names)
	}
	return missing
}

var errNoColumn = errors.New("the first row has no columns uid and decision; a CSV of decisions needs both, with a comma, a semicolon " +
	"or a tab between cells")

var entryParts = map[string]int{"uid": 0, "operation": 1, "op": 1, "id": 2, "decision": 3}

// entryColumns finds an entry's parts in a header.
func entryColumns(header []string) (at [4]int, names *entry, ignored []string, err error) {
	names, at = &entry{}, [4]int{-1, -1, -1, -1}
	parts := [4]*string{&names.UID, &names.Operation, &names.ID, &names.Decision}
	for i, title := range header {
		word := strings.ToLower(strings.TrimSpace(title))
		if word == "" {
			continue
		}
		which, known := entryParts[word]
		if !known {
			ignored = append(ignored, fmt.Sprintf("column %q", phrase.Visible(phrase.Shorten(title, 60))))
			continue
		}
		if at[which] >= 0 {
			return at, nil, nil, fmt.Errorf("two columns say the same, %q and %q; take one out", *parts[which], title)
		}
		at[which], *parts[which] = i, title
	}
	if at[0] < 0 || at[3] < 0 {
		return at, nil, nil, errNoColumn
	}
	return at, names, ignored, nil
}

func (g *gathering) csvRows(lines *csvLines, width int, at [4]int, names *entry) error {
	for {
		cells, err := lines.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if blankCells(cells) {
			continue
		}
		var e entry
		for i, part := range []*string{&e.UID, &e.Operation, &e.ID, &e.Decision} {
			if at[i] >= 0 && at[i] < len(cells) {
				*part, _ = user.Undefuse(cells[at[i]])
			}
		}
		if len(cells) > width && !blankCells(cells[width:]) {
			i, found := g.p.On(user.FoldUID(e.UID))
			if !found {
				i = -1
			}
			g.reject(lines.row, i, e.UID, user.Defect{Code: user.CellsExtra,
				Message: phrase.Sprintf("has %d cells, and the header has %d, so it is unclear which is which; put quotes around a cell "+
					"with a delimiter in it", len(cells), width)})
			continue
		}
		g.take(lines.row, &e, names)
	}
}

// csvLines counts records as a spreadsheet numbers their rows: blank lines,
// over which the library reads in silence, are rows, and a record that spans
// several lines is one.
type csvLines struct {
	*csv.Reader
	row  int
	line int // the last one that was read
}

func (l *csvLines) next() ([]string, error) {
	cells, err := l.Read()
	var fault *csv.ParseError
	if errors.As(err, &fault) {
		return nil, fmt.Errorf("line %d: %w; save it as CSV again", fault.StartLine, fault.Err)
	}
	if err != nil {
		return nil, err
	}
	begins, _ := l.FieldPos(0)
	l.row += begins - l.line
	l.line, _ = l.FieldPos(len(cells) - 1)
	l.line += strings.Count(cells[len(cells)-1], "\n")
	return cells, nil
}

func blankCells(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}
