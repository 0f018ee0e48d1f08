package sandbox

import (
	"context"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestVendorSDK has the vendor's own JavaScript SDK, as it comes from npm, speak
// to the sandbox: what it makes of the answers is not our reading of them.
// COMETSYNC_SDK names the directory node_modules that it is installed in; with
// that set, nothing is skipped.
func TestVendorSDK(t *testing.T) {
	modules := os.Getenv("COMETSYNC_SDK")
	if modules == "" {
		t.Skip("COMETSYNC_SDK is not set: the node_modules with @cometchat/chat-sdk-javascript in it; .ci/run installs it")
	}
	s := New(Config{Key: testKey, AppID: "app1", Now: func() time.Time { return noon }})
	state := `{"uid":"u1","name":"U 1","createdAt":1600000003,"tags":["a"]}
{"uid":"u2","name":"U 2","createdAt":1600000002}
{"uid":"u3","name":"U 3","createdAt":1600000001,"deactivatedAt":1600000009}`
	if err := s.Load(strings.NewReader(state)); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(s) // the SDK speaks https alone
	defer server.Close()
	trusted := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
		0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", filepath.Join("testdata", "sdk.cjs"), strings.TrimPrefix(server.URL, "https://"), "app1",
		testKey)
	node.Env = append(os.Environ(), "NODE_PATH="+modules, "NODE_EXTRA_CA_CERTS="+trusted)
	var complaints strings.Builder
	node.Stderr = &complaints
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s%s", err, out, &complaints)
	}
	// The only thing in the answers that differs from run to run.
	got := string(out)
	if _, rest, ok := strings.Cut(got, `"authToken":"`); ok {
		token, _, _ := strings.Cut(rest, `"`)
		got = strings.ReplaceAll(got, token, "TOKEN")
	}
	want := readFile(t, filepath.Join("testdata", "sdk.txt"))
	if got != want {
		t.Errorf("the SDK says\n%s\nwant\n%s\n%s", got, want, &complaints)
	}
	if u := s.find("ada"); u == nil || u.name != "Countess" || s.find("bert") != nil || s.find("cleo") != nil {
		t.Errorf("users after it: %s", save(t, s))
	}
	if tokens := s.tokens["ada"]; len(tokens) != 0 {
		t.Errorf("tokens after the logout: %v", tokens)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
