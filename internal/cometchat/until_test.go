package cometchat

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/user"
)

// TestWriteUntil has writes that still wait for their turn give up at once when
// nothing new is to be sent, and lets reads go on.
func TestWriteUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.limit = 60 // one a second
		c := s.client(t, share(1), func(cfg *Config) { cfg.RateCore = 60 })
		until, stop := context.WithCancelCause(t.Context())
		ctx := WriteUntil(t.Context(), until)
		var group sync.WaitGroup
		var mu sync.Mutex
		sent, kept := 0, 0
		for range 30 {
			group.Go(func() {
				_, _, err := c.Create(ctx, user.User{UID: "x", Name: "X", Has: user.FieldsOf(user.Name)}, false)
				var e *Error
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					sent++
				case errors.As(err, &e) && !e.Lost() && errors.Is(err, context.Canceled):
					kept++
				default:
					t.Error(err)
				}
			})
		}
		time.Sleep(5500 * time.Millisecond)
		synctest.Wait()
		before := len(s.arrivals)
		stop(errors.New("enough"))
		began := time.Now()
		group.Wait()
		if took := time.Since(began); took > 2*nap {
			t.Errorf("the writes gave up after %s", took)
		}
		if before == 0 || len(s.arrivals) != before || sent != before || kept != 30-before {
			t.Errorf("%d requests before and %d after, %d answered, %d given up", before, len(s.arrivals), sent, kept)
		}
		if _, _, err := c.Get(ctx, "x"); err != nil {
			t.Errorf("a read: %v", err)
		}
	})
}
