// Package config holds the options of all commands: one table, from which their
// flags, the keys of the configuration file and its schema, the variables of the
// environment, help, man pages and completion come, and what the options say to
// the packages that go by them. It refuses to know what a command does.
package config

import (
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"cometsync/diff"
	"cometsync/importer"
	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
)

// Options are the values of all flags of all commands, as they were given.
type Options struct {
	// every command
	Config, Output, LogFormat, LogLevel, LogFile string
	Quiet                                        bool

	// the target
	AppID, Region, KeyFile, BaseURL, Sandbox string

	// reading the roster
	mapping                       []string
	empty, uidRewrite, duplicates string
	encoding, delimiter           string
	headerRow                     int
	fixMojibake, keepMojibake     bool
	sheets, columns               []string
	tagsSeparator, dates, base    string
	numericUID, Passwords         string
	match, Rekey, Also            []string

	// how cells become fields: what no flag says, of the configuration
	others                    string
	Values                    map[string]map[string]string
	Constants, join, Defaults map[string]string
	footers                   []string

	Own   []OwnSource // of the configuration
	pairs []string    // of --rekey, once they are read

	// comparing
	missing, tags, metadata                                        string
	scope, Protect, Allow                                          []string
	ProtectList                                                    string
	CreateRoles                                                    bool
	detectRekey, ManageAgents                                      bool
	maxCreate, maxUpdate, maxDeactivate, maxReactivate, maxRejects string
	maxFieldChanges                                                string
	maxSourceAge                                                   time.Duration
	graceRuns, graceHours                                          int

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
	Decisions, undecided string
	MaxAge               time.Duration

	// listing runs
	Failed bool
	Since  string
	Limit  int

	// writing an export, and a configuration
	Format, Out         string
	Write, Use, Nightly string
	Ask, Force          bool

	Served Served
}

// Allowances reads --allow.
func (o *Options) Allowances() (plan.Allowances, error) {
	a, err := plan.ParseAllowances(o.Allow)
	if err != nil {
		return nil, Errorf("--allow %v", err)
	}
	return a, nil
}

// Writing checks the options of commands that write.
func (o *Options) Writing() error {
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{{"settle", o.Settle}, {"grace", o.Grace}, {"lock-timeout", o.LockTimeout}, {"max-duration", o.MaxDuration}} {
		if d.value < 0 {
			return Errorf("--%s %s: can't be negative", d.flag, d.value)
		}
	}
	if err := o.checkTokens(); err != nil {
		return err
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"keep-runs", o.KeepRuns}, {"keep-days", o.KeepDays}, {"keep-changed", o.KeepChanged}} {
		if n.value < 0 {
			return Errorf("--%s %d: can't be negative; 0 is as if it were not given", n.flag, n.value)
		}
	}
	return nil
}

// Tolerance reads --tolerate-rejects; a command that reads no roster has no such flag.
func (o *Options) Tolerance() (diff.Limit, error) {
	if o.tolerateRejects == "" {
		return diff.Limit{}, nil
	}
	l, err := diff.ParseLimit(o.tolerateRejects)
	if err != nil || l == diff.Auto {
		return l, Errorf("--tolerate-rejects: %q is neither a count (6), nor a percentage of the rows (1%%), nor none", o.tolerateRejects)
	}
	return l, nil
}

// Reading checks the options of reading a roster.
func (o *Options) Reading() (importer.Options, error) {
	var out importer.Options
	err := o.Check("empty", "uid-rewrite", "create-with", "duplicates")
	if err != nil {
		return out, err
	}
	out.Dates = o.CreateWith != createAPI
	out.Rules.EmptyClears = o.empty == "clear"
	if err := out.Rules.Rewrite.UnmarshalText([]byte(o.uidRewrite)); err != nil {
		return out, err
	}
	if err := out.Duplicates.UnmarshalText([]byte(o.duplicates)); err != nil {
		return out, err
	}
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
	if out.Password, err = o.password(); err != nil {
		return out, err
	}
	return out, nil
}

// password is what is in --password-file, without the end of its line.
func (o *Options) password() (string, error) {
	if o.Passwords == "" {
		return "", nil
	}
	text, err := os.ReadFile(o.Passwords)
	if err != nil {
		return "", Errorf("--password-file: %v", err)
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

// Policy checks the options of comparing.
func (o *Options) Policy() (diff.Policy, error) {
	var p diff.Policy
	err := o.Check("missing", "tags", "metadata")
	if err != nil {
		return p, err
	}
	if p.Match, err = o.matching(); err != nil {
		return p, err
	}
	if p.Same, p.Different, err = o.rekeys(); err != nil {
		return p, err
	}
	p.Rekeys = o.detectRekey
	if err := p.Missing.UnmarshalText([]byte(o.missing)); err != nil {
		return p, err
	}
	p.MergeTags, p.ReplaceMetadata = o.tags == "merge", o.metadata == "replace"
	switch {
	case o.graceRuns < 1:
		return p, Errorf("--grace-runs %d: has to be 1 or more; 1 deactivates at once", o.graceRuns)
	case o.graceHours < 0:
		return p, Errorf("--grace-hours %d: can't be negative; 0 counts every run", o.graceHours)
	}
	p.GraceRuns, p.GraceWithin = o.graceRuns, time.Duration(o.graceHours)*time.Hour
	if p.Max.Rejects, err = diff.ParseLimit(o.maxRejects); err != nil {
		return p, Errorf("--max-rejects: %v", err)
	}
	if p.Max.FieldChanges, err = diff.ParseLimit(o.maxFieldChanges); err != nil {
		return p, Errorf("--max-field-changes: %v", err)
	}
	if p.MaxSourceAge = o.maxSourceAge; p.MaxSourceAge < 0 {
		return p, Errorf("--max-source-age %s: can't be negative", o.maxSourceAge)
	}
	err = o.Bounds(&p)
	return p, err
}

// Bounds checks what a plan may do.
func (o *Options) Bounds(p *diff.Policy) (err error) {
	p.CreateRoles, p.ManageAgents = o.CreateRoles, o.ManageAgents
	if p.Allow, err = o.Allowances(); err != nil {
		return err
	}
	if p.Scope, err = diff.ParseScope(o.scope); err != nil {
		return Errorf("%v", err)
	}
	if p.Protect, err = diff.ParseProtect(o.Protect); err != nil {
		return Errorf("%v", err)
	}
	for _, l := range []struct {
		flag, value string
		limit       *diff.Limit
	}{
		{"max-create", o.maxCreate, &p.Max.Create},
		{"max-update", o.maxUpdate, &p.Max.Update},
		{"max-deactivate", o.maxDeactivate, &p.Max.Deactivate},
		{"max-reactivate", o.maxReactivate, &p.Max.Reactivate},
	} {
		if *l.limit, err = diff.ParseLimit(l.value); err != nil {
			return Errorf("--%s: %v", l.flag, err)
		}
	}
	return nil
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

// Applying checks the options of applying a saved plan, and gives what becomes of
// operations that nobody decided on.
func (o *Options) Applying() (undecided plan.Decision, err error) {
	if o.MaxAge <= 0 {
		return 0, Errorf("--max-age %s: has to be above 0", o.MaxAge)
	}
	if err := o.Check("undecided"); err != nil {
		return 0, err
	}
	return undecided, undecided.UnmarshalText([]byte(o.undecided))
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

// checkTokens refuses a file that is there: its tokens may be the only copy.
func (o *Options) checkTokens() error {
	if o.AuthTokens == "" {
		return nil
	}
	if _, err := os.Lstat(o.AuthTokens); err == nil {
		return Errorf("--auth-tokens %s: is there already, and may hold tokens that are nowhere else; name another file", o.AuthTokens)
	}
	return nil
}
