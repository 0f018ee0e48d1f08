package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cometsync/diff"
	"cometsync/importer"
)

// matching is --match as key paths of the metadata.
func (o *Options) matching() ([][]string, error) {
	var all [][]string
	for _, m := range o.match {
		path, ok := strings.CutPrefix(m, "metadata.")
		if !ok || path == "" || slices.Contains(strings.Split(path, "."), "") {
			return nil, Errorf("--match %q: not of the form metadata.KEY, such as metadata.@private.email", m)
		}
		all = append(all, strings.Split(path, "."))
	}
	return all, nil
}

// What the pairs of --rekey are in a saved plan, old uid first.
const (
	onePerson = " = "
	twoPeople = " != "
)

func (o *Options) readRekeys() error {
	if o.pairs != nil {
		return nil
	}
	same, different, err := importer.ReadRekeys(o.Rekey...)
	if err != nil {
		return Errorf("--rekey: %v", err)
	}
	o.pairs = []string{}
	for to, from := range same {
		o.pairs = append(o.pairs, from+onePerson+to)
	}
	for pair := range different {
		o.pairs = append(o.pairs, pair[0]+twoPeople+pair[1])
	}
	slices.Sort(o.pairs)
	return nil
}

// rekeys are the pairs of --rekey: who is one person, by the new uid, and who is two.
func (o *Options) rekeys() (same map[string]string, different map[diff.Pair]bool, err error) {
	if err := o.readRekeys(); err != nil {
		return nil, nil, err
	}
	same, different = map[string]string{}, map[diff.Pair]bool{}
	for _, pair := range o.pairs {
		if from, to, ok := strings.Cut(pair, twoPeople); ok {
			different[diff.Pair{Old: from, New: to}] = true
		} else if from, to, ok := strings.Cut(pair, onePerson); ok {
			same[to] = from
		} else {
			return nil, nil, fmt.Errorf("rekey %q: %w", pair, errors.New("no pair"))
		}
	}
	return same, different, nil
}
