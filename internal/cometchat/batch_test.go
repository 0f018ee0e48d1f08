package cometchat

import (
	"fmt"
	"slices"
	"testing"

	"cometsync/internal/plan"
)

func TestBatchSends(t *testing.T) {
	s := newServer(t, answer(200, `{"data":{}}`))
	c := newClient(t, s.URL)
	if _, err := c.Deactivate(t.Context(), []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Reactivate(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	calls := s.seen()
	if got := calls[0]; got.method != "DELETE" || got.path != "/users" || got.body != `{"uidsToDeactivate":["a","b"]}` ||
		got.header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v", got)
	}
	if got := calls[1]; got.method != "PUT" || got.path != "/users" || got.body != `{"uidsToActivate":["a"]}` {
		t.Errorf("%+v", got)
	}
	if _, err := c.Deactivate(t.Context(), make([]string, plan.MaxBatch+1)); err == nil {
		t.Error("26 at once")
	}
	if _, err := c.Deactivate(t.Context(), nil); err != nil || len(s.seen()) != 2 {
		t.Error("nobody was sent", err)
	}
}

func TestBatchAnswers(t *testing.T) {
	for _, test := range []struct {
		data string
		want plan.Batch
	}{
		{`{"deactivatedUids":["a"],"alreadyDeactivatedUids":["b"],"notFound":["NoSuch"]}`, plan.Batch{Done: []string{"a"},
			Already: []string{"b"}, NotFound: []string{"nosuch"}}},
		{`{"reactivatedUids":["a"],"nonDeactivatedUids":["b"],"notFound":["NoSuch"]}`,
			plan.Batch{Done: []string{"a"}, Already: []string{"b"}, NotFound: []string{"nosuch"}}},
		{`{"deactivatedUids":["A"]}`, plan.Batch{Done: []string{"a"}}},
		{`{"deactivatedUids":["a","a"],"notFound":["a"]}`, plan.Batch{Done: []string{"a"}}},
		{`{"deactivatedUids":["somebody-else"]}`, plan.Batch{}},
		{`{"deactivatedUids":{"0":"a","2":"b"},"notFound":null}`, plan.Batch{Done: []string{"a", "b"}}},
		{`{"a":{"success":true,"message":"done"},"b":{"success":false,"error":{"code":"ERR_UID_NOT_FOUND"}},"nosuch":{"success":false}}`,
			plan.Batch{Done: []string{"a"}, NotFound: []string{"b"}}},
		{`{}`, plan.Batch{}},
		{`[]`, plan.Batch{}},
		{`{"surprise":[1,2],"deactivatedUids":["a"]}`, plan.Batch{Done: []string{"a"}}},
	} {
		got, err := clientOf(t, answer(200, `{"data":`+test.data+`}`)).Deactivate(t.Context(), []string{"a", "b", "NoSuch"})
		if err != nil || !slices.Equal(got.Done, test.want.Done) || !slices.Equal(got.Already, test.want.Already) ||
			!slices.Equal(got.NotFound, test.want.NotFound) {
			t.Errorf("%s: %+v, %v", test.data, got, err)
		}
	}
	for _, body := range []string{``, `{}`, `{"data":null}`, `{"data":["a"]}`, `{"data":{"deactivatedUids":["a"`,
		`{"data":{"deactivatedUids":[["a"]]}}`} {
		got, err := clientOf(t, answer(200, body), func(cfg *Config) { cfg.MaxAttempts = 1 }).Deactivate(t.Context(), []string{"a"})
		if err == nil || fmt.Sprint(got) != fmt.Sprint(plan.Batch{}) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}
