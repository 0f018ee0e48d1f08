package config

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"cometsync/internal/plan"
)

// Shaped is the options of a command that shape a plan, as they hold: how a
// roster is read, how it is compared, what bounds it.
func (o *Options) Shaped(flags *pflag.FlagSet) plan.Config {
	// They go into the plan, so that it can be applied, checked and explained without
	// whoever made it.
	var config plan.Config
	for _, x := range o.Table() {
		f := flags.Lookup(x.Name)
		if x.in&shaping == 0 || f == nil {
			continue
		}
		values := Values(f)
		if f.Name == "protect-list" {
			values[0] = Absolute(values[0]) // the plan may be applied from elsewhere
		}
		if f.Name == "rekey" {
			values = o.pairs // the files may be gone when somebody asks
		}
		config = append(config, plan.Option{Name: f.Name, Values: values})
	}
	if flags.Lookup("map") != nil { // it reads a roster
		config = append(config, o.ConfigOnly()...)
	}
	slices.SortFunc(config, func(a, b plan.Option) int { return strings.Compare(a.Name, b.Name) })
	return config
}

// ConfigOnly is what only the configuration says, each as JSON.
func (o *Options) ConfigOnly() (config plan.Config) {
	for _, x := range o.Table() {
		switch {
		case x.in != inConfig || !x.isSaid():
		case x.form() == manySources:
			sources := plan.Option{Name: x.Name}
			for i := range o.Own {
				sources.Values = append(sources.Values, string(marshal(&o.Own[i])))
			}
			config = append(config, sources)
		default:
			config = append(config, plan.Option{Name: x.Name, Values: []string{string(marshal(x.to))}})
		}
	}
	return config
}

// takeConfigOnly reads such an option back; false is one of another name.
func (o *Options) takeConfigOnly(option plan.Option) (ok bool, err error) {
	x := o.Find(option.Name)
	switch {
	case x == nil || x.in != inConfig:
		return false, nil
	case x.form() == manySources:
		o.Own = make([]OwnSource, len(option.Values))
		for i, v := range option.Values {
			if err := json.Unmarshal([]byte(v), &o.Own[i]); err != nil {
				return true, err
			}
		}
		return true, nil
	case len(option.Values) != 1:
		return true, errors.New("not one value")
	}
	var v any
	if err := unmarshal([]byte(option.Values[0]), &v); err != nil {
		return true, err
	}
	return true, x.take(v)
}

// Restore reads the options under which a plan was made. One that this
// version does not know is an error: it may have kept somebody from harm.
func Restore(config plan.Config) (*Options, error) {
	var o Options
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.AddFlags(f, shaping)
	for _, option := range config {
		if ok, err := o.takeConfigOnly(option); err != nil {
			return nil, Errorf("the plan's %s %q: %v", option.Name, option.Values, err)
		} else if ok {
			continue
		}
		if option.Name == "rekey" {
			o.pairs = append([]string{}, option.Values...)
			continue
		}
		known := f.Lookup(option.Name)
		if known == nil {
			return nil, Errorf("the plan was made with --%s, which this version does not have; plan again", option.Name)
		}
		if list, ok := known.Value.(pflag.SliceValue); ok {
			if err := list.Replace(slices.Clone(option.Values)); err != nil {
				return nil, Errorf("the plan's --%s %q: %v", option.Name, option.Values, err)
			}
			continue
		}
		if err := known.Value.Set(strings.Join(option.Values, ",")); err != nil {
			return nil, Errorf("the plan's --%s %q: %v", option.Name, option.Values, err)
		}
	}
	if problems := o.Check(f); len(problems) > 0 {
		return nil, Errorf("the plan's %w", problems[0])
	}
	return &o, nil
}

// Absolute is a path from anywhere, as far as it is known where this runs; none is none.
func Absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil && path != "" {
		return abs
	}
	return path
}
