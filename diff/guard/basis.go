package guard

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"cometsync/internal/plan"
)

// Basis is what the guards go by: the limits that were set, and what earlier runs
// left, nil and none where nothing is on record.
type Basis struct {
	Max   Limits
	Allow plan.Allowances // guards that may trip, each at just this number

	Past         *plan.Past
	Earlier      func(least int) []plan.Earlier      // within EarlierWithin, the latest first
	Last         func() (last []plan.Done, let bool) // what the last good run planned, and what came of it; an --allow let it through
	Now          time.Time                           // when this run began
	MaxSourceAge time.Duration                       // 0: any
}

// Limits bound how much one plan may do. The zero Limit is none.
type Limits struct {
	Create, Update, Deactivate, Reactivate, FieldChanges, Rejects Limit
}

// Limit is a count or a percentage, or auto: what the guard has of its own.
type Limit struct {
	auto bool
	set  bool
	threshold
}

// Auto is the limit that a guard has of its own.
var Auto = Limit{auto: true}

// ParseLimit reads "25", "10%", "none" or "auto". Nothing at all is an error: a variable
// that happens to be empty must not take a limit away.
func ParseLimit(s string) (Limit, error) {
	s = strings.TrimSpace(s)
	switch s {
	case "none":
		return Limit{}, nil
	case "auto":
		return Auto, nil
	}
	number, percent := strings.CutSuffix(s, "%")
	number = strings.TrimSpace(number)
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || strings.Trim(number, "0123456789.") != "" || !percent && v != math.Trunc(v) {
		return Limit{}, fmt.Errorf("%q is neither a count (25), nor a percentage (10%%), nor none, nor auto", s)
	}
	l := Limit{set: true}
	if percent {
		l.percent = v
	} else {
		l.least = int(min(v, math.MaxInt32))
	}
	return l, nil
}

// UnmarshalText is ParseLimit.
func (l *Limit) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLimit(string(text))
	return err
}

// Of is the count that the limit allows out of all, percentages rounded up; ok is
// false for no limit.
func (l Limit) Of(all int) (n int, ok bool) { return l.of(all), l.set }
