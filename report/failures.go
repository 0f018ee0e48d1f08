package report

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/document"
)

// Cause is what an operation that was not carried out means to people: a kind
// of failure, or that the user had drifted. It is an index into causes, which
// gives the order in which they are shown.
type Cause uint8

const (
	causeInput Cause = iota
	causeConflict
	causePermission
	causeThrottled
	causeServer
	causeDied
	causeHalf
	CauseDoubt
	CauseDrift
	causeAlready
	causeProtected
	causeOther
)

// causes say what happened, and what to do about all operations of a cause.
var causes = [...]struct{ words, todo string }{
	causeInput: {"the service does not take a value", "correct the values at their source and run again"},
	causeConflict: {"the user is not as the plan supposed: there already, gone or changed",
		"run again: the next plan starts from how these users are then"},
	causePermission: {"the key or the app's subscription does not allow it",
		"check that the key is the app's REST API key (fullAccess), and what its subscription allows, then run again"},
	causeThrottled: {"the service had too many requests at once, and did not process it",
		"run again later, or with a smaller --rate-share"},
	causeServer: {"the service failed, could not be reached, or did not do what it confirmed",
		"run again in a while; if it stays, look these users up in the dashboard and ask CometChat's support"},
	causeDied: {"the run died before the service had done it", "run again"},
	causeHalf: {"the run was stopped between two requests of the change", "run again to finish it"},
	CauseDoubt: {"it was sent, and nobody could find out what came of it",
		"run again: it starts from what the app shows then, and does nothing twice"},
	CauseDrift:     {"somebody changed the user after the plan was made", "run again: the next plan starts from how these users are then"},
	causeAlready:   {"the user was as planned already", "nothing is left to do for them"},
	causeProtected: {"the user is now protected or out of scope", "plan again, with other limits if they are to be changed"},
	causeOther:     {"it did not go through", "the message of each says why"},
}

var causeOfKind = map[plan.FailureKind]Cause{
	plan.NoFailure: causeOther, plan.BadInput: causeInput, plan.Conflicting: causeConflict, plan.Forbidden: causePermission,
	plan.Throttled: causeThrottled, plan.ServerFailure: causeServer, plan.InDoubt: CauseDoubt,
}

// CauseOf is why an operation was not carried out; false of an operation that was carried out, or never tried.
func CauseOf(result *plan.Result) (Cause, bool) {
	switch outcome, code := result.Outcome, result.Code; {
	case code == plan.CodeDied && (outcome == plan.Failed || outcome == plan.Skipped):
		return causeDied, true
	case outcome == plan.Drifted && code == plan.CodeAlready:
		return causeAlready, true
	case outcome == plan.Drifted && code == plan.CodeProtected:
		return causeProtected, true
	case outcome == plan.Drifted:
		return CauseDrift, true
	case outcome == plan.Unknown:
		return CauseDoubt, true
	case outcome == plan.Failed && slices.Contains([]string{plan.CodeInterrupted, plan.CodeOutOfTime, plan.CodeStopped}, code):
		return causeHalf, true
	case outcome == plan.Failed:
		return causeOfKind[result.Kind], true
	}
	return 0, false
}

// Words say what happened.
func (c Cause) Words() string { return causes[c].words }

// Todo says what to do about it.
func (c Cause) Todo() string { return causes[c].todo }

// Failure is the operations that were not carried out for one cause.
type Failure struct {
	Cause
	Operations []int // in reading order
}

// String is the failure as a heading.
func (f *Failure) String() string {
	return fmt.Sprintf("%s: %s", phrase.Counted(len(f.Operations), "change"), f.Words())
}

// fail groups what was not carried out by its cause.
func (r *Report) fail() {
	var by [len(causes)][]int
	for _, i := range r.InReadingOrder {
		if c, ok := CauseOf(&r.In.Results[i]); ok {
			by[c] = append(by[c], i)
		}
	}
	for c, operations := range by {
		if len(operations) > 0 {
			r.Failures = append(r.Failures, Failure{Cause(c), operations})
		}
	}
}

// byCode is operations in reading order, those that came back with one code together.
func (r *Report) byCode(concerned func(*plan.Result) bool) [][]int {
	var groups [][]int
	at := map[string]int{}
	for _, i := range r.InReadingOrder {
		result := &r.In.Results[i]
		if !concerned(result) {
			continue
		}
		n, seen := at[result.Code]
		if !seen {
			n = len(groups)
			at[result.Code], groups = n, append(groups, nil)
		}
		groups[n] = append(groups[n], i)
	}
	return groups
}

// skipped is how many operations were not sent for the reason of one code.
func (r *Report) skipped(code string) int {
	return r.results(func(x *plan.Result) bool { return x.Outcome == plan.Skipped && x.Code == code })
}

// drifted is how many users had moved in the way of one code.
func (r *Report) drifted(code string) int {
	return r.results(func(x *plan.Result) bool { return x.Outcome == plan.Drifted && x.Code == code })
}

// NotSent says what a run that was to send it did not send, and why.
func (r *Report) NotSent() []string {
	var lines []string
	for _, of := range r.byCode(func(result *plan.Result) bool {
		return result.Outcome == plan.Skipped && result.Message != "" && result.Code != plan.CodeDied && !r.Unsent()
	}) {
		first, text := of[0], phrase.Counted(len(of), "change")
		switch {
		case r.stopped(first):
			lines = append(lines, text+": "+seeHead)
			continue
		case slices.ContainsFunc(of, func(i int) bool { return r.In.Results[i].Message != r.In.Results[first].Message }):
			text += ", the first of them"
		}
		lines = append(lines, text+": "+strings.TrimPrefix(r.Said(first), "not sent: "))
	}
	return lines
}

// seeHead refers to the reason for a stop, which is too long to be repeated
// for every user.
const seeHead = "stopped, see the head of the report"

// stopped says that an operation was not sent because its kind was stopped.
func (r *Report) stopped(i int) bool {
	result := &r.In.Results[i]
	return result.Outcome == plan.Skipped && strings.HasPrefix(result.Message, "not sent") &&
		slices.ContainsFunc(r.In.Stops, func(s plan.Stop) bool { return s.Code == result.Code && s.Verb == r.Plan.Operations[i].Verb })
}

// Brief is message for a row among many: what is the same for all of a kind,
// and said elsewhere, is not repeated.
func (r *Report) Brief(i int) string {
	if r.stopped(i) {
		return "not sent: " + seeHead
	}
	return r.Message(i)
}

// remark makes notices of the codes that operations came back with although
// they were carried out, a notice for each code.
func (r *Report) remark() {
	for _, concerned := range r.byCode(func(result *plan.Result) bool { return result.Outcome == plan.Applied && result.Code != "" }) {
		code := r.In.Results[concerned[0]].Code
		text := phrase.Counted(len(concerned), "change") + " came back with " + code
		switch code {
		case plan.CodeNoToken:
			text = phrase.Counted(len(concerned), "auth token") + " could not be had"
		case plan.CodeUndated:
			text = phrase.Counted(len(concerned), "user") + " got no createdAt or lastActiveAt"
		}
		text += ": " + some(len(concerned), func(i int) document.Line {
			return document.Text(r.Plan.Operations[concerned[i]].UID)
		}).String()
		if said := r.Said(concerned[0]); said != "" {
			first := "; "
			if len(concerned) > 1 {
				first = "; of the first: "
			}
			text += first + said
		}
		r.remarks = append(r.remarks, user.Notice{Code: notice.Code(code), Message: text, Count: len(concerned)})
	}
}

// remarked is how many operations were carried out with a code.
func (r *Report) remarked(code string) int {
	for _, n := range r.remarks {
		if string(n.Code) == code {
			return n.Count
		}
	}
	return 0
}

// foundInstead begins what is said of a create that found its user there.
const foundInstead = "the user was there already, and was changed instead: "

// Message is what became of an operation in words.
func (r *Report) Message(i int) string {
	text := r.Said(i)
	instead := r.In.Results[i].Instead
	if len(instead) == 0 {
		return text
	}
	fields := make([]string, len(instead))
	for j, c := range instead {
		fields[j] = c.Field.String()
	}
	found := foundInstead + phrase.And(slices.Compact(fields))
	if text == "" {
		return found
	}
	return found + "; " + text
}

// Why fields change is known after a good run of the app. It is beside each
// change, and the summaries say how many updates have which cause: the source's,
// if it has changed anything of the user, else the configuration's, else somebody's
// in the app.

var causeBy = map[plan.Cause]string{plan.BySource: "by the source", plan.ByConfiguration: "by the configuration",
	plan.ByApp: "in the app since the last good run"}

// WhyChanged is a cause in a few words; "" is none.
func WhyChanged(c plan.Cause) string {
	return map[plan.Cause]string{plan.BySource: "the source changed", plan.ByConfiguration: "the configuration changed",
		plan.ByApp: "it was changed in the app"}[c]
}

func firstCause(changes []plan.KeyChange) (first plan.Cause) {
	for i := range changes {
		if c := changes[i].Cause; c != plan.NoCause && (first == plan.NoCause || c < first) {
			first = c
		}
	}
	return first
}

// ByCause says how many of the updates that take effect have which cause; "" if
// none is known.
func (r *Report) ByCause() string {
	var words []string
	for _, c := range plan.EveryCause() {
		if n := r.updatesBy[c]; n > 0 {
			words = append(words, fmt.Sprintf("%s %s", phrase.Thousands(n), causeBy[c]))
		}
	}
	return strings.Join(words, ", ")
}
