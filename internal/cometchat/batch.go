package cometchat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Deactivate deactivates users; no data is lost. It is safe to repeat.
func (c *Client) Deactivate(ctx context.Context, uids []string) (plan.Batch, error) {
	return c.batch(ctx, http.MethodDelete, "uidsToDeactivate", uids)
}

// Reactivate makes deactivated users active again. It is safe to repeat.
func (c *Client) Reactivate(ctx context.Context, uids []string) (plan.Batch, error) {
	return c.batch(ctx, http.MethodPut, "uidsToActivate", uids)
}

func (c *Client) batch(ctx context.Context, method, key string, uids []string) (plan.Batch, error) {
	if len(uids) == 0 {
		return plan.Batch{}, nil // the service would have to guess who is meant
	}
	if len(uids) > plan.MaxBatch {
		return plan.Batch{}, fmt.Errorf("%d uids in one call, and at most %d are allowed", len(uids), plan.MaxBatch)
	}
	asked := make(map[string]bool, len(uids))
	for _, uid := range uids {
		asked[user.FoldUID(uid)] = true
	}
	var b plan.Batch
	r := request{method: method, path: "/users", body: uidsBody(key, uids), budget: c.core, repeat: true}
	err := c.do(ctx, r, func(body []byte) (err error) {
		b, err = decodeBatch(body, asked)
		return err
	})
	return b, err
}

// decodeBatch reads the lists of an answer, keeping only uids that were asked
// about, each once. The service's older answer, an object by uid with
// "success" in it, is read too.
func decodeBatch(body []byte, asked map[string]bool) (plan.Batch, error) {
	var b plan.Batch
	if len(body) == 0 {
		return b, errors.New("the answer is empty")
	}
	named := make(map[string]bool, len(asked))
	put := func(list *[]string, uid string) {
		uid = user.FoldUID(uid)
		if asked[uid] && !named[uid] {
			named[uid] = true
			*list = append(*list, uid)
		}
	}
	d := scanner{s: string(body)}
	found := false
	err := d.object(func(key string) error {
		if key != "data" {
			return d.skip(1)
		}
		found = true
		if d.peek() == '[' { // an empty object, as some languages write it
			return d.array(func() error { return d.fail("an object of lists") })
		}
		return d.object(func(key string) error {
			switch key {
			case "deactivatedUids", "reactivatedUids":
				return d.uids(func(uid string) { put(&b.Done, uid) })
			case "alreadyDeactivatedUids", "nonDeactivatedUids":
				return d.uids(func(uid string) { put(&b.Already, uid) })
			case "notFound":
				return d.uids(func(uid string) { put(&b.NotFound, uid) })
			}
			if d.peek() != '{' {
				return d.skip(2)
			}
			success, missing, err := d.success()
			switch {
			case success:
				put(&b.Done, key)
			case missing:
				put(&b.NotFound, key)
			}
			return err
		})
	})
	if err == nil {
		err = d.end()
	}
	if err == nil && !found {
		err = errors.New("the answer does not say what was done")
	}
	if err != nil {
		return plan.Batch{}, err
	}
	return b, nil
}

// uids eats a list of texts, an object with texts as values, or null.
func (d *scanner) uids(each func(string)) error {
	item := func() error {
		uid, err := d.text()
		if err == nil {
			each(uid)
		}
		return err
	}
	switch d.peek() {
	case '[':
		return d.array(item)
	case '{':
		return d.object(func(string) error { return item() })
	}
	return item()
}

// success eats {"success": true, ...}; missing says that it failed because
// there is no such user.
func (d *scanner) success() (ok, missing bool, err error) {
	err = d.object(func(key string) error {
		raw, err := d.raw(3)
		switch key {
		case "success":
			ok = raw == "true" || raw == "1" || raw == `"true"`
		case "error":
			missing = strings.Contains(raw, `"`+codeUIDNotFound+`"`)
		}
		return err
	})
	return ok, missing && !ok, err
}
