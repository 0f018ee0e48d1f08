package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/formats"
	"cometsync/internal/journal"
	"cometsync/internal/run"
	"cometsync/internal/sandbox"
)

func (a *app) sandboxCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "sandbox",
		Short: "Serve a local CometChat-compatible API",
		Long: `Sandbox serves a local app with the users API of CometChat, for trying things out
and for testing clients. Its first line of output is the base URL. The key is
COMETCHAT_API_KEY, or "sandbox". Limits are off unless they are given.

A state is JSON lines: users as the API shows them; {"role":"boss"} makes a role.
The role of a user may be "@agentic", as AI agents have it. A user with a member
"bot" is a bot too: {"uid":"faq","name":"FAQ","bot":{"webhookURL":"https://…","enabled":true,
"isAIBot":true,"useBasicAuth":true,"username":"u","password":"p"}}
A line {"raw":{"uid":"Anna.B","name":null}} is a user that is listed as it is.

` + sandbox.FaultHelp,
		Example: "cometsync sandbox --state app.jsonl --addr 127.0.0.1:8787",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.sandbox(cmd.Context(), &a.Opt.Served) },
	}, config.InSandbox)
}

func (a *app) sandbox(ctx context.Context, o *config.Served) error {
	if o.Config.BatchMax == 0 {
		o.Config.BatchMax = -1
	}
	for _, text := range o.Faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			return usage("--fault %q: %v", text, err)
		}
		o.Config.Faults = append(o.Config.Faults, f)
	}
	o.Config.Key = a.SandboxKey()
	box, err := run.OpenSandbox(o.Config, o.State, false)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return fmt.Errorf("sandbox: %w; --addr names another address", err)
	}
	address := "http://" + listener.Addr().String() + "/v3"
	if a.Opt.Output == "json" {
		err = json.NewEncoder(a.Stdout).Encode(map[string]string{"schema": formats.Sandbox.String(), "baseUrl": address})
	} else {
		_, err = fmt.Fprintln(a.Stdout, address)
	}
	if err != nil {
		return err
	}
	var writes atomic.Int64
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// Also after a fault, which cuts the connection by a panic.
			defer func() {
				if r.Method != http.MethodGet {
					writes.Add(1)
				}
			}()
			box.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	saved := int64(0)
	save := func() error {
		if n := writes.Load(); o.State == "" || n == saved {
			return nil
		} else if err := journal.WriteWhole(o.State, box.Save); err != nil {
			return err
		} else {
			saved = n
		}
		return nil
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
			if err := save(); err != nil {
				a.Tell(events.SandboxUnsaved, "error", err)
			}
		case <-ctx.Done():
			stop, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			if err := server.Shutdown(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
				return err
			}
			return save() // being told to stop is how a sandbox ends well
		}
	}
}
