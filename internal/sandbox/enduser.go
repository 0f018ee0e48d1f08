package sandbox

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// maxTokens is how many tokens of one user are valid at a time; the oldest make room.
const maxTokens = 100

// token is an auth token of an end user, as answers show it: the uid, the time
// in ten digits, and thirty more.
type token struct {
	UID       string `json:"uid"`
	AuthToken string `json:"authToken"`
	CreatedAt int64  `json:"createdAt"`
}

// issue makes a token. The caller holds the lock, as it does for the next.
func (s *Sandbox) issue(uid string, now time.Time) token {
	var random [15]byte
	_, _ = rand.Read(random[:]) // never fails
	t := token{uid, fmt.Sprintf("%s_%010d%s", uid, now.Unix(), hex.EncodeToString(random[:])), now.Unix()}
	mine := append(s.tokens[uid], t)
	s.tokens[uid] = mine[max(0, len(mine)-maxTokens):]
	return t
}

// retire makes one token invalid.
func (s *Sandbox) retire(uid, value string) {
	s.tokens[uid] = slices.DeleteFunc(s.tokens[uid], func(t token) bool { return t.AuthToken == value })
}

func (s *Sandbox) makeToken(q *request) *answer {
	force := q.boolean("force")
	if q.details != nil {
		return invalid(q.details)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if mine := s.tokens[q.uid]; len(mine) > 0 && !force {
		return dataOf(mine[len(mine)-1])
	}
	return dataOf(s.issue(q.uid, q.now))
}

// listTokens shows a user's tokens on one page, newest first.
func (s *Sandbox) listTokens(q *request) *answer {
	s.mu.RLock()
	mine := append([]token{}, s.tokens[q.uid]...)
	s.mu.RUnlock()
	slices.Reverse(mine)
	return &answer{status: http.StatusOK, body: fmt.Appendf(nil, `{"data":%s,"meta":%s}}`,
		encode(mine), s.pagination(len(mine), len(mine), paging{1, maxTokens}))}
}

// revokeTokens takes all tokens of a user, and is as content with none. A
// deactivated user reads as unknown, here as elsewhere: it comes before that.
func (s *Sandbox) revokeTokens(q *request) *answer {
	s.mu.Lock()
	delete(s.tokens, q.uid)
	s.mu.Unlock()
	return success("All auth tokens of the user with UID " + q.uid + " have been deleted successfully.")
}

func (s *Sandbox) revokeToken(q *request) *answer {
	value := path.Base(q.http.URL.Path)
	if !s.hasToken(q.uid, value) {
		return fail("ERR_AUTH_TOKEN_NOT_FOUND", "The auth token "+mask(value)+" does not exist.")
	}
	s.mu.Lock()
	s.retire(q.uid, value)
	s.mu.Unlock()
	return success("The auth token has been deleted successfully.")
}

func (s *Sandbox) hasToken(uid, value string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.tokens[uid], func(t token) bool { return t.AuthToken == value })
}

// identifyUser finds the end user of a token. A deactivated user's tokens are
// as good as none.
func (s *Sandbox) identifyUser(q *request, value string) *answer {
	if value == "" {
		return fail("AUTH_ERR_EMPTY_AUTH_TOKEN", "The auth token is missing in the headers.")
	}
	uid := value[:max(0, strings.LastIndexByte(value, '_'))]
	if !s.hasToken(uid, value) || s.find(uid) == nil {
		return fail("AUTH_ERR_AUTH_TOKEN_NOT_FOUND",
			"The auth token "+mask(value)+" does not exist. Please make sure you are logged in and have a valid auth token.")
	}
	q.caller = caller{true, uid}
	return nil
}

// me is an end user's own profile.
func (s *Sandbox) me(q *request) *answer {
	if u := s.find(q.caller.uid); u != nil {
		return data(u.json)
	}
	return unknownUID(q.caller.uid)
}

// logout takes the token away, and not the user.
func (s *Sandbox) logout(q *request) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retire(q.caller.uid, q.http.Header.Get("authToken"))
	return success("User with " + q.caller.uid + " has been logged out successfully.")
}

// updateMe updates one's own profile; with a device's data it is a login, which
// shows in lastActiveAt and is answered with what a client needs next.
func (s *Sandbox) updateMe(q *request) *answer {
	ch := q.updated(nil) // the role of oneself can't be changed
	if q.details != nil {
		return invalid(q.details)
	}
	login := q.in["deviceId"] != nil || q.in["platform"] != nil || q.in["appInfo"] != nil
	if login {
		ch.set.setTime(fLastActiveAt, q.now.Unix())
	}
	u := s.change(q, q.caller.uid, ch)
	if u == nil {
		return unknownUID(q.caller.uid)
	}
	if !login {
		return data(u.json)
	}
	value := q.http.Header.Get("authToken")
	extra := encode(map[string]any{"authToken": value, "jwt": unsignedJWT(u.uid, q.now), "settings": loginSettings(q),
		"wsChannel": map[string]string{"identity": "[" + s.appID(q.http) + "]" + u.uid, "secret": value}})
	return data(u.json[:len(u.json)-1] + "," + string(extra[1:]))
}

// loginSettings are where a client goes from here: it builds all later
// addresses from them, as https://HOST/VERSION/….
func loginSettings(q *request) map[string]any {
	host := strings.ToValidUTF8(q.http.Host, "\uFFFD")
	return map[string]any{
		"CHAT_API_VERSION": "v3", "ADMIN_API_HOST": host, "CLIENT_API_HOST": host,
		"MODE": "DEFAULT", "ANALYTICS_PING_DISABLED": true,
		"settingsHash": "sandbox", "settingsHashReceivedAt": q.now.Unix(),
	}
}

func (s *Sandbox) appID(r *http.Request) string {
	id := cmp.Or(s.cfg.AppID, hostApp(r.Host), r.Header.Get("appId"), "sandbox")
	return strings.ToValidUTF8(id, "\uFFFD")
}

// unsignedJWT has the form of a token that nothing checks.
func unsignedJWT(uid string, now time.Time) string {
	enc := base64.RawURLEncoding
	return strings.Join([]string{
		enc.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)),
		enc.EncodeToString(fmt.Appendf(nil, `{"sub":%q,"iat":%d}`, uid, now.Unix())),
		"",
	}, ".")
}
