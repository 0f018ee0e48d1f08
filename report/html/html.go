// Package html writes the page of a report, which stands alone: it loads nothing. It refuses to
// know what the script does with what it is given.
package html

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"iter"
	"regexp"
	"strings"
	"sync"
	"time"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/chart"
)

// The page is one file that loads nothing: its policy allows its own style
// sheet and its own script, each by its hash, and nothing else. Everything that
// comes from a roster or an app goes through html/template, or as JSON to the
// script, which makes nothing but text of it; either way it is in a <bdi>,
// so that neither markup nor a direction override gets out of its place.
//
// What tells the result is there without the script. The script shows the
// operations, all of them, and takes decisions; where it may not run, there
// are tables of the first of them.

//go:embed page.html
var pageHTML string

//go:embed page.css
var screenCSS string

//go:embed print.css
var printCSS string

var pageCSS = screenCSS + printCSS

//go:embed *.js
var scripts embed.FS

// script is the page's script: its files, each of which uses what is above it.
var script = sync.OnceValue(func() string {
	var files []string
	for _, name := range []string{"fold", "operations", "search", "rows", "people", "decisions", "start"} {
		file, err := scripts.ReadFile(name + ".js")
		if err != nil {
			panic(err) // it is not built in
		}
		files = append(files, string(file))
	}
	return "(() => {\n\"use strict\";\n" + strings.Join(files, "\n") + "})();\n"
})

var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"number":  phrase.Thousands,
		"counted": phrase.Counted,
		"visible": phrase.Visible,
		"prose":   func(text string) template.HTML { return marked(text, whole, `<span class="whole">$0</span>`) },
		"place": func(text string) template.HTML {
			return marked(text, fileOfPlace, `<span class="file">$1<span class="whole">$2</span></span>`)
		},
		"join":   func(words []string) string { return strings.Join(words, ", ") },
		"moment": moment,
		"found":  func(c conflictView) string { return report.ConflictText(&c.Conflict) },
		"goes":   func(l plan.Leaving) template.HTML { return timed(report.Goes(&l, ""), l.From) },
		"lacked": func(l plan.Leaving) string { return report.Lacked(&l) },
		"absent": func(l plan.Leaving) template.HTML { return timed(report.AbsentSince(&l, ""), l.Since) },
		"limit":  report.IsLimit,
		"file":   func(f user.File) string { return user.BookName(f.Path, f.Sheet) },
	}).Parse(pageHTML))
})

// whole is what no line ends within: an option, and a row with its number. Of the parts of a
// place, the file with its row is the last that one ends within.
var (
	whole       = regexp.MustCompile(`--[a-z][\w-]{1,30}|\b[Rr]ows? \d[\d,]*`)
	fileOfPlace = regexp.MustCompile(`([^/]*?)(:\d+)?$`)
)

// marked is a text as markup, with what is found in it as with has it.
func marked(text string, find *regexp.Regexp, with string) template.HTML {
	return template.HTML(find.ReplaceAllString(template.HTMLEscapeString(phrase.Visible(text)), with))
}

const (
	sectionRows = 2000 // rows that a section of the page shows at most
	plainRows   = 100  // those of a section that the script shows in full
)

// Write writes report.html.
func Write(w io.Writer, r *report.Report) error {
	out := bufio.NewWriterSize(w, 64<<10)
	p := pageView{Report: r, base: r.BaseNames()}
	p.Style = template.CSS(pageCSS)
	p.Policy = "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + allowed(pageCSS) +
		"; script-src " + allowed(script())
	if err := page().Execute(out, p); err != nil {
		return err
	}
	(&pageData{pageView: p, out: out}).write()
	out.WriteString("<script>" + script() + "</script>\n</body>\n</html>\n")
	return out.Flush()
}

// moment is a time, of which the script has the browser say it where the reader is.
func moment(t time.Time) template.HTML {
	return template.HTML("<time datetime=\"" + t.UTC().Format(time.RFC3339) + "\">" + phrase.Zone("").Moment(t) + "</time>")
}

// timed is a text of ours in which a time is said.
func timed(text string, t time.Time) template.HTML {
	return template.HTML(strings.Replace(template.HTMLEscapeString(text), phrase.Zone("").Moment(t), string(moment(t)), 1))
}

// allowed is how a policy names a text that it allows.
func allowed(text string) string {
	hash := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
}

// pageView is what the page asks the report for, beside what the report says itself.
type pageView struct {
	*report.Report
	base   map[string]string // sources by their path, as the page calls them
	Style  template.CSS
	Policy string
}

func (p pageView) RemoteUsers() int      { return p.Plan.Remote.Active + p.Plan.Remote.Deactivated }
func (p pageView) RekeyTitle() string    { return report.RekeyTitle }
func (p pageView) LosingLabel() string   { return p.Fate(plan.Deactivate) }
func (p pageView) Charts() []chart.Chart { return Charts(p.Report) }

// Place is a row of a source.
func (p pageView) Place(s user.Source) string { return report.PlaceIn(p.base, s) }

// State is the one word over the verdict, and how it is coloured.
func (p pageView) State() (s struct{ Word, Class string }) {
	switch result := p.In.Run.Result; {
	case result == report.Refused:
		s.Word, s.Class = "Refused — nothing was written", "bad"
		if !p.Planned {
			s.Word = "Refused"
		}
	case p.Died() && p.In.Recovered == "":
		s.Word, s.Class = "Died", "warn"
	case result == report.Failed:
		s.Word, s.Class = "Failed", "bad"
	case len(p.In.Stops) > 0:
		s.Word, s.Class = "Stopped", "bad"
	case p.In.Recovered != "":
		s.Word, s.Class = "Died, and was settled afterwards", "warn"
	case result == report.Interrupted:
		s.Word, s.Class = "Interrupted", "warn"
	case p.Compared():
		s.Word, s.Class = "Two rosters compared — no app was asked", "plan"
	case p.Dry() && p.Total.Planned+len(p.Plan.Rekeys) > 0:
		s.Word, s.Class = "Plan — nothing has been changed yet", "plan"
	case result == report.Partial:
		s.Word, s.Class = "Done in part", "warn"
		switch {
		case !p.Planned:
			s.Word = "Rows to correct"
		case p.Undo():
			s.Word = "Undone in part"
		}
	case !p.Planned:
		s.Word, s.Class = "Every row can be used", "good"
	case p.Undo():
		s.Word, s.Class = "Undone", "good"
	default:
		s.Word, s.Class = "Done", "good"
	}
	return s
}

// tile is one of the large numbers at the top.
type tile struct {
	Class, Label string
	Number       int
	Rest         string // what became of those that are not in Number
	View         string // what to filter by to see those in Number
}

// Tiles are the verbs that are planned, who loses access first.
func (p pageView) Tiles() []tile {
	var tiles []tile
	for _, v := range report.Verbs() {
		if p.Counts[v].Planned > 0 {
			tiles = append(tiles, tile{v.String(), p.Fate(v), p.Effective[v], p.Remainder(v), p.view(v)})
		}
	}
	return tiles
}

// view filters by a verb, and by the outcome of those whom its tile counts, if others have
// another one.
func (p pageView) view(v plan.Verb) string {
	of := plan.Applied
	if p.Unsent() {
		of = plan.Skipped
	}
	view, c := "verb="+v.String(), &p.Counts[v]
	if n := p.Effective[v]; 0 < n && n < c.Planned && n == c.Of(of) {
		view += "&outcome=" + of.String()
	}
	return view
}

// shown is what the page shows of a list, and how many it leaves out.
type shown[T any] struct {
	Rows []T
	More int
}

func first[T any](all []T, most int) shown[T] {
	n := min(len(all), most)
	return shown[T]{all[:n], len(all) - n}
}

// Losing names those who lose access, as many as are read at a glance: of
// nobody may one say that it was not seen.
func (p pageView) Losing() shown[*plan.Operation] {
	return first(p.Concerned(plan.Deactivate), 2*report.SomeOf)
}

type operationRow struct {
	p    pageView
	i    int
	keys []plan.KeyChange
}

func (o operationRow) Op() *plan.Operation  { return &o.p.Plan.Operations[o.i] }
func (o operationRow) Result() *plan.Result { return &o.p.In.Results[o.i] }
func (o operationRow) Message() string      { return o.p.Brief(o.i) }
func (o operationRow) Why() string          { return report.Why(o.Op()) }
func (o operationRow) Place() string        { return o.p.Place(o.Op().Source) }

func (o operationRow) Changes() iter.Seq[changeView] {
	return func(yield func(changeView) bool) {
		for _, k := range o.keys {
			before, after := compare(report.ShownAs(k.Field, k.Before), report.ShownAs(k.Field, k.After))
			if !yield(changeView{k.Field, before, after, report.WhyChanged(k.Cause)}) {
				return
			}
		}
	}
}

type changeView struct {
	Field         string
	Before, After valueView
	Cause         string // in words; "" if it is not known
}

// Added says that there was no value before.
func (c changeView) Added() bool { return c.Before.None }

// Bar is the app's users as parts of one line.
func (p pageView) Bar() []slice {
	var slices []slice
	all := p.RemoteUsers()
	x := 0.0
	for _, a := range p.Accounts() {
		if a.N == 0 || all == 0 {
			continue
		}
		width := 100 * float64(a.N) / float64(all)
		slices = append(slices, slice{a, x, width})
		x += width
	}
	return slices
}

// slice is a part of the bar, in percent.
type slice struct {
	report.Account
	X, Width float64
}

// End is where the part ends.
func (s slice) End() float64 { return s.X + s.Width }

// BadDecisions are the rows of a reviewer's decisions that can't be used.
func (p pageView) BadDecisions() shown[user.Reject] {
	return first(p.In.Decisions.Rejects, sectionRows)
}
