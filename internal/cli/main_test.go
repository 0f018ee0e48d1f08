package cli_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cometsync/internal/cli"
	"cometsync/internal/sandbox"
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
	inMemory()
	code := m.Run()
	os.RemoveAll(programDir)
	os.Exit(code)
}

const atOnce = 10

// inMemory has the files of tests in memory where there is room for them, and nobody
// said where they are to be. The program flushes its journal to the disk before each
// request, which is a third of what the tests cost on one.
func inMemory() {
	const memory, room = "/dev/shm", 2 << 30
	var s syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && syscall.Statfs(memory, &s) == nil && uint64(s.Bavail)*uint64(s.Bsize) > room {
		os.Setenv("TMPDIR", memory)
	}
}

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
	args := []string{"build", "-buildvcs=false", "-ldflags=-s -w", "-o", programDir + string(os.PathSeparator)}
	if slow.Race {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "cometsync")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	return nil
})

// invoke runs the program in this process, with an environment of nothing but the
// given variables.
func invoke(t testing.TB, now func() time.Time, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, messages bytes.Buffer
	code = cli.Main(t.Context(), cli.Process{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &messages, Environ: environ, Now: now,
	})
	return code, out.String(), messages.String()
}

// unlimited is an environment in which the sandbox's rates are no limit.
var unlimited = []string{"COMETCHAT_API_KEY=sandbox", "COMETSYNC_RATE_CORE=1000000", "COMETSYNC_RATE_STANDARD=1000000"}

// sandboxOf is an app with the users of a state, and a key that is the word sandbox.
func sandboxOf(t testing.TB, state string) *sandbox.Sandbox {
	t.Helper()
	box := sandbox.New(sandbox.Config{Key: "sandbox"})
	if err := box.Load(strings.NewReader(state)); err != nil {
		t.Fatal(err)
	}
	return box
}

// dated serves an app whose clock is off by what that says, and gives its base URL.
func dated(t testing.TB, box http.Handler, off func() time.Duration) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		box.ServeHTTP(rec, r)
		maps.Copy(w.Header(), rec.Header())
		w.Header().Set("Date", time.Now().Add(off()).UTC().Format(http.TimeFormat))
		w.WriteHeader(rec.Code)
		_, _ = rec.Body.WriteTo(w)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v3"
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
