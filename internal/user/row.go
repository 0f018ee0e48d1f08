package user

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Part says which part of a name a column holds.
type Part uint8

// The parts. The zero value is the whole.
const (
	Whole Part = iota
	First
	Last
)

// Slot is what of a user a column's cells are.
type Slot struct {
	Field Field    // NoField: nothing, it is left alone
	Part  Part     // of Name
	Path  []string // of Metadata: the key path of a metadata.KEY column; nil is the whole object
}

// Name is the slot as settings and messages spell it.
func (s Slot) Name() string {
	switch {
	case s.Path != nil:
		return Metadata.String() + "." + strings.Join(s.Path, ".")
	case s.Part == First:
		return "firstName"
	case s.Part == Last:
		return "lastName"
	}
	return s.Field.String()
}

// Is reports whether two columns would fill the same place of a user.
func (s Slot) Is(o Slot) bool {
	return s.Field != NoField && s.Field == o.Field && s.Part == o.Part && slices.Equal(s.Path, o.Path)
}

// Private reports whether cells are for the user and administrators alone.
func (s Slot) Private() bool { return len(s.Path) > 0 && s.Path[0] == Private }

// Column is one column of a source, understood.
type Column struct {
	Header string // as the source spells it
	Slot
	Bit int // for a key path: its bit in the Layout

	Dates     DateForm // for times: how the source writes dates
	Separator string   // for Tags: what separates them; "" is any of | ; and ,
	Base      *url.URL // for Avatar and Link: what relative addresses begin at; nil: they are none
}

// holdsText reports whether the column's cells are texts, and no lists, words or objects.
func (c *Column) holdsText() bool {
	switch c.Field {
	case Name, Avatar, Link, Role, StatusMessage:
		return true
	case Metadata:
		return c.Path != nil
	}
	return false
}

// TakesAny reports whether the column takes texts that mean nothing to the program.
func (c *Column) TakesAny() bool { return c.holdsText() || c.Field == Tags }

// Null reports whether a cell's whole text is how databases and programs write
// that there is no value. A person may be called so.
func Null(cell string) bool { return len(cell) <= 6 && nulls(cell) }

func nulls(cell string) bool {
	switch cell {
	case "NULL", "null", `\N`, "None", "nil", "(null)", "<null>":
		return true
	}
	return false
}

// Rules are the choices that a run makes about cells.
type Rules struct {
	EmptyClears bool    // --empty clear: an empty cell clears, instead of keeping
	Rewrite     Rewrite // --uid-rewrite

	// Rekey gives people of the roster the uid under which the app knows them:
	// a valid uid of a row is the key, the app's the value.
	Rekey map[string]string
}

// Row makes a user of a row's cells, or says everything that is wrong with
// them. The uid is set whenever a valid one can be read, whatever else is
// wrong. cells may be shorter than columns; what is lacking is empty. Where no
// column holds the state, whoever is on the roster is active; an empty cell of
// a state column leaves it unsaid.
func (rules Rules) Row(columns []Column, cells []string, rep *Repairs) (User, []Defect) {
	var u User
	return u, rules.Read(&u, columns, cells, rep)
}

const notUTF8 = "holds bytes that are not UTF-8; save the file as UTF-8 and try again"

// Read is Row into u, for those who read millions: nothing of what u held
// stays but the memory of its lists, which is used again.
func (rules Rules) Read(u *User, columns []Column, cells []string, rep *Repairs) []Defect {
	*u = User{Tags: u.Tags[:0], Keys: u.Keys[:0], Kept: u.Kept[:0]}
	var defects []Defect
	var names [Last + 1]string
	var parts [Last + 1]bool
	stated := false
	bad := func(c *Column, cell string, code Code, message string) {
		defects = append(defects, Defect{Column: c.Header, Code: code, Message: message, Value: cell, Private: c.Private()})
	}
	for i := range columns {
		c := &columns[i]
		if c.Field == NoField {
			continue
		}
		cell := ""
		if i < len(cells) {
			cell = cells[i]
		}
		normal := clean(cell)
		if !normal && !utf8.ValidString(cell) {
			bad(c, strings.ToValidUTF8(cell, "\uFFFD"), EncodingBroken, notUTF8)
			continue
		}
		if Failed(cell) {
			bad(c, cell, CellFailed, failure(cell))
			continue
		}
		if s, ok := Undefuse(cell); ok {
			cell, normal = s, clean(s) // white space may be after the apostrophe
			rep[Quoted]++
		}
		text := cell
		if !normal && c.holdsText() {
			text = normalise(cell, rep)
		}
		faults := len(defects)
		switch c.Field {
		case UID:
			rules.uid(u, c, cell, rep, bad)
		case Name:
			if c.Part == Whole {
				rules.text(u, c, cell, text, rep, bad)
			} else {
				names[c.Part], parts[c.Part] = text, true
			}
		case Avatar, Link, StatusMessage:
			if c.Base != nil {
				text = c.resolve(text, rep)
			}
			rules.text(u, c, cell, text, rep, bad)
		case Role:
			if low := strings.ToLower(text); low != text {
				text = low
				rep[LowerCase]++
			}
			rules.text(u, c, cell, text, rep, bad)
		case Tags:
			rules.tags(u, c, cell, rep, bad)
		case State:
			stated = true
			rules.state(u, c, cell, bad)
		case Metadata:
			if c.Path == nil {
				rules.metadata(u, c, cell, bad)
			} else {
				rules.key(u, c, text)
			}
		case CreatedAt, LastActiveAt:
			rules.time(u, c, cell, rep, bad)
		}
		if Null(cell) && len(defects) == faults && c.TakesAny() {
			rep[Nulls]++
		}
	}
	if !stated {
		u.State = Active
	}
	if (parts[First] || parts[Last]) && !u.Has.Has(Name) {
		rules.parts(u, nameColumn(columns), names[First], names[Last], rep, bad)
		if parts[First] && parts[Last] && (names[First] == "") != (names[Last] == "") && !rules.EmptyClears && u.Has.Has(Name) {
			u.HalfName = true
			u.Has &^= 1 << Name
		}
	}
	if u.UID == "" && len(defects) == 0 {
		defects = append(defects, Defect{Code: UIDMissing, Message: "the row has no uid; fill it in"})
	}
	return defects
}

// nameColumn is the first that holds a part of the name.
func nameColumn(columns []Column) *Column {
	for i := range columns {
		if columns[i].Field == Name {
			return &columns[i]
		}
	}
	return &Column{Header: "name", Slot: Slot{Field: Name}}
}

type badFunc = func(c *Column, cell string, code Code, message string)

const asText = "; format the column as text and export it again"

func (rules Rules) uid(u *User, c *Column, cell string, rep *Repairs, bad badFunc) {
	uid := FoldUID(cell)
	if uid == "" {
		bad(c, cell, UIDMissing, "the row has no uid; fill it in")
		return
	}
	valid := ValidUID(uid)
	switch {
	case exponential(uid):
		bad(c, cell, UIDInvalid, "looks like a number that a spreadsheet has rounded, and the id can't be derived from it"+asText)
		return
	case !valid && writtenNumber(uid):
		bad(c, cell, UIDInvalid, "looks like a number as a spreadsheet writes it, and the id can't be derived from it"+asText)
		return
	}
	if rules.Rewrite != NoRewrite {
		if made := rules.Rewrite.uid(strings.TrimSpace(cell), uid, valid); made != "" {
			rep[Rewritten]++
			rules.known(u, made, rep)
			return
		}
	}
	switch {
	case len(uid) > MaxUID:
		bad(c, cell, UIDTooLong, tooLong(utf8.RuneCountInString(uid), MaxUID)+"; shorten it")
	case !alphaDash(uid):
		hint := ""
		if slug := SlugUID(uid); ValidUID(slug) && rules.Rewrite == NoRewrite {
			// A slip of a digit would become another user, so that what comes
			// of it is said as well.
			hint = fmt.Sprintf(", or let --uid-rewrite slug make it %q", slug)
		}
		bad(c, cell, UIDInvalid, "only a-z 0-9 - _ are allowed; correct it"+hint)
	default:
		if len(uid) != len(cell) {
			rep[Trimmed]++
		}
		if uid != strings.TrimSpace(cell) {
			rep[LowerCase]++
		}
		rules.known(u, uid, rep)
	}
}

// known gives a row its uid: the one under which the app knows the person,
// where somebody has said so.
func (rules Rules) known(u *User, uid string, rep *Repairs) {
	if len(rules.Rekey) > 0 {
		if old, ok := rules.Rekey[uid]; ok {
			uid = old
			rep[Rekeyed]++
		}
	}
	u.UID = uid
	u.Has.Add(UID)
}

// Before is the uid that a uid's cell has before it is given another by Rekey;
// "" if it has none, or if nobody is given another.
func (rules Rules) Before(uid []Column, cell string) string {
	if len(rules.Rekey) == 0 {
		return ""
	}
	rules.Rekey = nil
	u, _ := rules.Row(uid, []string{cell}, &Repairs{})
	return u.UID
}

// exponential reports whether a folded uid is a number as spreadsheets write
// long ones, such as 1.23457e+15. Nothing valid may be made of it: other ids
// were rounded to the same.
func exponential(uid string) bool {
	mantissa, exponent, ok := strings.Cut(uid, "e+")
	return ok && mantissa != "" && exponent != "" && strings.Trim(mantissa, "0123456789.,") == "" &&
		strings.Trim(exponent, "0123456789") == ""
}

// writtenNumber reports whether a folded text is a number as spreadsheets and
// databases write them: in groups, with decimals, an exponent, a percent sign or
// a currency. What id it was before that, nobody can tell, and a slug would make
// another of it.
func writtenNumber(text string) bool {
	text = norm.NFKC.String(text)
	if allDigits(text) {
		return false // in full-width digits, as a person types them
	}
	text = strings.TrimFunc(text, func(c rune) bool {
		return unicode.IsSpace(c) || unicode.Is(unicode.Sc, c) || c == '%'
	})
	text = strings.TrimLeft(text, "+-")
	if mantissa, exponent, ok := strings.Cut(text, "e"); ok && allDigits(strings.TrimLeft(exponent, "+-")) {
		text = mantissa
	}
	if len(wholeNumbers(text)) > 0 {
		return true
	}
	at := strings.LastIndexAny(text, ".,")
	if at < 0 || !allDigits(text[at+1:]) {
		return false
	}
	_, ok := ungroup(text[:at])
	return ok
}

// text takes a normalised text cell.
func (rules Rules) text(u *User, c *Column, cell, text string, rep *Repairs, bad badFunc) {
	if text == "" {
		if !rules.EmptyClears {
			return
		}
		if c.Field == Name {
			bad(c, cell, NameMissing, "a name can't be cleared; fill it in, or leave out --empty clear")
			return
		}
		if c.Field == Role {
			text = DefaultRole // a role can't be unset; this is what the service gives to whoever has none
		}
		u.Set(c.Field, text)
		u.Clear.Add(c.Field)
		return
	}
	if code, message := checkField(c.Field, text); code != noCode {
		bad(c, cell, code, message)
		return
	}
	if c.Field == Name && overlong(text, MaxName) > 0 {
		rep[LongNames]++
	}
	u.Set(c.Field, text)
}

// parts takes the parts of a name, which are too long as a whole.
func (rules Rules) parts(u *User, c *Column, first, last string, rep *Repairs, bad badFunc) {
	name := strings.TrimSpace(first + " " + last)
	rules.text(u, c, name, name, rep, func(c *Column, cell string, code Code, message string) {
		if first != "" && last != "" {
			message = "first and last name together are " + message
		}
		bad(c, cell, code, message)
	})
}

func (rules Rules) state(u *User, c *Column, cell string, bad badFunc) {
	if strings.TrimSpace(cell) == "" {
		return
	}
	a, ok := ParseState(cell)
	if !ok {
		bad(c, cell, StateUnknown,
			"neither active nor inactive; correct it, clear it, or say under values of the configuration what it stands for")
		return
	}
	u.State = a
	u.Has.Add(State)
}

func (rules Rules) tags(u *User, c *Column, cell string, rep *Repairs, bad badFunc) {
	tags, err := appendTags(u.Tags[:0], cell, c.Separator, rep)
	if err != nil {
		bad(c, cell, TagsInvalid, err.Error())
		return
	}
	if code, message := checkTags(tags); code != noCode {
		bad(c, cell, code, message)
		return
	}
	if len(tags) == 0 {
		if !rules.EmptyClears {
			return
		}
		u.Clear.Add(Tags)
	}
	u.Tags = tags
	u.Has.Add(Tags)
}

func (rules Rules) metadata(u *User, c *Column, cell string, bad badFunc) {
	if strings.TrimSpace(cell) == "" {
		if rules.EmptyClears {
			u.Has.Add(Metadata)
			u.Clear.Add(Metadata)
		}
		u.KeepsObject = !rules.EmptyClears
		return
	}
	o, err := ParseObject(cell)
	if err != nil {
		bad(c, cell, MetadataInvalid, err.Error()+"; write an object such as {\"department\":\"Sales\"}")
		return
	}
	text := JSON(o)
	if len(text) > MaxMetadata {
		bad(c, cell, MetadataTooLarge, metadataTooLarge(len(text)))
		return
	}
	u.Metadata = text
	u.Has.Add(Metadata)
}

func (rules Rules) key(u *User, c *Column, text string) {
	if text == "" && !rules.EmptyClears {
		u.Kept = append(u.Kept, c.Path)
		return
	}
	u.Keys = append(u.Keys, KeyCell{Path: c.Path, Bit: c.Bit, Text: text, Clear: text == ""})
}
