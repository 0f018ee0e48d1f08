package explain

import (
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

// decision says what a reviewer made of the operation.
func (s *Story) decision() string {
	switch {
	case s.DecidedBy == "":
		return ""
	case s.Decision == plan.Undecided:
		return "none in " + s.DecidedBy
	}
	return s.Decision.String() + ", in " + s.DecidedBy
}

// sent reports whether and how the operation went out.
func (s *Story) sent() string {
	attempts := 0
	if s.Result != nil {
		attempts = s.Result.Attempts
	}
	switch {
	case s.Sent || !s.Recorded && attempts > 0:
		noun := report.Words(s.Operation.Verb, false).Noun
		text := "one of " + phrase.Counted(s.Planned, noun)
		if s.Planned <= 1 {
			text = "the only " + noun
		}
		if attempts > 0 {
			text += ", in " + phrase.Counted(attempts, "request")
		}
		return text
	case s.Recorded || s.report().Unsent():
		return "nothing"
	}
	return "not on record"
}

// deed says what was done although the operation did not succeed; "" for nothing.
func (s *Story) deed() string {
	v := report.DeedOf(s.Result)
	if v == 0 {
		return ""
	}
	return "the user " + report.Words(v, false).Became(1) + ", but not as planned"
}

// answered says what the service answered, and to what that came.
func (s *Story) answered() (string, []string) {
	if s.Result == nil || s.Result.Outcome == 0 || s.report().Unsent() {
		return "", nil
	}
	r := s.report()
	result := s.Result
	text := result.Outcome.String()
	switch {
	case s.Settled:
		text += ", found out by a later run that read the user"
	case result.Outcome == plan.Applied:
		text += ", confirmed by the service's answer"
	}
	var items []string
	if message := r.Message(0); message != "" {
		items = append(items, message)
	}
	var words []string
	if result.Status > 0 {
		words = append(words, fmt.Sprintf("HTTP status %d", result.Status))
	}
	if result.Code != "" && result.Code != result.Outcome.String() {
		words = append(words, "code "+result.Code)
	}
	if len(words) > 0 {
		items = append(items, strings.Join(words, ", "))
	}
	for _, field := range slices.Sorted(maps.Keys(result.Details)) {
		items = append(items, field+": "+r.WithoutPrivate(0, strings.Join(result.Details[field], "; ")))
	}
	if deed := s.deed(); deed != "" {
		items = append(items, deed)
	}
	if result.Revoked {
		items = append(items, "the user's auth tokens were revoked, for good")
	}
	return text, items
}

func (s *Story) decidePair() string {
	return "copy " + report.RekeyName + " of the run's reports beside your configuration, write " + user.TwoPeople +
		" into its column decision if they are two people (empty means: one person)" + report.RekeyThen
}

// next is what to do now; "" for nothing.
func (s *Story) next() string {
	switch {
	case len(s.Guards) > 0:
		return plan.Remedy(s.Guards, !s.undo()) + ", then run again"
	case len(s.Rejects) > 0 || slices.ContainsFunc(s.Rows, func(row trace.Looked) bool { return row.Reject != nil }):
		if s.Rekey != nil {
			return "correct the row at its source, " + s.decidePair()
		}
		return "correct the row at its source, then run again"
	case s.Rekey != nil:
		return s.decidePair()
	case s.Leaving != nil:
		return "nothing, if the user is to go; else give it its row in the roster again, or protect it with --protect " + s.UID
	case s.Conflict != nil && !s.Conflict.Gone:
		return "decide by hand about this user"
	case s.Operation == nil:
		return ""
	case s.Operation.Withheld:
		if w := s.report().Plan.WithholdingOf(s.Operation.Verb); w != nil && w.Allow != "" {
			return report.Settle(w)
		}
		return "resolve the reason why it is withheld, then run again"
	case s.Target.Roster != "":
		return "plan against the app to make this change there"
	case s.report().Dry():
		return "apply the plan to make this change"
	case s.Result == nil:
		return "run again: it starts from what the app shows then, and does nothing twice"
	}
	if s.Result.Outcome == plan.Skipped {
		switch s.Result.Code {
		case plan.CodeHold, plan.CodeUndecided:
			return "decide apply, and apply the plan again, or plan again"
		case plan.CodeDoneBefore:
			return ""
		case plan.CodeNever:
			return "take the user off the protect list if this is to be done after all"
		case plan.CodeDecisionReject:
			return "correct the decision's row, and apply the plan again"
		}
	}
	if c, ok := report.CauseOf(s.Result); ok {
		return c.Todo()
	}
	if s.Result.Outcome == plan.Skipped {
		return "run again: what is done is not done twice"
	}
	return ""
}
