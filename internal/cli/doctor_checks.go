package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"cometsync/internal/cometchat"
	"cometsync/internal/config"
	"cometsync/internal/exit"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/phrase"
	"cometsync/internal/run"
	"cometsync/internal/setup"
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
		if e, ok := errors.AsType[*cometchat.Error](err); ok && e.Fatal() {
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
	told := phrase.Sprintf("the app has %d: %s", len(has), strings.Join(slices.Sorted(maps.Keys(has)), ", "))
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

func (d *doctor) rates() {
	seen, refused := d.Connection.Seen(), d.Connection.Stats().Throttled
	if !seen.Dated && seen.Limit == 0 {
		d.warn("rates", "", "no answer has told of them")
		return
	}
	told := "the answers state none, so the documented ones are assumed"
	if seen.Limit > 0 {
		told = "reads: " + rateText(seen.Limit) + " a minute"
		if seen.Counted {
			told += ", of which " + rateText(seen.Remaining) + " are left"
		}
	}
	planned := d.Connection.Rates()
	told += fmt.Sprintf("; a run uses up to %s reads and %s writes a minute", rateText(planned.Standard), rateText(planned.Core))
	switch {
	case refused > 0:
		d.warn("rates", "see what else uses the app just now, or set --rate-share lower", "%d requests were refused for their rate; %s",
			refused, told)
	case seen.Limit > 0 && float64(d.Opt.RateStandard) > seen.Limit:
		d.warn("rates", "leave --rate-standard out, or set it lower", "--rate-standard %s is more than the app allows; %s",
			strconv.Itoa(d.Opt.RateStandard), told)
	default:
		d.ok("rates", "%s", told)
	}
}

func rateText(perMinute float64) string {
	if math.IsInf(perMinute, 1) {
		return "any number of"
	}
	return phrase.Thousands(int(math.Round(perMinute)))
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

// homes looks at the lock, and at what an earlier run may have left that this
// account can't write to.
func (d *doctor) homes() {
	if d.Home.Dir == "" {
		return
	}
	for _, path := range []string{d.Home.Dir, filepath.Join(d.Home.Dir, "journal"), filepath.Join(d.Home.Dir, "lock")} {
		if err := writable(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.fail("state", fmt.Errorf("%w; give it to the account that runs cometsync", err))
			break
		}
	}
	by, held := d.Home.Holder()
	switch why := (&journal.HeldError{Holder: by, Path: d.Home.Dir}); {
	case !held:
		d.ok("lock", "nobody holds it")
	case d.Opt.LockTimeout > 0:
		d.warn("lock", "", "%v, as --lock-timeout %s does", why, phrase.Span(d.Opt.LockTimeout))
	default:
		d.fail("lock", fmt.Errorf("%w, or have the sync wait with --lock-timeout", why))
	}
}

// staleAfter is the age of the last good run from which it is told: a job that
// runs every night has had one since.
const staleAfter = 36 * time.Hour

func (d *doctor) past() {
	if d.Target.Sandbox {
		d.ok("last good run", "on the embedded sandbox every run begins anew, and no earlier one counts")
		return
	}
	if d.Home.Dir == "" {
		return // it has been told why
	}
	runs, err := d.History().Runs(&d.Target)
	if err != nil {
		d.fail("runs", err)
		return
	}
	if past, err := journal.LoadPast(d.Home.Dir, d.Target, d.Policy.Scope.String()); err != nil {
		d.warn("guards", "", "%v", err)
	} else if past == nil && len(runs) > 0 {
		d.warn("guards", "", "what the last good run read is not on record, and the guards that compare with it are off until the next one")
	}
	good := -1
	for i := range runs {
		if e := runs[i].End; runs[i].Believed() && e != nil && (e.ExitCode == exit.Done || e.ExitCode == exit.Part) {
			good = i
		}
	}
	if good < 0 {
		d.warn("last good run", "", "none of this app is on record, so the guards that compare with one are off until there is one")
	} else {
		d.lastGood(runs[good], runs[good+1:])
	}
	d.unfinished(runs)
}

func (d *doctor) lastGood(good history.Run, since []history.Run) {
	age := d.Started.Sub(good.End.At)
	told := fmt.Sprintf("%s, %s ago, ended with %d", good.Head.Run, phrase.Ago(age), good.End.ExitCode)
	bad := slices.DeleteFunc(slices.Clone(since), func(r history.Run) bool { return !r.Believed() || r.End == nil })
	switch {
	case age < 0:
		d.warn("last good run", "see whether this machine's clock is right", "%s, ended at %s, which is in the future", good.Head.Run,
			phrase.Here().Moment(good.End.At))
	case len(bad) > 0:
		last := history.Line(&bad[len(bad)-1].Summary)
		d.warn("last good run", "cometsync runs "+last.ID, "%s; runs since then: %d, the last %s (%d): %s", told, len(bad), last.Result,
			last.ExitCode, last.Reason)
	case age > staleAfter:
		d.warn("last good run", "if it is to run every night, see whether the schedule starts it", "%s", told)
	default:
		d.ok("last good run", "%s", told)
	}
}

// unfinished tells of runs that died, and of journals that can't be relied on.
func (d *doctor) unfinished(runs []history.Run) {
	n := len(d.checks)
	for i := range runs {
		r := &runs[i]
		switch {
		case r.Damage != nil:
			d.warn("unfinished run", "", "%v", r.Damage)
		case r.End == nil && r.Running() == "":
			d.warn("unfinished run", "the next sync settles what it left in doubt; cometsync runs "+r.Head.Run+" shows it",
				"%s died, with %d of %d operations on record as sent", r.Head.Run, r.Sent, r.Operations)
		}
	}
	if len(d.checks) == n {
		d.ok("unfinished run", "none")
	}
}

// directories looks at where state and reports go, and at the room there.
func (d *doctor) directories() {
	const elsewhere = "--%s-dir names another place"
	state, err := d.StateDir()
	if err != nil {
		d.fail("state", err)
	} else {
		d.directory("state", state, fmt.Sprintf(elsewhere, "state"))
	}
	if reports := d.ReportPattern(); reports == "" {
		d.ok("reports", "are written nowhere")
	} else {
		fixed, _, _ := strings.Cut(reports, "{") // what is in braces, each run has its own of
		d.directory("reports", fixed, fmt.Sprintf(elsewhere, "report"))
	}
	for _, name := range setup.Written {
		f := d.Set.Lookup(name)
		if f == nil || f.Value.String() == "" {
			continue
		}
		dir := filepath.Dir(config.Absolute(f.Value.String()))
		if err := writable(dir); err != nil {
			d.warn(name, "make the directory, or name another file with --"+name, "%v", err)
		}
	}
}

// The room below which a disk is told of, and below which a run can't be: a
// night of some thousand people takes some megabytes, a migration of a million
// a gigabyte.
const (
	littleRoom = 1 << 30
	noRoom     = 16 << 20
)

// directory looks at one that is there, or at where it would be made.
func (d *doctor) directory(name, path, otherwise string) {
	path = config.Absolute(path)
	there, info := path, fs.FileInfo(nil)
	for {
		var err error
		if info, err = os.Stat(there); err == nil {
			break
		}
		if up := filepath.Dir(there); errors.Is(err, fs.ErrNotExist) && up != there {
			there = up
			continue
		}
		d.fail(name, fmt.Errorf("%w; %s", err, otherwise))
		return
	}
	err := writable(there)
	open := info.Mode().Perm() & 0o077
	switch {
	case !info.IsDir():
		d.fail(name, fmt.Errorf("%s: is a file, not a directory; %s", there, otherwise))
		return
	case err != nil:
		d.fail(name, fmt.Errorf("%w; %s", err, otherwise))
		return
	case there != path:
		d.ok(name, "%s: is made by the first run that needs it", path)
	case others(info) != "":
		d.warn(name, "run as that account, which may else not get at what this one leaves", "%s: belongs to %s", path, others(info))
	case runtime.GOOS == "windows": // where modes say nothing of who else may read
		d.ok(name, "%s: is there; who may read it is among its properties, under Security", path)
	case open != 0:
		d.warn(name, "chmod 700 "+phrase.ShellWord(path), "%s: others than its owner can get at it (mode %04o)", path, info.Mode().Perm())
	default:
		d.ok(name, "%s: is private, and can be written to", path)
	}
	free, known := room(there)
	told := fmt.Sprintf("%s free for %s", size(free), name)
	switch {
	case !known:
	case free < noRoom:
		d.fail("disk", fmt.Errorf("%s, which is too little for a run; make room, or %s", told, otherwise))
	case free < littleRoom:
		d.warn("disk", "make room", "%s", told)
	default:
		d.ok("disk", "%s", told)
	}
}

func size(n uint64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return phrase.Sprintf("%d MiB", n>>20)
}
