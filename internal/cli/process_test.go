package cli_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdStatus runs a program and wants one exit code and no other:
//
//	status 3 cometsync sync roster.csv
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status CODE PROGRAM ARGUMENT...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

type signalled struct{}

var signals = map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "USR1": syscall.SIGUSR1}

// cmdSignal sends a signal to the latest background process:
//
//	signal TERM
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	running := ts.BackgroundCmds()
	if neg || len(args) != 1 || signals[args[0]] == 0 || len(running) == 0 {
		ts.Fatalf("usage: signal INT|TERM|KILL|USR1, with a process in the background")
	}
	last := running[len(running)-1]
	*ts.Value(signalled{}).(**exec.Cmd) = last
	ts.Check(last.Process.Signal(signals[args[0]]))
}

// cmdCode wants an exit code of the process that was signalled, once it has
// been waited for:
//
//	code 143
func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	last := *ts.Value(signalled{}).(**exec.Cmd)
	if neg || len(args) != 1 || last == nil || last.ProcessState == nil {
		ts.Fatalf("usage: code N, after signal and wait")
	}
	if got := strconv.Itoa(last.ProcessState.ExitCode()); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

type sandboxes struct{}

// cmdSandbox starts a sandbox on a free port and points the script at it, at a
// pace that is no limit. It ends the one before it, and with the script.
//
//	sandbox --state app.jsonl --fault 500=5%
//	sandbox stop
func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("sandbox can't fail")
	}
	slot := ts.Value(sandboxes{}).(**exec.Cmd)
	if *slot != nil {
		stop(ts, *slot)
		*slot = nil
	}
	if len(args) == 1 && args[0] == "stop" {
		return
	}
	cmd := exec.Command(filepath.Join(ts.Getenv("BIN"), "cometsync"), append([]string{"sandbox", "--addr", "127.0.0.1:0"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"HOME=" + ts.Getenv("HOME"), "GORACE=" + ts.Getenv("GORACE"), "GOGC=off",
		"COMETCHAT_API_KEY=" + ts.Getenv("SANDBOX_KEY")}
	var messages strings.Builder
	cmd.Stderr = &messages
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = cmd.Wait()
		ts.Fatalf("sandbox did not start: %v\n%s", err, messages.String())
	}
	*slot = cmd
	ts.Defer(func() { // what fails has ended already
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	base := strings.TrimSpace(line)
	ts.Setenv("SANDBOX_URL", base)
	target(ts, base)
}

// target has the script's commands work on the app at base.
func target(ts *testscript.TestScript, base string) {
	ts.Setenv("COMETCHAT_BASE_URL", base)
	if ts.Getenv("COMETCHAT_API_KEY") == "" {
		ts.Setenv("COMETCHAT_API_KEY", sandboxKey(ts))
	}
	ts.Setenv("COMETSYNC_RATE_CORE", "1000000")
	ts.Setenv("COMETSYNC_RATE_STANDARD", "1000000")
	ts.Setenv("COMETSYNC_RATE_IMPORT", "1000000")
}

func sandboxKey(ts *testscript.TestScript) string {
	if key := ts.Getenv("SANDBOX_KEY"); key != "" {
		return key
	}
	return "sandbox"
}

// stop asks a sandbox to end, which it does with 0.
func stop(ts *testscript.TestScript, cmd *exec.Cmd) {
	err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
	if err != nil {
		ts.Fatalf("ending the sandbox: %v\n%v", err, fmt.Sprint(cmd.Stderr))
	}
}

// cmdAwait waits until a file has a text.
//
//	await stderr.log stopping
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE TEXT")
	}
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(b), args[1]) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s has no %q after %s: %q, %v", args[0], args[1], patience, b, err)
		}
	}
}
