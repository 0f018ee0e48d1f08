package cli

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

// options are the values of all flags of all commands, as they were given.
type options struct {
	// every command
	config, output, logFormat, logLevel, logFile string
	quiet                                        bool

	// the target
	appID, region, keyFile, baseURL, sandbox string

	// reading the roster
	mapping                       []string
	empty, uidRewrite, duplicates string
	encoding, delimiter           string
	headerRow                     int
	fixMojibake, keepMojibake     bool
	sheets, columns               []string
	tagsSeparator, dates, base    string
	numericUID, passwords         string
	match, rekey, also            []string

	// how cells become fields: what no flag says, of the configuration
	others                    string
	values                    map[string]map[string]string
	constants, join, defaults map[string]string
	footers                   []string

	own   []ownSource // of the configuration
	pairs []string    // of --rekey, once they are read

	// comparing
	missing, tags, metadata                                        string
	scope, protect, allow                                          []string
	protectList                                                    string
	createRoles                                                    bool
	detectRekey, manageAgents                                      bool
	maxCreate, maxUpdate, maxDeactivate, maxReactivate, maxRejects string
	maxFieldChanges                                                string
	maxSourceAge                                                   time.Duration
	graceRuns, graceHours                                          int

	// pace
	rateCore, rateStandard, rateImport, concurrency int
	rateShare                                       string
	timeout, patience                               time.Duration

	// the run
	reportDir, stateDir string
	showPrivate         bool
	detailedExitCode    bool

	// writing
	dryRun                   bool
	settle, grace            time.Duration
	lockTimeout, maxDuration time.Duration
	keepRuns, keepDays       int
	keepChanged              int
	createWith, authTokens   string
	revokeTokens             bool
	resend                   bool
	tolerateRejects          string

	// those who watch over a run
	metricsFile, pingURL, onFinish string
	only                           []string

	// proving a run
	inputs string

	// applying a saved plan
	decisions, undecided string
	maxAge               time.Duration

	// listing runs
	failed bool
	since  string
	limit  int

	// writing an export, and a configuration
	format, out         string
	write, use, nightly string
	ask, force          bool

	served served
}

// allowances reads --allow.
func (o *options) allowances() (plan.Allowances, error) {
	a, err := plan.ParseAllowances(o.allow)
	if err != nil {
		return nil, usage("--allow %v", err)
	}
	return a, nil
}

// writing checks the options of commands that write.
func (o *options) writing() error {
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{{"settle", o.settle}, {"grace", o.grace}, {"lock-timeout", o.lockTimeout}, {"max-duration", o.maxDuration}} {
		if d.value < 0 {
			return usage("--%s %s: can't be negative", d.flag, d.value)
		}
	}
	if err := o.checkTokens(); err != nil {
		return err
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"keep-runs", o.keepRuns}, {"keep-days", o.keepDays}, {"keep-changed", o.keepChanged}} {
		if n.value < 0 {
			return usage("--%s %d: can't be negative; 0 is as if it were not given", n.flag, n.value)
		}
	}
	return nil
}

// tolerance reads --tolerate-rejects; a command that reads no roster has no such flag.
func (o *options) tolerance() (diff.Limit, error) {
	if o.tolerateRejects == "" {
		return diff.Limit{}, nil
	}
	l, err := diff.ParseLimit(o.tolerateRejects)
	if err != nil || l == diff.Auto {
		return l, usage("--tolerate-rejects: %q is neither a count (6), nor a percentage of the rows (1%%), nor none", o.tolerateRejects)
	}
	return l, nil
}

// reading checks the options of reading a roster.
func (o *options) reading() (importer.Options, error) {
	var out importer.Options
	err := o.check("empty", "uid-rewrite", "create-with", "duplicates")
	if err != nil {
		return out, err
	}
	out.Dates = o.createWith != createAPI
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
func (o *options) password() (string, error) {
	if o.passwords == "" {
		return "", nil
	}
	text, err := os.ReadFile(o.passwords)
	if err != nil {
		return "", usage("--password-file: %v", err)
	}
	password, _, _ := strings.Cut(strings.TrimPrefix(string(text), "\uFEFF"), "\n")
	if password = strings.TrimSuffix(password, "\r"); password == "" {
		return "", usage("--password-file %s: is empty", o.passwords)
	}
	return password, nil
}

// How users are created, by the words of --create-with.
const (
	createAPI    = "api"
	createImport = "import"
	createAuto   = "auto"
)

// policy checks the options of comparing.
func (o *options) policy() (diff.Policy, error) {
	var p diff.Policy
	err := o.check("missing", "tags", "metadata")
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
		return p, usage("--grace-runs %d: has to be 1 or more; 1 deactivates at once", o.graceRuns)
	case o.graceHours < 0:
		return p, usage("--grace-hours %d: can't be negative; 0 counts every run", o.graceHours)
	}
	p.GraceRuns, p.GraceWithin = o.graceRuns, time.Duration(o.graceHours)*time.Hour
	if p.Max.Rejects, err = diff.ParseLimit(o.maxRejects); err != nil {
		return p, usage("--max-rejects: %v", err)
	}
	if p.Max.FieldChanges, err = diff.ParseLimit(o.maxFieldChanges); err != nil {
		return p, usage("--max-field-changes: %v", err)
	}
	if p.MaxSourceAge = o.maxSourceAge; p.MaxSourceAge < 0 {
		return p, usage("--max-source-age %s: can't be negative", o.maxSourceAge)
	}
	err = o.bounds(&p)
	return p, err
}

// bounds checks what a plan may do.
func (o *options) bounds(p *diff.Policy) (err error) {
	p.CreateRoles, p.ManageAgents = o.createRoles, o.manageAgents
	if p.Allow, err = o.allowances(); err != nil {
		return err
	}
	if p.Scope, err = diff.ParseScope(o.scope); err != nil {
		return usage("%v", err)
	}
	if p.Protect, err = diff.ParseProtect(o.protect); err != nil {
		return usage("%v", err)
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
			return usage("--%s: %v", l.flag, err)
		}
	}
	return nil
}

// share is --rate-share as a fraction.
func (o *options) share() (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(o.rateShare), "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || math.IsNaN(v) || v <= 0 || v > 1 {
		return 0, usage("--rate-share %q: not a percentage above 0%% and up to 100%%", o.rateShare)
	}
	return v, nil
}

// applying checks the options of applying a saved plan, and gives what becomes of
// operations that nobody decided on.
func (o *options) applying() (undecided plan.Decision, err error) {
	if o.maxAge <= 0 {
		return 0, usage("--max-age %s: has to be above 0", o.maxAge)
	}
	if err := o.check("undecided"); err != nil {
		return 0, err
	}
	return undecided, undecided.UnmarshalText([]byte(o.undecided))
}

// onlyVerbs reads --only.
func (o *options) onlyVerbs() (plan.VerbSet, error) {
	var set plan.VerbSet
	for _, list := range o.only {
		for word := range strings.SplitSeq(list, ",") {
			var v plan.Verb
			if err := v.UnmarshalText([]byte(strings.TrimSpace(word))); err != nil {
				return 0, usage("--only %q: not one of create, update, deactivate, reactivate", word)
			}
			set.Add(v)
		}
	}
	return set, nil
}

// served is the sandbox that its command serves.
type served struct {
	addr, state string
	faults      []string
	config      sandbox.Config
}

// checkTokens refuses a file that is there: its tokens may be the only copy.
func (o *options) checkTokens() error {
	if o.authTokens == "" {
		return nil
	}
	if _, err := os.Lstat(o.authTokens); err == nil {
		return usage("--auth-tokens %s: is there already, and may hold tokens that are nowhere else; name another file", o.authTokens)
	}
	return nil
}
