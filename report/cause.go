package report

import (
	"fmt"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report/sheet"
)

// Why fields change is known after a good run of the app. It stands beside each
// change, and the summaries say how many updates have which cause: the source's,
// if it has changed anything of the user, else the configuration's, else somebody's
// in the app.

var causeBy = map[plan.Cause]string{plan.BySource: "by the source", plan.ByConfiguration: "by the configuration",
	plan.ByApp: "by somebody in the app"}

// whyChanged is a cause in a few words; "" is none.
func whyChanged(c plan.Cause) string {
	return map[plan.Cause]string{plan.BySource: "the source changed", plan.ByConfiguration: "the configuration changed",
		plan.ByApp: "it was changed in the app"}[c]
}

// firstCause is the first of an operation's causes.
func firstCause(changes []plan.KeyChange) (first plan.Cause) {
	for i := range changes {
		if c := changes[i].Cause; c != plan.NoCause && (first == plan.NoCause || c < first) {
			first = c
		}
	}
	return first
}

// byCause says how many of the updates that take effect have which cause; "" if
// none is known.
func (r *Report) byCause() string {
	var words []string
	for _, c := range plan.EveryCause() {
		if n := r.updatesBy[c]; n > 0 {
			words = append(words, fmt.Sprintf("%s %s", phrase.Thousands(n), causeBy[c]))
		}
	}
	return strings.Join(words, ", ")
}

// ByCause is that for the page.
func (p pageView) ByCause() string { return p.r.byCause() }

// appendCauses appends the members of a JSON object of the causes that are known.
func appendCauses(b []byte, changes []plan.KeyChange) []byte {
	for _, k := range changes {
		if k.Cause != plan.NoCause {
			b = appendMember(b, k.Field, `"`+k.Cause.String()+`"`)
		}
	}
	return b
}

// causes numbers the ways in which operations have causes, field by field.
func (d *pageData) causes() {
	if !d.r.caused {
		return
	}
	var sets numbered
	sets.of("")
	var list []byte
	read := changes{r: d.r}
	d.column("causeSet", func(b []byte, i int) []byte {
		list = list[:0]
		for j, k := range read.of(i) {
			list = appendNumber(list, j, int(k.Cause))
		}
		return appendNumber(b, 0, sets.of(string(list)))
	})
	names := []string{""}
	for _, c := range plan.EveryCause() {
		names = append(names, c.String())
	}
	d.texts("causes", names)
	d.lists("causeSets", sets.texts)
}

// causeCell is why fields change as a cell of the workbook shows it, as it shows
// their values.
func causeCell(changes []plan.KeyChange) string {
	var lines []string
	for _, k := range changes {
		switch why := whyChanged(k.Cause); {
		case why == "":
		case len(changes) == 1:
			return why
		default:
			lines = append(lines, sheet.Shown(k.Field)+": "+why)
		}
	}
	return strings.Join(lines, "\n")
}
