package cometchat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-faster/jx"

	"cometsync/internal/jsontext"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Bots lists the uids of the app's bots, of both kinds: no call lists both. A
// service that knows of none is not an error, and neither is a key that may not ask
// for them; why says then why they are not known.
//
// An answer holds the stored credentials of each bot's webhook. Nothing but the
// uids is kept of it, and nothing of it is in an error or a log.
func (c *Client) Bots(ctx context.Context) (uids map[string]bool, why error, err error) {
	uids = map[string]bool{}
	for _, kind := range []string{"", "&isAIBot=true"} {
		names, err := c.names(ctx, "/bots", "perPage=1000"+kind, "bots", "uid")
		for _, uid := range names {
			uids[user.FoldUID(uid)] = true
		}
		switch e, _ := errors.AsType[*Error](err); {
		case e != nil && (e.Status == http.StatusNotFound || e.Code == codeAPINotFound):
			return uids, nil, nil
		case e != nil && (e.Status == http.StatusForbidden || e.Code == codeNoAccess || e.Code == codePlan):
			return uids, e, nil
		case err != nil:
			return nil, nil, err
		}
	}
	return uids, nil, nil
}

// Roles lists the ids of the app's roles.
func (c *Client) Roles(ctx context.Context) ([]string, error) {
	return c.names(ctx, "/roles", "perPage=100", "roles", "role")
}

const maxNamePages = 100

// names reads a text of each object of a list, {"data": [{field: text}]}, each
// once. Roles have no documented paging, and show it in an example: pages are read
// until one brings nothing new, whether it is empty or the first one again.
func (c *Client) names(ctx context.Context, path, query, what, field string) (names []string, err error) {
	for n := 1; n <= maxNamePages; n++ {
		r := request{method: http.MethodGet, path: path, query: fmt.Sprintf("%s&page=%d", query, n), budget: c.standard, repeat: true}
		known := len(names)
		err := c.do(ctx, r, func(body []byte) error {
			return decodeEach(body, what, field, func(name string) {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			})
		})
		if err != nil {
			return names, fmt.Errorf("listing the %s: %w", what, err)
		}
		if len(names) == known {
			return names, nil
		}
	}
	return nil, phrase.Errorf("listing the %s: still more after %d pages", what, maxNamePages)
}

func decodeEach(body []byte, what, field string, each func(text string)) error {
	return envelope(jsontext.New(string(body)), "holds no list of "+what, func(d *jsontext.Scanner, key string) bool {
		if key != "data" || d.Peek() != '[' {
			return false
		}
		for range d.Elements() {
			if d.Peek() != '{' {
				d.Skip(2)
				continue
			}
			text := ""
			for key := range d.Members() {
				if c := d.Peek(); key != field || c == '{' || c == '[' {
					d.Skip(3)
				} else {
					text = d.Text()
				}
			}
			if text != "" && d.Err == nil {
				each(text)
			}
		}
		return true
	})
}

// CreateRole makes a role. It is sent once, unless it is certain that it was
// not processed. A role that is there already is an error that Exists.
func (c *Client) CreateRole(ctx context.Context, role, name string) error {
	var e jx.Encoder
	e.Obj(func(e *jx.Encoder) {
		e.Field("role", func(e *jx.Encoder) { e.Str(role) })
		e.Field("name", func(e *jx.Encoder) { e.Str(name) })
	})
	r := request{method: http.MethodPost, path: "/roles", body: e.Bytes(), budget: c.standard}
	return c.do(ctx, r, func(body []byte) error {
		if len(body) == 0 {
			return nil // the status says it all
		}
		d := jsontext.New(string(body))
		for key := range d.Members() {
			if raw := d.Raw(1); key == "error" && raw != "null" && d.Err == nil {
				d.Err = errors.New("the answer is an error")
			}
		}
		return d.End()
	})
}
