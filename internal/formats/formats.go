// Package formats lists what the program writes to be read again, by itself or by other
// programs, each with the number of its form, and says in words what is wrong with a file
// of another one. It refuses to know what is in a file.
package formats

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

// Format is the form of a file, or of what a command prints. A file says it as its
// schema, cometsync.plan/v1. Keys may be added to a form, and readers pass over those that
// they do not know; whatever else changes gives it another number.
type Format struct {
	Name   string
	Number int    // as this version writes it
	Oldest int    // that this version reads, too; 0 of what it does not read
	What   string // it is, and where
}

// The formats.
var (
	Plan         = Format{"plan", 1, 1, "plan.json, a saved plan"}
	Report       = Format{"report", 1, 1, "report.json, what a run found and did"}
	Decisions    = Format{"decisions", 1, 1, "what report.html saves of decisions"}
	Journal      = Format{"journal", 1, 1, "a run's record in the state directory, and the plan in it"}
	Target       = Format{"target", 1, 1, "target.json in the state directory, whose state it is"}
	LastGoodRun  = Format{"last-good-run", 2, 1, "last-good-run in the state directory, what later runs are compared with"}
	DidNotStick  = Format{"did-not-stick", 1, 1, "did-not-stick.json in the state directory, values that the app did not keep"}
	Page         = Format{"page", 1, 0, "the data in report.html"}
	Runs         = Format{"runs", 1, 0, "runs --output json"}
	Explanation  = Format{"explanation", 1, 0, "explain --output json"}
	Verification = Format{"verification", 1, 0, "verify --output json"}
	Checks       = Format{"checks", 1, 0, "doctor --output json"}
	Export       = Format{"export", 1, 0, "export --output json"}
	Proposal     = Format{"proposal", 1, 0, "init --output json"}
	Job          = Format{"job", 1, 0, "init --nightly --output json"}
	Manual       = Format{"manual", 1, 0, "man --output json"}
	Sandbox      = Format{"sandbox", 1, 0, "sandbox --output json"}
	Version      = Format{"version", 1, 0, "version --output json"}
)

// All are all formats: files, then what is in them or printed.
func All() []Format {
	return []Format{Plan, Report, Decisions, Journal, Target, LastGoodRun, DidNotStick,
		Page, Runs, Explanation, Verification, Checks, Export, Proposal, Job, Manual, Sandbox, Version}
}

//go:embed schemas
var schemas embed.FS

// Schema is the JSON Schema of a format, of a journal that of each line; nil of one that
// has none, since it is not JSON, or is printed.
func (f Format) Schema() []byte {
	text, err := schemas.ReadFile("schemas/" + f.Name + ".json")
	if err != nil {
		return nil
	}
	return text
}

const prefix = "cometsync."

// String is the format as a file says it.
func (f Format) String() string { return f.schema(f.Number) }

func (f Format) schema(number int) string { return prefix + f.Name + "/v" + strconv.Itoa(number) }

// Error is a file of a format that this version does not read.
type Error struct {
	Newer   bool // than what this version knows
	problem string
}

func (e *Error) Error() string { return e.problem }

// Check returns, as an *Error, what is wrong with a file whose schema is this, if
// anything is; by is the version that wrote it, "" if that is not known. What to do about
// it is for the caller to add.
func (f Format) Check(schema, by string) error {
	text, ours := strings.CutPrefix(schema, prefix+f.Name+"/v")
	number, err := strconv.Atoi(text)
	ours = ours && err == nil && number >= 0 && f.schema(number) == schema
	if ours && f.Oldest <= number && number <= f.Number {
		return nil
	}
	reads := "this version reads " + f.String()
	for n := f.Number - 1; n >= f.Oldest; n-- {
		reads += " and " + f.schema(n)
	}
	if by = strings.Map(printable, by); by != "" {
		by = fmt.Sprintf(" (%.40s)", by)
	}
	problem := fmt.Sprintf("its format is %s, which an older version%s wrote", schema, by)
	switch {
	case schema == "":
		problem = "it does not say which format it has"
	case !ours:
		problem = fmt.Sprintf("its format is %.40q", schema)
	case number > f.Number:
		problem = fmt.Sprintf("its format is %s, which a newer version%s wrote", schema, by)
	}
	return &Error{ours && number > f.Number, problem + ", and " + reads}
}

// printable leaves out of a version what is not part of one.
func printable(c rune) rune {
	if c > ' ' && c < 0x7f {
		return c
	}
	return -1
}
