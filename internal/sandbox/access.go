package sandbox

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
)

// call is one thing that the API can be asked for.
type call struct {
	name     string // as Fault and Counts use it
	on       string // its method and path, with {} for a uid or a token
	budget   string
	body     int  // bytes that its body may have; 0 = maxBody
	reads    bool // its body is an object of fields
	authOnly bool // a key of this scope may make it
	endUser  bool // an end user's token may make it, without a key
	ofUser   bool // the user of its path has to be there, and active, whatever the fields are
	work     func(*Sandbox, *request) *answer
}

// The budgets. Core is named in the service's pages: creating, deleting,
// connecting; switching users on and off is counted with them. Making a token
// is not on that list.
const (
	standard   = ""
	core       = "core"
	importRate = "import"
)

var calls = []*call{
	{name: "list", on: "GET users", endUser: true, work: (*Sandbox).list},
	{name: "get", on: "GET users/{}", endUser: true, work: (*Sandbox).get},
	{name: "create", on: "POST users", budget: core, reads: true, authOnly: true, work: (*Sandbox).create},
	{name: "update", on: "PUT users/{}", reads: true, ofUser: true, authOnly: true, work: (*Sandbox).update},
	{name: "delete", on: "DELETE users/{}", budget: core, reads: true, work: (*Sandbox).delete},
	{name: "deactivate", on: "DELETE users", budget: core, body: maxBulkBody, reads: true,
		work: bulk("uidsToDeactivate", "deactivatedUids", "alreadyDeactivatedUids", (*user).active, (*user).deactivated)},
	{name: "reactivate", on: "PUT users", budget: core, body: maxBulkBody, reads: true,
		work: bulk("uidsToActivate", "reactivatedUids", "nonDeactivatedUids", (*user).inactive, (*user).reactivated)},
	{name: "roles", on: "GET roles", work: (*Sandbox).listRoles},
	{name: "createrole", on: "POST roles", reads: true, work: (*Sandbox).createRole},
	{name: "bots", on: "GET bots", work: (*Sandbox).listBots},
	{name: "token", on: "POST users/{}/auth_tokens", reads: true, ofUser: true, authOnly: true, work: (*Sandbox).makeToken},
	{name: "tokens", on: "GET users/{}/auth_tokens", ofUser: true, work: (*Sandbox).listTokens},
	{name: "revoke", on: "DELETE users/{}/auth_tokens", ofUser: true, work: (*Sandbox).revokeTokens},
	{name: "revokeone", on: "DELETE users/{}/auth_tokens/{}", ofUser: true, work: (*Sandbox).revokeToken},
	{name: "me", on: "GET me", budget: core, endUser: true, work: (*Sandbox).me},
	{name: "me", on: "PUT me", budget: core, endUser: true, reads: true, work: (*Sandbox).updateMe},
	{name: "me", on: "DELETE me", budget: core, endUser: true, work: (*Sandbox).logout},
	{name: "import", on: "POST data_import/users", budget: importRate, body: maxImportBody, reads: true, work: (*Sandbox).dataImport},
}

func callNames() (names []string) {
	for _, c := range calls {
		if len(names) == 0 || names[len(names)-1] != c.name {
			names = append(names, c.name)
		}
	}
	return names
}

func route(r *http.Request) (c *call, uid string) {
	version, rest, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/"), "/")
	if version != "v3" && version != "v3.0" {
		return nil, ""
	}
	parts := strings.Split(rest, "/")
	if len(parts) > 1 && parts[0] == "users" {
		name, err := url.PathUnescape(parts[1])
		if err != nil || name == "" {
			return nil, ""
		}
		uid, parts[1] = lower(name), "{}"
	}
	if len(parts) == 4 && parts[3] != "" {
		parts[3] = "{}" // a token
	}
	on := r.Method + " " + strings.Join(parts, "/")
	for _, c := range calls {
		if c.on == on {
			return c, uid
		}
	}
	return nil, ""
}

// unroutable says what is wrong with a path. Versions come first: what is below
// one that does not exist is not looked at.
func unroutable(r *http.Request) *answer {
	version, _, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if number, ok := strings.CutPrefix(version, "v"); ok && version != "v3" && version != "v3.0" &&
		number != "" && strings.Trim(number, "0123456789.") == "" && number[0] != '.' {
		return fail("ERR_INVALID_API_VERSION", "The API version is invalid. Please use v3.")
	}
	return fail("ERR_API_NOT_FOUND", "The API endpoint is invalid. Please verify the API call.")
}

// checkApp compares the app id, which is in the first label of the host
// (APPID.api-us.…, APPID.apiclient-us.…, APPID.localhost) or in the header.
func (s *Sandbox) checkApp(r *http.Request) *answer {
	if s.cfg.AppID == "" {
		return nil
	}
	fromHost, fromHeader := hostApp(r.Host), r.Header.Get("appId")
	if fromHost == "" && fromHeader == "" {
		return fail("AUTH_ERR_EMPTY_APPID", "The appId is missing in the headers.")
	}
	for _, id := range []string{fromHost, fromHeader} {
		// Hosts are spelled without regard to case, and header and host must not differ.
		if id != "" && !strings.EqualFold(id, s.cfg.AppID) {
			return fail("AUTH_ERR_INVALID_APPID", "The app "+strings.ToValidUTF8(id, "\uFFFD")+" does not exist in this region.")
		}
	}
	return nil
}

func hostApp(host string) string {
	isAPI := func(s string) bool { return strings.HasPrefix(s, "api-") || strings.HasPrefix(s, "apiclient-") }
	label, rest, ok := strings.Cut(host, ".")
	if !ok || isAPI(label) {
		return ""
	}
	name, _, _ := strings.Cut(rest, ":")
	if isAPI(rest) || name == "localhost" {
		return label
	}
	return ""
}

// caller is who sent a request: a holder of a key, unless it is an end user.
type caller struct {
	endUser bool
	uid     string
}

// identify reads the credentials: the API key on all calls, except that /me
// takes an end user's token, and list and get take either.
func (s *Sandbox) identify(q *request) *answer {
	key, token := q.http.Header.Get("apikey"), q.http.Header.Get("authToken")
	switch {
	case q.call.name == "me", key == "" && token != "" && q.call.endUser:
		return s.identifyUser(q, token)
	case key == "":
		return fail("AUTH_ERR_EMPTY_APIKEY", "The API key is missing in the headers.")
	case same(key, s.cfg.Key):
		return nil
	case !same(key, s.cfg.AuthKey):
		return fail(codeKeyNotFound, "The API key "+mask(key)+" does not exist.")
	case q.call.authOnly && (q.call.name == "token" || !s.cfg.StrictAuthKey):
		return nil
	}
	return fail(codeNoAccess, noAccess)
}

const noAccess = "The API key does not have access to this endpoint."

// same compares without telling by its duration how much was right. An unset key matches nothing.
func same(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// mask shows the first and last five characters of a key that is longer than ten.
func mask(key string) string {
	key = strings.ToValidUTF8(key, "?")
	if len(key) <= 10 {
		return strings.Repeat("*", len(key))
	}
	return strings.ToValidUTF8(key[:5]+strings.Repeat("*", len(key)-10)+key[len(key)-5:], "?")
}
