package cli

import (
	"context"
	"fmt"
	"slices"

	"cometsync/internal/apply"
	"cometsync/internal/events"
	"cometsync/internal/history"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// reviewed is a plan that was saved, with what was made of it since.
type reviewed struct {
	*history.SavedPlan
	decisions *plan.Decisions
	read      *plan.Past // what the run that made it read; nil if that is not beside it
	unread    bool       // it ought to be there
}

// take makes a reviewed plan the run's own. Scope, protection and how values
// are merged are as they were when the plan was made.
func (r *run) take(v *reviewed) error {
	policy, err := v.Options.Policy()
	if err != nil {
		return fmt.Errorf("%s: %w", v.Path, err)
	}
	r.policy = policy
	r.policy.Itemize = false
	r.protects = slices.Concat(v.Options.Protect, r.opt.Protect)
	if r.opt.ProtectList == "" {
		r.opt.ProtectList = v.Options.ProtectList
	}
	r.opt.CreateWith, r.opt.RevokeTokens = v.Options.CreateWith, v.Options.RevokeTokens
	r.reviewed, r.undoes = v, v.Plan.Undoes
	return r.protect()
}

// recheck makes the run's plan out of the reviewed one: what was decided
// against, what is protected, and whose users have moved since, is left.
func (r *run) recheck(ctx context.Context) error {
	if err := r.reach(ctx); err != nil {
		return err
	}
	r.policy.Bots = map[string]bool{}
	if err := r.agents(ctx); err != nil {
		return err
	}
	p, d := r.reviewed.Plan, r.reviewed.decisions
	r.left = map[int]plan.Result{}
	var never []string
	for i := range p.Operations {
		if d == nil {
			break
		}
		if d.Of[i] == plan.Never && !d.Rejected[i] {
			never = append(never, p.Operations[i].UID)
		}
		// What is withheld stays so, unless somebody wants it not to be done at all.
		if p.Operations[i].Withheld && d.Of[i] != plan.Hold && d.Of[i] != plan.Never {
			continue
		}
		if result, kept := d.Result(i); kept {
			r.left[i] = result
		}
	}
	if len(never) > 0 && !r.opt.DryRun {
		path, err := r.neverAgain(never)
		if err != nil {
			return err
		}
		r.Tell(events.ProtectAdded, "users", len(never), "file", path)
	}
	todo := 0
	for i := range p.Operations {
		if _, left := r.left[i]; !left {
			todo++
		}
	}
	progress := r.Progress("reading the plan's users again", int64(todo))
	defer progress.Done()
	opt := r.rereading()
	opt.Progress = progress.Add
	now, err := apply.Recheck(ctx, p, func(i int) bool { _, left := r.left[i]; return left }, rereader{r.connection, r.likely()}, opt)
	if err != nil {
		return err
	}
	for i, result := range now.Left {
		r.left[i] = result
	}
	r.drifts = now.Drifts
	r.plan = now.Plan
	r.plan.Target, r.plan.AppliedBy = r.target, r.id
	if len(r.opt.Allow) > 0 {
		r.plan.Config = r.plan.Config.With("allow", r.opt.Allow)
	}
	r.noticeUnread()
	r.results = r.plan.Unsent()
	for i, result := range r.left {
		r.results[i] = result
	}
	r.loadStuck()
	r.expected = apply.Expect(r.plan, r.applyOptions(nil), r.connection.Rates())
	return nil
}

func (r *run) rereading() apply.RecheckOptions {
	return apply.RecheckOptions{Concurrency: r.opt.Concurrency, ReplaceMetadata: r.policy.ReplaceMetadata, Writable: r.policy.Writable}
}

// rereader reads an app's users as a recheck wants them.
type rereader struct {
	*connection
	likely []string
}

// List gives every user once.
func (c rereader) List(ctx context.Context, each func([]user.User) error) (gap string, err error) {
	listing, err := c.Remote(ctx, c.likely, each)
	return listing.Gap, err
}

// reconfirm verifies a plan that was applied and has no roster to be compared
// with: the users of what was applied are read again, and have to show it.
func (r *run) reconfirm(ctx context.Context) (*plan.Plan, error) {
	remaining, err := apply.Reconfirm(ctx, r.plan, r.results, rereader{r.connection, r.likely()}, r.rereading())
	if err != nil {
		return nil, err
	}
	after := &plan.Plan{}
	for _, i := range remaining {
		after.Operations = append(after.Operations, r.plan.Operations[i])
	}
	return after, nil
}
