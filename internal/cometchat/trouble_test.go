package cometchat

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"cometsync/internal/plan"
)

// Each failure has one trouble, and is told without a word of the service's.
func TestTrouble(t *testing.T) {
	fails := func(err error) roundTrip { return func(*http.Request) (*http.Response, error) { return nil, err } }
	for name, test := range map[string]struct {
		answer roundTrip
		want   Trouble
		brief  string
	}{
		"refused":  {outages["refused"], Unreachable, "connection refused"},
		"DNS":      {noSuchHost, Unreachable, "no such host"},
		"broken":   {outages["broken off"], Unreachable, "the answer was cut off"},
		"silent":   {outages["silent"], Silent, "no answer within 30s"},
		"proxy":    {fails(&ProxyError{407}), NoProxy, "407"},
		"no proxy": {fails(&net.OpError{Op: "proxyconnect", Err: errors.New("refused")}), NoProxy, "refused"},
		"TLS":      {fails(&tls.CertificateVerificationError{Err: errors.New("unknown authority")}), Untrusted, "authority"},
		"not TLS":  {fails(tls.RecordHeaderError{Msg: "first record"}), Untrusted, "first record"},
		"no HTTP":  {fails(errors.New("malformed MIME header: Zaphod")), Unreachable, "no answer that can be read"},
		"401": {says(401, `{"error":{"code":"AUTH_ERR_APIKEY_NOT_FOUND","message":"Zaphod"}}`), KeyRefused,
			"401 AUTH_ERR_APIKEY_NOT_FOUND; check"},
		"403":       {says(403, `Zaphod`), KeyRefused, "403: forbidden"},
		"404":       {says(404, `<html>Zaphod`), NotTheAPI, "404: not found"},
		"no API":    {says(404, `{"error":{"code":"ERR_API_NOT_FOUND","message":"Zaphod"}}`), NotTheAPI, "base URL"},
		"expired":   {says(402, `{"error":{"code":"ERR_SUBSCRIPTION_EXPIRED"}}`), AppClosed, "renew"},
		"500":       {says(500, `{"error":{"code":"Zaphod","message":"Zaphod"}}`), Failing, "GET /roles: 500"},
		"429":       {says(429, `{"error":{"code":"ERR_TOO_MANY_REQUESTS","message":"Zaphod"}}`), Busy, "429 ERR_TOO_MANY_REQUESTS"},
		"malformed": {says(200, `{"data":Zaphod`), Garbled, "malformed"},
		"other": {says(400, `{"error":{"code":"ERR_BAD_REQUEST","message":"Zaphod","details":{"name":["Zaphod"]}}}`), NoTrouble,
			"400 ERR_BAD_REQUEST"},
		"ended": {fails(context.Canceled), Interrupted, "canceled"},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, "http://localhost", func(cfg *Config) { cfg.Transport = test.answer })
			var e *Error
			if _, err := c.Roles(t.Context()); !errors.As(err, &e) || e.Trouble() != test.want {
				t.Fatalf("%s: %v is trouble %d, and not %d", name, err, e.Trouble(), test.want)
			}
			if brief := e.Brief(); !strings.Contains(brief, test.brief) || strings.Contains(brief, "Zaphod") {
				t.Errorf("%s: in brief, %s", name, brief)
			}
		})
	}
}

// That an app revokes no tokens says nothing of its other calls, and nothing of the
// user: whose tokens can't be revoked is not one whom nobody knows.
func TestErrorOfRevokingAlone(t *testing.T) {
	for _, body := range []string{`{"error":{"code":"ERR_API_NOT_FOUND","message":"m"}}`, `<html>`, ``} {
		s := newServer(t, answer(404, body))
		var e *Error
		if err := newClient(t, s.URL).RevokeTokens(t.Context(), "anna"); !errors.As(err, &e) || e.Fatal() || e.NotFound() || e.Lost() ||
			e.Kind() != plan.Forbidden ||
			!strings.HasSuffix(e.Error(), "; this app has no call that revokes tokens; revoke them in the CometChat dashboard, or "+
				"deactivate "+
				"without") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// A certificate of an unknown authority is not an outage, whatever the patience.
func TestUntrustedIsTold(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	s.Config.ErrorLog = discard()
	t.Cleanup(s.Close)
	_, _, err := newClient(t, s.URL, func(cfg *Config) { cfg.Patience = 1 << 40 }).Get(t.Context(), "x")
	if e, ok := errors.AsType[*Error](err); !ok || e.Trouble() != Untrusted || e.Attempts != 1 || errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
