package run

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"cometsync/internal/apply"
	"cometsync/internal/events"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// Reviewed is a plan that was saved, with what was made of it since.
type Reviewed struct {
	*history.SavedPlan
	Decisions *plan.Decisions
	read      *plan.Past // what the run that made it read; nil if that is not beside it
	unread    bool       // it ought to be there
}

// Take makes a reviewed plan the run's own. Scope, protection and how values
// are merged are as they were when the plan was made.
func (r *Run) Take(v *Reviewed) error {
	policy, err := v.Options.Policy()
	if err != nil {
		return fmt.Errorf("%s: %w", v.Path, err)
	}
	r.Policy = policy
	r.Policy.Itemize = false
	r.Protects = slices.Concat(v.Options.Protect, r.Opt.Protect)
	if r.Opt.ProtectList == "" {
		r.Opt.ProtectList = v.Options.ProtectList
	}
	r.Opt.CreateWith, r.Opt.RevokeTokens = v.Options.CreateWith, v.Options.RevokeTokens
	r.Reviewed, r.Undoes = v, v.Plan.Undoes
	return r.Protect()
}

// Recheck makes the run's plan out of the reviewed one: what was decided
// against, what is protected, and whose users have moved since, is left.
func (r *Run) Recheck(ctx context.Context) error {
	if err := r.reach(ctx); err != nil {
		return err
	}
	r.Policy.Bots = map[string]bool{}
	if err := r.Agents(ctx); err != nil {
		return err
	}
	p, d := r.Reviewed.Plan, r.Reviewed.Decisions
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
			by := r.before[step{p.Operations[i].Verb, p.Operations[i].UID}]
			if by != "" && (result.Code == plan.CodeHold || result.Code == plan.CodeUndecided) {
				result = doneBefore(by)
			}
			r.left[i] = result
		}
	}
	if len(never) > 0 && !r.Opt.DryRun {
		path, err := r.neverAgain(never)
		if err != nil {
			return err
		}
		r.Tell(events.ProtectAdded, "users", len(never), "file", path)
	}
	progress := r.Progress("reading users again", len(p.Operations)-len(r.left))
	defer progress.Done()
	now, err := apply.Recheck(ctx, p, func(i int) bool { _, left := r.left[i]; return left }, rereader{r.Connection, r.likely()},
		r.rereading(progress.Add))
	if err != nil {
		return err
	}
	for i, result := range now.Left {
		o := &p.Operations[i]
		if by := r.before[step{o.Verb, o.UID}]; by != "" && result.Code == plan.CodeAlready {
			delete(now.Drifts, i)
			now.Left[i] = doneBefore(by)
		}
	}
	maps.Copy(r.left, now.Left)
	r.drifts = now.Drifts
	r.Plan = now.Plan
	r.Plan.Target, r.Plan.AppliedBy = r.Target, r.ID
	if len(r.Opt.Allow) > 0 {
		r.Plan.Config = r.Plan.Config.With("allow", r.Opt.Allow)
	}
	if r.Reviewed.unread { // so this will be no good run
		r.notice(notice.PlanUnread, 0, "the %s of the run that made the plan is not beside it, so the guards of the next run can't "+
			"compare with this one; keep the plan in its report directory", report.RosterIndex)
	}
	r.Results = r.Plan.Unsent()
	for i, result := range r.left {
		r.Results[i] = result
	}
	r.loadStuck()
	r.expected = apply.Expect(r.Plan, r.applyOptions(nil), r.Connection.Rates())
	return nil
}

// doneBefore is what becomes of an operation that an earlier run of the plan has done.
func doneBefore(by string) plan.Result {
	return plan.Result{Outcome: plan.Skipped, Code: plan.CodeDoneBefore, Message: "carried out before, by run " + by}
}

func (r *Run) rereading(read func(users int)) apply.RecheckOptions {
	return apply.RecheckOptions{Concurrency: r.Opt.Concurrency, ReplaceMetadata: r.Policy.ReplaceMetadata, Writable: r.Policy.Writable,
		Progress: read}
}

// rereader reads an app's users as a recheck wants them.
type rereader struct {
	*Connection
	likely []string
}

// List gives every user once.
func (c rereader) List(ctx context.Context, each func([]user.User) error) (gap string, err error) {
	listing, err := c.Remote(ctx, c.likely, nil, each)
	return listing.Gap, err
}

// reconfirm verifies a plan that was applied and has no roster to be compared
// with: the users of what was applied are read again, and have to show it.
func (r *Run) reconfirm(ctx context.Context) (*plan.Plan, error) {
	p := r.Progress(verifying, r.count(plan.Applied))
	defer p.Done()
	remaining, err := apply.Reconfirm(ctx, r.Plan, r.Results, rereader{r.Connection, r.likely()}, r.rereading(p.Add))
	if err != nil {
		return nil, err
	}
	after := &plan.Plan{}
	for _, i := range remaining {
		after.Operations = append(after.Operations, r.Plan.Operations[i])
	}
	return after, nil
}

// step is an operation of a plan, whichever run carries it out.
type step struct {
	verb plan.Verb
	uid  string
}

// applies reports whether an earlier run had the plan that this one reviews. That of a
// sync is saved with its report, too.
func (r *Run) applies(h *journal.Head) bool {
	return h.PlanHash == r.Reviewed.Hash || h.Run == r.Reviewed.Plan.Run
}

// Unapplied refuses a reviewed plan of which earlier runs on record have done
// everything that this one would do: its users would all be called drifted.
// What was undone since counts as not done, and so does what was held back. What
// somebody decided on it is not forgotten with an option: it is refused without
// decisions once a run was given some, however far that run came.
func (r *Run) Unapplied() error {
	if r.Home.Dir == "" {
		return nil // every run starts from the sandbox's state
	}
	runs, err := r.History().Runs(&r.Target)
	if err != nil {
		return err
	}
	undone := map[string]bool{}
	for i := range runs {
		if h := &runs[i].Head; h.Decisions != "" && r.Reviewed.Decisions == nil && r.applies(h) {
			return history.Unfit("%s: run %s (%s) applied this plan by decisions, those of %s, and this one is given none, so it would "+
				"do what they hold; give them again, or others, with --decisions",
				r.Reviewed.Path, h.Run, phrase.Here().Moment(h.StartedAt), h.Decisions)
		}
		undone[runs[i].Head.Undoes] = undone[runs[i].Head.Undoes] || runs[i].Sent > 0
	}
	r.before = map[step]string{}
	var last *history.Run
	for i := range runs {
		e := &runs[i]
		if h := &e.Head; !e.Believed() || e.Sent == 0 || undone[h.Run] || !r.applies(h) {
			continue
		}
		rec, err := journal.Read(e.Dir, e.Head.Run)
		if err != nil || rec.Plan == nil {
			continue // the users are read again, and show it
		}
		for i := range rec.Results {
			if o := &rec.Plan.Operations[i]; rec.Results[i].Outcome == plan.Applied {
				r.before[step{o.Verb, o.UID}] = e.Head.Run
				last = e
			}
		}
	}
	if last == nil {
		return nil
	}
	p, d := r.Reviewed.Plan, r.Reviewed.Decisions
	done, todo, left := 0, 0, 0
	for i := range p.Operations {
		o := &p.Operations[i]
		before := r.before[step{o.Verb, o.UID}] != ""
		if before {
			done++
		}
		if d != nil {
			if _, kept := d.Result(i); kept {
				continue
			}
		}
		if o.Withheld {
			continue
		}
		if todo++; !before {
			left++
		}
	}
	when := phrase.Here().Moment(last.Head.StartedAt)
	if left > 0 || todo == 0 {
		r.Tell(events.PlanPartlyDone, "earlier", last.Head.Run, "at", when, "done", done, "left", left)
		return nil
	}
	line := history.Line(&last.Summary)
	return history.Unfit("%s: this plan has been carried out, by run %s (%s, %s): %s; nothing of it is left to do: cometsync runs %s "+
		"shows it, and to change more, plan again",
		r.Reviewed.Path, last.Head.Run, last.Head.Command, when, line.Did(), last.Head.Run)
}
