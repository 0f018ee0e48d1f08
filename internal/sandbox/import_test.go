package sandbox

import (
	"fmt"
	"strings"
	"testing"
)

func TestImport(t *testing.T) {
	s := serve(t, Config{}, ann)
	s.want("POST /data_import/users", `{"users":{
		"Zed":{"uid":"zed","name":"Zed","avatar":"https://e.org/z.png","link":"https://e.org","role":"chief","createdAt":"1500000000",
			"lastActiveAt":1500000001,"metadata":{"k":"v"},"tags":["t"],"deactivatedAt":1500000002,"statusMessage":"not a field of imports"},
		"yan":{"uid":"YAN","name":"Yan","deactivatedAt":0},
		"ann":{"uid":"ann","name":"Other"},
		"bad":{"uid":"other","name":"","createdAt":1500000000000,"role":"none"},
		"odd":[]}}`, 200, `{"data":{`+
		`"Zed":{"success":true,"data":{"uid":"zed","name":"Zed","link":"https://e.org","avatar":"https://e.org/z.png","metadata":{"k":"v"},"status":"offline","role":"chief",`+
		`"lastActiveAt":1500000001,"createdAt":1500000000,"deactivatedAt":1500000002,"tags":["t"]}},`+
		`"yan":{"success":true,"data":{"uid":"yan","name":"Yan","status":"offline","role":"default","createdAt":1700000000,"tags":[]}},`+
		`"ann":{"success":false,"error":{"message":"The UID ann already exists, please use a different UID.","devMessage":"The UID ann already exists, please use a different UID.","source":"chat-api","code":"ERR_UID_ALREADY_EXISTS"}},`+
		`"bad":{"success":false,"error":{"message":"Failed to validate the data sent with the request.","devMessage":"Failed to validate the data sent with the request.","source":"chat-api",`+
		`"details":{"createdAt":["The createdAt must be 10 digits."],"name":["The name field is required."],"role":["The selected role is invalid."],"uid":["The uid must match the key of the user."]},"code":"ERR_BAD_REQUEST"}},`+
		`"odd":{"success":false,"error":{"message":"Failed to validate the data sent with the request.","devMessage":"Failed to validate the data sent with the request.","source":"chat-api",`+
		`"details":{"users.odd":["The user must be an object."]},"code":"ERR_BAD_REQUEST"}}}}`)
	s.wantUIDs("GET /users?withDeactivated=1", "yan ann zed")
	if s.user("ann") != ann {
		t.Errorf("overwritten: %s", s.user("ann"))
	}
	s.want("POST /data_import/users", `{"users":{}}`, 200, `{"data":{}}`)
	for _, users := range []string{`[]`, `"x"`, `7`} {
		s.wantError("POST /data_import/users", `{"users":`+users+`}`, 400, "ERR_IMPORT_INVALID_USER_FORMAT")
	}
	s.wantInvalid("POST /data_import/users", `{}`, `{"users":["The users field is required."]}`)
	s.wantError("POST /data_import/users", `[]`, 400, codeBadRequest)
}

func TestImportRows(t *testing.T) {
	rows := func(n int) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(`"u%d":{"uid":"u%d","name":"%s"}`, i, i, strings.Repeat("n", 100)))
		}
		return `{"users":{` + strings.Join(out, ",") + `,"u0":{"uid":"u0","name":"Last"}}}`
	}
	s := serve(t, Config{})
	s.wantInvalid("POST /data_import/users", rows(51), `{"users":["The users may not have more than 50 items."]}`)
	if res := s.do("POST /data_import/users", rows(50)); res.status != 200 || s.store.index.n != 50 || !strings.Contains(s.user("u0"),
		`"Last"`) {
		t.Errorf("50 rows: %d, %d users", res.status, s.store.index.n)
	}
}

func TestImportOverwrite(t *testing.T) {
	s := serve(t, Config{ImportOverwrite: true, ImportNested: true}, ann, bob)
	s.want("POST /data_import/users", `{"users":{"bob":{"uid":"bob","name":"Robert","createdAt":1600000009}}}`, 200,
		`{"data":{"bob":{"success":true,"data":{"data":{"uid":"bob","name":"Robert","status":"offline","role":"default","createdAt":1600000009,"updatedAt":1700000000,"tags":["y"]}}}}}`)
	s.wantUIDs("GET /users", "bob ann")
}
