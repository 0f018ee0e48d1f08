// Package notice holds the codes of what a run tells its reader and that stops nothing,
// each with a sentence. It refuses to know who tells it, and in which words.
package notice

// Code says in a word what a notice is about. Codes are stable: programs read them in
// report.json and plan.json. A plan of another version may have others than these, which
// is why a code is its own text.
type Code string

// The codes of sources and their columns.
const (
	HiddenFile        Code = "hidden-file"
	SourcesOverlap    Code = "sources-overlap"
	Format            Code = "format"
	Encoding          Code = "encoding"
	Delimiter         Code = "delimiter"
	EndOfFileBytes    Code = "end-of-file-bytes"
	SheetLeftOut      Code = "sheet-left-out"
	HiddenSheets      Code = "hidden-sheets"
	HiddenColumns     Code = "hidden-columns"
	HiddenRows        Code = "hidden-rows"
	MergedHeader      Code = "merged-header"
	MergedCells       Code = "merged-cells"
	HeaderLikeAPerson Code = "header-like-a-person"
	IgnoredColumn     Code = "ignored-column"
	JoinedColumn      Code = "joined-column"
	ReadOnlyColumn    Code = "read-only-column"
	StateIsPresence   Code = "state-is-presence"
	NegatedState      Code = "negated-state"
	HalfName          Code = "half-name"
	UnmappedValue     Code = "unmapped-value"
)

// The codes of rows and cells.
const (
	LinesAboveHeader   Code = "lines-above-header"
	RepeatedHeader     Code = "repeated-header"
	RuleLine           Code = "rule-line"
	Footer             Code = "footer"
	FooterCount        Code = "footer-count"
	FooterPerson       Code = "footer-person"
	BlankRows          Code = "blank-rows"
	ZeroBytes          Code = "zero-bytes"
	BlanksAroundQuotes Code = "blanks-around-quotes"
	DecodedTwice       Code = "decoded-twice"
	NullText           Code = "null-text"
	NoUID              Code = "no-uid"
	TimeWithoutZone    Code = "time-without-zone"
	NameLong           Code = "name-long"
	MetadataLarge      Code = "metadata-large"
	DuplicateRows      Code = "duplicate-rows"
	SupersededRows     Code = "superseded-rows"
	UnitedRows         Code = "united-rows"
	Repaired           Code = "repaired"
	UIDRewritten       Code = "uid-rewritten"
	ReKeyed            Code = "re-keyed"
	Mended             Code = "mended"
	MendedAlone        Code = "mended-alone"
	MendedBroken       Code = "mended-broken"
	MendedNothing      Code = "mended-nothing"
	Dropped            Code = "dropped"
	DroppedNothing     Code = "dropped-nothing"
)

// The codes of plans and of what was carried out.
const (
	InactiveNotCreated     Code = "inactive-not-created"
	StateUnsaid            Code = "state-unsaid"
	OutOfScope             Code = "out-of-scope"
	StrangersKept          Code = "strangers-kept"
	LeavingRefused         Code = "leaving-refused"
	GuardsOff              Code = "guards-off"
	GuardAllowed           Code = "guard-allowed"
	GuardForeseen          Code = "guard-foreseen"
	AllowUnused            Code = "allow-unused"
	UsersUnmanageable      Code = "users-unmanageable"
	AgentsProtected        Code = "agents-protected"
	ProtectsNobody         Code = "protects-nobody"
	BotsUnknown            Code = "bots-unknown"
	RostersCompared        Code = "rosters-compared"
	StandingRejected       Code = "standing-rejected"
	RehearsalFailed        Code = "rehearsal-failed"
	RehearsalBeside        Code = "rehearsal-beside"
	DidNotStickBefore      Code = "did-not-stick-before"
	PlanUnread             Code = "plan-unread"
	TokensRevoked          Code = "tokens-revoked"
	TokensGone             Code = "tokens-gone"
	DecisionAstray         Code = "decision-astray"
	DecisionPairs          Code = "decision-pairs"
	DecisionRepeated       Code = "decision-repeated"
	DecisionWithheld       Code = "decision-withheld"
	DecisionColumnsIgnored Code = "decision-columns-ignored"
)

// Entry is a code and what it means.
type Entry struct {
	Code     Code
	Sentence string
}

// Catalogue is all codes, in the order of the constants. What came back with a change has
// its own code beside these.
var Catalogue = []Entry{
	{HiddenFile, "files that a pattern matches are hidden, or mark an open workbook, and were left alone"},
	{SourcesOverlap, "several entries of the configuration are about one source"},
	{Format, "a file has another format than its name says"},
	{Encoding, "how the text was read, where nobody said it"},
	{Delimiter, "what is between cells, where it is not a comma"},
	{EndOfFileBytes, "bytes after the last line were left alone"},
	{SheetLeftOut, "a sheet that was not read may hold people; nobody absent is deactivated"},
	{HiddenSheets, "hidden sheets have a uid column and were left alone"},
	{HiddenColumns, "columns were read although the sheet hides them"},
	{HiddenRows, "rows were read although the sheet hides them"},
	{MergedHeader, "cells of the header are merged"},
	{MergedCells, "cells are merged: their value counts for the first of them"},
	{HeaderLikeAPerson, "the row that was read as the header looks like a person"},
	{IgnoredColumn, "a column is not mapped and was left alone"},
	{JoinedColumn, "a column is read only as a part of another"},
	{ReadOnlyColumn, "the users API cannot set this field"},
	{StateIsPresence, "a column holds who is online, not a state"},
	{NegatedState, "a column means the opposite of state and is read the other way round"},
	{HalfName, "only half of the name has a column"},
	{UnmappedValue, "texts that values: does not list were read as they are"},
	{LinesAboveHeader, "lines above the header were skipped"},
	{RepeatedHeader, "the header appears again and was skipped"},
	{RuleLine, "a line drawn below the header was skipped"},
	{Footer, "rows below the last person were skipped"},
	{FooterCount, "a footer says another number of rows than there are"},
	{FooterPerson, "a footer pattern matches rows that look like people, who were read"},
	{BlankRows, "rows without any text"},
	{ZeroBytes, "zero bytes were taken out of texts"},
	{BlanksAroundQuotes, "blanks around quoted cells were ignored"},
	{DecodedTwice, "text was decoded twice on its way"},
	{NullText, "cells say NULL, or the like, and are taken as text"},
	{NoUID, "the uid says that there is none"},
	{TimeWithoutZone, "times without a zone were read as UTC"},
	{NameLong, "names may be too long for the service"},
	{MetadataLarge, "metadata is larger than the service suggests"},
	{DuplicateRows, "rows repeat an earlier one"},
	{SupersededRows, "rows gave way to another with the same uid"},
	{UnitedRows, "rows with the same uid were merged"},
	{Repaired, "cells were repaired"},
	{UIDRewritten, "uids were rewritten by --uid-rewrite"},
	{ReKeyed, "people keep the uids that the app has for them"},
	{Mended, "corrected rows replace those that they correct"},
	{MendedAlone, "corrected rows are of a file that is not among the sources"},
	{MendedBroken, "corrected rows still cannot be used, or were not changed"},
	{MendedNothing, "the rows that corrections name are no longer there"},
	{Dropped, "rows were taken out by drop under _code"},
	{DroppedNothing, "the rows that drop names are no longer there"},
	{InactiveNotCreated, "inactive people who have no account were skipped"},
	{StateUnsaid, "deactivated users whose state cell is empty stay deactivated"},
	{OutOfScope, "people were not created, because they are protected or out of scope"},
	{StrangersKept, "users who were never in a roster are left alone"},
	{LeavingRefused, "a guard will refuse the run in which people who are leaving go"},
	{GuardsOff, "no earlier good run to compare with: some guards are off"},
	{GuardAllowed, "a guard tripped and --allow lets the plan through"},
	{GuardForeseen, "a guard would refuse a sync that makes these changes"},
	{AllowUnused, "an --allow was not needed, or does not fit"},
	{UsersUnmanageable, "the app shows users in a form that cannot be managed"},
	{AgentsProtected, "AI agents and bots are protected"},
	{ProtectsNobody, "--protect matches nobody"},
	{BotsUnknown, "the app's bots could not be listed"},
	{RostersCompared, "which fields of two rosters were compared, and which only one of them has"},
	{StandingRejected, "rows of the roster that stands for the app can't be used"},
	{RehearsalFailed, "operations failed in the rehearsal"},
	{RehearsalBeside, "another run was changing the app during the rehearsal"},
	{DidNotStickBefore, "updates that did not stick in an earlier run are not sent again"},
	{PlanUnread, "what the plan's run has read is not beside the plan"},
	{TokensRevoked, "auth tokens are revoked, which cannot be undone"},
	{TokensGone, "an undo cannot bring back auth tokens"},
	{DecisionAstray, "rejected decisions may be about any operation, so undecided ones are held"},
	{DecisionPairs, "pairs under a new uid are decided, which the next plan goes by"},
	{DecisionRepeated, "rows repeat an earlier decision"},
	{DecisionWithheld, "decisions to apply what is withheld"},
	{DecisionColumnsIgnored, "columns are not part of a decision"},
}
