package apply

import (
	"math"
	"slices"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// TestExpect counts what a run then sends.
func TestExpect(t *testing.T) {
	status := func(ops []plan.Operation) []plan.Operation {
		for i := range ops {
			if i%2 == 0 {
				ops[i].Changes = append(ops[i].Changes, plan.Change{Field: user.StatusMessage, After: `"hi"`})
			}
		}
		return ops
	}
	for _, c := range []struct {
		name   string
		n      int
		change func(*Options)
	}{
		{"usual", 60, func(*Options) {}},
		{"careless", 60, func(o *Options) { *o = careless(*o) }},
		{"few", 2, func(*Options) {}},
		{"none", 0, func(*Options) {}},
		{"import", 120, func(o *Options) { o.Import = true }},
		{"import with tokens", 60, func(o *Options) { o.Import = true; o.Tokens = func(string, string) error { return nil } }},
		{"tokens", 60, func(o *Options) { o.Tokens = func(string, string) error { return nil } }},
		{"known", 60, func(o *Options) {
			o.Known = func(o *plan.Operation) (string, bool) { return "before", o.UID >= "u050" }
		}},
	} {
		p, lines := mixed(c.n)
		p.NewRoles = []string{"chef"}
		if c.n > 0 {
			status(p.Operations[c.n : 2*c.n])
			p.Operations = append(p.Operations, plan.Operation{Verb: plan.Deactivate, UID: "w", Withheld: true})
			p.Withholdings = []plan.Withholding{{Verb: plan.Deactivate, Guard: plan.Guard{Message: "why"}}}
		}
		w := newWorld(t, sandbox.Config{}, lines...)
		opt := w.options([]func(*Options){careful, c.change})
		e := Expect(p, opt, plan.Rates{Core: math.Inf(1), Standard: math.Inf(1), Import: math.Inf(1)})
		b := newBook(t)
		results, err := Run(t.Context(), p, w.client, b, opt)
		if err != nil || count(results, plan.Applied)+count(results, plan.Withheld)+count(results, plan.Skipped) != len(p.Operations) {
			t.Fatalf("%s: %v: %v", c.name, err, outcomes(results))
		}
		if e.Requests != len(w.seen) || e.Duration != 0 {
			t.Errorf("%s: %d requests and %s were expected, and %d were sent", c.name, e.Requests, e.Duration, len(w.seen))
		}
	}
}

// TestExpectDuration takes the slower budget of each stage, one stage after the other.
func TestExpectDuration(t *testing.T) {
	p := newPlan(slices.Concat(many(plan.Create, "c", 600), many(plan.Update, "u", 3000), many(plan.Deactivate, "d", 250))...)
	for _, c := range []struct {
		rates plan.Rates
		opt   Options
		want  time.Duration
	}{
		{plan.Rates{Core: 100, Standard: 1000, Import: 60}, careless(Options{}), 6*time.Minute + 6*time.Second},
		{plan.Rates{Core: 1000, Standard: 1000, Import: 60}, careless(Options{}), 3*time.Minute + 600*time.Millisecond},
		{plan.Rates{Core: 1000, Standard: math.Inf(1), Import: 2}, careless(Options{Import: true}), 6*time.Minute + 600*time.Millisecond},
		{plan.Rates{Core: math.Inf(1), Standard: math.Inf(1)}, Options{}, 0},
		{plan.Rates{}, Options{}, 0},
	} {
		if got := Expect(p, c.opt, c.rates).Duration.Round(time.Millisecond); got != c.want {
			t.Errorf("at %+v: %s, want %s", c.rates, got, c.want)
		}
	}
}
