package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"cometsync/internal/cometchat"
	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
)

// sandboxKey is the key of a sandbox when COMETCHAT_API_KEY gives none.
const sandboxKey = "sandbox"

// checkTarget settles which app to work on, from the options alone.
func (a *app) checkTarget() (plan.Target, error) {
	o := &a.opt
	share, err := o.share()
	if err != nil || share == 0 {
		return plan.Target{}, err
	}
	if o.concurrency < 1 || o.concurrency > 1000 {
		return plan.Target{}, usage("--concurrency %d: not between 1 and 1000", o.concurrency)
	}
	if o.rateCore < 0 || o.rateStandard < 0 || o.rateImport < 0 {
		return plan.Target{}, usage("--rate-core, --rate-standard and --rate-import are requests a minute, and can't be negative")
	}
	if o.patience < 0 {
		return plan.Target{}, usage("--patience %s: can't be negative; 0 is none", o.patience)
	}
	if o.timeout <= 0 {
		return plan.Target{}, usage("--timeout %s: has to be above 0", o.timeout)
	}
	switch {
	case o.sandbox != "":
		// Nobody shall believe for months that a sandbox is the app.
		if o.baseURL != "" || o.appID != "" {
			other := "--app-id or --base-url"
			for _, name := range []string{"base-url", "app-id"} {
				if o := a.origins[name]; o.kind != "" && o.kind != fromFlag {
					other = a.spelt(name)
				}
			}
			return plan.Target{}, usage("%s and %s name two targets; give one", a.spelt("sandbox"), other)
		}
		return plan.Target{Sandbox: true}, nil
	case o.baseURL != "":
		// Whatever stands before an @ or behind a ? may be a secret, which a
		// message must not repeat.
		if strings.ContainsAny(o.baseURL, "@?#") {
			return plan.Target{}, usage("--base-url: may hold no user, query or fragment; it is of the form https://HOST/v3, and the key is given by itself")
		}
		u, err := url.Parse(o.baseURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return plan.Target{}, usage("--base-url %q: not of the form https://HOST/v3", o.baseURL)
		}
		if u.Scheme == "http" && !loopback(u.Hostname()) {
			return plan.Target{}, usage("--base-url %q: plain http is for loopback addresses only, since the API key would travel in the clear; use https", o.baseURL)
		}
		return a.checkAddress(plan.Target{AppID: o.appID, Region: o.region, BaseURL: strings.TrimRight(o.baseURL, "/")})
	case o.appID == "":
		return plan.Target{}, usage("no app to work on: give --app-id and --region (or --base-url), or --sandbox STATE to try it out")
	case strings.ContainsFunc(o.appID, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}):
		return plan.Target{}, usage("--app-id %q: an app id is letters and digits", o.appID)
	}
	if o.region == "" {
		return plan.Target{}, usage("--region is missing: us, eu or in; the dashboard shows it beside the app id")
	}
	if err := o.check("region"); err != nil {
		return plan.Target{}, err
	}
	return plan.Target{AppID: o.appID, Region: o.region, BaseURL: plan.DefaultBaseURL(o.appID, o.region)}, nil
}

// checkAddress refuses an address of the service's own that is another app's, or
// another region's, than the options name besides.
func (a *app) checkAddress(t plan.Target) (plan.Target, error) {
	is := plan.Target{BaseURL: t.BaseURL}.Normal()
	switch {
	case is.AppID != "" && t.AppID != "" && !strings.EqualFold(is.AppID, t.AppID):
		return plan.Target{}, usage("%s %q and %s %q name two apps; give one", a.spelt("app-id"), t.AppID, a.spelt("base-url"), t.BaseURL)
	case is.Region != "" && t.Region != "" && !strings.EqualFold(is.Region, t.Region):
		return plan.Target{}, usage("%s %q and %s %q name two regions; give one", a.spelt("region"), t.Region, a.spelt("base-url"), t.BaseURL)
	}
	return t, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// apiKey finds the key; its value goes to the client, and to the mask that keeps
// it out of everything else.
func (a *app) apiKey(target plan.Target) (string, error) {
	key, err := a.findKey(target)
	if err != nil || target.Sandbox {
		return key, err
	}
	a.keepSecret(key)
	if text := target.AppID + " " + target.Region + " " + target.BaseURL; a.mask.Text(text) != text {
		return "", usage("--app-id, --region or --base-url: holds the API key, which must not stand in an address or a report; the key is given by itself")
	}
	return key, nil
}

// warnOfKey tells of a key file that everybody can read.
func (a *app) warnOfKey() {
	if mode := a.openKeyFile(); mode != "" {
		a.tellAs(keyReadable, events[keyReadable].sentence+"; keep it from them: chmod 600 "+shellWord(a.opt.keyFile), "mode", mode)
	}
}

// openKeyFile is the mode of a key file that everybody can read, else "".
func (a *app) openKeyFile() string {
	info, err := os.Stat(a.opt.keyFile)
	if a.opt.keyFile == "" || err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() || info.Mode().Perm()&0o004 == 0 {
		return ""
	}
	return fmt.Sprintf("%04o", info.Mode().Perm())
}

// leastSecret is the length below which a key is a word, such as a sandbox's, and
// taking it out of every text would spoil them.
const leastSecret = 16

// keepSecret has every text on standard error go without the key.
func (a *app) keepSecret(key string) {
	if len(key) >= leastSecret {
		a.mask = cometchat.NewMask(key)
	}
}

func (a *app) findKey(target plan.Target) (string, error) {
	if target.Sandbox {
		return a.sandboxKey(), nil
	}
	key := a.getenv("COMETCHAT_API_KEY")
	// A file that the command line or the configuration names is meant; the
	// variable may be left from something else.
	if a.opt.keyFile != "" {
		text, err := os.ReadFile(a.opt.keyFile)
		if errors.Is(err, fs.ErrNotExist) && looksLikeKey(a.opt.keyFile) {
			return "", usage("--api-key-file: no such file, and what was given looks like a key itself; name a file that holds the key, or set COMETCHAT_API_KEY")
		}
		if err != nil {
			return "", usage("--api-key-file: %v", err)
		}
		if key = strings.TrimSpace(string(text)); key == "" {
			return "", usage("--api-key-file %s: is empty", a.opt.keyFile)
		}
	}
	if key == "" {
		return "", usage("no API key: set COMETCHAT_API_KEY, or name a file with --api-key-file; it has to be a REST API key (fullAccess) of the app")
	}
	if strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", usage("the API key holds white space or characters that no key has; copy it again from the dashboard")
	}
	return key, nil
}

// looksLikeKey says whether a text may be a secret that must not be repeated.
// A file's name has a dot or a slash in it, or is short.
func looksLikeKey(s string) bool { return len(s) >= 20 && !strings.ContainsAny(s, `./\`) }

func (a *app) sandboxKey() string {
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
func (a *app) connect(target *plan.Target, key, state string, asked func(time.Duration)) (*connection, error) {
	share, err := a.opt.share()
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
		RateCore:  a.opt.rateCore, RateStandard: a.opt.rateStandard, RateImport: a.opt.rateImport,
		RateCoreSet: a.opt.rateCore > 0, RateStandardSet: a.opt.rateStandard > 0, RateImportSet: a.opt.rateImport > 0,
		Share: share, Concurrency: a.opt.concurrency, Timeout: a.opt.timeout,
		Patience: a.patience(), Asked: asked, Repeated: a.repeated,
	})
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// patience is for how long reads are repeated.
func (a *app) patience() time.Duration {
	if a.hasty {
		return 0
	}
	return a.opt.patience
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
