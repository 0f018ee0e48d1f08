package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"cometsync/internal/cometchat"
	"cometsync/internal/phrase"
	"cometsync/internal/run"
	"cometsync/internal/user"
)

// named settles which app is meant, and whose key and protect list are used.
func (d *doctor) named() bool {
	var err error
	if d.Target, err = d.Opt.Target(d.Origins); err != nil {
		d.fail("app", err)
		return false
	}
	told := d.Target.String()
	if d.Target.Sandbox {
		told += " with the users of " + d.Opt.Sandbox
	}
	d.ok("app", "%s", told)
	d.Trial = d.History().Trial(d.Target)
	if d.Home, err = d.HomeOf(d.Target); err != nil {
		d.fail("state", err)
	}
	if err := d.Protect(); err != nil {
		d.fail("protect list", err)
	}
	return true
}

// service asks the app what its key may do, and looks at what the answers tell.
func (d *doctor) service(ctx context.Context) {
	if d.await(ctx, d.connects) {
		d.mayRead(ctx)
		d.rates()
		d.clock()
	}
}

// connects makes what requests are sent by.
func (d *doctor) connects() bool {
	var err error
	if d.Key, err = d.APIKey(d.Target); err != nil {
		d.fail("key", err)
		return false
	}
	if mode := d.OpenKeyFile(); mode != "" {
		d.warn("key file", "chmod 600 "+phrase.ShellWord(d.Opt.KeyFile), "everybody can read %s (mode %s)", d.Opt.KeyFile, mode)
	}
	if err = d.Dial(); err != nil {
		d.fail("service", err)
		return false
	}
	return true
}

// mayRead asks for what a sync reads first.
func (d *doctor) mayRead(ctx context.Context) {
	err := d.Connection.Probe(ctx)
	var roles []string
	if err == nil {
		roles, err = d.Connection.Roles(ctx)
	}
	if err != nil {
		name := "service"
		var e *cometchat.Error
		if errors.As(err, &e) && e.Fatal() {
			name = "key"
		}
		d.fail(name, d.InWords(err))
		d.warn("roles", "", "the app could not list them")
		return
	}
	d.ok("key", "lists users and roles, as one of the scope fullAccess does and one of authOnly does not; whether it may write shows when "+
		"it does")
	d.lacks(roles)
	if err := d.Agents(ctx); err != nil {
		d.fail("bots", d.InWords(err))
	} else if d.NoBots != nil {
		d.warn("bots", "if the app has bots, name them with --protect", "they could not be listed, so a bot is not told from a "+
			"user: %v",
			d.NoBots)
	}
}

// lacks compares the roles that are named with those that the app has.
func (d *doctor) lacks(roles []string) {
	has := map[string]bool{user.DefaultRole: true}
	for _, role := range roles {
		has[user.FoldRole(role)] = true
	}
	var missing []string
	for _, role := range slices.Sorted(maps.Keys(d.roles)) {
		if !has[role] {
			missing = append(missing, fmt.Sprintf("%q of %s", role, d.roles[role]))
		}
	}
	told := fmt.Sprintf("the app has %d: %s", len(has), strings.Join(slices.Sorted(maps.Keys(has)), ", "))
	switch {
	case len(missing) > 0 && d.Policy.CreateRoles:
		d.ok("roles", "%s; --create-roles makes %s", told, phrase.And(missing))
	case len(missing) > 0:
		d.warn("roles", "create them in the CometChat dashboard or with --create-roles, or correct them: their rows are rejects",
			"the app lacks %s; %s", phrase.And(missing), told)
	default:
		d.ok("roles", "%s", told)
	}
}

// rates tells what the service says of its limits.
func (d *doctor) rates() {
	seen, refused := d.Connection.Seen(), d.Connection.Stats().Throttled
	if !seen.Dated && seen.Limit == 0 {
		d.warn("rates", "", "no answer has told of them")
		return
	}
	told := "the answers state none, so the documented ones are assumed"
	if seen.Limit > 0 {
		told = fmt.Sprintf("reads: %.0f a minute", seen.Limit)
		if seen.Counted {
			told += fmt.Sprintf(", of which %.0f are left", seen.Remaining)
		}
	}
	planned := d.Connection.Rates()
	told += fmt.Sprintf("; a run uses up to %s reads and %s writes a minute", rateText(planned.Standard), rateText(planned.Core))
	switch {
	case refused > 0:
		d.warn("rates", "see what else uses the app just now, or set --rate-share lower", "%d requests were refused for their rate; %s",
			refused, told)
	case seen.Limit > 0 && float64(d.Opt.RateStandard) > seen.Limit:
		d.warn("rates", "leave --rate-standard out, or set it lower", "--rate-standard %d is more than the app allows; "+
			"%s", d.Opt.RateStandard,
			told)
	default:
		d.ok("rates", "%s", told)
	}
}

func rateText(perMinute float64) string {
	if math.IsInf(perMinute, 1) {
		return "any number of"
	}
	return fmt.Sprintf("%.0f", perMinute)
}

func (d *doctor) clock() {
	seen := d.Connection.Seen()
	off := seen.Clock.Abs().Round(time.Second)
	which := "behind"
	if seen.Clock < 0 {
		which = "ahead of"
	}
	switch {
	case !seen.Dated:
		d.warn("clock", "", "no answer had a date to compare it with")
	case off > run.WrongClock:
		d.warn("clock", "set this machine's clock: the ages of sources and runs go by it", "it is %s %s the service's", off, which)
	default:
		d.ok("clock", "within %s of the service's", max(off, time.Second))
	}
}
