package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"cometsync/internal/cometchat"
	"cometsync/internal/config"
	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// sandboxKey is the key of a sandbox when COMETCHAT_API_KEY gives none.
const sandboxKey = "sandbox"

// APIKey finds the key; its value goes to the client, and to the mask that keeps
// it out of everything else.
func (a *Session) APIKey(target plan.Target) (string, error) {
	key, err := a.findKey(target)
	if err != nil || target.Sandbox {
		return key, err
	}
	a.KeepSecret(key)
	if text := target.AppID + " " + target.Region + " " + target.BaseURL; a.Mask.Text(text) != text {
		return "", config.Errorf("--app-id, --region or --base-url: holds the API key, which must not be in an address or a report; " +
			"the key is given by itself")
	}
	return key, nil
}

// OpenKeyFile is the mode of a key file that everybody can read, else "".
func (a *Session) OpenKeyFile() string {
	info, err := os.Stat(a.Opt.KeyFile)
	if a.Opt.KeyFile == "" || err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() || info.Mode().Perm()&0o004 == 0 {
		return ""
	}
	return fmt.Sprintf("%04o", info.Mode().Perm())
}

// leastSecret is the length below which a key is a word, such as a sandbox's, and
// taking it out of every text would spoil them.
const leastSecret = 16

// KeepSecret has every text on standard error go without the key.
func (a *Session) KeepSecret(key string) {
	if len(key) >= leastSecret {
		a.Mask = cometchat.NewMask(key)
	}
}

func (a *Session) findKey(target plan.Target) (string, error) {
	if target.Sandbox {
		return a.SandboxKey(), nil
	}
	key := a.Getenv("COMETCHAT_API_KEY")
	// A file that the command line or the configuration names is meant; the
	// variable may be left from something else.
	if a.Opt.KeyFile != "" {
		text, err := os.ReadFile(a.Opt.KeyFile)
		if errors.Is(err, fs.ErrNotExist) && LooksLikeKey(a.Opt.KeyFile) {
			return "", config.Errorf("--api-key-file: no such file, and what was given looks like a key itself; name a file that holds " +
				"the key, or set COMETCHAT_API_KEY")
		}
		if err != nil {
			return "", config.Errorf("--api-key-file: %w", err)
		}
		if key = strings.TrimSpace(string(text)); key == "" {
			return "", config.Errorf("--api-key-file %s: is empty", a.Opt.KeyFile)
		}
	}
	if key == "" {
		return "", config.Errorf("no API key: set COMETCHAT_API_KEY, or name a file with --api-key-file; it has to be a REST API key " +
			"(fullAccess) of the app")
	}
	if strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", config.Errorf("the API key holds white space or characters that no key has; copy it again from the dashboard")
	}
	return key, nil
}

// LooksLikeKey reports whether a text may be a secret that must not be repeated.
// A file's name has a dot or a slash in it, or is short.
func LooksLikeKey(s string) bool { return len(s) >= 20 && !strings.ContainsAny(s, `./\`) }

func (a *Session) SandboxKey() string {
	if key := a.Getenv("COMETCHAT_API_KEY"); key != "" {
		return key
	}
	return sandboxKey
}

// Connection is a client and what has to be closed after it.
type Connection struct {
	*cometchat.Client
	box   *sandbox.Sandbox // the embedded one; nil for an app
	Close func()
}

// Connect makes the client. For the embedded sandbox it serves one on a
// loopback socket first: the client knows no other way to an app.
func (a *Session) Connect(target *plan.Target, key, state string, asked func(time.Duration)) (*Connection, error) {
	c := &Connection{Close: func() {}}
	base := target.BaseURL
	if target.Sandbox {
		box, err := OpenSandbox(sandbox.Config{Key: key}, state, true)
		if err != nil {
			return nil, err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		server := &http.Server{Handler: box}
		go server.Serve(listener) //nolint:errcheck // ends with Close
		c.box, c.Close = box, func() { server.Close() }
		base = "http://" + listener.Addr().String() + "/v3"
	}
	var err error
	if c.Client, err = a.client(target, base, key, asked, nil); err != nil {
		c.Close()
		return nil, err
	}
	a.Waits = c.Waiting
	return c, nil
}

// client makes one that speaks to an address, by the network or another way.
func (a *Session) client(target *plan.Target, base, key string, asked func(time.Duration), by http.RoundTripper) (*cometchat.Client,
	error) {
	share, err := a.Opt.Share()
	if err != nil {
		return nil, err
	}
	patience := a.Opt.Patience // for how long reads are repeated
	if a.Hasty {
		patience = 0
	}
	return cometchat.New(cometchat.Config{
		BaseURL: base, AppID: target.AppID, Key: key,
		UserAgent: "cometsync/" + Version(),
		RateCore:  a.Opt.RateCore, RateStandard: a.Opt.RateStandard, RateImport: a.Opt.RateImport,
		Share: share, Concurrency: a.Opt.Concurrency, Timeout: a.Opt.Timeout,
		Patience: patience, Asked: asked, Repeated: a.Repeated(a.Opt.Patience), Clock: a.Clock, Transport: by,
	})
}

// Users reads all of an app's users, sorted by uid, and those by themselves who can't be
// managed.
func (a *Session) Users(ctx context.Context, c *Connection) (users, odd []user.User, err error) {
	p := a.Progress("listing users", 0)
	defer p.Done()
	var mu sync.Mutex
	listing, err := c.Remote(ctx, nil, nil, func(page []user.User) error {
		p.Of(c.Counted())
		p.Add(len(page))
		mu.Lock()
		defer mu.Unlock()
		for i := range page {
			to := &users
			if page[i].Odd != user.NoField {
				to = &odd
			}
			*to = append(*to, page[i].Clone())
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("listing the app's users: %w", err)
	}
	if listing.Gap != "" {
		return nil, nil, fmt.Errorf("the app's user list can't be shown to be complete: %s; run again", listing.Gap)
	}
	for _, all := range [][]user.User{users, odd} {
		slices.SortFunc(all, func(a, b user.User) int { return strings.Compare(a.UID, b.UID) })
	}
	return users, odd, nil
}

// OpenSandbox makes a sandbox with the users of a state file.
func OpenSandbox(config sandbox.Config, state string, mustExist bool) (*sandbox.Sandbox, error) {
	box := sandbox.New(config)
	if state == "" {
		return box, nil
	}
	f, err := os.Open(state)
	if errors.Is(err, fs.ErrNotExist) && !mustExist {
		return box, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox state: %w", err)
	}
	defer f.Close()
	if err := box.Load(f); err != nil {
		return nil, fmt.Errorf("sandbox state %s: %w", state, err)
	}
	return box, nil
}
