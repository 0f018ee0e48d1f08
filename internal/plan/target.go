package plan

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Target is the app that a plan is made for: which app, in which region, at
// which address. Two targets are one only if all three are; a plan, a run, a
// lock and whatever else is kept of a target belongs to that one alone.
type Target struct {
	AppID   string `json:"appId"`
	Region  string `json:"region"`
	BaseURL string `json:"baseUrl"`
	Sandbox bool   `json:"sandbox"`
	Roster  string `json:"roster,omitempty"` // the source that stands for an app where two rosters are compared
}

// DefaultBaseURL is where the service serves an app of a region.
func DefaultBaseURL(appID, region string) string {
	return fmt.Sprintf("https://%s.api-%s.cometchat.io/v3", appID, region)
}

// String names the target for people.
func (t Target) String() string {
	app := "app " + t.AppID
	if t.Region != "" {
		app += " (" + t.Region + ")"
	}
	switch {
	case t.Roster != "":
		return t.Roster + ", in place of an app"
	case t.Sandbox:
		return "the embedded sandbox"
	case t.AppID == "" && t.BaseURL == "" && t.Region != "":
		return "region " + t.Region
	case t.AppID == "" && t.Region != "":
		return t.BaseURL + " (" + t.Region + ")"
	case t.AppID == "":
		return t.BaseURL
	case t.BaseURL == "" || t.Region != "" && t.Normal().usual():
		return app
	}
	return app + " at " + t.BaseURL
}

// usual says of a normal target that its address is the service's own for it.
func (t Target) usual() bool {
	return t.AppID != "" && t.Region != "" && t.BaseURL == DefaultBaseURL(t.AppID, t.Region)
}

// Normal is the one spelling of a target that can be spelt in many ways: in
// lower case, with the address of an app and region that has no other, and with
// the app and region of an address of the service's own. Of an address, the
// default port, a slash at its end and the version's ".0" make no difference.
func (t Target) Normal() Target {
	if t.Sandbox {
		return Target{Sandbox: true}
	}
	n := Target{AppID: strings.ToLower(t.AppID), Region: strings.ToLower(t.Region), BaseURL: normalURL(t.BaseURL)}
	app, region := served(n.BaseURL)
	if region != "" && cmp.Or(n.AppID, app) != "" {
		n.AppID, n.Region = cmp.Or(n.AppID, app), cmp.Or(n.Region, region)
		if n.Region == region && (app == "" || app == n.AppID) {
			n.BaseURL = "" // the usual one, however it is spelt
		}
	}
	if n.BaseURL == "" && n.AppID != "" && n.Region != "" {
		n.BaseURL = DefaultBaseURL(n.AppID, n.Region)
	}
	return n
}

// Same reports whether two targets are one.
func (t Target) Same(other Target) bool { return t.Normal() == other.Normal() }

// Key is a text that no other target has, and that every spelling of this one has.
func (t Target) Key() string {
	n := t.Normal()
	return strings.Join([]string{n.AppID, n.Region, n.BaseURL}, " ")
}

// Fits reports whether a target is the one that t names, which may leave out what
// somebody did not say. An app and a region without an address mean the usual one.
func (t Target) Fits(other Target) bool {
	if t.Sandbox != other.Sandbox {
		return false
	}
	want, is := t.Normal(), other.Normal()
	return (want.AppID == "" || want.AppID == is.AppID) &&
		(want.Region == "" || want.Region == is.Region) &&
		(want.BaseURL == "" || want.BaseURL == is.BaseURL)
}

// normalURL is the one spelling of a base URL; one that can't be read stays as it is.
func normalURL(base string) string {
	base = strings.TrimRight(base, "/")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return base
	}
	scheme, host, port := strings.ToLower(u.Scheme), strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	if ip := net.ParseIP(host); ip != nil {
		host = ip.String()
	}
	// The ways to name one server of this machine that everybody uses; another
	// loopback address may be another server.
	if host == "127.0.0.1" || host == "::1" {
		host = "localhost"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && !(scheme == "https" && port == "443" || scheme == "http" && port == "80") {
		host += ":" + port
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	if whole, ok := strings.CutSuffix(path, "/v3.0"); ok {
		path = whole + "/v3"
	}
	return scheme + "://" + host + path
}

// Loopback reports whether a host is this machine: what is sent to it travels nowhere.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// served is the app and the region of a normal address of the service's own; one
// without an app is that of a whole region.
func served(base string) (app, region string) {
	host, ok := strings.CutSuffix(strings.TrimPrefix(base, "https://"), ".cometchat.io/v3")
	if !ok || strings.ContainsAny(host, "/:") {
		return "", ""
	}
	if region, ok = strings.CutPrefix(host, "api-"); ok && !strings.Contains(region, ".") {
		return "", region
	}
	app, rest, _ := strings.Cut(host, ".")
	if region, ok = strings.CutPrefix(rest, "api-"); ok && !strings.Contains(region, ".") && app != "" {
		return app, region
	}
	return "", ""
}
