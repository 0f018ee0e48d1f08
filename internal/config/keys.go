package config

import (
	"cmp"
	"slices"
	"strings"
)

// form is what the value of a key of the configuration looks like.
type form uint8

const (
	oneText form = iota + 1
	oneNumber
	oneTruth
	someTexts   // one, or a list
	textsByName // a mapping
	mapsByName  // a mapping of names to mappings
	manySources
)

// form is that of the option's key.
func (x *option) form() form {
	if x.Name == "map" {
		return textsByName
	}
	switch x.to.(type) {
	case *int:
		return oneNumber
	case *bool:
		return oneTruth
	case *[]string:
		return someTexts
	case *map[string]string:
		return textsByName
	case *map[string]map[string]string:
		return mapsByName
	case *[]OwnSource:
		return manySources
	}
	return oneText
}

// configKeys are the options that the configuration may have. What is allowed is
// allowed once, and init makes configurations.
func (o *Options) configKeys() []option {
	seen := map[string]bool{"config": true, "allow": true}
	return slices.DeleteFunc(slices.Clone(o.Table()), func(x option) bool {
		gone := seen[x.Name] || x.in == InInit
		seen[x.Name] = true
		return gone
	})
}

// keys are those of a source.
func (s *OwnSource) keys() []option {
	path := option{Name: "path", to: &s.Path, help: "a file, a pattern such as exports/*.csv, or - for standard input"}
	return append(slices.DeleteFunc(slices.Clone(s.opt.Table()), func(x option) bool { return !x.own }), path)
}

// about is what is said of a key.
func (x *option) about() string {
	return strings.ReplaceAll(cmp.Or(x.said, x.help), "`", "")
}

func keyNames(keys []option) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	return names
}
