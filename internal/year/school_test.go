package year

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// person is somebody of the school, as its systems have them.
type person struct {
	uid, name, role, tags, department, class, manager, mail, avatar string

	source int // the file that has them
	left   int // the night on which they left; 0 for who is there
	shown  int // until this night their rows stay in the export, as of somebody who left
}

// The school's exports.
const (
	pupils = iota
	staff
	contractors
	sources
)

var files = [sources]string{"pupils.csv", "staff.csv", "contractors.csv"}

// school is the truth: who is there on a night, and what of them is right.
type school struct {
	people []*person // who ever was, in the order of joining
	names  []string  // that nobody has yet
	next   [sources]int
}

var (
	firstNames = []string{"Anna", "Björn", "Chloé", "David", "Elif", "François", "Greta", "Håkon", "Ines", "Jonas", "Kübra", "Lea",
		"Mirosław", "Nora",
		"Oskar", "Paula", "Quentin", "Renée", "Sofia", "Tomáš", "Uma", "Vera", "William", "Xenia", "Yusuf", "Zoë"}
	lastNames = []string{"Adler", "Bergström", "Castro", "Dubois", "Eriksen", "Fischer", "González", "Hoffmann", "Ivanova", "Jansen",
		"Kowalska", "Lindqvist",
		"Müller", "Novak", "O'Brien", "Petrov", "Quinn", "Rossi", "Schäfer", "Thompson", "Ullmann", "Vogel", "Weiß", "Yılmaz", "Zimmer",
		"Ångström",
		"Brandt", "Clarke", "Diaz", "Engel", "Falk", "Graf", "Haas", "Ibsen", "Jung", "Krüger", "Lopez", "Maier", "Nielsen", "Olsen"}
	subjects = []string{"Mathematics", "Languages", "Sciences", "Arts", "Sports", "IT", "Administration"}
)

// newSchool is 300 pupils in twelve classes, 94 of the staff and 6 of a caterer.
func newSchool(random *rand.Rand) *school {
	s := &school{}
	for _, first := range firstNames {
		for _, last := range lastNames {
			s.names = append(s.names, first+" "+last)
		}
	}
	random.Shuffle(len(s.names), func(i, j int) { s.names[i], s.names[j] = s.names[j], s.names[i] })
	for i := range 94 {
		p := s.join(staff)
		p.role, p.department = "teacher", subjects[i%5]
		switch {
		case i >= 82:
			p.role, p.department = "clerk", "IT"
		case i >= 70:
			p.role, p.department = "clerk", "Administration"
		case i%5 == 3:
			p.role = "assistant"
		}
		p.manager = s.people[i%5].uid
	}
	for i := range 300 {
		s.enrol(i % 12)
	}
	for range 6 {
		p := s.join(contractors)
		p.role, p.department = "caterer", "Kitchen"
	}
	return s
}

// join is a new person of a source, with a number and a name that nobody has.
func (s *school) join(source int) *person {
	form, domain := [...]string{"p%05d", "%05d", "c-%03d"}[source], [...]string{"pupils.example.org", "example.org",
		"catering.example.com"}[source]
	s.next[source]++
	p := &person{uid: fmt.Sprintf(form, s.next[source]), name: s.names[0], source: source}
	s.names = s.names[1:]
	p.mail = strings.ToLower(p.uid) + "@" + domain
	p.avatar = "https://img.example.org/" + p.uid + ".jpg"
	s.people = append(s.people, p)
	return p
}

func (s *school) enrol(class int) *person {
	p := s.join(pupils)
	p.role = "pupil"
	s.place(p, class)
	return p
}

// place puts a pupil into a class, which has a teacher, and is of a part of the school.
func (s *school) place(p *person, class int) {
	year := 5 + class/2
	p.class = fmt.Sprintf("%d%c", year, 'A'+class%2)
	p.tags = fmt.Sprintf("school|year-%d", year)
	p.department = [...]string{"Lower school", "Middle school", "Upper school"}[class/4]
	p.manager = s.of(func(t *person) bool { return t.role == "teacher" })[5+class].uid
}

func classOf(p *person) int {
	var year int
	var letter rune
	_, _ = fmt.Sscanf(p.class, "%d%c", &year, &letter) // place has written it
	return 2*(year-5) + int(letter-'A')
}

// of is who is there and is such.
func (s *school) of(is func(*person) bool) (out []*person) {
	for _, p := range s.people {
		if p.left == 0 && is(p) {
			out = append(out, p)
		}
	}
	return out
}

func (s *school) leave(p *person, night, shown int) { p.left, p.shown = night, shown }

// pass is what a day brings: some join and leave, some move, somebody marries,
// somebody comes back.
func (s *school) pass(night int, random *rand.Rand) {
	movable := s.of(func(p *person) bool { return p.source == pupils })
	for range 1 + random.IntN(2) {
		p := movable[random.IntN(len(movable))]
		s.place(p, (classOf(p)+1)%12)
	}
	if random.IntN(3) == 0 {
		p := movable[random.IntN(len(movable))]
		p.name = strings.Fields(p.name)[0] + " " + lastNames[random.IntN(len(lastNames))] + "-" + lastNames[random.IntN(len(lastNames))]
	}
	if night >= firstHoliday && night <= lastHoliday {
		return
	}
	for range random.IntN(3) {
		if random.IntN(4) == 0 {
			p := s.join(staff)
			p.role, p.department, p.manager = "teacher", subjects[random.IntN(4)], s.people[0].uid
		} else {
			s.enrol(random.IntN(12))
		}
	}
	if night >= firstExam && night <= lastExam {
		return
	}
	leavers := s.of(func(p *person) bool { return p.source == pupils || p.role == "teacher" })
	for range random.IntN(3) {
		p := leavers[random.IntN(len(leavers))]
		shown := 0
		if random.IntN(2) == 0 {
			shown = night + 7
		}
		if p.left == 0 {
			s.leave(p, night, shown)
			s.replace(p)
		}
	}
	if night%12 == 0 { // whoever left some weeks ago and is first in the list
		for _, p := range s.people {
			if p.source == pupils && p.left > 0 && p.left < night-15 {
				p.left, p.shown = 0, 0
				break
			}
		}
	}
	switch night % 30 {
	case 9: // an exchange begins
		for range 6 {
			s.enrol(3)
		}
	case 21: // and one ends
		for _, p := range slices.Clone(leavers[20:26]) {
			if p.left == 0 {
				s.leave(p, night, 0)
				s.replace(p)
			}
		}
	}
}

// replace gives everybody whose manager has left another one.
func (s *school) replace(gone *person) {
	led := s.of(func(p *person) bool { return p.manager == gone.uid })
	if len(led) == 0 {
		return
	}
	teachers := s.of(func(p *person) bool { return p.role == "teacher" })
	for _, p := range led {
		p.manager = teachers[len(teachers)-1].uid
	}
}

// export is the files as the school's systems write them on a night.
type export struct {
	tables [sources]table
	raw    map[int]string // by source: what is written instead of the table
	absent map[int]bool   // sources of which there is no file
	age    int            // hours since they were written, beyond the usual one
}

type table struct {
	header []string
	rows   [][]string
}

var header = []string{"uid", "name", "role", "tags", "state", "metadata.department", "metadata.class", "metadata.manager",
	"metadata.@private.email", "avatar"}

// Columns of an export.
const (
	uidColumn = iota
	nameColumn
	roleColumn
	tagsColumn
	stateColumn
	departmentColumn
	classColumn
	managerColumn
	mailColumn
	avatarColumn
)

func (s *school) export(night int) *export {
	e := &export{raw: map[int]string{}, absent: map[int]bool{}}
	for i := range e.tables {
		e.tables[i].header = slices.Clone(header)
	}
	for _, p := range s.people {
		state := "active"
		if p.left > 0 {
			state = "left"
		}
		if p.left > 0 && night > p.shown {
			continue
		}
		t := &e.tables[p.source]
		t.rows = append(t.rows, []string{p.uid, p.name, p.role, p.tags, state, p.department, p.class, p.manager, p.mail, p.avatar})
	}
	for i := range e.tables {
		slices.SortStableFunc(e.tables[i].rows, func(a, b []string) int { return strings.Compare(a[nameColumn], b[nameColumn]) })
	}
	return e
}

// clone is a copy that can be changed.
func (e *export) clone() *export {
	out := &export{raw: map[int]string{}, absent: map[int]bool{}}
	for i := range e.tables {
		out.tables[i].header = slices.Clone(e.tables[i].header)
		for _, row := range e.tables[i].rows {
			out.tables[i].rows = append(out.tables[i].rows, slices.Clone(row))
		}
	}
	return out
}

// all are the rows of all files.
func (e *export) all() (out [][]string) {
	for i := range e.tables {
		out = append(out, e.tables[i].rows...)
	}
	return out
}
