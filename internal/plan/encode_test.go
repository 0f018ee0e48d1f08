package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"cometsync/internal/user"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func full() *Plan {
	from := func(row int) user.Source { return user.Source{File: "staff.xlsx", Sheet: "HR", Row: row} }
	return &Plan{
		Run: "20260301-093000-a1b2",
		Config: Config{{Name: "max-deactivate", Values: []string{"10%"}}, {Name: "protect", Values: []string{"id:admin", "tag:<b>"}},
			{Name: "state"}},
		Target:    Target{AppID: "1a2b", Region: "eu", BaseURL: "https://1a2b.api-eu.example/v3"},
		CreatedAt: time.Date(2026, 3, 1, 9, 30, 0, 0, time.FixedZone("CET", 3600)),
		Inputs: []user.File{{Path: "staff.xlsx", SHA256: "ab12", Format: "xlsx", Sheet: "HR", Rows: 4}, {Path: "more.csv", SHA256: "cd34",
			Format: "csv", Rows: 1}},
		Operations: []Operation{
			{Verb: Reactivate, UID: "r", Name: "R", Reason: StateSays, Source: from(2)},
			{Verb: Create, UID: "c", Name: "Zoë <b> & \"co\"\u2028", Role: "staff", Tags: []string{"x", "y"}, Reason: Missing,
				Source: user.Source{File: "more.csv", Row: 3}, Changes: []Change{
					{Field: user.Name, After: user.JSON("Zoë <b> & \"co\"\u2028")},
					{Field: user.Tags, After: `["x","y"]`},
					{Field: user.Metadata, After: `{"@private":{"iban":"DE1"},"n":9007199254740993}`},
				}},
			{Verb: Update, UID: "u", Name: "U", Reason: Differs, Source: from(4), Changes: []Change{
				{Field: user.StatusMessage, Before: `"in"`},
				{Field: user.Metadata, Before: `{"a":1}`, After: `{"a":1,"b":"<i>"}`},
			}},
			{Verb: Deactivate, UID: "d", Name: "D", Reason: Absent, Withheld: true},
		},
		Guards: []Guard{{Name: "max-deactivate", Limit: "10% of 4 active users in scope (= 1)", Actual: 2,
			Message: "2 users to deactivate"}},
		Withholdings: []Withholding{{Verb: Deactivate, Guard: Guard{Message: "1 rejected row has no readable uid"}},
			{Verb: Create, Guard: Guard{Name: NewForm, Limit: "3", Actual: 3, Message: "3 users <b> wait",
				Allow: "--allow new-form=3 --allow max-create=9"},
				Beside: []Guard{{Name: MaxCreate, Limit: "8", Actual: 9, Message: "9 users"}}}},
		NewRoles: []string{"staff"},
		Held:     []Held{{UID: "h", Name: "H", Source: from(9), Because: user.SameUID}},
		Undoes:   "20260228-1",
		Conflicts: []Conflict{{UID: "x", Name: "X", Message: "name changed since",
			Fields: []ConflictField{{Field: "name", Before: `"A <b>"`,
				After: `"B"`, Now: `"C"`}, {Field: "metadata.@private.iban", After: `{"a":[1]}`, Now: "null", Private: true}}}, {UID: "y",
			Message: "gone", Gone: true}},
		Remote:     Remote{Active: 7, Deactivated: 2, InScope: 8},
		Unchanged:  1,
		OutOfScope: 1,
		Protected:  1,
		Kept:       1,
		Rejects: []user.Reject{{Source: from(5), UID: "chef", Defects: []user.Defect{{Column: "role", Code: user.RoleUnknown,
			Message: "no such role", Value: "chef"}}, Header: []string{"uid", "role"}, Cells: []string{"chef", "chef"}}},
		Notices: []user.Notice{{Code: "state-unsaid", Message: "they stay", Count: 2}},
	}
}

func intake() *user.Intake {
	header := []string{"uid", "Secret <b>"}
	return &user.Intake{
		Files: []user.File{{Path: "staff.xlsx", SHA256: "ab12", Format: "xlsx", Sheet: "HR", Rows: 4},
			{Path: "more.csv", SHA256: "cd34", Format: "csv", Encoding: "windows-1252", Rows: 1}},
		Rows:           9,
		Users:          5,
		Duplicates:     1,
		Rejected:       3,
		IgnoredColumns: []string{"shoe size"},
		Columns:        []user.Mapping{{File: "more.csv", Header: "ID", Field: "uid"}},
		Managed:        []string{"uid", "name"},
		Notices:        []user.Notice{{Code: "repaired", Message: "spaces"}},
		Rejects: user.ListOf([]user.Reject{
			{Source: user.Source{File: "more.csv", Row: 2}, Defects: []user.Defect{{Column: "Secret <b>", Code: user.MetadataTooLarge,
				Message: "too long", Value: "s\u2028", Private: true}, {Code: user.CellsMissing, Message: "m"}}, Header: header, Cells: []string{"A " +
				"b", ""}},
			{Source: user.Source{File: "more.csv", Row: 3}, UID: "b", Header: header, Cells: []string{"b", "x", "more"}},
			{Source: user.Source{File: "more.csv", Row: 4}, UID: "c", Header: []string{"uid", "role"}, Cells: []string{"c"}},
			{Source: user.Source{File: "more.csv", Row: 5}},
		}),
		EndsEarly: []string{"more.csv is cut off"},
	}
}

func encode(t *testing.T, p *Plan, in *user.Intake) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, p, in); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		golden string
		plan   *Plan
		intake *user.Intake
	}{
		{"testdata/plan.json", full(), intake()},
		{"testdata/empty.json", &Plan{Target: Target{Sandbox: true}, CreatedAt: time.Unix(0, 0)}, nil},
	} {
		got := encode(t, c.plan, c.intake)
		if *update {
			if err := os.WriteFile(c.golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(c.golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: the plan is\n%s\nwant\n%s", c.golden, got, want)
		}
		if again := encode(t, c.plan, c.intake); !bytes.Equal(again, got) {
			t.Errorf("%s: written once more, the plan is\n%s", c.golden, again)
		}
		if !json.Valid(got) {
			t.Errorf("%s: not JSON", c.golden)
		}
	}
}

// Every operation is on its own line, which a line tool can find and count,
// and is a JSON object by itself once the comma before it is taken away.
func TestEncodeOneOperationALine(t *testing.T) {
	p := full()
	lines := strings.Split(strings.TrimSuffix(string(encode(t, p, nil)), "\n"), "\n")
	if len(lines) != len(p.Operations)+2 {
		t.Fatalf("%d lines for %d operations", len(lines), len(p.Operations))
	}
	for i := range p.Operations {
		o, id, err := decodeOperation([]byte(strings.TrimPrefix(lines[i+1], ",")))
		if err != nil || id != p.id(&p.Operations[i]) || !reflect.DeepEqual(o, p.Operations[i]) {
			t.Errorf("line %d holds %+v, %s, %v", i+2, o, id, err)
		}
	}
}

func TestEncodeFails(t *testing.T) {
	full := full()
	if err := Encode(failingWriter{}, full, nil); !errors.Is(err, errFull) {
		t.Errorf("on a full disk, err is %v", err)
	}
	full.Operations[2].Changes[0].Before = "no JSON"
	if err := Encode(&bytes.Buffer{}, full, nil); err == nil {
		t.Error("a value that is not JSON was written")
	}
}

var errFull = errors.New("no space left on device")

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errFull }
