package cli

import (
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"cometsync/diff"
	"cometsync/importer"
	"cometsync/internal/plan"
	"cometsync/internal/user"
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

	// what no flag says, of the configuration
	shape shape
	own   []ownSource
	pairs []string // of --rekey, once they are read

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
}

func (o *options) common(f *pflag.FlagSet) {
	f.StringVar(&o.config, "config", "", "read options from this YAML `FILE`")
	f.StringVar(&o.output, "output", "text", "the result on standard output: text, or json (the report's head)")
	f.StringVar(&o.logFormat, "log-format", "text", "messages on standard error: text, or json (one event a line; see help events)")
	f.StringVar(&o.logFile, "log-file", "", "add the events to this `FILE` as well, as JSON, whatever --log-format is")
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print nothing when everything went well (in the configuration: of sync alone)")
}

func (o *options) targetFlags(f *pflag.FlagSet) {
	o.appFlags(f)
	o.remoteFlags(f)
}

// appFlags name an app.
func (o *options) appFlags(f *pflag.FlagSet) {
	f.StringVar(&o.appID, "app-id", "", "the app's `ID` (also COMETCHAT_APP_ID)")
	f.StringVar(&o.region, "region", "", "the app's region: us, eu or in (also COMETCHAT_REGION)")
	f.StringVar(&o.baseURL, "base-url", "", "the API's whole base `URL`, https://…/v3 (also COMETCHAT_BASE_URL)")
	f.StringVar(&o.sandbox, "sandbox", "", "work on the embedded sandbox, with the users of this JSON lines `STATE` file, which is only read; of earlier runs, those on it")
}

// remoteFlags say how an app is spoken to.
func (o *options) remoteFlags(f *pflag.FlagSet) {
	f.StringVar(&o.keyFile, "api-key-file", "", "`FILE` that holds the REST API key (also COMETCHAT_API_KEY_FILE; COMETCHAT_API_KEY holds the key itself)")
	f.IntVar(&o.rateCore, "rate-core", 0, "requests a minute that the app allows for creating and (de)activating users (default 10000, or what the API says)")
	f.IntVar(&o.rateStandard, "rate-standard", 0, "requests a minute that the app allows for everything else (default 20000, or what the API says)")
	f.IntVar(&o.rateImport, "rate-import", 0, "bulk imports a minute that the app allows (default 60, or what the API says)")
	f.StringVar(&o.rateShare, "rate-share", "80%", "how much of these rates this run may use; the rest is left to the app's own users")
	f.IntVar(&o.concurrency, "concurrency", 32, "requests under way at once")
	f.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long one request may take")
	f.DurationVar(&o.patience, "patience", 5*time.Minute, "for how long reading is tried again while the app can't be reached, fails or is busy (0: a few times)")
}

func (o *options) readFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.mapping, "map", nil, "`HEADER=FIELD`: what a column holds; FIELD - leaves it alone (repeatable)")
	f.StringVar(&o.empty, "empty", "keep", "an empty cell: keep the app's value, or clear it")
	f.StringVar(&o.uidRewrite, "uid-rewrite", "none", "uids that the service does not take: none (rejects), slug (made valid where no letter is lost), or cometchat (as the vendor's migration tool makes them, of capitals as well)")
	f.StringVar(&o.duplicates, "duplicates", "error", "rows with one uid that differ: error (all are rejects), first, last, or merge (put together what does not contradict)")
	f.StringVar(&o.encoding, "encoding", "auto", "what the bytes of CSV sources are: auto (what they show), utf-8, utf-16, windows-1252, shift_jis, …")
	f.StringVar(&o.delimiter, "delimiter", "auto", "what stands between cells of CSV sources: auto, comma, semicolon, tab, pipe, or any other character, such as '^' or '\\x1f'")
	f.IntVar(&o.headerRow, "header-row", 0, "the row that holds the header, as a spreadsheet counts; rows above it are left alone (0: it is found)")
	f.StringArrayVar(&o.columns, "columns", nil, "`NAMES` of the columns of sources that have no header, in their order, as in uid,name,-; - leaves a column alone, and row 1 is the first person")
	f.BoolVar(&o.fixMojibake, "fix-mojibake", false, "mend text that was decoded twice, such as \"MÃ¼ller\", instead of rejecting its rows")
	f.BoolVar(&o.keepMojibake, "keep-mojibake", false, "take text that looks as if it was decoded twice, or lost characters, as it is, instead of rejecting its rows")
	f.StringVar(&o.tagsSeparator, "tags-separator", "auto", "what stands between tags in a cell: auto (any of | ; and ,), comma, semicolon, pipe, tab, newline, space, or the characters themselves")
	f.StringVar(&o.dates, "dates", "auto", "how dates are written: `FORM`, such as dd.mm.yyyy, mm/dd/yyyy or yyyymmdd (auto: with the year first, and where a part above 12 settles which is the day)")
	f.StringVar(&o.base, "base", "", "the web address that relative avatars and links begin at, such as https://intranet.example.org/")
	f.StringArrayVar(&o.sheets, "sheet", nil, "a `SHEET` of workbooks to read, by its name, its number or a pattern such as '5*'; may be repeated (default: the visible one with a uid column)")
	f.StringVar(&o.numericUID, "numeric-uid", "plain", "a uid that a sheet keeps as a number: plain (what its format shows in another way is a reject), or displayed (what the sheet shows)")
	f.StringArrayVar(&o.match, "match", nil, "`metadata.KEY`: who a person is beside the uid, so that a row that can't be used and a new uid are known by it (repeatable)")
	f.StringArrayVar(&o.rekey, "rekey", nil, "a reviewed rekey.csv `FILE`: people under a new uid keep the one that the app has for them (repeatable)")
	f.StringVar(&o.passwords, "password-file", "", "`FILE` that holds the password of encrypted workbooks")
}

// sourceFlags name sources beside the arguments.
func (o *options) sourceFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.also, "also", nil, "one more `SOURCE` beside those of the configuration, such as mended rejects (repeatable)")
}

func (o *options) policyFlags(f *pflag.FlagSet) {
	f.StringVar(&o.missing, "missing", "deactivate", "active users that the roster lacks: deactivate, known (but for strangers, whom the roster of no earlier run had), or keep")
	f.IntVar(&o.graceRuns, "grace-runs", 1, "deactivate whom the roster lacks once this `MANY` good runs in a row lacked them (1: at once)")
	f.IntVar(&o.graceHours, "grace-hours", 20, "of runs that are nearer to each other than so many `HOURS`, --grace-runs counts one")
	f.StringVar(&o.tags, "tags", "replace", "tags of the roster: replace the app's, or merge with them")
	f.StringVar(&o.metadata, "metadata", "merge", "metadata of the roster: merge with the app's key by key, or replace it")
	f.StringVar(&o.createWith, "create-with", "auto", "how users are created: api, import (in bulk, with createdAt and lastActiveAt), or auto: import where the roster has one of these columns")
	f.BoolVar(&o.revokeTokens, "revoke-tokens", false, "revoke the auth tokens of users before they are deactivated, which can't be undone: deactivating alone leaves them valid")
	f.BoolVar(&o.detectRekey, "detect-rekey", true, "leave users alone who are probably one person under a new uid, and offer the pairs in rekey.csv")
	f.StringVar(&o.maxRejects, "max-rejects", "none", "refuse a roster with more rejects: a count, or a percentage of the rows")
	f.StringVar(&o.maxFieldChanges, "max-field-changes", "auto", "refuse a plan that changes one field of more users without an explanation: auto (20, or 3% of the users on both sides), a count, a percentage, or none")
	f.DurationVar(&o.maxSourceAge, "max-source-age", 0, "refuse a source that was written longer ago, such as 36h (0: any)")
	o.boundFlags(f)
}

// boundFlags bound what a plan may do, wherever it comes from.
func (o *options) boundFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.createRoles, "create-roles", false, "create the roles that the app lacks, instead of rejecting their rows")
	f.StringArrayVar(&o.scope, "scope", nil, "`role=ROLE, tag=TAG or uid=UID`: touch only such users (repeatable, globs such as uid=acme_*)")
	o.protectFlags(f)
	f.BoolVar(&o.manageAgents, "manage-agents", false, "treat the service's AI agents (their role begins with @) and the app's bots as users; else they are protected")
	f.StringVar(&o.maxDeactivate, "max-deactivate", "auto", "refuse a plan that deactivates more: auto (10%; once a good run is on record, at most 20 or 2%), a count, a percentage of the active users in scope, or none")
	f.StringVar(&o.maxCreate, "max-create", "auto", "refuse a plan that creates more: auto (20 or 3%, once a good run is on record), a count, a percentage of the active users in scope, or none")
	f.StringVar(&o.maxUpdate, "max-update", "none", "refuse a plan that updates more: a count, a percentage of the active users in scope, or none")
	f.StringVar(&o.maxReactivate, "max-reactivate", "auto", "refuse a plan that reactivates more: auto (3 or 0.5%, once a good run is on record), a count, a percentage of the active users in scope, or none")
	o.allowFlags(f)
}

func (o *options) allowFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.allow, "allow", nil, "`NAME=ACTUAL`: let a guard trip that is meant to, in this run and at this very number, as its message says (repeatable)")
}

// allowances reads --allow.
func (o *options) allowances() (plan.Allowances, error) {
	a, err := plan.ParseAllowances(o.allow)
	if err != nil {
		return nil, usage("--allow %v", err)
	}
	return a, nil
}

func (o *options) protectFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.protect, "protect", nil, "`UID or role:ROLE`: never touch such users (repeatable, globs)")
	f.StringVar(&o.protectList, "protect-list", "", "`FILE` of such users, one a line, to which decisions of never are added (default: APP.protect in $CONFIGURATION_DIRECTORY, $XDG_CONFIG_HOME/cometsync, ~/.config/cometsync)")
}

func (o *options) reportFlags(f *pflag.FlagSet, otherwise string) {
	f.StringVar(&o.reportDir, "report-dir", "", "write the reports into this `DIR`, in which {run} and {date} are filled in, or none (default "+otherwise+"); another run's report there is moved to DIR-RUN, and one that was edited is never touched")
	f.BoolVar(&o.showPrivate, "show-private", false, "show @private metadata in reports instead of masking it")
}

func (o *options) runFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.detailedExitCode, "detailed-exitcode", false, "exit with 10 when a plan or dry run found changes")
	o.stateFlags(f)
}

func (o *options) stateFlags(f *pflag.FlagSet) {
	f.StringVar(&o.stateDir, "state-dir", "", "`DIR` for journal and lock (default: $STATE_DIRECTORY, $XDG_STATE_HOME/cometsync, ~/.local/state/cometsync)")
}

// writeFlags are those of every command that writes to the app.
func (o *options) writeFlags(f *pflag.FlagSet) {
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "plan only; write nothing to the app")
	f.DurationVar(&o.settle, "settle", 10*time.Second, "how long the app's user list may lag behind before a difference counts")
	f.DurationVar(&o.grace, "grace", 30*time.Second, "how long requests under way may take to finish after an interrupt")
	f.DurationVar(&o.lockTimeout, "lock-timeout", 0, "how long to wait for another run of this app to end")
	f.DurationVar(&o.maxDuration, "max-duration", 0, "end in part once the run is this old, whatever it does or waits for (0: no ceiling)")
	f.IntVar(&o.keepRuns, "keep-runs", 0, "keep the journals and reports of the last `N` runs, and remove those that no --keep- option keeps (none given: all stay)")
	f.IntVar(&o.keepDays, "keep-days", 0, "keep those of the runs of the last `N` days, as --keep-runs")
	f.IntVar(&o.keepChanged, "keep-changed", 0, "keep those of the last `N` runs that changed something, as --keep-runs")
}

// createFlags are those of commands that may create users out of a roster.
func (o *options) createFlags(f *pflag.FlagSet) {
	f.StringVar(&o.authTokens, "auth-tokens", "", "ask for an auth token of each user that is created, and write uid and token to this new `FILE`")
	f.StringVar(&o.tolerateRejects, "tolerate-rejects", "none", "end with exit status 0, instead of 3, where nothing but so many rejects is left: a count, a percentage of the rows, or none")
	f.BoolVar(&o.resend, "resend", false, "send updates again that did not stick in an earlier run")
}

// writing checks them.
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
	empty, err := choice("empty", o.empty)
	if err != nil {
		return out, err
	}
	rewrite, err := choice("uid-rewrite", o.uidRewrite)
	if err != nil {
		return out, err
	}
	with, err := o.creation()
	if err != nil {
		return out, err
	}
	out.Dates = with != createAPI
	out.Rules = user.Rules{EmptyClears: empty == 1, Rewrite: user.Rewrite(rewrite)}
	if _, err := choice("duplicates", o.duplicates); err != nil {
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
	createAPI = iota
	createImport
	createAuto
)

// creation is --create-with; a command that creates nobody has no such flag,
// and reads what an import could carry.
func (o *options) creation() (int, error) {
	if o.createWith == "" {
		return createAuto, nil
	}
	return choice("create-with", o.createWith)
}

// policy checks the options of comparing.
func (o *options) policy() (diff.Policy, error) {
	var p diff.Policy
	missing, err := choice("missing", o.missing)
	if err != nil {
		return p, err
	}
	tags, err := choice("tags", o.tags)
	if err != nil {
		return p, err
	}
	metadata, err := choice("metadata", o.metadata)
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
	p.Missing, p.MergeTags, p.ReplaceMetadata = diff.Missing(missing), tags == 1, metadata == 1
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
