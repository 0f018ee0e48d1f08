package config

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

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

func (s *OwnSource) keys() []option {
	path := option{Name: "path", to: &s.Path, help: "a file, a pattern such as exports/*.csv, or - for standard input"}
	return append(slices.DeleteFunc(slices.Clone(s.opt.Table()), func(x option) bool { return !x.own }), path)
}

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

// SchemaName is the file that init writes beside a configuration, for editors.
const SchemaName = "cometsync.schema.json"

// SchemaTitle tells it from other files of the name.
const SchemaTitle = "cometsync configuration"

type object = map[string]any

// Schema is the JSON Schema of the configuration, made from what its
// decoder goes by.
func Schema() ([]byte, error) {
	var o Options
	s := closed(o.configKeys())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = SchemaTitle
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// closed is a mapping with these keys and no others.
func closed(keys []option) object {
	properties := object{}
	for i := range keys {
		p := keys[i].schema()
		p["description"] = keys[i].about()
		properties[keys[i].Name] = p
	}
	return object{"type": "object", "additionalProperties": false, "properties": properties}
}

// plain is a value that the decoder takes as it is written: who writes 25 or
// true means the text.
func plain() object { return object{"type": []string{"string", "number", "boolean"}} }

func listOf(items object) object { return object{"type": "array", "items": items} }

func mappingOf(values object) object {
	return object{"type": "object", "additionalProperties": values}
}

func (k *option) schema() object {
	switch k.form() {
	case oneNumber:
		return object{"type": []string{"integer", "string"}, "pattern": "^[-+]?[0-9]+$"}
	case oneTruth:
		return object{"enum": []any{true, false, "true", "false"}}
	case someTexts:
		return object{"anyOf": []object{plain(), listOf(plain())}}
	case textsByName:
		if k.Name == "map" {
			return object{"anyOf": []object{mappingOf(plain()), listOf(plain()), plain()}}
		}
		return mappingOf(plain())
	case mapsByName:
		return mappingOf(mappingOf(plain()))
	case manySources:
		var s OwnSource
		own := closed(s.keys())
		own["required"] = []string{"path"}
		source := object{"anyOf": []object{plain(), own}}
		return object{"anyOf": []object{listOf(source), plain(), own}}
	}
	if k.Words != nil {
		return object{"enum": k.Words}
	}
	return plain()
}
