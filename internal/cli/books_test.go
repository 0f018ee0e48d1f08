package cli_test

import (
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
	Conflicts  []struct{ Gone bool }
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
	ts.Check(checkBooks([]byte(ts.ReadFile(args[0]))))
}

// checkBooks is what cmdBooks does with a report.
func checkBooks(text []byte) error {
	var r booked
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	counted := map[string]map[string]int{}
	for _, verb := range []string{"create", "update", "deactivate", "reactivate"} {
		counted[verb] = map[string]int{}
	}
	uids := map[string]bool{}
	for _, o := range r.Operations {
		if uids[o.UID] || counted[o.Op] == nil || o.Outcome == "" {
			return fmt.Errorf("operation %+v: twice, or of no verb, or without an outcome", o)
		}
		uids[o.UID] = true
		counted[o.Op]["planned"]++
		counted[o.Op][o.Outcome]++
	}
	existing := len(r.Operations) - counted["create"]["planned"]
	for verb, want := range counted {
		var got map[string]int
		if err := json.Unmarshal(r.Summary[verb], &got); err != nil {
			return err
		}
		maps.DeleteFunc(got, func(_ string, n int) bool { return n == 0 })
		if !maps.Equal(got, want) {
			return fmt.Errorf("%s: summary says %v, operations %v", verb, got, want)
		}
	}
	for _, place := range []string{"unchanged", "held", "outOfScope", "protected", "kept"} {
		n := 0
		if err := json.Unmarshal(r.Summary[place], &n); err != nil {
			return err
		}
		existing += n
	}
	for _, c := range r.Conflicts {
		if !c.Gone {
			existing++
		}
	}
	if all := r.Remote.Active + r.Remote.Deactivated; all != existing {
		return fmt.Errorf("%d remote users, and %d have a place", all, existing)
	}
	if s := r.Source; s.Rows != s.Users+s.Duplicates+s.Rejected || s.Rejected != len(r.Rejects) {
		return fmt.Errorf("source %+v, %d rejects", s, len(r.Rejects))
	}
	return nil
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

// readJournal adds what a journal has as sent: the uid, and for creates and
// batches the verb before it.
func readJournal(name string, recorded map[string]bool) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	type operation struct{ Op, UID string }
	var operations []operation
	sent, done := map[int]bool{}, map[int]bool{}
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // what a kill has torn
		}
		var r struct {
			Operation *operation
			Sent      json.RawMessage
			Role      string
			Done      *int
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		switch {
		case r.Role != "":
		case r.Operation != nil:
			operations = append(operations, *r.Operation)
		case r.Sent != nil:
			var indices []int
			if err := json.Unmarshal(r.Sent, &indices); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			for _, i := range indices {
				sent[i] = true
				o := operations[i]
				recorded[o.UID], recorded[o.Op+" "+o.UID] = true, true
			}
		case r.Done != nil && (!sent[*r.Done] || done[*r.Done]):
			return fmt.Errorf("%s: %d is done twice, or was not sent", name, *r.Done)
		case r.Done != nil:
			done[*r.Done] = true
		}
	}
	return nil
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
		Users            map[string]json.RawMessage
	}
	if method == "GET" || !strings.Contains(path, "/users") || strings.HasSuffix(path, "/auth_tokens") {
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
	for uid := range b.Users {
		all = append(all, "create "+uid)
	}
	for _, uid := range b.UIDsToDeactivate {
		all = append(all, "deactivate "+uid)
	}
	return all, nil
}
