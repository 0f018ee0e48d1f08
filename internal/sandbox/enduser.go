package sandbox

import (
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

type token struct {
	value     string
	createdAt int64
}

// tokens are the auth tokens of end users. They live as long as the process:
// a saved state has none.
type tokens struct {
	owner map[string]string  // value to uid
	of    map[string][]token // uid to tokens, oldest first
}

func (t *tokens) issue(uid string, now time.Time) token {
	var random [15]byte
	_, _ = rand.Read(random[:]) // never fails
	tok := token{fmt.Sprintf("%s_%010d%s", uid, now.Unix(), hex.EncodeToString(random[:])), now.Unix()}
	mine := append(t.of[uid], tok)
	if len(mine) > maxTokens {
		delete(t.owner, mine[0].value)
		mine = slices.Delete(mine, 0, 1)
	}
	t.of[uid] = mine
	t.owner[tok.value] = uid
	return tok
}

func (t *tokens) revoke(uid string) {
	for _, tok := range t.of[uid] {
		delete(t.owner, tok.value)
	}
	delete(t.of, uid)
}

// retire makes one token invalid.
func (t *tokens) retire(value string) {
	uid := t.owner[value]
	delete(t.owner, value)
	t.of[uid] = slices.DeleteFunc(t.of[uid], func(tok token) bool { return tok.value == value })
}

func (s *Sandbox) makeToken(q *request) answer {
	in, ok := parseFields(q.body)
	if !ok {
		return malformed()
	}
	c := checker{in, details{}}
	force := c.boolean("force")
	if bad := c.verdict(); bad != nil {
		return invalid(bad)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.store.users[q.uid]
	if u == nil || !u.active() {
		return unknownUID(q.uid)
	}
	var tok token
	if mine := s.tokens.of[u.uid]; len(mine) > 0 && !force {
		tok = mine[len(mine)-1]
	} else {
		tok = s.tokens.issue(u.uid, q.now)
	}
	return dataOf(tok.shown(u.uid))
}

type shownToken struct {
	UID       string `json:"uid"`
	AuthToken string `json:"authToken"`
	CreatedAt int64  `json:"createdAt"`
}

func (t token) shown(uid string) shownToken { return shownToken{uid, t.value, t.createdAt} }

// listTokens shows a user's tokens on one page, newest first.
func (s *Sandbox) listTokens(q *request) answer {
	if s.find(q.uid) == nil {
		return unknownUID(q.uid)
	}
	s.mu.RLock()
	mine := []shownToken{}
	for _, tok := range slices.Backward(s.tokens.of[q.uid]) {
		mine = append(mine, tok.shown(q.uid))
	}
	s.mu.RUnlock()
	return answer{status: http.StatusOK, body: fmt.Appendf(nil, `{"data":%s,"meta":{"pagination":%s}}`,
		encode(mine), s.pagination(len(mine), len(mine), &listQuery{page: 1, perPage: maxTokens}))}
}

func (s *Sandbox) getToken(q *request) answer {
	tok, refusal := s.ownToken(q)
	if refusal != nil {
		return *refusal
	}
	return dataOf(tok.shown(q.uid))
}

// revokeTokens takes all tokens of a user, and is as content with none. A
// deactivated user reads as unknown, here as elsewhere: it comes before that.
func (s *Sandbox) revokeTokens(q *request) answer {
	if s.find(q.uid) == nil {
		return unknownUID(q.uid)
	}
	s.mu.Lock()
	s.tokens.revoke(q.uid)
	s.mu.Unlock()
	return success("All auth tokens of the user with UID " + q.uid + " have been deleted successfully.")
}

func (s *Sandbox) revokeToken(q *request) answer {
	tok, refusal := s.ownToken(q)
	if refusal != nil {
		return *refusal
	}
	s.mu.Lock()
	s.tokens.retire(tok.value)
	s.mu.Unlock()
	return success("The auth token has been deleted successfully.")
}

// ownToken finds the token of the path among those of the user.
func (s *Sandbox) ownToken(q *request) (token, *answer) {
	if s.find(q.uid) == nil {
		a := unknownUID(q.uid)
		return token{}, &a
	}
	value := path.Base(q.http.URL.Path)
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, tok := range s.tokens.of[q.uid] {
		if tok.value == value {
			return tok, nil
		}
	}
	return token{}, failed(http.StatusNotFound, codeTokenNotFound, "The auth token "+mask(value)+" does not exist.")
}

// identifyUser finds the end user of a token. A deactivated user's tokens are
// as good as none.
func (s *Sandbox) identifyUser(value string) (caller, *answer) {
	if value == "" {
		return caller{}, failed(http.StatusUnauthorized, codeEmptyAuthToken, "The auth token is missing in the headers.")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	uid := s.tokens.owner[value]
	if u := s.store.users[uid]; u == nil || !u.active() {
		return caller{}, failed(http.StatusUnauthorized, codeAuthTokenAbsent,
			"The auth token "+mask(value)+" does not exist. Please make sure you are logged in and have a valid auth token.")
	}
	return caller{endUser, uid}, nil
}

// me is an end user's own profile: read, updated, or with a device's data a
// login, which shows in lastActiveAt and is answered with what a client needs
// next. Deleting it is a logout: the token is gone, the user is not.
func (s *Sandbox) me(q *request) answer {
	value := q.http.Header.Get("authToken")
	switch q.http.Method {
	case http.MethodGet:
		if u := s.find(q.caller.uid); u != nil {
			return data(u.json)
		}
		return unknownUID(q.caller.uid)
	case http.MethodDelete:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tokens.retire(value)
		return success("User with " + q.caller.uid + " has been logged out successfully.")
	}
	in, ok := parseFields(q.body)
	if !ok {
		return malformed()
	}
	ch, bad := readUpdate(in, nil) // the role of oneself can't be changed
	if bad != nil {
		return invalid(bad)
	}
	login := in["deviceId"] != nil || in["platform"] != nil || in["appInfo"] != nil
	if login {
		now := seconds(q.now.Unix())
		ch.lastActiveAt = &now
	}
	u := s.change(q, q.caller.uid, ch)
	if u == nil {
		return unknownUID(q.caller.uid)
	}
	if !login {
		return data(u.json)
	}
	extra := encode(struct {
		AuthToken string            `json:"authToken"`
		JWT       string            `json:"jwt"`
		Channel   map[string]string `json:"wsChannel"`
		Settings  map[string]any    `json:"settings"`
	}{
		AuthToken: value,
		JWT:       unsignedJWT(u.uid, q.now),
		Channel:   map[string]string{"identity": "[" + s.appID(q.http) + "]" + u.uid, "secret": value},
		Settings:  loginSettings(q),
	})
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
	for _, id := range []string{s.cfg.AppID, hostApp(r.Host), r.Header.Get("appId")} {
		if id != "" {
			return strings.ToValidUTF8(id, "\uFFFD")
		}
	}
	return "sandbox"
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
