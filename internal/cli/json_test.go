package cli_test

import (
	"encoding/json"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// onlyJSON is what a command prints that is asked for JSON: one document and nothing
// else, with its schema and keys as our documents have them; nil for none.
func onlyJSON(t *testing.T, stdout string) map[string]any {
	t.Helper()
	if stdout == "" {
		return nil
	}
	var document map[string]any
	d := json.NewDecoder(strings.NewReader(stdout))
	if err := d.Decode(&document); err != nil {
		t.Fatalf("%v:\n%s", err, stdout)
	}
	if _, err := d.Token(); err != io.EOF {
		t.Errorf("there is more than one document:\n%s", stdout)
	}
	if key := regexp.MustCompile(`"(?:[A-Z]|[a-z]+[_-])[A-Za-z]*":`).FindString(stdout); key != "" {
		t.Errorf("a key is spelt %s", key)
	}
	return document
}

// Every command that shows something gives programs one document.
func TestEveryCommandGivesOneDocument(t *testing.T) {
	dir := t.TempDir()
	environ := []string{"HOME=" + dir, "COMETSYNC_REPORT_DIR=" + filepath.Join(dir, "{run}")}
	roster, remote, nightly := "../../testdata/roster.csv", "../../testdata/remote.jsonl", filepath.Join(dir, "cometsync.yaml")
	for _, c := range []struct {
		args         string
		code         int
		schema, says string // a piece of it
	}{
		{"validate " + roster, 0, "report/v1", `"command": "validate"`},
		{"plan " + roster + " --report-dir " + dir + "/plan --sandbox " + remote, 0, "report/v1", `"result": "pending"`},
		{"apply " + dir + "/plan/plan.json --sandbox " + remote, 0, "report/v1", `"command": "apply"`},
		{"rehearse " + roster + " --sandbox " + remote, 0, "report/v1", `"command": "rehearse"`},
		{"diff " + roster + " " + roster, 0, "report/v1", `"command": "diff"`},
		{"sync " + roster + " --sandbox " + remote, 0, "report/v1", `"result": "converged"`},
		{"undo last --dry-run --allow max-deactivate=13", 0, "report/v1", `"result": "pending"`},
		{"sync " + roster + " --max-update 1 --sandbox " + remote, 4, "report/v1", `"result": "refused"`},
		{"undo last --allow max-deactivate=10", 2, "", ""},
		{"runs", 0, "runs/v1", `"runs": [`},
		{"runs --failed --since 2099-01-01", 0, "runs/v1", `"runs": []`},
		{"runs last", 0, "report/v1", `"operations": [`},
		{"verify last", 0, "verification/v1", ""},
		{"explain last anna-kowalska", 0, "explanation/v1", `"uid": "anna-kowalska"`},
		{"export --out " + filepath.Join(dir, "users.csv") + " --sandbox " + remote, 0, "export/v1", `"format": "csv"`},
		{"export --sandbox " + remote, 2, "", ""},
		{"init " + roster + " --write " + nightly, 0, "proposal/v1", `"field": "uid"`},
		{"init " + roster + " --write " + nightly, 2, "", ""},
		{"init " + roster + " --write -", 2, "", ""},
		{"init --nightly=cron --app-id abc --region eu --api-key-file key " + roster, 0, "job/v1", `"form": "cron"`},
		{"doctor " + roster + " --sandbox " + remote, 0, "checks/v1", `"checks": [`},
		{"man " + filepath.Join(dir, "man"), 0, "manual/v1", `"cometsync-sync.1"`},
		{"version", 0, "version/v1", ""},
		{"validate missing.csv", 1, "", ""},
		{"sync missing.csv --no-such-option", 2, "", ""},
	} {
		code, stdout, stderr := invoke(t, time.Now, environ, append(strings.Fields(c.args), "--output", "json")...)
		got := onlyJSON(t, stdout)
		schema, _ := got["schema"].(string)
		if code != c.code || strings.TrimPrefix(schema, "cometsync.") != c.schema || !strings.Contains(stdout, c.says) {
			t.Errorf("%s: exits with %d, and prints %q with\n%s\n%s", c.args, code, schema, stdout, stderr)
		}
		if code == 2 && stderr == "" {
			t.Errorf("%s: does not say what is wrong", c.args)
		}
	}
	// Who has every command print JSON still gets users and configurations as they are.
	environ = append(environ, "COMETSYNC_OUTPUT=json")
	_, stdout, _ := invoke(t, time.Now, environ, "export", "--format", "jsonl", "--sandbox", remote)
	if !strings.HasPrefix(stdout, `{"uid"`) {
		t.Errorf("exported are\n%s", stdout)
	}
}
