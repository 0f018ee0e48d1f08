package config

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"cometsync/importer/input"
	"cometsync/internal/phrase"
)

func Variable(flag string) string {
	return "COMETSYNC_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Origins are where options have their values from that are not at their defaults.
type Origins map[string]origin

// origin is where an option has its value from; the zero one is its default.
type origin struct {
	Kind  OriginKind
	Where string // for the environment the variable, for a file the file and the line
}

type OriginKind string

const (
	FromFlag        OriginKind = "flag"
	FromEnvironment OriginKind = "environment"
	FromFile        OriginKind = "file"
)

// Resolve gives every flag of a command that was not on the command line its
// value from the environment or the configuration, and says where each has it from. With
// an error, which is the first, all that is not wrong has its value.
func (o *Options) Resolve(ctx context.Context, flags *pflag.FlagSet, getenv func(string) string) (Origins, error) {
	var failed error
	c := &configuration{}
	config := o.Config
	if !flags.Changed("config") {
		if v := getenv(Variable("config")); v != "" {
			config = v
		}
	}
	if config != "" {
		read := &configuration{}
		if _, failed = input.Await(ctx, func() (struct{}, error) { return struct{}{}, read.file(config) }); ctx.Err() == nil {
			c = read
		}
	}
	o.Config = config
	o.copy(&c.opt, func(x *option) bool { return x.in == inConfig })
	from := Origins{}
	for name, where := range c.places {
		from[name] = origin{FromFile, where}
	}
	if config != "" {
		from["config"] = origin{FromFlag, ""}
		if !flags.Changed("config") {
			from["config"] = origin{FromEnvironment, Variable("config")}
		}
	}
	given := map[string]bool{}
	defer func() {
		for i := range o.Own {
			o.Own[i].give(given)
		}
	}()
	fail := func(format string, args ...any) {
		if failed == nil {
			failed = Errorf(format, args...)
		}
	}
	flags.VisitAll(func(f *pflag.Flag) {
		given[f.Name] = f.Changed
		if f.Changed {
			from[f.Name] = origin{FromFlag, ""}
		}
		if f.Changed || f.Name == "config" || f.Name == "help" {
			return
		}
		s, ok := c.options[f.Name]
		vendor := ""
		if x := o.Find(f.Name); x != nil {
			vendor = x.Variable
		}
		for _, name := range []string{Variable(f.Name), vendor} {
			if v := getenv(name); name != "" && v != "" {
				s, ok = setting{where: name, values: []string{v}, list: strings.Split(v, ",")}, true
				given[f.Name] = true
			}
		}
		if !ok {
			return
		}
		if givesWay(flags, f.Name) {
			delete(from, f.Name)
			return
		}
		if given[f.Name] {
			from[f.Name] = origin{FromEnvironment, s.where}
		}
		all := s.values
		if f.Value.Type() == "stringArray" && s.list != nil {
			all = s.list
		} else if f.Value.Type() != "stringArray" && len(all) != 1 {
			fail("%s: takes one value, not a list", s.where)
			return
		}
		for _, v := range all {
			if err := f.Value.Set(v); err != nil {
				fail("%s: %q: %s", s.where, v, Wanted(f, err))
			}
		}
	})
	return from, failed
}

// Wanted is what the value of an option has to be that could not be read.
func Wanted(f *pflag.Flag, err error) string {
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

// CheckVariables refuses a COMETSYNC_… variable that is not an option, and none of
// the others: whoever set it believes in a limit that is not there.
func (o *Options) CheckVariables(environ, others []string) error {
	variables := []string{Variable("config")}
	for _, k := range o.configKeys() {
		if k.in != inConfig {
			variables = append(variables, Variable(k.Name))
		}
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "COMETSYNC_") || value == "" || slices.Contains(variables, name) || slices.Contains(others, name) {
			continue
		}
		hint := ""
		if n := Nearest(name, variables); n != "" {
			hint = fmt.Sprintf("; did you mean %s?", n)
		}
		return Errorf("the environment has %s, which is not an option%s", name, hint)
	}
	return nil
}

// givesWay reports whether the command line names the other sort of target, an app or a
// sandbox, than an option of the configuration or environment. Else an option that is
// given overrides that option alone: an app is its id, region and address together,
// and without one of them it would be another target, with a lock of its own.
func givesWay(flags *pflag.FlagSet, name string) bool {
	named := func(name string) bool {
		f := flags.Lookup(name)
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
func (from Origins) spelt(name string) string {
	switch o := from[name]; o.Kind {
	case FromEnvironment:
		return o.Where
	case FromFile:
		return o.Where + ": " + name
	}
	return "--" + name
}

// Nearest is the option that a mistyped key is most likely meant for, or "". One
// of which only the end is missing is closer than any that has other letters.
func Nearest(key string, options []string) string {
	slices.Sort(options)
	for _, n := range options {
		if strings.HasPrefix(n, strings.ToLower(key)+"-") {
			return n
		}
	}
	return phrase.Nearest(key, options)
}
