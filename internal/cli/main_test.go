package cli_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"cometsync/internal/slow"
)

var programDir string

// TestMain has a directory for the program, and more tests at once than there are
// processors: nearly all of them wait for a disk, a clock, or another program.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", strconv.Itoa(atOnce)); err != nil {
			panic(err)
		}
	}
	var err error
	if programDir, err = os.MkdirTemp("", "cometsync-program-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(programDir)
	os.Exit(code)
}

const atOnce = 6

// build returns the directory with the program, which is built once.
func build(t *testing.T) string {
	t.Helper()
	// go test only knows of files that this process looks at; a changed
	// program must not be answered with the results of an old one.
	if _, err := os.Stat("../../main.go"); err != nil {
		t.Fatal(err)
	}
	if err := program(); err != nil {
		t.Fatal(err)
	}
	return programDir
}

var program = sync.OnceValue(func() error {
	args := []string{"build", "-buildvcs=false", "-o", programDir + string(os.PathSeparator)}
	if slow.Race {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "cometsync")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	return nil
})
