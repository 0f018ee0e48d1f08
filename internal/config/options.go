// Package config holds the options of all commands: one table, from which their
// flags, the keys of the configuration file and its schema, the variables of the
// environment, help, man pages and completion come, and what the options say to
// the packages that go by them. It refuses to know what a command does.
package config

import (
	"log/slog"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"cometsync/diff"
	"cometsync/diff/guard"
	"cometsync/importer"
	"cometsync/internal/exit"
	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
)

// Options are the values of all flags of all commands, as they were given.
type Options struct {
	// every command
	Config, Output, LogFormat, LogFile string
	LogLevel                           slog.Level
	Quiet                              bool

	// the target
	AppID, Region, KeyFile, BaseURL, Sandbox string

	// reading the roster
	reading          importer.Options
	mapping, columns []string
	empty, delimiter string
	numericUID       string
	Passwords        string
	match, Rekey     []string
	Also             []string

	Own   []OwnSource // of the configuration
	pairs []string    // of --rekey, once they are read

	// comparing
	policy                diff.Policy
	tags, metadata        string
	scope, Protect, Allow []string
	ProtectList           string
	graceHours            int

	// pace
	RateCore, RateStandard, RateImport, Concurrency int
	rateShare                                       string
	Timeout, Patience                               time.Duration

	// the run
	ReportDir, StateDir string
	ShowPrivate         bool
	DetailedExitCode    bool

	// writing
	DryRun                   bool
	Settle, Grace            time.Duration
	LockTimeout, MaxDuration time.Duration
	KeepRuns, KeepDays       int
	KeepChanged              int
	CreateWith, AuthTokens   string
	RevokeTokens             bool
	Resend                   bool
	tolerateRejects          string

	// those who watch over a run
	MetricsFile, PingURL, OnFinish string
	only                           []string

	// proving a run
	Inputs string

	// applying a saved plan
	Decisions string
	Undecided plan.Decision
	MaxAge    time.Duration

	Others int // rehearsing

	// listing runs
	Failed bool
	Since  string
	Limit  int

	// writing an export, and a configuration
	Format, Out         string
	Write, Use, Nightly string
	Ask, Force          bool

	Served Served

	table table
}

// Allowances reads --allow.
func (o *Options) Allowances() (plan.Allowances, error) {
	a, err := plan.ParseAllowances(o.Allow)
	if err != nil {
		return nil, Errorf("--allow %v", err)
	}
	return a, nil
}

// Tolerance reads --tolerate-rejects; a command that reads no roster has no such flag.
func (o *Options) Tolerance() (guard.Limit, error) {
	if o.tolerateRejects == "" {
		return guard.Limit{}, nil
	}
	l, err := guard.ParseLimit(o.tolerateRejects)
	if err != nil || l == guard.Auto {
		return l, Errorf("--tolerate-rejects: %q is neither a count (6), nor a percentage of the rows (1%%), nor none", o.tolerateRejects)
	}
	return l, nil
}

// Reading is how a roster is read.
func (o *Options) Reading() (importer.Options, error) {
	out := o.reading
	var err error
	out.Dates = o.CreateWith != createAPI
	out.Rules.EmptyClears = o.empty == "clear"
	if out.Settings, err = o.settings(nil); err != nil {
		return out, err
	}
	if out.Own, err = o.ownSettings(); err != nil {
		return out, err
	}
	out.Overlap = o.overlap
	if out.Match, err = o.matching(); err != nil {
		return out, err
	}
	if out.Rules.Rekey, _, err = o.rekeys(); err != nil {
		return out, err
	}
	out.Password, err = o.password()
	return out, err
}

// password is what is in --password-file, without the end of its line.
func (o *Options) password() (string, error) {
	if o.Passwords == "" {
		return "", nil
	}
	text, err := os.ReadFile(o.Passwords)
	if err != nil {
		return "", Errorf("--password-file: %w", err)
	}
	password, _, _ := strings.Cut(strings.TrimPrefix(string(text), "\uFEFF"), "\n")
	if password = strings.TrimSuffix(password, "\r"); password == "" {
		return "", Errorf("--password-file %s: is empty", o.Passwords)
	}
	return password, nil
}

// How users are created, by the words of --create-with.
const (
	createAPI    = "api"
	CreateImport = "import"
	CreateAuto   = "auto"
)

// Policy is how a roster is compared, and what bounds a plan.
func (o *Options) Policy() (p diff.Policy, err error) {
	bounds, err := o.Bounds()
	if err != nil {
		return p, err
	}
	if o.policy.GraceRuns < 1 {
		return p, Errorf("--grace-runs %d: has to be 1 or more; 1 deactivates at once", o.policy.GraceRuns)
	}
	p = o.policy
	p.Allow, p.Scope, p.Protect = bounds.Allow, bounds.Scope, bounds.Protect
	if p.Match, err = o.matching(); err != nil {
		return p, err
	}
	p.MergeTags, p.ReplaceMetadata = o.tags == "merge", o.metadata == "replace"
	p.GraceWithin = time.Duration(o.graceHours) * time.Hour
	p.Same, p.Different, err = o.rekeys()
	return p, err
}

// Bounds is what bounds a plan that is made from no roster.
func (o *Options) Bounds() (p diff.Policy, err error) {
	p.CreateRoles, p.ManageAgents = o.policy.CreateRoles, o.policy.ManageAgents
	p.Max = o.policy.Max
	p.Max.Rejects, p.Max.FieldChanges = guard.Limit{}, guard.Limit{}
	if p.Allow, err = o.Allowances(); err != nil {
		return p, err
	}
	if p.Scope, err = diff.ParseScope(o.scope); err != nil {
		return p, Errorf("%v", err)
	}
	if p.Protect, err = diff.ParseProtect(o.Protect); err != nil {
		return p, Errorf("%v", err)
	}
	return p, nil
}

// NamedRoles are the roles that the configuration names.
func (o *Options) NamedRoles() (roles []string) {
	all := []*Options{o}
	for i := range o.Own {
		all = append(all, &o.Own[i].opt)
	}
	for _, o := range all {
		s := &o.reading.Settings
		roles = append(append(roles, slices.Collect(maps.Values(s.Values["role"]))...), s.Constants["role"], s.Defaults["role"])
	}
	return slices.DeleteFunc(roles, func(role string) bool { return role == "" })
}

// Share is --rate-share as a fraction.
func (o *Options) Share() (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(o.rateShare), "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || math.IsNaN(v) || v <= 0 || v > 1 {
		return 0, Errorf("--rate-share %q: not a percentage above 0%% and up to 100%%", o.rateShare)
	}
	return v, nil
}

// OnlyVerbs reads --only.
func (o *Options) OnlyVerbs() (plan.VerbSet, error) {
	var set plan.VerbSet
	for _, list := range o.only {
		for word := range strings.SplitSeq(list, ",") {
			var v plan.Verb
			if err := v.UnmarshalText([]byte(strings.TrimSpace(word))); err != nil {
				return 0, Errorf("--only %q: not one of create, update, deactivate, reactivate", word)
			}
			set.Add(v)
		}
	}
	return set, nil
}

// Served is the sandbox that its command serves.
type Served struct {
	Addr, State string
	Faults      []string
	Config      sandbox.Config
}

// CheckTokens refuses a file that is there: its tokens may be the only copy.
func (o *Options) CheckTokens() error {
	if o.AuthTokens == "" {
		return nil
	}
	if _, err := os.Lstat(o.AuthTokens); err == nil {
		return Errorf("--auth-tokens %s: already exists, and may hold tokens that are nowhere else; name another file", o.AuthTokens)
	}
	return nil
}

// Errorf makes an error of what was asked for, which whoever asked can correct.
func Errorf(format string, args ...any) error { return exit.Errorf(exit.Usage, format, args...) }
