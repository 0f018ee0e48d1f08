package apply

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
)

// vault takes tokens.
type vault struct {
	mu     sync.Mutex
	tokens map[string]string
	full   error
}

func (v *vault) keep(o *Options) {
	v.tokens = map[string]string{}
	o.Tokens = func(uid, token string) error {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.tokens[uid] = token
		return v.full
	}
}

// TestTokens gives a token to each user that the run made, and to nobody else.
func TestTokens(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []string
		change func(*Options)
		asked  int // of their own
		tokens int
		none   int
	}{
		{name: "by the answer", change: func(*Options) {}, tokens: 20},
		{name: "by import", change: byImport, asked: 20, tokens: 20},
		{name: "after lost answers", faults: []string{"create:cut-after=1"}, change: func(*Options) {}, asked: 20, tokens: 20},
		// and no more are asked for
		{name: "that fail", faults: []string{"token:500=1"}, change: byImport, asked: maxTokenFailures, none: 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Faults: faults(t, c.faults...)}, users("x", 1, "")...)
			var v vault
			p := newPlan(append(many(plan.Create, "c", 20), many(plan.Create, "x", 1)...)...)
			results, err := w.run(t.Context(), p, c.change, v.keep)
			if err != nil || count(results, plan.Applied) != 20 || results[20].Message != notOurs {
				t.Fatalf("%v: %v", err, outcomes(results))
			}
			asked, none := 0, 0
			for _, r := range w.seen {
				if strings.HasSuffix(r.uid, "/auth_tokens") {
					asked++
				}
			}
			for i, r := range results {
				uid := p.Operations[i].UID
				if r.Code == plan.CodeNoToken {
					none++
					if !strings.Contains(r.Message, "no auth token could be had: ") || r.Kind != plan.NoFailure {
						t.Errorf("%s is %+v", uid, r)
					}
				} else if got := v.tokens[uid]; strings.HasPrefix(got, uid+"_") != r.Did.Has(plan.Create) {
					t.Errorf("the token of %s is %q", uid, got)
				}
			}
			if asked != c.asked || len(v.tokens) != c.tokens || none != c.none {
				t.Errorf("%d asked, %d got, %d told of as missing", asked, len(v.tokens), none)
			}
		})
	}
}

// TestTokensBreakNothing, however many of them can't be had: the users are there.
func TestTokensBreakNothing(t *testing.T) {
	for _, call := range []string{"import", "create"} {
		list := []string{"token:500=1"}
		if call == "create" {
			list = append(list, "create:empty=20%") // so that some tokens are asked for
		}
		w := newWorld(t, sandbox.Config{Faults: faults(t, list...), Seed: 2}, users("d", 3, "")...)
		var v vault
		p := newPlan(append(many(plan.Create, "c", 200), many(plan.Deactivate, "d", 3)...)...)
		results, err := w.run(t.Context(), p, v.keep, func(o *Options) { o.Import = call == "import" })
		if err != nil || count(results, plan.Applied) != 203 || len(w.stops) > 0 {
			t.Errorf("%s: %v, %v, %+v", call, err, outcomes(results), w.stops)
		}
		asked := 0
		for _, r := range w.seen {
			if strings.HasSuffix(r.uid, "/auth_tokens") {
				asked++
			}
		}
		// Those under way together may fail together.
		if asked < maxTokenFailures || asked > maxTokenFailures+8 {
			t.Errorf("%s: %d tokens were asked for", call, asked)
		}
	}
}

// TestTokensUnwritten stop the run.
func TestTokensUnwritten(t *testing.T) {
	full := errors.New("no space left on device")
	v := vault{full: full}
	w := newWorld(t, sandbox.Config{})
	results, err := w.run(t.Context(), newPlan(many(plan.Create, "c", 20)...), v.keep, func(o *Options) { o.Concurrency = 1 })
	if !errors.Is(err, full) || count(results, plan.Applied) != 1 || results[0].Code != plan.CodeNoToken ||
		count(results, plan.Skipped) != 19 {
		t.Errorf("%v: %v, %+v", err, outcomes(results), results[0])
	}
	if strings.Contains(fmt.Sprint(results), v.tokens["c000"]) {
		t.Error("a token is in a result")
	}
}

// TestTokenOfFailure is told besides what failed.
func TestTokenOfFailure(t *testing.T) {
	w := newWorld(t, sandbox.Config{Faults: faults(t, "create:drop=metadata", "token:500=1")})
	var v vault
	r := w.one(full(many(plan.Create, "c", 1))[0], v.keep)
	if r.Outcome != plan.Failed || r.Code != plan.CodeDidNotStick || len(v.tokens) != 1 {
		t.Errorf("%+v, %v", r, v.tokens)
	}
	w = newWorld(t, sandbox.Config{Faults: faults(t, "create:cut-after=1", "update:500=1", "create:drop=metadata", "token:500=1")})
	r = w.one(full(many(plan.Create, "c", 1))[0], v.keep)
	if !r.Did.Has(plan.Create) || r.Outcome != plan.Unknown ||
		!strings.HasSuffix(strings.SplitAfter(r.Message, "no auth token could be had")[0], "; and no auth token could be had") {
		t.Errorf("%+v", r)
	}
}
