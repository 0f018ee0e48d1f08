package cli_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const echoed = "0123456789ABCDEFabcdef0123456789abcdef01"

// echoes are answers of somebody who repeats the key, as bytes of the wire.
func echoes() map[string]string {
	body := func(status, kind, text string) string {
		return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n%s", status, kind, echoed,
			len(text), text)
	}
	to := func(location string) string {
		return "HTTP/1.1 307 Temporary Redirect\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n"
	}
	return map[string]string{
		"no status":     echoed + "\r\n\r\n",
		"status":        "HTTP/1.1 " + echoed + "\r\n\r\n",
		"reason":        body("400 "+echoed, "text/plain", "no"),
		"version":       "HTTP/" + echoed + " 200 OK\r\n\r\n",
		"header":        "HTTP/1.1 200 OK\r\n" + echoed + "\r\n\r\n",
		"header's name": "HTTP/1.1 200 OK\r\n" + echoed + " x: y\r\n\r\n",
		"length":        "HTTP/1.1 200 OK\r\nContent-Length: " + echoed + "\r\n\r\n",
		"encoding":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + echoed + "\r\n\r\n",
		"chunk":         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + echoed + "\r\n" + echoed + "\r\n",
		"trailer":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: " + echoed + "\r\n\r\n0\r\n" + echoed + "\r\n\r\n",
		"type":          body("502 Bad Gateway", "text/"+echoed, "no"),
		"page":          body("500 Internal Server Error", "text/html", "<html>"+echoed),
		"success":       body("200 OK", "application/json", echoed),
		"another user":  body("200 OK", "application/json", `{"data":{"uid":"`+echoed+`","name":"`+echoed+`"}}`),
		"message": body("400 Bad Request", "application/json",
			`{"error":{"code":"ERR_`+echoed+`","message":"the key `+echoed+`, `+strings.ToLower(echoed)+`"}}`),
		"details": body("400 Bad Request", "application/json",
			`{"error":{"code":"ERR_BAD_REQUEST","details":{"`+echoed+`":["`+echoed+`"]}}}`),
		"escaped": body("400 Bad Request", "application/json",
			`{"error":{"message":"`+url.QueryEscape("apikey="+echoed)+` \\u0030123456789ABCDEFabcdef0123456789abcdef01"}}`),
		"base64": body("400 Bad Request", "application/json",
			`{"error":{"message":"`+base64.StdEncoding.EncodeToString([]byte("user:"+echoed))+`"}}`),
		"redirect's host":      to("https://" + echoed + ".example.org/v3"),
		"redirect's path":      to("https://example.org/" + echoed),
		"redirect's query":     to("https://example.org/?k=" + echoed),
		"redirect's port":      to("https://example.org:" + echoed + "/"),
		"redirect to nowhere":  to("https://[" + echoed),
		"redirect with spaces": to("http://" + echoed + " x/%zz"),
		"unasked for": body("400 Bad Request", "application/json", `{"error":{"message":"no"}}`) + echoed + " " + echoed +
			"\r\n\r\n",
	}
}

// TestKeyStaysInside has the service repeat the key in every way there is, and
// then looks through all that the program has said and written.
func TestKeyStaysInside(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(build(t), "cometsync")
	for name, answer := range echoes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			go echo(server, answer)
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "roster.csv"), []byte("uid,name\nanna,Anna\nnew,New\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(bin, "sync", "roster.csv", "--log-level", "debug", "--log-format", "json", "--settle", "0s", "--timeout",
				"5s")
			cmd.Dir = dir
			cmd.Env = []string{"HOME=" + dir, "COMETSYNC_PATIENCE=0s", "COMETCHAT_API_KEY=" + echoed, "COMETCHAT_BASE_URL=http://" +
				server.Addr().String() + "/v3"}
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("it went well:\n%s", out)
			}
			noKey(t, "what it says", string(out))
			if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				text, err := os.ReadFile(path)
				noKey(t, path, string(text))
				return err
			}); err != nil {
				t.Error(err)
			}
			if reports, _ := filepath.Glob(filepath.Join(dir, "cometsync-reports", "*", "report.json")); len(reports) != 1 {
				t.Errorf("its reports are %q", reports)
			}
		})
	}
}

func noKey(t *testing.T, where, text string) {
	t.Helper()
	lower := strings.ToLower(text)
	for _, part := range []string{strings.ToLower(echoed), "123456789abcdefabcd",
		strings.ToLower(base64.StdEncoding.EncodeToString([]byte("user:" + echoed))[10:40])} {
		if i := strings.Index(lower, part); i >= 0 {
			t.Errorf("%s has the key in it: …%s…", where, text[max(0, i-60):min(len(text), i+60)])
			return
		}
	}
}

// echo serves an app of one user, and gives the answer to everybody who writes.
func echo(server net.Listener, answer string) {
	for {
		c, err := server.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			in := bufio.NewReader(c)
			for {
				r, err := http.ReadRequest(in)
				if err != nil {
					return
				}
				text := answer
				switch page := r.URL.Query().Get("page"); {
				case r.Method != http.MethodGet:
				case strings.HasSuffix(r.URL.Path, "/users") && page == "1" && r.URL.Query().Get("onlyDeactivated") == "":
					text = ok(`{"data":[{"uid":"anna","name":"Anna"}],"meta":{"pagination":{"total":1,"count":1,"per_page":1000,"current_page":1,"total_pages":1}}}`)
				case strings.Contains(r.URL.Path, "/users/"):
					text = strings.Replace(ok(`{"error":{"code":"ERR_UID_NOT_FOUND","message":"no `+echoed+`"}}`), "200 OK",
						"404 Not Found", 1)
				default:
					text = ok(`{"data":[]}`)
				}
				if _, err := c.Write([]byte(text)); err != nil {
					return
				}
			}
		}()
	}
}

func ok(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}
