package run

import (
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"cometsync/internal/formats"
)

// Build is what the program was built from, as Go's linker has put it on record.
type Build struct {
	Schema   string    `json:"schema"`             // cometsync.version/v1
	Version  string    `json:"version"`            // the tag, or a pseudo-version that holds the commit; devel without version control
	Commit   string    `json:"commit,omitempty"`   // "" where it was built outside of a checkout
	Time     time.Time `json:"time,omitzero"`      // of the commit, UTC
	Modified bool      `json:"modified,omitempty"` // by what was not committed
	Go       string    `json:"go"`                 // version
	Platform string    `json:"platform"`           // as linux/amd64
	Formats  []string  `json:"formats"`            // that it writes, as plan.json says its own
}

// BuiltFrom reads it once.
var BuiltFrom = sync.OnceValue(func() Build {
	b := Build{Schema: formats.Version.String(), Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	for _, f := range formats.All() {
		b.Formats = append(b.Formats, f.String())
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time, _ = time.Parse(time.RFC3339, s.Value)
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
})

// Version is the module's version.
func Version() string { return BuiltFrom().Version }
