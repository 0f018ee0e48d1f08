package review

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
	"cometsync/report"
	"cometsync/report/sheet"
	"cometsync/report/xlsx"
)

// readXLSX reads the workbook that was reviewed. Its rows may be in any
// order and some may be gone, its columns may be moved and others added; but
// what a row of ours shows has to be what the plan's report showed.
func (g *gathering) readXLSX(content []byte) error {
	damaged := func(err error) error {
		return fmt.Errorf("the file is damaged, or is not a workbook (%w); save it as .xlsx again", err)
	}
	w, err := openReview(content, reviewLimits(int64(len(content))))
	if err != nil {
		return damaged(err)
	}
	sheet, names, err := w.sheet(report.OperationSheet)
	if err != nil {
		return damaged(err)
	}
	if sheet == nil {
		for i, name := range names {
			names[i] = fmt.Sprintf("%q", phrase.Visible(phrase.Shorten(name, 60)))
		}
		return fmt.Errorf("the workbook has no sheet %q, but %s; give the report.xlsx that was written with the plan",
			report.OperationSheet, listed(names))
	}
	g.sheet = report.OperationSheet
	s := newReviewed(g)
	var told *reviewError
	if err := w.rows(sheet, s.row); errors.As(err, &told) {
		return err
	} else if err != nil {
		return damaged(fmt.Errorf("sheet %s: %w", report.OperationSheet, err))
	}
	if err := s.end(w.madeBy()); err != nil {
		return err
	}
	return g.sheetOfPairs(w, damaged)
}

// sheetOfPairs reads what is decided on pairs, if the workbook has a sheet of them.
func (g *gathering) sheetOfPairs(w *reviewBook, damaged func(error) error) error {
	sheet, _, err := w.sheet(report.RekeySheet)
	if err != nil {
		return damaged(err)
	}
	if sheet == nil {
		return nil
	}
	var all []pair
	var at map[int]string // the headers of columns, of which a sheet that is empty has none
	err = w.rows(sheet, func(row int, cells []sheetCell) error {
		if at == nil {
			at = map[int]string{}
			for _, c := range cells {
				at[c.column] = strings.ToLower(strings.TrimSpace(c.text))
			}
			return nil
		}
		of := map[string]string{}
		for _, c := range cells {
			of[at[c.column]] = strings.TrimSpace(c.text)
		}
		p := pair{of[strings.ToLower(xlsx.OldUIDHeader)], of[strings.ToLower(xlsx.NewUIDHeader)],
			of[strings.ToLower(xlsx.DecisionHeader)], row}
		if p.Decision != "" && !strings.EqualFold(p.Decision, user.UndecidedPair) {
			all = append(all, p)
		}
		return nil
	})
	if err != nil {
		return damaged(fmt.Errorf("sheet %s: %w", report.RekeySheet, err))
	}
	g.sheet = report.RekeySheet
	g.pairs(all)
	return nil
}

// reviewError is a sheet that is whole, and not the one that is wanted.
type reviewError struct{ what string }

func (e *reviewError) Error() string { return e.what }

// reviewed is the sheet of operations that comes back.
type reviewed struct {
	g       *gathering
	columns []sheet.Column
	at      map[int]int    // the sheet's columns: which of ours they are
	header  bool           // has been read
	cells   []sheetCell    // the row's, by our columns
	titles  map[int]string // of columns that are not

	decision, uid, id, outcome int // our columns

	masked, open *xlsx.Shown // the plan's report as it shows private values, and as it does not

	known, others, nameless int // rows: of the plan, with another id, without an id
	added                   map[string]bool
}

func newReviewed(g *gathering) *reviewed {
	s := &reviewed{g: g, masked: xlsx.Show(g.p, false), open: xlsx.Show(g.p, true), added: map[string]bool{}}
	s.columns = s.masked.Columns
	s.cells = make([]sheetCell, len(s.columns))
	find := func(title string) int {
		return slices.IndexFunc(s.columns, func(c sheet.Column) bool { return c.Title == title })
	}
	s.decision, s.uid, s.id, s.outcome = find(xlsx.DecisionHeader), find(xlsx.UIDHeader), find(xlsx.IDHeader), find(xlsx.OutcomeHeader)
	return s
}

func (s *reviewed) row(row int, cells []sheetCell) error {
	if !slices.ContainsFunc(cells, func(c sheetCell) bool { return !blankText(c.text) }) {
		return nil
	}
	if !s.header {
		s.header = true
		return s.readHeader(cells)
	}
	clear(s.cells)
	ours := false
	for _, c := range cells {
		if blankText(c.text) {
			continue
		}
		i, ok := s.at[c.column]
		if !ok {
			s.add(c.column)
			continue
		}
		s.cells[i] = c
		ours = true
	}
	if ours {
		s.review(row)
	}
	return nil
}

// add keeps the name of a column that is not ours and has something in it.
func (s *reviewed) add(column int) {
	name := "column " + workbook.Letters(column)
	if title := s.titles[column]; title != "" {
		name += fmt.Sprintf(" (%q)", phrase.Visible(phrase.Shorten(title, 60)))
	}
	if len(s.added) < 100 {
		s.added[name] = true
	}
}

func (s *reviewed) readHeader(cells []sheetCell) error {
	s.at, s.titles = map[int]int{}, map[int]string{}
	seen := make([]bool, len(s.columns))
	for _, c := range cells {
		title := strings.TrimSpace(c.text)
		i := slices.IndexFunc(s.columns, func(c sheet.Column) bool { return strings.EqualFold(c.Title, title) })
		if i < 0 {
			s.titles[c.column] = title
			continue
		}
		if seen[i] {
			return &reviewError{fmt.Sprintf("the sheet %s has two columns %q; take out the one that was added", report.OperationSheet,
				s.columns[i].Title)}
		}
		seen[i] = true
		s.at[c.column] = i
	}
	for i, there := range seen {
		if there {
			continue
		}
		return &reviewError{fmt.Sprintf("the sheet %s has no column %q in its first row; give the report.xlsx of the plan itself, with "+
			"all of its columns", report.OperationSheet, s.columns[i].Title)}
	}
	return nil
}

// review takes a row with something in it.
func (s *reviewed) review(row int) {
	g := s.g
	near, found := g.p.On(user.FoldUID(s.cells[s.uid].text))
	if !found {
		near = -1
	}
	id := foldID(s.cells[s.id].text)
	i, ok := g.byID(id, near)
	if !ok {
		d := user.Defect{Column: xlsx.IDHeader, Code: user.DecisionUnknown, Value: phrase.Shorten(id, 200),
			Message: "this row is not of this plan, which is that of run " + g.p.Run +
				"; decide in the report.xlsx that was written with the plan"}
		s.others++
		if id == "" {
			s.others--
			s.nameless++
			d.Message = "the row has no ID, so it is of no operation; take the row out, or put its ID back"
		}
		g.reject(row, near, s.cells[s.uid].text, d)
		return
	}
	s.known++
	var defects []user.Defect
	want := s.masked.Of(i)
	for c := range s.columns {
		if c == s.decision || c == s.id || s.cells[c].says(want[c]) || s.cells[c].says(s.open.Of(i)[c]) {
			continue
		}
		if c == s.outcome && want[c] == xlsx.PlannedWord && s.cells[c].says(plan.Skipped.String()) {
			continue // as earlier versions wrote it
		}
		defects = append(defects, s.edited(i, c, want[c]))
	}
	if near >= 0 && near != i {
		g.d.Rejected[near] = true // the row may be about this one
	}
	of, wrong := g.word(i, xlsx.DecisionHeader, s.cells[s.decision].text)
	for j := range wrong {
		wrong[j].Value = s.masked.WithoutPrivate(i, wrong[j].Value)
	}
	if defects = append(defects, wrong...); len(defects) > 0 {
		g.reject(row, i, "", defects...)
		return
	}
	g.decide(row, i, xlsx.DecisionHeader, of)
}

// edited is the defect of a cell that is not a decision and was changed. What the
// report masks is not to be seen here either, whatever was made of it.
func (s *reviewed) edited(i, c int, want string) user.Defect {
	d := user.Defect{Column: s.columns[c].Title, Code: user.DecisionEdited}
	if strings.Contains(want, report.Mask) {
		d.Value, d.Private = report.Mask, true
	} else {
		d.Value = s.masked.WithoutPrivate(i, phrase.Shorten(s.cells[c].text, 1000))
	}
	was := "an empty cell"
	if want != "" {
		was = strconv.Quote(phrase.Shorten(want, 100))
	}
	d.Message = "was changed from " + was + "; a review may change nothing but the decision: make the change at the source and plan again"
	return d
}

// reports whether a cell still says what was written into it. Programs that save
// a workbook may write line ends in their way, leave out white space at the
// ends, and give a number as 14.0.
func (c sheetCell) says(want string) bool {
	if c.text == want {
		return true
	}
	want = loosely(want)
	if loosely(c.text) == want {
		return true
	}
	// Not every program escapes what reads like an escape, or reads it as one.
	if plain := withoutEscapes(want); plain != want && loosely(withoutEscapes(c.text)) == loosely(plain) {
		return true
	}
	if !c.number {
		return false
	}
	n, err := strconv.ParseInt(want, 10, 32)
	if err != nil || strconv.FormatInt(n, 10) != want {
		return false
	}
	f, err := strconv.ParseFloat(c.text, 64)
	return err == nil && f == float64(n)
}

// cellEscape is how a workbook writes a character that XML can't have.
var cellEscape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// withoutEscapes is a text in which nothing reads like an escape any more.
func withoutEscapes(text string) string {
	for {
		plain := cellEscape.ReplaceAllStringFunc(text, func(escape string) string {
			n, _ := strconv.ParseUint(escape[2:6], 16, 32)
			return string(rune(n))
		})
		if plain == text {
			return text
		}
		text = plain
	}
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func loosely(text string) string {
	if strings.IndexByte(text, '\r') >= 0 {
		text = lineEnds.Replace(text)
	}
	return strings.TrimSpace(text)
}

func blankText(text string) bool { return strings.TrimSpace(text) == "" }

// end looks at the sheet as a whole.
func (s *reviewed) end(run string) error {
	g := s.g
	if run == "" {
		run = "unknown"
	}
	switch {
	case !s.header:
		return &reviewError{fmt.Sprintf("the sheet %s is empty; give the report.xlsx that was written with the plan",
			report.OperationSheet)}
	case s.known == 0 && s.others > 0:
		return &reviewError{fmt.Sprintf("the workbook was made for another plan (run %s), and the plan is run %s; give the report.xlsx "+
			"that was written with the plan", run, g.p.Run)}
	case s.known == 0 && s.nameless > 0:
		return &reviewError{fmt.Sprintf("no row of the sheet %s has its ID; put the column %s back as it was", report.OperationSheet,
			xlsx.IDHeader)}
	}
	if names := slices.Sorted(maps.Keys(s.added)); len(names) > 0 {
		g.ignored(names)
	}
	return nil
}
