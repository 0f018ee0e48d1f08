package wire

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-faster/jx"
	"github.com/go-json-experiment/json"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
	"cometsync/report"
)

// Head is what a report says of its run.
type Head struct {
	Run    report.Run
	Target plan.Target
}

// ReadPart has a file of a report directory read.
func ReadPart(dir, name string, read func(io.Reader) error) error {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	defer f.Close()
	if err := read(f); err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	return nil
}

// ReadHead reads whose report is in a directory, and nothing after that.
func ReadHead(dir string) (*Head, error) {
	var schema string
	var run runJSON
	var target plan.Target
	err := ReadPart(dir, report.JSONName, func(r io.Reader) error {
		if err := readKeys(r, map[string]any{"schema": &schema, "run": &run, "target": &target}); err != nil {
			return err
		}
		return readable(schema, run.Version)
	})
	if err != nil {
		return nil, err
	}
	return &Head{run.Run, target}, nil
}

// readable returns what is wrong with the format of a report, and what to do.
func readable(schema, version string) error {
	if err := formats.Report.Check(schema, version); err != nil {
		return fmt.Errorf("%w; use the version that wrote it", err)
	}
	return nil
}

// readKeys reads some of the keys of an object, and nothing after the last of them.
func readKeys(r io.Reader, into map[string]any) error {
	d := jx.Decode(r, 4<<10)
	keys, err := d.ObjIter()
	if err != nil {
		return err
	}
	for n := 0; n < len(into) && keys.Next(); {
		key := string(keys.Key())
		place := into[key]
		if place == nil {
			err = d.Skip()
		} else if raw, fault := d.Raw(); fault == nil {
			n++
			if err = formats.Spoken(json.Unmarshal(raw, place)); err != nil {
				err = fmt.Errorf("%q: %w; take the report from a copy", key, err)
			}
		} else {
			err = fault
		}
		if err != nil {
			return err
		}
	}
	return keys.Err()
}

// ResultOf is what a report directory says came of the operation on a user,
// and what was decided on it; nil if the report has none.
func ResultOf(dir, uid string) (found *plan.Result, decision plan.Decision, err error) {
	err = ReadPart(dir, report.JSONName, func(r io.Reader) error {
		_, err := read(r, nil, func(o *operationRead, result *plan.Result) {
			if o.UID != uid || found != nil {
				return
			}
			found = result
			if decision.UnmarshalText([]byte(o.Decision)) != nil {
				decision = plan.Undecided // "undecided", or why nobody could
			}
		})
		return err
	})
	return found, decision, err
}

// Changed reports whether the run of a report directory changed something, or may have.
func Changed(dir string) (bool, error) {
	var n report.Counts
	err := ReadPart(dir, report.JSONName, func(r io.Reader) error { return readKeys(r, map[string]any{"summary": &n}) })
	var all report.Count
	for _, v := range report.Verbs() {
		all.Add(n.Of(v))
	}
	return all.Applied+all.Unknown > 0, err
}
