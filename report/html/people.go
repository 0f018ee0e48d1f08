package html

import (
	"cmp"
	"encoding/base64"
	"iter"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zlib"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Who has no operation is on the page as well, so that a search has an answer for
// everybody: lines of uid, name and what else there is to say, compressed in chunks
// by what becomes of them. That is some ten bytes each.

const (
	chunkPeople = 256 << 10 // bytes of lines in an element
	mostPeople  = 2_000_000 // beyond, the page would be too large to be opened
)

// fates say what becomes of somebody without an operation, where nothing else is known.
var fates = map[plan.Place]string{
	plan.PlaceUnchanged:   "the app has what the roster says",
	plan.PlaceDeactivated: "already deactivated, and the roster does not say otherwise",
	plan.PlaceUnsaid:      "deactivated, and the roster does not say whether that is to stay so",
	plan.PlaceHeld:        "a row that can't be used, or one under another uid, may stand for this user",
	plan.PlaceOutOfScope:  "outside the part of the app that this run looks after",
	plan.PlaceProtected:   "protected",
	plan.PlaceAgent:       "protected, as one of the service's AI agents",
	plan.PlaceBot:         "protected, as one of the app's bots",
	plan.PlaceKept:        "not in the roster, and whoever is not stays as they are",
	plan.PlaceStranger:    "not in the roster, nor in that of an earlier run",
	plan.PlaceLeaving:     "not in the roster, but not for long enough to be deactivated; see who is leaving",
	plan.PlaceConflict:    "changed since the run that is undone; see who is in conflict",
	plan.PlaceUntouched:   "the run that is undone did nothing here that is taken back",
	plan.PlaceInactive:    "not in the app, and inactive in the roster, so not created",
	plan.PlaceApart:       "not in the app, and protected or outside the scope, so not created",
}

// The fates of those who are in no place.
const (
	rejected = "rejected"
	paired   = "paired"
)

// Everybody reports whether the page has those without an operation.
func (p pageView) Everybody() bool {
	return p.Plan.Places.Len() > 0 && p.Plan.Places.Len() <= mostPeople
}

// crowd writes people without an operation.
type crowd struct {
	*pageData
	open  map[string]*chunk
	z     *zlib.Writer // one for all chunks
	fates []string     // in the order in which they came
}

type chunk struct {
	lines []byte
	n     int
}

// people writes everybody without an operation, and what becomes of them.
func (d *pageData) people() {
	z, err := zlib.NewWriterLevel(d.out, zlib.BestSpeed)
	if err != nil {
		panic(err) // there is such a level
	}
	c := &crowd{pageData: d, open: map[string]*chunk{}, z: z}
	if d.Everybody() {
		next, stop := iter.Pull(d.Report.Held())
		defer stop()
		for left := range d.Plan.Places.All() {
			more := ""
			if left.Place.Counted() == plan.PlaceHeld {
				if h, ok := next(); ok && h.Because != user.Unmanageable { // both are in order of uids, and the place says that
					more = h.Why
				}
			}
			c.add(left.Place.String(), left.UID, left.Name, more)
		}
	}
	for _, k := range d.Plan.Rekeys {
		c.add(paired, k.New, k.NewName, k.Old)
	}
	names := d.namesOfRejects()
	for _, x := range d.Report.Rejects.Each() {
		more := d.Place(x.Source)
		if len(x.Defects) > 0 {
			more += ": " + x.Defects[0].Message
		}
		c.add(rejected, x.UID, names(x), more)
	}
	for _, fate := range c.fates {
		c.flush(fate)
	}
	d.b = append(d.b[:0], `<script type="application/json" id="everybody">{"missing":`...)
	d.b = append(appendShown(d.b, d.missing()), `,"fates":{`...)
	for i, fate := range c.fates {
		if i > 0 {
			d.b = append(d.b, ',')
		}
		d.b = append(appendSafe(d.b, fate), ':')
		d.b = appendSafe(d.b, d.fate(fate))
	}
	d.out.Write(append(d.b, "}}</script>\n"...))
}

// fate is the sentence on somebody.
func (d *pageData) fate(of string) string {
	nothing := "Nothing changed: "
	if d.Unsent() {
		nothing = "Nothing changes: "
	}
	switch of {
	case rejected:
		return nothing + "the row can't be used"
	case paired:
		return nothing + "not created, as probably the person whom the app has under another uid"
	}
	var place plan.Place
	_ = place.UnmarshalText([]byte(of)) // it is a place's name
	if place == plan.PlaceUnchanged && d.Undo() {
		return nothing + "as before the run that is undone already"
	}
	return nothing + cmp.Or(fates[place], "the user's "+strings.TrimPrefix(of, "unmanageable ")+" can't be managed as the app shows it")
}

// missing says who is not on the page, and who tells of them.
func (d *pageData) missing() string {
	if d.Everybody() || d.Plan.Places != nil && d.Plan.Places.Len() == 0 {
		return ""
	}
	why := "This page does not have the people of whom nothing changes"
	if n := d.Plan.Places.Len(); n > 0 {
		why += ", since they are too many (" + phrase.Thousands(n) + ")"
	}
	return why + "; to read about one of them: cometsync explain " + d.PlanRun() + " UID"
}

func (c *crowd) add(fate, uid, name, more string) {
	to := c.open[fate]
	if to == nil {
		to = &chunk{}
		c.open[fate], c.fates = to, append(c.fates, fate)
	}
	to.lines = append(append(to.lines, '\n'), phrase.Visible(uid)...)
	to.lines = append(append(to.lines, '\t'), phrase.Visible(name)...)
	if more != "" {
		to.lines = append(append(to.lines, '\t'), phrase.Visible(more)...)
	}
	if to.n++; len(to.lines) >= chunkPeople {
		c.flush(fate)
	}
}

func (c *crowd) flush(fate string) {
	from := c.open[fate]
	if from.n == 0 {
		return
	}
	c.b = append(appendSafe(append(c.b[:0], `<script type="application/json" class="people" data-fate=`...), fate), ` data-n="`...)
	c.out.Write(append(strconv.AppendInt(c.b, int64(from.n), 10), `">"`...))
	text := base64.NewEncoder(base64.StdEncoding, c.out)
	c.z.Reset(text)
	// What goes wrong is kept by out.
	_, _ = c.z.Write(from.lines)
	_ = c.z.Close()
	_ = text.Close()
	c.out.WriteString("\"</script>\n")
	from.lines, from.n = from.lines[:0], 0
}

// namesOfRejects gives the names of rejected rows, as far as columns of theirs are the
// name's, and the row has a cell for each column: else any other may be there.
func (d *pageData) namesOfRejects() func(x *user.Reject) string {
	named := map[[2]string]bool{}
	for _, m := range d.Intake.Columns {
		if field, _, _ := strings.Cut(m.Field, " ("); field == user.Name.String() {
			named[[2]string{m.File, m.Header}] = true
		}
	}
	return func(x *user.Reject) string {
		var parts []string
		for i, header := range x.Header {
			if len(x.Cells) == len(x.Header) && named[[2]string{x.Source.File, header}] {
				parts = append(parts, strings.ToValidUTF8(x.Cells[i], "\uFFFD"))
			}
		}
		return strings.Join(parts, " ")
	}
}
