package config

import (
	"bytes"
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

	"cometsync/internal/phrase"
)

// configuration is what a YAML file says.
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

// ReadFile reads a YAML mapping of keys to values.
func ReadFile(path string) (*configuration, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Errorf("configuration: %v", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, Errorf("configuration: %v", err)
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if len(text) > maxConfig {
		return nil, Errorf("%s: larger than %d KiB, as no configuration is; uids belong in the protect list, and people in a source", path,
			maxConfig>>10)
	}
	tokens := lexer.Tokenize(string(text))
	if err := bounded(tokens); err != nil {
		return nil, Errorf("%s:%v", path, err)
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			return nil, Errorf("%s:%d: %s", path, syntax.GetToken().Position.Line, syntax.GetMessage())
		}
		return nil, Errorf("%s: %v", path, err)
	}
	c := &configuration{options: map[string]setting{}, places: map[string]string{}}
	if len(file.Docs) > 1 {
		return nil, Errorf("%s: holds %d documents (a line of --- begins one); a configuration is one", path, len(file.Docs))
	}
	for _, doc := range file.Docs {
		entries, err := mapping(doc.Body)
		if err != nil {
			return nil, Errorf("%s: %v of options to values", path, err)
		}
		d := decoder{path: path, seen: map[string]bool{}}
		err = d.each(entries, c.opt.configKeys(), func(k *option, where string, n ast.Node) error {
			c.places[k.Name] = strings.TrimSuffix(where, ": "+k.Name)
			switch {
			case k.form() == manySources:
				return d.sources(c, where, n)
			case k.in == inConfig:
				return k.decode(n)
			}
			values, err := optionValues(k, n)
			c.options[k.Name] = setting{where: where, values: values}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return c, nil
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
			return fmt.Errorf("%d: more than %d keys in one file", line, maxKeys)
		}
	}
	return nil
}

// decoder knows what has been read of a file.
type decoder struct {
	path string
	seen map[string]bool
}

// each hands over a mapping's values by their keys. An error gets the place.
func (d *decoder) each(entries []*ast.MappingValueNode, keys []option, take func(k *option, where string, n ast.Node) error) error {
	for _, e := range entries {
		name, line := keyText(e), e.Key.GetToken().Position.Line
		i := slices.IndexFunc(keys, func(k option) bool { return k.Name == name })
		if i < 0 {
			hint := ""
			if n := Nearest(name, keyNames(keys)); n != "" {
				hint = fmt.Sprintf("; did you mean %q?", n)
			}
			return Errorf("%s:%d: unknown key %q%s", d.path, line, name, hint)
		}
		where := fmt.Sprintf("%s:%d: %s", d.path, line, name)
		if d.seen[name] {
			return Errorf("%s: stands twice", where)
		}
		d.seen[name] = true
		if err := take(&keys[i], where, e.Value); err != nil {
			var placed Error
			if errors.As(err, &placed) {
				return err
			}
			return Errorf("%s: %v", where, err)
		}
	}
	return nil
}

// sources reads the list of sources.
func (d *decoder) sources(c *configuration, where string, n ast.Node) error {
	list := []ast.Node{n}
	if s, ok := n.(*ast.SequenceNode); ok {
		list = s.Values
	}
	for _, n := range list {
		own := OwnSource{where: where, said: map[string]bool{}}
		if isMapping(n) {
			entries, _ := mapping(n)
			if len(entries) == 0 {
				return Errorf("%s: a source has no path", where)
			}
			own.line = fmt.Sprintf("%s:%d", d.path, entries[0].Key.GetToken().Position.Line)
			own.where = own.line + ": the source"
			inner := decoder{path: d.path, seen: map[string]bool{}}
			if err := inner.each(entries, own.keys(), own.decode); err != nil {
				return err
			}
		} else {
			var err error
			own.line = fmt.Sprintf("%s:%d", d.path, n.GetToken().Position.Line)
			if own.Path, err = oneValue(n); err != nil {
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

// decode reads one key of a source.
func (s *OwnSource) decode(k *option, _ string, n ast.Node) (err error) {
	switch k.Name {
	case "path":
		s.Path, err = oneValue(n)
	case "map":
		s.mapping, err = textMap(n)
	default:
		err = k.decode(n)
		s.said[k.Name] = k.form() != someTexts || k.isSaid() // an empty list is none
	}
	return err
}

// decode reads the value of a key.
func (x *option) decode(n ast.Node) (err error) {
	switch to := x.to.(type) {
	case *map[string]string:
		*to, err = textMap(n)
	case *map[string]map[string]string:
		if !isMapping(n) {
			return errors.New("must be a mapping")
		}
		entries, _ := mapping(n)
		*to = map[string]map[string]string{}
		for _, e := range entries {
			if (*to)[keyText(e)], err = textMap(e.Value); err != nil {
				return fmt.Errorf("%s: %w", keyText(e), err)
			}
		}
	default:
		var values []string
		if values, err = optionValues(x, n); err == nil {
			x.take(values)
		}
	}
	return err
}

// optionValues are a flag's values.
func optionValues(k *option, n ast.Node) ([]string, error) {
	if k.form() == textsByName {
		if isMapping(n) {
			m, err := textMap(n)
			var all []string
			for name, text := range m {
				all = append(all, name+"="+text)
			}
			slices.Sort(all)
			return all, err
		}
	}
	if s, ok := n.(*ast.SequenceNode); ok && (k.form() == someTexts || k.form() == textsByName) {
		var all []string
		for _, v := range s.Values {
			text, err := oneValue(v)
			if err != nil {
				return nil, fmt.Errorf("a list may hold only plain values")
			}
			all = append(all, text)
		}
		return all, nil
	}
	text, err := oneValue(n)
	switch {
	case err != nil:
	case k.form() == oneTruth:
		_, err = truth(text)
	case k.form() == oneNumber:
		_, err = number(text)
	case k.Words != nil && !slices.Contains(k.Words, text):
		err = fmt.Errorf("%q: must be %s", text, phrase.Or(k.Words))
	}
	return []string{text}, err
}

func number(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%q: must be a whole number", text)
	}
	return n, nil
}

// truth reads what YAML and JSON call so, and nothing else.
func truth(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf("%q: must be true or false", text)
	}
	return text == "true", nil
}

func isMapping(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
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

// textMap reads a mapping of texts to texts.
func textMap(n ast.Node) (map[string]string, error) {
	if !isMapping(n) {
		return nil, errors.New("must be a mapping")
	}
	entries, _ := mapping(n)
	out := map[string]string{}
	for _, e := range entries {
		text, err := oneValue(e.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", keyText(e), err)
		}
		out[keyText(e)] = text
	}
	return out, nil
}

// keyText is a key as it is written.
func keyText(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	if k, ok := e.Key.(*ast.MappingKeyNode); ok {
		if text, err := oneValue(k.Value); err == nil {
			return text
		}
	}
	return e.Key.GetToken().Value
}

// oneValue reads a plain value, as it is written.
func oneValue(n ast.Node) (string, error) {
	switch n := n.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		return "", errors.New("anchors, aliases and tags are not understood; write the value itself, or put it in quotes")
	case nil, *ast.NullNode:
		return "", errors.New("has no value")
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode: // after | or >
		return strings.TrimRight(n.Value.Value, "\n"), nil
	case *ast.MappingNode, *ast.MappingValueNode:
		return "", errors.New("takes no mapping")
	case *ast.SequenceNode:
		return "", errors.New("takes one value, not a list")
	case ast.ScalarNode:
		return n.GetToken().Value, nil
	}
	return "", errors.New("neither a plain value nor a list")
}
