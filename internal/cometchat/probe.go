package cometchat

import (
	"bytes"
	"context"
	"time"
)

// Probe asks for one user, which a key of the scope fullAccess may, and one of
// the scope authOnly may not. Whether the key may write too, no GET request tells.
func (c *Client) Probe(ctx context.Context) error {
	var p page
	return c.readPage(ctx, listQuery(false, 1, 1), new(bytes.Buffer), func() *page { return &p })
}

// Seen is what the answers to reads have told of the service.
type Seen struct {
	Limit     float64       // reads a minute; 0 if no answer stated it
	Remaining float64       // of this minute; only where Counted
	Counted   bool          // the answers say what remains
	Clock     time.Duration // the service's clock less ours; only where Dated
	Dated     bool
}

// Seen tells it.
func (c *Client) Seen() Seen {
	b := c.standard
	b.mu.Lock()
	defer b.mu.Unlock()
	w := &b.window
	return Seen{Limit: w.limit, Remaining: w.remaining, Counted: w.known(), Clock: w.clock, Dated: w.clockKnown}
}
