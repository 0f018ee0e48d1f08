package user

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// ParseTags reads a tags cell: a JSON array of strings, or words between
// '|', ';' or ','. Tags are normalised as texts, empty and repeated ones left out.
func ParseTags(cell string, r *Repairs) ([]string, error) {
	cell = strings.TrimSpace(cell)
	var parts []string
	if strings.HasPrefix(cell, "[") {
		if err := json.Unmarshal([]byte(cell), &parts); err != nil {
			return nil, fmt.Errorf("begins like a JSON array and is none of strings; write [\"a\",\"b\"], or a|b")
		}
	} else {
		parts = strings.FieldsFunc(cell, func(c rune) bool { return c == '|' || c == ';' || c == ',' })
	}
	tags := parts[:0]
	for _, t := range parts {
		// White space around a separator is how people write lists; it is
		// no repair worth counting.
		if t = normalise(strings.TrimSpace(t), r); t != "" && !slices.Contains(tags, t) {
			tags = append(tags, t)
		}
	}
	return tags, nil
}

func checkTags(tags []string) (Code, string) {
	if len(tags) > MaxTags {
		return TagsTooMany, fmt.Sprintf("%d tags, and at most %d are allowed; take some out", len(tags), MaxTags)
	}
	for _, t := range tags {
		if n := units(t); n > MaxTag {
			return TagTooLong, fmt.Sprintf("the tag %.20q… has %d characters, and at most %d are allowed; shorten it", t, n, MaxTag)
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
