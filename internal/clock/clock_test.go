package clock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// Whoever sleeps for hours wakes in the right order, at the right time, and at once.
func TestClockSkips(t *testing.T) {
	c := New(t.Context())
	began, here := c.Now(), time.Now()
	var mu sync.Mutex
	var order []int
	var all sync.WaitGroup
	for _, hours := range []int{30, 2, 9} {
		all.Go(func() {
			for range 3 {
				if err := c.Sleep(t.Context(), time.Duration(hours)*time.Hour); err != nil {
					t.Error(err)
				}
			}
			if d := c.Since(began); d < time.Duration(3*hours)*time.Hour {
				t.Errorf("woke after %s", d)
			}
			mu.Lock()
			defer mu.Unlock()
			order = append(order, hours)
		})
	}
	all.Wait()
	if want := []int{2, 9, 30}; !slices.Equal(order, want) {
		t.Errorf("they woke in the order %v", order)
	}
	if skipped := c.Since(began) - time.Since(here); skipped < 89*time.Hour || skipped > 90*time.Hour {
		t.Errorf("%s were skipped of 90 hours", skipped)
	}
}

// Nothing is skipped while somebody computes, or writes to a disk.
func TestClockWaitsForWork(t *testing.T) {
	for name, work := range map[string]func(*os.File){
		"computing": func(*os.File) {
			for end := time.Now().Add(time.Millisecond); time.Now().Before(end); { //nolint:revive // it is to take time
			}
		},
		"writing": func(f *os.File) {
			if _, err := f.WriteString("a line\n"); err != nil {
				t.Error(err)
			}
			if err := f.Sync(); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Create(filepath.Join(t.TempDir(), "file"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			ctx, cancel := context.WithCancel(t.Context())
			c := New(ctx)
			var sleeps sync.WaitGroup
			sleeps.Go(func() {
				if err := c.Sleep(ctx, 1000*time.Hour); !errors.Is(err, context.Canceled) {
					t.Errorf("the sleep ended with %v", err)
				}
			})
			began := c.Now()
			for range 100 {
				work(f)
			}
			if d := c.Since(began); d > 100*time.Hour {
				t.Errorf("%s went by", d)
			}
			cancel()
			sleeps.Wait()
		})
	}
}

// A context that ends by the clock ends at once where nothing else happens.
func TestClockDeadline(t *testing.T) {
	c, cause := New(t.Context()), errors.New("late")
	ctx, stop := c.Deadline(t.Context(), c.Now().Add(time.Hour), cause)
	defer stop()
	if <-ctx.Done(); context.Cause(ctx) != cause {
		t.Errorf("ended by %v", context.Cause(ctx))
	}
}
