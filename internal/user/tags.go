package user

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
)

// appendTags reads a tags cell into tags, which is empty: a JSON array of
// strings, or words between separator, which is '|', ';' or ',' where it is "". Tags are normalised as texts, empty
// and repeated ones left out.
func appendTags(tags []string, cell, separator string, r *Repairs) ([]string, error) {
	add := func(t string) {
		// White space around a separator is how people write lists; it is
		// no repair worth counting.
		if t = normalise(strings.TrimSpace(t), r); t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	cell = strings.TrimSpace(cell)
	if strings.HasPrefix(cell, "[") {
		var parts []string
		if err := json.Unmarshal([]byte(cell), &parts); err != nil {
			return nil, fmt.Errorf("begins like a JSON array and is not one of strings; write [\"a\",\"b\"], or a|b")
		}
		for _, t := range parts {
			add(t)
		}
		return tags, nil
	}
	for _, t := range TagTexts(cell, separator) {
		add(t)
	}
	return tags, nil
}

// TagTexts are the pieces of a cell that is a list with a separator, or with any
// that is usual where it is "".
func TagTexts(cell, separator string) []string {
	if separator != "" {
		return strings.Split(cell, separator)
	}
	return strings.FieldsFunc(cell, func(c rune) bool { return c == '|' || c == ';' || c == ',' })
}

func checkTags(tags []string) (Code, string) {
	if len(tags) > MaxTags {
		return TagsTooMany, phrase.Sprintf("%d tags, and at most %d are allowed; take some out", len(tags), MaxTags)
	}
	for _, t := range tags {
		if n := overlong(t, MaxTag); n > 0 {
			return TagTooLong, phrase.Sprintf("the tag %.20q… has %d characters, and at most %d are allowed; shorten it", t, n, MaxTag)
		}
	}
	return noCode, ""
}

// TagSet is the normalised form in which tags are compared: without
// duplicates, sorted.
func TagSet(tags []string) []string {
	set := make([]string, 0, len(tags))
	for _, t := range tags {
		if t = Text(t); t != "" {
			set = append(set, t)
		}
	}
	slices.Sort(set)
	return slices.Compact(set)
}
