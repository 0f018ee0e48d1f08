package sandbox

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestEndUser(t *testing.T) {
	s := serve(t, Config{AppID: "app1"}, ann, bob, cat, dan)
	app := []string{"appId", "app1"}
	token := func(uid, body string) string {
		t.Helper()
		res := s.do("POST /users/"+uid+"/auth_tokens", body, app...)
		want := `{"data":{"uid":"bob","authToken":"bob_1700000000`
		if res.status != 200 || !strings.HasPrefix(res.body, want) || !strings.HasSuffix(res.body, `","createdAt":1700000000}}`) {
			t.Fatalf("token: %d %s", res.status, res.body)
		}
		return res.body[len(`{"data":{"uid":"bob","authToken":"`) : len(res.body)-len(`","createdAt":1700000000}}`)]
	}
	first := token("BOB", "")
	if again := token("bob", `{"force":false}`); again != first {
		t.Errorf("a second token without force")
	}
	forced := token("bob", `{"force":true,"platform":"javascript","appInfo":{}}`)
	if forced == first {
		t.Errorf("the same token with force")
	}
	s.wantError("POST /users/none/auth_tokens", "", 404, "ERR_UID_NOT_FOUND", app...)
	s.wantError("POST /users/dan/auth_tokens", "", 404, "ERR_UID_NOT_FOUND", app...)
	s.wantError("POST /users/bob/auth_tokens", `{"force":"x"}`, 400, codeBadRequest, app...)

	user := []string{"apikey", "", "appId", "app1", "authToken", first}
	s.url += ".0"
	s.wantUIDs("GET /users?per_page=30&uids=bob,cat", "bob cat", user...)
	s.wantUIDs("GET /users?sortBy=name", "ann bob cat", user...)
	s.wantUIDs("GET /users?sortBy=name&sortOrder=desc", "cat bob ann", user...)
	s.wantError("GET /users?uids="+strings.Repeat("x,", 26), "", 400, codeBadRequest, user...)
	seen := strings.Replace(ann, `,"@private":{"b":2}`, "", 1)
	s.want("GET /users/ann", "", 200,
		`{"data":`+seen[:len(seen)-1]+`,"hasBlockedMe":false,"blockedByMe":false,"conversationId":"ann_user_bob"}}`, user...)
	if res := s.do("GET /users?uids=ann&withTags=1", "", user...); !strings.Contains(res.body, seen) {
		t.Errorf("list of an end user: %s", res.body)
	}
	s.do("PUT /users/bob", `{"metadata":{"@private":1}}`, app...)
	if res := s.do("GET /users?uids=bob", "", user...); !strings.Contains(res.body, `"metadata":{"@private":1}`) {
		t.Errorf("a user does not see what is private to it: %s", res.body)
	}
	s.do("PUT /users/bob", `{"unset":["metadata"]}`, app...)
	s.wantError("POST /users", `{"uid":"x","name":"X"}`, 401, "AUTH_ERR_EMPTY_APIKEY", user...)

	s.clock.advance(time.Second)
	s.want("PUT /me", `{"name":"Robert","role":"chief","uid":"ann"}`, 200,
		`{"data":{"uid":"bob","name":"Robert","status":"offline","role":"default","createdAt":1600000002,"updatedAt":1700000001,"tags":["y"]}}`, user...)
	s.wantError("PUT /me", `{"name":""}`, 400, codeBadRequest, user...)
	res := s.do("PUT /me", `{"platform":"javascript","deviceId":"d","appInfo":{}}`, user...)
	for _, part := range []string{`{"data":{"uid":"bob",`, `"lastActiveAt":1700000001`, `"authToken":"` + first + `"`,
		`"wsChannel":{"identity":"[app1]bob"`, `"jwt":"`, `"settings":{`} {
		if !strings.Contains(res.body, part) {
			t.Errorf("login: %d %s lacks %s", res.status, res.body, part)
		}
	}
	s.wantError("PUT /me", "", 401, "AUTH_ERR_EMPTY_AUTH_TOKEN", "appId", "app1")
	s.wantError("PUT /me", "", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "appId", "app1", "authToken", "bob_1")
	s.wantError("GET /users", "", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "apikey", "", "appId", "app1", "authToken", "bob_1")

	for range maxTokens - 1 {
		token2 := s.do("POST /users/bob/auth_tokens", `{"force":true}`, app...)
		if token2.status != 200 {
			t.Fatal(token2.body)
		}
	}
	s.wantError("PUT /me", "", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", user...)
	user[5] = forced
	s.want("GET /me", "", 200, `{"data":`+s.user("bob")+`}`, user...)
	other := s.do("POST /users/bob/auth_tokens", `{}`, app...).body
	other = other[len(`{"data":{"uid":"bob","authToken":"`):strings.Index(other, `","createdAt"`)]
	s.want("DELETE /me", "", 200, `{"data":{"success":true,"message":"User with bob has been logged out successfully."}}`,
		"appId", "app1", "authToken", other)
	s.wantError("GET /me", "", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "appId", "app1", "authToken", other)
	if res := s.do("POST /users/bob/auth_tokens", `{}`, app...); strings.Contains(res.body, other) {
		t.Error("a token is given out again after the logout")
	}
	if res := s.do("PUT /me", "", user...); res.status != http.StatusOK {
		t.Errorf("one of the last hundred tokens: %d %s", res.status, res.body)
	}
	s.do("DELETE /users/bob", "", app...)
	s.wantError("PUT /me", "", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", user...)
	s.do("DELETE /users/bob", `{"permanent":true}`, app...)
	s.do("POST /users", `{"uid":"bob","name":"Another Bob"}`, app...)
	s.wantError("PUT /me", "", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", user...)
}
