package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Limits of fields. Characters are UTF-16 units, in which an emoji is two.
const (
	maxUID         = 100  // characters
	maxName        = 100  // characters
	maxURL         = 3000 // characters
	maxMetadata    = 5120 // bytes, without white space
	maxTags        = 25   // of one user
	maxTag         = 100  // characters
	maxDescription = 255  // characters, of a role
	maxRoles       = 25   // of one app, "default" among them
)

// changes are the fields that a request sets; nil in set is one that it does not.
type changes struct {
	set   profile
	unset []string // done first, so that a value sent with it stays
}

// checker reads fields one by one and gathers everything that is wrong with them.
type checker struct {
	in      fields
	details details
}

// wrong notes what is wrong with a field, whose name comes first in the message.
func (c *checker) wrong(field, message string, args ...any) {
	c.note(field, fmt.Sprintf("The "+message, append([]any{field}, args...)...))
}

func (c *checker) note(field string, messages ...string) {
	if c.details == nil {
		c.details = details{}
	}
	c.details[field] = append(c.details[field], messages...)
}

// text reads a string; nil means absent or wrong.
func (c *checker) text(field string, limit int) *string {
	raw, ok := c.in[field]
	if !ok {
		return nil
	}
	s, ok := unquote(raw)
	if !ok {
		c.wrong(field, "%s must be a string.")
		return nil
	}
	if limit > 0 && len(s) > limit && units(s) > limit {
		c.wrong(field, "%s may not be greater than %d characters.", limit)
		return nil
	}
	return &s
}

// required is text that must be there and not blank.
func (c *checker) required(field string, limit int) string {
	if s := c.text(field, limit); s != nil && strings.TrimSpace(*s) != "" {
		return *s
	}
	if c.details[field] == nil {
		c.wrong(field, "%s field is required.")
	}
	return ""
}

// filled is text that may be absent, but not blank.
func (c *checker) filled(field string, limit int) *string {
	s := c.text(field, limit)
	if s != nil && strings.TrimSpace(*s) == "" {
		c.wrong(field, "%s field must have a value.")
		return nil
	}
	return s
}

// id reads a required identifier and lower-cases it.
func (c *checker) id(field string, limit int) string {
	s := lower(c.required(field, limit))
	if s != "" && !isID(s) {
		c.wrong(field, "%s may only contain letters, numbers, dashes and underscores.")
	}
	return s
}

func isID(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return s != ""
}

func (c *checker) url(field string) *string {
	s := c.text(field, maxURL)
	if s != nil && !isURL(*s) {
		c.wrong(field, "%s must be a valid URL.")
		return nil
	}
	return s
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && !strings.ContainsAny(s, " \t\r\n")
}

// boolean reads true and false, and 1 and 0 for them, in whatever case a query has them.
func (c *checker) boolean(field string) bool {
	switch strings.ToLower(string(c.in[field])) {
	case "true", "1":
		return true
	case "", "false", "0":
		return false
	}
	c.wrong(field, "%s field must be true or false.")
	return false
}

// number reads a whole number from 1 to limit; 0 is no limit.
func (c *checker) number(field string, absent, limit int) int {
	text := string(c.in[field])
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		c.wrong(field, "%s must be an integer.")
	case n < 1:
		c.wrong(field, "%s must be at least 1.")
	case limit > 0 && n > limit:
		c.wrong(field, "%s may not be greater than %d.", limit)
	default:
		return n
	}
	return absent
}

// metadata reads an object, or a string that holds one. A string that does not
// is kept as the member rawMetadata.
func (c *checker) metadata() json.RawMessage {
	raw, ok := c.in["metadata"]
	if !ok {
		return nil
	}
	object, ok := normalMetadata(raw)
	switch {
	case !ok:
		c.wrong("metadata", "%s must be an object.")
	case len(object) > maxMetadata:
		c.wrong("metadata", "%s may not be greater than %d bytes.", maxMetadata)
	default:
		return object
	}
	return nil
}

func normalMetadata(raw json.RawMessage) (json.RawMessage, bool) {
	if raw[0] == '{' {
		return compact(raw), true
	}
	s, ok := unquote(raw)
	if !ok {
		return nil, false
	}
	inner := []byte(strings.TrimSpace(s))
	if bytes.HasPrefix(inner, []byte("{")) && json.Valid(inner) {
		return compact(inner), true
	}
	return append(appendString([]byte(`{"rawMetadata":`), s), '}'), true
}

// emptyLists is what becomes of metadata in a store that knows no empty
// object: each comes back as an empty list.
func emptyLists(object json.RawMessage) json.RawMessage {
	out := bytes.Clone(object)
	for i := 0; i+1 < len(out); {
		switch {
		case out[i] == '"':
			i = skipString(out, i)
			continue
		case out[i] == '{' && out[i+1] == '}':
			out[i], out[i+1] = '[', ']'
		}
		i++
	}
	return out
}

// strings reads an array of strings, none of them blank.
func (c *checker) strings(field string, limit, each int) ([]string, bool) {
	raw, ok := c.in[field]
	if !ok {
		return nil, false
	}
	if raw[0] != '[' {
		c.wrong(field, "%s must be an array.")
		return nil, false
	}
	items := slices.Collect(elements(raw))
	if limit > 0 && len(items) > limit {
		c.wrong(field, "%s may not have more than %d items.", limit)
		return nil, false
	}
	out := make([]string, 0, len(items))
	for i, raw := range items {
		s, ok := unquote(raw)
		name := fmt.Sprintf("%s.%d", field, i)
		switch {
		case raw[0] == 'n', ok && strings.TrimSpace(s) == "":
			c.wrong(name, "%s field is required.")
		case !ok:
			c.wrong(name, "%s must be a string.")
		case each > 0 && len(s) > each && units(s) > each:
			c.wrong(name, "%s may not be greater than %d characters.", each)
		}
		out = append(out, s)
	}
	return out, true
}

func unique(all []string) []string {
	set := all[:0:0]
	for _, s := range all {
		if !slices.Contains(set, s) {
			set = append(set, s)
		}
	}
	return set
}

// settable reads the fields that creating, updating and importing share. hasRole
// tells which roles exist; nil leaves the role of the request out.
func (c *checker) settable(hasRole func(string) bool) (ch changes) {
	ch.text(fAvatar, c.url("avatar"))
	ch.text(fLink, c.url("link"))
	ch.set[fMetadata] = c.metadata()
	if all, ok := c.strings("tags", maxTags, maxTag); ok {
		ch.set.setTags(unique(all)) // a set: what is said twice counts once
	}
	if hasRole == nil {
		return ch
	}
	if role := c.text("role", 0); role != nil {
		*role = lower(*role)
		ch.text(fRole, role)
		if !hasRole(*role) {
			c.wrong("role", "selected %s is invalid.")
		}
	}
	return ch
}

func (ch *changes) text(f int, s *string) {
	if s != nil {
		ch.set.setText(f, *s)
	}
}

// created reads what a new user has to have.
func (c *checker) created(hasRole func(string) bool) changes {
	uid, name := c.id("uid", maxUID), c.required("name", maxName)
	ch := c.settable(hasRole)
	ch.text(fUID, &uid)
	ch.text(fName, &name)
	return ch
}

// updated reads the body of an update.
func (c *checker) updated(hasRole func(string) bool) changes {
	ch := c.settable(hasRole)
	ch.text(fName, c.filled("name", maxName))
	ch.text(fStatusMessage, c.text("statusMessage", 0))
	ch.unset, _ = c.strings("unset", 0, 0)
	for i, field := range ch.unset {
		if !slices.Contains([]string{"avatar", "link", "metadata"}, field) {
			c.wrong(fmt.Sprintf("unset.%d", i), "selected %s is invalid.")
		}
	}
	return ch
}

// apply sets what ch sets. With merge, metadata keeps the members that ch does not name.
func (ch *changes) apply(p *profile, merge bool) {
	for _, field := range ch.unset {
		p[slices.Index(fieldNames[:], field)] = nil
	}
	for f, raw := range ch.set {
		if raw != nil && f == fMetadata && merge && p[f] != nil {
			raw = mergeObjects(p[f], raw)
		}
		if raw != nil {
			p[f] = raw
		}
	}
}

func mergeObjects(base, over json.RawMessage) json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(base, &m) != nil || json.Unmarshal(over, &m) != nil {
		return over
	}
	return encode(m)
}

// without returns the changes without some fields, which is how a service
// behaves that takes a value and loses it.
func (ch changes) without(names []string) changes {
	for _, name := range names {
		ch.set[slices.Index(fieldNames[:], name)] = nil
		ch.unset = slices.DeleteFunc(slices.Clone(ch.unset), func(f string) bool { return f == name })
	}
	return ch
}
