package config

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"cometsync/internal/exit"
	"cometsync/internal/phrase"
)

type configuration struct {
	options map[string]setting // by flag
	places  map[string]string  // of all keys: the file and the line
	opt     Options            // of which what no flag says holds
}

// setting is one option's value as it was found outside the command line.
type setting struct {
	where  string
	values []string
	list   []string // how a list flag reads it; nil: as values
}

// file reads a YAML mapping of keys to values. With an error, which is the first, it has
// all that is not wrong.
func (c *configuration) file(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return Errorf("configuration: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return Errorf("configuration: %w", err)
	}
	if len(text) > maxConfig {
		return Errorf("%s: larger than %d KiB, as no configuration is; uids belong in the protect list, and people in a source", path,
			maxConfig>>10)
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	docs, failed := documents(text)
	var entries []*ast.MappingValueNode
	switch {
	case failed != nil:
		failed, entries = Errorf("%s:%v", path, failed), lines(text)
	case len(docs) > 1:
		return Errorf("%s: holds %d documents (a line of --- begins one); a configuration is one", path, len(docs))
	case len(docs) == 1:
		if entries, err = mapping(docs[0].Body); err != nil {
			return Errorf("%s: %v of options to values", path, err)
		}
	}
	c.options, c.places = map[string]setting{}, map[string]string{}
	return cmp.Or(failed, each(path, entries, c.opt.configKeys(), func(k *option, where string, n ast.Node) error {
		c.places[k.Name] = strings.TrimSuffix(where, ": "+k.Name)
		if k.form() == manySources {
			return c.sources(path, where, n)
		}
		if k.in == inConfig {
			return k.take(value(n))
		}
		values, err := k.values(value(n))
		if err == nil {
			c.options[k.Name] = setting{where: where, values: values}
		}
		return err
	}))
}

// The parser takes memory by the square of the depth to which values are nested
// within a line, and time by the square of the keys; both are bounded before it
// sees them, far above what anybody needs.
const (
	maxConfig = 512 << 10 // bytes
	maxNested = 32
	maxKeys   = 10_000
)

// bounded gives the place at which a file exceeds these.
func bounded(tokens token.Tokens) error {
	flow, entries, keys, line := 0, 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			entries++
		case token.MappingValueType:
			keys++
		}
		if max(flow, entries) > maxNested {
			return fmt.Errorf("%d: values are nested more than %d deep", line, maxNested)
		}
		if keys > maxKeys {
			return fmt.Errorf("%d: more than %s keys in one file", line, phrase.Thousands(maxKeys))
		}
	}
	return nil
}

// documents are those of a text, which has one. An error begins with its line.
func documents(text []byte) ([]*ast.DocumentNode, error) {
	tokens := lexer.Tokenize(string(text))
	if err := bounded(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0)
	if syntax := yaml.Error(nil); errors.As(err, &syntax) && syntax.GetToken() != nil {
		return nil, fmt.Errorf("%d: can't be read as YAML: %s; correct that line, or what it belongs to above",
			syntax.GetToken().Position.Line, syntax.GetMessage())
	} else if err != nil {
		return nil, fmt.Errorf(" %w", err)
	}
	return file.Docs, nil
}

// lines are those of a text that is no YAML which are a key and its value by themselves.
func lines(text []byte) (all []*ast.MappingValueNode) {
	for line := range bytes.Lines(text) {
		if docs, err := documents(line); err == nil && len(docs) == 1 {
			if entries, _ := mapping(docs[0].Body); len(entries) > 0 && entries[0].Key.GetToken().Position.Column == 1 {
				all = append(all, entries...)
			}
		}
	}
	return all
}

// each hands over a mapping's values by their keys. The error, which is the first, gets
// the place.
func each(path string, entries []*ast.MappingValueNode, keys []option,
	take func(k *option, where string, n ast.Node) error) (failed error) {
	seen := map[string]bool{}
	for _, e := range entries {
		name, line := keyText(e), e.Key.GetToken().Position.Line
		where := fmt.Sprintf("%s:%d: %s", path, line, name)
		i := slices.IndexFunc(keys, func(k option) bool { return k.Name == name })
		var err error
		switch {
		case i < 0:
			hint := ""
			if n := Nearest(name, keyNames(keys)); n != "" {
				hint = fmt.Sprintf("; did you mean %q?", n)
			}
			err = Errorf("%s:%d: unknown key %q%s", path, line, name, hint)
		case seen[name]:
			err = Errorf("%s: is there twice", where)
		default:
			seen[name] = true
			err = take(&keys[i], where, e.Value)
		}
		if err != nil && exit.Of(err) != exit.Usage { // which has a place
			err = Errorf("%s: %v", where, err)
		}
		failed = cmp.Or(failed, err)
	}
	return failed
}

func (c *configuration) sources(path, where string, n ast.Node) error {
	list := []ast.Node{n}
	if s, is := n.(*ast.SequenceNode); is {
		list = s.Values
	}
	for _, n := range list {
		own := OwnSource{where: where, said: map[string]bool{}, line: fmt.Sprintf("%s:%d", path, n.GetToken().Position.Line)}
		if entries, _ := mapping(n); len(entries) > 0 {
			own.line = fmt.Sprintf("%s:%d", path, entries[0].Key.GetToken().Position.Line)
			own.where = own.line + ": the source"
			if err := each(path, entries, own.keys(), func(k *option, _ string, n ast.Node) error {
				return own.take(k, value(n))
			}); err != nil {
				return err
			}
		} else {
			var err error
			if own.Path, err = plainText(value(n)); err != nil {
				return fmt.Errorf("a source is a path, or a mapping with a path: %w", err)
			}
		}
		if own.Path == "" {
			return Errorf("%s: has no path", own.where)
		}
		own.where = fmt.Sprintf("%s %s", own.where, own.Path)
		c.opt.Own = append(c.opt.Own, own)
	}
	return nil
}

// take reads one key of a source, from the configuration or from a plan.
func (s *OwnSource) take(k *option, v any) (err error) {
	switch k.Name {
	case "path":
		s.Path, err = plainText(v)
	case "map":
		s.mapping, err = mapOf(v, plainText)
	default:
		err = k.take(v)
		s.said[k.Name] = k.form() != someTexts || k.isSaid() // an empty list is none
	}
	return err
}

// take reads the value of a key.
func (x *option) take(v any) (err error) {
	switch to := x.to.(type) {
	case *map[string]string:
		*to, err = mapOf(v, plainText)
		return err
	case *map[string]map[string]string:
		*to, err = mapOf(v, func(v any) (map[string]string, error) { return mapOf(v, plainText) })
		return err
	}
	values, err := x.values(v)
	if err != nil {
		return err
	}
	switch to := x.to.(type) {
	case *string:
		*to = values[0]
	case *[]string:
		*to = values
	case *bool:
		*to = values[0] == "true"
	case *int:
		*to, _ = strconv.Atoi(values[0])
	case encoding.TextUnmarshaler:
		return to.UnmarshalText([]byte(values[0]))
	}
	return nil
}

// values are those of a flag, as texts.
func (x *option) values(v any) (all []string, err error) {
	many := x.form() == someTexts || x.form() == textsByName
	if m, is := v.(map[string]any); is && x.form() == textsByName {
		texts, err := mapOf(m, plainText)
		for name, text := range texts {
			all = append(all, name+"="+text)
		}
		slices.Sort(all)
		return all, err
	}
	if list, is := v.([]any); is && many {
		for _, v := range list {
			text, err := plainText(v)
			if err != nil {
				return nil, errors.New("a list may hold only plain values")
			}
			all = append(all, text)
		}
		return all, nil
	}
	text, err := plainText(v)
	switch {
	case err != nil:
	case x.form() == oneTruth && text != "true" && text != "false": // what YAML and JSON call so
		err = fmt.Errorf("%q: must be true or false", text)
	case x.form() == oneNumber:
		if _, wrong := strconv.Atoi(text); wrong != nil {
			err = fmt.Errorf("%q: must be a whole number", text)
		}
	case x.Words != nil && !slices.Contains(x.Words, text):
		err = fmt.Errorf("%q: must be %s", text, phrase.Or(x.Words))
	}
	return []string{text}, err
}

func mapOf[T any](v any, read func(any) (T, error)) (map[string]T, error) {
	if err, is := v.(error); is {
		return nil, err
	}
	m, is := v.(map[string]any)
	if !is {
		return nil, errors.New("must be a mapping")
	}
	out := map[string]T{}
	for name, v := range m {
		var err error
		if out[name], err = read(v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return out, nil
}

// plainText is a value of YAML or JSON, as it is written.
func plainText(v any) (string, error) {
	switch v := v.(type) {
	case error:
		return "", v
	case string:
		return v, nil
	case json.Number, bool:
		return fmt.Sprint(v), nil
	case []any:
		return "", errors.New("takes one value, not a list")
	case map[string]any:
		return "", errors.New("takes no mapping")
	}
	return "", errors.New("has no value")
}

// mapping is the entries of one; no document is an empty one.
func mapping(n ast.Node) ([]*ast.MappingValueNode, error) {
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return nil, nil
	case *ast.MappingNode:
		return n.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, errors.New("not a mapping")
}

func keyText(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	if k, ok := e.Key.(*ast.MappingKeyNode); ok {
		if text, err := plainText(value(k.Value)); err == nil {
			return text
		}
	}
	return e.Key.GetToken().Value
}

// value is what a node holds: a text, as it is written, a []any or a map[string]any;
// nil for nothing, and an error for what is none of these.
func value(n ast.Node) any {
	switch n := n.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		return errors.New("anchors, aliases and tags are not understood; write the value itself, or put it in quotes")
	case nil, *ast.NullNode:
		return nil
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode: // after | or >
		return strings.TrimRight(n.Value.Value, "\n")
	case *ast.SequenceNode:
		var list []any
		for _, n := range n.Values {
			list = append(list, value(n))
		}
		return list
	case ast.ScalarNode:
		return n.GetToken().Value
	}
	entries, err := mapping(n)
	if err != nil {
		return errors.New("neither a plain value nor a list")
	}
	m := map[string]any{}
	for _, e := range entries {
		m[keyText(e)] = value(e.Value)
	}
	return m
}
