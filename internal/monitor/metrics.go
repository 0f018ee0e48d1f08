package monitor

import (
	"os"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"cometsync/internal/plan"
)

const lastSuccess = "cometsync_last_success_timestamp_seconds"

// WriteMetrics writes the file that the node exporter's textfile collector reads,
// whole or not at all and for everybody to read (0644), as the exporter is another
// user and nothing in it is private. What a run did not come to know is left out.
// The time of the last success stays what it was in the file after a run that
// had none.
func WriteMetrics(file string, r *Run) error {
	labels := prometheus.Labels{"app": r.App, "region": r.Region}
	all := prometheus.NewRegistry()
	vector := func(name, help string, by ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels}, by)
		all.MustRegister(g)
		return g
	}
	set := func(name, help string, value float64) { vector(name, help).WithLabelValues().Set(value) }
	known := func(name, help string, value *int) {
		if value != nil {
			set(name, help, float64(*value))
		}
	}

	ended := float64(r.Ended.UnixMilli()) / 1000
	set("cometsync_last_run_timestamp_seconds", "When the last run ended.", ended)
	success, had := ended, true
	if r.Exit != 0 {
		success, had = readSuccess(file, labels)
	}
	if had {
		set(lastSuccess, "When the last run that exited with 0 ended.", success)
	}
	set("cometsync_last_run_exit_code", "The exit status of the last run.", float64(r.Exit))
	set("cometsync_last_run_duration_seconds", "How long the last run took.", r.Took.Seconds())
	set("cometsync_last_run_requests", "How many requests the last run sent to the API.", float64(r.Requests))
	set("cometsync_last_run_throttled_seconds", "For how long the API had requests of the last run wait.", r.Throttled.Seconds())
	known("cometsync_roster_users", "How many users the roster had.", r.Roster)
	known("cometsync_rejects", "How many rows of the roster could not be used.", r.Rejects)
	if p := r.Plan; p != nil {
		set("cometsync_held", "How many users were held, because a row that could not be used may stand for them.", float64(p.Held))
		set("cometsync_leaving", "How many users are deactivated once they have been absent from more runs.", float64(p.Leaving))
		users := vector("cometsync_app_users", "How many users the app had when the run began, before its own changes.", "state")
		users.WithLabelValues("active").Set(float64(p.Active))
		users.WithLabelValues("deactivated").Set(float64(p.Deactivated))
		operations := vector("cometsync_operations", "How many operations the last run planned, by what became of them.", "verb", "outcome")
		for _, v := range plan.Verbs() {
			for o := plan.Applied; o <= plan.Unknown; o++ {
				operations.WithLabelValues(v.String(), o.String()).Set(float64(p.Outcomes[v][o]))
			}
		}
		guards := func(name, help string, those []string) {
			all := vector(name, help, "guard")
			for _, guard := range plan.GuardNames() {
				if g := all.WithLabelValues(guard); slices.Contains(those, guard) {
					g.Set(1)
				}
			}
		}
		guards("cometsync_guard_tripped", "Whether a guard refused the last run, or withheld a part of it.", p.Guards)
		guards("cometsync_guard_foreseen", "Whether a guard will refuse the run in which those go who began to leave in the last one.",
			p.Foreseen)
	}
	return prometheus.WriteToTextfile(file, all)
}

// readSuccess is the time of the last success in a file that an earlier run
// wrote. A file that can't be read as such says nothing.
func readSuccess(file string, labels prometheus.Labels) (seconds float64, had bool) {
	f, err := os.Open(file)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(f)
	if err != nil {
		return 0, false
	}
	for _, m := range families[lastSuccess].GetMetric() {
		if alike(m.GetLabel(), labels) {
			return m.GetGauge().GetValue(), true
		}
	}
	return 0, false
}

func alike(have []*dto.LabelPair, want prometheus.Labels) bool {
	for _, l := range have {
		if want[l.GetName()] != l.GetValue() {
			return false
		}
	}
	return true
}
