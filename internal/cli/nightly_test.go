package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"cometsync/internal/slow"
)

// odd is a text with all that one of the forms would take for its own.
const odd = `it's 50% of "$HOME" \\ \% $(id) ; a`

// nightlyText is what init --nightly prints in a directory of that name, and the
// words that the job is to run with; files says where its three files are.
func nightlyText(t *testing.T, bin, form string) (text, dir string, want func(config, protect string) []string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), odd)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"c.yaml": "missing: keep\nreport-dir: " + dir + "/r\n", "protect": "admin\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	c := exec.Command(filepath.Join(bin, "cometsync"), "init", "--nightly="+form, "*.csv", "--config", "c.yaml",
		"--protect-list", "protect", "--app-id", "abc", "--scope", "tag="+odd, "--scope", "role=r", "--create-roles", "--detect-rekey=false")
	c.Dir, c.Stdout, c.Stderr = dir, &stdout, &stderr
	c.Env = []string{"COMETCHAT_API_KEY=0123456789abcdef0123456789abcdef01234567", "COMETCHAT_REGION=eu", "COMETSYNC_MAX_DURATION=3h"}
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	// A unit sees no /tmp but its own, below which the program or the test's directory may be.
	unseen := form == "systemd" && (strings.HasPrefix(dir, "/tmp/") || strings.HasPrefix(bin, "/tmp/"))
	if told := strings.Contains(stderr.String(), "systemd unit sees no /tmp"); told != unseen || !unseen && stderr.Len() > 0 {
		t.Errorf("it warns of %q", stderr.String())
	}
	if strings.Contains(stdout.String(), "0123456789abcdef") {
		t.Errorf("it tells the key:\n%s", stdout.String())
	}
	return stdout.String(), dir, func(config, protect string) []string {
		return []string{"sync", filepath.Join(dir, "*.csv"), "--app-id=abc", "--create-roles", "--detect-rekey=false",
			"--max-duration=3h0m0s", "--region=eu",
			"--scope=tag=" + odd, "--scope=role=r", "--config=" + config, "--protect-list=" + protect, "--quiet"}
	}
}

// shellWords are words as sh reads them.
func shellWords(t *testing.T, text string) []string {
	t.Helper()
	out, err := exec.Command("/bin/sh", "-c", "printf '%s\\0' "+text).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, text)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
}

// TestNightly has each of the forms checked and read by what it is for.
func TestNightly(t *testing.T) {
	t.Parallel()
	bin := build(t)
	t.Run("systemd", func(t *testing.T) { nightlySystemd(t, bin) })
	t.Run("cron", func(t *testing.T) { nightlyCron(t, bin) })
	t.Run("kubernetes", func(t *testing.T) { nightlyKubernetes(t, bin) })
}

// nightlySystemd has systemd check the units, and say which command it reads.
func nightlySystemd(t *testing.T, bin string) {
	analyze := slow.Tool(t, "systemd-analyze")
	text, dir, want := nightlyText(t, bin, "systemd")
	units := t.TempDir()
	parts := regexp.MustCompile(`(?m)^# /etc/systemd/system/(.*)\n`).FindAllStringSubmatchIndex(text, -1)
	if len(parts) != 2 {
		t.Fatalf("there are %d units:\n%s", len(parts), text)
	}
	for i, at := range parts {
		end := len(text)
		if i+1 < len(parts) {
			end = parts[i+1][0]
		}
		if err := os.WriteFile(filepath.Join(units, text[at[2]:at[3]]), []byte(text[at[0]:end]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, unit := range []string{"cometsync.service", "cometsync.timer"} {
		out, err := exec.Command(analyze, "verify", "--man=no", filepath.Join(units, unit)).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("systemd-analyze verify %s: %v\n%s\n%s", unit, err, out, text)
		}
	}
	c := exec.Command(analyze, "verify", "--man=no", filepath.Join(units, "cometsync.service"))
	c.Env = append(os.Environ(), "SYSTEMD_LOG_LEVEL=debug") // then it tells what it has read
	read, err := c.Output()
	line := regexp.MustCompile(`(?m)Command Line: (.*)$`).FindSubmatch(read)
	if err != nil || line == nil {
		t.Fatalf("%v\n%s", err, read)
	}
	words := shellWords(t, string(line[1]))
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "$$", "$")
	}
	const loaded = "/run/credentials/cometsync.service/"
	if diff := cmp.Diff(want(loaded+"config", loaded+"protect-list"), words[1:]); diff != "" {
		t.Errorf("systemd reads %s", diff)
	}
	if line := "ReadWritePaths: -" + dir + "\n"; !strings.Contains(string(read), line) {
		t.Errorf("systemd has not read %q:\n%s", line, read)
	}
}

// crons are what the crons in use make of a command before sh has it: for all of
// them a % ends it, unless a \ is before that. Of \\ some make one \, and others
// leave it.
var crons = map[string]func(string) string{
	"vixie": func(s string) string { return unescaped(s, `%\`) },
	"ISC":   func(s string) string { return unescaped(s, `%`) },
}

func unescaped(s, taken string) string {
	var out []byte
	escaped := false
	for i := range len(s) {
		c := s[i]
		switch {
		case escaped && strings.IndexByte(taken, c) >= 0:
			out[len(out)-1] = c
			escaped = false
			continue
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '%':
			return string(out)
		}
		out = append(out, c)
	}
	return string(out)
}

// nightlyCron has crontab check the lines, and sh read the command.
func nightlyCron(t *testing.T, bin string) {
	text, dir, want := nightlyText(t, bin, "cron")
	command := regexp.MustCompile(`(?m)^17 3 \* \* \* (.*)$`).FindStringSubmatch(text)
	if command == nil {
		t.Fatal(text)
	}
	for name, passed := range crons {
		line := passed(command[1])
		line = strings.Replace(strings.Replace(line, "cd ", "", 1), " && ", " ", 1)
		got := shellWords(t, line)
		words := append(want(filepath.Join(dir, "c.yaml"), filepath.Join(dir, "protect")), "--api-key-file=/etc/cometsync/api-key")
		if diff := cmp.Diff(words, got[2:]); diff != "" {
			t.Errorf("of %s cron sh reads %s", name, diff)
		}
		if got[0] != dir || got[1] != filepath.Join(bin, "cometsync") {
			t.Errorf("of %s cron sh reads %q", name, got[:2])
		}
	}
	file := filepath.Join(t.TempDir(), "crontab")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	crontab := slow.Tool(t, "crontab")
	if says, _ := exec.Command(crontab, "-h").CombinedOutput(); !bytes.Contains(says, []byte("-n\t(dry run")) {
		t.Skip("this crontab has no dry run, as Debian's has") // and may take -n for something else
	}
	if out, err := exec.Command(crontab, "-n", file).CombinedOutput(); err != nil {
		t.Errorf("crontab: %v\n%s\n%s", err, out, text)
	}
}

// nightlyKubernetes holds the objects against the schema of Kubernetes.
func nightlyKubernetes(t *testing.T, bin string) {
	text, _, want := nightlyText(t, bin, "kubernetes")
	raw, err := os.Open("../../testdata/kubernetes.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	doc, err := jsonschema.UnmarshalJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("k8s.json", doc); err != nil {
		t.Fatal(err)
	}
	var job any
	objects := strings.Split(text, "\n---\n")
	for i, kind := range []string{"PersistentVolumeClaim", "CronJob"} {
		schema := compiler.MustCompile("k8s.json#/$defs/" + kind)
		check := func(text string) error {
			asJSON, err := yaml.YAMLToJSON([]byte(text))
			if err != nil {
				return err
			}
			if job, err = jsonschema.UnmarshalJSON(bytes.NewReader(asJSON)); err != nil {
				return err
			}
			return schema.Validate(job)
		}
		for _, wrong := range [][2]string{{"metadata:", "metdata:"}, {"concurrencyPolicy: Forbid", "concurrencyPolicy: Never"},
			{"backoffLimit: 0", "backoffLimit: none"}, {"[ReadWriteOnce]", "ReadWriteOnce"}} {
			if bad := strings.Replace(objects[i], wrong[0], wrong[1], 1); bad != objects[i] && check(bad) == nil {
				t.Errorf("%s may have %s", kind, wrong[1])
			}
		}
		if err := check(objects[i]); err != nil {
			t.Errorf("%s: %v\n%s", kind, err, objects[i])
		}
	}
	var read struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct{ Containers []struct{ Args []string } }
					}
				}
			}
		}
	}
	asJSON, err := json.Marshal(job)
	if err == nil {
		err = json.Unmarshal(asJSON, &read)
	}
	if err != nil {
		t.Fatal(err)
	}
	args := slices.Clone(read.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "$$", "$")
	}
	if diff := cmp.Diff(want("/etc/cometsync/config", "/etc/cometsync/protect-list"), args); diff != "" {
		t.Errorf("Kubernetes reads %s", diff)
	}
}
