package explain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/trace"
	"cometsync/internal/user"
	"cometsync/report"
)

// Answer is the story in a sentence or two: what became of the row, and of the
// user that it is about.
func (s *Story) Answer() string {
	row, whole := s.rowAnswer()
	if whole {
		return row
	}
	text := s.userAnswer()
	if text == "" {
		text = fmt.Sprintf("The run knows nothing of %s: it was not a user of the app at that time, and is not in the roster.", s.UID)
	}
	return strings.TrimSpace(row + " " + text)
}

// Unknown reports that the run knew neither such a user nor such a row.
func (s *Story) Unknown() bool {
	return s.Last.File != "" || s.UID != "" && s.userAnswer() == ""
}

// rowAnswer says what became of the row that was asked for; whole says that
// nothing is to be said of a user.
func (s *Story) rowAnswer() (text string, whole bool) {
	if s.At.File == "" {
		return "", false
	}
	at := s.At.String()
	if s.Last.File != "" {
		return fmt.Sprintf("%s does not exist: row %d is the last of %s.", at, s.Last.Row, user.BookName(s.Last.File, s.Last.Sheet)), true
	}
	nobody := s.UID == ""
	var row *trace.Looked
	var reject *user.Reject
	if i := slices.IndexFunc(s.Rows, func(row trace.Looked) bool { return row.Source == s.At }); i >= 0 {
		row, reject = &s.Rows[i], s.Rows[i].Reject
	}
	if i := slices.IndexFunc(s.Rejects, func(x user.Reject) bool { return x.Source == s.At }); i >= 0 {
		reject = &s.Rejects[i]
	}
	switch {
	case row != nil && row.Fate >= trace.FateHeader && row.Fate <= trace.FateAside:
		return s.fateText(row) + ".", true
	case reject != nil:
		text = at + " was rejected: " + s.reason(reject) + "."
		if nobody && s.report().Plan.WhyWithheld(plan.Deactivate) != "" {
			text += " While it is unclear whose row it is, no absent user is deactivated."
		}
		return text, nobody
	case row != nil && row.Fate >= trace.FateDuplicate:
		return s.fateText(row) + ".", nobody
	case nobody && s.validated():
		return fmt.Sprintf("%s is not among the rows that can't be used, and a validation keeps no record of the others.", at), true
	case nobody:
		return fmt.Sprintf("Nothing of %s is on record, and its source can't be read again.", at), true
	}
	return fmt.Sprintf("%s is the row of %s.", at, s.UID), false
}

// reason is the first thing that is wrong with a row, and how much else.
func (s *Story) reason(x *user.Reject) string {
	if len(x.Defects) == 0 {
		return "it can't be used"
	}
	lines := s.defects(x)
	if n := len(lines) - 1; n > 0 {
		return lines[0] + " (and " + phrase.Counted(n, "more defect") + ")"
	}
	return lines[0]
}

// userAnswer says what became of the user; "" for somebody who was not in the app and is not in
// the roster.
func (s *Story) userAnswer() string {
	switch {
	case s.Operation != nil:
		return s.operationAnswer()
	case s.Conflict != nil:
		c := s.conflict()
		return fmt.Sprintf("%s was left alone by the undo: %s.", s.UID, report.ConflictText(&c))
	case s.Rekey != nil && s.UID == s.Rekey.New:
		return s.notCreated()
	case s.Place.InApp():
		return fmt.Sprintf("%s was left alone: %s.", s.UID, s.placeText())
	case s.Held != nil:
		return fmt.Sprintf("%s was left alone: %s.", s.UID, s.heldText())
	case s.validated():
		return s.validateAnswer()
	case len(s.Rejects) > 0:
		return fmt.Sprintf("%s was not created: %s can't be used (%s).", s.UID, s.Rejects[0].Source, s.reason(&s.Rejects[0]))
	}
	row := s.used()
	switch {
	case row != nil && s.says(row, user.State) == user.Deactivated.String():
		return fmt.Sprintf("%s was not created: the app did not have the user, and %s says inactive.", s.UID, row.Source)
	case row != nil && s.Itemized:
		return fmt.Sprintf("%s was not created: the app did not have the user, and %s is outside --scope or protected.", s.UID, row.Source)
	case s.Place == plan.PlaceInactive:
		return fmt.Sprintf("%s was not created: the app did not have the user, and the roster says inactive.", s.UID)
	case s.Place == plan.PlaceApart:
		return fmt.Sprintf("%s was not created: the app did not have the user, who is outside --scope or protected.", s.UID)
	case row != nil:
		return fmt.Sprintf("%s has a row, and the record of the run has no operation on the user and does not say where it was left.%s",
			s.UID, s.planned())
	case s.Itemized && len(s.Unread) > 0:
		return fmt.Sprintf("%s was not a user of the app at that time, and the run did nothing about it.", s.UID)
	case s.Itemized:
		return ""
	}
	return fmt.Sprintf("Nothing of %s is on record: no operation, no reject. The record does not say where users were left of whom there "+
		"was nothing to do.", s.UID) + s.planned()
}

// validated says that the run only read the sources.
func (s *Story) validated() bool { return s.Run.Command == "validate" }

// validateAnswer says what a record has that only lists the rows that can't be used.
func (s *Story) validateAnswer() string {
	const alone = "The app was not contacted."
	switch {
	case s.At.File != "": // and what is wrong with it is said
		return alone
	case len(s.Rejects) > 0:
		return fmt.Sprintf("%s: %s was rejected: %s. %s", s.UID, s.Rejects[0].Source, s.reason(&s.Rejects[0]), alone)
	}
	return fmt.Sprintf("No row of %s is among those that can't be used, and a validation keeps no record of the others. %s", s.UID, alone)
}

// planned refers to the run that made an applied plan, which looked at everybody.
func (s *Story) planned() string {
	if s.PlanOf == "" {
		return ""
	}
	return fmt.Sprintf(" It applied the plan of run %s, and looked at nobody else: explain that one, by the directory with its reports.",
		s.PlanOf)
}

// used is the row that counts; nil if none is known.
func (s *Story) used() *trace.Looked {
	for i := range s.Rows {
		if s.Rows[i].Fate == trace.FateUsed {
			return &s.Rows[i]
		}
	}
	return nil
}

// says is what a row says of a field; "" for nothing.
func (s *Story) says(row *trace.Looked, f user.Field) string {
	for i := range row.Cells {
		if row.Cells[i].Field == f.String() {
			return row.Cells[i].Value
		}
	}
	return ""
}

func (s *Story) operationAnswer() string {
	r := s.report()
	o := s.Operation
	done := report.Words(o.Verb, s.undo()).Done
	would := fmt.Sprintf("%s would be %s", s.UID, done)
	wasTo := fmt.Sprintf("%s was to be %s", s.UID, done)
	said := strings.TrimRight(strings.TrimPrefix(r.Message(0), "not sent: "), ".")
	because := ""
	if said != "" {
		because = ": " + said
	}
	switch {
	case len(s.Guards) > 0:
		return fmt.Sprintf("%s, but nothing was sent: %s refused the plan.", would, report.GuardNames(s.Guards))
	case o.Withheld:
		return fmt.Sprintf("%s was left alone: the %s is withheld, since %s.", s.UID, report.Words(o.Verb, false).Noun, s.withheld())
	case r.Dry():
		return would + "; the run only planned, and sent nothing."
	case s.Result == nil || s.Result.Outcome == 0:
		switch {
		case s.Sent:
			return wasTo + ", and that was sent; what came of it is not on record."
		case s.Recorded:
			return wasTo + ", and nothing was sent: the run did not come to it."
		}
		return wasTo + "; what came of it is not on record."
	}
	switch s.Result.Outcome {
	case plan.Applied:
		if len(s.Result.Instead) > 0 {
			return fmt.Sprintf("%s was to be created, was there already, and was changed instead.", s.UID)
		}
		return fmt.Sprintf("%s was %s.", s.UID, done)
	case plan.Drifted:
		return fmt.Sprintf("%s was left alone: somebody changed the user after the plan was made%s.", s.UID, because)
	case plan.Unknown:
		return fmt.Sprintf("%s: that was sent, and nobody could find out what came of it%s.", wasTo, because)
	case plan.Failed:
		text := wasTo + ", and that failed" + because
		if deed := s.deed(); deed != "" {
			text += "; all the same " + deed
		}
		return text + "."
	}
	return fmt.Sprintf("%s was not %s%s.", s.UID, done, because)
}

// places say where the plan left users, a clause; %s is what the row of the user is
// called, or what an option has, which has to be known.
var places = map[plan.Place][2]string{
	plan.PlaceUnchanged: {"unchanged, since the app showed every managed field as the roster has it",
		"unchanged, since the app showed every managed field as %s has it"},
	plan.PlaceDeactivated: {"deactivated already, and the roster does not want it active", "deactivated already, and %s says inactive"},
	plan.PlaceUnsaid: {"it is deactivated, and the state cell of its row is empty, which keeps that; a deactivated user takes no " +
		"updates"},
	plan.PlaceOutOfScope: {"outside the scope of the run", "outside --scope %s"},
	plan.PlaceProtected:  {"protected", "protected, by --protect %s or the protect list"},
	plan.PlaceAgent:      {"protected, since its role says that it is one of the service's AI agents; --manage-agents lifts that"},
	plan.PlaceBot:        {"protected, since it is one of the app's bots; --manage-agents lifts that"},
	plan.PlaceKept:       {"the roster lacks it, and --missing keep leaves it"},
	plan.PlaceStranger: {"the roster lacks it, and so did that of every good run on record before, so --missing known leaves it as " +
		"a stranger"},
	plan.PlaceConflict:  {"it was changed since the run that is undone"},
	plan.PlaceUntouched: {"the run that is undone did nothing to it that is taken back"},
}

// placeText says where the plan left the user.
func (s *Story) placeText() string {
	known := ""
	if row := s.used(); row != nil {
		known = row.Source.String()
	}
	switch s.Place {
	case plan.PlaceUnchanged:
		if s.undo() {
			return "it was as before the run that is undone already"
		}
	case plan.PlaceHeld, plan.PlaceOddUID, plan.PlaceOddName, plan.PlaceOddTags, plan.PlaceOddMetadata, plan.PlaceOddProfile:
		return s.heldText()
	case plan.PlaceOutOfScope:
		known = s.option("scope")
	case plan.PlaceProtected:
		known = s.option("protect")
	case plan.PlaceLeaving:
		return s.leavingText()
	}
	text := places[s.Place]
	if known != "" && text[1] != "" {
		return fmt.Sprintf(text[1], known)
	}
	return text[0]
}

func (s *Story) heldText() string {
	if s.Held == nil {
		return "held, since a rejected row may stand for it"
	}
	pair := ""
	if k := s.Rekey; k != nil && s.UID == k.Old {
		pair = fmt.Sprintf("%s is probably its row under another uid, %s (%s, %s sure)", k.Source, k.New, report.InCommon(k, s.Options),
			report.Confidence(k))
		if s.Held.Source == k.Source {
			return "held, since " + pair
		}
		pair = "; and " + pair
	}
	if s.Held.Because == user.Unmanageable {
		return "held, since its " + strings.TrimPrefix(s.Place.String(), "unmanageable ") +
			" can't be managed as the app shows it; look at it in the dashboard, or ask CometChat's support"
	}
	text := fmt.Sprintf("held, since %s could not be used", s.Held.Source)
	var row *user.Reject
	for i := range s.Rejects {
		if s.Rejects[i].Source == s.Held.Source {
			row = &s.Rejects[i]
			text += " (" + s.reason(row) + ")"
			break
		}
	}
	if s.Held.Because > user.SameUID {
		text += " and may stand for it: " + report.HeldBy(s.Held, row, s.Options)
	}
	return text + pair
}

// notCreated says that the user is probably one whom the app has.
func (s *Story) notCreated() string {
	k := s.Rekey
	not := "was not created"
	if s.report().Dry() {
		not = "would not be created"
	}
	return fmt.Sprintf("%s %s: %s is probably the row of %s, whom the app has and the roster lacks (%s, %s sure).",
		s.UID, not, k.Source, k.Old, report.InCommon(k, s.Options), report.Confidence(k))
}

func (s *Story) undo() bool { return s.Undoes != "" || s.Run.Command == "undo" }

// rules are the reasons of operations, as they were looked at.
var rules = map[plan.Reason]string{
	plan.Differs:   "active in the app and in the roster, and managed fields differ",
	plan.Missing:   "in the roster, and not in the app",
	plan.Absent:    "active in the app, and no row of the roster has this uid",
	plan.StateSays: "active in the app, and the state cell of its row says inactive",
	plan.InRoster:  "deactivated in the app, and in a roster that has no state column",
}

// rule is what the plan went by.
func (s *Story) rule() string {
	if o := s.Operation; o != nil {
		rule, since := rules[o.Reason], ""
		if s.Gone != nil && o.Reason == plan.Absent {
			since = phrase.Sprintf(", in %d good runs in a row since %s", s.Gone.Runs, s.Run.Zone.Moment(s.Gone.Since))
		}
		if o.Reason == plan.StateSays && o.Verb == plan.Reactivate {
			return "deactivated in the app, and the state cell of its row says active"
		}
		return cmp.Or(rule, report.Why(o)) + since
	}
	const noRow = "nobody is deactivated or changed because of a row that can't be used"
	if k := s.Rekey; k != nil {
		rule := "of two users who are probably one person, neither is deactivated nor created until somebody has said whether they are"
		if s.Held != nil && s.Held.Source != k.Source {
			rule = noRow + "; and " + rule
		}
		return rule
	}
	if s.Held != nil && s.Held.Because == user.Unmanageable {
		return "nothing is sent to a user of whom the app shows what the service does not write"
	}
	switch s.Place {
	case plan.PlaceUnchanged:
		return "an update that changes nothing is never sent"
	case plan.PlaceHeld:
		return noRow
	case plan.PlaceOutOfScope, plan.PlaceProtected, plan.PlaceAgent, plan.PlaceBot:
		return "who is outside the scope or protected is never written; that is decided before anything is compared"
	case plan.PlaceConflict:
		return "an undo does not write over what somebody changed since"
	}
	return ""
}

// options are those that mattered here, as they would be given.
func (s *Story) options() []string {
	matter := map[string]bool{}
	for i := range s.Rows {
		row := &s.Rows[i]
		matter["duplicates"] = matter["duplicates"] || len(row.Shares) > 0
		for j := range row.Cells {
			c := &row.Cells[j]
			matter["empty"] = matter["empty"] || c.Reading == trace.ReadKeeps || c.Reading == trace.ReadClears
			matter["uid-rewrite"] = matter["uid-rewrite"] ||
				c.Field == user.UID.String() && (len(c.Repairs) > 0 || c.Reading == trace.ReadUnusable)
		}
	}
	if o := s.Operation; o != nil {
		matter["missing"] = o.Reason == plan.Absent
		for _, c := range o.Changes {
			matter["tags"] = matter["tags"] || c.Field == user.Tags
			matter["metadata"] = matter["metadata"] || c.Field == user.Metadata
		}
	}
	matter["missing"] = matter["missing"] || s.Place.Counted() == plan.PlaceKept
	matter["grace-runs"] = s.Place == plan.PlaceLeaving
	matter["grace-hours"] = s.Place == plan.PlaceLeaving
	matter["scope"] = s.Place == plan.PlaceOutOfScope
	matter["protect"] = s.Place == plan.PlaceProtected
	var words []string
	for _, name := range slices.Sorted(maps.Keys(matter)) {
		if value := s.option(name); matter[name] && value != "" {
			words = append(words, "--"+name+" "+value)
		}
	}
	return words
}

// option is an option of the plan; "" if it was not given.
func (s *Story) option(name string) string {
	return strings.Join(s.Options.Values(name), ", ")
}

// leavingText says why the user stays for now, and until when, a clause.
func (s *Story) leavingText() string {
	l := s.Leaving
	if l == nil {
		return "the roster lacks it, not for long enough yet"
	}
	text := phrase.Sprintf("the roster lacks it, in %d of the %d good runs in a row that --grace-runs asks for", l.Runs, l.Of)
	if at := report.AbsentSince(l, s.Run.Zone); at != "" {
		text += ", since " + at
	}
	return text + "; it " + report.Goes(l, s.Run.Zone)
}
