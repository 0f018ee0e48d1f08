package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/internal/phrase"
)

// choices are the words of the options that take no others, the default first
// where there is one.
var choices = map[string][]string{
	"output":        {"text", "json"},
	"log-format":    {"text", "json"},
	"log-level":     {"debug", "info", "warn", "error"},
	"region":        {"us", "eu", "in"},
	"empty":         {"keep", "clear"},
	"uid-rewrite":   {"none", "slug", "cometchat"},
	"duplicates":    {"error", "first", "last", "merge"},
	"numeric-uid":   {"plain", "displayed"},
	"missing":       {"deactivate", "known", "keep"},
	"for":           {"nightly", "migration"}, // in the order of purposes
	"tags":          {"replace", "merge"},
	"metadata":      {"merge", "replace"},
	"create-with":   {"api", "import", "auto"},
	"undecided":     {"hold", "apply"},
	"format":        {"csv", "xlsx", "jsonl"},
	"headers":       {"both", "x-ratelimit", "x-rate-limit"},
	"headers-when":  {"always", "never", "refused"},
	"other-columns": {"understand", "ignore", "refuse"},
}

// choice is the index of a value among the words that an option takes.
func choice(option, value string) (int, error) {
	words := choices[option]
	if i := slices.Index(words, value); i >= 0 {
		return i, nil
	}
	return 0, usage("--%s %q: must be %s", option, value, phrase.Or(words))
}

// form is what the value of a key of the configuration looks like.
type form uint8

const (
	oneText form = iota + 1
	oneNumber
	oneTruth
	someTexts   // one, or a list
	textsByName // a mapping
	mapsByName  // a mapping of names to mappings
	manySources
)

// key is one of the configuration.
type key struct {
	name  string
	form  form
	usage string
	words []string // all that it takes; nil: any
}

// shapeKeys say how cells become fields. No flag does.
var shapeKeys = []key{
	{"other-columns", oneText, "columns that map does not list: understand (by their names), ignore, or refuse (an error)", choices["other-columns"]},
	{"values", mapsByName, "what cells of a field mean, as in role: {Lehrer: teacher}", nil},
	{"constants", textsByName, "fields that are alike for every row, as in tags: staff", nil},
	{"join", textsByName, "fields that are put together from columns, as in name: \"{First} {Last}\"", nil},
	{"footers", someTexts, "rows that are no people, by patterns of their text, such as \"Stand: *\"", nil},
	{"defaults", textsByName, "what stands for the empty cells of a field, as in role: student", nil},
}

// ownOptions are the options that a source can have for itself.
var ownOptions = []string{"map", "encoding", "delimiter", "header-row", "columns", "fix-mojibake", "keep-mojibake", "tags-separator", "dates", "base", "sheet", "numeric-uid"}

// configKeys are all keys of the configuration.
func configKeys(root *cobra.Command) []key {
	var keys []key
	seen := map[string]bool{"help": true, "config": true, "allow": true} // what is allowed is allowed once
	add := func(f *pflag.Flag) {
		if !seen[f.Name] {
			seen[f.Name] = true
			keys = append(keys, flagKey(f))
		}
	}
	root.PersistentFlags().VisitAll(add)
	for _, c := range root.Commands() {
		if c.Name() != "completion" && c.Name() != "help" && c.Name() != "init" {
			c.Flags().VisitAll(add)
		}
	}
	keys = append(keys, shapeKeys...)
	return append(keys, key{"sources", manySources, "the sources, each by its path or with settings of its own", nil})
}

// sourceKeys are the keys of one source.
func sourceKeys() []key {
	keys := []key{{"path", oneText, "a file, a pattern such as exports/*.csv, or - for standard input", nil}}
	var o options
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.readFlags(f)
	for _, name := range ownOptions {
		keys = append(keys, flagKey(f.Lookup(name)))
	}
	return append(keys, shapeKeys...)
}

func flagKey(f *pflag.Flag) key {
	name, text := pflag.UnquoteUsage(f)
	k := key{name: f.Name, form: oneText, usage: strings.ReplaceAll(text, "`"+name+"`", name), words: choices[f.Name]}
	switch {
	case f.Name == "map":
		k.form, k.usage = textsByName, "what columns hold, by their headers; - leaves one alone"
	case f.Value.Type() == "bool":
		k.form = oneTruth
	case f.Value.Type() == "int":
		k.form = oneNumber
	case f.Value.Type() == "stringArray":
		k.form = someTexts
	}
	return k
}

// structured says that only the configuration has the key: no flag and no
// variable can hold its value.
func (k *key) structured() bool {
	return k.form == manySources || slices.ContainsFunc(shapeKeys, func(s key) bool { return s.name == k.name })
}

func keyNames(keys []key) []string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
	}
	return names
}
