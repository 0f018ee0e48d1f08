package config

import (
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"cometsync/diff/guard"
)

// group is where help has an option.
type group string

const (
	groupOwn      group = "Options" // of one command
	groupApp      group = "App"
	groupReading  group = "Reading"
	groupMatching group = "Matching"
	groupLimits   group = "Limits"
	groupApplying group = "Applying"
	groupReports  group = "Reports"
	groupGeneral  group = "General" // of every command
)

// grouped is the annotation of a flag that has its group, and what it is in a few words.
const grouped = "cometsync group"

// Group is options that belong together, the common ones first.
type Group struct {
	Name    string
	Entries []Entry
}

// Entry is an option as help and man pages tell of it.
type Entry struct {
	Flag, Value string // as they are typed; no value where none is given
	Text, Brief string // what it is, and in a few words; none of what is not common
	Default     string // "" for none
	Variables   []string
	Key         string // of the configuration; "" for none
}

// Groups are the options of a command as help has them.
func Groups(flags *pflag.FlagSet) (all []Group) {
	for _, g := range []group{groupOwn, groupApp, groupReading, groupMatching, groupLimits, groupApplying, groupReports, groupGeneral} {
		all = append(all, Group{Name: string(g)})
	}
	var o Options
	keys := keyNames(o.configKeys())
	flags.SortFlags = false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		about := f.Annotations[grouped]
		if about == nil { // cobra's, of help and version
			about = []string{string(groupGeneral), ""}
		}
		i := slices.IndexFunc(all, func(g Group) bool { return g.Name == about[0] })
		all[i].Entries = append(all[i].Entries, entry(f, about[1], keys))
	})
	all = slices.DeleteFunc(all, func(g Group) bool { return len(g.Entries) == 0 })
	for _, g := range all {
		slices.SortStableFunc(g.Entries, func(a, b Entry) int {
			return strings.Compare(b.Brief, "") - strings.Compare(a.Brief, "")
		})
	}
	return all
}

func entry(f *pflag.Flag, brief string, keys []string) Entry {
	e := Entry{Flag: "--" + f.Name, Brief: brief}
	if f.Shorthand != "" {
		e.Flag = "-" + f.Shorthand + ", " + e.Flag
	}
	e.Value, e.Text = pflag.UnquoteUsage(f)
	var o Options
	x := o.Find(f.Name)
	switch {
	case x != nil && x.Words != nil:
		e.Value = "WORD"
	case x != nil && reflect.TypeOf(x.to) == reflect.TypeFor[*guard.Limit]():
		e.Value = "LIMIT"
	case e.Value == "string", e.Value == "stringArray":
		e.Value = "TEXT"
	case e.Value == "int", e.Value == "uint":
		e.Value = "N"
	case e.Value == "duration":
		e.Value = "TIME"
	}
	if d := f.DefValue; !slices.Contains([]string{"", "[]", "0", "0s", "false"}, d) {
		e.Default = d
	}
	if x != nil && x.Variable != "" {
		e.Variables = append(e.Variables, x.Variable)
	}
	if slices.Contains(keys, f.Name) {
		e.Key = f.Name
	}
	if e.Key != "" || f.Name == "config" {
		e.Variables = append(e.Variables, Variable(f.Name))
	}
	return e
}

// Notes are its default and its names elsewhere.
func (e *Entry) Notes() string {
	var notes []string
	for _, x := range []struct{ name, value string }{{"default", e.Default}, {"env", strings.Join(e.Variables, ", ")}, {"key", e.Key}} {
		if x.value != "" {
			notes = append(notes, "["+x.name+": "+x.value+"]")
		}
	}
	return strings.Join(notes, " ")
}
