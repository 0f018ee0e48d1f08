package chart

import (
	"html/template"

	"cometsync/internal/phrase"
)

// Label is how many characters a label has, which leaves its number the rest of a
// telephone's width.
const Label = 27

// narrow is how many pixels a per cent of the width has at least: the page on a
// telephone.
const narrow = 3

// Kind is what a part of a bar counts. Its name is its class, too; its sign
// tells it from others where colours do not.
type Kind struct{ Name, Sign string }

// Bar is a group: how many of each kind it stands for, and of all of them.
type Bar struct {
	Name  string
	Of    []int // by kind
	Total int
}

// Bars draws each bar as its parts one after the other, its name above it.
func Bars(bars []Bar, kinds []Kind) template.HTML {
	const legend, name, height, row = 22, 17, 20, 50
	most := 0
	for i := range bars {
		most = max(most, bars[i].Total)
	}
	step, top := axis(most, 4)
	first := (len(kinds)+1)/2*legend + 8
	bottom := first + len(bars)*row

	var d drawing
	d.add(`<svg class="chart c-bars" width="100%%" height="%d" role="img" aria-label="A chart; a table has its numbers">`, bottom+18)
	for i, v := range kinds {
		x, y := percent(i%2, 2), i/2*legend
		d.add(`<svg x="%s" y="%d" width="50%%" height="%d"><rect class="c-%s" x="0" y="3" width="14" height="14" rx="2"/>`, x, y, legend,
			v.Name)
		d.text("c-key", "20", 14, "start", v.Sign+" "+v.Name)
		d.add(`</svg>`)
	}
	for n := 0; n <= top; n += step {
		d.tick(n, top, first, bottom)
	}
	for i := range bars {
		g, y := &bars[i], first+i*row
		d.text("c-label", "0", y+name-4, "start", Fit(phrase.Visible(g.Name), Label))
		done := 0
		for k, v := range kinds {
			n := g.Of[k]
			if n == 0 {
				continue
			}
			width := along(n, top)
			if 100*n < top { // or it would not be seen
				width = "2"
			}
			d.add(`<rect class="c-%s" x="%s" y="%d" width="%s" height="%d"/>`, v.Name, along(done, top), y+name, width, height)
			if text := v.Sign + " " + phrase.Thousands(n); length*n*narrow/top >= 7*len([]rune(text))+6 {
				d.text("c-in", along(2*done+n, 2*top), y+name+height-6, "middle", text)
			}
			done += n
		}
		d.add(`<svg x="%s" y="%d" width="1" height="%d" overflow="visible">`, along(done, top), y+name, height)
		d.text("c-total", "6", height-5, "start", phrase.Thousands(g.Total))
		d.add(`</svg>`)
	}
	d.add("</svg>")
	return template.HTML(d.b.String())
}
