package importer

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cometsync/internal/user"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// TestGolden reads the awkward files of testdata; what they have to give is
// beside them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.?sv")
	if err != nil || len(files) < 4 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			r := mustRead(t, Options{}, path)
			got := show(t, r) + "\n" + intakeText(r.Intake())
			golden := path + ".golden"
			checkGolden(t, golden, got)
		})
	}
}

// checkGolden compares with a file, or with -update writes it.
func checkGolden(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// intakeText is an intake in the words that people read.
func intakeText(in *user.Intake) string {
	var b strings.Builder
	for _, f := range in.Files {
		fmt.Fprintf(&b, "%s %s %s: %d rows\n", f.Path, f.Format, f.Encoding, f.Rows)
	}
	fmt.Fprintf(&b, "%d rows: %d users, %d duplicates, %d rejected\n", in.Rows, in.Users, in.Duplicates, in.Rejected)
	fmt.Fprintf(&b, "managed %q, ignored %q\n", in.Managed, in.IgnoredColumns)
	for _, c := range in.Columns {
		fmt.Fprintf(&b, "%s: %q is %s\n", c.File, c.Header, c.Field)
	}
	for _, r := range in.Rejects.All() {
		cells, _ := json.Marshal(r.Cells)
		fmt.Fprintf(&b, "%s\n    %s\n", r, cells)
		for _, d := range r.Defects[1:] {
			fmt.Fprintf(&b, "    and %s: %q: %s\n", d.Column, d.Value, d.Message)
		}
	}
	for _, n := range in.Notices {
		fmt.Fprintf(&b, "%s: %s\n", n.Code, n.Message)
	}
	return b.String()
}
