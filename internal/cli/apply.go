package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cometsync/importer/input"
	"cometsync/internal/apply"
	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/history"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/review"
)

func (a *app) applyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Apply a saved plan, exactly as it was reviewed",
		Long: `Apply carries out the operations of a plan.json, and no others. The plan is
refused as a whole when it was changed since it was written, when it was made for
another app, or when it is older than --max-age. Its users are read again first:
one of whom a planned field has moved since is left alone as drifted, and the
others go on.

With --decisions only what was decided to be applied is: FILE is the report.xlsx
or a CSV of uid and decision, or what report.html saved. The decisions are apply,
hold (not this time) and never (not this time, and on the protect list from then
on). Nothing else in the file may have been changed.

A plan that a guard refused is applied if --allow names every guard that tripped,
with its number.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("apply takes one plan: the plan.json of a report directory")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !a.opt.DryRun {
				if err := a.beginWatch(cmd.Context()); err != nil {
					return err
				}
			}
			return a.apply(cmd.Context(), args[0])
		},
	}
	a.opt.Flags(c, config.OfApply)
	return c
}

// reviewed is a plan that was saved, with what was made of it since.
type reviewed struct {
	*history.SavedPlan
	decisions *plan.Decisions
	read      *plan.Past // what the run that made it read; nil if that is not beside it
	unread    bool       // it ought to be there
}

func (a *app) apply(ctx context.Context, path string) error {
	undecided, err := a.opt.Applying()
	if err != nil {
		return err
	}
	saved, err := input.Await(ctx, func() (*history.SavedPlan, error) { return history.OpenPlan(path) })
	if err != nil {
		return err
	}
	v := &reviewed{SavedPlan: saved}
	if err := a.fit(v); err != nil {
		return err
	}
	if a.opt.Decisions != "" {
		read := func() (*plan.Decisions, error) { return review.Read(a.opt.Decisions, v.Plan, undecided) }
		if v.decisions, err = input.Await(ctx, read); err != nil {
			return err
		}
	}
	if err := a.let(v); err != nil {
		return err
	}
	r, err := a.newRun(ctx, "apply", needs{target: true})
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.take(v); err != nil {
		return err
	}
	if err := r.unapplied(); err != nil {
		return err
	}
	if err := r.linked(); err != nil {
		return err
	}
	if !a.opt.DryRun {
		return r.write(ctx, r.recheck)
	}
	r.command = "apply --dry-run"
	if err := r.early(ctx, r.recheck); err != nil {
		return err
	}
	return r.conclude(r.judge())
}

// ahead is how far a plan's time may lie in the future: clocks differ.
const ahead = 5 * time.Minute

// fit says whether the plan is one for this app and this day.
func (a *app) fit(v *reviewed) error {
	unfit := func(format string, args ...any) error {
		return history.Unfit("%s: "+format, append([]any{v.Path}, args...)...)
	}
	made := v.Plan.Target
	named := a.namedTarget()
	switch {
	case v.Plan.AppliedBy != "":
		// It does not say what was decided against, and would do that now.
		return unfit("is the record of run %s, which was given a plan of run %s to apply; apply that one", v.Plan.AppliedBy, v.Plan.Run)
	case made.Sandbox && a.opt.Sandbox == "" && named == nil:
		return usage("%s: was made for the embedded sandbox; give it its state again with --sandbox STATE", v.Path)
	case made.Sandbox && a.opt.Sandbox == "":
		return unfit("was made for the embedded sandbox, not for %s; plan again", named)
	case !made.Sandbox && a.opt.Sandbox != "":
		return unfit("was made for %s, not for the embedded sandbox", made)
	case !made.Sandbox:
		if named, fits := a.targetOf(made); !fits {
			return unfit("was made for %s, not for %s; plan again", made, named)
		}
	}
	switch age := a.Now().Sub(v.Plan.CreatedAt); {
	case age > a.opt.MaxAge:
		return unfit("was made %s ago, and --max-age is %s; plan again, since the app has moved on", age.Round(time.Minute), a.opt.MaxAge)
	case age < -ahead:
		return unfit("was made %s from now; set the clock of this machine, or of that which made it, and plan again", (-age).Round(time.Second))
	}
	return nil
}

// let lets the plan through if its guards are allowed. What was withheld when it was
// decided on, and could not be, is decided on by that.
func (a *app) let(v *reviewed) error {
	allow, err := a.opt.Allowances()
	if err != nil {
		return err
	}
	waited := v.Plan.Withheld()
	v.Plan.Let(allow)
	if d := v.decisions; d != nil {
		for _, i := range waited {
			if d.Of[i] == plan.Undecided && !d.Rejected[i] && !v.Plan.Operations[i].Withheld {
				d.Of[i] = plan.Apply
			}
		}
	}
	if v.Plan.Refused() {
		why := make([]string, len(v.Plan.Guards))
		for i, g := range v.Plan.Guards {
			why[i] = g.Name + ": " + g.Message
		}
		return &codedError{exitRefused, fmt.Errorf("%s: a guard refused this plan when it was made, and not all that tripped is allowed: %s", v.Path, strings.Join(why, "; "))}
	}
	return nil
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
