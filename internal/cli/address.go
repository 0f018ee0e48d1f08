package cli

import (
	"net"
	"net/url"
	"strings"

	"cometsync/internal/plan"
)

// target settles which app to work on.
func (o *options) target(from origins) (plan.Target, error) {
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
				if o := from[name]; o.kind != "" && o.kind != fromFlag {
					other = from.spelt(name)
				}
			}
			return plan.Target{}, usage("%s and %s name two targets; give one", from.spelt("sandbox"), other)
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
		return from.checkAddress(plan.Target{AppID: o.appID, Region: o.region, BaseURL: strings.TrimRight(o.baseURL, "/")})
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
func (from origins) checkAddress(t plan.Target) (plan.Target, error) {
	is := plan.Target{BaseURL: t.BaseURL}.Normal()
	switch {
	case is.AppID != "" && t.AppID != "" && !strings.EqualFold(is.AppID, t.AppID):
		return plan.Target{}, usage("%s %q and %s %q name two apps; give one", from.spelt("app-id"), t.AppID, from.spelt("base-url"), t.BaseURL)
	case is.Region != "" && t.Region != "" && !strings.EqualFold(is.Region, t.Region):
		return plan.Target{}, usage("%s %q and %s %q name two regions; give one", from.spelt("region"), t.Region, from.spelt("base-url"), t.BaseURL)
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
