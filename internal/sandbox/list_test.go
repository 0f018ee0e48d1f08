package sandbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestListAnswer(t *testing.T) {
	s := serve(t, Config{}, dan, cat, bob, ann)
	noTags := func(u string) string { return u[:strings.Index(u, `,"tags"`)] + "}" }
	s.want("GET /users?perPage=2", "", 200, `{"data":[`+noTags(ann)+`,`+noTags(bob)+`],`+
		`"meta":{"pagination":{"total":3,"count":2,"per_page":2,"current_page":1,"total_pages":2},"cursor":{"updatedAt":1600000002,"affix":"prepend"}}}`)
	s.want("GET /users?perPage=2&page=2&withTags=true&withDeactivated=1", "", 200, `{"data":[`+cat+`,`+dan+`],`+
		`"meta":{"pagination":{"total":4,"count":2,"per_page":2,"current_page":2,"total_pages":2},"cursor":{"updatedAt":1600000001,"affix":"prepend"}}}`)
	s.want("GET /users?page=2", "", 200,
		`{"data":[],"meta":{"pagination":{"total":3,"count":0,"per_page":100,"current_page":2,"total_pages":1}}}`)
	s.want("GET /users?page=9223372036854775807&perPage=1000", "", 200,
		`{"data":[],"meta":{"pagination":{"total":3,"count":0,"per_page":1000,"current_page":9223372036854775807,"total_pages":1}}}`)
	s.want("GET /users?searchKey=zzz", "", 200,
		`{"data":[],"meta":{"pagination":{"total":0,"count":0,"per_page":100,"current_page":1,"total_pages":1}}}`)
	s.want("GET /users?count=true", "", 200, `{"data":{"count":3}}`)
	s.want("GET /users?count=1&onlyDeactivated=true&perPage=1&page=7", "", 200, `{"data":{"count":1}}`)
	s.want("GET /users?count=1&searchKey=bo", "", 200, `{"data":{"count":2}}`)

	s = serve(t, Config{OddTotals: true}, ann, bob)
	if res := s.do("GET /users?perPage=1", ""); !strings.Contains(res.body,
		`"pagination":{"total":0,"count":3,"per_page":1,"current_page":1,"total_pages":1}`) {
		t.Errorf("odd totals: %s", res.body)
	}
}

func TestListParameters(t *testing.T) {
	s := serve(t, Config{}, ann, bob, cat, dan)
	for _, c := range []struct{ query, uids string }{
		{"", "ann bob cat"},
		{"withDeactivated=true", "ann bob cat dan"},
		{"withDeactivated=0", "ann bob cat"},
		{"onlyDeactivated=1", "dan"},
		{"onlyDeactivated=true&withDeactivated=true", "dan"},
		{"perPage=1", "ann"},
		{"per_page=1&page=2", "bob"},
		{"perPage=2&per_page=1&page=2", "cat"},
		{"searchKey=BO", "bob cat"},
		{"searchKey=bo&searchIn=uid", "bob"},
		{"searchKey=ca&searchIn=name", ""},
		{"searchKey=ca&searchIn[]=name&searchIn[]=uid", "cat"},
		{"searchKey=ee", ""},
		{"role=chief", "ann"},
		{"role=CHIEF", "ann"},
		{"roles=chief,default", "ann bob cat"},
		{"roles=chief&roles=nobody", "ann"},
		{"roles[]=chief&roles[]=nobody", "ann"},
		{"roles[0]=nobody&roles[1]=chief", "ann"},
		{"tags=y", "ann bob"},
		{"tags=x", "ann"},
		{"tags=x,y&withDeactivated=1", "ann bob dan"},
		{"tags=x&onlyDeactivated=1", "dan"},
		{"status=available", "ann"},
		{"status=offline", "bob cat"},
		{"status=offline&perPage=1", "bob"},
		{"status=offline&perPage=1&page=2", "cat"},
		{"status=offline&perPage=1&page=3", ""},
		{"uids=bob", "ann bob cat"}, // only end users' clients have it
		{"sortBy=name&sortOrder=desc", "ann bob cat"},
		{"unknown=1", "ann bob cat"},
		{"page=&perPage=", "ann bob cat"},
	} {
		s.wantUIDs("GET /users?"+c.query, c.uids)
	}
	for query, details := range map[string]string{
		"perPage=1001":    `{"perPage":["The perPage may not be greater than 1000."]}`,
		"per_page=1001":   `{"per_page":["The per_page may not be greater than 1000."]}`,
		"perPage=0":       `{"perPage":["The perPage must be at least 1."]}`,
		"page=0":          `{"page":["The page must be at least 1."]}`,
		"page=x":          `{"page":["The page must be an integer."]}`,
		"withTags=yes":    `{"withTags":["The withTags field must be true or false."]}`,
		"status=sleeping": `{"status":["The selected status is invalid."]}`,
	} {
		s.wantInvalid("GET /users?"+query, "", details)
	}
}

func TestListShowsNewestFirst(t *testing.T) {
	s := serve(t, Config{}, ann)
	s.do("POST /users", `{"uid":"m","name":"M"}`)
	s.do("POST /users", `{"uid":"k","name":"K"}`)
	s.clock.advance(time.Second)
	s.do("POST /users", `{"uid":"z","name":"Z"}`)
	s.wantUIDs("GET /users", "z k m ann")
	s.do("PUT /users/m", `{"name":"MM"}`)
	s.wantUIDs("GET /users", "z k m ann")
	s.do("DELETE /users/k", "")
	s.wantUIDs("GET /users?withDeactivated=1", "z k m ann")
	s.wantUIDs("GET /users?onlyDeactivated=1", "k")
}

func TestListLag(t *testing.T) {
	s := serve(t, Config{ListLag: time.Second}, ann, bob)
	s.do("POST /users", `{"uid":"new","name":"New"}`)
	s.clock.advance(500 * time.Millisecond)
	s.do("DELETE /users/ann", `{"permanent":true}`)
	s.do("POST /users", `{"uid":"ann","name":"Ann II"}`)
	s.do("PUT /users/bob", `{"role":"default","name":"Bob II"}`)
	s.do("DELETE /users/bob", "")
	s.wantUIDs("GET /users", "ann bob")
	s.want("GET /users/new", "", 200,
		`{"data":{"uid":"new","name":"New","status":"offline","role":"default","createdAt":1700000000,"tags":[]}}`)
	s.wantError("GET /users/bob", "", 404, "ERR_UID_NOT_FOUND")
	s.clock.advance(499 * time.Millisecond)
	s.wantUIDs("GET /users", "ann bob")
	s.clock.advance(time.Millisecond)
	s.wantUIDs("GET /users", "new ann bob")
	s.clock.advance(500 * time.Millisecond)
	s.wantUIDs("GET /users", "ann new")
	s.wantUIDs("GET /users?onlyDeactivated=1", "bob")
}

func TestChurn(t *testing.T) {
	s := serve(t, Config{Churn: 2}, ann, bob)
	s.wantUIDs("GET /users", "ann bob")
	s.wantUIDs("GET /users", "ann bob")
	s.wantUIDs("GET /users", "newcomer-1 ann bob")
	s.do("POST /users", `{"uid":"aaa","name":"A"}`)
	s.wantUIDs("GET /users", "aaa newcomer-1 ann bob")
	s.wantUIDs("GET /users", "newcomer-2 aaa newcomer-1 ann bob")
}

func TestVanish(t *testing.T) {
	s := serve(t, Config{Churn: 3, Vanish: 2, Keep: []string{"ANN"}}, ann, bob, cat, dan)
	s.uids("GET /users")
	s.wantUIDs("GET /users?withDeactivated=1", "ann bob cat dan")
	s.wantUIDs("GET /users?withDeactivated=1", "ann cat dan")
	s.wantUIDs("GET /users?withDeactivated=1", "newcomer-1 ann cat dan")
	s.wantUIDs("GET /users?withDeactivated=1", "ann cat dan")
	s.uids("GET /users")
	for range 12 {
		s.uids("GET /users")
	}
	if s.user("ann") == "" {
		t.Error("a user that is to be kept has vanished")
	}
	if s.user("cat") != "" {
		t.Error("cat did not vanish")
	}
}

// TestIndex holds the index against a sorted slice.
func TestIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var x index
	have := make(map[string]*user)
	make1 := func(uid string) *user {
		p := newProfile(uid, "N", r.Int64N(50))
		p.setTime(fDeactivatedAt, r.Int64N(2))
		return p.seal()
	}
	check := func() {
		t.Helper()
		var all []*user
		for _, u := range have {
			all = append(all, u)
		}
		slices.SortFunc(all, compare)
		for _, v := range []view{activeUsers, deactivatedUsers, allUsers} {
			want := slices.DeleteFunc(slices.Clone(all), func(u *user) bool { return !v.has(u) })
			if got := slices.Collect(x.all(v)); !slices.Equal(got, want) || x.count(v) != len(want) {
				t.Fatalf("view %d: %d users (counted %d), want %d", v, len(got), x.count(v), len(want))
			}
			for range 5 {
				from := r.IntN(len(want) + 1)
				n := r.IntN(700)
				if got := x.page(nil, v, from, n); !slices.Equal(got, want[from:min(len(want), from+n)]) {
					t.Fatalf("view %d: page of %d from %d differs", v, n, from)
				}
			}
		}
	}
	for i := range 12000 {
		uid := fmt.Sprintf("u%d", r.IntN(4000))
		prev := have[uid]
		var next *user
		if prev == nil || r.IntN(3) > 0 {
			next = make1(uid)
			have[uid] = next
		} else {
			delete(have, uid)
		}
		x.replace(prev, next)
		if i%1500 == 0 {
			check()
		}
	}
	check()
	var all []*user
	for _, u := range have {
		all = append(all, u)
	}
	x.build(all)
	check()
	for uid, u := range have {
		x.replace(u, nil)
		delete(have, uid)
	}
	check()
	if len(x.blocks) != 0 {
		t.Errorf("%d blocks are left", len(x.blocks))
	}
}
