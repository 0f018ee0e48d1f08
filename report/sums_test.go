package report

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSums lists every other file with its hash, in order of names.
func TestSums(t *testing.T) {
	for name, in := range fixtures {
		dir := filepath.Join(t.TempDir(), "run")
		sum, err := mustNew(t, placed(in())).Write(dir)
		if err != nil {
			t.Fatal(err)
		}
		hash := func(file string) string {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%x", sha256.Sum256(text))
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, e := range entries {
			if e.Name() != sumsName {
				want = append(want, hash(e.Name())+"  "+e.Name())
			}
		}
		text, err := os.ReadFile(filepath.Join(dir, sumsName))
		if got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, the sums are\n%s\nwant\n%s", name, err, text, strings.Join(want, "\n"))
		}
		if sum != hash(sumsName) {
			t.Errorf("%s: the sums' own hash is given as %s", name, sum)
		}
		if tool, err := exec.LookPath("sha256sum"); err == nil {
			check := exec.Command(tool, "--check", "--strict", sumsName)
			check.Dir = dir
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s: sha256sum: %v\n%s", name, err, out)
			}
		}
		if err := Remove(dir, in().Run.ID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: it is there after Remove", name)
		}
	}
}

// TestPartsOfAReport are its files and no others.
func TestPartsOfAReport(t *testing.T) {
	for name, want := range map[string]bool{"SHA256SUMS": true, "users.csv": true, "report.json": true, "sha256sums": false,
		"thesis.txt": false, "": false} {
		if isPart(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}
