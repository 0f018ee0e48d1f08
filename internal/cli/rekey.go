package cli

import (
	"slices"
	"strings"
)

// matching is --match as key paths of the metadata.
func (o *options) matching() ([][]string, error) {
	var all [][]string
	for _, m := range o.match {
		path, ok := strings.CutPrefix(m, "metadata.")
		if !ok || path == "" || slices.Contains(strings.Split(path, "."), "") {
			return nil, usage("--match %q: not of the form metadata.KEY, such as metadata.@private.email", m)
		}
		all = append(all, strings.Split(path, "."))
	}
	return all, nil
}
