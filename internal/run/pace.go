package run

import (
	"math"
	"time"

	"cometsync/internal/plan"
	"cometsync/report"
)

// maxStretches is how many stretches of an application are told apart.
const maxStretches = 240

// watchPace counts the requests of each stretch of an application until the
// returned function is called. A long application has longer stretches.
func (r *Run) watchPace() (stop func()) {
	limit := r.rateOfPlan()
	if math.IsInf(limit, 1) {
		limit = 0
	}
	done, ended := make(chan struct{}), make(chan struct{})
	pace := report.Pace{Every: time.Second, Limit: limit}
	go func() {
		defer close(ended)
		tick := time.NewTicker(pace.Every)
		defer tick.Stop()
		before := r.Connection.Stats().Requests
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			now := r.Connection.Stats().Requests
			pace.Requests = append(pace.Requests, int(now-before))
			before = now
			if len(pace.Requests) == maxStretches {
				pace.Requests = inPairs(pace.Requests)
				pace.Every *= 2
				tick.Reset(pace.Every)
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		r.pace = pace
	}
}

// inPairs adds up neighbours.
func inPairs(counts []int) []int {
	half := make([]int, 0, len(counts))
	for i := 0; i+1 < len(counts); i += 2 {
		half = append(half, counts[i]+counts[i+1])
	}
	return half
}

// rateOfPlan is how many requests a minute may leave for what the plan does.
func (r *Run) rateOfPlan() float64 {
	rates := r.Connection.Rates()
	limit := 0.0
	if r.Plan.Count(plan.Reactivate)+r.Plan.Count(plan.Deactivate)+r.Plan.Count(plan.Create) > 0 {
		limit += rates.Core
	}
	if r.Plan.Count(plan.Update) > 0 || limit == 0 {
		limit += rates.Standard
	}
	return limit
}
