package report_test

import (
	"io"
	"strings"
	"testing"

	"cometsync/importer/store"
	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/directory"
)

// TestRejectsThatGoUnread: a report without some of its rows would be taken for
// one of all of them.
func TestRejectsThatGoUnread(t *testing.T) {
	in := partial()
	b := store.Rejects{}
	var at []int64
	for _, x := range in.Intake.Rejects.All() {
		x.Was = strings.Repeat("x", 2<<20)
		place, err := b.Add(x)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, place)
	}
	in.Intake.Rejects = b.List(at)
	r := mustNew(t, in)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range directory.Files(r) {
		if f.Write == nil || f.Name != report.JSONName && f.Name != report.RejectsName {
			continue
		}
		if err := f.Write(io.Discard); err == nil || !strings.Contains(err.Error(), "rejected rows") {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if _, err := report.New(in); err == nil {
		t.Error("a report is made of them")
	}
	var out strings.Builder
	if err := plan.Encode(&out, in.Plan, &in.Intake); err == nil {
		t.Error("a plan is saved without them")
	}
}
