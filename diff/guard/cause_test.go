package guard

import (
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// read is what is kept of a source: its columns as header>field, and its rows as
// uid and cells, all between spaces. The cell - is empty, and the uid x! is of a
// row that says inactive.
func read(path, columns string, rows ...string) plan.PastSource {
	s := plan.PastSource{Path: path, SHA256: path + strings.Join(rows, ";"), Filled: []plan.Filled{{Active: true}, {}}}
	for _, c := range strings.Fields(columns) {
		header, field, mapped := strings.Cut(c, ">")
		s.Header = append(s.Header, header)
		if mapped {
			s.Columns = append(s.Columns, field)
			s.Readings = append(s.Readings, plan.Reading{Headers: []string{header}})
		}
	}
	for _, row := range rows {
		cells := strings.Fields(row)
		uid, inactive := strings.CutSuffix(cells[0], "!")
		s.UIDs, s.Sets = append(s.UIDs, user.HashUID(uid)), append(s.Sets, 0)
		if inactive {
			s.Sets[len(s.Sets)-1] = 1
		}
		at := 0
		for _, c := range strings.Fields(columns) {
			at++
			switch cell := cells[at]; {
			case !strings.Contains(c, ">"):
			case cell == "-":
				s.Cells = append(s.Cells, 0)
			default:
				s.Cells = append(s.Cells, cell[0])
			}
		}
	}
	return s
}

func TestCauseOfAField(t *testing.T) {
	const columns = "Name>name Dept>metadata.department Tags>tags Team"
	const anna, ben = "anna A d t x", "ben! B - u y"
	same := func() []plan.PastSource { return []plan.PastSource{read("a.csv", columns, anna, ben)} }
	changed := func(change func(s *plan.PastSource)) []plan.PastSource {
		s := same()
		s[0].SHA256 = "another"
		change(&s[0])
		return s
	}
	for _, c := range []struct {
		name string
		now  []plan.PastSource
		want string // of anna: name, department, tags, and a key that no column has; of ben: department
	}{
		{"nothing", same(), "app app app app none"},
		{"nothing of the cells", changed(func(*plan.PastSource) {}), "app app app app none"},
		{"one cell", changed(func(s *plan.PastSource) { s.Cells[1] = 'e' }), "app source app app none"},
		{"cells of everybody", []plan.PastSource{read("a.csv", columns, "anna B e u x", "ben! C e v y")},
			"source source source app source"},
		{"how a column is read", changed(func(s *plan.PastSource) { s.Readings[1].Means++ }), "app configuration app app none"},
		{"what is empty clears", changed(func(s *plan.PastSource) { s.Readings[1].Blank++ }), "app app app app configuration"},
		{"a cell, and how it is read", changed(func(s *plan.PastSource) { s.Cells[1] = 'e'; s.Readings[1].Means++ }),
			"app source app app none"},
		{"another column of the file", []plan.PastSource{read("a.csv", "Name>name Dept Tags>tags Team>metadata.department", anna, ben)},
			"app configuration app app configuration"},
		{"a header, and nothing else", []plan.PastSource{read("a.csv", "Name>name Department>metadata.department Tags>tags "+
			"Team", anna, ben)}, "app app app app none"},
		{"a header, and its cells", []plan.PastSource{read("a.csv", "Name>name Department>metadata.department Tags>tags Team", "anna A "+
			"e t x", ben)}, "app source app app none"},
		{"a column that was there and not read", []plan.PastSource{read("a.csv", "Name>name Dept>metadata.department Tags>tags "+
			"Team>metadata.team", anna, ben)}, "app app app configuration none"},
		{"a column that was not there", []plan.PastSource{read("a.csv", columns+" Group>metadata.team", anna+" z", ben+" z")},
			"app app app source none"},
		{"the order of rows and columns", []plan.PastSource{read("a.csv", "Tags>tags Name>name Dept>metadata.department", "ben! u B -",
			"anna t A d")}, "app app app app none"},
		{"how bytes are read", changed(func(s *plan.PastSource) { s.Text++; s.Cells[0] = 'X' }), "configuration app app app none"},
		{"another cell of the very file", func() []plan.PastSource { s := same(); s[0].Cells[0] = 'X'; return s }(),
			"configuration app app app none"},
		{"another day's file", []plan.PastSource{read("b.csv", columns, anna, ben)}, "app app app app none"},
		{"who is in another file now", []plan.PastSource{read("a.csv", columns, ben), read("b.csv", columns, anna)},
			"source source source source none"},
		{"who is new", []plan.PastSource{read("a.csv", columns, ben)}, "none none none none none"},
	} {
		j := judgeOf(same(), c.now)
		if got := fieldsOf(j); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		j.Past.Sources[0].Cells = nil
		if got := fieldsOf(j); got != "none none none none none" {
			t.Errorf("%s: %s, and of then no cells are kept", c.name, got)
		}
	}
}

// What is of all columns, as how tags are written, is the configuration of any
// field that nothing else explains.
func TestCauseOfTheWholeConfiguration(t *testing.T) {
	then, now := []plan.PastSource{read("a.csv", "Name>name Tags>tags", "anna A t")}, []plan.PastSource{read("a.csv", "Name>name Tags>tags",
		"anna B t")}
	for ways, want := range []string{"source app app app none", "source configuration configuration configuration none"} {
		j := judgeOf(then, now)
		j.Ways = uint64(ways)
		if got := fieldsOf(j); got != want {
			t.Errorf("%d: %s, want %s", ways, got, want)
		}
	}
}

// What the last good run did not get done keeps the cause that it had there.
func TestCauseOfWhatWasLeftUndone(t *testing.T) {
	sources := []plan.PastSource{read("a.csv", "Name>name Tags>tags", "anna A t", "ben B t")}
	j := judgeOf(sources, sources)
	j.Past.Left = 1
	j.Last = func() ([]plan.Done, bool) {
		return []plan.Done{
			{Operation: plan.Operation{Verb: plan.Update, UID: "anna", Changes: []plan.Change{{Field: user.Name, After: `"A"`,
				Cause: plan.Causes(plan.ByConfiguration)}}}, Result: plan.Result{Outcome: plan.Failed}},
			{Operation: plan.Operation{Verb: plan.Update, UID: "ben", Changes: []plan.Change{{Field: user.Name, After: `"B"`,
				Cause: plan.Causes(plan.BySource)}}}, Result: plan.Result{Outcome: plan.Applied}},
		}, true
	}
	causes := j.causes()
	for _, c := range []struct {
		operation int
		field     string
		want      plan.Cause
	}{{0, "name", plan.ByConfiguration}, {0, "tags", plan.ByApp}, {1, "name", plan.ByApp}} {
		o := &j.Plan.Operations[c.operation]
		if got := causes.rowOf(o).cause(c.field); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.field, o.UID, got, c.want)
		}
	}
}

func TestSentenceOfCauses(t *testing.T) {
	for want, counts := range map[string][]int{
		"": {3, 0, 0, 0},
		"; all of them because the source changed": {0, 2,
			0, 0},
		"; 212 of them because the configuration changed": {1, 0,
			212, 0},
		"; 1 of them because the source changed, 2 because it was changed in the app, or undone": {0, 1,
			0, 2},
		"; 1 of them because the source changed, 3 because the configuration changed, 2 because it was changed in the app, or " +
			"undone": {4, 1, 3, 2},
	} {
		var changes []fieldChange
		for cause, n := range counts {
			for range n {
				changes = append(changes, fieldChange{cause: plan.Cause(cause)})
			}
		}
		if got := because(changes); got != want {
			t.Errorf("%v: %q, want %q", counts, got, want)
		}
	}
}

func judgeOf(then, now []plan.PastSource) *judge {
	p, seen := &plan.Plan{}, &Seen{}
	for _, uid := range []string{"anna", "ben"} {
		o := plan.Operation{Verb: plan.Update, UID: uid}
		for _, s := range now {
			if i := slices.Index(s.UIDs, user.HashUID(uid)); i >= 0 {
				n := len(s.Columns)
				o.Source.File = s.Path
				seen.Changed(&user.Row{User: user.User{UID: uid}, Hashes: string(s.Cells[i*n:][:n])})
			}
		}
		p.Operations = append(p.Operations, o)
	}
	return &judge{Case: &Case{Basis: Basis{Past: &plan.Past{Sources: then}}, Watch: &Watch{roster: sourcesOf{sources: now}}, Plan: p,
		Seen: seen}}
}

// fieldsOf is the causes of a few fields of anna, and of one of ben.
func fieldsOf(j *judge) string {
	causes := j.causes()
	var out []string
	anna, ben := &j.Plan.Operations[0], &j.Plan.Operations[1]
	for _, of := range []struct {
		*plan.Operation
		field string
	}{{anna, "name"}, {anna, "metadata.department"}, {anna, "tags"}, {anna, "metadata.team"}, {ben, "metadata.department"}} {
		cause := causes.rowOf(of.Operation).cause(of.field).String()
		if cause == "" {
			cause = "none"
		}
		out = append(out, cause)
	}
	return strings.Join(out, " ")
}

// sourcesOf is a roster of which nothing is known but what is kept of it.
type sourcesOf struct {
	Roster
	sources []plan.PastSource
}

func (r sourcesOf) Sources() []plan.PastSource { return r.sources }
