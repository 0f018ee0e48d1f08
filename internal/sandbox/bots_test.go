package sandbox

import (
	"strings"
	"testing"
)

const (
	agent  = `{"uid":"0b7c-4f","name":"Ada","status":"offline","role":"@agentic","createdAt":1600000009,"tags":[]}`
	faqBot = `{"uid":"faq","name":"FAQ","status":"offline","role":"default","createdAt":1600000008,"tags":[],"bot":` +
		`{"webhookURL":"https://x.org/1","enabled":true,"isAIBot":true,"createdAt":1763472000}}`
	orderBot = `{"uid":"order","name":"Orders","status":"offline","role":"chief","createdAt":1600000007,"tags":[],"bot":` +
		`{"webhookURL":"https://x.org/2","username":"u","password":"p<&>"}}`
)

// TestAgentsAndBots has them among the users, which show nothing of the
// webhooks, and the bots in the list of their kind.
func TestAgentsAndBots(t *testing.T) {
	s := serve(t, Config{AuthKey: "auth"}, ann, agent, faqBot, orderBot)
	s.wantUIDs("GET /users", "0b7c-4f faq order ann")
	if res := s.do("GET /users?withTags=true", ""); strings.Contains(res.body, "bot") || !strings.Contains(res.body, `"role":"@agentic"`) {
		t.Errorf("users: %s", res.body)
	}
	page := `],"meta":{"pagination":{"total":1,"count":1,"per_page":100,"current_page":1,"total_pages":1}}}`
	s.want("GET /bots?isAIBot=true", "", 200,
		`{"data":[{"uid":"faq","webhookURL":"https://x.org/1","enabled":true,"isAIBot":true,"createdAt":1763472000}`+page)
	standard := `{"data":[{"uid":"order","webhookURL":"https://x.org/2","username":"u","password":"p<&>","createdAt":1600000007}` + page
	for _, call := range []string{"GET /bots", "GET /bots?isAIBot=0", "GET /bots?searchKey=OR"} {
		s.want(call, "", 200, standard)
	}
	none := `{"data":[],"meta":{"pagination":{"total":1,"count":0,"per_page":1,"current_page":2,"total_pages":1}}}`
	s.want("GET /bots?perPage=1&page=2", "", 200, none)
	s.wantError("GET /bots?perPage=1001", "", 400, codeBadRequest)
	s.wantError("GET /bots?isAIBot=x", "", 400, codeBadRequest)
	s.wantError("GET /bots", "", 403, codeNoAccess, "apikey", "auth")

	if res := s.do("GET /roles", ""); strings.Contains(res.body, "@") {
		t.Errorf("roles: %s", res.body)
	}
	s.wantError("POST /users", `{"uid":"x","name":"X","role":"@agentic"}`, 400, codeBadRequest)
	if res := s.do("PUT /users/0b7c-4f", `{"name":"Ada Two"}`); !strings.Contains(res.body, `"role":"@agentic"`) {
		t.Errorf("an agent loses its role: %s", res.body)
	}
	state := save(t, s.Sandbox)
	if again := serve(t, Config{}, state); save(t, again.Sandbox) != state || !strings.Contains(state, faqBot) ||
		!strings.Contains(state, orderBot) {
		t.Errorf("saved\n%s", state)
	}
	s.do("DELETE /users/order", "")
	s.want("GET /bots", "", 200, standard)
	s.do("DELETE /users/order", `{"permanent":true}`)
	s.want("GET /bots", "", 200, strings.NewReplacer(`"total":1,"count":0`, `"total":0,"count":0`, `"per_page":1,"current_page":2`,
		`"per_page":100,"current_page":1`).Replace(none))
}

func TestBotsOfPages(t *testing.T) {
	var state []string
	for _, uid := range []string{"c", "a", "d", "b", "e"} {
		state = append(state, `{"uid":"`+uid+`","name":"N","bot":{"isAIBot":false}}`)
	}
	s := serve(t, Config{}, state...)
	s.wantUIDs("GET /bots?perPage=2", "a b")
	s.wantUIDs("GET /bots?perPage=2&page=2", "c d")
	s.wantUIDs("GET /bots?perPage=2&page=3", "e")
	s.wantUIDs("GET /bots?perPage=2&page=4", "")
}

func TestTokenCalls(t *testing.T) {
	s := serve(t, Config{AuthKey: "auth"}, ann, bob, dan)
	issue := func() string {
		t.Helper()
		res := s.do("POST /users/bob/auth_tokens", `{"force":true}`)
		_, rest, _ := strings.Cut(res.body, `"authToken":"`)
		value, _, _ := strings.Cut(rest, `"`)
		return value
	}
	empty := `{"data":[],"meta":{"pagination":{"total":0,"count":0,"per_page":100,"current_page":1,"total_pages":1}}}`
	s.want("GET /users/bob/auth_tokens", "", 200, empty)
	one, two := issue(), issue()
	s.want("GET /users/BOB/auth_tokens", "", 200,
		`{"data":[{"uid":"bob","authToken":"`+two+`","createdAt":1700000000},{"uid":"bob","authToken":"`+one+
			`","createdAt":1700000000}],"meta":{"pagination":{"total":2,"count":2,"per_page":100,"current_page":1,"total_pages":1}}}`)
	s.want("DELETE /users/bob/auth_tokens/"+one, "", 200,
		`{"data":{"success":true,"message":"The auth token has been deleted successfully."}}`)
	s.wantError("DELETE /users/bob/auth_tokens/"+one, "", 404, "ERR_AUTH_TOKEN_NOT_FOUND")
	s.wantError("DELETE /users/ann/auth_tokens/"+two, "", 404, "ERR_AUTH_TOKEN_NOT_FOUND")
	s.wantError("GET /me", "", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "authToken", one)
	s.want("GET /me", "", 200, `{"data":`+bob+`}`, "authToken", two)

	for range 2 { // without a token it is as content
		s.want("DELETE /users/bob/auth_tokens", "", 200,
			`{"data":{"success":true,"message":"All auth tokens of the user with UID bob have been deleted successfully."}}`)
	}
	s.wantError("GET /me", "", 401, "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "authToken", two)
	s.want("GET /users/bob/auth_tokens", "", 200, empty)

	kept := issue()
	s.do("DELETE /users/bob", "")
	for _, call := range []string{"GET /users/%/auth_tokens", "DELETE /users/%/auth_tokens", "DELETE /users/%/auth_tokens/x"} {
		for _, uid := range []string{"bob", "dan", "nobody"} {
			s.wantError(strings.Replace(call, "%", uid, 1), "", 404, "ERR_UID_NOT_FOUND")
		}
		s.wantError(strings.Replace(call, "%", "ann", 1), "", 403, codeNoAccess, "apikey", "auth")
	}
	// Coming back, a user has the tokens of before.
	s.do("PUT /users", `{"uidsToActivate":["bob"]}`)
	if res := s.do("GET /me", "", "authToken", kept); res.status != 200 {
		t.Errorf("a token of before: %d %s", res.status, res.body)
	}
}
