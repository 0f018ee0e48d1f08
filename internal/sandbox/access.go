package sandbox

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
)

// The names of the calls, as Fault and Counts use them.
const (
	callList       = "list"
	callGet        = "get"
	callCreate     = "create"
	callUpdate     = "update"
	callDelete     = "delete"
	callDeactivate = "deactivate"
	callReactivate = "reactivate"
	callRoles      = "roles"
	callCreateRole = "createrole"
	callBots       = "bots"
	callToken      = "token"
	callTokens     = "tokens"
	callGetToken   = "gettoken"
	callRevoke     = "revoke"
	callRevokeOne  = "revokeone"
	callMe         = "me"
	callImport     = "import"
)

var callNames = []string{callList, callGet, callCreate, callUpdate, callDelete, callDeactivate,
	callReactivate, callRoles, callCreateRole, callBots, callToken, callTokens, callGetToken, callRevoke,
	callRevokeOne, callMe, callImport}

// routes maps a method and a path, with {} for the uid, to a call.
var routes = map[string]string{
	"GET users":                      callList,
	"POST users":                     callCreate,
	"DELETE users":                   callDeactivate,
	"PUT users":                      callReactivate,
	"GET users/{}":                   callGet,
	"PUT users/{}":                   callUpdate,
	"DELETE users/{}":                callDelete,
	"POST users/{}/auth_tokens":      callToken,
	"GET users/{}/auth_tokens":       callTokens,
	"DELETE users/{}/auth_tokens":    callRevoke,
	"GET users/{}/auth_tokens/{}":    callGetToken,
	"DELETE users/{}/auth_tokens/{}": callRevokeOne,
	"GET bots":                       callBots,
	"GET roles":                      callRoles,
	"POST roles":                     callCreateRole,
	"GET me":                         callMe,
	"PUT me":                         callMe,
	"DELETE me":                      callMe,
	"POST data_import/users":         callImport,
}

// route finds the call and the uid of the path. Version segments come first:
// what is wrong below a version that does not exist is not looked at.
func route(r *http.Request) (call, uid string, refusal *answer) {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/"), "/")
	version := parts[0]
	if version != "v3" && version != "v3.0" {
		if isVersion(version) {
			return "", "", failed(http.StatusNotFound, codeAPIVersion, "The API version is invalid. Please use v3.")
		}
		return "", "", apiNotFound()
	}
	parts = parts[1:]
	if len(parts) > 1 && parts[0] == "users" {
		name, err := url.PathUnescape(parts[1])
		if err != nil || name == "" {
			return "", "", apiNotFound()
		}
		uid, parts[1] = lower(name), "{}"
	}
	if len(parts) == 4 && parts[3] != "" {
		parts[3] = "{}" // a token
	}
	call, ok := routes[r.Method+" "+strings.Join(parts, "/")]
	if !ok {
		return "", "", apiNotFound()
	}
	return call, uid, nil
}

func apiNotFound() *answer {
	return failed(http.StatusNotFound, codeAPINotFound, "The API endpoint is invalid. Please verify the API call.")
}

// isVersion reports whether a path segment looks like v2, v2.0, v4 ...
func isVersion(s string) bool {
	rest, ok := strings.CutPrefix(s, "v")
	return ok && rest != "" && strings.Trim(rest, "0123456789.") == "" && rest[0] != '.'
}

// checkApp compares the app id, which stands in the first label of the host
// (APPID.api-us.…, APPID.apiclient-us.…, APPID.localhost) or in the header.
func (s *Sandbox) checkApp(r *http.Request) *answer {
	if s.cfg.AppID == "" {
		return nil
	}
	fromHost, fromHeader := hostApp(r.Host), r.Header.Get("appId")
	if fromHost == "" && fromHeader == "" {
		return failed(http.StatusBadRequest, codeEmptyApp, "The appId is missing in the headers.")
	}
	for _, id := range []string{fromHost, fromHeader} {
		// Hosts are spelled without regard to case, and header and host must not differ.
		if id != "" && !strings.EqualFold(id, s.cfg.AppID) {
			return failed(http.StatusNotFound, codeInvalidApp,
				"The app "+strings.ToValidUTF8(id, "\uFFFD")+" does not exist in this region.")
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

// scope is what a caller may do.
type scope int

const (
	fullAccess scope = iota + 1
	authOnly
	endUser
)

// caller is who sent a request.
type caller struct {
	scope scope
	uid   string // of an end user
}

// identify reads the credentials: the API key on all calls, except that /me
// takes an end user's token, and list and get take either.
func (s *Sandbox) identify(call string, h http.Header) (caller, *answer) {
	key, token := h.Get("apikey"), h.Get("authToken")
	if call == callMe || key == "" && token != "" && (call == callList || call == callGet) {
		return s.identifyUser(token)
	}
	switch {
	case key == "":
		return caller{}, failed(http.StatusUnauthorized, codeEmptyKey, "The API key is missing in the headers.")
	case same(key, s.cfg.Key):
		return caller{scope: fullAccess}, nil
	case same(key, s.cfg.AuthKey):
		if s.authOnlyMay(call) {
			return caller{scope: authOnly}, nil
		}
		return caller{}, failed(http.StatusForbidden, codeNoAccess, "The API key does not have access to this endpoint.")
	}
	return caller{}, wrongKey(key)
}

func wrongKey(key string) *answer {
	return failed(http.StatusUnauthorized, codeKeyNotFound, "The API key "+mask(key)+" does not exist.")
}

func (s *Sandbox) authOnlyMay(call string) bool {
	switch call {
	case callToken:
		return true
	case callCreate, callUpdate:
		return !s.cfg.StrictAuthKey
	}
	return false
}

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

// preflight lets browsers in, whose clients ask first and read headers only
// if told that they may. The key is still needed for everything.
func preflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Origin") == "" {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "*")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}
