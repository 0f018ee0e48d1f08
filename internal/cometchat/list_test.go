package cometchat

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/user"
)

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
			got := a.list(t, 4, false)
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
	for off, want := range map[bool]string{
		false: "page=1&perPage=1000&withTags=true&withDeactivated=true", true: "page=1&perPage=1000&withTags=true&onlyDeactivated=true",
	} {
		if _, err := c.list(t.Context(), off, nil); err != nil {
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
				if got := a.list(t, workers, false); got.Gap != "" {
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
		got := a.list(t, 1+r.IntN(4), false)
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
	if got := a.list(t, 1, false); got.Users != 95 || got.Gap != "" {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		likely []string
		gap    string
	}{{[]string{"u3"}, "the list came empty twice, and the app has u3"}, {[]string{"new", "u7"}, "and the app has u7"}, {[]string{"new"},
		""}, {nil, ""}} {
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
		got, err := newClient(t, s.URL).Remote(t.Context(), c.likely, nil, nil)
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
		l, err := c.list(t.Context(), false, func(page []user.User) error {
			for _, u := range page {
				got[strings.Clone(u.UID)]++
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
		if got := a.list(t, 3, false); got.Gap == "" {
			t.Errorf("page %d: %+v", page, got)
		}
	}
}

// A service that gives less than 10 a page whatever is asked for.
func TestListShorterPages(t *testing.T) {
	a := newApp(95)
	a.cap = 7
	if got := a.list(t, 3, false); got.Users != 95 || got.Gap != "" {
		t.Errorf("%+v", got)
	}
	a = newApp(95)
	a.cap = 7
	a.after = func(a *app, n int) { a.add(0) }
	if got := a.list(t, 3, false); got.Gap != "" {
		t.Errorf("%+v", got)
	}
}

// Without the newest first, the ends of the list show nothing, and the list
// is read twice.
func TestListOtherOrders(t *testing.T) {
	a := newApp(95)
	slices.Reverse(a.users)
	if got := a.list(t, 3, false); got.Gap != "" || got.Pages < 20 {
		t.Errorf("%+v", got)
	}
	a = newApp(95)
	for uid := range a.times {
		a.times[uid] = 1_600_000_000
	}
	if got := a.list(t, 3, false); got.Gap != "" || got.Pages < 20 {
		t.Errorf("%+v", got)
	}
}

func TestListDeactivated(t *testing.T) {
	for off, want := range map[bool]int{false: 95, true: 32} {
		a := newApp(95)
		for i := 0; i < 95; i += 3 {
			a.off[a.users[i]] = true
		}
		if got := a.list(t, 3, off); got.Users != want || got.Gap != "" {
			t.Errorf("%t: %+v", off, got)
		}
	}
}

func TestListNotAList(t *testing.T) {
	for _, body := range []string{"", "{}", "null", "[]", `{"data":{}}`, `{"data":null}`, `{"data":{"count":3}}`, `<html>`,
		`{"data":[{"uid":"a"}]`, `{"data":[{"name":"A"}]}`, `{"data":[]}x`} {
		c := clientOf(t, answer(200, body), func(cfg *Config) { cfg.MaxAttempts = 1 })
		_, err := c.list(t.Context(), false, func([]user.User) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "page 1") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestListEndsWithItsCallback(t *testing.T) {
	c := clientOf(t, newApp(500).serve)
	c.pageSize = 10
	stop := fmt.Errorf("enough")
	n := 0
	_, err := c.list(t.Context(), false, func([]user.User) error { n++; return stop })
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
		c := clientOf(t, a.serve)
		c.pageSize = 10
		given, got := remote(t, c)
		if got.Gap != "" || got.Users != 95 || len(given) != 95 {
			t.Fatalf("%s: %+v, %d", ignore, got, len(given))
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
		answer(200, `{"data":[{"uid":"a","deactivatedAt":"1673421419"},{"uid":"b","deactivatedAt":0},{"uid":"c","deactivatedAt":null}]}`)(w, r,
			"")
	})
	got, _ := remote(t, newClient(t, s.URL))
	if got["a"] != user.Deactivated || got["b"] != user.Active || got["c"] != user.Active {
		t.Error(got)
	}
}

// A count of pages that no app can have is no reason to give up.
func TestListMadPageCount(t *testing.T) {
	a := newApp(30)
	a.total = func(n int) (int, int) { return n, 200_000 }
	if got := a.list(t, 2, false); got.Users != 30 || got.Gap != "" {
		t.Errorf("%+v", got)
	}
}

// Pages are asked for all at once, and taken in by as many as there are cores.
func TestPagesAreTakenInOneACore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newApp(300)
		c := newClient(t, "http://localhost", func(cfg *Config) {
			cfg.Transport = handler(func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, "") })
		})
		c.pageSize, c.turns = 10, make(chan struct{}, 3)
		var in, most atomic.Int32
		if _, err := c.list(t.Context(), false, func([]user.User) error {
			most.Store(max(most.Load(), in.Add(1)))
			time.Sleep(time.Second)
			in.Add(-1)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if n := most.Load(); n != 3 {
			t.Errorf("%d pages were taken in at once, with room for 3", n)
		}
	})
}
