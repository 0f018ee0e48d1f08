package plan

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/enum"
)

// Outcome is what became of an operation.
type Outcome uint8

// The outcomes. The zero value is invalid: every operation of a finished run has one.
const (
	noOutcome Outcome = iota
	Applied           // confirmed by the service's answer
	Failed            // refused, or confirmed not done
	Skipped           // never sent, or certainly not done: a dry run, a refusal, an interruption, a stop
	Drifted           // the remote changed since the plan; left alone
	Withheld          // a reject may stand for the user; left alone
	Unknown           // sent, and nobody could find out what came of it
)

var outcomeNames = enum.Names[Outcome]{What: "outcome", Of: []string{
	Applied: "applied", Failed: "failed", Skipped: "skipped", Drifted: "drifted", Withheld: "withheld", Unknown: "unknown",
}}

func (o Outcome) String() string                   { return outcomeNames.Name(o) }
func (o Outcome) MarshalText() ([]byte, error)     { return outcomeNames.Text(o) }
func (o *Outcome) UnmarshalText(text []byte) error { return outcomeNames.Parse(o, text) }

// FailureKind is the one meaning that a failure has.
type FailureKind uint8

// The kinds of failure. The zero value is none.
const (
	NoFailure     FailureKind = iota
	BadInput                  // the service does not take the values; correct the row
	Conflicting               // the user is not as the plan supposed: there already, gone, changed
	Forbidden                 // the key, the plan or the subscription does not allow it
	Throttled                 // refused unprocessed, for the rate of requests
	ServerFailure             // the service failed, can't be reached, or did not do what it confirmed
	InDoubt                   // sent, and nobody could find out what came of it
)

var kindNames = enum.Names[FailureKind]{What: "kind of failure", None: true, Of: []string{
	BadInput: "input", Conflicting: "conflict", Forbidden: "permission", Throttled: "throttled", ServerFailure: "server",
	InDoubt: "unknown",
}}

func (k FailureKind) String() string                   { return kindNames.Name(k) }
func (k FailureKind) MarshalText() ([]byte, error)     { return kindNames.Text(k) }
func (k *FailureKind) UnmarshalText(text []byte) error { return kindNames.Parse(k, text) }

// VerbSet is a set of verbs.
type VerbSet uint8

// VerbsOf collects verbs into a set.
func VerbsOf(verbs ...Verb) VerbSet {
	var s VerbSet
	for _, v := range verbs {
		s |= 1 << v
	}
	return s
}

// Has reports whether the set holds v.
func (s VerbSet) Has(v Verb) bool { return s&(1<<v) != 0 }

// Add puts v into the set.
func (s *VerbSet) Add(v Verb) { *s |= 1 << v }

// List is the set's verbs in order.
func (s VerbSet) List() []Verb {
	return slices.DeleteFunc(Verbs(), func(v Verb) bool { return !s.Has(v) })
}

// MarshalJSONTo writes the verbs in order.
func (s VerbSet) MarshalJSONTo(e *jsontext.Encoder) error { return json.MarshalEncode(e, s.List()) }

// UnmarshalJSONFrom reads a list of verbs.
func (s *VerbSet) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var list []Verb
	err := json.UnmarshalDecode(d, &list)
	*s = VerbsOf(list...)
	return err
}

// Result is the outcome of one operation with what is known about it.
type Result struct {
	Outcome  Outcome             `json:"outcome"`
	Attempts int                 `json:"attempts,omitzero"` // how often it was sent: requests that may change the user, repeats included
	Kind     FailureKind         `json:"kind,omitzero"`
	Status   int                 `json:"status,omitzero"`   // HTTP status of the last answer that tells of the failure; 0 is none
	Code     string              `json:"code,omitempty"`    // for what is not applied: the service's code, or one of ours
	Message  string              `json:"message,omitempty"` // what failed and what to do
	Details  map[string][]string `json:"details,omitempty"` // of a validation failure: the service's messages by field

	// Did is what is confirmed to have been done to the user, whatever the
	// outcome: a reactivation whose update then failed has Reactivate in it.
	// Without it, nothing was done, unless the outcome is Unknown.
	Did VerbSet `json:"did,omitzero"`

	// Revoked says that the user's auth tokens were revoked, which nothing brings
	// back, whatever came of the deactivation after it.
	Revoked bool `json:"revoked,omitzero"`

	// Instead is what was changed, with the values before, in a user whom a
	// create found there already; Did then holds no Create.
	Instead []Change `json:"instead,omitempty"`
}

// Attempts counts the requests of an operation.
type Attempts struct {
	Requests int // sent, repeats and read-backs included
	Writes   int // of those, all but reads
	Trouble  int // of those, answered with the service's failure, or not at all
}

// Stop is a kind of operation of which a run did not send the rest, because what had
// been sent did not go well.
type Stop struct {
	Verb    Verb   `json:"op"`
	Code    string `json:"code"`
	Message string `json:"message"` // a clause: what was stopped, after how many, why, and what to do
}

// Expected is what carrying out a plan should take if all goes well.
type Expected struct {
	Requests int           `json:"requests"`
	Duration time.Duration `json:"seconds,format:sec"` // at the rates that were asked for; less than a request takes is 0
}

// Rates is how many requests a minute may leave in each of the service's
// budgets; +Inf is no limit.
type Rates struct {
	Core     float64 `json:"core"`
	Standard float64 `json:"standard"`
	Import   float64 `json:"import"`
}

// Codes of results and stops that are ours; all others are the service's.
const (
	CodeDidNotStick       = "did-not-stick"        // confirmed by the service, and not shown by it
	CodeDidNotStickBefore = "did-not-stick-before" // not sent, since an earlier run met that
	CodeNotConfirmed      = "not-confirmed"        // an answer about many users that does not name this one
	CodeNoToken           = "no-token"             // of an applied create: its auth token is missing

	CodeUndated    = "undated"     // of an applied create: the times of its past could not be sent
	CodeTokensKept = "tokens-kept" // of an applied deactivation: its auth tokens are as they were

	CodeDrifted   = "drifted"   // the user has moved since the plan was made
	CodeAlready   = "already"   // the user is as planned already
	CodeProtected = "protected" // the user may not be written, as it is by now
	CodeUnread    = "unread"    // not sent, since the user could not be read before

	CodeDied = "died" // what a run had sent when it died, and is not known to be done

	// Of operations that were not sent.
	CodeInterrupted = "interrupted"
	CodeOutOfTime   = "out-of-time"
	CodeStopped     = "stopped" // the run as a whole, by a failure

	// Of kinds that were stopped, and of their operations that were not sent.
	CodeNotSticking = "not-sticking" // the service confirms what it does not show
	CodeBreaker     = "breaker"      // too much fails
	CodeUnhealthy   = "unhealthy"    // a kind before this one was stopped
)
