package sandbox

import (
	"encoding/json"
	"strconv"
)

// user is one version of a user. It never changes: a write makes a new
// version, so that lists can be written out without holding a lock and a list
// that lags shows the old one. The JSON is made once, with tags last, so that
// an answer without tags is a prefix of it; the strings are parts of it.
type user struct {
	uid, name, role                     string
	tags                                []string
	createdAt, updatedAt, deactivatedAt int64 // Unix seconds; 0 = not set
	online                              bool
	raw                                 bool // loaded as it is; the first change makes it an ordinary one
	json                                string
	tagsAt                              int // where ,"tags":… begins in json
}

func (u *user) active() bool { return u.deactivatedAt == 0 }

// append appends the user's JSON, with or without its tags.
func (u *user) append(b []byte, withTags bool) []byte {
	if withTags {
		return append(b, u.json...)
	}
	return append(append(b, u.json[:u.tagsAt]...), '}')
}

// profile is a user taken apart, to be changed and sealed again.
type profile struct {
	UID           string          `json:"uid"`
	Name          string          `json:"name"`
	Link          string          `json:"link"`
	Avatar        string          `json:"avatar"`
	Metadata      json.RawMessage `json:"metadata"` // an object without white space, or nil
	Status        string          `json:"status"`
	Role          string          `json:"role"`
	StatusMessage string          `json:"statusMessage"`
	LastActiveAt  seconds         `json:"lastActiveAt"`
	CreatedAt     seconds         `json:"createdAt"`
	UpdatedAt     seconds         `json:"updatedAt"`
	DeactivatedAt seconds         `json:"deactivatedAt"`
	Tags          []string        `json:"tags"`
}

const (
	offline   = "offline"
	available = "available"
)

func (u *user) profile() profile {
	var p profile
	_ = json.Unmarshal([]byte(u.json), &p) // seal wrote it, or of a raw one what can be read
	p.UID, p.CreatedAt = u.uid, seconds(u.createdAt)
	return p
}

// rawUser is a version that shows object as it is but for the order of tags,
// for which see user. Whatever is not of its type counts as not there.
func rawUser(object json.RawMessage, now seconds) *user {
	u := &user{uid: string(compact(object)), createdAt: int64(now), raw: true}
	b := []byte("{")
	var tags json.RawMessage
	for name, value := range members(object) {
		value = compact(value)
		text, isText := unquote(value)
		var at seconds
		timed := at.UnmarshalJSON(value) == nil && at > 0
		switch name := string(name); {
		case name == "tags":
			tags = value
			continue
		case name == "uid" && isText:
			u.uid = text
		case name == "name" && isText:
			u.name = text
		case name == "role" && isText:
			u.role = text
		case name == "createdAt" && timed:
			u.createdAt = int64(at)
		case name == "deactivatedAt" && timed:
			u.deactivatedAt = int64(at)
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(appendString(b, string(name)), ':'), value...)
	}
	u.tagsAt = len(b)
	if tags != nil {
		b = append(append(b, `,"tags":`...), tags...)
	}
	u.json = string(append(b, '}'))
	return u
}

// seal makes the profile a version. Unset fields are left out, but for tags:
// whoever asks for them gets a list.
func (p *profile) seal() *user {
	var scratch [2048]byte
	b := append(scratch[:0], `{"uid":`...)
	uidAt := len(b)
	b = appendString(b, p.UID)
	b = append(b, `,"name":`...)
	nameAt := len(b)
	b = appendString(b, p.Name)
	b = appendText(b, `,"link":`, p.Link)
	b = appendText(b, `,"avatar":`, p.Avatar)
	if p.Metadata != nil {
		b = append(append(b, `,"metadata":`...), p.Metadata...)
	}
	b = append(b, `,"status":"`...)
	if p.Status == available {
		b = append(b, available...)
	} else {
		b = append(b, offline...)
	}
	b = append(b, `","role":`...)
	roleAt := len(b)
	b = appendString(b, p.Role)
	b = appendText(b, `,"statusMessage":`, p.StatusMessage)
	b = appendTime(b, `,"lastActiveAt":`, p.LastActiveAt)
	b = appendTime(b, `,"createdAt":`, p.CreatedAt)
	b = appendTime(b, `,"updatedAt":`, p.UpdatedAt)
	b = appendTime(b, `,"deactivatedAt":`, p.DeactivatedAt)
	u := &user{
		tagsAt:        len(b),
		createdAt:     int64(p.CreatedAt),
		updatedAt:     int64(p.UpdatedAt),
		deactivatedAt: int64(p.DeactivatedAt),
		online:        p.Status == available,
	}
	b = append(b, `,"tags":[`...)
	var tagAt [maxTags]int
	for i, tag := range p.Tags {
		if i > 0 {
			b = append(b, ',')
		}
		if i < maxTags {
			tagAt[i] = len(b)
		}
		b = appendString(b, tag)
	}
	u.json = string(append(b, ']', '}'))
	u.uid = part(u.json, uidAt, p.UID)
	u.name = part(u.json, nameAt, p.Name)
	u.role = part(u.json, roleAt, p.Role)
	if len(p.Tags) > 0 {
		u.tags = make([]string, len(p.Tags))
		for i, tag := range p.Tags {
			u.tags[i] = tag
			if i < maxTags {
				u.tags[i] = part(u.json, tagAt[i], tag)
			}
		}
	}
	return u
}

// part returns s as a part of text, where it stands in quotes at at, unless it
// had to be escaped there. A million users are then a million strings fewer.
func part(text string, at int, s string) string {
	if from, to := at+1, at+1+len(s); to <= len(text) && text[from:to] == s {
		return text[from:to]
	}
	return s
}

func appendText(b []byte, key, s string) []byte {
	if s == "" {
		return b
	}
	return appendString(append(b, key...), s)
}

func appendTime(b []byte, key string, t seconds) []byte {
	if t == 0 {
		return b
	}
	return strconv.AppendInt(append(b, key...), int64(t), 10)
}
