package journal

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cometsync/internal/plan"
)

var unexported = cmpopts.IgnoreUnexported(plan.Past{})

var target = plan.Target{AppID: "1a2b", Region: "eu"}

func somePast() *plan.Past {
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	return &plan.Past{
		Run: "20260301T030000Z-aaaaaa", At: at, Read: "20260301T020000Z-cccccc", ReadAt: at.Add(-time.Hour),
		After:  "20260228T030000Z-dddddd",
		Policy: 1 << 63, Left: 2,
		Sources: []plan.PastSource{
			{Path: "staff.csv", SHA256: "ab", Modified: at.Add(-time.Hour), Columns: []string{"name", "metadata.department"},
				Filled: []plan.Filled{{Columns: 3, Active: true}, {Unknown: true}}, UIDs: []uint64{7, 1 << 63, 3}, Sets: []uint16{0, 1, 0},
				Header: []string{"ID", "Name", "Dept"}, Text: 5, Readings: []plan.Reading{{Headers: []string{"Name"}, Means: 1 << 63},
					{Headers: []string{"Dept"}}}, Cells: []byte{1, 2, 3, 4, '\n', 255}},
			{Path: "pupils.xlsx", Sheet: "5A", SHA256: "cd", Columns: []string{"name"}, Filled: []plan.Filled{{}}, UIDs: []uint64{9},
				Sets: []uint16{0}},
		},
		Known:  []uint64{11, 12},
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
	if d := cmp.Diff(want, got, unexported); d != "" {
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
		if d := cmp.Diff(want, got, unexported); err != nil || d != "" {
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
	body := bytes.Replace(whole[:len(whole)-sha256.Size], []byte("/v2"), []byte("/v9"), 1)
	sum := sha256.Sum256(body)
	if err := os.WriteFile(path, append(body, sum[:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := LoadPast(dir, target, ""); p != nil || err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(),
		"last-good-run/v9") {
		t.Errorf("of another form: %v, %v", p, err)
	}
}

// What the first version kept is read as a past without cells: no cause is told
// of it, and every guard compares with it.
func TestPastOfTheFirstVersion(t *testing.T) {
	dir := t.TempDir()
	old := somePast()
	old.Policy, old.Left = 0, 0
	for i := range old.Sources {
		s := &old.Sources[i]
		s.Header, s.Text, s.Readings, s.Cells = nil, 0, nil, nil
	}
	others := old.Known
	old.Known = []uint64{3, 7, 9, 11, 12, 1 << 63}
	if err := SavePast(dir, target, old); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, pastFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Replace(whole[:len(whole)-sha256.Size], []byte("/v2"), []byte("/v1"), 1)
	body = bytes.Replace(body, []byte(`"policy":0,`), nil, 1)
	sum := sha256.Sum256(body)
	if err := os.WriteFile(path, append(body, sum[:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := LoadPast(dir, target, "")
	if err != nil {
		t.Fatal(err)
	}
	old.Known = others
	if d := cmp.Diff(old, got, unexported); d != "" {
		t.Errorf("it is not what was kept:\n%s", d)
	}
}

// What is kept of a user stays near 20 bytes, whatever the size of the roster.
func TestPastIsSmall(t *testing.T) {
	const columns = 8
	for _, n := range []int{1_000, 100_000} {
		s := plan.PastSource{Path: "staff.csv", SHA256: strings.Repeat("a", 64), Filled: []plan.Filled{{Columns: 255, Active: true}},
			UIDs: make([]uint64, n), Sets: make([]uint16, n), Cells: make([]byte, columns*n)}
		for i := range columns {
			name := fmt.Sprintf("metadata.column%d", i)
			s.Columns, s.Header = append(s.Columns, name), append(s.Header, name)
			s.Readings = append(s.Readings, plan.Reading{Headers: []string{name}, Means: 1 << 63})
		}
		for i := range s.UIDs {
			s.UIDs[i] = uint64(i)
		}
		at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
		var p *plan.Past
		for range 3 {
			p = p.Next("", "20260301T030000Z-aaaaaa", at, []plan.PastSource{s}, nil, nil)
		}
		var b bytes.Buffer
		if err := WritePast(&b, target, p); err != nil {
			t.Fatal(err)
		}
		if each := float64(b.Len()) / float64(n); each > 20 {
			t.Errorf("%d users: %.1f bytes each are kept, want 20 at most", n, each)
		}
	}
}

// The state that an earlier version wrote is read.
func TestStateOfAnEarlierVersion(t *testing.T) {
	const dir = "../../testdata/formats"
	of, known, err := Owner(dir)
	if err != nil || !known || of.AppID != "app1" {
		t.Fatalf("%+v, %t, %v", of, known, err)
	}
	p, err := LoadPast(dir, of, "")
	if err != nil || p == nil || len(p.Sources) != 1 || len(p.Sources[0].UIDs) != 4 || len(p.Sources[0].Cells) == 0 {
		t.Errorf("%+v, %v", p, err)
	}
	stuck, err := LoadStuck(dir, of)
	if err != nil || len(stuck.users["dora"])+len(stuck.users["anna"]) == 0 {
		t.Errorf("%+v, %v", stuck.users, err)
	}
}
