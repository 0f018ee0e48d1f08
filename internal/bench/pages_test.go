package bench

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestMakeIsDeterministic(t *testing.T) {
	const rows = 2000
	a, b := make(map[string][]byte), make(map[string][]byte)
	for _, files := range []map[string][]byte{a, b} {
		d, err := Make(t.TempDir(), rows)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{d.Roster(), d.remote(), d.index()} {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[strings.TrimPrefix(path, d.Dir)] = text
		}
	}
	for name := range a {
		if !bytes.Equal(a[name], b[name]) {
			t.Errorf("%s: two runs differ", name)
		}
	}
}

func TestMakeOnce(t *testing.T) {
	dir := t.TempDir()
	first, err := Make(dir, 100)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(first.Roster())
	if err != nil {
		t.Fatal(err)
	}
	second, err := Make(dir, 100)
	if err != nil {
		t.Fatal(err)
	}
	if *first != *second {
		t.Errorf("made %+v, then found %+v", *first, *second)
	}
	after, err := os.Stat(second.Roster())
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("the data were made again")
	}
}

// TestNumbers compares roster and listing the slow way: the numbers that the
// benchmarks expect of a plan have to be those of the data.
func TestNumbers(t *testing.T) {
	d, server := serve(t, 3000)
	f, err := os.Open(d.Roster())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], header[:]) || len(rows)-1 != d.Rows {
		t.Fatalf("header %q and %d rows", rows[0], len(rows)-1)
	}
	roster := make(map[string][]string, len(rows))
	for _, row := range rows[1:] {
		roster[row[0]] = row
	}
	if len(roster) != d.Rows {
		t.Fatalf("%d rows have %d uids", d.Rows, len(roster))
	}
	var got Data
	got.Dir, got.Rows, got.RosterBytes, got.RemoteBytes = d.Dir, d.Rows, d.RosterBytes, d.RemoteBytes
	for page := 1; ; page++ {
		users := list(t, server, "withDeactivated=true&withTags=true&perPage=1000", page).Data
		if len(users) == 0 {
			break
		}
		for i := range users {
			u := &users[i]
			row := roster[u.UID]
			delete(roster, u.UID)
			wanted := row != nil && row[7] == "active"
			if u.DeactivatedAt != 0 {
				got.Deactivated++
				if wanted {
					got.Reactivate++
				}
				continue
			}
			got.Active++
			m := &u.Metadata
			switch {
			case !wanted:
				got.Deactivate++
			case !slices.Equal(row[:len(row)-1], []string{u.UID, u.Name, u.Avatar, u.Link, u.Role, strings.Join(u.Tags, "|"),
				u.StatusMessage, "active",
				m.Department, m.Address.City, m.Private.Email}):
				got.Update++
			}
		}
	}
	got.Create = len(roster)
	if got != *d {
		t.Errorf("the data hold %+v\nbut say      %+v", got, *d)
	}
	if d.Reactivate == 0 || d.Deactivated <= d.Reactivate {
		t.Errorf("%d users return of %d deactivated", d.Reactivate, d.Deactivated)
	}
	if share := float64(d.Create+d.Update+d.Deactivate+d.Reactivate) / float64(d.Rows); share < 0.075 || share > 0.085 {
		t.Errorf("%.1f%% differ", share*100)
	}
	if n := d.RosterBytes / int64(d.Rows); n < 240 || n > 260 {
		t.Errorf("a row has %d bytes", n)
	}
	if n := d.RemoteBytes / int64(d.Active+d.Deactivated); n < 465 || n > 485 {
		t.Errorf("a user has %d bytes", n)
	}
}

// TestViews holds every page size to one and the same order of users.
func TestViews(t *testing.T) {
	d, server := serve(t, 3000)
	var all []string
	for _, view := range []struct {
		query string
		users int
	}{
		{"", d.Active},
		{"onlyDeactivated=1", d.Deactivated},
		{"withDeactivated=true", d.Active + d.Deactivated},
	} {
		var uids []string
		for _, perPage := range []int{1000, 371} {
			var these []string
			for page := 1; ; page++ {
				p := list(t, server, fmt.Sprintf("%s&withTags=true&perPage=%d", view.query, perPage), page)
				if g := p.Meta.Pagination; g.Count != len(p.Data) || g.Total != view.users || g.Page != page || g.PerPage != perPage {
					t.Fatalf("%q page %d of %d: %+v with %d users", view.query, page, perPage, g, len(p.Data))
				}
				if len(p.Data) == 0 {
					break
				}
				for _, u := range p.Data {
					if len(u.Tags) == 0 {
						t.Fatalf("%q: %s has no tags", view.query, u.UID)
					}
					these = append(these, u.UID)
				}
			}
			if uids != nil && !slices.Equal(uids, these) {
				t.Errorf("%q: pages of %d show other users, or in another order", view.query, perPage)
			}
			uids = these
		}
		if len(uids) != view.users {
			t.Errorf("%q lists %d users, want %d", view.query, len(uids), view.users)
		}
		if view.query != "withDeactivated=true" {
			all = append(all, uids...)
		} else if !slices.Equal(all, uids) {
			t.Error("active and deactivated users together are others than one by one")
		}
	}
	for _, u := range list(t, server, "perPage=7", 3).Data {
		if u.Tags != nil {
			t.Errorf("%s has tags unasked", u.UID)
		}
	}
}

func TestRefusals(t *testing.T) {
	_, server := serve(t, 100)
	for _, c := range []struct {
		path string
		want int
	}{
		{"/v3/users?perPage=1001", http.StatusBadRequest},
		{"/v3/users?page=0", http.StatusBadRequest},
		{"/v3/users?page=x", http.StatusBadRequest},
		{"/v3/groups", http.StatusNotFound},
		{"/v3/users?page=9999999999", http.StatusOK},
		{"/v3/roles", http.StatusOK},
	} {
		status, body := get(t, server+c.path)
		if status != c.want || !json.Valid(body) {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
	}
}

func serve(t *testing.T, rows int) (*Data, string) {
	t.Helper()
	d, err := Make(t.TempDir(), rows)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPages(d)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return d, server.URL
}

func list(t *testing.T, server, query string, page int) listing {
	t.Helper()
	status, body := get(t, fmt.Sprintf("%s/v3/users?%s&page=%d", server, query, page))
	var p listing
	if err := json.Unmarshal(body, &p); err != nil || status != http.StatusOK {
		t.Fatalf("%s page %d: status %d, %v", query, page, status, err)
	}
	return p
}

func get(t *testing.T, url string) (int, []byte) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}
