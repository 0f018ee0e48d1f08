//go:build unix

package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// roleVariable makes the test binary, run anew, one of the other processes of
// a benchmark.
const roleVariable = "COMETSYNC_BENCH_ROLE"

func TestMain(m *testing.M) {
	var err error
	switch role := os.Getenv(roleVariable); role {
	case "":
		os.Exit(m.Run())
	case "pages":
		err = servePages(os.Args[1], os.Args[2])
	case "baseline":
		err = printBaseline(os.Args[1], os.Args[2])
	case "posts":
		err = printPosts(os.Args[1], os.Args[2], os.Args[3])
	default:
		err = errors.New("no such role")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// self is a command that runs this binary in a role.
func self(tb testing.TB, role string, args ...string) *exec.Cmd {
	tb.Helper()
	binary, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	c := exec.CommandContext(tb.Context(), binary, args...)
	c.Env = append(os.Environ(), roleVariable+"="+role)
	return c
}

func find(dir, rows string) (*Data, error) {
	n, err := strconv.Atoi(rows)
	if err != nil {
		return nil, err
	}
	return Make(dir, n)
}

// servePages serves until its standard input ends, so that it does not
// outlive whoever started it.
func servePages(dir, rows string) error {
	d, err := find(dir, rows)
	if err != nil {
		return err
	}
	pages, err := NewPages(d)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Printf("http://%s/v3\n", listener.Addr())
	return http.Serve(listener, pages)
}

func printBaseline(dir, rows string) error {
	d, err := find(dir, rows)
	if err != nil {
		return err
	}
	b, err := Measure(d)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(b)
}

// listen starts a server that prints its URL first, and stops it at the end of the test.
func listen(tb testing.TB, c *exec.Cmd) (url string, stop func()) {
	tb.Helper()
	stdin, err := c.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		tb.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			stdin.Close()
			c.Process.Signal(syscall.SIGTERM)
			c.Wait()
		}
	}
	tb.Cleanup(stop)
	url, err = bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		tb.Fatalf("%s did not say where it listens: %v", c.Args[0], err)
	}
	return strings.TrimSpace(url), stop
}

// usage is what one run of a process took.
type usage struct {
	wall, cpu time.Duration
	peak      int64 // bytes of memory
}

// measure runs a command, whose standard output is JSON for out. A process of
// Go starts its life in its parent's memory, whose size the kernel counts as
// the child's peak: what calls this has to stay small itself.
func measure(tb testing.TB, c *exec.Cmd, out any) usage {
	tb.Helper()
	var complaints strings.Builder
	c.Stderr = &complaints
	start := time.Now()
	text, err := c.Output()
	u := usage{wall: time.Since(start)}
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		tb.Fatalf("%s: %v\n%s%s", strings.Join(c.Args, " "), err, text, complaints.String())
	}
	u.cpu = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	u.peak = c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS != "darwin" {
		u.peak *= 1024
	}
	return u
}

// median is the usage in the middle, each of its numbers for itself.
func median(all []usage) usage {
	return usage{
		wall: middle(all, func(u usage) time.Duration { return u.wall }),
		cpu:  middle(all, func(u usage) time.Duration { return u.cpu }),
		peak: middle(all, func(u usage) int64 { return u.peak }),
	}
}

func middle[T int64 | float64 | time.Duration](all []usage, of func(usage) T) T {
	values := make([]T, len(all))
	for i, u := range all {
		values[i] = of(u)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// program is the program: built for the benchmark, or another one that the
// environment names, to compare with.
type program struct {
	path string
	home string
}

func build(tb testing.TB) program {
	tb.Helper()
	p := program{path: os.Getenv("COMETSYNC_BENCH_PROGRAM"), home: tb.TempDir()}
	if p.path != "" {
		return p
	}
	p.path = filepath.Join(tb.TempDir(), "cometsync")
	c := exec.Command("go", "build", "-o", p.path, "./")
	c.Dir = filepath.Join("..", "..")
	if text, err := c.CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, text)
	}
	return p
}

// command runs the program in an environment of its own.
func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, p.path, args...)
	c.Dir = p.home
	c.Env = []string{"HOME=" + p.home, "TMPDIR=" + os.TempDir(), "COMETCHAT_API_KEY=sandbox"}
	return c
}

// head is what the benchmarks read of a report's head.
type head struct {
	Source struct {
		Users int `json:"users"`
	} `json:"source"`
	Remote struct {
		Active      int `json:"active"`
		Deactivated int `json:"deactivated"`
	} `json:"remote"`
	Summary struct {
		Create, Update, Deactivate, Reactivate struct{ Planned, Applied int }
	} `json:"summary"`
	API struct {
		Requests, Retries, Throttled int
	} `json:"api"`
	Guard struct{ Tripped bool } `json:"guard"`
}

// setting is a number from the environment.
func setting(tb testing.TB, name string, absent int) int {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(strings.ReplaceAll(text, "_", ""))
	if err != nil || n < 1 {
		tb.Fatalf("%s=%q is not a number of users", name, text)
	}
	return n
}
