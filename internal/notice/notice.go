// Package notice holds the codes of what a run tells its reader and that stops nothing,
// each with a sentence. It refuses to know who tells it, and in which words.
package notice

// Code says in a word what a notice is about. Codes are stable: programs read them in
// report.json and plan.json. A plan of another version may have others than these, which
// is why a code is its own text.
type Code string

// Entry is a code and what it means.
type Entry struct {
	Code     Code
	Sentence string
}

// Catalogue is all codes, in the order in which they stand here. What came back with a
// change has its own code beside these.
var Catalogue []Entry

func code(c Code, sentence string) Code {
	Catalogue = append(Catalogue, Entry{c, sentence})
	return c
}

// The codes of sources and their columns.
var (
	HiddenFile        = code("hidden-file", "files that a pattern matches are hidden, or mark an open workbook, and were left alone")
	SourcesOverlap    = code("sources-overlap", "several entries of the configuration are about one source")
	Format            = code("format", "a file has another format than its name says")
	Encoding          = code("encoding", "how the text was read, where nobody said it")
	Delimiter         = code("delimiter", "what is between cells, where it is not a comma")
	EndOfFileBytes    = code("end-of-file-bytes", "bytes after the last line were left alone")
	SheetLeftOut      = code("sheet-left-out", "a sheet that was not read may hold people; nobody absent is deactivated")
	HiddenSheets      = code("hidden-sheets", "hidden sheets have a uid column and were left alone")
	HiddenColumns     = code("hidden-columns", "columns were read although the sheet hides them")
	HiddenRows        = code("hidden-rows", "rows were read although the sheet hides them")
	MergedHeader      = code("merged-header", "cells of the header are merged")
	MergedCells       = code("merged-cells", "cells are merged: their value counts for the first of them")
	HeaderLikeAPerson = code("header-like-a-person", "the row that was read as the header looks like a person")
	IgnoredColumn     = code("ignored-column", "a column is not mapped and was left alone")
	JoinedColumn      = code("joined-column", "a column is read only as a part of another")
	ReadOnlyColumn    = code("read-only-column", "the users API cannot set this field")
	StateIsPresence   = code("state-is-presence", "a column holds who is online, not a state")
	NegatedState      = code("negated-state", "a column means the opposite of state and is read the other way round")
	HalfName          = code("half-name", "only half of the name has a column")
	UnmappedValue     = code("unmapped-value", "texts that values: does not list were read as they are")
)

// The codes of rows and cells.
var (
	LinesAboveHeader   = code("lines-above-header", "lines above the header were skipped")
	RepeatedHeader     = code("repeated-header", "the header appears again and was skipped")
	RuleLine           = code("rule-line", "a line drawn below the header was skipped")
	Footer             = code("footer", "rows below the last person were skipped")
	FooterCount        = code("footer-count", "a footer says another number of rows than there are")
	FooterPerson       = code("footer-person", "a footer pattern matches rows that look like people, who were read")
	BlankRows          = code("blank-rows", "rows without any text")
	ZeroBytes          = code("zero-bytes", "zero bytes were taken out of texts")
	BlanksAroundQuotes = code("blanks-around-quotes", "blanks around quoted cells were ignored")
	DecodedTwice       = code("decoded-twice", "text was decoded twice on its way")
	NullText           = code("null-text", "cells say NULL, or the like, and are taken as text")
	NoUID              = code("no-uid", "the uid says that there is none")
	TimeWithoutZone    = code("time-without-zone", "times without a zone were read as UTC")
	NameLong           = code("name-long", "names may be too long for the service")
	MetadataLarge      = code("metadata-large", "metadata is larger than the service suggests")
	DuplicateRows      = code("duplicate-rows", "rows repeat an earlier one")
	SupersededRows     = code("superseded-rows", "rows gave way to another with the same uid")
	UnitedRows         = code("united-rows", "rows with the same uid were merged")
	Repaired           = code("repaired", "cells were repaired")
	UIDRewritten       = code("uid-rewritten", "uids were rewritten by --uid-rewrite")
	ReKeyed            = code("re-keyed", "people keep the uids that the app has for them")
	Mended             = code("mended", "corrected rows replace those that they correct")
	MendedAlone        = code("mended-alone", "corrected rows are of a file that is not among the sources")
	MendedBroken       = code("mended-broken", "corrected rows still cannot be used, or were not changed")
	MendedNothing      = code("mended-nothing", "the rows that corrections name are no longer there")
	Dropped            = code("dropped", "rows were taken out by drop under _code")
	DroppedNothing     = code("dropped-nothing", "the rows that drop names are no longer there")
)

// The codes of plans and of what was carried out.
var (
	InactiveNotCreated     = code("inactive-not-created", "inactive people who have no account were skipped")
	StateUnsaid            = code("state-unsaid", "deactivated users whose state cell is empty stay deactivated")
	OutOfScope             = code("out-of-scope", "people were not created, because they are protected or out of scope")
	StrangersKept          = code("strangers-kept", "users who were never in a roster are left alone")
	LeavingRefused         = code("leaving-refused", "a guard will refuse the run in which people who are leaving go")
	GuardsOff              = code("guards-off", "no earlier good run to compare with: some guards are off")
	GuardAllowed           = code("guard-allowed", "a guard tripped and --allow lets the plan through")
	GuardForeseen          = code("guard-foreseen", "a guard would refuse a sync that makes these changes")
	AllowUnused            = code("allow-unused", "an --allow was not needed, or does not fit")
	UsersUnmanageable      = code("users-unmanageable", "the app shows users in a form that cannot be managed")
	AgentsProtected        = code("agents-protected", "AI agents and bots are protected")
	ProtectsNobody         = code("protects-nobody", "--protect matches nobody")
	BotsUnknown            = code("bots-unknown", "the app's bots could not be listed")
	RostersCompared        = code("rosters-compared", "which fields of two rosters were compared, and which only one of them has")
	StandingRejected       = code("standing-rejected", "rows of the roster that stands for the app can't be used")
	RehearsalFailed        = code("rehearsal-failed", "operations failed in the rehearsal")
	RehearsalBeside        = code("rehearsal-beside", "another run was changing the app during the rehearsal")
	DidNotStickBefore      = code("did-not-stick-before", "updates that did not stick in an earlier run are not sent again")
	PlanUnread             = code("plan-unread", "what the plan's run has read is not beside the plan")
	TokensRevoked          = code("tokens-revoked", "auth tokens are revoked, which cannot be undone")
	TokensGone             = code("tokens-gone", "an undo cannot bring back auth tokens")
	DecisionAstray         = code("decision-astray", "rejected decisions may be about any operation, so undecided ones are held")
	DecisionPairs          = code("decision-pairs", "pairs under a new uid are decided, which the next plan goes by")
	DecisionRepeated       = code("decision-repeated", "rows repeat an earlier decision")
	DecisionWithheld       = code("decision-withheld", "decisions to apply what is withheld")
	DecisionColumnsIgnored = code("decision-columns-ignored", "columns are not part of a decision")
)
