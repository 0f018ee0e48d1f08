package cli

import (
	"encoding/json"
	"errors"
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
		if f.Name == "rekey" {
			values = a.opt.pairs // the files may be gone when somebody asks
		}
		config = append(config, plan.Option{Name: f.Name, Values: values})
	})
	if a.set.Lookup("map") != nil {
		config = append(config, a.opt.configOnly()...)
	}
	slices.SortFunc(config, func(a, b plan.Option) int { return strings.Compare(a.Name, b.Name) })
	return config
}

// configOnly is what only the configuration says, each as JSON.
func (o *options) configOnly() (config plan.Config) {
	add := func(name string, said bool, values ...any) {
		if !said {
			return
		}
		option := plan.Option{Name: name}
		for _, v := range values {
			text, err := json.Marshal(v)
			if err != nil {
				panic(err) // texts and numbers can always be marshalled
			}
			option.Values = append(option.Values, string(text))
		}
		config = append(config, option)
	}
	add("other-columns", o.shape.Others != "", o.shape.Others)
	add("values", o.shape.Values != nil, o.shape.Values)
	add("constants", o.shape.Constants != nil, o.shape.Constants)
	add("join", o.shape.Join != nil, o.shape.Join)
	add("defaults", o.shape.Defaults != nil, o.shape.Defaults)
	add("footers", o.shape.Footers != nil, o.shape.Footers)
	var own []any
	for i := range o.own {
		own = append(own, &o.own[i])
	}
	add("sources", len(own) > 0, own...)
	return config
}

// takeConfigOnly reads such an option back; false is one of another name.
func (o *options) takeConfigOnly(option plan.Option) (ok bool, err error) {
	var to any
	switch option.Name {
	case "other-columns":
		to = &o.shape.Others
	case "values":
		to = &o.shape.Values
	case "constants":
		to = &o.shape.Constants
	case "join":
		to = &o.shape.Join
	case "defaults":
		to = &o.shape.Defaults
	case "footers":
		to = &o.shape.Footers
	case "sources":
		o.own = make([]ownSource, len(option.Values))
		for i, v := range option.Values {
			if err := json.Unmarshal([]byte(v), &o.own[i]); err != nil {
				return true, err
			}
		}
		return true, nil
	default:
		return false, nil
	}
	if len(option.Values) != 1 {
		return true, errors.New("not one value")
	}
	return true, json.Unmarshal([]byte(option.Values[0]), to)
}

// shapedBy reads the options under which a plan was made. One that this
// version does not know is an error: it may have kept somebody from harm.
func shapedBy(config plan.Config) (*options, error) {
	var o options
	f := o.shaping()
	for _, option := range config {
		if ok, err := o.takeConfigOnly(option); err != nil {
			return nil, usage("the plan's %s %q: %v", option.Name, option.Values, err)
		} else if ok {
			continue
		}
		if option.Name == "rekey" {
			o.pairs = append([]string{}, option.Values...)
			continue
		}
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
