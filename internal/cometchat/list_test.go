package cometchat

import (
	"context"
	"fmt"
	"math/rand/v2"
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

	cap     int                                          // most users a page; 0 is no bound
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
		fmt.Fprintf(&b, `{"uid":%q,"name":"N","createdAt":%d}`, uid, a.times[uid])
	}
	fmt.Fprintf(&b, `],"meta":{"pagination":{"total":%d,"count":%d,"per_page":%d,"current_page":%d,"total_pages":%d}}}`, total, len(list), size, page, pages)
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
func (a *app) list(t *testing.T, workers int, filter Filter) Listing {
	t.Helper()
	before := slices.Clone(a.users)
	c := newClient(t, "http://localhost", func(cfg *Config) {
		cfg.Concurrency = workers
		cfg.Transport = handler(func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, "") })
	})
	c.pageSize = 10
	given := map[string]int{}
	var mu sync.Mutex
	got, err := c.List(t.Context(), filter, func(page []user.User) error {
		mu.Lock()
		defer mu.Unlock()
		for _, u := range page {
			given[u.UID]++
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
		wanted := filter == All || a.off[uid] == (filter == OnlyDeactivated)
		if wanted && stayed[uid] && given[uid] == 0 && got.Gap == "" {
			t.Errorf("%s was there all along, was overlooked, and the listing claims to be complete", uid)
		}
		if !wanted && given[uid] > 0 {
			t.Errorf("%s was given, and was not asked for", uid)
		}
	}
	return got
}

// noTotal is the service's own example: it does not count.
func noTotal(int) (int, int) { return 0, 1 }

func TestListQuietApp(t *testing.T) {
	truth := func(n int) (int, int) { return n, (n + 9) / 10 }
	for name, total := range map[string]func(int) (int, int){
		"truth":    truth,
		"nothing":  func(int) (int, int) { return 0, 0 },
		"example":  noTotal,
		"too few":  func(n int) (int, int) { return 0, n / 25 },
		"too many": func(n int) (int, int) { return 0, n },
	} {
		for _, n := range []int{0, 1, 9, 10, 11, 19, 20, 21, 95, 100, 101, 487} {
			a := newApp(n)
			a.total = total
			got := a.list(t, 4, All)
			if got.Users != n || got.Gap != "" {
				t.Errorf("%s, %d users: %+v", name, n, got)
			}
			if pages := (n + 9) / 10; name == "truth" && got.Pages > pages+4 {
				t.Errorf("%d users: %d pages read", n, got.Pages)
			}
		}
	}
}

func TestListSaysWhatItAsksFor(t *testing.T) {
	s := newServer(t, answer(200, `{"data":[]}`))
	c := newClient(t, s.URL)
	for filter, want := range map[Filter]string{
		All: "page=1&perPage=1000&withTags=true&withDeactivated=true", OnlyDeactivated: "page=1&perPage=1000&withTags=true&onlyDeactivated=true",
		OnlyActive: "page=1&perPage=1000&withTags=true",
	} {
		if _, err := c.List(t.Context(), filter, nil); err != nil {
			t.Fatal(err)
		}
		calls := s.seen()
		if got := calls[len(calls)-1]; got.query != want {
			t.Errorf("asked for %s, not %s", got.query, want)
		}
	}
}

// An app to which users come all the time has to be listable.
func TestListWhileUsersCome(t *testing.T) {
	for _, every := range []int{1, 2, 3, 5, 20} {
		for _, n := range []int{5, 50, 95, 100, 487} {
			for _, workers := range []int{1, 4} {
				a := newApp(n)
				a.after = func(a *app, request int) {
					if request%every == 0 {
						a.add(0)
					}
				}
				if got := a.list(t, workers, All); got.Gap != "" {
					t.Errorf("a user every %d requests, %d users, %d workers: %+v", every, n, workers, got)
				}
			}
		}
	}
}

// Nothing is relied on but that there is an order: users may come and go
// anywhere in it, and whatever the listing says has to be true.
func TestListWhileUsersComeAndGo(t *testing.T) {
	incomplete, runs := 0, 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := newApp(r.IntN(300))
		if seed%2 == 0 {
			a.total = noTotal
		}
		comes, goes, anywhere := r.IntN(4), r.IntN(4), r.IntN(3) == 0
		a.after = func(a *app, _ int) {
			if r.IntN(8) < comes {
				at := 0
				if anywhere {
					at = r.IntN(len(a.users) + 1)
				}
				a.add(at)
			}
			if r.IntN(8) < goes && len(a.users) > 0 {
				a.remove(r.IntN(len(a.users)))
			}
		}
		got := a.list(t, 1+r.IntN(4), All)
		if !anywhere {
			runs++
			if got.Gap != "" {
				incomplete++

			}
		}
	}
	// Users that go may take a whole attempt's evidence with them, but not often.
	if incomplete*20 > runs {
		t.Errorf("%d of %d listings could not be shown to be complete", incomplete, runs)
	}
}

// Whoever goes between the reading of two pages pulls the rest up by one, and
// leaves no trace on what is read later, the last page included.
func TestListOneGoesBetweenPages(t *testing.T) {
	for request := 1; request < 15; request++ {
		for _, at := range []int{0, 15, 45, 77} {
			a := newApp(95)
			a.total = noTotal
			a.after = func(a *app, n int) {
				if n == request {
					a.remove(at)
				}
			}
			if got := a.list(t, 1, All); got.Gap != "" {
				t.Errorf("user %d goes after request %d: %+v", at, request, got)
			}
		}
	}
}

// One goes and another comes further down: the ends of the list look as ever.
func TestListOneGoesAnotherComes(t *testing.T) {
	for request := 1; request < 15; request++ {
		for _, times := range []bool{true, false} {
			a := newApp(95)
			a.total = noTotal
			if !times { // by uid, say
				clear(a.times)
			}
			a.after = func(a *app, n int) {
				if n == request {
					a.remove(25)
					a.add(70)
				}
			}
			a.list(t, 1, All)
		}
	}
}

// A newcomer who leaves again in the meantime.
func TestListOneComesAndGoes(t *testing.T) {
	for from := 1; from < 14; from++ {
		for to := from + 1; to < 15; to++ {
			a := newApp(95)
			a.total = noTotal
			a.after = func(a *app, n int) {
				switch n {
				case from:
					a.add(0)
				case to:
					a.remove(0)
				}
			}
			if got := a.list(t, 1, All); got.Gap != "" {
				t.Errorf("comes after %d, goes after %d: %+v", from, to, got)
			}
		}
	}
}

func TestListLosesPage(t *testing.T) {
	for name, distort := range map[string]func(page, size int, uids []string) []string{
		"empty": func(page, _ int, uids []string) []string {
			if page == 4 {
				return nil
			}
			return uids
		},
		"short": func(page, _ int, uids []string) []string {
			if page == 4 {
				return uids[:len(uids)/2]
			}
			return uids
		},
		"one less": func(page, _ int, uids []string) []string {
			if page == 4 {
				return uids[1:]
			}
			return uids
		},
		"short at the first size": func(page, size int, uids []string) []string {
			if page == 4 && size == 10 {
				return uids[:3]
			}
			return uids
		},
	} {
		a := newApp(95)
		a.distort = distort
		if got := a.list(t, 3, All); got.Gap == "" {
			t.Errorf("%s: %+v", name, got)
		}
		a = newApp(95) // and with users coming, which takes the other way
		a.distort = distort
		a.after = func(a *app, n int) {
			if n%3 == 0 {
				a.add(0)
			}
		}
		if got := a.list(t, 3, All); got.Gap == "" {
			t.Errorf("%s, with users coming: %+v", name, got)
		}
	}
}

// Users that are hidden from pages of one length: whoever turns up where
// nobody stood before shows that pages cannot be trusted.
func TestListHidesUser(t *testing.T) {
	a := newApp(95)
	comes := false
	a.distort = func(page, size int, uids []string) []string {
		comes = page == 3 && size == 10 // so that the list is read again in other pages
		for i, uid := range uids {
			if size == 10 && strings.HasSuffix(uid, "5") {
				uids[i] = "ghost" + uid // keeps the page as long as it should be
				a.times["ghost"+uid] = a.times[uid]
			}
		}
		return uids
	}
	a.after = func(a *app, _ int) {
		if comes {
			a.add(0)
		}
	}
	if got := a.list(t, 1, All); got.Gap == "" {
		t.Errorf("%+v", got)
	}
}

// A page that is given twice, in the place of the one that belongs there.
func TestListRepeatsPage(t *testing.T) {
	a := newApp(95)
	var third []string
	a.distort = func(page, size int, uids []string) []string {
		switch {
		case page == 3:
			third = uids
		case page == 4 && size == 10:
			return third
		}
		return uids
	}
	if got := a.list(t, 1, All); got.Users != 95 {
		t.Errorf("%+v", got)
	}
}

// A count that differs is looked into. Below what two cuts of the list show it
// is not believed; above it, and of all users, it is.
func TestListWrongTotal(t *testing.T) {
	a := newApp(95)
	a.total = func(n int) (int, int) { return n - 7, 9 }
	if got := a.list(t, 2, All); got.Users != 95 || got.Gap != "" || got.Pages < 20 {
		t.Errorf("%+v", got)
	}
	a = newApp(95)
	a.total = func(n int) (int, int) { return n + 7, 11 }
	if got := a.list(t, 2, All); got.Users != 95 || !strings.Contains(got.Gap, "counts 102 users and lists 95") {
		t.Errorf("%+v", got)
	}
	a = newApp(0)
	a.total = func(n int) (int, int) { return 7, 1 }
	if got := a.list(t, 2, All); got.Gap == "" {
		t.Error("an empty list of 7 users is complete")
	}
}

// A newcomer explains a count that moves, and not one that is larger than what
// the answer with it holds.
func TestListWrongTotalInBusyApp(t *testing.T) {
	for _, n := range []int{50, 95, 100, 487} {
		for come := 1; come < 8; come++ {
			for _, hidden := range []int{1, 18} {
				for _, workers := range []int{1, 4} {
					a := newApp(n)
					a.total = func(users int) (int, int) { return users + hidden, (users + hidden + 9) / 10 }
					a.after = func(a *app, request int) {
						if request == come {
							a.add(0)
						}
					}
					if got := a.list(t, workers, All); !strings.Contains(got.Gap, "the service counts ") {
						t.Errorf("%d users and %d hidden, one comes after request %d: %+v", n, hidden, come, got)
					}
				}
			}
		}
	}
	// a count that comes short is looked into as well
	a := newApp(5)
	a.total = func(users int) (int, int) { return users - 3, 1 }
	a.after = func(a *app, request int) {
		if request == 1 {
			a.add(0)
		}
	}
	if got := a.list(t, 1, All); got.Users != 6 || got.Gap != "" || got.Pages < 6 {
		t.Errorf("%+v", got)
	}
}

// An empty page 1 is looked at again, and so are users who may well be there.
func TestListEmptyPage(t *testing.T) {
	a, empty := newApp(95), false
	a.total = noTotal
	a.distort = func(page, _ int, uids []string) []string {
		if page == 1 && !empty {
			empty = true
			return nil
		}
		return uids
	}
	if got := a.list(t, 1, All); got.Users != 95 || got.Gap != "" {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		likely []string
		gap    string
	}{{[]string{"u3"}, "the list came empty twice, and the app has u3"}, {[]string{"new", "u7"}, "and the app has u7"}, {[]string{"new"}, ""}, {nil, ""}} {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request, _ string) {
			switch _, uid, one := strings.Cut(r.URL.Path, "/users/"); {
			case one && uid == "new":
				answer(404, `{"error":{"code":"ERR_UID_NOT_FOUND","message":"no"}}`)(w, r, "")
			case one:
				answer(200, `{"data":{"uid":"`+uid+`","name":"N"}}`)(w, r, "")
			default:
				answer(200, `{"data":[],"meta":{"pagination":{"total":0}}}`)(w, r, "")
			}
		})
		got, err := newClient(t, s.URL).Remote(t.Context(), c.likely, nil)
		if err != nil || (got.Gap == "") != (c.gap == "") || !strings.Contains(got.Gap, c.gap) {
			t.Errorf("%v: %+v, %v", c.likely, got, err)
		}
	}
}

// Odd users are users of the list like all others, also where several of them
// can't be told apart.
func TestListOddUsers(t *testing.T) {
	for _, busy := range []bool{false, true} {
		a := newApp(95)
		for i, odd := range []string{"", "", "u9", "", "A B", "U9", "", "a b", "A b"} {
			a.users = slices.Insert(a.users, 13+i, odd)
		}
		if busy {
			a.after = func(a *app, n int) {
				if n == 2 {
					a.add(0)
				}
			}
		}
		got := map[string]int{}
		c := newClient(t, "http://localhost", func(cfg *Config) {
			cfg.Transport = handler(func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, "") })
			cfg.Concurrency = 1
		})
		c.pageSize = 10
		l, err := c.List(t.Context(), All, func(page []user.User) error {
			for _, u := range page {
				got[u.UID]++
			}
			return nil
		})
		if err != nil || l.Gap != "" || got["u9"] != 1 || got["U9"] != 1 || got["A B"] != 1 || got["a b"] != 1 || got["A b"] != 1 {
			t.Errorf("busy %v: %+v, %v, %v", busy, l, got, err)
		}
	}
}

// A quiet list that does not count, and one of whose pages comes short.
func TestListShortPageWithoutTotal(t *testing.T) {
	for _, page := range []int{2, 4, 8} {
		a := newApp(95)
		a.total = noTotal
		a.distort = func(n, _ int, uids []string) []string {
			if n == page {
				return uids[1:]
			}
			return uids
		}
		if got := a.list(t, 3, All); got.Gap == "" {
			t.Errorf("page %d: %+v", page, got)
		}
	}
}

// A service that gives less than 10 a page whatever is asked for.
func TestListShorterPages(t *testing.T) {
	a := newApp(95)
	a.cap = 7
	if got := a.list(t, 3, All); got.Users != 95 || got.Gap != "" {
		t.Errorf("%+v", got)
	}
	a = newApp(95)
	a.cap = 7
	a.after = func(a *app, n int) { a.add(0) }
	if got := a.list(t, 3, All); got.Gap != "" {
		t.Errorf("%+v", got)
	}
}

// Without the newest first, the ends of the list show nothing, and the list
// is read twice.
func TestListOtherOrders(t *testing.T) {
	a := newApp(95)
	slices.Reverse(a.users)
	if got := a.list(t, 3, All); got.Gap != "" || got.Pages < 20 {
		t.Errorf("%+v", got)
	}
	a = newApp(95)
	for uid := range a.times {
		a.times[uid] = 1_600_000_000
	}
	if got := a.list(t, 3, All); got.Gap != "" || got.Pages < 20 {
		t.Errorf("%+v", got)
	}
}

func TestListFilters(t *testing.T) {
	for _, filter := range []Filter{All, OnlyActive, OnlyDeactivated} {
		a := newApp(95)
		for i := 0; i < 95; i += 3 {
			a.off[a.users[i]] = true
		}
		got := a.list(t, 3, filter)
		if want := map[Filter]int{All: 95, OnlyActive: 63, OnlyDeactivated: 32}[filter]; got.Users != want || got.Gap != "" {
			t.Errorf("%d: %+v", filter, got)
		}
	}
}

func TestListNotAList(t *testing.T) {
	for _, body := range []string{"", "{}", "null", "[]", `{"data":{}}`, `{"data":null}`, `{"data":{"count":3}}`, `<html>`, `{"data":[{"uid":"a"}]`, `{"data":[{"name":"A"}]}`, `{"data":[]}x`} {
		s := newServer(t, answer(200, body))
		c := newClient(t, s.URL, func(cfg *Config) { cfg.MaxAttempts = 1 })
		_, err := c.List(t.Context(), All, func([]user.User) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "page 1") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestListEndsWithItsCallback(t *testing.T) {
	s := newServer(t, newApp(500).serve)
	c := newClient(t, s.URL)
	c.pageSize = 10
	stop := fmt.Errorf("enough")
	n := 0
	_, err := c.List(t.Context(), All, func([]user.User) error { n++; return stop })
	if err != stop || n != 1 {
		t.Error(n, err)
	}
}

func TestRemote(t *testing.T) {
	for _, ignore := range []string{"", "withDeactivated"} {
		a := newApp(95)
		a.ignore = map[string]bool{ignore: true}
		for i := 0; i < 95; i += 3 {
			a.off[a.users[i]] = true
		}
		s := newServer(t, a.serve)
		c := newClient(t, s.URL)
		c.pageSize = 10
		var mu sync.Mutex
		given := map[string]user.Activity{}
		got, err := c.Remote(t.Context(), nil, func(page []user.User) error {
			mu.Lock()
			defer mu.Unlock()
			for _, u := range page {
				if given[u.UID] != user.Unsaid {
					t.Errorf("%s twice", u.UID)
				}
				given[u.UID] = u.State
			}
			return nil
		})
		if err != nil || got.Gap != "" || got.Users != 95 || len(given) != 95 {
			t.Fatalf("%s: %+v, %d, %v", ignore, got, len(given), err)
		}
		for _, uid := range a.users {
			if (given[uid] == user.Deactivated) != a.off[uid] || given[uid] == user.Unsaid {
				t.Errorf("%s is %s", uid, given[uid])
			}
		}
	}
}

func TestRemoteBelievesDeactivatedAt(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.URL.Query().Get("page") != "1" || r.URL.Query().Get("onlyDeactivated") != "" {
			answer(200, `{"data":[]}`)(w, r, "")
			return
		}
		answer(200, `{"data":[{"uid":"a","deactivatedAt":"1673421419"},{"uid":"b","deactivatedAt":0},{"uid":"c","deactivatedAt":null}]}`)(w, r, "")
	})
	got := map[string]user.Activity{}
	_, err := newClient(t, s.URL).Remote(context.Background(), nil, func(page []user.User) error {
		for _, u := range page {
			got[u.UID] = u.State
		}
		return nil
	})
	if err != nil || got["a"] != user.Deactivated || got["b"] != user.Active || got["c"] != user.Active {
		t.Error(got, err)
	}
}

// A count of pages that no app can have is no reason to give up.
func TestListMadPageCount(t *testing.T) {
	a := newApp(30)
	a.total = func(n int) (int, int) { return n, 200_000 }
	if got := a.list(t, 2, All); got.Users != 30 || got.Gap != "" {
		t.Errorf("%+v", got)
	}
}
