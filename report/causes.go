package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// What is wrong with thousands of rows is seldom more than a few things, each of
// which can be settled at once. So people are told the causes first, and how many
// rows each has, and then the rows. Rows whose one fault is a role that the app lacks
// are one cause in whatever file, since what has to be done is one thing, and are not
// told by themselves; rejects.csv and the lists that programs read have every row.

// rejectCause is what is wrong with rows of one file, in one column.
type rejectCause struct {
	rejectKey
	rows   int
	first  []int // of the rejects, as many as anybody shows
	values []rejectValue
	at     map[string]int // of values: where they are
}

// rejectKey tells causes apart: by the first thing that is wrong with a row.
type rejectKey struct {
	code                      user.Code
	column, kind, file, sheet string
}

// rejectValue is a value at which rows are rejected.
type rejectValue struct {
	text string
	rows int
}

const (
	causeValues = 3      // how many values a cause names
	seenValues  = 10_000 // among how many of them the most frequent are looked for
	causeRows   = 2000   // how many of its rejects are at hand
)

// findCauses counts the rejects by cause, the largest first.
func (r *Report) findCauses() {
	at := map[rejectKey]int{}
	for i, x := range r.Rejects.Each() {
		key, value := rejectKey{file: x.Source.File, sheet: x.Source.Sheet}, ""
		if len(x.Defects) > 0 {
			d := &x.Defects[0]
			key.code, key.column, key.kind, value = d.Code, d.Column, kindOf(d), d.Value
		}
		if WantsRole(x) {
			key.file, key.sheet = "", ""
		}
		k, ok := at[key]
		if !ok {
			k = len(r.causes)
			at[key] = k
			r.causes = append(r.causes, rejectCause{rejectKey: key, at: map[string]int{}})
		}
		c := &r.causes[k]
		if c.rows++; c.rows <= causeRows {
			c.first = append(c.first, i)
		}
		c.count(value)
	}
	for i := range r.causes {
		slices.SortStableFunc(r.causes[i].values, func(a, b rejectValue) int { return cmp.Compare(b.rows, a.rows) })
	}
	slices.SortStableFunc(r.causes, func(a, b rejectCause) int { return cmp.Compare(b.rows, a.rows) })
}

// kindOf is what of a fault's message is so of other rows as well: "" where one sentence
// says it of all rows with the code.
func kindOf(d *user.Defect) string {
	if _, one := causeWords[d.Code]; one {
		return ""
	}
	kind, _, _ := strings.Cut(d.Message, ";")
	if !strings.ContainsAny(kind, `0123456789"`) {
		return kind
	}
	quoted := false
	return strings.Map(func(c rune) rune {
		switch {
		case c == '"':
			quoted = !quoted
			return -1
		case quoted || c >= '0' && c <= '9':
			return -1
		}
		return c
	}, kind)
}

// WantsRole reports whether nothing is wrong with a row but that the app lacks its role.
func WantsRole(x *user.Reject) bool {
	return len(x.Defects) == 1 && x.Defects[0].Code == user.RoleUnknown
}

// missing is the rows that only want a role; nil for none.
func (r *Report) missing() *rejectCause {
	i := slices.IndexFunc(r.causes, func(c rejectCause) bool { return c.code == user.RoleUnknown && c.file == "" })
	if i < 0 {
		return nil
	}
	return &r.causes[i]
}

// Grouped is how many rejects are told by their role.
func (r *Report) Grouped() int {
	if c := r.missing(); c != nil && c.rows > 1 {
		return c.rows
	}
	return 0
}

// count takes the value of one more row in.
func (c *rejectCause) count(value string) {
	if value == "" || value == Mask {
		return
	}
	if i, ok := c.at[value]; ok {
		c.values[i].rows++
	} else if len(c.values) < seenValues {
		c.at[value] = len(c.values)
		c.values = append(c.values, rejectValue{value, 1})
	}
}

// words says how many rows have a cause, and which.
func (r *Report) words(c *rejectCause) string {
	return fmt.Sprintf("%s × %s", phrase.Thousands(c.rows), r.whatIsWrong(c))
}

// whatIsWrong says it without what is so of single rows alone.
func (r *Report) whatIsWrong(c *rejectCause) string {
	text, ok := causeWords[c.code]
	if !ok {
		if x := r.Rejects.At(c.first[0]); len(x.Defects) > 0 {
			text, _, _ = strings.Cut(x.Defects[0].Message, ";")
		}
	}
	if c.column != "" {
		text = c.column + ": " + text
	}
	return text
}

// RejectCause is what is wrong with rows of any file, where there is room for it.
type RejectCause struct {
	What    string // what is wrong
	Todo    string // about each row; "" if the rows say it
	Message string // what both are of, and no row has to repeat; "" if the rows have words of their own
	Settled string // how all of them are settled at once; "" if they have to be looked at
	Rows    int
	Often   []string // values that more than one row has, the most frequent
	First   []int    // of the rejects
}

// RejectCauses is every cause once, the largest first, with as many of its rejects.
func (r *Report) RejectCauses(most int) []RejectCause {
	var merged []rejectCause
	at := map[rejectKey]int{}
	for i := range r.causes {
		c := &r.causes[i]
		key := rejectKey{code: c.code, column: c.column, kind: c.kind}
		k, ok := at[key]
		if !ok {
			at[key] = len(merged)
			merged = append(merged, *c)
			continue
		}
		m := &merged[k]
		m.rows += c.rows
		m.first = slices.Concat(m.first, c.first)
		m.values = together(m.values, c.values)
	}
	slices.SortStableFunc(merged, func(a, b rejectCause) int { return cmp.Compare(b.rows, a.rows) })
	all := make([]RejectCause, len(merged))
	for i := range merged {
		c := &merged[i]
		slices.SortStableFunc(c.values, func(a, b rejectValue) int { return cmp.Compare(b.rows, a.rows) })
		all[i] = RejectCause{What: r.whatIsWrong(c), Rows: c.rows, Settled: c.settled(), First: c.first[:min(len(c.first), most)]}
		if c.column == "" {
			all[i].What = UpperFirst(all[i].What)
		}
		if _, differ := causeWords[c.code]; !differ {
			if x := r.Rejects.At(c.first[0]); len(x.Defects) > 0 {
				all[i].Message = x.Defects[0].Message
				_, todo, _ := strings.Cut(all[i].Message, ";")
				all[i].Todo = strings.TrimSpace(todo)
			}
		}
		named, least := causeValues, 2
		if c.code == user.RoleUnknown { // each is a thing to do
			named, least = most, 1
		}
		for _, v := range c.values[:min(len(c.values), named)] {
			if v.rows >= least {
				value := fmt.Sprintf("%q%s", phrase.Shorten(v.text, 60), bracketed(phrase.Counted(v.rows, "row")))
				all[i].Often = append(all[i].Often, value)
			}
		}
	}
	return all
}

func together(a, b []rejectValue) []rejectValue {
	rows := map[string]int{}
	for _, v := range slices.Concat(a, b) {
		rows[v.text] += v.rows
	}
	all := make([]rejectValue, 0, len(rows))
	for text, n := range rows {
		all = append(all, rejectValue{text, n})
	}
	slices.SortFunc(all, func(a, b rejectValue) int { return strings.Compare(a.text, b.text) }) // those of one number stay in this order
	return all
}

// causeWords are those of codes whose messages differ from row to row.
var causeWords = map[user.Code]string{
	user.RoleUnknown:    "a role that the app lacks",
	user.UIDNumeric:     "a number from which the uid can't be derived",
	user.UIDRespelled:   "not the uid that the row had, and as a spreadsheet makes it",
	user.UIDCollision:   "one uid is made of several ids",
	user.DuplicateUID:   "the uid appears in several rows",
	user.CellsExtra:     "more cells than the header has columns",
	user.CellsMissing:   "fewer cells than the header has columns",
	user.CellFailed:     "an error in place of a value",
	user.EncodingBroken: "bytes that are not text",
}

// causeLine is a cause with its file, the values that it has most, and how to
// settle all of its rows at once; of roles it names as many as there is room for.
func (r *Report) causeLine(c *rejectCause, room int) string {
	text, named := r.words(c), causeValues
	if c.file != "" {
		text += bracketed(user.BookName(c.file, c.sheet))
	} else if c.code == user.RoleUnknown {
		named = room
	}
	var values []string
	for i, v := range c.values[:min(len(c.values), named)] {
		value := fmt.Sprintf("%q", phrase.Shorten(v.text, 60))
		if v.rows > 1 && (v.rows < c.rows || i > 0) {
			value += bracketed(phrase.Counted(v.rows, "row"))
		}
		values = append(values, value)
	}
	switch {
	case len(values) == 0:
	case len(c.values) == 1 && c.values[0].rows == c.rows:
		text += ", which is " + values[0]
	default:
		text += ", such as " + phrase.And(values)
	}
	if way := c.settled(); way != "" && c.rows > 1 {
		text += "; all at once: " + way
	}
	return text
}

// settled is how all rows of a cause are settled at once; "" if they have to be
// looked at.
func (c *rejectCause) settled() string {
	switch c.code {
	case user.RoleUnknown:
		return "create the role in the dashboard, give --create-roles, or say under values.role what it stands for"
	case user.RoleInvalid, user.RoleTooLong:
		return "say under values.role which roles the texts stand for"
	case user.StateUnknown:
		return "say under values.state what the words stand for"
	case user.UIDInvalid, user.UIDTooLong:
		switch slug, vendors := c.uids(user.RewriteSlug), c.uids(user.RewriteCometChat); {
		case slug && vendors:
			return user.RewriteSlug.String() + " or cometchat, which make uids of other texts"
		case slug:
			return user.RewriteSlug.String() + ", which makes uids of other texts"
		case vendors:
			return user.RewriteCometChat.String() + ", which makes uids of other texts"
		}
	case user.UIDNumeric:
		if c.uids(user.NoRewrite) {
			return "format the column as text, or take what the sheet shows with --numeric-uid displayed"
		}
		return "format the column as text"
	case user.DuplicateUID:
		return "--duplicates first, last or merge"
	case user.NameMissing:
		return "give a text for empty cells under defaults.name"
	case user.TimeAmbiguous:
		return c.dates()
	case user.EncodingBroken:
		return "name the file's encoding with --encoding"
	case user.UIDMissing, user.NotAPerson:
		return "write drop under _code of the corrected rejects, if they are not people"
	case user.AvatarInvalid, user.AvatarTooLong, user.LinkInvalid, user.LinkTooLong, user.TagsInvalid, user.TagsTooMany, user.TagTooLong,
		user.MetadataInvalid, user.MetadataTooLarge:
		if c.column == "" {
			return ""
		}
		way := "leave the column alone with " + phrase.MapOption(c.column, "-")
		if (c.code == user.AvatarInvalid || c.code == user.LinkInvalid) && len(c.values) > 0 && user.Relative(c.values[0].text) != nil {
			way = "give --base, the address where relative ones begin, or " + way
		}
		return way
	}
	return ""
}

// uids reports whether all of the values are uids under a rule.
func (c *rejectCause) uids(rule user.Rewrite) bool {
	column := []user.Column{{Slot: user.Slot{Field: user.UID}}}
	return !slices.ContainsFunc(c.values, func(v rejectValue) bool {
		u, _ := user.Rules{Rewrite: rule}.Row(column, []string{v.text}, &user.Repairs{})
		return u.UID == ""
	})
}

// dates is what to say of how a source writes dates.
func (c *rejectCause) dates() string {
	const under = " under this source, or --dates"
	if len(c.values) > 0 {
		days, months := user.FormsOf(strings.TrimSpace(c.values[0].text))
		switch {
		case user.DottedForm(days):
			return "set dates: " + days + under
		case days != "":
			return "set dates: " + days + " or dates: " + months + under
		}
	}
	return "set dates: dd.mm.yyyy or the like" + under
}

// shared reports whether some of the rejects have one cause; else each is told by itself.
func (r *Report) shared() bool { return len(r.causes) > 0 && r.causes[0].rows > 1 }

// mainCause is the largest cause, for a sentence; "" if no rows share one.
func (r *Report) mainCause() string {
	if !r.shared() {
		return ""
	}
	return r.words(&r.causes[0])
}

// CauseLines are as many causes as a list has room for, the largest first.
func (r *Report) CauseLines(room int) []string {
	if !r.shared() {
		return nil
	}
	var lines []string
	left, rows := 0, 0
	for i := range r.causes {
		if c := &r.causes[i]; len(lines) < room {
			lines = append(lines, r.causeLine(c, room))
		} else {
			left++
			rows += c.rows
		}
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("and %s, of %s", phrase.Counted(left, "more cause"), phrase.Counted(rows, "row")))
	}
	return lines
}

// likenesses say why a row holds a user, and what two users who are probably one have
// in common.
var likenesses = map[user.MatchReason]struct{ holds, pairs string }{
	user.SameUID:    {"the row has this user's uid", "the uids are alike"},
	user.SameKey:    {"same value under a second key", "same value under a second key"},
	user.SameNumber: {"the row's uid is the same number with leading zeros", "the uids are one number, but for leading zeros"},
	user.RoundedAlike: {"a spreadsheet rounded the row's uid, and this one rounds to it",
		"one uid is the other as a spreadsheet rounds it"},
	user.SameSlug: {"the row's uid is not valid, and this is what is left of it", "one uid is what is left of the other"},
	user.SameVendor: {"this is what the vendor's migration tool makes of the row's uid",
		"one uid is what the vendor's migration tool makes of the other"},
	user.SameName:     {"the row has this user's name, and its uid is in another row as well", "the names are the same"},
	user.SameCell:     {"a cell of that broken row has this uid", "a cell of the row has the old uid"},
	user.SameAffix:    {"probably the row's person under another uid", "the uids differ in their prefix or domain alone"},
	user.SamePerson:   {"probably the row's person under another uid", "name and department are the same"},
	user.Unmanageable: {"it can't be managed as the app shows it", ""},
}

// InCommon says what the users of a pair have in common: of a second key it names the
// key, never a value.
func InCommon(k *plan.Rekey, options plan.Config) string {
	if key := secondKey(k.Because, nil, options); key != "" {
		return "same " + key
	}
	return likenesses[k.Because].pairs
}

// HeldBy says why a row holds a user; x is the row's reject, nil if it is none.
func HeldBy(h *plan.Held, x *user.Reject, options plan.Config) string {
	switch key := secondKey(h.Because, x, options); {
	case key != "":
		return "same " + key
	case h.Because == user.SameNumber && x != nil && otherwise(x, h.UID):
		return "the row's uid is the same number, written in another way"
	case h.Because == user.SameNumber && strings.HasPrefix(h.UID, "0"):
		return "the row's uid is the same number without leading zeros"
	}
	return likenesses[max(h.Because, user.SameUID)].holds
}

// otherwise reports whether the cell of a row that is a uid's number is more than its
// digits, as 10000.0 and 10,000 are.
func otherwise(x *user.Reject, uid string) bool {
	claim, found := user.Claim{Because: user.SameNumber, Value: user.SameDigits(uid)}, false
	for _, cell := range x.Cells {
		if slices.Contains(user.Claims(cell), claim) {
			if found = true; user.SameDigits(user.FoldUID(cell)) != "" {
				return false
			}
		}
	}
	return found
}

// secondKey names the key by which a row and a user are alike, as far as it is
// known: a saved plan does not say what a reject claims.
func secondKey(l user.MatchReason, x *user.Reject, options plan.Config) string {
	if l != user.SameKey {
		return ""
	}
	var keys []string
	if x != nil {
		for i := range x.Claims {
			if c := &x.Claims[i]; c.Because == user.SameKey && !slices.Contains(keys, "metadata."+c.Key) {
				keys = append(keys, "metadata."+c.Key)
			}
		}
	}
	if len(keys) == 0 {
		keys = options.Values("match")
	}
	return strings.Join(keys, " or ")
}
