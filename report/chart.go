package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Charts are drawn here, as SVG that a page holds as it is: no script, no
// style attribute, no size of its own. What lies along a chart is placed in
// per cent, what stands in it in pixels, so that a chart is as wide as there is
// room while its texts stay as large as they are.
//
// The classes, which page.css colours for light and dark:
//
//	chart                                             the whole
//	c-deactivate c-reactivate c-create c-update       a part of a bar, by its verb
//	c-in                                              the number inside such a part
//	c-label c-total                                   a group's name; its number, at the other end
//	c-key                                             a word of the legend
//	c-axis c-tick                                     a line of the grid; its number
//	c-area c-line                                     what lies under a curve; the curve
//	c-limit c-limit-text                              a limit; its number

// chart is a picture of numbers, and the numbers.
type chart struct {
	ID    string
	Title string        // a sentence that says what is seen
	SVG   template.HTML // nothing of it comes from outside without being escaped
	Head  []string      // of a table that says the same
	Rows  [][]string    // each has its name first, and then numbers
}

const (
	chartGroups     = 8  // groups that have a bar of their own
	chartOperations = 5  // operations below which a list tells more than a chart
	chartNarrow     = 3  // pixels that a per cent of the width has at least: the page on a telephone
	chartLabel      = 27 // characters of a label, which leaves its number the rest of a telephone's width
)

// charts gives those charts that have something to show.
func (r *Report) charts() []chart {
	var all []chart
	if c, ok := r.changesChart(); ok {
		all = append(all, c)
	}
	if c, ok := r.paceChart(); ok {
		all = append(all, c)
	}
	return all
}

// chartGroup is a bar: how many operations of each verb it stands for.
type chartGroup struct {
	name  string
	of    [plan.Deactivate + 1]int
	total int
}

func (g *chartGroup) add(v plan.Verb) {
	g.of[v]++
	g.total++
}

// grouping is a way to part the operations.
type grouping struct {
	word   string // what a group is
	groups []chartGroup
	parted func(*plan.Operation) []string // the groups that an operation is in
}

// tells says that the groups part the operations, rather than that nearly all
// of them are in one.
func (g *grouping) tells(total int) bool {
	return len(g.groups) > 1 && g.groups[0].total*10 < total*9
}

// charted says whether an operation is in the chart: what would be done before
// it is, and what was done afterwards.
func (r *Report) charted(i int) bool {
	outcome := r.in.Results[i].Outcome
	if r.unsent() {
		return outcome != plan.Withheld
	}
	return outcome == plan.Applied
}

// changesChart shows the operations by role. Where nine tenths of them or more
// are of one role, they go by tag if that is not so of any tag.
func (r *Report) changesChart() (chart, bool) {
	total := 0
	for i := range r.plan.Operations {
		if r.charted(i) {
			total++
		}
	}
	if total < chartOperations {
		return chart{}, false
	}
	g := r.by("role", func(o *plan.Operation) []string { return []string{cmp.Or(o.Role, user.DefaultRole)} })
	if !g.tells(total) {
		tags := r.by("tag", func(o *plan.Operation) []string {
			if len(o.Tags) == 0 {
				return []string{"without a tag"}
			}
			return o.Tags
		})
		if tags.tells(total) {
			g = tags
		}
	}
	if len(g.groups) < 2 {
		return chart{}, false
	}
	title := r.chartTitle(&g, total)
	r.mergeSmall(&g)

	c := chart{ID: "changes-by-" + g.word, Title: title, Head: []string{upperFirst(g.word)}}
	verbs := slices.DeleteFunc(slices.Clone(readingOrder), func(v plan.Verb) bool {
		return !slices.ContainsFunc(g.groups, func(g chartGroup) bool { return g.of[v] > 0 })
	})
	for _, v := range verbs {
		c.Head = append(c.Head, v.String())
	}
	c.Head = append(c.Head, "all")
	for i := range g.groups {
		row := []string{phrase.Visible(g.groups[i].name)}
		for _, v := range verbs {
			row = append(row, phrase.Thousands(g.groups[i].of[v]))
		}
		c.Rows = append(c.Rows, append(row, phrase.Thousands(g.groups[i].total)))
	}
	c.SVG = stackedBars(g.groups, verbs)
	return c, true
}

// by parts the operations, the largest group first.
func (r *Report) by(word string, parted func(*plan.Operation) []string) grouping {
	g := grouping{word: word, parted: parted}
	index := map[string]int{}
	for i := range r.plan.Operations {
		if !r.charted(i) {
			continue
		}
		o := &r.plan.Operations[i]
		for _, name := range parted(o) {
			n, ok := index[name]
			if !ok {
				n = len(g.groups)
				index[name] = n
				g.groups = append(g.groups, chartGroup{name: name})
			}
			g.groups[n].add(o.Verb)
		}
	}
	slices.SortFunc(g.groups, func(a, b chartGroup) int {
		return cmp.Or(cmp.Compare(b.total, a.total), strings.Compare(a.name, b.name))
	})
	return g
}

// mergeSmall puts the small groups into one, in which an operation with several
// of their tags counts once, and one with a tag that has a bar not at all.
func (r *Report) mergeSmall(g *grouping) {
	if len(g.groups) <= chartGroups+1 { // one group is no others
		return
	}
	shown := map[string]bool{}
	for _, s := range g.groups[:chartGroups] {
		shown[s.name] = true
	}
	others := chartGroup{name: fmt.Sprintf("%s other %ss", phrase.Thousands(len(g.groups)-chartGroups), g.word)}
	for i := range r.plan.Operations {
		o := &r.plan.Operations[i]
		if r.charted(i) && !slices.ContainsFunc(g.parted(o), func(name string) bool { return shown[name] }) {
			others.add(o.Verb)
		}
	}
	g.groups = append(g.groups[:chartGroups:chartGroups], others)
}

// chartTitle ends with the name that comes from outside, so that one which is
// written from right to left does not reorder the numbers.
func (r *Report) chartTitle(g *grouping, total int) string {
	title := "What would change, by " + g.word
	if !r.unsent() {
		title = "What was changed, by " + g.word
	}
	if g.word == "tag" {
		title += " (a user with several counts in each)"
	}
	largest := &g.groups[0]
	if largest.total == g.groups[1].total {
		return fmt.Sprintf("%s: %s in %s %ss", title, phrase.Counted(total, "change"), phrase.Thousands(len(g.groups)), g.word)
	}
	return fmt.Sprintf("%s: the largest part, %s of %s, is for %s", title, phrase.Thousands(largest.total), phrase.Counted(total, "change"), fit(phrase.Visible(largest.name), 2*chartLabel))
}

// verbSigns tell the parts of a bar apart where colours do not.
var verbSigns = [...]string{plan.Deactivate: "−", plan.Reactivate: "↑", plan.Create: "+", plan.Update: "~"}

// stackedBars draws a bar for each group, its name above it.
func stackedBars(groups []chartGroup, verbs []plan.Verb) template.HTML {
	const legend, name, bar, row = 22, 17, 20, 50
	most := 0
	for i := range groups {
		most = max(most, groups[i].total)
	}
	step, top := axis(most, 4)
	first := (len(verbs)+1)/2*legend + 8
	bottom := first + len(groups)*row

	var d drawing
	d.open("bars", bottom+18)
	for i, v := range verbs {
		x, y := percent(i%2, 2), i/2*legend
		d.add(`<svg x="%s" y="%d" width="50%%" height="%d"><rect class="c-%s" x="0" y="3" width="14" height="14" rx="2"/>`, x, y, legend, v)
		d.text("c-key", "20", 14, "start", verbSigns[v]+" "+v.String())
		d.add(`</svg>`)
	}
	for n := 0; n <= top; n += step {
		d.tick(n, top, first, bottom)
	}
	for i := range groups {
		g, y := &groups[i], first+i*row
		d.text("c-label", "0", y+name-4, "start", fit(phrase.Visible(g.name), chartLabel))
		d.text("c-total", "100%", y+name-4, "end", phrase.Thousands(g.total))
		done := 0
		for _, v := range verbs {
			n := g.of[v]
			if n == 0 {
				continue
			}
			d.add(`<rect class="c-%s" x="%s" y="%d" width="%s" height="%d"/>`, v, percent(done, top), y+name, percent(n, top), bar)
			if text := verbSigns[v] + " " + phrase.Thousands(n); 100*n*chartNarrow/top >= 7*len([]rune(text))+6 {
				d.text("c-in", percent(2*done+n, 2*top), y+name+bar-6, "middle", text)
			}
			done += n
		}
	}
	return d.close()
}

// drawing is an SVG in the making.
type drawing struct{ b strings.Builder }

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(&d.b, format, args...) }

func (d *drawing) open(kind string, height int) {
	d.add(`<svg class="chart c-%s" width="100%%" height="%d" role="img" aria-label="A chart; a table has its numbers">`, kind, height)
}

func (d *drawing) close() template.HTML {
	d.b.WriteString("</svg>")
	return template.HTML(d.b.String())
}

// text writes a text, whatever is in it.
func (d *drawing) text(class, x string, y int, anchor, text string) {
	d.add(`<text class="%s" x="%s" y="%d" text-anchor="%s">%s</text>`, class, x, y, anchor, template.HTMLEscapeString(text))
}

// tick draws a line of the grid across the bars and its number below them; the
// outermost numbers stay inside.
func (d *drawing) tick(n, top, from, to int) {
	anchor := "middle"
	switch n {
	case 0:
		anchor = "start"
	case top:
		anchor = "end"
	}
	x := percent(n, top)
	d.add(`<line class="c-axis" x1="%s" x2="%s" y1="%d" y2="%d"/>`, x, x, from, to)
	d.text("c-tick", x, to+14, anchor, phrase.Thousands(n))
}

func percent(n, of int) string {
	return strconv.FormatFloat(100*float64(n)/float64(of), 'f', 2, 64) + "%"
}

// axis is how far the ticks of an axis that begins at nothing are apart, and
// where it ends: whole numbers as people count, n steps at most.
func axis(most, n int) (step, top int) {
	step = 1
	for factor := 0; (most+step-1)/step > n; factor++ {
		step = step / []int{1, 2, 5}[factor%3] * []int{2, 5, 10}[factor%3]
	}
	return step, max(1, (most+step-1)/step) * step
}

// fit cuts a text to so many narrow characters; wide ones count twice.
func fit(s string, n int) string {
	width := 0
	for i, c := range s {
		width++
		if c >= 0x1100 {
			width++
		}
		if width > n {
			return phrase.Shorten(s, max(1, len([]rune(s[:i]))))
		}
	}
	return s
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
