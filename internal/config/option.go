package config

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// option is one of the program's. Its flag, its key in the configuration, its
// variable in the environment, its place in the schema and in help, and how a
// shell completes it all come from here.
type option struct {
	Name, short string
	to          any      // where its value goes; the type says what values it has
	def         string   // its value when nobody gives one; "" for none, no and 0
	Words       []string // all that it takes; nil: any
	offers      string   // some of what it takes, which a shell offers
	files       string   // how the files end that it takes; "/" for directories, "*" for any
	help        string
	brief       string // the same in a few words, of those that one screen of help has
	zero        string // what 0 does, which whoever gives less may want
	positive    bool   // 0 is not a value either
	said        string // of it in the configuration, where that is not help
	Variable    string // the name that CometChat's own tools have for it, which comes before COMETSYNC_…

	in    set // the next three are its section's
	group group
	own   bool
}

// section is options of the same commands and of one group.
type section struct {
	in      set
	group   group
	own     bool // a source of the configuration may have them for itself
	options []option
}

// set is what commands have in common of the options.
type set uint32

const (
	InAll set = 1 << iota
	inConfig
	inApp
	inRemote
	inSource
	InRead
	inPolicy
	inBounds
	inAllow
	inProtect
	inReport
	InPrivate
	inRun
	inState
	inWrite
	inCreate
	inMonitor
	inApply
	inUndo
	InVerify
	InRuns
	InExport
	InInit
	InSandbox
	inRehearse
)

// The options of commands.
const (
	bounding   = inBounds | inAllow | inProtect
	shaping    = InRead | inPolicy | bounding
	OfTarget   = inApp | inRemote
	ofRun      = inReport | inRun | inState
	OfValidate = inSource | InRead | inAllow | inReport
	OfPlan     = OfTarget | inSource | shaping | ofRun
	OfDiff     = shaping | inReport | inRun
	OfSync     = OfPlan | inWrite | inCreate | inMonitor
	OfRehearse = OfPlan | inCreate | inRehearse
	OfApply    = OfTarget | inProtect | inAllow | ofRun | inWrite | inCreate | inMonitor | inApply
	OfUndo     = OfTarget | bounding | ofRun | inWrite | inUndo
	OfEarlier  = inApp | inState // of commands about earlier runs
)

// Table is all options, those of a source first in the order in which a plan has them.
// It is made once, and is for reading; a copy of the options makes its own.
func (o *Options) Table() []option {
	if o.table.of == o {
		return o.table.all
	}
	var all []option
	for _, s := range slices.Concat(o.readOptions(), o.appOptions(), o.matchOptions(), o.limitOptions(), o.applyOptions(),
		o.reportOptions(), o.singleOptions(), o.sandboxOptions()) {
		for _, x := range s.options {
			x.in, x.group, x.own = s.in, s.group, s.own
			all = append(all, x)
		}
	}
	o.table = table{o, all}
	return all
}

// table is the options whose values go into some Options.
type table struct {
	of  *Options
	all []option
}

// Find is the option of a name, or nil.
func (o *Options) Find(name string) *option {
	all := o.Table()
	if i := slices.IndexFunc(all, func(x option) bool { return x.Name == name }); i >= 0 {
		return &all[i]
	}
	return nil
}

// copy takes the values of some options from others.
func (o *Options) copy(from *Options, wanted func(*option) bool) {
	theirs := from.Table()
	for i, x := range o.Table() {
		if wanted(&x) {
			reflect.ValueOf(x.to).Elem().Set(reflect.ValueOf(theirs[i].to).Elem())
		}
	}
}

// Check says what is wrong with the values of a command's options, each by itself;
// those that are texts for a type have their values from then on.
func (o *Options) Check(flags *pflag.FlagSet) (problems []error) {
	for _, x := range o.Table() {
		if f := flags.Lookup(x.Name); f != nil {
			if err := x.check(f.Value.String()); err != nil {
				problems = append(problems, err)
			}
		}
	}
	return problems
}

func (x *option) check(text string) error {
	wrong := x.Words != nil && text != x.def && !slices.Contains(x.Words, text)
	negative, none := false, false
	switch to := x.to.(type) {
	case encoding.TextUnmarshaler:
		err := to.UnmarshalText([]byte(text))
		if wrong = err != nil && x.Words != nil; err != nil && !wrong {
			return Errorf("--%s: %v", x.Name, err)
		}
	case *int:
		negative = *to < 0
	case *time.Duration:
		negative, none = *to < 0, *to == 0
	}
	switch {
	case x.positive && (negative || none):
		return Errorf("--%s %s: has to be above 0", x.Name, text)
	case wrong:
		return Errorf("--%s %q: must be %s", x.Name, text, phrase.Or(x.Words))
	case negative && x.zero != "":
		return Errorf("--%s %s: can't be negative; 0 %s", x.Name, text, x.zero)
	case negative:
		return Errorf("--%s %s: can't be negative", x.Name, text)
	}
	return nil
}

// Flags gives a command, which it returns, the flags of sets of options; those of every
// command it has for the commands below it.
func (o *Options) Flags(c *cobra.Command, in set) *cobra.Command {
	f := c.Flags()
	if in == InAll {
		f = c.PersistentFlags()
	}
	o.AddFlags(f, in)
	for _, x := range o.Table() {
		if x.in&in != 0 {
			words, how := x.choices()
			_ = c.RegisterFlagCompletionFunc(x.Name, cobra.FixedCompletions(words, how)) // there is the flag, and once
		}
	}
	return c
}

func (o *Options) AddFlags(f *pflag.FlagSet, in set) {
	for _, x := range o.Table() {
		if x.in&in != 0 {
			x.flag(f)
		}
	}
}

// SourceFiles are the ends of files that a roster is read from.
const SourceFiles = "csv tsv txt xlsx xlsm jsonl gz"

// choices are what a shell offers for the option.
func (x *option) choices() (words []string, how cobra.ShellCompDirective) {
	switch words = slices.Concat(x.Words, strings.Fields(x.offers)); {
	case x.files != "":
		return FileChoices(x.files)
	case slices.ContainsFunc(words, func(w string) bool { return strings.ContainsAny(w[len(w)-1:], "=:.") }):
		return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// FileChoices has a shell offer files that end so, by words; "/" directories, "*" any.
func FileChoices(ends string) (words []string, how cobra.ShellCompDirective) {
	switch ends {
	case "*":
		return nil, cobra.ShellCompDirectiveDefault
	case "/":
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return strings.Fields(ends), cobra.ShellCompDirectiveFilterFileExt
}

func guardsToAllow() string { return strings.Join(plan.GuardsToLift(), "= ") + "=" }

// Values are those of a flag, of which a list may have none.
func Values(f *pflag.Flag) []string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return slices.Clone(list.GetSlice())
	}
	return []string{f.Value.String()}
}

// text is the value of an option that a type is made of once all are given.
type text struct{ string }

func (t *text) Set(s string) error { t.string = s; return nil }
func (t *text) String() string     { return t.string }
func (t *text) Type() string       { return "string" }

func (x *option) flag(f *pflag.FlagSet) {
	switch to := x.to.(type) {
	case *string:
		f.StringVarP(to, x.Name, x.short, x.def, x.help)
	case *[]string:
		f.StringArrayVarP(to, x.Name, x.short, nil, x.help)
	case *bool:
		f.BoolVarP(to, x.Name, x.short, x.def == "true", x.help)
	case *int:
		n, _ := strconv.Atoi(x.def) // "" is 0
		f.IntVarP(to, x.Name, x.short, n, x.help)
	case *uint64:
		n, _ := strconv.ParseUint(x.def, 10, 64)
		f.Uint64VarP(to, x.Name, x.short, n, x.help)
	case encoding.TextUnmarshaler:
		_ = to.UnmarshalText([]byte(x.def)) // also where the command has it not
		f.VarP(&text{x.def}, x.Name, x.short, x.help)
	case *time.Duration:
		d, _ := time.ParseDuration(x.def)
		f.DurationVarP(to, x.Name, x.short, d, x.help)
		f.Lookup(x.Name).DefValue = phrase.Span(d) // as help and man pages say it
	}
	_ = f.SetAnnotation(x.Name, grouped, []string{string(x.group), x.brief}) // there is the flag
}

func (x *option) isSaid() bool { return !reflect.ValueOf(x.to).Elem().IsZero() }

// marshal is a value as a plan has it.
func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers can always be marshalled
	}
	return text
}

func unmarshal(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}
