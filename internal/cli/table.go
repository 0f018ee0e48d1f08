package cli

// appOptions say which app is worked on, and how it is spoken to.
func (o *options) appOptions() []section {
	return []section{
		{in: inApp, group: groupApp, options: []option{
			{name: "app-id", variable: "COMETCHAT_APP_ID", to: &o.appID, help: "the app's `ID` (also COMETCHAT_APP_ID)"},
			{name: "region", variable: "COMETCHAT_REGION", to: &o.region, words: []string{"us", "eu", "in"},
				help: "the app's region: us, eu or in (also COMETCHAT_REGION)"},
			{name: "base-url", variable: "COMETCHAT_BASE_URL", to: &o.baseURL, help: "the API's whole base `URL`, https://…/v3 (also COMETCHAT_BASE_URL)"},
			{name: "sandbox", to: &o.sandbox,
				help: "work on the embedded sandbox, with the users of this JSON lines `STATE` file, which is only read; of earlier runs, those on it"},
		}},
		{in: inRemote, group: groupApp, options: []option{
			{name: "api-key-file", variable: "COMETCHAT_API_KEY_FILE", to: &o.keyFile,
				help: "`FILE` that holds the REST API key (also COMETCHAT_API_KEY_FILE; COMETCHAT_API_KEY holds the key itself)"},
			{name: "rate-core", to: &o.rateCore,
				help: "requests a minute that the app allows for creating and (de)activating users (default 10000, or what the API says)"},
			{name: "rate-standard", to: &o.rateStandard,
				help: "requests a minute that the app allows for everything else (default 20000, or what the API says)"},
			{name: "rate-import", to: &o.rateImport, help: "bulk imports a minute that the app allows (default 60, or what the API says)"},
			{name: "rate-share", to: &o.rateShare, def: "80%",
				help: "how much of these rates this run may use; the rest is left to the app's own users"},
			{name: "concurrency", to: &o.concurrency, def: "32", help: "requests under way at once"},
			{name: "timeout", to: &o.timeout, def: "30s", help: "how long one request may take"},
			{name: "patience", to: &o.patience, def: "5m",
				help: "for how long reading is tried again while the app can't be reached, fails or is busy (0: a few times)"},
		}},
	}
}

// readOptions say how a roster is read.
func (o *options) readOptions() []section {
	return []section{
		{in: inRead, group: groupReading, own: true, options: []option{
			{name: "map", to: &o.mapping, said: "what columns hold, by their headers; - leaves one alone",
				help: "`HEADER=FIELD`: what a column holds; FIELD - leaves it alone (repeatable)"},
			{name: "encoding", to: &o.encoding, def: "auto",
				help: "what the bytes of CSV sources are: auto (what they show), utf-8, utf-16, windows-1252, shift_jis, …"},
			{name: "delimiter", to: &o.delimiter, def: "auto",
				help: "what stands between cells of CSV sources: auto, comma, semicolon, tab, pipe, or any other character, such as '^' or '\\x1f'"},
			{name: "header-row", to: &o.headerRow,
				help: "the row that holds the header, as a spreadsheet counts; rows above it are left alone (0: it is found)"},
			{name: "columns", to: &o.columns,
				help: "`NAMES` of the columns of sources that have no header, in their order, as in uid,name,-; - leaves a column alone, and row 1 is the first person"},
			{name: "fix-mojibake", to: &o.fixMojibake,
				help: "mend text that was decoded twice, such as \"MÃ¼ller\", instead of rejecting its rows"},
			{name: "keep-mojibake", to: &o.keepMojibake,
				help: "take text that looks as if it was decoded twice, or lost characters, as it is, instead of rejecting its rows"},
			{name: "tags-separator", to: &o.tagsSeparator, def: "auto",
				help: "what stands between tags in a cell: auto (any of | ; and ,), comma, semicolon, pipe, tab, newline, space, or the characters themselves"},
			{name: "dates", to: &o.dates, def: "auto",
				help: "how dates are written: `FORM`, such as dd.mm.yyyy, mm/dd/yyyy or yyyymmdd (auto: with the year first, and where a part above 12 settles which is the day)"},
			{name: "base", to: &o.base,
				help: "the web address that relative avatars and links begin at, such as https://intranet.example.org/"},
			{name: "sheet", to: &o.sheets,
				help: "a `SHEET` of workbooks to read, by its name, its number or a pattern such as '5*'; may be repeated (default: the visible one with a uid column)"},
			{name: "numeric-uid", to: &o.numericUID, def: "plain", words: []string{"plain", "displayed"},
				help: "a uid that a sheet keeps as a number: plain (what its format shows in another way is a reject), or displayed (what the sheet shows)"},
		}},
		{in: inRead, group: groupReading, options: []option{
			{name: "empty", to: &o.empty, def: "keep", words: []string{"keep", "clear"},
				help: "an empty cell: keep the app's value, or clear it"},
			{name: "uid-rewrite", to: &o.uidRewrite, def: "none", words: []string{"none", "slug", "cometchat"},
				help: "uids that the service does not take: none (rejects), slug (made valid where no letter is lost), or cometchat (as the vendor's migration tool makes them, of capitals as well)"},
			{name: "duplicates", to: &o.duplicates, def: "error", words: []string{"error", "first", "last", "merge"},
				help: "rows with one uid that differ: error (all are rejects), first, last, or merge (put together what does not contradict)"},
			{name: "password-file", to: &o.passwords, help: "`FILE` that holds the password of encrypted workbooks"},
		}},
		{in: inConfig, own: true, options: []option{
			{name: "other-columns", to: &o.others, words: []string{"understand", "ignore", "refuse"},
				help: "columns that map does not list: understand (by their names), ignore, or refuse (an error)"},
			{name: "values", to: &o.values, help: "what cells of a field mean, as in role: {Lehrer: teacher}"},
			{name: "constants", to: &o.constants, help: "fields that are alike for every row, as in tags: staff"},
			{name: "join", to: &o.join, help: "fields that are put together from columns, as in name: \"{First} {Last}\""},
			{name: "defaults", to: &o.defaults, help: "what stands for the empty cells of a field, as in role: student"},
			{name: "footers", to: &o.footers, help: "rows that are no people, by patterns of their text, such as \"Stand: *\""},
		}},
		{in: inConfig, options: []option{
			{name: "sources", to: &o.own, help: "the sources, each by its path or with settings of its own"},
		}},
		{in: inSource, group: groupReading, options: []option{
			{name: "also", to: &o.also, help: "one more `SOURCE` beside those of the configuration, such as mended rejects (repeatable)"},
		}},
	}
}

// matchOptions say who is whom, and who is compared at all.
func (o *options) matchOptions() []section {
	return []section{
		{in: inRead, group: groupMatching, options: []option{
			{name: "match", to: &o.match,
				help: "`metadata.KEY`: who a person is beside the uid, so that a row that can't be used and a new uid are known by it (repeatable)"},
			{name: "rekey", to: &o.rekey,
				help: "a reviewed rekey.csv `FILE`: people under a new uid keep the one that the app has for them (repeatable)"},
		}},
		{in: inPolicy, group: groupMatching, options: []option{
			{name: "missing", to: &o.missing, def: "deactivate", words: []string{"deactivate", "known", "keep"},
				help: "active users that the roster lacks: deactivate, known (but for strangers, whom the roster of no earlier run had), or keep"},
			{name: "grace-runs", to: &o.graceRuns, def: "1",
				help: "deactivate whom the roster lacks once this `MANY` good runs in a row lacked them (1: at once)"},
			{name: "grace-hours", to: &o.graceHours, def: "20",
				help: "of runs that are nearer to each other than so many `HOURS`, --grace-runs counts one"},
			{name: "tags", to: &o.tags, def: "replace", words: []string{"replace", "merge"},
				help: "tags of the roster: replace the app's, or merge with them"},
			{name: "metadata", to: &o.metadata, def: "merge", words: []string{"merge", "replace"},
				help: "metadata of the roster: merge with the app's key by key, or replace it"},
			{name: "detect-rekey", to: &o.detectRekey, def: "true",
				help: "leave users alone who are probably one person under a new uid, and offer the pairs in rekey.csv"},
		}},
		{in: inBounds, group: groupMatching, options: []option{
			{name: "scope", to: &o.scope,
				help: "`role=ROLE, tag=TAG or uid=UID`: touch only such users (repeatable, globs such as uid=acme_*)"},
			{name: "manage-agents", to: &o.manageAgents,
				help: "treat the service's AI agents (their role begins with @) and the app's bots as users; else they are protected"},
		}},
		{in: inProtect, group: groupMatching, options: []option{
			{name: "protect", to: &o.protect, help: "`UID or role:ROLE`: never touch such users (repeatable, globs)"},
			{name: "protect-list", to: &o.protectList,
				help: "`FILE` of such users, one a line, to which decisions of never are added (default: APP.protect in $CONFIGURATION_DIRECTORY, $XDG_CONFIG_HOME/cometsync, ~/.config/cometsync)"},
		}},
	}
}

// limitOptions bound what a plan may do.
func (o *options) limitOptions() []section {
	return []section{
		{in: inPolicy, group: groupLimits, options: []option{
			{name: "max-rejects", to: &o.maxRejects, def: "none",
				help: "refuse a roster with more rejects: a count, or a percentage of the rows"},
			{name: "max-field-changes", to: &o.maxFieldChanges, def: "auto",
				help: "refuse a plan that changes one field of more users without an explanation: auto (20, or 3% of the users on both sides), a count, a percentage, or none"},
			{name: "max-source-age", to: &o.maxSourceAge, help: "refuse a source that was written longer ago, such as 36h (0: any)"},
		}},
		{in: inBounds, group: groupLimits, options: []option{
			{name: "max-create", to: &o.maxCreate, def: "auto",
				help: "refuse a plan that creates more: auto (20 or 3%, once a good run is on record), a count, a percentage of the active users in scope, or none"},
			{name: "max-update", to: &o.maxUpdate, def: "none",
				help: "refuse a plan that updates more: a count, a percentage of the active users in scope, or none"},
			{name: "max-deactivate", to: &o.maxDeactivate, def: "auto",
				help: "refuse a plan that deactivates more: auto (10%; once a good run is on record, at most 20 or 2%), a count, a percentage of the active users in scope, or none"},
			{name: "max-reactivate", to: &o.maxReactivate, def: "auto",
				help: "refuse a plan that reactivates more: auto (3 or 0.5%, once a good run is on record), a count, a percentage of the active users in scope, or none"},
		}},
		{in: inAllow, group: groupLimits, options: []option{
			{name: "allow", to: &o.allow,
				help: "`NAME=ACTUAL`: let a guard trip that is meant to, in this run and at this very number, as its message says (repeatable)"},
		}},
		{in: inCreate, group: groupLimits, options: []option{
			{name: "tolerate-rejects", to: &o.tolerateRejects, def: "none",
				help: "end with exit status 0, instead of 3, where nothing but so many rejects is left: a count, a percentage of the rows, or none"},
		}},
		{in: inApply, group: groupLimits, options: []option{
			{name: "max-age", to: &o.maxAge, def: "24h", help: "refuse a plan that is older"},
		}},
	}
}

// applyOptions say how a plan is carried out.
func (o *options) applyOptions() []section {
	return []section{
		{in: inPolicy, group: groupApplying, options: []option{
			{name: "create-with", to: &o.createWith, def: "auto", words: []string{"api", "import", "auto"},
				help: "how users are created: api, import (in bulk, with createdAt and lastActiveAt), or auto: import where the roster has one of these columns"},
			{name: "revoke-tokens", to: &o.revokeTokens,
				help: "revoke the auth tokens of users before they are deactivated, which can't be undone: deactivating alone leaves them valid"},
		}},
		{in: inBounds, group: groupApplying, options: []option{
			{name: "create-roles", to: &o.createRoles, help: "create the roles that the app lacks, instead of rejecting their rows"},
		}},
		{in: inWrite, group: groupApplying, options: []option{
			{name: "dry-run", short: "n", to: &o.dryRun, help: "plan only; write nothing to the app"},
			{name: "settle", to: &o.settle, def: "10s", help: "how long the app's user list may lag behind before a difference counts"},
			{name: "grace", to: &o.grace, def: "30s", help: "how long requests under way may take to finish after an interrupt"},
			{name: "lock-timeout", to: &o.lockTimeout, help: "how long to wait for another run of this app to end"},
			{name: "max-duration", to: &o.maxDuration,
				help: "end in part once the run is this old, whatever it does or waits for (0: no ceiling)"},
		}},
		{in: inCreate, group: groupApplying, options: []option{
			{name: "auth-tokens", to: &o.authTokens,
				help: "ask for an auth token of each user that is created, and write uid and token to this new `FILE`"},
			{name: "resend", to: &o.resend, help: "send updates again that did not stick in an earlier run"},
		}},
		{in: inApply, group: groupApplying, options: []option{
			{name: "decisions", to: &o.decisions,
				help: "apply what was decided in this `FILE`: the reviewed report.xlsx, a CSV of uid and decision, or what report.html saved"},
			{name: "undecided", to: &o.undecided, def: "hold", words: []string{"hold", "apply"},
				help: "operations without a decision in that file: hold or apply"},
		}},
		{in: inUndo, group: groupApplying, options: []option{
			{name: "only", to: &o.only,
				help: "`VERB`: undo only what the run created, updated, deactivated or reactivated (create, update, deactivate, reactivate; repeatable)"},
		}},
	}
}

// reportOptions say what a run leaves behind, and whom it tells.
func (o *options) reportOptions() []section {
	return []section{
		{in: inReport, group: groupReports, options: []option{
			{name: "report-dir", to: &o.reportDir,
				help: "write the reports into this `DIR`, in which {run} and {date} are filled in, or none (default cometsync-reports/RUN); another run's report there is moved to DIR-RUN, and one that was edited is never touched"},
			{name: "show-private", to: &o.showPrivate, help: "show @private metadata in reports instead of masking it"},
		}},
		{in: inPrivate, group: groupReports, options: []option{
			{name: "show-private", to: &o.showPrivate, help: "show @private metadata instead of masking it"},
		}},
		{in: inRun, group: groupReports, options: []option{
			{name: "detailed-exitcode", to: &o.detailedExitCode, help: "exit with 10 when a plan or dry run found changes"},
		}},
		{in: inState, group: groupReports, options: []option{
			{name: "state-dir", to: &o.stateDir,
				help: "`DIR` for journal and lock (default: $STATE_DIRECTORY, $XDG_STATE_HOME/cometsync, ~/.local/state/cometsync)"},
		}},
		{in: inWrite, group: groupReports, options: []option{
			{name: "keep-runs", to: &o.keepRuns,
				help: "keep the journals and reports of the last `N` runs, and remove those that no --keep- option keeps (none given: all stay)"},
			{name: "keep-days", to: &o.keepDays, help: "keep those of the runs of the last `N` days, as --keep-runs"},
			{name: "keep-changed", to: &o.keepChanged, help: "keep those of the last `N` runs that changed something, as --keep-runs"},
		}},
		{in: inMonitor, group: groupReports, options: []option{
			{name: "metrics-file", to: &o.metricsFile,
				help: "write how the run ended to this `FILE`, named *.prom, for the node exporter's textfile collector; everybody may read it, and no person is in it; what a run did not learn, as its source or the app could not be read, is left out"},
			{name: "ping-url", to: &o.pingURL,
				help: "the `URL` of a cron monitor, which is asked for when the run succeeds, and with /start or /fail behind it when it begins or fails"},
			{name: "on-finish", to: &o.onFinish,
				help: "a `COMMAND` for the shell when the run is over, with COMETSYNC_RESULT, COMETSYNC_EXIT, COMETSYNC_REPORT_DIR and more in its environment, and without the API key; what a run did not learn, such as its counts when it failed early, is not set"},
		}},
	}
}

// singleOptions are those of every command, and of single ones.
func (o *options) singleOptions() []section {
	return []section{
		{in: inAll, options: []option{
			{name: "config", to: &o.config, help: "read options from this YAML `FILE`"},
			{name: "output", to: &o.output, def: "text", words: []string{"text", "json"},
				help: "the result on standard output: text, or json (the report's head)"},
			{name: "log-format", to: &o.logFormat, def: "text", words: []string{"text", "json"},
				help: "messages on standard error: text, or json (one event a line; see help events)"},
			{name: "log-file", to: &o.logFile, help: "add the events to this `FILE` as well, as JSON, whatever --log-format is"},
			{name: "log-level", to: &o.logLevel, def: "info", words: []string{"debug", "info", "warn", "error"},
				help: "debug, info, warn or error"},
			{name: "quiet", short: "q", to: &o.quiet, help: "print nothing when everything went well (in the configuration: of sync alone)"},
		}},
		{in: inVerify, options: []option{
			{name: "inputs", to: &o.inputs, help: "`DIR` that the sources lie in now (default: where they were), or none to leave them out"},
		}},
		{in: inRuns, options: []option{
			{name: "failed", to: &o.failed,
				help: "list only runs that ended with another exit code than 0, did not finish, or can't be believed"},
			{name: "since", to: &o.since,
				help: "list only runs since `WHEN`: a date or time (UTC), such as 2026-11-30 or 2026-11-30T03:15, or how long ago, such as 36h or 7d"},
			{name: "limit", to: &o.limit, help: "list the last `N` of these (0: all)"},
		}},
		{in: inExport, options: []option{
			{name: "format", to: &o.format, words: []string{"csv", "xlsx", "jsonl"},
				help: "csv, xlsx or jsonl (default: by --out's extension, else csv)"},
			{name: "out", short: "o", to: &o.out, def: "-", help: "`FILE` to write, or - for standard output"},
		}},
		{in: inInit, options: []option{
			{name: "write", short: "w", to: &o.write, def: "cometsync.yaml", help: "the `FILE` to write, or - for standard output"},
			{name: "for", to: &o.use, def: "nightly", words: []string{"nightly", "migration"},
				help: "what the configuration is for: nightly (a job that runs every night) or migration (once)"},
			{name: "ask", to: &o.ask, help: "ask on the terminal what the configuration is for"},
			{name: "force", to: &o.force, help: "write over a file that is there"},
			{name: "nightly", to: &o.nightly,
				help: "print what starts a sync every night, instead: `FORM` is systemd, cron, kubernetes, or all"},
		}},
	}
}

// sandboxOptions are those of the sandbox that is served.
func (o *options) sandboxOptions() []section {
	return []section{
		{in: inSandbox, options: []option{
			{name: "addr", to: &o.served.addr, def: "127.0.0.1:8787", help: "`HOST:PORT` to listen on; port 0 takes a free one"},
			{name: "state", to: &o.served.state, help: "JSON lines `FILE` of users: read at the start, written after changes"},
			{name: "fault", to: &o.served.faults, help: "`FAULT` that happens now and then; see above (repeatable)"},
			{name: "auth-key", to: &o.served.config.AuthKey, help: "a second `KEY`, of the scope authOnly"},
			{name: "strict-auth-key", to: &o.served.config.StrictAuthKey, help: "the authOnly key may make tokens and nothing else"},
			{name: "only-app", to: &o.served.config.AppID, help: "take requests for this app `ID` alone"},
			{name: "limit-core", to: &o.served.config.LimitCore, help: "core requests a window (10000 a minute in the service; 0: no limit)"},
			{name: "limit-standard", to: &o.served.config.LimitStandard,
				help: "standard requests a window (20000 a minute in the service; 0: no limit)"},
			{name: "limit-import", to: &o.served.config.LimitImport,
				help: "bulk import requests a window (60 a minute in the service; 0: no limit)"},
			{name: "window", to: &o.served.config.Window, def: "1m", help: "length of the window that limits count in"},
			{name: "headers", to: &o.served.config.Headers, def: "both", words: []string{"both", "x-ratelimit", "x-rate-limit"},
				help: "spelling of the rate headers: both, x-ratelimit or x-rate-limit"},
			{name: "headers-when", to: &o.served.config.HeadersWhen, def: "always", words: []string{"always", "never", "refused"},
				help: "when the rate headers come: always, never, or refused (only with a 429)"},
			{name: "foreign", to: &o.served.config.Foreign, help: "core requests a window that the app's own users make"},
			{name: "list-lag", to: &o.served.config.ListLag, help: "how long a write takes to show in lists"},
			{name: "latency", to: &o.served.config.Latency, help: "how long every answer takes at least"},
			{name: "batch-max", to: &o.served.config.BatchMax, def: "25", help: "uids that one bulk call takes (0: any number)"},
			{name: "churn", to: &o.served.config.Churn, help: "a new user appears after every `N` list requests"},
			{name: "vanish", to: &o.served.config.Vanish, help: "a user disappears for good after every `N` list requests"},
			{name: "merge-metadata", to: &o.served.config.MergeMetadata, help: "an update merges metadata instead of replacing it"},
			{name: "empty-lists", to: &o.served.config.EmptyLists, help: "{} in metadata comes back as []"},
			{name: "conflict-409", to: &o.served.config.Conflict409, help: "answer 409 instead of 400 when a user exists"},
			{name: "odd-totals", to: &o.served.config.OddTotals, help: "pagination counts lie, as in the service's own example"},
			{name: "import-overwrite", to: &o.served.config.ImportOverwrite, help: "bulk import overwrites users that exist"},
			{name: "import-nested", to: &o.served.config.ImportNested, help: "bulk import nests its answers twice"},
			{name: "import-bytes", to: &o.served.config.ImportBytes, help: "bytes that one bulk import takes (0: any number)"},
			{name: "seed", to: &o.served.config.Seed, def: "1", help: "seed of the draws of faults"},
		}},
	}
}
