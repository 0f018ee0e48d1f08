package events

import (
	"fmt"
	"log/slog"
	"strings"
)

// Event is what a run tells while it goes on. Its name is what other programs go
// by, and is never changed; its sentence is for people.
type Event uint8

const (
	RunStarted Event = iota + 1
	RunFinished
	RunFailed
	RunInterrupted
	RunOutOfTime
	stageProgress
	stageAsked
	LockWaiting
	ApplyStarted
	GuardTripped
	GuardForeseen
	VerbStopped
	OperationFailed
	callRepeated
	callThrottled
	appUnanswered
	listingRepeated
	httpStray
	DeadUnreadable
	DeadPlanless
	DeadTokenless
	DeadUnreported
	DeadSettled
	PlanPartlyDone
	ProtectAdded
	ProtectOrphan
	PastUnreadable
	PastUnlinked
	PastUnkept
	StuckUnreadable
	StuckUnkept
	StateOfAnother
	OldRunsLeft
	OldReportLeft
	OldReportStays
	MetricsUnwritten
	PingFailed
	PingPrinted
	NightlyUnseen
	KeyReadable
	OnFinishFailed
	ReportAside
	RecordNone
	SandboxResumed
	SandboxUnkept
	SandboxUnsaved
	ExportWritten
	ExportLeftOut
)

// aside is the level at which people are shown what is told to programs alone.
const aside = slog.LevelDebug

// catalogue are all events, in the order of their constants.
var catalogue = [...]struct {
	name     string
	level    slog.Level // of the event
	people   slog.Level // of the same in text
	sentence string
}{
	RunStarted:  {"run.started", slog.LevelInfo, aside, "the configuration is read, and the run begins"},
	RunFinished: {"run.finished", slog.LevelInfo, aside, "the run is over, with this result"},
	RunFailed:   {"run.failed", slog.LevelError, slog.LevelError, "the run could not go on"},
	RunInterrupted: {"run.interrupted", slog.LevelWarn, slog.LevelWarn,
		"stopping: what is under way may still finish; a second signal ends the run at once"},
	RunOutOfTime: {"run.out-of-time", slog.LevelWarn, slog.LevelWarn,
		"the service asks to wait for longer than --max-duration leaves; the run ends in part"},
	stageProgress: {"stage.progress", slog.LevelInfo, slog.LevelInfo, "how far a stage is"},
	stageAsked:    {"stage.asked", slog.LevelInfo, slog.LevelInfo, "how far a stage is, as somebody asked"},
	LockWaiting:   {"lock.waiting", slog.LevelInfo, slog.LevelInfo, "waiting for another run of this app to end"},
	ApplyStarted:  {"apply.started", slog.LevelInfo, slog.LevelInfo, "applying"},
	GuardTripped:  {"guard.tripped", slog.LevelWarn, aside, "a guard refuses the plan, or withholds the part that it is about"},
	GuardForeseen: {"guard.foreseen", slog.LevelWarn, aside,
		"people have begun to leave, and a guard will refuse the run in which they go"},
	VerbStopped:     {"apply.stopped", slog.LevelWarn, aside, "operations of one kind are stopped, and no more of them are sent"},
	OperationFailed: {"operation.failed", slog.LevelWarn, aside, "an operation failed, drifted, or has an outcome that nobody knows"},
	callRepeated:    {"call.repeated", slog.LevelInfo, aside, "trying again"},
	callThrottled: {"call.throttled", slog.LevelInfo, aside,
		"throttled: the service took no request, and it is sent again once its rate allows"},
	appUnanswered:   {"app.unanswered", slog.LevelWarn, slog.LevelInfo, "the app does not answer, and is asked again"},
	listingRepeated: {"listing.repeated", slog.LevelInfo, aside, "listing is not shown to be complete, and is done again"},
	httpStray:       {"http.stray", aside, aside, "bytes came that nobody asked for"},
	DeadUnreadable: {"dead-run.unreadable", slog.LevelWarn, slog.LevelWarn,
		"the journal of a run that died can't be read, and is left as it is; this run goes by what the app shows"},
	DeadPlanless: {"dead-run.no-plan", slog.LevelWarn, slog.LevelWarn, "an earlier run died before it had a plan; it sent nothing"},
	DeadTokenless: {"dead-run.no-tokens", slog.LevelWarn, slog.LevelWarn,
		"a run that died had created users whose auth tokens are not in its file; make them in the dashboard, or through the API"},
	DeadUnreported: {"dead-run.no-report", slog.LevelWarn, slog.LevelWarn, "the report of a run that died could not be written"},
	DeadSettled: {"dead-run.settled", slog.LevelWarn, slog.LevelWarn,
		"an earlier run died; what it had sent was settled by reading the users"},
	PlanPartlyDone: {"plan.partly-done", slog.LevelInfo, slog.LevelInfo, "a part of this plan was carried out before"},
	ProtectAdded:   {"protect.added", slog.LevelInfo, slog.LevelInfo, "added to the protect list, which later runs read"},
	ProtectOrphan: {"protect.orphan", slog.LevelWarn, slog.LevelWarn,
		"a protect list belongs to no app that has run here, and protects nobody in this run"},
	PastUnreadable: {"past.unreadable", slog.LevelWarn, slog.LevelWarn, "there is no last good run to compare with"},
	PastUnlinked: {"past.unlinked", slog.LevelDebug, slog.LevelDebug,
		"what an earlier run read or left undone is not on record; the next run compares with an earlier one"},
	PastUnkept: {"past.unkept", slog.LevelWarn, slog.LevelWarn, "the guards of the next run will compare with an earlier one"},
	StuckUnreadable: {"stuck.unreadable", slog.LevelWarn, slog.LevelWarn,
		"what did not stick in earlier runs can't be read; it is sent again"},
	StuckUnkept: {"stuck.unkept", slog.LevelWarn, slog.LevelWarn, "what did not stick could not be kept for the next run"},
	StateOfAnother: {"state.of-another", slog.LevelWarn, slog.LevelWarn,
		"the state directory of this app id is that of another target; this one begins its own"},
	OldRunsLeft:      {"runs.left", slog.LevelWarn, slog.LevelWarn, "old runs could not be removed"},
	OldReportLeft:    {"report.left", slog.LevelWarn, slog.LevelWarn, "an old report could not be removed"},
	OldReportStays:   {"report.stays", slog.LevelDebug, slog.LevelDebug, "an old report stays"},
	MetricsUnwritten: {"metrics.unwritten", slog.LevelWarn, slog.LevelWarn, "the metrics could not be written"},
	PingFailed:       {"ping.failed", slog.LevelWarn, slog.LevelWarn, "the cron monitor of --ping-url was not told of all of the run"},
	PingPrinted: {"ping.printed", slog.LevelWarn, slog.LevelWarn,
		"the address of --ping-url stands in what is printed, which others may read; from the configuration it would not"},
	NightlyUnseen: {"nightly.unseen", slog.LevelWarn, slog.LevelWarn,
		"the systemd unit sees no /tmp but its own, and its user no private home; move these paths, as to /usr/local/bin, /etc and /srv"},
	KeyReadable:    {"key.readable", slog.LevelWarn, slog.LevelWarn, "others can read the file with the API key"},
	OnFinishFailed: {"on-finish.failed", slog.LevelWarn, slog.LevelWarn, "the command of --on-finish failed"},
	ReportAside:    {"report.aside", slog.LevelWarn, slog.LevelWarn, "the report goes beside its directory, which has no room for it"},
	RecordNone:     {"record.none", slog.LevelWarn, slog.LevelWarn, "the run leaves no record"},
	SandboxResumed: {"sandbox.resumed", slog.LevelInfo, slog.LevelInfo, "the sandbox goes on with the users that a run left"},
	SandboxUnkept: {"sandbox.unkept", slog.LevelWarn, slog.LevelWarn,
		"the sandbox's users could not be kept, so that the run can't be undone"},
	SandboxUnsaved: {"sandbox.unsaved", slog.LevelError, slog.LevelError, "sandbox state could not be saved"},
	ExportWritten:  {"export.written", slog.LevelInfo, slog.LevelInfo, "exported"},
	ExportLeftOut: {"export.left-out", slog.LevelWarn, slog.LevelWarn,
		"users are left out whom the app shows in a form that can't be managed, and that would not read back"},
}

func (e Event) String() string { return catalogue[e].name }

// Sentence is what people are told.
func (e Event) Sentence() string { return catalogue[e].sentence }

// always says that no --log-level and no --quiet keeps the event back.
func (e Event) always() bool { return e == RunStarted || e == RunFinished }

// Help lists the events, for help.
func Help() string {
	var b strings.Builder
	for e := RunStarted; int(e) < len(catalogue); e++ {
		fmt.Fprintf(&b, "  %-20s %-6s %s\n", e, catalogue[e].level, catalogue[e].sentence)
	}
	return b.String()
}
