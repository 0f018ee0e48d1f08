package input

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
)

// LineKeys are the keys that lines have, at their top.
type LineKeys struct {
	known   map[string]bool // in lower case
	Unknown []string        // the first of them, as they are spelled
	more    int             // how many others there are
}

// mostKeys is how many unknown keys are remembered: of whoever takes uids for
// keys, every line has another one.
const mostKeys = 100

func (k *LineKeys) add(key string) {
	switch low := strings.ToLower(key); {
	case k.known[low] || slices.Contains(k.Unknown, key):
	case apiKeys[low]:
		if k.known == nil {
			k.known = map[string]bool{}
		}
		k.known[low] = true
	case len(k.Unknown) == mostKeys:
		k.more++
	default:
		k.Unknown = append(k.Unknown, key)
	}
}

// Told names the keys that are left alone, with the field that may be meant: one
// that is spelled nearly so, or that usual says is meant where no line has its own.
func (k *LineKeys) Told(usual func(key string) string) string {
	var names []string
	for _, key := range k.Unknown[:min(len(k.Unknown), mostNamedKeys)] {
		name := fmt.Sprintf("%q", key)
		near := phrase.Nearest(key, lineHeader)
		if near == "" {
			near = usual(key)
		}
		if near != "" && !k.known[strings.ToLower(near)] {
			name += fmt.Sprintf(" (is it %q?)", near)
		}
		names = append(names, name)
	}
	if n := len(k.Unknown) + k.more - len(names); n > 0 {
		names = append(names, phrase.Sprintf("%d more", n))
	}
	return fmt.Sprintf("left alone, since a user of the API has %s: %s; in JSON lines the keys are %s, and what else there is to say goes "+
		"into metadata",
		phrase.Form(len(k.Unknown)+k.more, "no such key", "no such "+
			"keys"), phrase.And(names), strings.Join(slices.DeleteFunc(slices.Clone(lineHeader),
			func(name string) bool { return name == "state" }), ", "))
}

const mostNamedKeys = 20

// apiKeys are those that the service gives a user, in lower case; what a roster
// does not have of them is passed over.
var apiKeys = phrase.Set(`uid name avatar link role tags statusmessage metadata status createdat updatedat lastactiveat deactivatedat
	conversationid hasblockedme blockedbyme blockedat blockedbymeat hasblockedmeat authtoken wschannel resource`)
