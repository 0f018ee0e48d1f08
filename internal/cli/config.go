package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/importer"
	"cometsync/internal/phrase"
)

func variable(flag string) string {
	return "COMETSYNC_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// origin is where an option has its value from; the zero one is its default.
type origin struct{ kind, where string }

const (
	fromFlag        = "flag"
	fromEnvironment = "environment" // where is the variable
	fromFile        = "file"        // where is the file and the line
)

// settle gives every flag of a command that was not on the command line its
// value from the environment or the configuration.
func (a *app) settle(cmd *cobra.Command) error {
	if err := a.checkVariables(); err != nil {
		return err
	}
	c := &configuration{}
	config := a.opt.config
	if !cmd.Flags().Changed("config") {
		if v := a.getenv(variable("config")); v != "" {
			config = v
		}
	}
	if config != "" {
		var err error
		if c, err = importer.Await(cmd.Context(), func() (*configuration, error) { return readConfig(config) }); err != nil {
			return err
		}
	}
	a.opt.config = config
	a.opt.copy(&c.opt, func(x *option) bool { return x.in == inConfig })
	a.origins = map[string]origin{}
	for name, where := range c.places {
		a.origins[name] = origin{fromFile, where}
	}
	if config != "" {
		a.origins["config"] = origin{fromFlag, ""}
		if !cmd.Flags().Changed("config") {
			a.origins["config"] = origin{fromEnvironment, variable("config")}
		}
	}
	given := map[string]bool{}
	defer func() {
		for i := range a.opt.own {
			a.opt.own[i].give(given)
		}
	}()
	var failed error
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		given[f.Name] = f.Changed
		if f.Changed {
			a.origins[f.Name] = origin{fromFlag, ""}
		}
		if f.Changed || failed != nil || f.Name == "config" || f.Name == "help" {
			return
		}
		s, ok := c.options[f.Name]
		vendor := ""
		if x := a.opt.find(f.Name); x != nil {
			vendor = x.variable
		}
		for _, name := range []string{variable(f.Name), vendor} {
			if v := a.getenv(name); name != "" && v != "" {
				s, ok = setting{where: name, values: []string{v}, list: strings.Split(v, ",")}, true
				given[f.Name] = true
			}
		}
		if !ok {
			return
		}
		if givesWay(cmd, f.Name) {
			delete(a.origins, f.Name)
			return
		}
		if given[f.Name] {
			a.origins[f.Name] = origin{fromEnvironment, s.where}
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
				failed = usage("%s: %q: %s", s.where, v, wanted(f, err))
			}
		}
	})
	// What keeps every night quiet must not hush whoever asks by hand. Doctor tells
	// of the options of a sync, and speaks all the same.
	if a.origins["quiet"].kind == fromFile && (cmd.Name() != "sync" || a.opt.dryRun) && cmd.Name() != "doctor" {
		a.opt.quiet = false
	}
	return failed
}

// wanted is what the value of an option has to be that could not be read.
func wanted(f *pflag.Flag, err error) string {
	switch f.Value.Type() {
	case "bool":
		return "must be true or false"
	case "int":
		if errors.Is(err, strconv.ErrRange) {
			return "is too large a number"
		}
		return "must be a whole number"
	case "duration":
		return "must be a time with its unit, such as 90s, 5m or 36h"
	}
	return err.Error()
}

// checkVariables refuses a COMETSYNC_… variable that is no option: whoever set
// it believes in a limit that is not there.
func (a *app) checkVariables() error {
	variables := []string{variable("config")}
	for _, k := range a.opt.configKeys() {
		if k.in != inConfig {
			variables = append(variables, variable(k.name))
		}
	}
	for _, entry := range a.Environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "COMETSYNC_") || value == "" || slices.Contains(variables, name) || slices.Contains(finishVariables, name) {
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

// givesWay says whether the command line names the other sort of target, an app or a
// sandbox, than an option of the configuration or environment. Else an option that is
// given overrides that option alone: an app is its id, region and address together,
// and without one of them it would be another target, with a lock of its own.
func givesWay(cmd *cobra.Command, name string) bool {
	named := func(name string) bool {
		f := cmd.Flags().Lookup(name)
		return f != nil && f.Changed && f.Value.String() != ""
	}
	switch name {
	case "sandbox":
		return named("app-id") || named("base-url")
	case "app-id", "region", "base-url":
		return named("sandbox")
	}
	return false
}

// spelt is an option as whoever gave it knows it: the flag, the variable, or the key
// with its place in the configuration.
func (a *app) spelt(name string) string {
	switch o := a.origins[name]; o.kind {
	case fromEnvironment:
		return o.where
	case fromFile:
		return o.where + ": " + name
	}
	return "--" + name
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
	return phrase.Nearest(key, options)
}
