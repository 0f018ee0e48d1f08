package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	defaultPerPage = 100
	maxPerPage     = 1000
	maxListUIDs    = 25
)

type paging struct{ page, perPage int }

// span is where the page begins and ends in a list; both are its end if it is
// past that. It is compared by division: the page number is anybody's and its
// product may overflow.
func (l paging) span(total int) (from, to int) {
	if l.page-1 > total/l.perPage {
		return total, total
	}
	from = min((l.page-1)*l.perPage, total)
	return from, min(from+l.perPage, total)
}

// pagination is the beginning of a list's meta.
func (s *Sandbox) pagination(total, count int, l paging) string {
	pages := max(1, (total+l.perPage-1)/l.perPage)
	if s.cfg.OddTotals {
		total, count, pages = 0, count+2, 1
	}
	return fmt.Sprintf(`{"pagination":{"total":%d,"count":%d,"per_page":%d,"current_page":%d,"total_pages":%d}`,
		total, count, l.perPage, l.page, pages)
}

type listQuery struct {
	paging
	view          view
	search        string // lower-cased prefix
	inUID, inName bool   // where to search
	roles, tags   []string
	status        string

	// What only end users' clients send.
	uids       []string
	byName     bool
	descending bool
}

// everything reports whether the index answers without looking at each user.
func (l *listQuery) everything() bool {
	return l.search == "" && len(l.roles)+len(l.tags)+len(l.uids) == 0 && l.status == "" && !l.byName
}

func (l *listQuery) matches(u *user) bool {
	if len(l.roles) > 0 && !slices.Contains(l.roles, u.role) || len(l.uids) > 0 && !slices.Contains(l.uids, u.uid) {
		return false
	}
	if len(l.tags) > 0 || l.status != "" {
		var p profile
		if !u.raw {
			p = u.profile()
		}
		if l.status != "" && (string(p[fStatus]) == available) != (l.status == "available") ||
			len(l.tags) > 0 && !slices.ContainsFunc(p.tags(), func(t string) bool { return slices.Contains(l.tags, t) }) {
			return false
		}
	}
	return l.search == "" ||
		l.inUID && strings.HasPrefix(u.uid, l.search) ||
		l.inName && strings.HasPrefix(strings.ToLower(u.name), l.search)
}

// values are those of a parameter: repeated, joined by commas, as key[] or key[0].
func values(query url.Values, key string) (out []string) {
	for name, all := range query {
		if base, _, _ := strings.Cut(name, "["); base != key {
			continue
		}
		for s := range strings.SplitSeq(strings.Join(all, ","), ",") {
			if s = strings.TrimSpace(s); s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

func (q *request) readList() listQuery {
	perPage := q.number("per_page", defaultPerPage, maxPerPage)
	l := listQuery{paging: paging{q.number("page", 1, 0), q.number("perPage", perPage, maxPerPage)}, view: activeUsers}
	query := q.http.URL.Query()
	l.search, l.status, l.tags = strings.ToLower(query.Get("searchKey")), query.Get("status"), values(query, "tags")
	for _, name := range append(values(query, "roles"), values(query, "role")...) {
		l.roles = append(l.roles, lower(name))
	}
	if q.boolean("withDeactivated") {
		l.view = allUsers
	}
	if q.boolean("onlyDeactivated") {
		l.view = deactivatedUsers
	}
	searchIn := values(query, "searchIn")
	l.inUID = len(searchIn) == 0 || slices.Contains(searchIn, "uid")
	l.inName = len(searchIn) == 0 || slices.Contains(searchIn, "name")
	if !slices.Contains([]string{"", "available", "offline"}, l.status) {
		q.wrong("status", "selected %s is invalid.")
	}
	if q.caller.endUser {
		for _, uid := range values(query, "uids") {
			l.uids = append(l.uids, lower(uid))
		}
		if len(l.uids) > maxListUIDs {
			q.wrong("uids", "%s may not have more than %d items.", maxListUIDs)
		}
		l.byName = query.Get("sortBy") == "name"
		l.descending = strings.EqualFold(query.Get("sortOrder"), "desc")
	}
	return l
}

func (s *Sandbox) list(q *request) *answer {
	l := q.readList()
	withTags, countOnly := q.boolean("withTags"), q.boolean("count")
	if q.details != nil {
		return invalid(q.details)
	}
	total, users := s.listed(q, &l)
	s.disturb(q)
	if q.fault.nobody {
		total, users = 0, nil
	}
	if countOnly {
		return data(`{"count":` + strconv.Itoa(total) + `}`)
	}
	if q.fault.short {
		users = users[:len(users)/2]
	}
	buffer := buffers.Get().(*[]byte)
	b := append((*buffer)[:0], `{"data":[`...)
	for i, u := range users {
		if i > 0 {
			b = append(b, ',')
		}
		if q.caller.endUser {
			u = u.seenBy(q.caller.uid)
		}
		b = u.append(b, withTags)
	}
	b = append(append(b, `],"meta":`...), s.pagination(total, len(users), l.paging)...)
	if len(users) > 0 {
		last := users[len(users)-1]
		p := last.profile()
		b = fmt.Appendf(b, `,"cursor":{"updatedAt":%d,"affix":"prepend"}`, max(p.time(fUpdatedAt), last.createdAt))
	}
	b = append(b, `}}`...)
	return &answer{status: http.StatusOK, body: b, pooled: buffer}
}

// listed returns how many users match, and those of the page.
func (s *Sandbox) listed(q *request, l *listQuery) (total int, users []*user) {
	s.mu.RLock()
	if !s.store.settled(q.now) {
		s.mu.RUnlock()
		s.mu.Lock()
		s.store.settle(q.now)
		s.mu.Unlock()
		s.mu.RLock()
	}
	defer s.mu.RUnlock()
	x := &s.store.index
	if l.everything() {
		total = x.count(l.view)
		from, to := l.span(total)
		return total, x.page(make([]*user, 0, to-from), l.view, from, to-from)
	}
	for u := range x.all(l.view) {
		if l.matches(u) {
			users = append(users, u)
		}
	}
	total = len(users)
	if l.byName {
		slices.SortFunc(users, func(a, b *user) int {
			return strings.Compare(strings.ToLower(a.name), strings.ToLower(b.name))*2 + strings.Compare(a.uid, b.uid)
		})
		if l.descending {
			slices.Reverse(users)
		}
	}
	from, to := l.span(total)
	return total, users[from:to]
}

// seenBy returns the user as another user sees it: without private metadata.
func (u *user) seenBy(viewer string) *user {
	if u.uid == viewer || !strings.Contains(u.json, `"@private"`) {
		return u
	}
	p := u.profile()
	var m map[string]json.RawMessage
	if json.Unmarshal(p[fMetadata], &m) != nil {
		return u
	}
	delete(m, "@private")
	p[fMetadata] = encode(m)
	return p.seal()
}

// churn is the unrest between two pages.
type churn struct {
	lists   int
	created []string // by Churn, oldest first, some gone by now
	serial  int
}

// disturb lets the users of the app come and go, after a list was read.
func (s *Sandbox) disturb(q *request) {
	if s.cfg.Churn <= 0 && s.cfg.Vanish <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.churn.lists++
	if n := s.cfg.Churn; n > 0 && s.churn.lists%n == 0 {
		s.arrive(q)
	}
	if n := s.cfg.Vanish; n > 0 && s.churn.lists%n == 0 {
		s.vanish(q)
	}
}

// arrive creates a user that is listed before all others.
func (s *Sandbox) arrive(q *request) {
	uid := ""
	for uid == "" || s.store.users[uid] != nil {
		s.churn.serial++
		uid = fmt.Sprintf("newcomer-%d", s.churn.serial)
	}
	p := newProfile(uid, fmt.Sprintf("Newcomer %d", s.churn.serial), q.now.Unix())
	u := p.seal()
	for first := range s.store.index.all(allUsers) {
		if compare(first, u) < 0 {
			p.setTime(fCreatedAt, first.createdAt+1)
			u = p.seal()
		}
		break
	}
	s.store.put(nil, u, q.now)
	s.churn.created = append(s.churn.created, u.uid)
}

// vanish deletes one of those, or else the newest user that is not to be kept.
func (s *Sandbox) vanish(q *request) {
	take := func(u *user) bool {
		if u == nil || s.keep[u.uid] {
			return false
		}
		s.remove(u, q.now)
		return true
	}
	for len(s.churn.created) > 0 {
		u := s.store.users[s.churn.created[0]]
		s.churn.created = s.churn.created[1:]
		if take(u) {
			return
		}
	}
	for u := range s.store.index.all(allUsers) {
		if take(s.store.users[u.uid]) { // the index may lag behind
			return
		}
	}
}
