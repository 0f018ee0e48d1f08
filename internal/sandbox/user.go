package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// user is one version of a user. It never changes: a write makes a new
// version, so that lists can be written out without holding a lock and a list
// that lags shows the old one. The JSON is made once, with tags last, so that
// an answer without tags is a prefix of it; the strings are parts of it.
type user struct {
	json                     string
	tagsAt                   int   // where ,"tags":… begins in json
	deactivatedAt, createdAt int64 // Unix seconds; 0 = not set
	uid, name, role          string
	raw                      bool // loaded as it is; the first change makes it an ordinary one
}

func (u *user) active() bool   { return u.deactivatedAt == 0 }
func (u *user) inactive() bool { return u.deactivatedAt != 0 }

func (u *user) append(b []byte, withTags bool) []byte {
	if withTags {
		return append(b, u.json...)
	}
	return append(append(b, u.json[:u.tagsAt]...), '}')
}

// The fields of a user, in the order in which answers show them.
const (
	fUID = iota
	fName
	fLink
	fAvatar
	fMetadata
	fStatus
	fRole
	fStatusMessage
	fLastActiveAt
	fCreatedAt
	fUpdatedAt
	fDeactivatedAt
	fTags
	numFields
)

var fieldNames = [numFields]string{"uid", "name", "link", "avatar", "metadata", "status", "role", "statusMessage",
	"lastActiveAt", "createdAt", "updatedAt", "deactivatedAt", "tags"}

const (
	offline   = `"offline"`
	available = `"available"`
)

// profile is a user taken apart, to be changed and sealed again: the JSON of
// each field, as seal writes it. A field that is nil, an empty text or 0 is unset.
type profile [numFields]json.RawMessage

// newProfile is that of a user who was created at a time, with the default role.
func newProfile(uid, name string, at int64) (p profile) {
	p.setText(fUID, uid)
	p.setText(fName, name)
	p.setText(fRole, defaultRole)
	p.setTime(fCreatedAt, at)
	return p
}

func (p *profile) setText(f int, s string) { p[f] = appendString(nil, s) }
func (p *profile) setTime(f int, at int64) { p[f] = strconv.AppendInt(nil, at, 10) }
func (p *profile) unset(f int) bool {
	return len(p[f]) == 0 || string(p[f]) == `""` || string(p[f]) == "0"
}
func (p *profile) time(f int) (at int64) { at, _ = strconv.ParseInt(string(p[f]), 10, 64); return at }
func (p *profile) text(f int) (text string) {
	if !p.unset(f) {
		text, _ = unquote(p[f])
	}
	return text
}

func (p *profile) setTags(tags []string) {
	b := []byte{'['}
	for i, tag := range tags {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, tag)
	}
	p[fTags] = append(b, ']')
}

func (p *profile) tags() (tags []string) {
	if p[fTags] != nil {
		for raw := range elements(p[fTags]) {
			tag, _ := unquote(raw)
			tags = append(tags, tag)
		}
	}
	return tags
}

// read sets a field from JSON that need not be as seal writes it.
func (p *profile) read(f int, raw json.RawMessage) error {
	switch f {
	case fMetadata:
		if p[f] = compact(raw); string(p[f]) == "[]" {
			return nil // see EmptyLists
		}
		var ok bool
		if p[f], ok = normalMetadata(p[f]); !ok {
			return errors.New("not an object")
		}
	case fTags:
		if raw[0] != '[' {
			return errors.New("not a list")
		}
		var tags []string
		for item := range elements(raw) {
			tag, ok := unquote(item)
			if !ok {
				return fmt.Errorf("%s is not a string", item)
			}
			tags = append(tags, tag)
		}
		p.setTags(unique(tags))
	case fLastActiveAt, fCreatedAt, fUpdatedAt, fDeactivatedAt:
		var at seconds
		if err := at.UnmarshalJSON(raw); err != nil {
			return err
		}
		p.setTime(f, int64(at))
	default:
		if raw[0] != '"' {
			return errors.New("not a string")
		}
		if p[f] = raw; bytes.IndexByte(raw, '\\') >= 0 { // there are other ways to write it
			s, _ := unquote(raw)
			p.setText(f, s)
		}
	}
	return nil
}

func (u *user) profile() (p profile) {
	for name, value := range members([]byte(u.json)) {
		switch f := slices.Index(fieldNames[:], string(name)); {
		case f < 0:
		case !u.raw || f == fMetadata:
			p[f] = value
		default:
			_ = p.read(f, value) // what is not of its type counts as not there
		}
	}
	if u.raw {
		p.setText(fUID, u.uid)
		p.setTime(fCreatedAt, u.createdAt)
	}
	return p
}

// rawUser is a version that shows object as it is but for the order of tags,
// for which see user. Whatever is not of its type counts as not there.
func rawUser(object json.RawMessage, now int64) *user {
	u := &user{uid: string(compact(object)), createdAt: now, raw: true}
	texts := map[string]*string{"uid": &u.uid, "name": &u.name, "role": &u.role}
	times := map[string]*int64{"createdAt": &u.createdAt, "deactivatedAt": &u.deactivatedAt}
	b := []byte("{")
	var tags json.RawMessage
	for name, value := range members(object) {
		value = compact(value)
		if string(name) == "tags" {
			tags = value
			continue
		}
		if text, ok := unquote(value); ok && texts[string(name)] != nil {
			*texts[string(name)] = text
		}
		var at seconds
		if at.UnmarshalJSON(value) == nil && at > 0 && times[string(name)] != nil {
			*times[string(name)] = int64(at)
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
	b := append(scratch[:0], '{')
	u := &user{createdAt: p.time(fCreatedAt), deactivatedAt: p.time(fDeactivatedAt)}
	var at [numFields]int // where the value is
	for f, raw := range p {
		switch {
		case f == fTags:
			u.tagsAt = len(b)
			if raw == nil {
				raw = json.RawMessage("[]")
			}
		case f == fStatus && string(raw) != available:
			raw = json.RawMessage(offline)
		case !p.unset(f):
		case f == fUID, f == fName, f == fRole:
			raw = json.RawMessage(`""`)
		default:
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), fieldNames[f]...), `":`...)
		at[f] = len(b)
		b = append(b, raw...)
	}
	u.json = string(append(b, '}'))
	u.uid, u.name, u.role = part(u.json, at[fUID]), part(u.json, at[fName]), part(u.json, at[fRole])
	return u
}

// part is the text at a place of JSON, as a part of it unless something in it is
// escaped. A million users are then a million strings fewer.
func part(text string, at int) string {
	raw := text[at:skipString(text, at)]
	if strings.Contains(raw, `\`) {
		s, _ := unquote([]byte(raw))
		return s
	}
	return raw[1 : len(raw)-1]
}

func (u *user) deactivated(now time.Time) *user {
	p := u.profile()
	p.setTime(fDeactivatedAt, now.Unix())
	p[fStatus] = nil
	return p.seal()
}

func (u *user) reactivated(time.Time) *user {
	p := u.profile()
	p[fDeactivatedAt] = nil
	return p.seal()
}
