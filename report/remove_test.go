package report

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRemove(t *testing.T) {
	const run = "20260802T031504Z-a1b2c3"
	make := func(files ...string) string {
		dir := filepath.Join(t.TempDir(), "r")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text := "x"
			if f == "report.json" {
				text = "{\n  \"schema\": \"" + Schema + "\",\n  \"run\": {\"id\": \"" + run + "\", \"command\": \"sync\"}}"
			}
			if err := os.WriteFile(filepath.Join(dir, f), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for _, test := range []struct {
		what  string
		dir   string
		run   string
		stays bool
		fails bool
	}{
		{"its own", make("report.json", "report.html"), run, false, false},
		{"another run's", make("report.json"), "20270802T031504Z-a1b2c3", true, false},
		{"with somebody's file", make("report.json", "thesis.txt"), run, true, true},
		{"without a report", make("thesis.txt"), run, true, false},
		{"not there", filepath.Join(t.TempDir(), "none"), run, false, false},
		{"not named", make("report.json"), "", true, false},
	} {
		if err := Remove(test.dir, test.run); (err != nil) != test.fails {
			t.Errorf("%s: %v", test.what, err)
		}
		if _, err := os.Stat(test.dir); (err == nil) != test.stays {
			t.Errorf("%s: is there: %t", test.what, err == nil)
		}
	}
	if err := Remove("", run); err != nil {
		t.Error(err)
	}
}
