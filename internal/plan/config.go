package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Option is one option as it held when a plan was made, wherever it came from.
type Option struct {
	Name   string   `json:"name"`
	Values []string `json:"values"` // one, but for options that may be repeated
}

// Config is the options that shape a plan: how the roster was read, how it was
// compared, what bounded it. They are in order of their names, and no secret
// is among them.
type Config []Option

// With is the options with another value of one.
func (c Config) With(name string, values []string) Config {
	c = slices.DeleteFunc(slices.Clone(c), func(o Option) bool { return o.Name == name })
	c = append(c, Option{name, values})
	slices.SortFunc(c, func(a, b Option) int { return strings.Compare(a.Name, b.Name) })
	return c
}

// Is reports whether an option had just this value.
func (c Config) Is(name, value string) bool {
	return slices.ContainsFunc(c, func(o Option) bool { return o.Name == name && slices.Equal(o.Values, []string{value}) })
}

// SHA256 is the hash of the options, in hexadecimal: alike for two plans that
// were made under the same.
func (c Config) SHA256() string {
	text := [][][]string{}
	for _, o := range c {
		text = append(text, [][]string{{o.Name}, o.Values})
	}
	b, err := json.Marshal(text, jsontext.AllowInvalidUTF8(true), jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true))
	if err != nil {
		return "" // strings can always be marshalled
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Values are those of an option; nil if it was not given.
func (c Config) Values(name string) []string {
	for _, o := range c {
		if o.Name == name {
			return o.Values
		}
	}
	return nil
}
