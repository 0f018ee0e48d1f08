package user

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// appendTags reads a tags cell into tags, which is empty: a JSON array of
// strings, or words between '|', ';' or ','. Tags are normalised as texts, empty
// and repeated ones left out.
func appendTags(tags []string, cell string, r *Repairs) ([]string, error) {
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
			return nil, fmt.Errorf("begins like a JSON array and is none of strings; write [\"a\",\"b\"], or a|b")
		}
		for _, t := range parts {
			add(t)
		}
		return tags, nil
	}
	start := 0
	for i := 0; i < len(cell); i++ {
		if c := cell[i]; c == '|' || c == ';' || c == ',' {
			add(cell[start:i])
			start = i + 1
		}
	}
	add(cell[start:])
	return tags, nil
}

func checkTags(tags []string) (Code, string) {
	if len(tags) > MaxTags {
		return TagsTooMany, fmt.Sprintf("%d tags, and at most %d are allowed; take some out", len(tags), MaxTags)
	}
	for _, t := range tags {
		if n := overlong(t, MaxTag); n > 0 {
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
