package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// TestPardon takes a breaker back that opened when all was sent, if all was
// carried out in the end; and only then.
func TestPardon(t *testing.T) {
	type number struct{} // the key of what a call counts its requests into
	for _, c := range []struct {
		name   string
		n      int // updates, each with a request that was failed and repeated: the 25th opens the breaker
		both   int // more that are then to be deactivated
		failed string
		sample int
		wrong  string // who is read as somebody else
		stop   string
		want   map[plan.Outcome]int
	}{
		{name: "all well in the end", n: 25, sample: -1, want: map[plan.Outcome]int{plan.Applied: 30}},
		{name: "and read since", n: 25, want: map[plan.Outcome]int{plan.Applied: 30}},
		{name: "and then deactivated", n: 20, both: 5, want: map[plan.Outcome]int{plan.Applied: 25}},
		{name: "one kept back", n: 26, sample: -1, stop: plan.CodeBreaker, want: map[plan.Outcome]int{plan.Applied: 25, plan.Skipped: 6}},
		{name: "one kept back that is to be deactivated", n: 25, both: 1, sample: -1, stop: plan.CodeBreaker,
			want: map[plan.Outcome]int{plan.Applied: 25, plan.Skipped: 5}},
		{name: "one failed", n: 25, failed: "u011", stop: plan.CodeBreaker, want: map[plan.Outcome]int{plan.Applied: 24, plan.Failed: 1,
			plan.Skipped: 5}},
		{name: "one is gone", n: 25, failed: "u024 gone", stop: plan.CodeBreaker,
			want: map[plan.Outcome]int{plan.Applied: 24, plan.Drifted: 1,
				plan.Skipped: 5}},
		{name: "found wanting", n: 25, sample: 25, wrong: "u017", stop: plan.CodeNotSticking, want: map[plan.Outcome]int{plan.Applied: 24,
			plan.Failed: 1, plan.Skipped: 5}},
	} {
		deactivated := map[string]bool{}
		remote := liar(t, func(uid string) (user.User, bool, error) {
			u := user.User{UID: uid, Name: "New " + uid, State: user.Active}
			if uid == c.wrong {
				u.Name = "Else"
			}
			if deactivated[uid] {
				u.State = user.Deactivated
			}
			return u, true, nil
		})
		remote.deactivate = func(_ context.Context, uids []string) (plan.Batch, error) {
			for _, uid := range uids {
				deactivated[uid] = true
			}
			return plan.Batch{Done: uids}, nil
		}
		remote.update = func(ctx context.Context, u user.User) (user.User, error) {
			a := ctx.Value(number{}).(*plan.Attempts)
			a.Requests, a.Trouble = a.Requests+2, a.Trouble+1
			if who, gone := strings.CutSuffix(c.failed, " gone"); who == u.UID {
				return user.User{}, &failure{code: "NO", kind: plan.BadInput, notFound: gone}
			}
			return u, nil
		}
		ops := slices.Concat(many(plan.Update, "u", c.n), many(plan.Deactivate, "d", 5))
		for i := range c.both {
			ops[c.n+i].Changes = named("New " + ops[c.n+i].UID)
		}
		var stops []plan.Stop
		results, err := remote.run(Options{Canaries: -1, Sample: c.sample,
			Stopped: func(s plan.Stop) { stops = append(stops, s) },
			Attempts: func(ctx context.Context, n *plan.Attempts) context.Context {
				return context.WithValue(ctx, number{}, n)
			}}, ops...)
		if err != nil || fmt.Sprint(outcomes(results)) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, %v, want %v", c.name, err, outcomes(results), c.want)
		}
		switch {
		case c.stop == "":
			if len(stops) > 0 || len(deactivated) != 5 {
				t.Errorf("%s: stopped %+v, %d deactivated", c.name, stops, len(deactivated))
			}
		case len(stops) != 2 || stops[0].Verb != plan.Update || stops[0].Code != c.stop || stops[1].Code != plan.CodeUnhealthy ||
			len(deactivated) > 0:
			t.Errorf("%s: stopped %+v, %d deactivated", c.name, stops, len(deactivated))
		}
	}
}
