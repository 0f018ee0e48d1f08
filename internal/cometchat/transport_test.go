package cometchat

import (
	"bufio"
	"cometsync/internal/plan"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The proxies of the environment are used. net/http reads it once, so that
// another process has to ask; the proxy lets nothing through, and sees nothing
// but where to.
func TestProxyOfTheEnvironment(t *testing.T) {
	const mark = "COMETCHAT_TEST_BEHIND_PROXY"
	if os.Getenv(mark) != "" {
		c, err := New(Config{BaseURL: plan.DefaultBaseURL("app1", "us"), AppID: "app1", Key: testKey, MaxAttempts: 1})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = c.Get(t.Context(), "x")
		fmt.Println("said:", err)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		var text strings.Builder
		for {
			line, err := r.ReadString('\n')
			text.WriteString(line)
			if err != nil || line == "\r\n" {
				break
			}
		}
		io.WriteString(conn, "HTTP/1.1 407 Not Today\r\nContent-Length: 0\r\n\r\n")
		seen <- text.String()
	}()
	cmd := exec.Command(os.Args[0], "-test.run=^TestProxyOfTheEnvironment$", "-test.v")
	cmd.Env = append(os.Environ(), mark+"=1", "HTTPS_PROXY=http://"+l.Addr().String(), "NO_PROXY=", "no_proxy=")
	out, err := cmd.CombinedOutput()
	l.Close()
	if err != nil || !strings.Contains(string(out), "said: GET /users/x: the proxy answered 407 (Proxy Authentication Required)") {
		t.Errorf("%v: %s", err, out)
	}
	select {
	case text := <-seen:
		if !strings.HasPrefix(text, "CONNECT app1.api-us.cometchat.io:443 ") || strings.Contains(text, testKey) {
			t.Errorf("the proxy saw %q", text)
		}
	default:
		t.Error("the proxy was not asked")
	}
}

// Thousands of requests make about as many connections as are at work at once,
// whatever the answers are: each is read to its end. One more may be dialled
// while another is about to come free.
func TestConnectionsAreUsedAgain(t *testing.T) {
	const workers, each = 8, 300
	var conns, n atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch n.Add(1) % 6 {
		case 0:
			answer(400, `{"error":{"code":"ERR_BAD_REQUEST","message":"`+strings.Repeat("m", 30_000)+`"}}`)(w, r, "")
		case 1:
			answer(404, `<html>`+strings.Repeat("h", 20_000))(w, r, "")
		case 2:
			answer(500, ``)(w, r, "")
		case 3:
			answer(200, `{"data":{"uid":"x"}} `+strings.Repeat(" ", 50_000))(w, r, "")
		case 4:
			answer(200, `not JSON `+strings.Repeat("n", 50_000))(w, r, "")
		default:
			answer(200, `{"data":{"uid":"x"}}`)(w, r, "")
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := newClient(t, s.URL, func(cfg *Config) { cfg.Concurrency, cfg.MaxAttempts = workers, 1 })
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range each {
				if i%2 == 0 {
					c.Get(t.Context(), "x")
				} else {
					c.Create(t.Context(), anna, false)
				}
			}
		})
	}
	group.Wait()
	if got := conns.Load(); got > 2*workers || n.Load() != workers*each {
		t.Errorf("%d connections for %d requests", got, n.Load())
	}
}

// An answer that does not end is not read for ever: one that flows is cut at
// its bound, one that trickles at the end of our patience.
func TestEndlessAnswers(t *testing.T) {
	flow := func(status int, start string) func(http.ResponseWriter, *http.Request, string) {
		return func(w http.ResponseWriter, r *http.Request, _ string) {
			w.WriteHeader(status)
			io.WriteString(w, start)
			block := strings.Repeat("x", 32<<10)
			for sent := 0; r.Context().Err() == nil; sent += len(block) {
				if _, err := io.WriteString(w, block); err != nil {
					return
				}
				if sent > 64<<20 {
					t.Error("64 MiB were read")
					return
				}
			}
		}
	}
	trickle := func(status int, start string) func(http.ResponseWriter, *http.Request, string) {
		return func(w http.ResponseWriter, r *http.Request, _ string) {
			w.WriteHeader(status)
			io.WriteString(w, start)
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, "x"); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				time.Sleep(time.Second)
			}
		}
	}
	for name, test := range map[string]struct {
		handle func(http.ResponseWriter, *http.Request, string)
		says   string
		takes  time.Duration
		lost   bool // of a create
	}{
		"success flows":    {flow(200, `{"data":{"uid":"`), "200: the answer is larger than 4 MiB", 0, true},
		"refusal flows":    {flow(400, `{"error":"`), "400: bad request, and the answer is not the API's", 0, false},
		"failure flows":    {flow(500, ``), "500: internal server error, and the answer is not the API's", 0, true},
		"success trickles": {trickle(200, `{"data":{"uid":"`), "200: the answer was cut off: no answer within 30s", 30 * time.Second, true},
		"refusal trickles": {trickle(400, `{"error":"`), "400: the answer was cut off: no answer within 30s", 30 * time.Second, false},
		"failure trickles": {trickle(500, ``), "500: the answer was cut off: no answer within 30s", 30 * time.Second, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, transport := newBubbleServer(t, test.handle)
			c := newClient(t, s.URL, func(cfg *Config) { cfg.MaxAttempts, cfg.Transport = 1, transport })
			for verb, do := range verbs {
				began := time.Now()
				err := do(t.Context(), c)
				var e *Error
				if !errors.As(err, &e) || !strings.Contains(err.Error(), test.says) || time.Since(began) != test.takes {
					t.Errorf("%s, %s: %v after %s", name, verb, err, time.Since(began))
				}
				if verb == "create" && e.Lost() != test.lost {
					t.Errorf("%s: lost is %t", name, e.Lost())
				}
			}
		})
	}
}

// Patience ends at every stage of a request. Before there is a connection
// nothing was sent, and a create may be sent again; after it, nobody knows.
func TestTimeoutAtEveryStage(t *testing.T) {
	silent := func(ctx context.Context, _, _ string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() { // reads what is sent, and answers nothing
			io.Copy(io.Discard, theirs)
			theirs.Close()
		}()
		return ours, nil
	}
	for name, test := range map[string]struct {
		base     string
		dial     func(ctx context.Context, network, address string) (net.Conn, error)
		attempts int
		lost     bool
		atMost   time.Duration // of an attempt
	}{
		"dial": {"http://localhost", func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, 3, false, 20 * time.Second},
		"handshake": {"https://app.example.org", silent, 3, false, 10 * time.Second},
		"header":    {"http://localhost", silent, 1, true, 20 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			transport := newTransport(1)
			transport.Proxy, transport.DialContext = nil, test.dial
			t.Cleanup(transport.CloseIdleConnections)
			c := newClient(t, test.base, func(cfg *Config) { cfg.Transport, cfg.Timeout = transport, 20*time.Second })
			began := time.Now()
			_, _, err := c.Create(t.Context(), anna, false)
			if e, ok := errors.AsType[*Error](err); !ok || e.Lost() != test.lost || e.Attempts != test.attempts {
				t.Errorf("%s: %v", name, err)
			}
			pauses := 2 * backoffCap / 40 // two, of up to 250 and 500 ms
			if d, most := time.Since(began), time.Duration(test.attempts)*test.atMost; d < most || d > most+pauses {
				t.Errorf("%s: ended after %s, not %s", name, d, most)
			}
		})
	}
}
