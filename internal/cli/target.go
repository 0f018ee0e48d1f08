package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	"cometsync/internal/cometchat"
	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
)

// sandboxKey is the key of a sandbox when COMETCHAT_API_KEY gives none.
const sandboxKey = "sandbox"

// apiKey finds the key; its value goes to the client, and to the mask that keeps
// it out of everything else.
func (a *session) apiKey(target plan.Target) (string, error) {
	key, err := a.findKey(target)
	if err != nil || target.Sandbox {
		return key, err
	}
	a.keepSecret(key)
	if text := target.AppID + " " + target.Region + " " + target.BaseURL; a.Mask.Text(text) != text {
		return "", config.Errorf("--app-id, --region or --base-url: holds the API key, which must not stand in an address or a report; the key is given by itself")
	}
	return key, nil
}

// warnOfKey tells of a key file that everybody can read.
func (a *session) warnOfKey() {
	if mode := a.openKeyFile(); mode != "" {
		a.TellAs(events.KeyReadable, events.KeyReadable.Sentence()+"; keep it from them: chmod 600 "+phrase.ShellWord(a.opt.KeyFile), "mode", mode)
	}
}

// openKeyFile is the mode of a key file that everybody can read, else "".
func (a *session) openKeyFile() string {
	info, err := os.Stat(a.opt.KeyFile)
	if a.opt.KeyFile == "" || err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() || info.Mode().Perm()&0o004 == 0 {
		return ""
	}
	return fmt.Sprintf("%04o", info.Mode().Perm())
}

// leastSecret is the length below which a key is a word, such as a sandbox's, and
// taking it out of every text would spoil them.
const leastSecret = 16

// keepSecret has every text on standard error go without the key.
func (a *session) keepSecret(key string) {
	if len(key) >= leastSecret {
		a.Mask = cometchat.NewMask(key)
	}
}

func (a *session) findKey(target plan.Target) (string, error) {
	if target.Sandbox {
		return a.sandboxKey(), nil
	}
	key := a.getenv("COMETCHAT_API_KEY")
	// A file that the command line or the configuration names is meant; the
	// variable may be left from something else.
	if a.opt.KeyFile != "" {
		text, err := os.ReadFile(a.opt.KeyFile)
		if errors.Is(err, fs.ErrNotExist) && looksLikeKey(a.opt.KeyFile) {
			return "", config.Errorf("--api-key-file: no such file, and what was given looks like a key itself; name a file that holds the key, or set COMETCHAT_API_KEY")
		}
		if err != nil {
			return "", config.Errorf("--api-key-file: %v", err)
		}
		if key = strings.TrimSpace(string(text)); key == "" {
			return "", config.Errorf("--api-key-file %s: is empty", a.opt.KeyFile)
		}
	}
	if key == "" {
		return "", config.Errorf("no API key: set COMETCHAT_API_KEY, or name a file with --api-key-file; it has to be a REST API key (fullAccess) of the app")
	}
	if strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", config.Errorf("the API key holds white space or characters that no key has; copy it again from the dashboard")
	}
	return key, nil
}

// looksLikeKey says whether a text may be a secret that must not be repeated.
// A file's name has a dot or a slash in it, or is short.
func looksLikeKey(s string) bool { return len(s) >= 20 && !strings.ContainsAny(s, `./\`) }

func (a *session) sandboxKey() string {
	if key := a.getenv("COMETCHAT_API_KEY"); key != "" {
		return key
	}
	return sandboxKey
}

// connection is a client and what has to be closed after it.
type connection struct {
	*cometchat.Client
	box   *sandbox.Sandbox // the embedded one; nil for an app
	close func()
}

// connect makes the client. For the embedded sandbox it serves one on a
// loopback socket first: the client knows no other way to an app.
func (a *session) connect(target *plan.Target, key, state string, asked func(time.Duration)) (*connection, error) {
	share, err := a.opt.Share()
	if err != nil {
		return nil, err
	}
	c := &connection{close: func() {}}
	base := target.BaseURL
	if target.Sandbox {
		box, err := openSandbox(sandbox.Config{Key: key}, state, true)
		if err != nil {
			return nil, err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		server := &http.Server{Handler: box}
		go server.Serve(listener) //nolint:errcheck // ends with Close
		c.box, c.close = box, func() { server.Close() }
		base = "http://" + listener.Addr().String() + "/v3"
	}
	c.Client, err = cometchat.New(cometchat.Config{
		BaseURL: base, AppID: target.AppID, Region: target.Region, Key: key,
		UserAgent: "cometsync/" + version(),
		RateCore:  a.opt.RateCore, RateStandard: a.opt.RateStandard, RateImport: a.opt.RateImport,
		RateCoreSet: a.opt.RateCore > 0, RateStandardSet: a.opt.RateStandard > 0, RateImportSet: a.opt.RateImport > 0,
		Share: share, Concurrency: a.opt.Concurrency, Timeout: a.opt.Timeout,
		Patience: a.patience(), Asked: asked, Repeated: a.Repeated(a.opt.Patience),
	})
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// patience is for how long reads are repeated.
func (a *session) patience() time.Duration {
	if a.hasty {
		return 0
	}
	return a.opt.Patience
}

// openSandbox makes a sandbox with the users of a state file.
func openSandbox(config sandbox.Config, state string, mustExist bool) (*sandbox.Sandbox, error) {
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
