package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"cometsync/internal/slow"
)

// manPages writes them, and gives each by its name.
func manPages(t *testing.T, environ ...string) (dir string, pages map[string]string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "man", "man1")
	if code, _, stderr := invoke(t, time.Now, environ, "man", dir); code != 0 || stderr != "" {
		t.Fatalf("exits with %d: %s", code, stderr)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	pages = map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(file)] = string(text)
	}
	return dir, pages
}

func TestManPages(t *testing.T) {
	const epoch = "SOURCE_DATE_EPOCH=1700000000"
	dir, pages := manPages(t, epoch)
	_, again := manPages(t, epoch)
	_, undated := manPages(t)
	_, later := manPages(t, "SOURCE_DATE_EPOCH=1800000000")
	for name, text := range pages {
		if text != again[name] {
			t.Errorf("%s is another one each time", name)
		}
		if dated := strings.Replace(text, "2023-11-14", "2027-01-15", 1); dated != later[name] || dated == text {
			t.Errorf("%s is not of its date", name)
		}
		if year := time.Now().Format("2006"); strings.Contains(undated[name], `"`+year) {
			t.Errorf("%s has the date of today", name)
		}
		for _, section := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"} {
			if !strings.Contains(text, "\n.SH \""+section+"\"\n") {
				t.Errorf("%s has no section %s", name, section)
			}
		}
	}
	for _, name := range []string{"cometsync.1", "cometsync-sync.1", "cometsync-doctor.1", "cometsync-completion-bash.1"} {
		if pages[name] == "" {
			t.Errorf("there is no %s", name)
		}
	}
	mandoc := slow.Tool(t, "mandoc")
	for name := range pages {
		if out, err := exec.Command(mandoc, "-T", "lint", "-W", "warning", filepath.Join(dir, name)).CombinedOutput(); err != nil ||
			len(out) > 0 {
			t.Errorf("mandoc: %v\n%s", err, out)
		}
	}
	read := func(name string) string {
		out, err := exec.Command(mandoc, "-T", "utf8", "-O", "width=1000", filepath.Join(dir, name)).Output()
		if err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(".\b").ReplaceAllString(string(out), "") // bold is written twice over
	}
	sync := read("cometsync-sync.1")
	for _, text := range []string{"globs such as uid=acme_*", "a pattern such as '5*'", `such as '^' or '\x1f'`, `such as "MÃ¼ller"`,
		"-n, --dry-run", "--report-dir=DIR", "COMETCHAT_APP_ID", "another run holds this app's lock"} {
		if !strings.Contains(sync, text) {
			t.Errorf("the page of sync has no %q:\n%s", text, sync)
		}
	}
	if sandbox := read("cometsync-sandbox.1"); !strings.Contains(sandbox, `{"uid":"faq","name":"FAQ","bot":{"webhookURL":"https://…",`) ||
		!regexp.MustCompile(`(?m)^ +slow +it comes after a second`).MatchString(sandbox) {
		t.Errorf("the page of sandbox is\n%s", sandbox)
	}
}
