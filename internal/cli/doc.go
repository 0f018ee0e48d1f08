// Package cli is the command line of cometsync: one file a command. It turns
// flags, environment and configuration into checked values, runs the stages,
// draws progress, and decides the exit code. Nothing below it prints or exits. It
// refuses to know how a row is read, what makes a difference, or how a request is sent.
//
// # From a row to a request
//
//	importer            rows of CSV files and workbooks; each becomes a user or a reject
//	  input, charset    opening a file, telling its format and encoding
//	  sheet, delimited  a workbook's sheet as text; taking text apart into records
//	  columns, footer   which column holds which field; which rows are not people
//	  table             what is fixed of a source once its header is found
//	  store             what is kept of rows: an index in memory, the rest on disk
//	  record            what a record is as a whole: a row, a footer, broken
//	  corrections       files of corrected rejects, and whether a row is the one that it corrects
//	  survey            what the beginning of a source shows, for a configuration
//	internal/user       a user, a field, a reject; normalising, validating, comparing one user
//	internal/cometchat  the REST API: pages of the app's users, requests, rates, retries
//	diff                roster + remote + policy -> operations
//	  guard             what refuses them all
//	internal/plan       an operation, a plan, an outcome; writing and reading plan.json
//	internal/apply      plan -> one outcome for each operation, concurrently
//	internal/journal    what was sent and what came back, on disk before and after each request
//	report              everything that was found, planned and done, in each format
//	  document          sections of blocks, laid out for a terminal, Markdown, a workbook
//	  wire              report.json, and reading it again
//	  lists             operations, users and rejects as CSV, and reading those again
//	  html              the page, with its script, its style sheet and its charts
//	  xlsx              the workbook, to look through, decide and correct in
//	  directory         the table of a report's files; writing them whole or not at all, moving and removing them
//	  explain           why one user was changed, or was not
//	  verify            proving a run from its files, by rendering them again
//	  review            the decisions that somebody took on a plan
//
// A row is read once, checked, hashed and put on disk; only its index entry and, of a
// broken one, where its reject is stay in memory. The app's users come in pages. Each
// user's fingerprint is compared with the roster's; only where the two differ are both
// compared field by field, and become an operation. When all pages are in, who is absent
// is known, the guards speak, and the plan is complete. Each operation is recorded in
// the journal, sent within the rate, read back where that is needed, and recorded again
// with its outcome. Then the app is listed once more, and the report is written.
// Package run does these stages in their order.
//
// A diff has a roster in the place of those pages. A rehearsal is all of this on a copy of
// the app in the sandbox, by a clock of internal/clock that skips waiting.
//
// Around them: internal/config resolves options, internal/events tells people and
// programs what happens, internal/exit turns an end into an exit status,
// internal/history reads earlier runs, internal/monitor tells other programs how a run
// ended, internal/sandbox stands for the service, internal/workbook reads XLSX and
// internal/jsontext JSON,
// internal/help and internal/man hold what is printed about the program, internal/setup
// proposes configurations and nightly jobs, internal/notice lists the codes of notices,
// internal/trace is what explain is told of a row,
// internal/phrase and internal/enum put values into words.
//
// # Rules that the architecture test holds
//
// Nouns (user, plan) import no verb; no verb (importer, diff, apply, cometchat, journal,
// report) imports another; only what is above them, and in the end this package,
// puts them together. diff, apply, plan and user know neither files nor HTTP. The sandbox
// imports nothing of ours, so that a wrong tag can't agree with itself. Every package
// has a comment that says what it is for and what it refuses to know.
//
// # How to add
//
// A field of users: its constant and name in user/field.go, its rule in user/row.go, its
// header names in importer/columns/alias.go, its place in requests and pages in
// cometchat/body.go and page.go, and in the sandbox's own user.go and validate.go. Comparing,
// plans, reports and undo go over all fields, and need nothing.
//
// An option: one entry in internal/config/table.go. Flag, environment variable, key of
// the configuration, schema, completion, help and man page come from it.
//
// A notice: its code, which is never changed, with a sentence in internal/notice; and
// where it is found, a user.Notice that says what, where, and what to do. "help codes"
// lists it; "go test ./report -update" and a look at the difference show where it is printed.
//
// A guard: its numbers and sentence in diff/guard/limits.go, its question beside the
// others there, a test just below and just above the limit, a bad night in internal/year
// that nothing else refuses, and its row in help/topics/guards.md and the README.
//
// A format of the report: a function that writes a report.Report, and a line in the table
// formats of report/directory. Writing whole or not at all, hashing and verifying come from
// the table.
package cli
