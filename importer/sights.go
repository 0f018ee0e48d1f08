package importer

import "strings"

// sight is something that is told of a source's rows, how often it was seen and
// where first, and that stops nothing.
type sight int

const (
	largeMetadata   sight = iota // users with more metadata than suggested
	zeroBytes                    // rows with a zero byte
	spacedQuotes                 // rows with blanks around quoted cells
	decodedTwice                 // cells; the first is one that is for everybody to see
	nullText                     // cells that say NULL, or the like
	nobodysUID                   // rows whose uid says that there is none
	patternedPeople              // rows that match a footer's pattern and are people by the look of them
	zonelessTime                 // times without a zone
	longName                     // names that are too long if an emoji counts as two characters
	sightKinds
)

type sights [sightKinds]sighting

// sighting is how often a sight was seen, and the first of them that is shown.
type sighting struct {
	n, row int // row: within the batch, while it is on its way
	column int
	text   string // what stands there
	shown  bool
}

func (s *sighting) see(row int) {
	if s.n++; !s.shown {
		s.row, s.shown = row, true
	}
}

// show has the first one be shown, by a text that is a batch's.
func (s *sighting) show(row int, text string) {
	if !s.shown {
		s.row, s.text, s.shown = row, strings.Clone(text), true
	}
}

// merge adds those of a batch whose first row has a number.
func (all *sights) merge(below *sights, first int) {
	for i := range below {
		s, b := &all[i], &below[i]
		if s.n += b.n; b.shown && !s.shown {
			s.row, s.column, s.text, s.shown = first+b.row, b.column, b.text, true
		}
	}
}
