package apply

import (
	"strings"
	"testing"
	"testing/synctest"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

func revoking(o *Options) { o.RevokeTokens = true }

// TestRevokeTokens takes each user's tokens before the user is deactivated, and
// leaves active whose can't be taken.
func TestRevokeTokens(t *testing.T) {
	const n = 40
	for _, c := range []struct {
		name               string
		faults             []string
		attempts           int
		done, revoked      int
		revocations, batch string // outcomes of those that are not done
	}{
		{name: "of all", done: n, revoked: n},
		{name: "whose answer is lost", faults: []string{"revoke:cut-after=100%,times=2"}, attempts: 3, done: n, revoked: n},
		{name: "that is refused once", faults: []string{"revoke:code=ERR_BAD_REQUEST,times=1"}, done: n - 1, revoked: n - 1,
			batch: "could not be revoked"},
		{name: "for which the answer stays lost", faults: []string{"revoke:cut-after=100%,times=1"}, attempts: 1, done: n - 1,
			revoked: n - 1, batch: "could not be revoked"},
		{name: "and the deactivation fails", faults: []string{"deactivate:code=ERR_UID_DELETE_FAILED"}, attempts: 1, done: 0, revoked: 3},
	} {
		bubble(t, c.name, func(t *testing.T) {
			w, leave := inBubble(t, sandbox.Config{Faults: faults(t, c.faults...)}, max(1, c.attempts), users("x", n, "")...)
			defer leave()
			p := newPlan(many(plan.Deactivate, "x", n)...)
			results, err := w.run(t.Context(), p, revoking, func(o *Options) { o.Concurrency = 2 })
			if err != nil && c.done == n {
				t.Fatal(err)
			}
			done, revoked := 0, 0
			state := w.users()
			for i, r := range results {
				uid := p.Operations[i].UID
				if r.Revoked {
					revoked++
				}
				if r.Outcome == plan.Applied {
					done++
				} else if c.batch != "" && (r.Outcome != plan.Failed || !strings.Contains(r.Message, c.batch) || r.Kind == plan.InDoubt) {
					t.Errorf("%s: %+v", uid, r)
				}
				if gone := state[uid].State == user.Deactivated; gone != (r.Outcome == plan.Applied) || gone && !r.Revoked {
					t.Errorf("%s: deactivated %v, and the result is %+v", uid, gone, r)
				}
			}
			if done != c.done || c.done > 0 && revoked != c.revoked || revoked < c.revoked {
				t.Errorf("%d done, %d revoked; want %d, %d: %v", done, revoked, c.done, c.revoked, outcomes(results))
			}
			w.revokedBefore(p)
		})
	}
}

func bubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// revokedBefore checks that every uid of a batch had its tokens revoked before.
func (w *world) revokedBefore(p *plan.Plan) {
	w.t.Helper()
	for i := range p.Operations {
		uid := p.Operations[i].UID
		revocations := w.requests("DELETE", uid+"/auth_tokens")
		for _, r := range w.seen {
			if r.method != "DELETE" || !has(r.uids, uid) {
				continue
			}
			if len(revocations) == 0 || revocations[len(revocations)-1].last >= r.first {
				w.t.Errorf("%s was to be deactivated before its tokens were revoked", uid)
			}
		}
	}
}

// Users who are gone, or deactivated by somebody else, keep their tokens, and
// that is told.
func TestRevokeTokensOfNobody(t *testing.T) {
	w := newWorld(t, sandbox.Config{}, append(users("x", 4, ""), users("y", 1, deactivated)...)...)
	results, err := w.run(t.Context(), newPlan(append(many(plan.Deactivate, "x", 5), many(plan.Deactivate, "y", 1)...)...), revoking)
	if err != nil || count(results, plan.Applied) != 5 {
		t.Fatalf("%v: %v", err, outcomes(results))
	}
	if r := results[4]; r.Outcome != plan.Drifted || r.Revoked {
		t.Errorf("x004, who is not there: %+v", r)
	}
	if r := results[5]; r.Code != plan.CodeTokensKept || r.Revoked || r.Did != 0 {
		t.Errorf("y000, who is deactivated: %+v", r)
	}
}

// Who is updated first is revoked after that; and without the option nobody is.
func TestRevokeTokensAfterTheUpdate(t *testing.T) {
	for _, on := range []bool{true, false} {
		w := newWorld(t, sandbox.Config{}, users("x", 2, "")...)
		p := newPlan(many(plan.Deactivate, "x", 2)...)
		p.Operations[0].Changes = named("New")
		results, err := w.run(t.Context(), p, func(o *Options) { o.RevokeTokens = on })
		if err != nil || count(results, plan.Applied) != 2 || results[0].Revoked != on || results[1].Revoked != on {
			t.Fatalf("%v: %+v", err, results)
		}
		puts, revocations := w.requests("PUT", "x000"), w.requests("DELETE", "x000/auth_tokens")
		if len(puts) != 1 || (len(revocations) == 1) != on || on && puts[0].last >= revocations[0].first {
			t.Errorf("%v: %d updates, %d revocations", on, len(puts), len(revocations))
		}
	}
}

func TestExpectRevocations(t *testing.T) {
	p := newPlan(many(plan.Deactivate, "x", 60)...)
	without, with := Expect(p, Options{}, plan.Rates{}), Expect(p, Options{RevokeTokens: true}, plan.Rates{})
	if with.Requests != without.Requests+60 {
		t.Errorf("%d requests, and %d without", with.Requests, without.Requests)
	}
}
