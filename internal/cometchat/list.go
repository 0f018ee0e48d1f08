package cometchat

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"cometsync/internal/user"
)

// Filter says which users a listing is about.
type Filter uint8

// The filters.
const (
	All Filter = iota
	OnlyDeactivated
	OnlyActive
)

// Listing is what is known about a listing.
type Listing struct {
	Users int    // given to each
	Pages int    // read
	Gap   string // why it cannot be shown to be complete; "" = it is
}

const (
	maxPage    = 1000 // users a page; what the service does with more is not documented
	maxPages   = 100_000
	maxWorkers = 8
	pageLimit  = 64 << 20 // bytes of a page
)

// List gives every user once. each is called from several goroutines at once;
// the slice is its own until it returns, and the users' texts share the
// memory of their page: whoever keeps a few of many clones them.
func (c *Client) List(ctx context.Context, filter Filter, each func(page []user.User) error) (Listing, error) {
	var out Listing
	seen := map[string]bool{}
	var p page
	for n := 1; n <= maxPages; n++ {
		if err := c.readPage(ctx, listQuery(filter, c.pageSize, n), &p); err != nil {
			return out, fmt.Errorf("page %d of the user list: %w", n, err)
		}
		out.Pages++
		if len(p.users) == 0 {
			return out, nil
		}
		fresh := p.users[:0]
		for _, u := range p.users {
			if !seen[u.UID] {
				seen[u.UID] = true
				fresh = append(fresh, u)
			}
		}
		out.Users += len(fresh)
		if err := each(fresh); err != nil {
			return out, err
		}
	}
	return out, fmt.Errorf("the user list has more than %d pages", maxPages)
}

// Remote gives every user of the app once, active or deactivated, with State
// saying which.
func (c *Client) Remote(ctx context.Context, each func(page []user.User) error) (Listing, error) {
	deactivated := map[string]bool{}
	first, err := c.List(ctx, OnlyDeactivated, func(page []user.User) error {
		for _, u := range page {
			deactivated[u.UID] = true
		}
		return nil
	})
	if err != nil {
		return first, err
	}
	out, err := c.List(ctx, All, func(page []user.User) error {
		for i := range page {
			page[i].State = user.Active
			if page[i].DeactivatedAt > 0 || deactivated[page[i].UID] {
				page[i].State = user.Deactivated
			}
		}
		return each(page)
	})
	out.Pages += first.Pages
	return out, err
}

func listQuery(filter Filter, size, n int) string {
	q := "page=" + strconv.Itoa(n) + "&perPage=" + strconv.Itoa(size) + "&withTags=true"
	switch filter {
	case All:
		q += "&withDeactivated=true"
	case OnlyDeactivated:
		q += "&onlyDeactivated=true"
	}
	return q
}

func (c *Client) readPage(ctx context.Context, query string, p *page) error {
	r := request{method: http.MethodGet, path: "/users", query: query, budget: c.standard, repeat: true, limit: pageLimit}
	return c.do(ctx, r, func(body []byte) error { return p.decode(string(body)) })
}
