package report_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
	"cometsync/report/directory"
	"cometsync/report/lists"
	"cometsync/report/wire"
)

// What is looked up in a report's files is what the report was made of.
func TestLookUp(t *testing.T) {
	in := placed(partial())
	dir := filepath.Join(t.TempDir(), "r")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range directory.Files(mustNew(t, in)) {
		if f.Write == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(render(t, f.Write)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	head, err := wire.ReadHead(dir)
	if err != nil {
		t.Fatal(err)
	}
	if head.Target != in.Target || head.Run.ID != in.Run.ID || head.Run.Result != in.Run.Result || head.Run.ExitCode != in.Run.ExitCode ||
		!head.Run.StartedAt.Equal(in.Run.StartedAt.Truncate(time.Millisecond)) {
		t.Errorf("%+v is read of %+v, %+v", head, in.Run, in.Target)
	}
	for i := range in.Plan.Operations {
		o, want := &in.Plan.Operations[i], &in.Results[i]
		got, decision, err := wire.ResultOf(dir, o.UID)
		if err != nil || got == nil || got.Outcome != want.Outcome || got.Attempts != want.Attempts || got.Code != want.Code ||
			got.Kind != want.Kind || got.Status != want.Status || decision != 0 {
			t.Errorf("%s: %+v, %v, and the result was %+v", o.UID, got, err, want)
		}
		if place, itemized, err := lists.PlaceOf(dir, o.UID); place != 0 || !itemized || err != nil {
			t.Errorf("%s has an operation, and the place %v, %v, %v", o.UID, place, itemized, err)
		}
	}
	for left := range in.Plan.Places.All() {
		uid, want := left.UID, left.Place
		if place, itemized, err := lists.PlaceOf(dir, uid); place != want || !itemized || err != nil {
			t.Errorf("%s: %v, %v, %v, and was left %v", uid, place, itemized, err, want)
		}
	}
	if result, _, err := wire.ResultOf(dir, "nobody-of-them"); result != nil || err != nil {
		t.Errorf("nobody: %+v, %v", result, err)
	}
	if place, itemized, err := lists.PlaceOf(t.TempDir(), "anna"); place != 0 || itemized || err != nil {
		t.Errorf("no users.csv: %v, %v, %v", place, itemized, err)
	}
}

func TestReadHeadOfOthers(t *testing.T) {
	read := func(text string) (*wire.Head, error) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "report.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return wire.ReadHead(dir)
	}
	for _, text := range []string{"", "[]", "{", `{"schema":"another/v1","run":{},"target":{}}`, `{"run":{"id":7}}`, "{}"} {
		if head, err := read(text); err == nil {
			t.Errorf("%s: %+v", text, head)
		}
	}
	if head, err := read(`{"later":{"a":[{}]},"schema":"` + formats.Report.String() +
		`","run":{"id":"x","result":"pending"},"target":{}}`); err != nil || head.Run.ID != "x" || head.Target != (plan.Target{}) {
		t.Errorf("%+v, %v", head, err)
	}
}
