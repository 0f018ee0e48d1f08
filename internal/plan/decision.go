package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/enum"
	"cometsync/internal/user"
)

// Decision is what a reviewer made of an operation.
type Decision uint8

// The decisions. The zero value is not a decision.
const (
	Undecided Decision = iota
	Apply              // carry it out
	Hold               // not this time
	Never              // not this time, and protect the user from later runs
)

var decisionNames = enum.Names[Decision]{What: "decision", None: true, Of: []string{Apply: "apply", Hold: "hold", Never: "never"}}

func (d Decision) String() string               { return decisionNames.Name(d) }
func (d Decision) MarshalText() ([]byte, error) { return decisionNames.Text(d) }
func (d *Decision) UnmarshalText(text []byte) error {
	return decisionNames.Parse(d, []byte(strings.ToLower(strings.TrimSpace(string(text)))))
}

// Decisions is what a reviewer made of a plan.
type Decisions struct {
	File   string // where they were read from
	SHA256 string // of that file, in hexadecimal

	Of        []Decision // of each operation of the plan, by its index
	Undecided Decision   // Apply or Hold: what becomes of the others

	// Pairs are those that were decided on. Carrying a plan out as it was reviewed
	// leaves both users of each alone; the next plan goes by what was decided.
	Pairs   DecidedPairs
	OfPairs []string // of each pair of the plan, by its index; nil if none was decided on

	// Rejects are rows of the file that can't be used: an unknown word, a user
	// whom the plan does not have, a cell that is not a decision and was edited.
	// The operation that such a row is about is not carried out; Rejected holds
	// its index.
	Rejects  []user.Reject
	Rejected map[int]bool

	Notices []user.Notice
}

// DecidedPairs is how many pairs were decided to be one person, and two.
type DecidedPairs struct {
	Same      int `json:"same"`
	Different int `json:"different"`
}

// The codes of operations that decisions keep from being sent.
const (
	CodeHold           = "decided-hold"
	CodeNever          = "decided-never"
	CodeUndecided      = "undecided"
	CodeDoneBefore     = "done-before" // carried out by an earlier apply of the plan
	CodeDecisionReject = "decision-reject"
)

// Result reports whether the decisions keep an operation from being carried out,
// and as what it is then reported.
func (d *Decisions) Result(i int) (r Result, kept bool) {
	r = Result{Outcome: Skipped}
	of := d.Of[i]
	switch {
	case d.Rejected[i]:
		r.Code, r.Message = CodeDecisionReject, "its row in "+d.File+" can't be used; see the rejected decisions"
	case of == Hold:
		r.Code, r.Message = CodeHold, "held back by a decision"
	case of == Never:
		r.Code, r.Message = CodeNever, "never to be done, by a decision; the user is protected from now on"
	case of == Undecided && d.Undecided != Apply:
		r.Code, r.Message = CodeUndecided, d.File+" has no decision on it"
	default:
		return Result{}, false
	}
	return r, true
}

// Decided says that decisions kept the operation from being sent.
func (r *Result) Decided() bool {
	return r.Outcome == Skipped && slices.Contains([]string{CodeHold, CodeNever, CodeUndecided, CodeDecisionReject}, r.Code)
}

// Count is how many operations have a decision; of Undecided, how many have
// none. Rejected ones are not counted.
func (d *Decisions) Count(of Decision) int {
	n := 0
	for i, have := range d.Of {
		if have == of && !d.Rejected[i] {
			n++
		}
	}
	return n
}

// ID names an operation of this plan, so that a decision which was made on
// another plan is not taken for one on this: 16 hexadecimal digits out of the
// run that made the plan, the verb and the uid. It tells nothing of values.
func (p *Plan) ID(o *Operation) string {
	id := p.id(o)
	return string(id[:])
}

type id [16]byte // in hexadecimal

func (p *Plan) id(o *Operation) (text id) {
	var room [128]byte
	b := appendQuoted(room[:0], p.Run)
	b = append(append(append(b, ' '), o.Verb.String()...), ' ')
	sum := sha256.Sum256(appendQuoted(b, o.UID))
	hex.Encode(text[:], sum[:8])
	return text
}

// appendQuoted is strconv.AppendQuote, which takes longer than the hash for what has nothing
// to be escaped, as nearly all uids.
func appendQuoted(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return strconv.AppendQuote(b, s)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}
