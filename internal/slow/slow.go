// Package slow keeps out of a plain "go test ./..." what is slow by nature: browsers,
// spreadsheet programs, many kills, thousands of random runs. With COMETSYNC_TEST=all
// everything runs, as it does in the gate. It refuses to know what a test is about.
package slow

import (
	"os"
	"os/exec"
	"testing"
)

func all() bool { return os.Getenv("COMETSYNC_TEST") == "all" }

// Test skips a test that runs only among all, and says why. A benchmark was asked for.
func Test(t testing.TB, why string) {
	t.Helper()
	if _, asked := t.(*testing.B); !asked && !all() {
		t.Skipf("%s; COMETSYNC_TEST=all runs it", why)
	}
}

// Times is how often something is repeated: a few times, or as often as it is among all.
func Times(few, many int) int {
	if all() {
		return many
	}
	return few
}

// Program finds a program that takes seconds to start.
func Program(t testing.TB, name string) string {
	t.Helper()
	Test(t, "starts "+name)
	return Tool(t, name)
}

// Tool finds a program that has to be there in CI; elsewhere the test is skipped
// without it.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	return path
}
