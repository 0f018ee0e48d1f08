package report

import (
	"cometsync/internal/user"
)

// What the tests look at of the inside.
const ResultCount = resultCount

var (
	AsRead = asRead
	Span   = span
)

func (r *Report) MainCause() string                        { return r.mainCause() }
func (r *Report) Stopped(i int) bool                       { return r.stopped(i) }
func (r *Report) Remarks() []user.Notice                   { return r.remarks }
func (r *Report) HeldAlone() (n, before int, first []Held) { return r.heldAlone() }
func (r *Report) Applied() string                          { return r.applied() }

// RowsByCause is how many rejects each cause has.
func (r *Report) RowsByCause() (rows []int) {
	for i := range r.causes {
		rows = append(rows, r.causes[i].rows)
	}
	return rows
}

// Missing is how many rejects want nothing but a role.
func (r *Report) Missing() int { return r.missing().rows }
