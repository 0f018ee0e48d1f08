package cometchat

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"cometsync/internal/user"
)

// app is a user list that changes while it is read.
type app struct {
	mu     sync.Mutex
	users  []string // uids as listed
	off    map[string]bool
	times  map[string]int // creation times
	serial int
	lists  int

	cap     int                                          // most users a page; 0 is not a bound
	total   func(users int) (total, pages int)           // what it says; nil is the truth
	after   func(a *app, request int)                    // after each list request
	distort func(page, size int, uids []string) []string // what becomes of a page
	ignore  map[string]bool                              // parameters without effect
}

func newApp(n int) *app {
	a := &app{off: map[string]bool{}, times: map[string]int{}}
	for range n {
		a.add(0)
	}
	return a
}

// add puts a new user at a place of the list.
func (a *app) add(at int) {
	a.serial++
	uid := fmt.Sprintf("u%d", a.serial)
	a.times[uid] = 1_600_000_000 + a.serial
	a.users = slices.Insert(a.users, at, uid)
}

func (a *app) remove(at int) { a.users = slices.Delete(a.users, at, at+1) }

func (a *app) serve(w http.ResponseWriter, r *http.Request, _ string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := r.URL.Query()
	page, _ := strconv.Atoi(q.Get("page"))
	size, _ := strconv.Atoi(q.Get("perPage"))
	asked := size
	if a.cap > 0 {
		size = min(size, a.cap)
	}
	with, only := q.Get("withDeactivated") == "true" && !a.ignore["withDeactivated"], q.Get("onlyDeactivated") == "true"
	var list []string
	for _, uid := range a.users {
		if only && a.off[uid] || !only && (with || !a.off[uid]) {
			list = append(list, uid)
		}
	}
	total, pages := len(list), (len(list)+size-1)/size
	if a.total != nil {
		total, pages = a.total(total)
	}
	from := min((page-1)*size, len(list))
	list = list[from:min(from+size, len(list))]
	if a.distort != nil {
		list = a.distort(page, asked, slices.Clone(list))
	}
	var b strings.Builder
	b.WriteString(`{"data":[`)
	for i, uid := range list {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"uid":%s,"name":"N","createdAt":%d}`, user.JSON(uid), a.times[uid])
	}
	fmt.Fprintf(&b, `],"meta":{"pagination":{"total":%d,"count":%d,"per_page":%d,"current_page":%d,"total_pages":%d}}}`, total, len(list),
		size, page, pages)
	answer(200, b.String())(w, r, "")
	a.lists++
	if a.after != nil {
		a.after(a, a.lists)
	}
}

// handler is a service without a network, for tests that need many listings.
type handler func(w http.ResponseWriter, r *http.Request)

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h(w, r)
	resp := w.Result()
	for name, values := range resp.Header { // as they would be once sent
		delete(resp.Header, name)
		resp.Header[http.CanonicalHeaderKey(name)] = values
	}
	return resp, nil
}

// list lists an app in pages of 10 and checks what holds of every listing:
// nobody twice, and nobody overlooked who was there all along, unless it says so.
func (a *app) list(t *testing.T, workers int, off bool) Listing {
	t.Helper()
	before := slices.Clone(a.users)
	c := newClient(t, "http://localhost", func(cfg *Config) {
		cfg.Concurrency = workers
		cfg.Transport = handler(func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, "") })
	})
	c.pageSize = 10
	given := map[string]int{}
	var mu sync.Mutex
	got, err := c.list(t.Context(), off, func(page []user.User) error {
		mu.Lock()
		defer mu.Unlock()
		for _, u := range page {
			given[strings.Clone(u.UID)]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for uid, n := range given {
		if n != 1 {
			t.Errorf("%s was given %d times", uid, n)
		}
	}
	if got.Users != len(given) || got.Pages != a.lists {
		t.Errorf("%+v, but %d users were given, and %d pages read", got, len(given), a.lists)
	}
	stayed := map[string]bool{}
	for _, uid := range a.users {
		stayed[uid] = true
	}
	for _, uid := range before {
		wanted := !off || a.off[uid]
		if wanted && stayed[uid] && given[uid] == 0 && got.Gap == "" {
			t.Errorf("%s was there all along, was overlooked, and the listing claims to be complete", uid)
		}
		if !wanted && given[uid] > 0 {
			t.Errorf("%s was given, and was not asked for", uid)
		}
	}
	return got
}

// list lists all users, or the deactivated alone.
func (c *Client) list(ctx context.Context, off bool, each func(page []user.User) error) (Listing, error) {
	l := &lister{c: c, off: off, each: each, known: evens{}, seen: newSeen(evens{}.Len())}
	err := l.run(ctx)
	return l.out, err
}

// evens knows every second user of an app, by serial number.
type evens struct{}

func (evens) Len() int { return 1 << 16 }

func (evens) FindAll(page []user.User, found []user.Found) []user.Found {
	for _, u := range page {
		n, _ := strconv.Atoi(strings.TrimPrefix(u.UID, "u"))
		found = append(found, user.Found{Ref: n, OK: n%2 == 0 && u.UID == fmt.Sprint("u", n)})
	}
	return found
}

// noTotal is the service's own example: it does not count.
func noTotal(int) (int, int) { return 0, 1 }
