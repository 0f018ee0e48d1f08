package sandbox

import (
	"bytes"
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

// listQuery is what a list request asks for.
type listQuery struct {
	page, perPage int
	view          view
	withTags      bool
	countOnly     bool
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
	return l.search == "" && len(l.roles) == 0 && len(l.tags) == 0 && l.status == "" &&
		len(l.uids) == 0 && !l.byName
}

func (l *listQuery) matches(u *user) bool {
	switch {
	case len(l.roles) > 0 && !slices.Contains(l.roles, u.role),
		l.status != "" && u.online != (l.status == available),
		len(l.uids) > 0 && !slices.Contains(l.uids, u.uid),
		len(l.tags) > 0 && !slices.ContainsFunc(u.tags, func(t string) bool { return slices.Contains(l.tags, t) }):
		return false
	}
	return l.search == "" ||
		l.inUID && strings.HasPrefix(u.uid, l.search) ||
		l.inName && strings.HasPrefix(strings.ToLower(u.name), l.search)
}

// params reads the query string.
type params struct {
	values  url.Values
	details details
}

// list returns the values of key: repeated, joined by commas, as key[] or key[0].
func (p *params) list(key string) []string {
	var out []string
	add := func(values []string) {
		for _, v := range values {
			for s := range strings.SplitSeq(v, ",") {
				if s = strings.TrimSpace(s); s != "" {
					out = append(out, s)
				}
			}
		}
	}
	add(p.values[key])
	add(p.values[key+"[]"])
	for i := 0; ; i++ {
		indexed, ok := p.values[key+"["+strconv.Itoa(i)+"]"]
		if !ok {
			return out
		}
		add(indexed)
	}
}

func (p *params) boolean(key string) bool {
	switch strings.ToLower(p.values.Get(key)) {
	case "true", "1":
		return true
	case "", "false", "0":
		return false
	}
	p.details.add(key, "The "+key+" field must be true or false.")
	return false
}

// number reads a whole number from 1 to limit; 0 is no limit.
func (p *params) number(key string, absent, limit int) int {
	text := p.values.Get(key)
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		p.details.add(key, "The "+key+" must be an integer.")
	case n < 1:
		p.details.add(key, "The "+key+" must be at least 1.")
	case limit > 0 && n > limit:
		p.details.add(key, fmt.Sprintf("The %s may not be greater than %d.", key, limit))
	default:
		return n
	}
	return absent
}

func readList(values url.Values, fromEndUser bool) (listQuery, details) {
	p := params{values, details{}}
	l := listQuery{
		page:      p.number("page", 1, 0),
		perPage:   p.number("per_page", defaultPerPage, maxPerPage),
		view:      activeUsers,
		withTags:  p.boolean("withTags"),
		countOnly: p.boolean("count"),
		search:    strings.ToLower(values.Get("searchKey")),
		roles:     append(p.list("roles"), p.list("role")...),
		tags:      p.list("tags"),
		status:    values.Get("status"),
	}
	l.perPage = p.number("perPage", l.perPage, maxPerPage)
	for i, name := range l.roles {
		l.roles[i] = lower(name)
	}
	if p.boolean("withDeactivated") {
		l.view = allUsers
	}
	if p.boolean("onlyDeactivated") {
		l.view = deactivatedUsers
	}
	searchIn := p.list("searchIn")
	l.inUID = len(searchIn) == 0 || slices.Contains(searchIn, "uid")
	l.inName = len(searchIn) == 0 || slices.Contains(searchIn, "name")
	if l.status != "" && l.status != available && l.status != offline {
		p.details.add("status", "The selected status is invalid.")
	}
	if fromEndUser {
		for _, uid := range p.list("uids") {
			l.uids = append(l.uids, lower(uid))
		}
		if len(l.uids) > maxListUIDs {
			p.details.add("uids", fmt.Sprintf("The uids may not have more than %d items.", maxListUIDs))
		}
		l.byName = values.Get("sortBy") == "name"
		l.descending = strings.EqualFold(values.Get("sortOrder"), "desc")
	}
	if len(p.details) > 0 {
		return l, p.details
	}
	return l, nil
}

func (s *Sandbox) list(q *request) answer {
	l, bad := readList(q.http.URL.Query(), q.caller.scope == endUser)
	if bad != nil {
		return invalid(bad)
	}
	total, users := s.listed(q, &l)
	s.disturb(q)
	if q.fault.nobody {
		total, users = 0, nil
	}
	if l.countOnly {
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
		if q.caller.scope == endUser {
			u = u.seenBy(q.caller.uid)
		}
		b = u.append(b, l.withTags)
	}
	b = append(b, `],"meta":{"pagination":`...)
	b = append(b, s.pagination(total, len(users), &l)...)
	if len(users) > 0 {
		last := users[len(users)-1]
		b = fmt.Appendf(b, `,"cursor":{"updatedAt":%d,"affix":"prepend"}`, max(last.updatedAt, last.createdAt))
	}
	b = append(b, `}}`...)
	return answer{status: http.StatusOK, body: b, pooled: buffer}
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
		if from, ok := l.offset(total); ok && !l.countOnly {
			users = x.page(make([]*user, 0, min(l.perPage, total-from)), l.view, from, l.perPage)
		}
		return total, users
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
	from, ok := l.offset(total)
	if !ok {
		return total, nil
	}
	return total, users[from:min(total, from+l.perPage)]
}

// offset returns where the page begins, false if that is past the end. It is
// compared by division: the page number is anybody's and its product may overflow.
func (l *listQuery) offset(total int) (int, bool) {
	if l.page-1 > total/l.perPage {
		return 0, false
	}
	from := (l.page - 1) * l.perPage
	return from, from < total
}

func (s *Sandbox) pagination(total, count int, l *listQuery) string {
	pages := max(1, (total+l.perPage-1)/l.perPage)
	if s.cfg.OddTotals {
		total, count, pages = 0, count+2, 1
	}
	return fmt.Sprintf(`{"total":%d,"count":%d,"per_page":%d,"current_page":%d,"total_pages":%d}`,
		total, count, l.perPage, l.page, pages)
}

// seenBy returns the user as another user sees it: without private metadata.
func (u *user) seenBy(viewer string) *user {
	if u.uid == viewer || !strings.Contains(u.json, `"@private"`) {
		return u
	}
	p := u.profile()
	var m map[string]json.RawMessage
	if json.Unmarshal(p.Metadata, &m) != nil {
		return u
	}
	delete(m, "@private")
	p.Metadata = bytes.Clone(encode(m))
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
	p := profile{Role: defaultRole, CreatedAt: seconds(q.now.Unix())}
	for p.UID == "" || s.store.users[p.UID] != nil {
		s.churn.serial++
		p.UID = fmt.Sprintf("newcomer-%d", s.churn.serial)
	}
	p.Name = fmt.Sprintf("Newcomer %d", s.churn.serial)
	u := p.seal()
	for first := range s.store.index.all(allUsers) {
		if compare(first, u) < 0 {
			p.CreatedAt = seconds(first.createdAt + 1)
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
