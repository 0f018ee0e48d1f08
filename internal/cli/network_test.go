package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"cometsync/internal/sandbox"
)

// wire passes the bytes of every connection on to a server, and keeps what
// the clients said.
type wire struct {
	net.Listener
	server string

	mu   sync.Mutex
	said []*bytes.Buffer // one for each connection
	open sync.WaitGroup
}

func newWire(t *testing.T, server string) *wire {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: l, server: server}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.mu.Lock()
			said := new(bytes.Buffer)
			w.said = append(w.said, said)
			w.open.Add(1)
			w.mu.Unlock()
			go w.pass(c, said)
		}
	}()
	return w
}

func (w *wire) pass(client net.Conn, said *bytes.Buffer) {
	defer w.open.Done()
	defer client.Close()
	server, err := net.Dial("tcp", w.server)
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _, _ = io.Copy(client, server) }()
	_, _ = io.Copy(server, io.TeeReader(client, said))
}

// requests reads what was said as HTTP, and forgets it.
func (w *wire) requests() (methods []string, err error) {
	w.open.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, said := range w.said {
		in := bufio.NewReader(said)
		for {
			r, err := http.ReadRequest(in)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			methods = append(methods, r.Method)
			if r.Method == http.MethodGet && len(body) > 0 {
				return nil, fmt.Errorf("a GET with a body: %q", body)
			}
		}
	}
	w.said = nil
	return methods, nil
}

// A plan and every rehearsal send nothing but GET requests, and validate sends
// nothing at all: looked at where the bytes pass, and by what the program asks
// of the system.
func TestOnlyReads(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(build(t), "cometsync")
	box := sandbox.New(sandbox.Config{Key: "key"})
	if err := box.Load(strings.NewReader(`{"uid":"anna","name":"Anna"}
{"uid":"bert","name":"Bert"}
{"uid":"off","name":"Off","deactivatedAt":1700000000}
`)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	defer server.Close()
	w := newWire(t, server.Listener.Addr().String())
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "roster.csv"), []byte("uid,name,role\nanna,Anna B,boss\noff,Off,\nnew,New,\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	system := filepath.Join(dir, "system.log")
	strace, missing := exec.LookPath("strace")
	if missing == nil && exec.Command(strace, "-o", filepath.Join(dir, "probe.log"), "true").Run() != nil {
		missing = errors.New("not allowed to look at processes")
	}
	connected := regexp.MustCompile(`(?m)connect\(.*AF_INET6?,.*$`)
	run := func(wantMethods bool, args ...string) {
		t.Helper()
		name := bin
		if missing == nil {
			name = strace
			args = append([]string{"-f", "-qq", "-e", "trace=network", "-o", system, bin}, args...)
		}
		c := exec.Command(name, args...)
		c.Dir = dir
		proxy := "http://" + w.Addr().String()
		c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_STATE_HOME=" + dir, "GORACE=atexit_sleep_ms=0",
			"COMETCHAT_BASE_URL=" + proxy + "/v3", "COMETCHAT_API_KEY=key", "HTTP_PROXY=" + proxy, "HTTPS_PROXY=" + proxy}
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
		methods, err := w.requests()
		if err != nil {
			t.Fatalf("%q: %v", args, err)
		}
		for _, m := range methods {
			if m != http.MethodGet {
				t.Errorf("%q sends a %s", args, m)
			}
		}
		if wantMethods != (len(methods) > 0) {
			t.Errorf("%q sends %d requests", args, len(methods))
		}
		if missing != nil {
			return
		}
		log, err := os.ReadFile(system)
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(w.Addr().String())
		calls := connected.FindAllString(string(log), -1)
		if wantMethods != (len(calls) > 0) {
			t.Errorf("%q connects %d times: %q", args, len(calls), calls)
		}
		for _, call := range calls {
			if !strings.Contains(call, "htons("+port+")") {
				t.Errorf("%q connects elsewhere: %s", args, call)
			}
		}
	}
	run(false, "validate", "roster.csv")
	run(true, "plan", "roster.csv", "--report-dir", "p", "--create-roles", "--max-deactivate", "none")
	run(true, "sync", "roster.csv", "--dry-run", "--create-roles", "--max-deactivate", "none")
	run(true, "doctor", "roster.csv")
	if missing != nil {
		t.Log("what the program asks of the system was not looked at: ", missing)
	}
}
