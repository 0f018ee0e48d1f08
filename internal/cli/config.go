package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/importer"
)

// vendorVariables are the names that CometChat's own tools use for the
// target; they come before COMETSYNC_… of the same option.
var vendorVariables = map[string]string{
	"app-id":       "COMETCHAT_APP_ID",
	"region":       "COMETCHAT_REGION",
	"api-key-file": "COMETCHAT_API_KEY_FILE",
	"base-url":     "COMETCHAT_BASE_URL",
}

func variable(flag string) string {
	return "COMETSYNC_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// settle gives every flag of a command that was not on the command line its
// value from the environment or the configuration.
func (a *app) settle(cmd *cobra.Command) error {
	known := knownFlags(cmd.Root())
	if err := a.checkVariables(known); err != nil {
		return err
	}
	values := map[string]setting{}
	config := a.opt.config
	if !cmd.Flags().Changed("config") {
		if v := a.getenv(variable("config")); v != "" {
			config = v
		}
	}
	if config != "" {
		var err error
		if values, err = readConfig(config, known); err != nil {
			return err
		}
	}
	var failed error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Changed || failed != nil || f.Name == "config" || f.Name == "help" {
			return
		}
		s, ok := values[f.Name]
		for _, name := range []string{variable(f.Name), vendorVariables[f.Name]} {
			if v := a.getenv(name); name != "" && v != "" {
				s, ok = setting{where: name, values: []string{v}, list: strings.Split(v, ",")}, true
			}
		}
		if !ok {
			return
		}
		// A target in the configuration or environment gives way to another on the
		// command line.
		if slices.Contains(targetFlagNames, f.Name) && targetGiven(cmd) {
			return
		}
		all := s.values
		if f.Value.Type() == "stringArray" && s.list != nil {
			all = s.list
		} else if f.Value.Type() != "stringArray" && len(all) != 1 {
			failed = usage("%s: takes one value, not a list", s.where)
			return
		}
		for _, v := range all {
			if err := f.Value.Set(v); err != nil {
				if f.Value.Type() == "bool" {
					err = errors.New("must be true or false")
				}
				failed = usage("%s: %q: %v", s.where, v, err)
			}
		}
	})
	return failed
}

// checkVariables refuses a COMETSYNC_… variable that is no option: whoever set
// it believes in a limit that is not there.
func (a *app) checkVariables(known map[string]bool) error {
	variables := []string{variable("config")}
	for flag := range known {
		variables = append(variables, variable(flag))
	}
	for _, entry := range a.Environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "COMETSYNC_") || value == "" || slices.Contains(variables, name) {
			continue
		}
		hint := ""
		if n := nearest(name, variables); n != "" {
			hint = fmt.Sprintf("; did you mean %s?", n)
		}
		return usage("the environment has %s, which is no option%s", name, hint)
	}
	return nil
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

var targetFlagNames = []string{"app-id", "region", "base-url", "sandbox"}

// targetGiven says whether the command line names a target by itself.
func targetGiven(cmd *cobra.Command) bool {
	for _, name := range []string{"app-id", "base-url", "sandbox"} {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed {
			return name != "app-id" || cmd.Flags().Changed("region")
		}
	}
	return false
}

// setting is one option's value as it was found outside the command line.
type setting struct {
	where  string
	values []string
	list   []string // how a list flag reads it; nil: as values
}

func knownFlags(root *cobra.Command) map[string]bool {
	known := map[string]bool{}
	add := func(f *pflag.Flag) {
		if f.Name != "help" && f.Name != "config" {
			known[f.Name] = true
		}
	}
	root.PersistentFlags().VisitAll(add)
	for _, c := range root.Commands() {
		if c.Name() != "completion" && c.Name() != "help" {
			c.Flags().VisitAll(add)
		}
	}
	return known
}

// readConfig reads a YAML mapping of flag names to values.
func readConfig(path string, known map[string]bool) (map[string]setting, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("configuration: %v", err)
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			return nil, usage("%s:%d: %s", path, syntax.GetToken().Position.Line, syntax.GetMessage())
		}
		return nil, usage("%s: %v", path, err)
	}
	values := map[string]setting{}
	for _, doc := range file.Docs {
		entries, err := mapping(doc.Body)
		if err != nil {
			return nil, usage("%s: %v", path, err)
		}
		for _, e := range entries {
			name, line := e.Key.String(), e.Key.GetToken().Position.Line
			if !known[name] {
				names := make([]string, 0, len(known))
				for n := range known {
					names = append(names, n)
				}
				hint := ""
				if n := nearest(name, names); n != "" {
					hint = fmt.Sprintf("; did you mean %q?", n)
				}
				return nil, usage("%s:%d: unknown key %q%s", path, line, name, hint)
			}
			where := fmt.Sprintf("%s:%d: %s", path, line, name)
			if _, twice := values[name]; twice {
				return nil, usage("%s: stands twice", where)
			}
			all, err := scalars(e.Value)
			if _, isMapping := e.Value.(*ast.MappingNode); isMapping && name != "map" {
				err = fmt.Errorf("takes no mapping")
			}
			if err != nil {
				return nil, usage("%s: %v", where, err)
			}
			values[name] = setting{where: where, values: all}
		}
	}
	return values, nil
}

func mapping(n ast.Node) ([]*ast.MappingValueNode, error) {
	switch n := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return nil, nil
	case *ast.MappingNode:
		return n.Values, nil
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, nil
	}
	return nil, fmt.Errorf("not a mapping of options to values")
}

// scalars reads a value: one scalar, a list of them, or for --map a mapping.
func scalars(n ast.Node) ([]string, error) {
	switch n := n.(type) {
	case *ast.SequenceNode:
		var all []string
		for _, v := range n.Values {
			s, err := scalars(v)
			if err != nil || len(s) != 1 {
				return nil, fmt.Errorf("a list may hold only plain values")
			}
			all = append(all, s...)
		}
		return all, nil
	case *ast.MappingNode, *ast.MappingValueNode:
		entries, err := mapping(n)
		if err != nil {
			return nil, err
		}
		var all []string
		for _, e := range entries {
			k, err1 := scalars(e.Key)
			v, err2 := scalars(e.Value)
			if err1 != nil || err2 != nil || len(k) != 1 || len(v) != 1 {
				return nil, fmt.Errorf("a mapping may hold only plain values")
			}
			all = append(all, k[0]+"="+v[0])
		}
		return all, nil
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		return nil, fmt.Errorf("anchors, aliases and tags are not understood; write the value itself, or put it in quotes")
	case *ast.NullNode:
		return nil, fmt.Errorf("has no value")
	case *ast.StringNode:
		return []string{n.Value}, nil
	case *ast.MappingKeyNode:
		return scalars(n.Value)
	case ast.ScalarNode:
		return []string{n.GetToken().Value}, nil
	}
	return nil, fmt.Errorf("neither a plain value nor a list")
}

// nearest is the option that a mistyped key is most likely meant for, or "". One
// of which only the end is missing is closer than any that has other letters.
func nearest(key string, options []string) string {
	slices.Sort(options)
	for _, n := range options {
		if strings.HasPrefix(n, strings.ToLower(key)+"-") {
			return n
		}
	}
	return importer.Nearest(key, options)
}
