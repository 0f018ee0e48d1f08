package cometchat

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"cometsync/internal/user"
)

// Bots lists the uids of the app's bots, of both kinds: no call lists both. A
// service that knows of none is no error, and neither is a key that may not ask
// for them; why says then why they are not known.
//
// An answer holds the stored credentials of each bot's webhook. Nothing but the
// uids is kept of it, and nothing of it is in an error or a log.
func (c *Client) Bots(ctx context.Context) (uids map[string]bool, why error, err error) {
	uids = map[string]bool{}
	for _, kind := range []string{"", "&isAIBot=true"} {
		for n := 1; ; n++ {
			if n > maxBotPages {
				return nil, nil, fmt.Errorf("listing the bots: still more after %d pages", maxBotPages)
			}
			r := request{method: http.MethodGet, path: "/bots", query: fmt.Sprintf("perPage=%d&page=%d", maxPage, n) + kind, budget: c.standard,
				repeat: true}
			fresh := false
			err := c.do(ctx, r, func(body []byte) error {
				return decodeEach(body, "bots", "uid", func(uid string) {
					uid = user.FoldUID(uid)
					fresh = fresh || !uids[uid]
					uids[uid] = true
				})
			})
			e := (*Error)(nil)
			switch errors.As(err, &e); {
			case e != nil && (e.Status == http.StatusNotFound || e.Code == codeAPINotFound):
				return uids, nil, nil
			case e != nil && (e.Status == http.StatusForbidden || e.Code == codeNoAccess || e.Code == codePlan):
				return uids, err, nil
			case err != nil:
				return nil, nil, fmt.Errorf("listing the bots: %w", err)
			}
			if !fresh {
				break
			}
		}
	}
	return uids, nil, nil
}

const maxBotPages = 100

// decodeEach reads a text of each object of a list, {"data": [{field: text}]}.
func decodeEach(body []byte, what, field string, each func(text string)) error {
	d := scanner{s: string(body)}
	found := false
	err := d.object(func(key string) error {
		if key != "data" || found || d.peek() != '[' {
			return d.skip(1)
		}
		found = true
		return d.array(func() error {
			if d.peek() != '{' {
				return d.skip(2)
			}
			text := ""
			err := d.object(func(key string) (err error) {
				if c := d.peek(); key != field || c == '{' || c == '[' {
					return d.skip(3)
				}
				text, err = d.text()
				return err
			})
			if text != "" && err == nil {
				each(text)
			}
			return err
		})
	})
	if err == nil {
		err = d.end()
	}
	if err == nil && !found {
		err = fmt.Errorf("the answer holds no list of %s", what)
	}
	return err
}
