package config

import (
	"net/url"
	"strings"

	"cometsync/internal/plan"
)

// Target settles which app to work on.
func (o *Options) Target(from Origins) (plan.Target, error) {
	share, err := o.Share()
	if err != nil || share == 0 {
		return plan.Target{}, err
	}
	if o.Concurrency < 1 || o.Concurrency > 1000 {
		return plan.Target{}, Errorf("--concurrency %d: not between 1 and 1,000", o.Concurrency)
	}
	switch {
	case o.Sandbox != "":
		// Nobody shall believe for months that a sandbox is the app.
		if o.BaseURL != "" || o.AppID != "" {
			other := "--app-id or --base-url"
			for _, name := range []string{"base-url", "app-id"} {
				if o := from[name]; o.Kind != "" && o.Kind != FromFlag {
					other = from.spelt(name)
				}
			}
			return plan.Target{}, Errorf("%s and %s name two targets; give one", from.spelt("sandbox"), other)
		}
		return plan.Target{Sandbox: true}, nil
	case o.BaseURL != "":
		// Whatever is before an @ or after a ? may be a secret, which a
		// message must not repeat.
		if strings.ContainsAny(o.BaseURL, "@?#") {
			return plan.Target{}, Errorf("--base-url: may hold no user, query or fragment; it is of the form https://HOST/v3, and the " +
				"key is given by itself")
		}
		u, err := url.Parse(o.BaseURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return plan.Target{}, Errorf("--base-url %q: not of the form https://HOST/v3", o.BaseURL)
		}
		if u.Scheme == "http" && !plan.Loopback(u.Hostname()) {
			return plan.Target{}, Errorf("--base-url %q: plain http is for loopback addresses only, since the API key would travel in the "+
				"clear; use https", o.BaseURL)
		}
		return from.checkAddress(plan.Target{AppID: o.AppID, Region: o.Region, BaseURL: strings.TrimRight(o.BaseURL, "/")})
	case o.AppID == "":
		return plan.Target{}, Errorf("no app to work on: give --app-id and --region (or --base-url), or --sandbox STATE to try it out")
	case strings.ContainsFunc(o.AppID, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}):
		return plan.Target{}, Errorf("--app-id %q: an app id is letters and digits", o.AppID)
	}
	if o.Region == "" {
		return plan.Target{}, Errorf("--region is missing: us, eu or in; the dashboard shows it beside the app id")
	}
	return plan.Target{AppID: o.AppID, Region: o.Region, BaseURL: plan.DefaultBaseURL(o.AppID, o.Region)}, nil
}

// checkAddress refuses an address of the service's own that is another app's, or
// another region's, than the options name besides.
func (from Origins) checkAddress(t plan.Target) (plan.Target, error) {
	is := plan.Target{BaseURL: t.BaseURL}.Normal()
	switch {
	case is.AppID != "" && t.AppID != "" && !strings.EqualFold(is.AppID, t.AppID):
		return plan.Target{}, Errorf("%s %q and %s %q name two apps; give "+
			"one", from.spelt("app-id"), t.AppID, from.spelt("base-url"), t.BaseURL)
	case is.Region != "" && t.Region != "" && !strings.EqualFold(is.Region, t.Region):
		return plan.Target{}, Errorf("%s %q and %s %q name two regions; give one", from.spelt("region"), t.Region, from.spelt("base-url"),
			t.BaseURL)
	}
	return t, nil
}
