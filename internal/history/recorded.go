package history

import (
	"os"
	"strings"

	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/report"
)

// Recorded is a run as its journal has it, for a report.
func Recorded(rec *journal.Record) report.Input {
	in := report.Input{
		Run: report.Run{ID: rec.Head.Run, Command: rec.Head.Command, Version: rec.Head.Version, StartedAt: rec.Head.StartedAt,
			FinishedAt: rec.LastAt},
		Target: rec.Head.Target,
		Plan:   rec.Plan,
	}
	if rec.Intake != nil {
		in.Intake = *rec.Intake
	}
	if rec.Plan == nil {
		return in
	}
	in.Plan.Target = rec.Head.Target
	in.Results = rec.Plan.Unsent()
	for i := range in.Results {
		switch {
		case rec.Results[i].Outcome != 0:
			in.Results[i] = rec.Results[i]
		case in.Results[i].Outcome == plan.Skipped && rec.Marks[i].Sent:
			in.Results[i] = plan.Result{Outcome: plan.Unknown, Kind: plan.InDoubt, Code: "in-doubt",
				Message: "sent, and its answer is not on record; the next run that writes settles it"}
		case in.Results[i].Outcome == plan.Skipped:
			in.Results[i].Code, in.Results[i].Message = "not-sent", "not sent: the run ended before; run again to finish the rest"
		}
	}
	return in
}

// Tokenless is whom a run created and whose token is not in the file that it
// was to be written to.
func Tokenless(rec *journal.Record) []string {
	if rec.Head.Tokens == "" {
		return nil
	}
	text, _ := os.ReadFile(rec.Head.Tokens) // none, if it can't be read
	have := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if uid, _, ok := strings.Cut(line, ","); ok && strings.HasSuffix(line, "\n") {
			have[uid] = true
		}
	}
	var without []string
	for i := range rec.Results {
		if uid := rec.Plan.Operations[i].UID; rec.Results[i].Did.Has(plan.Create) && !have[uid] {
			without = append(without, uid)
		}
	}
	return without
}
