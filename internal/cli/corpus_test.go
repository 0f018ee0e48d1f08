package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Whatever a file holds, a plan of it ends in order: it says in one line why
// the file can't be read, or writes reports whose books balance and that
// verify proves from the files alone.
func TestCorpusIsPlannedAndProved(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/corpus/*")
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), err)
	}
	dir := t.TempDir()
	app := filepath.Join(dir, "app.jsonl")
	if err := os.WriteFile(app, []byte(`{"uid":"anna","name":"Anna"}
{"uid":"00417","name":"Käthe","metadata":{"@private":{"email":"k@example.org"}}}
{"uid":"1234567890123456","name":"Long"}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (int, string) {
		code, stdout, stderr := invoke(t, time.Now, []string{"HOME=" + dir}, append(args, "--state-dir", filepath.Join(dir, "state"))...)
		return code, stdout + stderr
	}
	planned := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		name := filepath.Base(file)
		report := filepath.Join(dir, name)
		code, out := run("plan", file, "--sandbox", app, "--max-deactivate", "none", "--report-dir", report)
		switch code {
		case 0, 4: // refused: it is empty, or ends early
		case 1:
			if strings.Count(out, "\n") != 1 || !strings.Contains(out, name+": ") && !strings.Contains(out, name+"[") ||
				!strings.Contains(out, "; ") {
				t.Errorf("%s: the error is %s", name, out)
			}
			continue
		default:
			t.Errorf("%s: exit code %d\n%s", name, code, out)
			continue
		}
		planned++
		text, err := os.ReadFile(filepath.Join(report, "report.json"))
		if err == nil {
			err = checkBooks(text)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if code, out := run("verify", report); code != 0 {
			t.Errorf("%s: verify exits with %d\n%s", name, code, out)
		}
	}
	if planned < 40 {
		t.Errorf("%d files are planned", planned)
	}
}
