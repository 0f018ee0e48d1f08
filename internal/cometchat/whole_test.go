package cometchat

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/user"
)

// TestFindWhole looks a user up in the list when a Get does not show what is
// needed, and only then.
func TestFindWhole(t *testing.T) {
	var requests []string
	get := map[string]string{
		"dull":  `{"data":{"uid":"dull","name":"Dull"}}`,
		"whole": `{"data":{"uid":"whole","name":"Whole","tags":[],"metadata":{"a":1}}}`,
		"lost":  `{"data":{"uid":"lost","name":"Lost"}}`,
		"leave": `{"data":{"uid":"leave","name":"Leave"}}`,
	}
	listed := `{"uid":"dull-2","name":"Two"},{"uid":"dull","name":"Dull","tags":["x"]},{"uid":"off","name":"Off","deactivatedAt":1700000000},{"uid":"leave","name":"Leave","tags":["y"],"deactivatedAt":1700000000}`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, uid, one := strings.Cut(strings.ToLower(r.URL.Path), "/users/")
		switch {
		case one && get[uid] != "":
			requests = append(requests, "get")
			fmt.Fprint(w, get[uid])
		case one:
			requests = append(requests, "get")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error":{"code":"ERR_UID_NOT_FOUND","message":"no"}}`)
		case r.URL.Query().Get("page") == "1":
			requests = append(requests, "list "+r.URL.Query().Get("searchKey"))
			fmt.Fprintf(w, `{"data":[%s]}`, listed)
		default:
			fmt.Fprint(w, `{"data":[]}`)
		}
	}))
	t.Cleanup(s.Close)
	c := newClient(t, s.URL)
	both := user.FieldsOf(user.Tags, user.Metadata)
	for _, f := range []struct {
		uid    string
		fields user.Fields
		ok     bool
		state  user.Activity
		tags   []string
		known  user.Fields // of both
		asked  string
	}{
		{"whole", both, true, user.Active, nil, both, "get"},
		{"dull", 0, true, user.Active, nil, 0, "get"},
		{"DULL", both, true, user.Active, []string{"x"}, both, "get, list dull"},
		{"dull", user.FieldsOf(user.Metadata), true, user.Active, []string{"x"}, both, "get, list dull"},
		{"lost", both, true, user.Active, nil, 0, "get, list lost"},
		{"leave", both, true, user.Deactivated, []string{"y"}, both, "get, list leave"},
		{"off", 0, true, user.Deactivated, nil, both, "get, list off"},
		{"gone", both, false, 0, nil, 0, "get, list gone"},
	} {
		requests = nil
		u, ok, err := c.Find(t.Context(), f.uid, f.fields)
		if err != nil || ok != f.ok || ok && (u.UID != user.FoldUID(f.uid) || u.State != f.state) || !slices.Equal(u.Tags, f.tags) ||
			u.Has&both != f.known {
			t.Errorf("%s: %+v, %t, %v", f.uid, u, ok, err)
		}
		if asked := strings.Join(requests, ", "); asked != f.asked {
			t.Errorf("%s: the requests are %s, want %s", f.uid, asked, f.asked)
		}
	}
}

// Somebody moves up or down the list while it is read, past pages that were read.
func TestListOneMoves(t *testing.T) {
	for request := 1; request < 15; request++ {
		for _, from := range []int{0, 15, 45, 77, 94} {
			for _, to := range []int{0, 15, 25, 60, 94} {
				for _, counts := range []bool{true, false} {
					a := newApp(95)
					if !counts {
						a.total = noTotal
					}
					a.after = func(a *app, n int) {
						if n == request {
							uid := a.users[from]
							a.remove(from)
							a.users = slices.Insert(a.users, to, uid)
						}
					}
					a.list(t, 1, false)
				}
			}
		}
	}
}

// Several move, far and in turn, so that every page has its place in what hangs together,
// and one of them or of those between is on none.
func TestListSeveralMove(t *testing.T) {
	type move struct{ request, from, to int }
	for _, moves := range [][]move{
		{{21, 49, 0}, {12, 11, 85}, {31, 28, 65}}, {{26, 79, 47}, {15, 20, 81}, {9, 19, 45}}, {{24, 12, 69}, {15, 93, 32}, {11, 27, 85}},
	} {
		a := newApp(95)
		a.total = noTotal
		a.after = func(a *app, n int) {
			for _, m := range moves {
				if m.request == n {
					uid := a.users[m.from]
					a.remove(m.from)
					a.users = slices.Insert(a.users, m.to, uid)
				}
			}
		}
		a.list(t, 1, false)
	}
}

// A uid may be of any characters: none is taken for another.
func TestListUIDsOfEveryCharacter(t *testing.T) {
	for _, busy := range []bool{false, true} {
		a := newApp(0)
		for c := range rune(256) {
			a.add(0)
			a.users[0] = "u" + string(c) + "v"
			a.times[a.users[0]] = 1_600_000_000 + a.serial
		}
		a.users = append(a.users, "u", "uv", "u\u2028v", "u\U0001f600v", strings.Repeat("u", 100))
		n := len(a.users)
		if busy {
			a.after = func(a *app, request int) {
				if request == 5 {
					a.add(0)
					n++
				}
			}
		}
		if got := a.list(t, 3, false); got.Users != n || got.Gap != "" {
			t.Errorf("busy %t: %+v, not %d", busy, got, n)
		}
	}
}
