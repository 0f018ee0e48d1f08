package cli

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"cometsync/internal/plan"
)

// shaping are the options that shape a plan: how a roster is read, how it is
// compared, what bounds it. They go into the plan, so that it can be applied,
// checked and explained without whoever made it.
func (o *options) shaping() *pflag.FlagSet {
	f := pflag.NewFlagSet("shaping", pflag.ContinueOnError)
	o.readFlags(f)
	o.policyFlags(f)
	return f
}

// config is the shaping options that this command has, as they hold.
func (a *app) config() plan.Config {
	var config plan.Config
	var unused options
	unused.shaping().VisitAll(func(shaping *pflag.Flag) { // in order of the names
		f := a.set.Lookup(shaping.Name)
		if f == nil {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		if f.Name == "protect-list" && values[0] != "" {
			if abs, err := filepath.Abs(values[0]); err == nil {
				values[0] = abs // the plan may be applied from elsewhere
			}
		}
		config = append(config, plan.Option{Name: f.Name, Values: values})
	})
	return config
}

// shapedBy reads the options under which a plan was made. One that this
// version does not know is an error: it may have kept somebody from harm.
func shapedBy(config plan.Config) (*options, error) {
	var o options
	f := o.shaping()
	for _, option := range config {
		known := f.Lookup(option.Name)
		if known == nil {
			return nil, usage("the plan was made with --%s, which this version does not have; plan again", option.Name)
		}
		if list, ok := known.Value.(pflag.SliceValue); ok {
			if err := list.Replace(slices.Clone(option.Values)); err != nil {
				return nil, usage("the plan's --%s %q: %v", option.Name, option.Values, err)
			}
			continue
		}
		if err := known.Value.Set(strings.Join(option.Values, ",")); err != nil {
			return nil, usage("the plan's --%s %q: %v", option.Name, option.Values, err)
		}
	}
	return &o, nil
}
