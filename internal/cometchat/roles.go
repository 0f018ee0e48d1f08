package cometchat

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-faster/jx"
)

// Roles lists the ids of the app's roles. The service documents no paging for
// them, and shows it in an example: pages are read until one brings nothing
// new, whether it is empty or the first one again.
func (c *Client) Roles(ctx context.Context) ([]string, error) {
	var roles []string
	known := map[string]bool{}
	for n := 1; n <= maxRolePages; n++ {
		r := request{method: http.MethodGet, path: "/roles", query: fmt.Sprintf("perPage=100&page=%d", n), budget: c.standard, repeat: true}
		fresh := false
		err := c.do(ctx, r, func(body []byte) error {
			return decodeEach(body, "roles", "role", func(role string) {
				if !known[role] {
					known[role], fresh = true, true
					roles = append(roles, role)
				}
			})
		})
		if err != nil {
			return nil, fmt.Errorf("listing the roles: %w", err)
		}
		if !fresh {
			return roles, nil
		}
	}
	return nil, fmt.Errorf("listing the roles: still more after %d pages", maxRolePages)
}

const maxRolePages = 100

// CreateRole makes a role. It is sent once, unless it is certain that it was
// not processed. A role that is there already is an error that IsExists.
func (c *Client) CreateRole(ctx context.Context, role, name string) error {
	var e jx.Encoder
	e.ObjStart()
	e.FieldStart("role")
	e.Str(role)
	e.FieldStart("name")
	e.Str(name)
	e.ObjEnd()
	r := request{method: http.MethodPost, path: "/roles", body: e.Bytes(), budget: c.standard}
	return c.do(ctx, r, func(body []byte) error {
		if len(body) == 0 {
			return nil // the status says it all
		}
		d := scanner{s: string(body)}
		err := d.object(func(key string) error {
			raw, err := d.raw(1)
			if key == "error" && raw != "null" && err == nil {
				err = errors.New("the answer is an error")
			}
			return err
		})
		if err == nil {
			err = d.end()
		}
		return err
	})
}
