package exit

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A process that ends at once takes what is not finished with it, and no more.
func TestNow(t *testing.T) {
	if dir := os.Getenv("LEAVE"); dir != "" {
		Unfinished(filepath.Join(dir, "made"))()
		Unfinished(filepath.Join(dir, "being-made"))
		Unfinished(filepath.Join(dir, "gone"))
		Now(7)
	}
	dir := t.TempDir()
	for _, name := range []string{"made", "being-made"} {
		if err := os.MkdirAll(filepath.Join(dir, name, "within"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	again := exec.Command(os.Args[0], "-test.run=TestNow")
	again.Env = append(os.Environ(), "LEAVE="+dir)
	var ended *exec.ExitError
	if err := again.Run(); !errors.As(err, &ended) || ended.ExitCode() != 7 {
		t.Errorf("it ended with %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != "made" {
		t.Errorf("%v is left, %v", left, err)
	}
}
