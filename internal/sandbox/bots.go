package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// bot is what makes a user a bot: a webhook. It belongs to the user, whose
// name and role are as they were, and the user shows nothing of it.
type bot struct {
	ai        bool
	createdAt int64  // 0 = as the user's
	members   string // of its JSON object, but for uid; empty and false ones are left out, as in answers
}

// readBot reads the object of a state. What the service stores, its answers
// hold, so the credentials of the webhook are kept like all the rest.
func readBot(raw json.RawMessage) (*bot, error) {
	if raw[0] != '{' {
		return nil, errors.New("not an object")
	}
	var b bot
	var out []byte
	for name, value := range members(raw) {
		value = compact(value)
		switch string(value) {
		case "false", "null", `""`, "{}", "[]", "0":
			continue
		}
		switch string(name) {
		case "uid":
			continue
		case "isAIBot":
			if string(value) != "true" {
				return nil, errors.New("isAIBot: neither true nor false")
			}
			b.ai = true
		case "createdAt":
			var at seconds
			if err := at.UnmarshalJSON(value); err != nil {
				return nil, fmt.Errorf("createdAt: %w", err)
			}
			b.createdAt = int64(at)
		}
		if len(out) > 0 {
			out = append(out, ',')
		}
		out = append(append(appendString(out, string(name)), ':'), value...)
	}
	b.members = string(out)
	return &b, nil
}

// line is the user with its bot, as a line of a state.
func (b *bot) line(u *user) string {
	return u.json[:len(u.json)-1] + `,"bot":{` + b.members + `}}`
}

// listBots lists either kind of bots, by uid: no call lists both, and agents
// are in neither list.
func (s *Sandbox) listBots(q *request) *answer {
	l := paging{q.number("page", 1, 0), q.number("perPage", defaultPerPage, maxPerPage)}
	ai := q.boolean("isAIBot")
	if q.details != nil {
		return invalid(q.details)
	}
	search := strings.ToLower(string(q.in["searchKey"]))
	s.mu.RLock()
	defer s.mu.RUnlock()
	uids := slices.DeleteFunc(slices.Sorted(maps.Keys(s.bots)), func(uid string) bool {
		return s.bots[uid].ai != ai || !strings.HasPrefix(uid, search)
	})
	from, to := l.span(len(uids))
	b := []byte(`{"data":[`)
	for i, uid := range uids[from:to] {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"uid":`...), uid)
		bot := s.bots[uid]
		if bot.members != "" {
			b = append(append(b, ','), bot.members...)
		}
		if bot.createdAt == 0 {
			b = fmt.Appendf(b, `,"createdAt":%d`, s.store.users[uid].createdAt)
		}
		b = append(b, '}')
	}
	b = append(append(b, `],"meta":`...), s.pagination(len(uids), to-from, l)...)
	return &answer{status: http.StatusOK, body: append(b, `}}`...)}
}
