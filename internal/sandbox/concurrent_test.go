package sandbox

import (
	"fmt"
	"io"
	"sync"
	"testing"
	"time"
)

// TestConcurrent: clients that write, list and save at once lose nothing. The
// race detector does half of the looking.
func TestConcurrent(t *testing.T) {
	const clients, each = 8, 60
	s := serve(t, Config{Churn: 5, ListLag: time.Nanosecond, LimitCore: 1 << 30, Foreign: 100,
		Faults: []Fault{{Call: "get", Kind: "cut-before", Rate: 0.1}}}, ann, bob, cat, dan)
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				uid := fmt.Sprintf("u%d-%d", c, i)
				s.do("POST /users", `{"uid":"`+uid+`","name":"U"}`)
				s.do("PUT /users/ann", fmt.Sprintf(`{"tags":["c%d"],"metadata":{"i":%d}}`, c, i))
				s.do("GET /users/"+uid, "")
				s.do("DELETE /users", `{"uidsToDeactivate":["`+uid+`","bob"]}`)
				s.do("GET /users?perPage=50&withTags=1", "")
				if i%20 == 0 {
					_ = s.Save(io.Discard)
					s.Counts()
				}
			}
		})
	}
	all.Wait()
	s.clock.advance(time.Second)
	s.do("GET /users", "") // makes the lists catch up
	if got, want := len(s.store.users), 4+clients*each+s.churn.serial; got != want || s.store.index.n != want {
		t.Errorf("%d users, %d listed, want %d", got, s.store.index.n, want)
	}
	if got, want := s.store.index.count(deactivatedUsers), 2+clients*each; got != want {
		t.Errorf("%d deactivated, want %d", got, want)
	}
	if got := s.Counts().Calls["create"]; got != clients*each {
		t.Errorf("%d creates counted, want %d", got, clients*each)
	}
}

func TestSlowAnswerEndsWithItsClient(t *testing.T) {
	s := serve(t, Config{Faults: []Fault{{Kind: "slow", Delay: time.Hour, Times: 1}}}, ann)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.abandon("/users")
	}()
	<-done // the cleanup of the server would hang if its handler still waited
}
