package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
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

// changes are the fields that a request sets, each nil if it does not.
type changes struct {
	uid           string
	name          *string
	avatar        *string
	link          *string
	role          *string
	statusMessage *string
	metadata      json.RawMessage
	tags          *[]string
	unset         []string // done first, so that a value sent with it stays
	withAuthToken bool

	createdAt, lastActiveAt, deactivatedAt *seconds // import only
}

// checker reads fields one by one and gathers everything that is wrong with them.
type checker struct {
	in      fields
	details details
}

// text reads a string; nil means absent or wrong.
func (c *checker) text(field string, limit int) *string {
	raw, ok := c.in[field]
	if !ok {
		return nil
	}
	s, ok := unquote(raw)
	if !ok {
		c.details.add(field, "The "+field+" must be a string.")
		return nil
	}
	if limit > 0 && len(s) > limit && units(s) > limit {
		c.details.add(field, fmt.Sprintf("The %s may not be greater than %d characters.", field, limit))
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
		c.details.add(field, "The "+field+" field is required.")
	}
	return ""
}

// filled is text that may be absent, but not blank.
func (c *checker) filled(field string, limit int) *string {
	s := c.text(field, limit)
	if s != nil && strings.TrimSpace(*s) == "" {
		c.details.add(field, "The "+field+" field must have a value.")
		return nil
	}
	return s
}

// id reads a required identifier and lower-cases it.
func (c *checker) id(field string, limit int) string {
	s := lower(c.required(field, limit))
	if s != "" && !isID(s) {
		c.details.add(field, "The "+field+" may only contain letters, numbers, dashes and underscores.")
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
		c.details.add(field, "The "+field+" must be a valid URL.")
		return nil
	}
	return s
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		!strings.ContainsAny(s, " \t\r\n")
}

// boolean reads true and false, and 1 and 0 for them.
func (c *checker) boolean(field string) bool {
	switch string(c.in[field]) {
	case "true", "1":
		return true
	case "", "false", "0":
		return false
	}
	c.details.add(field, "The "+field+" field must be true or false.")
	return false
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
		c.details.add("metadata", "The metadata must be an object.")
	case len(object) > maxMetadata:
		c.details.add("metadata", fmt.Sprintf("The metadata may not be greater than %d bytes.", maxMetadata))
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

// list reads an array whose members are looked at in their turn.
func (c *checker) list(field string, limit int) ([]json.RawMessage, bool) {
	raw, ok := c.in[field]
	if !ok {
		return nil, false
	}
	if raw[0] != '[' {
		c.details.add(field, "The "+field+" must be an array.")
		return nil, false
	}
	items := slices.Collect(elements(raw))
	if limit > 0 && len(items) > limit {
		c.details.add(field, fmt.Sprintf("The %s may not have more than %d items.", field, limit))
		return nil, false
	}
	return items, true
}

// strings reads an array of strings, none of them blank.
func (c *checker) strings(field string, limit, each int) ([]string, bool) {
	items, ok := c.list(field, limit)
	if !ok {
		return nil, false
	}
	out := make([]string, 0, len(items))
	for i, raw := range items {
		s, ok := unquote(raw)
		problem := ""
		switch {
		case raw[0] == 'n', ok && strings.TrimSpace(s) == "":
			problem = "The %s field is required."
		case !ok:
			problem = "The %s must be a string."
		case each > 0 && len(s) > each && units(s) > each:
			problem = fmt.Sprintf("The %%s may not be greater than %d characters.", each)
		}
		if problem != "" {
			name := fmt.Sprintf("%s.%d", field, i)
			c.details.add(name, fmt.Sprintf(problem, name))
		}
		out = append(out, s)
	}
	return out, true
}

// tags reads a set: what is said twice counts once.
func (c *checker) tags() *[]string {
	all, ok := c.strings("tags", maxTags, maxTag)
	if !ok {
		return nil
	}
	set := unique(all)
	return &set
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
func (c *checker) settable(ch *changes, hasRole func(string) bool) {
	ch.avatar = c.url("avatar")
	ch.link = c.url("link")
	ch.metadata = c.metadata()
	ch.tags = c.tags()
	if hasRole == nil {
		return
	}
	if ch.role = c.text("role", 0); ch.role != nil {
		*ch.role = lower(*ch.role)
		if !hasRole(*ch.role) {
			c.details.add("role", "The selected role is invalid.")
		}
	}
}

// readCreate reads the body of a create; nil details mean that it is right.
func readCreate(in fields, hasRole func(string) bool) (changes, details) {
	c := checker{in, details{}}
	var ch changes
	ch.uid = c.id("uid", maxUID)
	name := c.required("name", maxName)
	ch.name = &name
	ch.statusMessage = c.text("statusMessage", 0)
	ch.withAuthToken = c.boolean("withAuthToken")
	c.settable(&ch, hasRole)
	return ch, c.verdict()
}

// readUpdate reads the body of an update.
func readUpdate(in fields, hasRole func(string) bool) (changes, details) {
	c := checker{in, details{}}
	var ch changes
	ch.name = c.filled("name", maxName)
	ch.statusMessage = c.text("statusMessage", 0)
	c.settable(&ch, hasRole)
	unset, _ := c.strings("unset", 0, 0)
	for i, field := range unset {
		switch field {
		case "avatar", "link", "metadata":
		default:
			name := fmt.Sprintf("unset.%d", i)
			c.details.add(name, "The selected "+name+" is invalid.")
		}
	}
	ch.unset = unset
	return ch, c.verdict()
}

func (c *checker) verdict() details {
	if len(c.details) == 0 {
		return nil
	}
	return c.details
}

// apply sets what ch sets. With merge, metadata keeps the members that ch does not name.
func (ch *changes) apply(p *profile, merge bool) {
	for _, field := range ch.unset {
		switch field {
		case "avatar":
			p.Avatar = ""
		case "link":
			p.Link = ""
		case "metadata":
			p.Metadata = nil
		}
	}
	set(&p.Name, ch.name)
	set(&p.Avatar, ch.avatar)
	set(&p.Link, ch.link)
	set(&p.Role, ch.role)
	set(&p.StatusMessage, ch.statusMessage)
	set(&p.Tags, ch.tags)
	set(&p.CreatedAt, ch.createdAt)
	set(&p.LastActiveAt, ch.lastActiveAt)
	set(&p.DeactivatedAt, ch.deactivatedAt)
	if ch.metadata != nil {
		if merge && p.Metadata != nil {
			p.Metadata = mergeObjects(p.Metadata, ch.metadata)
		} else {
			p.Metadata = ch.metadata
		}
	}
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func mergeObjects(base, over json.RawMessage) json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(base, &m) != nil || json.Unmarshal(over, &m) != nil {
		return over
	}
	return encode(m)
}

// without returns the changes without one field, which is how a service
// behaves that takes a value and loses it.
func (ch changes) without(field string) changes {
	switch field {
	case "name":
		ch.name = nil
	case "avatar":
		ch.avatar = nil
	case "link":
		ch.link = nil
	case "role":
		ch.role = nil
	case "statusMessage":
		ch.statusMessage = nil
	case "metadata":
		ch.metadata = nil
	case "tags":
		ch.tags = nil
	case "createdAt":
		ch.createdAt = nil
	case "lastActiveAt":
		ch.lastActiveAt = nil
	}
	ch.unset = slices.DeleteFunc(slices.Clone(ch.unset), func(f string) bool { return f == field })
	return ch
}
