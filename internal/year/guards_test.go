package year

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
)

// liftable is the guards that --allow takes.
func liftable(t *testing.T) []string {
	t.Helper()
	_, err := plan.ParseAllowances([]string{"?=1"})
	if err == nil {
		t.Fatal("a guard that there is not can be lifted")
	}
	_, list, _ := strings.Cut(err.Error(), "NAME is one of ")
	return strings.Split(list, ", ")
}

// checkGuards wants every guard that can be lifted to have been the only one on
// some night: without it that night would have been let through.
func (y *year) checkGuards() {
	y.t.Helper()
	for _, name := range liftable(y.t) {
		y.t.Logf("%s tripped on %d nights, alone on %d", name, y.trips[name], y.alone[name])
		if y.alone[name] == 0 {
			y.t.Errorf("no night was refused by %s alone", name)
		}
	}
}

// withoutVariable names the guard that is taken out of the program below.
const withoutVariable = "YEAR_WITHOUT"

// TestYearWithoutGuard takes one guard after the other out of the program, and wants
// the year to fail each time. It takes some minutes, and runs where
// COMETSYNC_YEAR_GUARDS is "all", or the names of guards with commas between them.
func TestYearWithoutGuard(t *testing.T) {
	asked := os.Getenv("COMETSYNC_YEAR_GUARDS")
	if asked == "" {
		t.Skip("takes some minutes; COMETSYNC_YEAR_GUARDS=all runs it")
	}
	names := strings.Split(asked, ",")
	if asked == "all" {
		names = append(liftable(t), plan.EmptyRoster, plan.SourceEndsEarly, plan.ListingIncomplete, plan.ScopeEmpty, plan.PairsBelied)
	}
	binary := mutable(t)
	year := func(without string) (string, error) {
		c := exec.CommandContext(t.Context(), binary, "-test.run", "^TestYear$")
		c.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "COMETSYNC_") }),
			withoutVariable+"="+without)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := year("none"); err != nil {
		t.Fatalf("with all guards, the year fails: %v\n%s", err, out)
	}
	for _, name := range names {
		out, err := year(name)
		failed, ok := err.(*exec.ExitError) //nolint:errorlint // it is no other's
		if !ok || failed.ExitCode() != 1 || !strings.Contains(out, "--- FAIL: TestYear ") {
			t.Errorf("without %s, the year ends with %v:\n%s", name, err, out)
			continue
		}
		for line := range strings.Lines(out) {
			if _, told, _ := strings.Cut(line, ": "); strings.Contains(told, "exits with") || strings.Contains(told, "and not by") {
				t.Logf("without %s: %s", name, strings.TrimSuffix(strings.TrimSpace(told), ":"))
				break
			}
		}
	}
}

// mutable builds this test with a program from which the guard of the environment is
// taken out, before anybody hears of it.
func mutable(t *testing.T) string {
	t.Helper()
	replaced := map[string]string{}
	for file, edit := range map[string][2]string{
		"guard.go": {"func (p *Plan) Offer() {\n",
			"\tp.Guards = slices.DeleteFunc(p.Guards, func(g Guard) bool { return g.Name == os.Getenv(\"" + withoutVariable + "\") })\n"},
		"withheld.go": {"func (p *Plan) Withhold(v Verb, why Guard, meant func(*Operation) bool) {\n",
			"\tif why.Name == os.Getenv(\"" + withoutVariable + "\") {\n\t\treturn\n\t}\n"},
	} {
		path, err := filepath.Abs(filepath.Join("..", "plan", file))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), edit[0]) != 1 {
			t.Fatalf("%s has no %q", path, edit[0])
		}
		mutant := strings.Replace(string(text), edit[0], edit[0]+edit[1], 1)
		mutant = strings.Replace(mutant, "import (\n", "import (\n\t\"os\"\n", 1)
		replaced[path] = filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(replaced[path], []byte(mutant), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	file, binary := filepath.Join(t.TempDir(), "overlay.json"), filepath.Join(t.TempDir(), "year.test")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", file, "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}
