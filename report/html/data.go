package html

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"cometsync/internal/formats"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/wire"
)

// The page's script gets the operations as JSON, by columns and in reading
// order; a text that recurs is there once and goes by its number. Values
// are the bulk of it, and stand apart in chunks, so that the page is usable
// before the last of them is read.
//
// Texts are made visible here, as everywhere, and nothing in them can end the
// element that they stand in.

// chunkOperations is how many operations have their values in one element.
const chunkOperations = 2000

// numbered gives each text a number, in the order in which they come.
type numbered struct {
	at    map[string]int
	texts []string
	last  int
}

func (n *numbered) of(text string) int {
	if len(n.texts) > 0 && text == n.texts[n.last] { // as most are
		return n.last
	}
	i, ok := n.at[text]
	if !ok {
		if n.at == nil {
			n.at = map[string]int{}
		}
		i = len(n.texts)
		text = strings.Clone(text)
		n.at[text] = i
		n.texts = append(n.texts, text)
	}
	n.last = i
	return i
}

// pageData writes the data of a page. What goes wrong is kept by out.
type pageData struct {
	pageView
	out *bufio.Writer
	b   []byte
}

// Decidable says that a reader can still decide on the operations: they are
// planned, and nothing stands against applying them.
func (p pageView) Decidable() bool {
	return p.Report.Decidable() && p.Total.Planned > p.Total.Withheld
}

func (d *pageData) write() {
	d.out.WriteString(`<script type="application/json" id="data">{"schema":"` + formats.Page.String() + `"`)
	d.b = appendExact(append(d.b[:0], `,"run":`...), d.PlanRun())
	d.b = strconv.AppendBool(append(d.b, `,"decide":`...), d.Decidable())
	d.b = strconv.AppendBool(append(d.b, `,"unsent":`...), d.Unsent())
	d.out.Write(d.b)
	d.verbs()

	d.column("uids", func(b []byte, i int) []byte { return appendShown(b, d.Plan.Operations[i].UID) })
	d.column("names", func(b []byte, i int) []byte { return appendShown(b, d.Plan.Operations[i].Name) })
	d.numbers("role", "roles", func(i int) string { return d.Plan.Operations[i].Role })
	d.tags()
	d.shapes()
	d.causes()
	d.numbers("place", "places", func(i int) string {
		s := d.Plan.Operations[i].Source
		s.Row = 0
		return strings.TrimSuffix(d.Place(s), ":0")
	})
	d.column("row", func(b []byte, i int) []byte {
		return strconv.AppendInt(b, int64(d.Plan.Operations[i].Source.Row), 10)
	})
	d.numbers("why", "whys", func(i int) string { return report.Why(&d.Plan.Operations[i]) })
	d.numbers("outcome", "outcomes", func(i int) string { return d.In.Results[i].Outcome.String() })
	d.numbers("message", "messages", d.Brief)
	if d.In.Decisions != nil {
		d.numbers("decision", "decisions", d.decided)
	}
	d.exact()
	d.pairs()
	if d.Decidable() {
		d.ids()
	}
	d.out.WriteString("}</script>\n")
	d.values()
	if d.Planned {
		d.people()
	}
}

// verbs says how many operations of which verb follow each other.
func (d *pageData) verbs() {
	d.out.WriteString(`,"verbs":[`)
	sep := ""
	for _, v := range report.Verbs() {
		if n := d.Counts[v].Planned; n > 0 {
			fmt.Fprintf(d.out, `%s{"verb":"%s","count":%d,"heading":"%s","withheld":"%s"}`, sep, v, n, d.section(v).Heading(),
				withheldTitle(v))
			sep = ","
		}
	}
	d.out.WriteByte(']')
}

// column writes what each operation has of one thing.
func (d *pageData) column(name string, element func(b []byte, i int) []byte) {
	d.out.WriteString(",\n\"" + name + `":[`)
	for n, i := range d.InReadingOrder {
		d.b = d.b[:0]
		if n > 0 {
			d.b = append(d.b, ',')
		}
		d.b = element(d.b, i)
		d.out.Write(d.b)
	}
	d.out.WriteByte(']')
}

// numbers writes a column of numbers, and the texts that they stand for.
func (d *pageData) numbers(name, texts string, of func(i int) string) {
	var seen numbered
	seen.of("")
	d.column(name, func(b []byte, i int) []byte { return strconv.AppendInt(b, int64(seen.of(of(i))), 10) })
	d.texts(texts, seen.texts)
}

func (d *pageData) texts(name string, texts []string) {
	d.b = append(d.b[:0], ",\n\""+name+`":[`...)
	for i, s := range texts {
		if i > 0 {
			d.b = append(d.b, ',')
		}
		d.b = appendShown(d.b, s)
	}
	d.out.Write(append(d.b, ']'))
}

// lists writes lists of numbers that are kept as texts.
func (d *pageData) lists(name string, lists []string) {
	d.out.WriteString(",\n\"" + name + `":[`)
	for i, list := range lists {
		if i > 0 {
			d.out.WriteByte(',')
		}
		d.out.WriteString("[" + list + "]")
	}
	d.out.WriteByte(']')
}

// tags numbers the sets of tags, of which there are few, and the tags in them.
func (d *pageData) tags() {
	var names, sets numbered
	sets.of("")
	var list []byte
	d.column("tagSet", func(b []byte, i int) []byte {
		list = list[:0]
		for j, tag := range d.Plan.Operations[i].Tags {
			list = appendNumber(list, j, names.of(tag))
		}
		return strconv.AppendInt(b, int64(sets.of(string(list))), 10)
	})
	d.texts("tags", names.texts)
	d.lists("tagSets", sets.texts)
}

// shapes numbers the ways in which operations have fields: values go without
// the names of theirs.
func (d *pageData) shapes() {
	var fields, shapes numbered
	shapes.of("")
	var list []byte
	read := d.Changes()
	d.column("shape", func(b []byte, i int) []byte {
		list = list[:0]
		for j, k := range read(i) {
			list = appendNumber(list, j, fields.of(k.Field))
		}
		return strconv.AppendInt(b, int64(shapes.of(string(list))), 10)
	})
	d.texts("fields", fields.texts)
	d.lists("shapes", shapes.texts)
}

func appendNumber(list []byte, at, n int) []byte {
	if at > 0 {
		list = append(list, ',')
	}
	return strconv.AppendInt(list, int64(n), 10)
}

// decided is what was decided on an operation of a plan that was applied.
func (d *pageData) decided(i int) string {
	switch word := d.DecisionOn(i); word {
	case report.RejectedWord:
		return "can't be used"
	case "undecided":
		return "none"
	default:
		return word
	}
}

// exact has the uids that are not shown as they are, by their place.
func (d *pageData) exact() {
	d.b = append(d.b[:0], `,"exact":{`...)
	sep := ""
	for n, i := range d.InReadingOrder {
		uid := d.Plan.Operations[i].UID
		if phrase.Visible(uid) == uid {
			continue
		}
		d.b = append(append(d.b, sep...), `"`+strconv.Itoa(n)+`":`...)
		d.b = appendExact(d.b, uid)
		sep = ","
	}
	d.out.Write(append(d.b, '}'))
}

// pairs are the uids of the pairs that are shown, the app's and the roster's, and what
// was decided on them.
func (d *pageData) pairs() {
	if len(d.Pairs) == 0 {
		return
	}
	d.out.WriteString(`,"pairs":[`)
	for i, k := range first(d.Pairs, sectionRows).Rows {
		d.b = d.b[:0]
		if i > 0 {
			d.b = append(d.b, ',')
		}
		d.b = append(appendExact(append(d.b, '['), k.Old), ',')
		d.b = append(appendExact(d.b, k.New), ',')
		d.out.Write(append(appendExact(d.b, d.PairDecision(&k)), ']'))
	}
	d.out.WriteByte(']')
}

// ids are the operations' names in decisions, one after the other.
func (d *pageData) ids() {
	d.out.WriteString(",\n\"ids\":\"")
	for _, i := range d.InReadingOrder {
		d.out.WriteString(d.ID(i))
	}
	d.out.WriteByte('"')
}

// values writes the operations' values, field by field as their shapes have
// them: before and after, and of a create only after.
func (d *pageData) values() {
	read := d.Changes()
	all := d.InReadingOrder
	for from := 0; from < len(all); from += chunkOperations {
		d.out.WriteString(`<script type="application/json" class="values">[`)
		for n, i := range all[from:min(from+chunkOperations, len(all))] {
			d.b = d.b[:0]
			if n > 0 {
				d.b = append(d.b, ",\n"...)
			}
			d.b = append(d.b, '[')
			created := d.Plan.Operations[i].Verb == plan.Create
			for j, k := range read(i) {
				if j > 0 {
					d.b = append(d.b, ',')
				}
				if !created {
					d.b = append(appendSeen(d.b, k.Field, k.Before), ',')
				}
				d.b = appendSeen(d.b, k.Field, k.After)
			}
			d.out.Write(append(d.b, ']'))
		}
		d.out.WriteString("]</script>\n")
	}
}

// appendSeen appends a value as the page shows it: 0 for none, a list of
// texts, or a text.
func appendSeen(b []byte, field, value string) []byte {
	if value == "" || value == "null" {
		return append(b, '0')
	}
	if field == user.CreatedAt.String() || field == user.LastActiveAt.String() {
		value = report.ShownAs(field, value)
	}
	list, ok := report.StringList(value)
	if !ok {
		return appendShown(b, report.ValueText(value))
	}
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendShown(b, s)
	}
	return append(b, ']')
}

// appendShown appends a text as JSON, with what would act in it made visible.
func appendShown(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return appendSafe(b, phrase.Visible(s))
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// appendSafe appends a text as JSON that may be in a script element:
// without a letter that HTML knows.
func appendSafe(b []byte, s string) []byte {
	from := len(b)
	b = wire.AppendString(b, s)
	if bytes.ContainsAny(b[from:], "<>&") {
		b = append(b[:from], unknownToHTML.Replace(string(b[from:]))...)
	}
	return b
}

var unknownToHTML = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`)

// appendExact appends a text that has to be read back as it is: what would act
// in it is escaped, so that it acts on nobody who looks at the file.
func appendExact(b []byte, s string) []byte {
	b = append(b, '"')
	for _, c := range s {
		if phrase.Acts(c) {
			b = fmt.Appendf(b, `\u%04x`, c)
			continue
		}
		text := appendSafe(nil, string(c))
		b = append(b, text[1:len(text)-1]...)
	}
	return append(b, '"')
}

// causes numbers the ways in which operations have causes, field by field.
func (d *pageData) causes() {
	if !d.Caused {
		return
	}
	var sets numbered
	sets.of("")
	var list []byte
	read := d.Changes()
	d.column("causeSet", func(b []byte, i int) []byte {
		list = list[:0]
		for j, k := range read(i) {
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
