package journal

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/plan"
)

var target = plan.Target{AppID: "1a2b", Region: "eu"}

func somePast() *plan.Past {
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	return &plan.Past{
		Run: "20260301T030000Z-aaaaaa", At: at,
		Sources: []plan.PastSource{
			{Path: "staff.csv", SHA256: "ab", Modified: at.Add(-time.Hour), Columns: []string{"name", "metadata.department"},
				Filled: []plan.Filled{{Columns: 3, Active: true}, {Unknown: true}}, UIDs: []uint64{7, 1 << 63, 3}, Sets: []uint16{0, 1, 0}},
			{Path: "pupils.xlsx", Sheet: "5A", SHA256: "cd", Columns: []string{"name"}, Filled: []plan.Filled{{}}, UIDs: []uint64{9}, Sets: []uint16{0}},
		},
		Known:  []uint64{3, 7, 9, 11, 1 << 63},
		Absent: []plan.Absence{{UID: "ben", Since: at, Last: at, Runs: 1}},
	}
}

func TestPastReadsBack(t *testing.T) {
	dir := t.TempDir()
	if p, err := LoadPast(dir, target, ""); p != nil || err != nil {
		t.Errorf("of an app without a run: %v, %v", p, err)
	}
	want := somePast()
	if err := SavePast(dir, target, want); err != nil {
		t.Fatal(err)
	}
	got, err := LoadPast(dir, target, "")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("it is not what was kept:\n%s", d)
	}
	if p, err := LoadPast(dir, target, "role=staff"); p != nil || err != nil {
		t.Errorf("of a scope without a run: %v, %v", p, err)
	}
	staff := somePast()
	staff.Scope, staff.Run = "role=staff", "20260301T040000Z-bbbbbb"
	if err := SavePast(dir, target, staff); err != nil {
		t.Fatal(err)
	}
	for _, want := range []*plan.Past{want, staff} {
		got, err := LoadPast(dir, target, want.Scope)
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("of the scope %q it is not what was kept: %v\n%s", want.Scope, err, d)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, pastFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
}

// Whatever is cut off or changed of the file, there is no past, and nothing wrong
// is taken for one.
func TestDamagedPastIsNone(t *testing.T) {
	dir := t.TempDir()
	if err := SavePast(dir, target, somePast()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, pastFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if p, err := decodePast(whole[:n], target); p != nil || err == nil {
			t.Fatalf("cut at %d: %v", n, p)
		}
		changed := bytes.Clone(whole)
		changed[n] ^= 1
		if p, err := decodePast(changed, target); p != nil || err == nil {
			t.Fatalf("changed at %d: %v", n, p)
		}
	}
	body := bytes.Replace(whole[:len(whole)-sha256.Size], []byte("/v1"), []byte("/v9"), 1)
	sum := sha256.Sum256(body)
	if err := os.WriteFile(path, append(body, sum[:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := LoadPast(dir, target, ""); p != nil || err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "last-good-run/v9") {
		t.Errorf("of another form: %v, %v", p, err)
	}
}
