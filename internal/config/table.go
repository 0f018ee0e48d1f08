package config

// appOptions say which app is worked on, and how it is spoken to.
func (o *Options) appOptions() []section {
	return []section{
		{in: inApp, group: groupApp, options: []option{
			{Name: "app-id", Variable: "COMETCHAT_APP_ID", to: &o.AppID,
				brief: "the app's ID",
				help:  "the app's `ID`"},
			{Name: "region", Variable: "COMETCHAT_REGION", to: &o.Region, Words: []string{"us", "eu", "in"},
				brief: "us, eu or in",
				help:  "the app's region: us, eu or in"},
			{Name: "base-url", Variable: "COMETCHAT_BASE_URL", to: &o.BaseURL,
				help: "the API's whole base `URL`, https://…/v3"},
			{Name: "sandbox", to: &o.Sandbox, files: "jsonl",
				brief: "the embedded sandbox instead, with these users",
				help: "work on the embedded sandbox, with the users of this JSON lines `STATE` file, which is only read; of earlier " +
					"runs, those on it"},
		}},
		{in: inRemote, group: groupApp, options: []option{
			{Name: "api-key-file", Variable: "COMETCHAT_API_KEY_FILE", to: &o.KeyFile, files: "*",
				brief: "the file that holds the REST API key",
				help:  "`FILE` that holds the REST API key (COMETCHAT_API_KEY holds the key itself)"},
			{Name: "rate-core", to: &o.RateCore,
				help: "requests a minute that the app allows for creating and (de)activating users (default 10,000, or what the API says)"},
			{Name: "rate-standard", to: &o.RateStandard,
				help: "requests a minute that the app allows for everything else (default 20,000, or what the API says)"},
			{Name: "rate-import", to: &o.RateImport, help: "bulk imports a minute that the app allows (default 60, or what the API says)"},
			{Name: "rate-share", to: &o.rateShare, def: "80%",
				help: "how much of these rates this run may use; the rest is left to the app's own users"},
			{Name: "concurrency", to: &o.Concurrency, def: "32", help: "requests under way at once"},
			{Name: "timeout", to: &o.Timeout, positive: true, def: "30s", help: "how long one request may take"},
			{Name: "patience", to: &o.Patience, zero: "is none", def: "5m",
				help: "for how long reading is tried again while the app can't be reached, fails or is busy (0: a few times)"},
		}},
	}
}

// readOptions say how a roster is read.
func (o *Options) readOptions() []section {
	return []section{
		{in: InRead, group: groupReading, own: true, options: []option{
			{Name: "map", to: &o.mapping, said: "what columns hold, by their headers; - leaves one alone",
				brief: "what a column holds, by its header",
				help:  "`HEADER=FIELD`: what a column holds; FIELD - leaves it alone (repeatable)"},
			{Name: "encoding", to: &o.reading.Encoding, offers: "auto utf-8 utf-16 windows-1252 shift_jis", def: "auto",
				help: "what the bytes of CSV sources are: auto (what they show), utf-8, utf-16, windows-1252, shift_jis, …"},
			{Name: "delimiter", to: &o.delimiter, offers: "auto comma semicolon tab pipe", def: "auto",
				help: "what separates the cells of CSV sources: auto, comma, semicolon, tab, pipe, or any other character, such as '^' " +
					"or '\\x1f'"},
			{Name: "header-row", to: &o.reading.HeaderRow, zero: "finds it",
				help: "the row that holds the header, as a spreadsheet counts; rows above it are left alone (0: it is found)"},
			{Name: "columns", to: &o.columns,
				help: "`NAMES` of the columns of sources that have no header, in their order, as in uid,name,-; - leaves a column alone, " +
					"and row 1 is the first person"},
			{Name: "fix-mojibake", to: &o.reading.FixMojibake,
				help: "repair text that was decoded twice, such as \"MÃ¼ller\", instead of rejecting its rows"},
			{Name: "keep-mojibake", to: &o.reading.KeepMojibake,
				help: "take text that looks as if it was decoded twice, or lost characters, as it is, instead of rejecting its rows"},
			{Name: "tags-separator", to: &o.reading.TagsSeparator, offers: "auto comma semicolon pipe tab newline space",
				def: "auto",
				help: "what separates tags in a cell: auto (any of | ; and ,), comma, semicolon, pipe, tab, newline, space, or the " +
					"characters themselves"},
			{Name: "dates", to: &o.reading.DateForm, offers: "auto dd.mm.yyyy mm/dd/yyyy yyyymmdd", def: "auto",
				help: "how dates are written: `FORM`, such as dd.mm.yyyy, mm/dd/yyyy or yyyymmdd (auto: with the year first, and where a " +
					"part above 12 settles which is the day)"},
			{Name: "base", to: &o.reading.Base,
				help: "the web address that relative avatars and links begin at, such as https://intranet.example.org/"},
			{Name: "sheet", to: &o.reading.Sheets,
				help: "a `SHEET` of workbooks to read, by its name, its number or a pattern such as '5*'; may be repeated (default: the " +
					"visible one with a uid column)"},
			{Name: "numeric-uid", to: &o.numericUID, def: "plain", Words: []string{"plain", "displayed"},
				help: "a uid that a sheet keeps as a number: plain (what its format shows in another way is a reject), or displayed " +
					"(what the sheet shows)"},
		}},
		{in: InRead, group: groupReading, options: []option{
			{Name: "empty", to: &o.empty, def: "keep", Words: []string{"keep", "clear"},
				help: "an empty cell: keep the app's value, or clear it"},
			{Name: "uid-rewrite", to: &o.reading.Rules.Rewrite, def: "none", Words: []string{"none", "slug", "cometchat"},
				help: "uids that the service does not take: none (rejects), slug (made valid where no letter is lost), or cometchat (as " +
					"the vendor's migration tool makes them, of capitals as well)"},
			{Name: "duplicates", to: &o.reading.Duplicates, def: "error", Words: []string{"error", "first", "last", "merge"},
				brief: "rows with one uid: error, first, last or merge",
				help: "rows with one uid that differ: error (all are rejects), first, last, or merge (put together what does not " +
					"contradict)"},
			{Name: "password-file", to: &o.Passwords, files: "*", help: "`FILE` that holds the password of encrypted workbooks"},
		}},
		{in: inConfig, own: true, options: []option{
			{Name: "other-columns", to: &o.reading.Others, Words: []string{"understand", "ignore", "refuse"},
				help: "columns that map does not list: understand (by their names), ignore, or refuse (an error)"},
			{Name: "values", to: &o.reading.Values, help: "what cells of a field mean, as in role: {Lehrer: teacher}"},
			{Name: "constants", to: &o.reading.Constants, help: "fields that are alike for every row, as in tags: staff"},
			{Name: "join", to: &o.reading.Join, help: "fields that are put together from columns, as in name: \"{First} {Last}\""},
			{Name: "defaults", to: &o.reading.Defaults, help: "what stands for the empty cells of a field, as in role: student"},
			{Name: "footers", to: &o.reading.Footers, help: "rows that are not people, by patterns of their text, such as \"Stand: *\""},
		}},
		{in: inConfig, options: []option{
			{Name: "sources", to: &o.Own, help: "the sources, each by its path or with settings of its own"},
		}},
		{in: inSource, group: groupReading, options: []option{
			{Name: "also", to: &o.Also, files: SourceFiles,
				help: "one more `SOURCE` beside those of the configuration, such as corrected rejects (repeatable)"},
		}},
	}
}

// matchOptions say who is whom, and who is compared at all.
func (o *Options) matchOptions() []section {
	return []section{
		{in: InRead, group: groupMatching, options: []option{
			{Name: "match", to: &o.match, offers: "metadata.",
				help: "`metadata.KEY`: who a person is beside the uid, so a row that can't be used and a new uid are known by it " +
					"(repeatable)"},
			{Name: "rekey", to: &o.Rekey, files: "csv json",
				help: "a reviewed rekey.csv `FILE`, or what report.html saved: people under a new uid keep the one that the app has for " +
					"them (repeatable)"},
		}},
		{in: inPolicy, group: groupMatching, options: []option{
			{Name: "missing", to: &o.policy.Missing, def: "deactivate", Words: []string{"deactivate", "known", "keep"},
				brief: "who is absent: deactivate, known or keep",
				help: "active users that the roster lacks: deactivate, known (but for strangers, whom the roster of no earlier run " +
					"had), or keep"},
			{Name: "grace-runs", to: &o.policy.GraceRuns, def: "1",
				help: "deactivate whom the roster lacks once this `MANY` good runs in a row lacked them (1: at once)"},
			{Name: "grace-hours", to: &o.graceHours, zero: "counts every run", def: "20",
				help: "of runs that are nearer to each other than so many `HOURS`, --grace-runs counts one"},
			{Name: "tags", to: &o.tags, def: "replace", Words: []string{"replace", "merge"},
				help: "tags of the roster: replace the app's, or merge with them"},
			{Name: "metadata", to: &o.metadata, def: "merge", Words: []string{"merge", "replace"},
				help: "metadata of the roster: merge with the app's key by key, or replace it"},
			{Name: "detect-rekey", to: &o.policy.Rekeys, def: "true",
				help: "leave users alone who are probably one person under a new uid, and offer the pairs in rekey.csv"},
		}},
		{in: inBounds, group: groupMatching, options: []option{
			{Name: "scope", to: &o.scope, offers: "role= tag= uid=",
				brief: "touch only these: role=ROLE, tag=TAG, uid=UID",
				help:  "touch only users of this `SCOPE`: role=ROLE, tag=TAG or uid=UID (repeatable, globs such as uid=acme_*)"},
			{Name: "manage-agents", to: &o.policy.ManageAgents,
				help: "treat the service's AI agents (their role begins with @) and the app's bots as users; else they are protected"},
		}},
		{in: inProtect, group: groupMatching, options: []option{
			{Name: "protect", to: &o.Protect, offers: "role:",
				brief: "never touch these: a uid, or role:ROLE",
				help:  "never touch these `USERS`: a uid, or role:ROLE (repeatable, globs)"},
			{Name: "protect-list", to: &o.ProtectList, files: "*",
				help: "`FILE` of such users, one a line, to which decisions of never are added (default: APP.protect in " +
					"$CONFIGURATION_DIRECTORY, $XDG_CONFIG_HOME/cometsync, ~/.config/cometsync)"},
		}},
	}
}

// limitOptions bound what a plan may do.
func (o *Options) limitOptions() []section {
	return []section{
		{in: inPolicy, group: groupLimits, options: []option{
			{Name: "max-rejects", to: &o.policy.Max.Rejects, offers: "none", def: "none",
				help: "refuse a roster with more rejects: a count, or a percentage of the rows"},
			{Name: "max-field-changes", to: &o.policy.Max.FieldChanges, offers: "auto none", def: "auto",
				help: "refuse a plan that changes one field of more users without an explanation: auto (20, or 3% of the users on both " +
					"sides), a count, a percentage, or none"},
			{Name: "max-source-age", to: &o.policy.MaxSourceAge, help: "refuse a source that was written longer ago, such as 36h (0: any)"},
		}},
		{in: inBounds, group: groupLimits, options: []option{
			{Name: "max-create", to: &o.policy.Max.Create, offers: "auto none", def: "auto",
				help: "refuse a plan that creates more: auto (20 or 3%, once a good run is on record), a count, a percentage of the " +
					"active users in scope, or none"},
			{Name: "max-update", to: &o.policy.Max.Update, offers: "none", def: "none",
				help: "refuse a plan that updates more: a count, a percentage of the active users in scope, or none"},
			{Name: "max-deactivate", to: &o.policy.Max.Deactivate, offers: "auto none", def: "auto",
				brief: "refuse to deactivate more: a count or a %",
				help: "refuse a plan that deactivates more: auto (10%; once a good run is on record, at most 20 or 2%), a count, a " +
					"percentage of the active users in scope, or none"},
			{Name: "max-reactivate", to: &o.policy.Max.Reactivate, offers: "auto none", def: "auto",
				help: "refuse a plan that reactivates more: auto (3 or 0.5%, once a good run is on record), a count, a percentage of the " +
					"active users in scope, or none"},
		}},
		{in: inAllow, group: groupLimits, options: []option{
			{Name: "allow", to: &o.Allow, offers: guardsToAllow(),
				brief: "let a guard trip, as its message says",
				help: "`NAME=ACTUAL`: let a guard trip that is meant to, in this run and at this very number, as its message says " +
					"(repeatable)"},
		}},
		{in: inCreate, group: groupLimits, options: []option{
			{Name: "tolerate-rejects", to: &o.tolerateRejects, offers: "none", def: "none",
				help: "end with exit status 0, instead of 3, where nothing but so many rejects is left: a count, a percentage of the " +
					"rows, or none"},
		}},
		{in: inApply, group: groupLimits, options: []option{
			{Name: "max-age", to: &o.MaxAge, positive: true, def: "24h",
				brief: "refuse a plan that is older (24h)",
				help:  "refuse a plan that is older"},
		}},
	}
}

// applyOptions say how a plan is carried out.
func (o *Options) applyOptions() []section {
	return []section{
		{in: inPolicy, group: groupApplying, options: []option{
			{Name: "create-with", to: &o.CreateWith, def: "auto", Words: []string{"api", "import", "auto"},
				help: "how users are created: api, import (in bulk, with createdAt and lastActiveAt), or auto: import where the roster " +
					"has one of these columns"},
			{Name: "revoke-tokens", to: &o.RevokeTokens,
				help: "revoke the auth tokens of users before they are deactivated, which can't be undone: deactivating alone leaves " +
					"them valid"},
		}},
		{in: inBounds, group: groupApplying, options: []option{
			{Name: "create-roles", to: &o.policy.CreateRoles, help: "create the roles that the app lacks, instead of rejecting their rows"},
		}},
		{in: inWrite, group: groupApplying, options: []option{
			{Name: "dry-run", short: "n", to: &o.DryRun,
				brief: "plan only; write nothing to the app",
				help:  "plan only; write nothing to the app"},
			{Name: "lock-timeout", to: &o.LockTimeout, help: "how long to wait for another run of this app to end"},
		}},
		{in: inWrite | inRehearse, group: groupApplying, options: []option{
			{Name: "settle", to: &o.Settle, def: "10s", help: "how long the app's user list may lag behind before a difference counts"},
			{Name: "grace", to: &o.Grace, def: "30s", help: "how long requests under way may take to finish after an interrupt"},
			{Name: "max-duration", to: &o.MaxDuration,
				help: "end in part once the run is this old, whatever it does or waits for (0: no ceiling)"},
		}},
		{in: inCreate, group: groupApplying, options: []option{
			{Name: "auth-tokens", to: &o.AuthTokens, files: "*",
				help: "ask for an auth token of each user that is created, and write uid and token to this new `FILE`"},
			{Name: "resend", to: &o.Resend, help: "send updates again that did not stick in an earlier run"},
		}},
		{in: inApply, group: groupApplying, options: []option{
			{Name: "decisions", to: &o.Decisions, files: "json xlsx csv",
				brief: "apply only what was decided in this file",
				help: "apply what was decided in this `FILE`: the reviewed report.xlsx, a CSV of uid and decision, or what report.html " +
					"saved"},
			{Name: "undecided", to: &o.Undecided, def: "hold", Words: []string{"hold", "apply"},
				help: "operations without a decision in that file: hold or apply"},
		}},
		{in: inRehearse, group: groupApplying, options: []option{
			{Name: "others", to: &o.Others, zero: "is none",
				help: "`CORE` requests a minute that the app's own users make meanwhile, such as logins: they slow a run down"},
		}},
		{in: inUndo, group: groupApplying, options: []option{
			{Name: "only", to: &o.only, offers: "create update deactivate reactivate",
				brief: "undo only create, update, deactivate, …",
				help: "`VERB`: undo only what the run created, updated, deactivated or reactivated (create, update, deactivate, " +
					"reactivate; repeatable)"},
		}},
	}
}

// reportOptions say what a run leaves behind, and whom it tells.
func (o *Options) reportOptions() []section {
	return []section{
		{in: inReport, group: groupReports, options: []option{
			{Name: "report-dir", to: &o.ReportDir, files: "/",
				brief: "where the reports go, or none",
				help: "write the reports into this `DIR`, in which {run} and {date} are filled in, or none (default " +
					"cometsync-reports/RUN); another run's report there is moved to DIR-RUN, and one that was edited is never touched"},
			{Name: "show-private", to: &o.ShowPrivate, help: "show @private metadata in reports instead of masking it"},
		}},
		{in: InPrivate, group: groupReports, options: []option{
			{Name: "show-private", to: &o.ShowPrivate,
				brief: "show @private metadata",
				help:  "show @private metadata instead of masking it"},
		}},
		{in: inRun, group: groupReports, options: []option{
			{Name: "detailed-exitcode", to: &o.DetailedExitCode, help: "exit with 10 when a plan or dry run found changes"},
		}},
		{in: inState, group: groupReports, options: []option{
			{Name: "state-dir", to: &o.StateDir, files: "/",
				help: "`DIR` for journal and lock (default: $STATE_DIRECTORY, $XDG_STATE_HOME/cometsync, ~/.local/state/cometsync)"},
		}},
		{in: inWrite, group: groupReports, options: []option{
			{Name: "keep-runs", to: &o.KeepRuns, zero: "is as if it were not given",
				help: "keep the journals and reports of the last `N` runs, and remove those that no --keep- option keeps (none given: " +
					"all stay); guards compare with up to 45 days of journals, as far as they are kept"},
			{Name: "keep-days", to: &o.KeepDays, zero: "is as if it were not given",
				help: "keep those of the runs of the last `N` days, as --keep-runs"},
			{Name: "keep-changed", to: &o.KeepChanged, zero: "is as if it were not given",
				help: "keep those of the last `N` runs that changed something, as --keep-runs"},
		}},
		{in: inMonitor, group: groupReports, options: []option{
			{Name: "metrics-file", to: &o.MetricsFile, files: "prom",
				help: "write how the run ended to this `FILE`, named *.prom, for the node exporter's textfile collector; everybody may " +
					"read it, and no person is in it; what a run did not learn, as its source or the app could not be read, is left out"},
			{Name: "ping-url", to: &o.PingURL,
				help: "the `URL` of a cron monitor, which is requested when the run succeeds, and with /start or /fail added when it " +
					"begins or fails"},
			{Name: "on-finish", to: &o.OnFinish,
				help: "a `COMMAND` for the shell when the run is over, with COMETSYNC_RESULT, COMETSYNC_EXIT, COMETSYNC_REPORT_DIR and " +
					"more in its environment, and without the API key; what a run did not learn, such as its counts when it failed " +
					"early, is not set"},
		}},
	}
}

// singleOptions are those of every command, and of single ones.
func (o *Options) singleOptions() []section {
	return []section{
		{in: InAll, group: groupGeneral, options: []option{
			{Name: "config", to: &o.Config, files: "yaml yml",
				brief: "read options from this YAML file",
				help:  "read options from this YAML `FILE`"},
			{Name: "output", to: &o.Output, def: "text", Words: []string{"text", "json"},
				brief: "text, or json",
				help:  "the result on standard output: text, or json (one document; of a run, the report's head)"},
			{Name: "log-format", to: &o.LogFormat, def: "text", Words: []string{"text", "json"},
				help: "messages on standard error: text, or json (one event a line; see help events)"},
			{Name: "log-file", to: &o.LogFile, files: "*",
				help: "add the events to this `FILE` as well, as JSON, whatever --log-format is"},
			{Name: "log-level", to: &o.LogLevel, def: "info", Words: []string{"debug", "info", "warn", "error"},
				help: "debug, info, warn or error"},
			{Name: "quiet", short: "q", to: &o.Quiet, help: "print nothing when everything went well (in the configuration: of sync " +
				"alone)"},
		}},
		{in: InVerify, group: groupOwn, options: []option{
			{Name: "inputs", to: &o.Inputs, files: "/",
				brief: "where the sources are now, or none",
				help:  "`DIR` that the sources lie in now (default: where they were), or none to leave them out"},
		}},
		{in: InRuns, group: groupOwn, options: []option{
			{Name: "failed", to: &o.Failed,
				brief: "only those that did not end well",
				help:  "list only runs that ended with another exit code than 0, did not finish, or can't be trusted"},
			{Name: "since", to: &o.Since,
				brief: "only since a date, or 7d ago",
				help: "list only runs since `WHEN`: a date or time (UTC), such as 2026-11-30 or 2026-11-30T03:15, or how long ago, such " +
					"as 36h or 7d"},
			{Name: "limit", to: &o.Limit, zero: "lists all",
				brief: "only the last N",
				help:  "list the last `N` of these (0: all)"},
		}},
		{in: InExport, group: groupOwn, options: []option{
			{Name: "format", to: &o.Format, Words: []string{"csv", "xlsx", "jsonl"},
				brief: "csv, xlsx or jsonl",
				help:  "csv, xlsx or jsonl (default: by --out's extension, else csv)"},
			{Name: "out", short: "o", to: &o.Out, files: "csv xlsx jsonl", def: "-",
				brief: "where to write; - is standard output",
				help:  "`FILE` to write, or - for standard output"},
		}},
		{in: InInit, group: groupOwn, options: []option{
			{Name: "write", short: "w", to: &o.Write, files: "yaml yml", def: "cometsync.yaml",
				brief: "where to write; - is standard output",
				help:  "the `FILE` to write, or - for standard output"},
			{Name: "for", to: &o.Use, def: "nightly", Words: []string{"nightly", "migration"},
				brief: "nightly or migration",
				help:  "what the configuration is for: nightly (a job that runs every night) or migration (once)"},
			{Name: "ask", to: &o.Ask,
				brief: "ask what it is for",
				help:  "ask on the terminal what the configuration is for"},
			{Name: "force", to: &o.Force,
				brief: "write over a file that is there",
				help:  "write over a file that is there"},
			{Name: "nightly", to: &o.Nightly, offers: "systemd cron kubernetes all",
				brief: "print a job: systemd, cron, kubernetes, all",
				help:  "print what starts a sync every night, instead: `FORM` is systemd, cron, kubernetes, or all"},
		}},
	}
}

// sandboxOptions are those of the sandbox that is served.
func (o *Options) sandboxOptions() []section {
	return []section{
		{in: InSandbox, group: groupOwn, options: []option{
			{Name: "addr", to: &o.Served.Addr, def: "127.0.0.1:8787",
				brief: "where to listen; port 0 takes a free one",
				help:  "`HOST:PORT` to listen on; port 0 takes a free one"},
			{Name: "state", to: &o.Served.State, files: "jsonl",
				brief: "its users: read first, written after changes",
				help:  "JSON lines `FILE` of users: read at the start, written after changes"},
			{Name: "fault", to: &o.Served.Faults,
				brief: "what goes wrong now and then",
				help:  "`FAULT` that happens now and then; see above (repeatable)"},
			{Name: "auth-key", to: &o.Served.Config.AuthKey, help: "a second `KEY`, of the scope authOnly"},
			{Name: "strict-auth-key", to: &o.Served.Config.StrictAuthKey, help: "the authOnly key may make tokens and nothing else"},
			{Name: "only-app", to: &o.Served.Config.AppID, help: "take requests for this app `ID` alone"},
			{Name: "limit-core", to: &o.Served.Config.LimitCore,
				brief: "core requests a minute",
				help:  "core requests a window (10,000 a minute in the service; 0: no limit)"},
			{Name: "limit-standard", to: &o.Served.Config.LimitStandard,
				brief: "other requests a minute",
				help:  "standard requests a window (20,000 a minute in the service; 0: no limit)"},
			{Name: "limit-import", to: &o.Served.Config.LimitImport,
				help: "bulk import requests a window (60 a minute in the service; 0: no limit)"},
			{Name: "window", to: &o.Served.Config.Window, def: "1m", help: "length of the window that limits count in"},
			{Name: "headers", to: &o.Served.Config.Headers, def: "both", Words: []string{"both", "x-ratelimit", "x-rate-limit"},
				help: "spelling of the rate headers: both, x-ratelimit or x-rate-limit"},
			{Name: "headers-when", to: &o.Served.Config.HeadersWhen, def: "always", Words: []string{"always", "never", "refused"},
				help: "when the rate headers come: always, never, or refused (only with a 429)"},
			{Name: "foreign", to: &o.Served.Config.Foreign, help: "core requests a window that the app's own users make"},
			{Name: "list-lag", to: &o.Served.Config.ListLag,
				brief: "how long a write takes to show in lists",
				help:  "how long a write takes to show in lists"},
			{Name: "latency", to: &o.Served.Config.Latency,
				brief: "how long every answer takes at least",
				help:  "how long every answer takes at least"},
			{Name: "batch-max", to: &o.Served.Config.BatchMax, def: "25", help: "uids that one bulk call takes (0: any number)"},
			{Name: "churn", to: &o.Served.Config.Churn, help: "a new user appears after every `N` list requests"},
			{Name: "vanish", to: &o.Served.Config.Vanish, help: "a user disappears for good after every `N` list requests"},
			{Name: "merge-metadata", to: &o.Served.Config.MergeMetadata, help: "an update merges metadata instead of replacing it"},
			{Name: "empty-lists", to: &o.Served.Config.EmptyLists, help: "{} in metadata comes back as []"},
			{Name: "conflict-409", to: &o.Served.Config.Conflict409, help: "answer 409 instead of 400 when a user exists"},
			{Name: "odd-totals", to: &o.Served.Config.OddTotals, help: "pagination counts lie, as in the service's own example"},
			{Name: "import-overwrite", to: &o.Served.Config.ImportOverwrite, help: "bulk import overwrites users that exist"},
			{Name: "import-nested", to: &o.Served.Config.ImportNested, help: "bulk import nests its answers twice"},
			{Name: "import-bytes", to: &o.Served.Config.ImportBytes, help: "bytes that one bulk import takes (0: any number)"},
			{Name: "seed", to: &o.Served.Config.Seed, def: "1", help: "seed of the draws of faults"},
		}},
	}
}
