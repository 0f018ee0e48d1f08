package bench

import (
	"strconv"
	"unicode/utf16"
)

// fate is what a right plan does with somebody who is in the roster.
type fate uint8

const (
	unchanged fate = iota
	created        // not in the app
	updated        // differs in one field, or two
	leaves         // active in the app, inactive in the roster
	returns        // deactivated in the app, active in the roster
	stays          // deactivated in the app, inactive in the roster
)

// fateOf spreads the fates evenly over the people: 7919 shares no factor with 10000.
func fateOf(i int) fate {
	switch n := i * 7919 % 10000; {
	case n == 0:
		return returns
	case n == 1:
		return stays
	case n < 302:
		return created
	case n < 702:
		return updated
	case n < 732:
		return leaves
	}
	return unchanged
}

func (f fate) active() bool      { return f == unchanged || f == updated || f == leaves }
func (f fate) deactivated() bool { return f == returns || f == stays }

// The last column is nobody's field: rosters have such.
var header = [...]string{"uid", "name", "avatar", "link", "role", "tags", "statusMessage", "state",
	"metadata.department", "metadata.address.city", "metadata.@private.email", "Line manager"}

// person is somebody as the roster has them.
type person struct {
	uid, name, avatar, link, role, status, state string
	department, city, country, email, manager    string
	tags                                         [2]string
}

// times are Unix seconds; 0 is none.
type times struct{ created, deactivated int64 }

// draws is a sequence of numbers that depends on its start alone (SplitMix64).
type draws uint64

func (d *draws) next(n int) int {
	*d += 0x9E3779B97F4A7C15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return int((z ^ z>>31) % uint64(n))
}

func (d *draws) of(words []string) string { return words[d.next(len(words))] }

// newPerson makes the i-th person, of no other knowledge than i.
func newPerson(i int) person {
	d := draws(i)
	place := places[d.next(len(places))]
	number := strconv.Itoa(1_000_000 + i)
	var p person
	switch i % 4 { // people come from systems that number them in different ways
	case 0:
		p.uid = "emp-" + number
	case 1:
		p.uid = place.code + "_" + number
	case 2:
		p.uid = number
	default:
		p.uid = d.of(handles) + "-" + d.of(handles) + "-" + number
	}
	if place.joined {
		p.name = d.of(place.last) + d.of(place.first)
	} else {
		p.name = d.of(place.first) + " " + d.of(place.last)
	}
	p.avatar = "https://cdn.example.org/people/" + place.code + "/" + p.uid + "/portrait.jpg"
	p.link = "https://people.example.org/" + place.code + "/" + p.uid
	p.role = d.of(roles)
	p.tags = [2]string{place.region, d.of(groups)}
	if d.next(3) == 0 {
		p.status = d.of(statuses)
	}
	p.state = "active"
	p.department = d.of(departments)
	p.city, p.country = d.of(place.cities), place.country
	p.email = p.uid + "@" + place.code + ".example.org"
	p.manager = d.of(place.last) + ", " + d.of(place.first) + " (" + strconv.Itoa(1_000_000+i/12) + ")"
	return p
}

func (p *person) cells() [len(header)]string {
	return [...]string{p.uid, p.name, p.avatar, p.link, p.role, p.tags[0] + "|" + p.tags[1], p.status, p.state,
		p.department, p.city, p.email, p.manager}
}

// age puts a value that the roster has not into one field, or two.
func (p *person) age(i int) {
	switch i % 8 {
	case 0:
		p.name += " (old)"
	case 1:
		p.avatar = "https://old-cdn.example.com/avatars/" + p.uid + ".png"
	case 2:
		p.link = "https://old-intranet.example.com/staff/" + p.uid
	case 3:
		p.role, p.department = "default", "Unassigned"
	case 4:
		p.tags[1] = "newcomers"
	case 5:
		p.department = "Unassigned"
	case 6:
		p.city = "Old Town"
	case 7:
		p.email = p.uid + "@example.com"
	}
}

// appendJSON appends the person as the service lists it: in the spelling of
// PHP's json_encode, tags last so that they can be cut off.
func (p *person) appendJSON(b []byte, t times) []byte {
	b = appendText(append(b, '{'), "uid", p.uid)
	b = appendText(append(b, ','), "name", p.name)
	b = appendText(append(b, ','), "link", p.link)
	b = appendText(append(b, ','), "avatar", p.avatar)
	b = appendText(append(b, `,"metadata":{`...), "department", p.department)
	b = appendText(append(b, `,"address":{`...), "city", p.city)
	b = appendText(append(b, ','), "country", p.country)
	b = appendText(append(b, `},"@private":{`...), "email", p.email)
	b = append(b, `}},"status":"offline",`...)
	b = appendText(b, "role", p.role)
	if p.status != "" {
		b = appendText(append(b, ','), "statusMessage", p.status)
	}
	b = strconv.AppendInt(append(b, `,"lastActiveAt":`...), t.created+90_000, 10)
	b = strconv.AppendInt(append(b, `,"createdAt":`...), t.created, 10)
	b = strconv.AppendInt(append(b, `,"updatedAt":`...), t.created+60_000, 10)
	if t.deactivated != 0 {
		b = strconv.AppendInt(append(b, `,"deactivatedAt":`...), t.deactivated, 10)
	}
	b = appendString(append(b, tagsKey...), p.tags[0])
	b = appendString(append(b, ','), p.tags[1])
	return append(b, `]}`...)
}

const tagsKey = `,"tags":[`

func appendText(b []byte, key, s string) []byte {
	b = append(append(append(b, '"'), key...), `":`...)
	return appendString(b, s)
}

// appendString writes a JSON string as PHP does by default: slashes escaped,
// all that is not ASCII as \u.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	unit := func(u uint16) {
		b = append(b, '\\', 'u', hex[u>>12], hex[u>>8&15], hex[u>>4&15], hex[u&15])
	}
	for _, c := range s {
		switch {
		case c == '"' || c == '\\' || c == '/':
			b = append(b, '\\', byte(c))
		case c < ' ' || c > '~' && c <= 0xFFFF:
			unit(uint16(c))
		case c > 0xFFFF:
			high, low := utf16.EncodeRune(c)
			unit(uint16(high))
			unit(uint16(low))
		default:
			b = append(b, byte(c))
		}
	}
	return append(b, '"')
}
