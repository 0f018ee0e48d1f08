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

	"cometsync/internal/sandbox"
)

// sandboxOptions are the flags of the sandbox command alone.
type sandboxOptions struct {
	addr, state string
	faults      []string
	config      sandbox.Config
}

func (a *app) sandboxCommand() *cobra.Command {
	var o sandboxOptions
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve a local CometChat-compatible API",
		Long: `Sandbox serves a local app with the users API of CometChat, for trying things out
and for testing clients. Its first line of output is the base URL. The key is
COMETCHAT_API_KEY, or "sandbox". Limits are off unless they are given.

A state is JSON lines: users as the API shows them; {"role":"boss"} makes a role.
The role of a user may be "@agentic", as AI agents have it. A user with a member
"bot" is a bot too: {"uid":"faq","name":"FAQ","bot":{"webhookURL":"https://…",
"enabled":true,"isAIBot":true,"useBasicAuth":true,"username":"u","password":"p"}}
A line {"raw":{"uid":"Anna.B","name":null}} is a user that is listed as it is.

` + sandbox.FaultHelp,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sandbox(cmd.Context(), &o) },
	}
	f := c.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:8787", "`HOST:PORT` to listen on; port 0 takes a free one")
	f.StringVar(&o.state, "state", "", "JSON lines `FILE` of users: read at the start, written after changes")
	f.StringArrayVar(&o.faults, "fault", nil, "`FAULT` that happens now and then; see above (repeatable)")
	f.StringVar(&o.config.AuthKey, "auth-key", "", "a second `KEY`, of the scope authOnly")
	f.BoolVar(&o.config.StrictAuthKey, "strict-auth-key", false, "the authOnly key may make tokens and nothing else")
	f.StringVar(&o.config.AppID, "only-app", "", "take requests for this app `ID` alone")
	f.IntVar(&o.config.LimitCore, "limit-core", 0, "core requests a window (10000 a minute in the service; 0: no limit)")
	f.IntVar(&o.config.LimitStandard, "limit-standard", 0, "standard requests a window (20000 a minute in the service; 0: no limit)")
	f.IntVar(&o.config.LimitImport, "limit-import", 0, "bulk import requests a window (60 a minute in the service; 0: no limit)")
	f.DurationVar(&o.config.Window, "window", time.Minute, "length of the window that limits count in")
	f.StringVar(&o.config.Headers, "headers", "both", "spelling of the rate headers: both, x-ratelimit or x-rate-limit")
	f.StringVar(&o.config.HeadersWhen, "headers-when", "always", "when the rate headers come: always, never, or refused (only with a 429)")
	f.IntVar(&o.config.Foreign, "foreign", 0, "core requests a window that the app's own users make")
	f.DurationVar(&o.config.ListLag, "list-lag", 0, "how long a write takes to show in lists")
	f.DurationVar(&o.config.Latency, "latency", 0, "how long every answer takes at least")
	f.IntVar(&o.config.BatchMax, "batch-max", 25, "uids that one bulk call takes (0: any number)")
	f.IntVar(&o.config.Churn, "churn", 0, "a new user appears after every `N` list requests")
	f.IntVar(&o.config.Vanish, "vanish", 0, "a user disappears for good after every `N` list requests")
	f.BoolVar(&o.config.MergeMetadata, "merge-metadata", false, "an update merges metadata instead of replacing it")
	f.BoolVar(&o.config.EmptyLists, "empty-lists", false, "{} in metadata comes back as []")
	f.BoolVar(&o.config.Conflict409, "conflict-409", false, "answer 409 instead of 400 when a user exists")
	f.BoolVar(&o.config.OddTotals, "odd-totals", false, "pagination counts lie, as in the service's own example")
	f.BoolVar(&o.config.ImportOverwrite, "import-overwrite", false, "bulk import overwrites users that exist")
	f.BoolVar(&o.config.ImportNested, "import-nested", false, "bulk import nests its answers twice")
	f.IntVar(&o.config.ImportBytes, "import-bytes", 0, "bytes that one bulk import takes (0: any number)")
	f.Uint64Var(&o.config.Seed, "seed", 1, "seed of the draws of faults")
	return c
}

func (a *app) sandbox(ctx context.Context, o *sandboxOptions) error {
	if _, err := choice("headers", o.config.Headers); err != nil {
		return err
	}
	if _, err := choice("headers-when", o.config.HeadersWhen); err != nil {
		return err
	}
	if o.config.BatchMax == 0 {
		o.config.BatchMax = -1
	}
	for _, text := range o.faults {
		f, err := sandbox.ParseFault(text)
		if err != nil {
			return usage("--fault %q: %v", text, err)
		}
		o.config.Faults = append(o.config.Faults, f)
	}
	o.config.Key = a.sandboxKey()
	box, err := openSandbox(o.config, o.state, false)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("sandbox: %w; --addr names another address", err)
	}
	if a.opt.output == "json" {
		err = json.NewEncoder(a.Stdout).Encode(map[string]string{"baseUrl": "http://" + listener.Addr().String() + "/v3"})
	} else {
		_, err = fmt.Fprintf(a.Stdout, "http://%s/v3\n", listener.Addr())
	}
	if err != nil {
		return err
	}
	var writes atomic.Int64
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// Also behind a fault, which cuts the connection by a panic.
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
		if n := writes.Load(); o.state == "" || n == saved {
			return nil
		} else if err := writeWhole(o.state, box.Save); err != nil {
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
				a.tell(sandboxUnsaved, "error", err)
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
