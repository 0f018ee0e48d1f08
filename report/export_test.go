package report

// What the tests of the packages that stand on this one use of its fixtures.
var (
	PartialRun   = partial
	CleanRun     = clean
	RefusedRun   = refused
	ValidatedRun = validated
	UndoneRun    = undone
	RekeyedRun   = rekeyed
	EveryFileRun = everyFile
	LeavingRun   = leaving
	DecidedRun   = decided
	OddRun       = odd
	Large        = large
	Placed       = placed
	MustNew      = mustNew
	Str          = str
	Filled       = filled
	UnmaskedRun  = unmasked
	Fixtures     = fixtures
)

const Secret = secret

func unmasked() Input {
	in := partial()
	in.ShowPrivate = true
	return in
}
