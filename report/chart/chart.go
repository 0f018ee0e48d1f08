// Package chart draws numbers as SVG that a page holds as it is: no script, no
// style attribute, no size of its own. What lies along a chart is placed in
// per cent, what is in it in pixels, so that a chart is as wide as there is
// room while its texts stay as large as they are.
//
// It refuses to know what is counted: names and signs are handed in, and whatever
// is in them is escaped.
//
// The classes, which the page colours for light and dark:
//
//	chart                                             the whole
//	c-deactivate c-reactivate c-create c-update       a part of a bar, by its verb
//	c-in                                              the number inside such a part
//	c-label c-total                                   a group's name; its number, at the other end
//	c-key                                             a word of the legend
//	c-axis c-tick                                     a line of the grid; its number
package chart

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"cometsync/internal/phrase"
)

// Chart is a picture of numbers, and the numbers.
type Chart struct {
	ID    string
	Title string        // a sentence that says what is seen
	SVG   template.HTML // nothing of it comes from outside without being escaped
	Head  []string      // of a table that says the same
	Rows  [][]string    // each has its name first, and then numbers
}

type drawing struct{ b strings.Builder }

func (d *drawing) add(format string, args ...any) { fmt.Fprintf(&d.b, format, args...) }

// text writes a text, whatever is in it.
func (d *drawing) text(class, x string, y int, anchor, text string) {
	d.add(`<text class="%s" x="%s" y="%d" text-anchor="%s">%s</text>`, class, x, y, anchor, template.HTMLEscapeString(text))
}

// tick draws a line of the grid across the bars and its number below them; the
// first number stays inside.
func (d *drawing) tick(n, top, from, to int) {
	anchor := "middle"
	if n == 0 {
		anchor = "start"
	}
	x := along(n, top)
	d.add(`<line class="c-axis" x1="%s" x2="%s" y1="%d" y2="%d"/>`, x, x, from, to)
	d.text("c-tick", x, to+14, anchor, phrase.Thousands(n))
}

// length is how many per cent of the width the axis has; the totals of the longest bars
// are beside it.
const length = 84

// along is how far along the axis a number is.
func along(n, top int) string { return percent(length*n, 100*top) }

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

// Fit cuts a text to so many narrow characters; wide ones count twice.
func Fit(s string, n int) string {
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
