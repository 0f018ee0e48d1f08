package cometchat

import (
	"errors"
	"fmt"
	"testing"

	"cometsync/internal/plan"
)

// Each code that the service documents has one meaning, whichever of the
// statuses comes with it that the documentation leaves open.
func TestKindOfCode(t *testing.T) {
	refusals := []int{200, 400, 401, 403, 404, 409, 422}
	for _, test := range []struct {
		codes    []string
		statuses []int
		kind     plan.FailureKind
	}{
		{[]string{"AUTH_ERR_EMPTY_APPID", "AUTH_ERR_INVALID_APPID", "AUTH_ERR_EMPTY_APIKEY", "AUTH_ERR_APIKEY_NOT_FOUND",
			"AUTH_ERR_NO_ACCESS", "AUTH_ERR_EMPTY_AUTH_TOKEN", "AUTH_ERR_AUTH_TOKEN_NOT_FOUND", "AUTH_ERR_NEW"}, refusals, plan.Forbidden},
		{[]string{"ERR_PLAN_RESTRICTION", "ERR_PLAN_QUOTA_RESTRICTION", "ERR_SUBSCRIPTION_EXPIRED"}, refusals, plan.Forbidden},
		{[]string{"ERR_API_NOT_FOUND", "ERR_INVALID_API_VERSION"}, []int{400, 404}, plan.Forbidden},
		{[]string{"ERR_BAD_REQUEST", "ERR_INVALID_UID", "ERR_IMPORT_INVALID_USER_FORMAT", "ERR_NEW"}, []int{200, 400, 413, 422},
			plan.BadInput},
		{[]string{"ERR_UID_ALREADY_EXISTS", "ERR_ROLE_ALREADY_EXISTS", "ERR_UID_NOT_FOUND"}, []int{200, 400, 404, 409, 422},
			plan.Conflicting},
		{[]string{"ERR_APP_ARCHIVED", "ERR_APP_NOT_FOUND", "ERR_APP_NEW", "ERR_PERMISSION_DENIED"}, refusals, plan.Forbidden},
		{[]string{"ERR_WS_USER_CREATION_FAILED", "ERR_WS_NEW"}, append(refusals, 500, 503), plan.InDoubt},
		{[]string{""}, []int{409}, plan.Conflicting},
		{[]string{"ERR_NEW", "ERR_BAD_REQUEST", "ERR_INVALID_UID"}, []int{409}, plan.BadInput},
		{[]string{"ERR_AUTH_TOKEN_NOT_FOUND"}, []int{404}, plan.Conflicting},
		{[]string{"ERR_ROLE_NOT_FOUND", "ERR_BOT_NOT_FOUND"}, []int{400, 404, 409}, plan.BadInput},
		{[]string{"ERR_ROLE_DELETE_FAILED", "ERR_ROLE_DELETE_DENIED", "ERR_BOT_NOT_FOUND", "ERR_AUTH_TOKEN_NOT_FOUND"}, []int{400},
			plan.BadInput},
		{[]string{"ERR_TOO_MANY_REQUESTS"}, []int{200, 400, 403, 429, 503}, plan.Throttled},
		{[]string{"ERR_NEW", ""}, []int{429}, plan.Throttled},
		{[]string{"ERR_EXCEPTION", "ERR_MISSION_FAILED", "ERR_OPERATION_FAILED", "ERR_BAD_ERROR_RESPONSE"}, []int{200, 400, 500, 503},
			plan.InDoubt},
		{[]string{"ERR_UID_DELETE_FAILED", "ERR_NEW", ""}, []int{500, 502, 503, 504}, plan.InDoubt},
		{[]string{"ERR_NEW"}, []int{408}, plan.InDoubt},
		{[]string{"ERR_NEW"}, []int{425}, plan.ServerFailure},
	} {
		for _, code := range test.codes {
			for _, status := range test.statuses {
				e := fail(t, status, "application/json", fmt.Sprintf(`{"error":{"code":%q,"message":"m","details":{"name":["n"]}}}`, code))
				if e.Kind() != test.kind || e.HTTPStatus() != status || e.FieldDetails()["name"][0] != "n" {
					t.Errorf("%d %s: %s %d %v, not %s", status, code, e.Kind(), e.HTTPStatus(), e.FieldDetails(), test.kind)
				}
				if e.Exists() != (code == codeUIDExists || code == codeRoleExists || code == "" && status == 409) || e.NotFound() &&
					(e.Fatal() || e.Lost()) {
					t.Errorf("%d %s: exists %v, not found %v", status, code, e.Exists(), e.NotFound())
				}
				if want := map[bool]string{true: code, false: fmt.Sprintf("http-%d", status)}[code != ""]; e.ServiceCode() != want {
					t.Errorf("%d %s: %s", status, code, e.ServiceCode())
				}
			}
		}
	}
}

// A write in doubt is that of a failure; a read that fails changes nothing.
func TestKindWithoutAnAnswer(t *testing.T) {
	e := func(err error) *Error {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		return e
	}
	s := newServer(t, answer(500, `{"error":{"code":"ERR_EXCEPTION"}}`))
	_, _, err := newClient(t, s.URL, func(cfg *Config) { cfg.MaxAttempts = 1 }).Get(t.Context(), "x")
	if got := e(err); got.Kind() != plan.ServerFailure || got.Lost() {
		t.Error(got.Kind(), got)
	}
	s.Close()
	_, err = newClient(t, s.URL, func(cfg *Config) { cfg.MaxAttempts = 1 }).Update(t.Context(), anna)
	if got := e(err); got.Kind() != plan.ServerFailure || got.ServiceCode() != "no-answer" || got.HTTPStatus() != 0 {
		t.Error(got.Kind(), got)
	}
}
