package phrase

import (
	"os"
	"strings"
	"sync"
	"time"
)

// Zone is where people read a report, as a time zone is named: "Europe/Berlin", or
// "+01:00" where nobody knows its name; "" is UTC. A report has the zone of the run on
// record, so that it can be rendered again from anywhere; what other programs read is in
// UTC always.
type Zone string

// Here is the zone of this process.
func Here() Zone {
	name := time.Local.String()
	if name == "Local" {
		name, _ = os.Readlink("/etc/localtime")
	}
	if _, of, is := strings.Cut(name, "zoneinfo/"); is {
		name = of
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		name = time.Now().Format("-07:00")
	}
	if name == "Etc/UTC" || name == "UTC" || name == "+00:00" {
		return ""
	}
	return Zone(name)
}

// locations are those that were loaded, by Zone.
var locations sync.Map

func (z Zone) location() *time.Location {
	if at, known := locations.Load(z); known {
		return at.(*time.Location)
	}
	at, err := time.LoadLocation(string(z))
	if err != nil {
		at = time.UTC
		if t, err := time.Parse("-07:00", string(z)); err == nil {
			_, offset := t.Zone()
			at = time.FixedZone("", offset)
		}
	}
	locations.Store(z, at)
	return at
}

// Moment is a time as people read it there, to the minute, with UTC beside: "2026-11-30
// 18:12 CET (17:12 UTC)".
func (z Zone) Moment(t time.Time) string {
	const day, minute = "2006-01-02 ", "15:04"
	here, utc := t.In(z.location()), t.UTC()
	if _, offset := here.Zone(); offset == 0 {
		return utc.Format(day + minute + " UTC")
	}
	beside := minute
	if here.Format(day) != utc.Format(day) {
		beside = day + minute
	}
	return here.Format(day+minute+" MST") + utc.Format(" ("+beside+" UTC)")
}
