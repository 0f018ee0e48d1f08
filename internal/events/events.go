package events

import (
	"fmt"
	"log/slog"
	"strings"

	"cometsync/internal/phrase"
)

// Event is what a run tells while it goes on.
type Event struct {
	name          string     // what other programs go by, which is never changed
	level, people slog.Level // of it, and of the same in text
	sentence      string     // for people
}

// The levels; what is told to programs alone is a detail for people.
const (
	detail  = slog.LevelDebug
	info    = slog.LevelInfo
	warn    = slog.LevelWarn
	failure = slog.LevelError
)

var catalogue []*Event

func event(level, people slog.Level, name, sentence string) *Event {
	e := &Event{name, level, people, sentence}
	catalogue = append(catalogue, e)
	return e
}

var (
	RunStarted     = event(info, detail, "run.started", "the configuration is read, and the run begins")
	RunFinished    = event(info, detail, "run.finished", "the run is over, with this result")
	RunFailed      = event(failure, failure, "run.failed", "the run could not go on")
	RunInterrupted = event(warn, warn, "run.interrupted",
		"stopping: what is under way may still finish; a second signal ends the run at once")
	RunOutOfTime = event(warn, warn, "run.out-of-time",
		"the service asks to wait for longer than --max-duration leaves; the run ends in part")
	stageProgress   = event(info, info, "stage.progress", "how far a phase has got, once a minute")
	stageAsked      = event(info, info, "stage.asked", "how far a phase has got, because somebody asked")
	LockWaiting     = event(info, info, "lock.waiting", "waiting for another run of this app to end")
	ApplyStarted    = event(info, info, "apply.started", "applying")
	GuardTripped    = event(warn, detail, "guard.tripped", "a guard refuses the plan, or withholds the part that it is about")
	GuardForeseen   = event(warn, detail, "guard.foreseen", "people have begun to leave, and a guard will refuse the run in which they go")
	VerbStopped     = event(warn, detail, "apply.stopped", "operations of one kind are stopped, and no more of them are sent")
	OperationFailed = event(warn, detail, "operation.failed", "an operation failed, drifted, or has an outcome that nobody knows")
	callRepeated    = event(info, detail, "call.repeated", "trying again")
	callThrottled   = event(info, detail, "call.throttled",
		"throttled: the service took no request, and it is sent again once its rate allows")
	appUnanswered   = event(warn, info, "app.unanswered", "the app does not answer, and the request is repeated")
	listingRepeated = event(info, detail, "listing.repeated", "listing is not shown to be complete, and is done again")
	httpStray       = event(detail, detail, "http.stray", "bytes came that nobody asked for")
	DeadUnreadable  = event(warn, warn, "dead-run.unreadable",
		"the journal of a run that died can't be read, and is left as it is; this run goes by what the app shows")
	DeadPlanless  = event(warn, warn, "dead-run.no-plan", "an earlier run died before it had a plan; it sent nothing")
	DeadTokenless = event(warn, warn, "dead-run.no-tokens",
		"a run that died had created users whose auth tokens are not in its file; make them in the dashboard, or through the API")
	DeadUnreported = event(warn, warn, "dead-run.no-report", "the report of a run that died could not be written")
	DeadSettled    = event(warn, warn, "dead-run.settled", "an earlier run died; what it had sent was settled by reading the users")
	PlanPartlyDone = event(info, info, "plan.partly-done", "a part of this plan was carried out before")
	ProtectAdded   = event(info, info, "protect.added", "added to the protect list, which later runs read")
	ProtectOrphan  = event(warn, warn, "protect.orphan",
		"a protect list belongs to no app that has run here, and protects nobody in this run")
	PastUnreadable = event(warn, warn, "past.unreadable", "there is no last good run to compare with")
	PastUnlinked   = event(detail, detail, "past.unlinked",
		"what an earlier run read or left undone is not on record; the next run compares with an earlier one")
	PastUnkept      = event(warn, warn, "past.unkept", "the guards of the next run will compare with an earlier one")
	StuckUnreadable = event(warn, warn, "stuck.unreadable", "what did not stick in earlier runs can't be read; it is sent again")
	StuckUnkept     = event(warn, warn, "stuck.unkept", "what did not stick could not be kept for the next run")
	StateOfAnother  = event(warn, warn, "state.of-another",
		"the state directory of this app id is that of another target; this one begins its own")
	OldRunsLeft      = event(warn, warn, "runs.left", "old runs could not be removed")
	OldReportLeft    = event(warn, warn, "report.left", "an old report could not be removed")
	OldReportStays   = event(detail, detail, "report.stays", "an old report stays")
	MetricsUnwritten = event(warn, warn, "metrics.unwritten", "the metrics could not be written")
	PingFailed       = event(warn, warn, "ping.failed", "the cron monitor of --ping-url was not told of all of the run")
	PingPrinted      = event(warn, warn, "ping.printed",
		"the address of --ping-url is in what is printed, which others may read; from the configuration it would not")
	NightlyUnprotected = event(warn, warn, "nightly.unprotected",
		"the job reads no protect list, since there is none yet: make an empty one, and print it again to have decisions of never kept")
	NightlyUnseen = event(warn, warn, "nightly.unseen",
		"the systemd unit sees no /tmp but its own, and its user no private home; move these paths, as to /usr/local/bin, /etc and /srv")
	KeyReadable    = event(warn, warn, "key.readable", "others can read the file with the API key")
	OnFinishFailed = event(warn, warn, "on-finish.failed", "the command of --on-finish failed")
	ReportAside    = event(warn, warn, "report.aside", "the report goes beside its directory, which has no room for it")
	RecordNone     = event(warn, warn, "record.none", "the run leaves no record")
	SandboxResumed = event(info, info, "sandbox.resumed", "the sandbox goes on with the users that a run left")
	SandboxPassed  = event(info, info, "sandbox.passed-over",
		"last is the last run of an app; later runs on the embedded sandbox are passed over, and --sandbox means these")
	SandboxUnkept  = event(warn, warn, "sandbox.unkept", "the sandbox's users could not be kept, so the run can't be undone")
	SandboxUnsaved = event(failure, failure, "sandbox.unsaved", "sandbox state could not be saved")
	ExportWritten  = event(info, info, "export.written", "exported")
	ExportLeftOut  = event(warn, warn, "export.left-out",
		"users are left out whom the app shows in a form that can't be managed, and that would not read back")
)

// Sentence is what people are told.
func (e *Event) Sentence() string { return e.sentence }

// always reports whether no --log-level and no --quiet keeps the event back.
func (e *Event) always() bool { return e == RunStarted || e == RunFinished }

// Help lists the events, for help that is so many columns wide.
func Help(width int) string {
	var b strings.Builder
	for _, e := range catalogue {
		b.WriteString(phrase.Hang(fmt.Sprintf("  %-20s %-6s ", e.name, e.level), e.sentence, width))
	}
	return b.String()
}
