package sandbox

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestCreate(t *testing.T) {
	s := serve(t, Config{}, `{"role":"chief"}`)
	s.want("POST /users", `{"uid":"Eva-1_X","name":"Eva \"E\" Ödegård 👋"}`, 200,
		`{"data":{"uid":"eva-1_x","name":"Eva \"E\" Ödegård 👋","status":"offline","role":"default","createdAt":1700000000,"tags":[]}}`)
	s.want("POST /users", `{"uid":"full","name":"Full","avatar":"https://e.org/a.png","link":"http://e.org","role":"CHIEF",
		"statusMessage":"hi","metadata": { "a" : [1, 2.50] },"tags":["x","y","x"],"withAuthToken":false,
		"hasBlockedMe":false,"blockedByMe":true,"deactivatedAt":0,"status":"available","createdAt":5,"lastActiveAt":7}`, 200,
		`{"data":{"uid":"full","name":"Full","link":"http://e.org","avatar":"https://e.org/a.png","metadata":{"a":[1,2.50]},`+
			`"status":"offline","role":"chief","statusMessage":"hi","createdAt":1700000000,"tags":["x","y"]}}`)
	s.want("POST /users", `{"uid":"nulls","name":"N","avatar":null,"link":null,"role":null,"statusMessage":null,"metadata":null,"tags":null,"withAuthToken":null}`, 200,
		`{"data":{"uid":"nulls","name":"N","status":"offline","role":"default","createdAt":1700000000,"tags":[]}}`)
	s.want("GET /users/EVA-1_x", "", 200,
		`{"data":{"uid":"eva-1_x","name":"Eva \"E\" Ödegård 👋","status":"offline","role":"default","createdAt":1700000000,"tags":[]}}`)

	res := s.do("POST /users", `{"uid":"tok","name":"T","withAuthToken":true}`)
	if !regexp.MustCompile(`"tags":\[\],"authToken":"tok_1700000000[0-9a-f]{30}"}}$`).MatchString(res.body) {
		t.Errorf("no token: %s", res.body)
	}
	s.want("GET /users/tok", "", 200,
		`{"data":{"uid":"tok","name":"T","status":"offline","role":"default","createdAt":1700000000,"tags":[]}}`)
}

func TestCreateInvalid(t *testing.T) {
	s := serve(t, Config{}, ann)
	a := func(n int) string { return strings.Repeat("a", n) }
	for _, c := range []struct{ fields, details string }{
		{`"name":"A"`, `{"uid":["The uid field is required."]}`},
		{`"uid":"a"`, `{"name":["The name field is required."]}`},
		{``, `{"name":["The name field is required."],"uid":["The uid field is required."]}`},
		{`"UID":"a","name":"A"`, `{"uid":["The uid field is required."]}`},
		{`"uid":null,"name":" "`, `{"name":["The name field is required."],"uid":["The uid field is required."]}`},
		{`"uid":"","name":""`, `{"name":["The name field is required."],"uid":["The uid field is required."]}`},
		{`"uid":7,"name":["A"]`, `{"name":["The name must be a string."],"uid":["The uid must be a string."]}`},
		{`"uid":"a b","name":"A"`, `{"uid":["The uid may only contain letters, numbers, dashes and underscores."]}`},
		{`"uid":"a@b.c","name":"A"`, `{"uid":["The uid may only contain letters, numbers, dashes and underscores."]}`},
		{`"uid":"ü","name":"A"`, `{"uid":["The uid may only contain letters, numbers, dashes and underscores."]}`},
		{`"uid":"` + a(101) + `","name":"A"`, `{"uid":["The uid may not be greater than 100 characters."]}`},
		{`"uid":"a","name":"` + a(101) + `"`, `{"name":["The name may not be greater than 100 characters."]}`},
		{`"uid":"a","name":"` + strings.Repeat("👋", 50) + `a"`, `{"name":["The name may not be greater than 100 characters."]}`},
		{`"uid":"a","name":"A","avatar":"Invalid:https://e.org"`, `{"avatar":["The avatar must be a valid URL."]}`},
		{`"uid":"a","name":"A","avatar":"e.org/a.png"`, `{"avatar":["The avatar must be a valid URL."]}`},
		{`"uid":"a","name":"A","avatar":"ftp://e.org/a.png"`, `{"avatar":["The avatar must be a valid URL."]}`},
		{`"uid":"a","name":"A","avatar":"https:///a.png"`, `{"avatar":["The avatar must be a valid URL."]}`},
		{`"uid":"a","name":"A","avatar":""`, `{"avatar":["The avatar must be a valid URL."]}`},
		{`"uid":"a","name":"A","link":"https://e.org/a b"`, `{"link":["The link must be a valid URL."]}`},
		{`"uid":"a","name":"A","link":"https://e.org/` + a(2987) + `"`, `{"link":["The link may not be greater than 3000 characters."]}`},
		{`"uid":"a","name":"A","role":"none"`, `{"role":["The selected role is invalid."]}`},
		{`"uid":"a","name":"A","role":""`, `{"role":["The selected role is invalid."]}`},
		{`"uid":"a","name":"A","statusMessage":1`, `{"statusMessage":["The statusMessage must be a string."]}`},
		{`"uid":"a","name":"A","metadata":[1]`, `{"metadata":["The metadata must be an object."]}`},
		{`"uid":"a","name":"A","metadata":7`, `{"metadata":["The metadata must be an object."]}`},
		{`"uid":"a","name":"A","metadata":{"a":"` + a(5113) + `"}`, `{"metadata":["The metadata may not be greater than 5120 bytes."]}`},
		{`"uid":"a","name":"A","tags":"x"`, `{"tags":["The tags must be an array."]}`},
		{`"uid":"a","name":"A","tags":{}`, `{"tags":["The tags must be an array."]}`},
		{`"uid":"a","name":"A","tags":[` + strings.Repeat(`"x",`, 25) + `"x"]`, `{"tags":["The tags may not have more than 25 items."]}`},
		{`"uid":"a","name":"A","tags":[" ","x",1,null,"` + a(101) + `"]`,
			`{"tags.0":["The tags.0 field is required."],"tags.2":["The tags.2 must be a string."],` +
				`"tags.3":["The tags.3 field is required."],"tags.4":["The tags.4 may not be greater than 100 characters."]}`},
		{`"uid":"a","name":"A","withAuthToken":"yes"`, `{"withAuthToken":["The withAuthToken field must be true or false."]}`},
		{`"uid":"ann","name":"A","avatar":"x"`, `{"avatar":["The avatar must be a valid URL."]}`},
	} {
		s.wantInvalid("POST /users", "{"+c.fields+"}", c.details)
	}
	for _, body := range []string{`[]`, `"x"`, `{"uid"`, `null`, `{} {}`} {
		s.wantError("POST /users", body, 400, codeBadRequest)
	}
	if s.store.index.n != 1 {
		t.Errorf("a user was created from an invalid body")
	}
	for _, fields := range []string{ // just inside the limits
		`"uid":"` + a(100) + `","name":"` + strings.Repeat("👋", 50) + `"`,
		`"uid":"b1","name":"` + strings.Repeat("ö", 100) + `","link":"https://e.org/` + a(2986) + `"`,
		`"uid":"b2","name":"A","metadata":{"a":"` + a(5112) + `"}`,
		`"uid":"b3","name":"A","tags":[` + strings.Repeat(`"x",`, 24) + `"` + a(100) + `"]`,
	} {
		if res := s.do("POST /users", "{"+fields+"}"); res.status != 200 {
			t.Errorf("%.40s: %d %s", fields, res.status, res.body)
		}
	}
}

func TestCreateExisting(t *testing.T) {
	s := serve(t, Config{}, ann, dan)
	for _, uid := range []string{"ann", "ANN", "dan"} {
		s.wantError("POST /users", `{"uid":"`+uid+`","name":"Other"}`, 400, "ERR_UID_ALREADY_EXISTS")
	}
	if s.user("ann") != ann || s.user("dan") != dan {
		t.Error("the existing user was changed")
	}
	s = serve(t, Config{Conflict409: true}, ann)
	s.wantError("POST /users", `{"uid":"ann","name":"Other"}`, 409, "ERR_UID_ALREADY_EXISTS")
}

func TestGet(t *testing.T) {
	s := serve(t, Config{}, ann, bob, dan)
	s.want("GET /users/ann", "", 200, `{"data":`+ann+`}`)
	s.want("GET /users/NoSuch", "", 404,
		`{"error":{"message":"The UID nosuch does not exist, please make sure you have created a user with UID nosuch.",`+
			`"devMessage":"The UID nosuch does not exist, please make sure you have created a user with UID nosuch.","source":"chat-api","code":"ERR_UID_NOT_FOUND"}}`)
	s.wantError("GET /users/dan", "", 404, "ERR_UID_NOT_FOUND")
	s.wantError("GET /users/a%2Fb%ff", "", 404, "ERR_UID_NOT_FOUND")
	s.want("GET /users/bob", "", 200,
		`{"data":`+bob[:len(bob)-1]+`,"hasBlockedMe":false,"blockedByMe":false,"conversationId":"ann_user_bob"}}`, "onBehalfOf", "Ann")
	s.wantError("GET /users/bob", "", 404, "ERR_UID_NOT_FOUND", "onBehalfOf", "nobody")
}

func TestUpdate(t *testing.T) {
	s := serve(t, Config{}, ann, bob, dan)
	s.want("PUT /users/BOB", `{"name":"Bob B.","avatar":"https://e.org/b.png"}`, 200,
		`{"data":{"uid":"bob","name":"Bob B.","avatar":"https://e.org/b.png","status":"offline","role":"default","createdAt":1600000002,"updatedAt":1700000000,"tags":["y"]}}`)
	s.clock.advance(10 * time.Second)
	s.want("PUT /users/bob", `{"name":"Bob B.","uid":"other","createdAt":1,"status":"available","lastActiveAt":3,"foo":[]}`, 200,
		`{"data":{"uid":"bob","name":"Bob B.","avatar":"https://e.org/b.png","status":"offline","role":"default","createdAt":1600000002,"updatedAt":1700000000,"tags":["y"]}}`)
	s.want("PUT /users/bob", `{"role":"chief","tags":["z"],"statusMessage":"away","unset":["avatar"],"name":null}`, 200,
		`{"data":{"uid":"bob","name":"Bob B.","status":"offline","role":"chief","statusMessage":"away","createdAt":1600000002,"updatedAt":1700000010,"tags":["z"]}}`)
	s.want("PUT /users/bob", `{"role":"default","tags":[],"statusMessage":""}`, 200,
		`{"data":{"uid":"bob","name":"Bob B.","status":"offline","role":"default","createdAt":1600000002,"updatedAt":1700000010,"tags":[]}}`)
	s.want("PUT /users/ann", `{"metadata":{"c":3},"unset":["link","metadata","avatar"],"link":"https://e.org/new"}`, 200,
		`{"data":{"uid":"ann","name":"Ann Lee","link":"https://e.org/new","metadata":{"c":3},"status":"available","role":"chief","statusMessage":"hi","lastActiveAt":1600000009,"createdAt":1600000003,"updatedAt":1700000010,"tags":["x","y"]}}`)

	s.wantError("PUT /users/none", `{"name":"A"}`, 404, "ERR_UID_NOT_FOUND")
	s.wantError("PUT /users/dan", `{"name":"A"}`, 404, "ERR_UID_NOT_FOUND")
	s.wantError("PUT /users/bob", `[]`, 400, codeBadRequest)
	s.wantInvalid("PUT /users/bob", `{"name":""}`, `{"name":["The name field must have a value."]}`)
	s.wantInvalid("PUT /users/bob", `{"tags":[" "]}`, `{"tags.0":["The tags.0 field is required."]}`)
	s.wantInvalid("PUT /users/bob", `{"avatar":"Invalid:https://e.org"}`, `{"avatar":["The avatar must be a valid URL."]}`)
	s.wantInvalid("PUT /users/bob", `{"role":"none"}`, `{"role":["The selected role is invalid."]}`)
	s.wantInvalid("PUT /users/bob", `{"unset":["avatar","role"]}`, `{"unset.1":["The selected unset.1 is invalid."]}`)
	s.wantInvalid("PUT /users/bob", `{"unset":"avatar"}`, `{"unset":["The unset must be an array."]}`)
}

func TestMetadata(t *testing.T) {
	for _, c := range []struct {
		merge      bool
		sent, kept string
	}{
		{false, `{"b":2}`, `{"b":2}`},
		{true, `{"b":2}`, `{"@private":{"b":2},"a":1,"b":2}`},
		{true, `{"a":{}}`, `{"@private":{"b":2},"a":{}}`},
		{false, `"{\"b\": 2}"`, `{"b":2}`},
		{false, `"plain \"text\""`, `{"rawMetadata":"plain \"text\""}`},
		{false, `"[1]"`, `{"rawMetadata":"[1]"}`},
		{false, `{}`, `{}`},
		{false, `{"big":1e400,"id":12345678901234567890}`, `{"big":1e400,"id":12345678901234567890}`},
	} {
		s := serve(t, Config{MergeMetadata: c.merge}, ann)
		res := s.do("PUT /users/ann", `{"metadata":`+c.sent+`}`)
		if !strings.Contains(res.body, `"metadata":`+c.kept+`,"status"`) {
			t.Errorf("merge %v: %s: %d %s, want %s", c.merge, c.sent, res.status, res.body, c.kept)
		}
	}
	s := serve(t, Config{MergeMetadata: true}, ann)
	if res := s.do("PUT /users/ann", `{"unset":["metadata"],"metadata":{"z":1}}`); !strings.Contains(res.body, `"metadata":{"z":1},`) {
		t.Errorf("unset and then set: %s", res.body)
	}
}

func TestDelete(t *testing.T) {
	s := serve(t, Config{}, ann, bob, cat, dan)
	s.want("DELETE /users/ANN", "", 200, `{"data":{"deactivatedUids":["ann"]}}`)
	s.wantError("GET /users/ann", "", 404, "ERR_UID_NOT_FOUND")
	s.wantError("DELETE /users/ann", "", 404, "ERR_UID_NOT_FOUND")
	s.want("DELETE /users/bob", `{"permanent":false}`, 200, `{"data":{"deactivatedUids":["bob"]}}`)
	s.want("DELETE /users/cat", `{"permanent":true}`, 200,
		`{"data":{"success":true,"message":"User with cat has been deleted successfully."}}`)
	s.want("DELETE /users/dan", `{"permanent":true}`, 200,
		`{"data":{"success":true,"message":"User with dan has been deleted successfully."}}`)
	s.wantError("DELETE /users/cat", `{"permanent":true}`, 404, "ERR_UID_NOT_FOUND")
	s.wantInvalid("DELETE /users/ann", `{"permanent":"x"}`, `{"permanent":["The permanent field must be true or false."]}`)
	s.wantUIDs("GET /users?withDeactivated=1", "ann bob")
	s.want("POST /users", `{"uid":"cat","name":"Cat"}`, 200,
		`{"data":{"uid":"cat","name":"Cat","status":"offline","role":"default","createdAt":1700000000,"tags":[]}}`)
	if !strings.Contains(s.user("ann"), `"deactivatedAt":1700000000`) || !strings.Contains(s.user("ann"), `"status":"offline"`) {
		t.Errorf("deactivated: %s", s.user("ann"))
	}
}

func TestBulk(t *testing.T) {
	s := serve(t, Config{}, ann, bob, cat, dan)
	s.want("DELETE /users", `{"uidsToDeactivate":["ANN","bob","dan","NoSuchUid"]}`, 200,
		`{"data":{"deactivatedUids":["ann","bob"],"alreadyDeactivatedUids":["dan"],"notFound":["NoSuchUid"]}}`)
	s.want("DELETE /users", `{"uidsToDeactivate":["NoSuchUid"]}`, 200, `{"data":{"notFound":["NoSuchUid"]}}`)
	s.wantUIDs("GET /users", "cat")
	s.want("PUT /users", `{"uidsToActivate":["Ann","cat","dan","NoSuchUid"]}`, 200,
		`{"data":{"reactivatedUids":["ann","dan"],"nonDeactivatedUids":["cat"],"notFound":["NoSuchUid"]}}`)
	s.wantUIDs("GET /users", "ann cat dan")
	if strings.Contains(s.user("dan"), "deactivatedAt") {
		t.Errorf("reactivated: %s", s.user("dan"))
	}
	for call, field := range map[string]string{"DELETE /users": "uidsToDeactivate", "PUT /users": "uidsToActivate"} {
		s.wantInvalid(call, ``, `{"`+field+`":["The `+field+` field is required."]}`)
		s.wantInvalid(call, `{"`+field+`":[]}`, `{"`+field+`":["The `+field+` field is required."]}`)
		s.wantInvalid(call, `{"`+field+`":"ann"}`, `{"`+field+`":["The `+field+` must be an array."]}`)
		s.wantInvalid(call, `{"`+field+`":[1]}`, `{"`+field+`.0":["The `+field+`.0 must be a string."]}`)
		s.wantError(call, `[`, 400, codeBadRequest)
	}
	many := func(n int) string {
		return `{"uidsToDeactivate":["` + strings.Repeat(`x","`, n-1) + `ann"]}`
	}
	for limit, most := range map[int]int{0: 25, 30: 30, -1: 99} {
		s = serve(t, Config{BatchMax: limit}, ann)
		if most < 99 {
			s.wantInvalid("DELETE /users", many(most+1),
				fmt.Sprintf(`{"uidsToDeactivate":["The uidsToDeactivate may not have more than %d items."]}`, most))
		}
		if res := s.do("DELETE /users", many(most)); res.status != 200 {
			t.Errorf("%d uids: %d %s", most, res.status, res.body)
		}
	}
	s = serve(t, Config{BatchMax: 2}, ann, bob, cat)
	s.wantInvalid("DELETE /users", `{"uidsToDeactivate":["ann","bob","cat"]}`,
		`{"uidsToDeactivate":["The uidsToDeactivate may not have more than 2 items."]}`)
	s.wantUIDs("GET /users", "ann bob cat")
	s.want("DELETE /users", `{"uidsToDeactivate":["ann","bob"]}`, 200, `{"data":{"deactivatedUids":["ann","bob"]}}`)
}

func TestRoles(t *testing.T) {
	s := serve(t, Config{}, ann)
	s.clock.advance(time.Minute)
	s.want("POST /roles", `{"role":"Boss-1","name":"Boss","description":"d","metadata":{"a":1},"settings":{"listUsers":"all","sendMessagesTo":"friendsOnly"}}`, 200,
		`{"data":{"role":"boss-1","name":"Boss","description":"d","metadata":{"a":1},"settings":{"listUsers":"all","sendMessagesTo":"friendsOnly"},"createdAt":1700000060}}`)
	s.want("GET /roles", "", 200,
		`{"data":[{"role":"boss-1","name":"Boss","description":"d","metadata":{"a":1},"settings":{"listUsers":"all","sendMessagesTo":"friendsOnly"},"createdAt":1700000060},`+
			`{"role":"default","name":"Default Role","createdAt":1700000000},{"role":"chief","name":"chief","createdAt":1600000003}],`+
			`"meta":{"pagination":{"total":3,"count":3,"per_page":100,"current_page":1,"total_pages":1}}}`)
	for _, role := range []string{"BOSS-1", "default", "chief"} {
		s.wantError("POST /roles", `{"role":"`+role+`","name":"x"}`, 400, "ERR_ROLE_ALREADY_EXISTS")
	}
	long := strings.Repeat("a", 101)
	s.wantInvalid("POST /roles", `{}`, `{"name":["The name field is required."],"role":["The role field is required."]}`)
	s.wantInvalid("POST /roles", `{"role":"a b","name":"`+long+`"}`,
		`{"name":["The name may not be greater than 100 characters."],"role":["The role may only contain letters, numbers, dashes and underscores."]}`)
	s.wantInvalid("POST /roles", `{"role":"`+long+`","name":"x","description":"`+strings.Repeat("d", 256)+`"}`,
		`{"description":["The description may not be greater than 255 characters."],"role":["The role may not be greater than 100 characters."]}`)
	s.wantInvalid("POST /roles", `{"role":"x","name":"x","settings":{"listUsers":"none","sendMessagesTo":1}}`,
		`{"settings.listUsers":["The selected settings.listUsers is invalid."],"settings.sendMessagesTo":["The sendMessagesTo must be a string."]}`)
	s.wantInvalid("POST /roles", `{"role":"x","name":"x","settings":"all"}`, `{"settings":["The settings must be an object."]}`)
	for i := range 22 {
		s.do("POST /roles", `{"role":"r`+string(rune('a'+i))+`","name":"x"}`)
	}
	s.wantInvalid("POST /roles", `{"role":"toomany","name":"x"}`, `{"role":["The app may not have more than 25 roles."]}`)
	s.want("POST /users", `{"uid":"b","name":"B","role":"boss-1"}`, 200,
		`{"data":{"uid":"b","name":"B","status":"offline","role":"boss-1","createdAt":1700000060,"tags":[]}}`)
}
