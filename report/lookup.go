package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"cometsync/internal/plan"
)

// Head is what a report says of its run.
type Head struct {
	Run    Run
	Target plan.Target
}

// ReadHead reads whose report a report.json is.
func ReadHead(r io.Reader) (*Head, error) {
	var schema string
	var run runJSON
	var target targetJSON
	err := eachKey(r, map[string]any{"schema": &schema, "run": &run, "target": &target}, func(key string, d *json.Decoder) (more bool, err error) {
		switch key {
		case "schema", "run":
			return true, nil
		case "target":
			return false, nil
		}
		return true, skip(d)
	})
	switch {
	case err != nil:
		return nil, err
	case schema != Schema:
		return nil, fmt.Errorf("its form is %.40q, and this version reads %s", schema, Schema)
	}
	return &Head{
		Run: Run{ID: run.ID, Command: run.Command, Version: run.Version, StartedAt: orZero(run.StartedAt), FinishedAt: orZero(run.FinishedAt),
			Result: run.Result, ExitCode: run.ExitCode},
		Target: plan.Target(target),
	}, nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// ResultOf is what a report directory says came of the operation on a user,
// and what was decided on it; nil if the report has none.
func ResultOf(dir, uid string) (found *plan.Result, decision plan.Decision, err error) {
	f, err := os.Open(filepath.Join(dir, "report.json"))
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	err = eachKey(f, nil, func(key string, d *json.Decoder) (more bool, err error) {
		if key != "operations" {
			return true, skip(d)
		}
		if _, err := d.Token(); err != nil {
			return false, err
		}
		for d.More() {
			var o struct {
				UID      string
				Decision string
				Outcome  plan.Outcome
				Attempts int
				Error    *struct {
					Code, Message string
					Kind          plan.FailureKind
					Status        int
					Details       map[string][]string
				}
			}
			if err := d.Decode(&o); err != nil {
				return false, err
			}
			if o.UID != uid {
				continue
			}
			found = &plan.Result{Outcome: o.Outcome, Attempts: o.Attempts}
			if decision.UnmarshalText([]byte(o.Decision)) != nil {
				decision = plan.Undecided // "undecided", or why nobody could
			}
			if e := o.Error; e != nil {
				found.Code, found.Message, found.Kind, found.Status, found.Details = e.Code, e.Message, e.Kind, e.Status, e.Details
			}
			return false, nil
		}
		return false, nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return found, decision, nil
}

// eachKey goes through the keys of an object, decodes those of which there is a
// place to put them; then is called after each of these, and to read the value
// of each other key, and says whether to go on.
func eachKey(r io.Reader, into map[string]any, then func(key string, d *json.Decoder) (more bool, err error)) error {
	d := json.NewDecoder(bufio.NewReaderSize(r, 64<<10))
	t, err := d.Token()
	if err != nil {
		return err
	}
	if t != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		if place, ok := into[key]; ok {
			if err := d.Decode(place); err != nil {
				return err
			}
		}
		more, err := then(key, d)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// skip passes a value over, however long it is.
func skip(d *json.Decoder) error {
	depth := 0
	for {
		t, err := d.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// PlaceOf is where the plan left a user, by users.csv of a report directory;
// not itemized is a report that has no such file. No place is a user who was
// none of the app's, or one with an operation.
func PlaceOf(dir, uid string) (place plan.Place, itemized bool, err error) {
	f, err := os.Open(filepath.Join(dir, "users.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	in := csv.NewReader(bufio.NewReaderSize(f, 64<<10))
	in.ReuseRecord = true
	for {
		record, err := in.Read()
		switch {
		case errors.Is(err, io.EOF):
			return 0, true, nil
		case err != nil:
			return 0, false, fmt.Errorf("%s: %w", f.Name(), err)
		case len(record) == 2 && record[0] == uid:
			var verb plan.Verb
			if verb.UnmarshalText([]byte(record[1])) == nil {
				return 0, true, nil
			}
			if err := place.UnmarshalText([]byte(record[1])); err != nil {
				return 0, false, fmt.Errorf("%s: %w", f.Name(), err)
			}
			return place, true, nil
		}
	}
}
