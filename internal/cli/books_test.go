package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// booked is what the books of a report.json are about.
type booked struct {
	Source     struct{ Rows, Users, Duplicates, Rejected int }
	Remote     struct{ Active, Deactivated int }
	Summary    map[string]json.RawMessage
	Rejects    []json.RawMessage
	Operations []struct {
		Op, UID, Outcome string
	}
}

// cmdBooks counts a report.json again, and wants its totals to be what was
// counted: each source row, each remote user and each operation in one place.
//
//	books r/report.json
func cmdBooks(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: books FILE")
	}
	var r booked
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &r))
	counted := map[string]map[string]int{}
	for _, verb := range []string{"create", "update", "deactivate", "reactivate"} {
		counted[verb] = map[string]int{}
	}
	uids := map[string]bool{}
	for _, o := range r.Operations {
		if uids[o.UID] || counted[o.Op] == nil || o.Outcome == "" {
			ts.Fatalf("operation %+v: twice, or of no verb, or without an outcome", o)
		}
		uids[o.UID] = true
		counted[o.Op]["planned"]++
		counted[o.Op][o.Outcome]++
	}
	existing := len(r.Operations) - counted["create"]["planned"]
	for verb, want := range counted {
		var got map[string]int
		ts.Check(json.Unmarshal(r.Summary[verb], &got))
		maps.DeleteFunc(got, func(_ string, n int) bool { return n == 0 })
		if !maps.Equal(got, want) {
			ts.Fatalf("%s: summary says %v, operations %v", verb, got, want)
		}
	}
	for _, place := range []string{"unchanged", "held", "outOfScope", "protected", "kept"} {
		n := 0
		ts.Check(json.Unmarshal(r.Summary[place], &n))
		existing += n
	}
	if all := r.Remote.Active + r.Remote.Deactivated; all != existing {
		ts.Fatalf("%d remote users, and %d have a place", all, existing)
	}
	if s := r.Source; s.Rows != s.Users+s.Duplicates+s.Rejected || s.Rejected != len(r.Rejects) {
		ts.Fatalf("source %+v, %d rejects", s, len(r.Rejects))
	}
}

// cmdJournal wants all that was written to the app, as a recorder saw it, to
// be on record as sent in the journals below the state directory, and nothing
// to be on record as done that was not sent.
//
//	journal requests.log
func cmdJournal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: journal LOG")
	}
	files, err := filepath.Glob(filepath.Join(ts.Getenv("XDG_STATE_HOME"), "cometsync/app-*/journal/*.jsonl"))
	ts.Check(err)
	recorded := map[string]bool{}
	for _, name := range files {
		ts.Check(readJournal(name, recorded))
	}
	written := 0
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		sent, err := writes(line)
		ts.Check(err)
		for _, s := range sent {
			written++
			if !recorded[s] {
				ts.Fatalf("%s reached the app and is in none of %d journals", s, len(files))
			}
		}
	}
	if written == 0 {
		ts.Fatalf("nothing was written")
	}
}

// readJournal adds what a journal has as sent: the uid, and the verb before it.
func readJournal(name string, recorded map[string]bool) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	type operation struct{ Op, UID string }
	var plan []operation
	sent := map[int]bool{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r struct {
			Operation *operation
			Sent      json.RawMessage // a role's is true
			Done      json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		var indices []int
		var index int
		switch {
		case r.Operation != nil:
			plan = append(plan, *r.Operation)
		case json.Unmarshal(r.Sent, &indices) == nil:
			for _, i := range indices {
				o := plan[i]
				sent[i] = true
				recorded[o.UID], recorded[o.Op+" "+o.UID] = true, true
			}
		case json.Unmarshal(r.Done, &index) == nil && !sent[index]:
			return fmt.Errorf("%s: %d is done, and was not sent", name, index)
		}
	}
	return lines.Err()
}

// writes is whom a request that a recorder wrote down would change.
func writes(line string) ([]string, error) {
	method, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	path, body, _ := strings.Cut(rest, " ")
	_, uid, one := strings.Cut(path, "/users/")
	var b struct {
		UID              string
		UIDsToActivate   []string
		UIDsToDeactivate []string
	}
	if method == "GET" || !strings.Contains(path, "/users") {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return nil, fmt.Errorf("%s: %w", line, err)
	}
	if one {
		uid, err := url.PathUnescape(uid)
		return []string{uid}, err
	}
	if b.UID != "" {
		return []string{"create " + b.UID}, nil
	}
	all := b.UIDsToActivate
	for _, uid := range b.UIDsToDeactivate {
		all = append(all, "deactivate "+uid)
	}
	return all, nil
}
