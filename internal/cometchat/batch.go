package cometchat

import (
	"context"
	"iter"
	"net/http"
	"strings"

	"cometsync/internal/jsontext"
	"cometsync/internal/phrase"
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
		return plan.Batch{}, phrase.Errorf("%d uids in one call, and at most %d are allowed", len(uids), plan.MaxBatch)
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
func decodeBatch(body []byte, asked map[string]bool) (b plan.Batch, err error) {
	named := make(map[string]bool, len(asked))
	put := func(list *[]string, uid string) {
		uid = user.FoldUID(uid)
		if asked[uid] && !named[uid] {
			named[uid] = true
			*list = append(*list, uid)
		}
	}
	lists := map[string]*[]string{"deactivatedUids": &b.Done, "reactivatedUids": &b.Done, "alreadyDeactivatedUids": &b.Already,
		"nonDeactivatedUids": &b.Already, "notFound": &b.NotFound}
	err = envelope(jsontext.New(string(body)), "does not say what was done", func(d *jsontext.Scanner, key string) bool {
		if key != "data" {
			return false
		}
		for key := range byUID(d) {
			switch list := lists[key]; {
			case list != nil:
				uids(d, func(uid string) { put(list, uid) })
			case d.Peek() == '{':
				v := readVerdict(d)
				switch {
				case v.yes():
					put(&b.Done, key)
				case strings.Contains(v.reason, `"`+codeUIDNotFound+`"`):
					put(&b.NotFound, key)
				}
			default:
				d.Skip(2)
			}
		}
		return true
	})
	if err != nil {
		return plan.Batch{}, err
	}
	return b, nil
}

// byUID is members of an object, which some languages write as [] when it is empty.
func byUID(d *jsontext.Scanner) iter.Seq[string] {
	if d.Peek() == '[' {
		for range d.Elements() {
			d.Fail("an object by uid")
		}
		return func(func(string) bool) {}
	}
	return d.Members()
}

// uids eats a list of texts, an object with texts as values, or null.
func uids(d *jsontext.Scanner, each func(string)) {
	switch d.Peek() {
	case '[':
		for range d.Elements() {
			each(d.Text())
		}
	case '{':
		for range d.Members() {
			each(d.Text())
		}
	default:
		each(d.Text())
	}
}

// verdict is what a service says of one user: {"success": true, "data": user} or
// {"success": false, "error": ...}, the values as they are written.
type verdict struct{ success, data, reason string }

func readVerdict(d *jsontext.Scanner) (v verdict) {
	for key := range d.Members() {
		value := d.Raw(3)
		switch key {
		case "success":
			v.success = strings.Trim(value, `"`)
		case "data":
			v.data = value
		case "error":
			v.reason = value
		}
	}
	return v
}

func (v *verdict) yes() bool { return v.success == "true" || v.success == "1" }
func (v *verdict) no() bool  { return v.success == "false" || v.success == "0" }
