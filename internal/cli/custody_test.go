package cli_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// custody is an app in a file, an export, and what a run of both says.
type custody struct {
	t   *testing.T
	dir string
}

// reported is what these tests read of a report.json.
type reported struct {
	Rejects []struct {
		Row  int
		UID  string
		Code string
	}
	Operations []struct{ UID, Op, Outcome string }
	Held       []struct {
		UID     string
		Because string
		Source  struct{ Row int }
	}
	Rekeys  []struct{ Old, New, Because string }
	Summary struct{ Unchanged int }
}

func (r *reported) count(op string) int {
	n := 0
	for _, o := range r.Operations {
		if o.Op == op {
			n++
		}
	}
	return n
}

func newCustody(t *testing.T) *custody {
	t.Helper()
	return &custody{t, t.TempDir()}
}

func (c *custody) path(name string) string { return filepath.Join(c.dir, name) }

func (c *custody) write(name, text string) {
	c.t.Helper()
	writeFile(c.t, c.path(name), text)
}

// run runs a command on export.csv and app.jsonl, wants an exit code, and reads
// the report.
func (c *custody) run(want int, command, export string, args ...string) *reported {
	c.t.Helper()
	dir := c.path("report-" + export)
	code, stdout, stderr := invoke(c.t, time.Now, []string{"HOME=" + c.dir}, append([]string{command, c.path(export), "--sandbox",
		c.path("app.jsonl"), "--report-dir", dir, "--state-dir", c.path("state")}, args...)...)
	if code != want {
		c.t.Fatalf("%s %s %q: exit code %d, want %d\n%s%s", command, export, args, code, want, stdout, stderr)
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		c.t.Fatal(err)
	}
	if err := checkBooks(text); err != nil {
		c.t.Error(err)
	}
	var r reported
	if err := json.Unmarshal(text, &r); err != nil {
		c.t.Fatal(err)
	}
	return &r
}

// broken is a way in which a row of an export goes bad: the uid that the app
// has, the row's cells, and why the two are taken for one.
type broken struct {
	what    string
	uid     func(i int) string
	row     func(i int, uid string) string // of the columns uid, name, state, tags, metadata.@private.email
	code    string
	because string
}

func plainUID(prefix string) func(int) string {
	return func(i int) string { return fmt.Sprintf("%s-%04d", prefix, i) }
}

var everyBreakage = []broken{
	{"a word that is not a state", plainUID("word"),
		func(i int, uid string) string { return uid + ",Word,on leave?,," }, "state-unknown", "same-uid"},
	{"more tags than a user may have", plainUID("tags"),
		func(i int, uid string) string { return uid + ",Tags,active," + manyTags() + "," }, "tags-too-many", "same-uid"},
	{"bytes that are not text", plainUID("bytes"),
		func(i int, uid string) string { return uid + ",M\xFCller,active,," }, "encoding-broken", "same-uid"},
	{"cells that are missing", plainUID("short"),
		func(i int, uid string) string { return uid + ",Short" }, "cells-missing", "any-cell"},
	{"zeros that a spreadsheet took off", func(i int) string { return fmt.Sprintf("00%d", 7100+i) },
		func(i int, uid string) string { return uid[2:] + "," + strings.Repeat("n", 101) + ",active,," }, "name-too-long", "leading-zeros"},
	{"a number that a spreadsheet rounded", func(i int) string { return fmt.Sprintf("20%d4567890123451", i+1) },
		func(i int, uid string) string {
			return fmt.Sprintf("2.0%d457E+15,Rounded,active,,", i+1)
		}, "uid-invalid", "rounded-number"},
	{"characters that no uid has", func(i int) string { return fmt.Sprintf("emp-%04d", i) },
		func(i int, uid string) string {
			return []string{"emp %04d", "Emp.%04d", "EMP-%04d!", "emp/%04d", "emp-%04d@example.org"}[i] + ",Invalid,active,,"
		}, "uid-invalid", "invalid-uid"},
	{"no uid, and an address that the app knows", plainUID("mail"),
		func(i int, uid string) string { return fmt.Sprintf(",No uid,active,,MAIL%04d@example.org", i) }, "uid-missing", "same-key"},
}

func manyTags() string {
	var tags strings.Builder
	for i := range 30 {
		fmt.Fprintf(&tags, "|tag%d", i)
	}
	return tags.String()
}

// expected is the bad row for which somebody is held.
type expected struct {
	row           int
	code, because string
}

const badPeople, badEach = 1000, 5

// badRows writes an app, an export in which some rows went bad in every way, and one
// without these, and gives whom they may mean.
func (c *custody) badRows() map[string]expected {
	const header = "uid,name,state,tags,metadata.@private.email\n"
	var app strings.Builder
	good, all := header, header
	known := func(uid, name, email string) {
		metadata := "{}"
		if email != "" {
			metadata = fmt.Sprintf(`{"@private":{"email":%q}}`, email)
		}
		fmt.Fprintf(&app, `{"uid":%q,"name":%q,"metadata":%s}`+"\n", uid, name, metadata)
	}
	want := map[string]expected{}
	every := badPeople / (badEach * len(everyBreakage))
	for i := range badPeople {
		if i%every != 0 {
			uid, email := fmt.Sprintf("fine-%04d", i), fmt.Sprintf("fine%d@example.org", i)
			known(uid, "Finé", email) // whose name shows the file's encoding
			line := uid + ",Finé,active,," + email + "\n"
			good, all = good+line, all+line
			continue
		}
		n := i / every
		b, k := everyBreakage[n%len(everyBreakage)], n/len(everyBreakage)
		uid, email := b.uid(k), ""
		if b.because == "same-key" {
			email = fmt.Sprintf("mail%04d@example.org", k)
		}
		known(uid, "Bad", email)
		line := b.row(k, uid)
		if strings.Contains(line, "%04d") {
			line = fmt.Sprintf(line, k)
		}
		all += line + "\n"
		want[uid] = expected{i + 2, b.code, b.because}
	}
	c.write("app.jsonl", app.String())
	c.write("all.csv", all)
	c.write("good.csv", good)
	return want
}

// An export with forty rows that went bad in eight ways, each in its own, costs
// nobody an account: whoever a bad row may mean is held, with that row. The
// same export without these rows deactivates all forty, so that it is the rows
// that hold them and nothing else.
func TestBadRowsCostNobodyAnAccount(t *testing.T) {
	c := newCustody(t)
	want := c.badRows()
	if len(want) != badEach*len(everyBreakage) {
		t.Fatalf("%d rows are bad", len(want))
	}
	r := c.run(3, "sync", "all.csv", "--match", "metadata.@private.email", "--encoding", "utf-8")
	if len(r.Operations) > 0 {
		t.Errorf("%d operations, the first %+v", len(r.Operations), r.Operations[0])
	}
	if r.Summary.Unchanged != badPeople-len(want) {
		t.Errorf("%d are unchanged, want %d", r.Summary.Unchanged, badPeople-len(want))
	}
	codes := map[int]string{}
	for _, reject := range r.Rejects {
		codes[reject.Row] = reject.Code
	}
	held := map[string]bool{}
	for _, h := range r.Held {
		w := want[h.UID]
		if held[h.UID] || h.Source.Row != w.row || h.Because != w.because || codes[w.row] != w.code {
			t.Errorf("%s is held for row %d (%s, a reject for %s), want %+v", h.UID, h.Source.Row, h.Because, codes[h.Source.Row], w)
		}
		held[h.UID] = true
	}
	for uid, w := range want {
		if !held[uid] {
			t.Errorf("%s is not held: row %d, %s", uid, w.row, w.because)
		}
	}
	if len(r.Held) != len(want) || len(codes) != len(want) {
		t.Errorf("%d are held and %d rows rejected, want %d", len(r.Held), len(codes), len(want))
	}

	r = c.run(0, "sync", "good.csv", "--max-deactivate", "none")
	if r.count("deactivate") != len(want) || len(r.Operations) != len(want) || len(r.Held) > 0 {
		t.Errorf("without the bad rows: %d operations, %d held", len(r.Operations), len(r.Held))
	}
	for _, o := range r.Operations {
		if _, ok := want[o.UID]; !ok || o.Op != "deactivate" || o.Outcome != "applied" {
			t.Errorf("without the bad rows: %+v", o)
		}
	}
}

// An export that lost the zeros of two hundred ids neither creates nor
// deactivates any of these people: they are offered as pairs, and rekey.csv,
// handed back, settles them in one go.
func TestLostZerosCostNobodyAnAccount(t *testing.T) {
	const people, stripped = 5000, 200
	c := newCustody(t)
	var app, export strings.Builder
	export.WriteString("uid,name\n")
	pairs := map[string]string{}
	for i := range people {
		uid := fmt.Sprintf("9%05d", i)
		shown := uid
		if i%(people/stripped) == 0 {
			uid = fmt.Sprintf("%06d", 1000+i)
			shown = strings.TrimLeft(uid, "0")
			pairs[uid] = shown
		}
		fmt.Fprintf(&app, `{"uid":%q,"name":"Person %d"}`+"\n", uid, i)
		fmt.Fprintf(&export, "%s,Person %d\n", shown, i)
	}
	if len(pairs) != stripped {
		t.Fatalf("%d ids are stripped", len(pairs))
	}
	c.write("app.jsonl", app.String())
	c.write("export.csv", export.String())

	r := c.run(3, "sync", "export.csv")
	if len(r.Operations) > 0 || len(r.Rekeys) != stripped || len(r.Held) != stripped {
		t.Errorf("%d operations, %d pairs, %d held", len(r.Operations), len(r.Rekeys), len(r.Held))
	}
	for _, k := range r.Rekeys {
		if pairs[k.Old] != k.New || k.Because != "leading-zeros" {
			t.Errorf("%+v, want %s", k, pairs[k.Old])
		}
	}
	file := c.path("report-export.csv/rekey.csv")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 1+stripped {
		t.Fatalf("rekey.csv has %d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if pairs[row[0]] != row[1] {
			t.Errorf("%q, want %s", row, pairs[row[0]])
		}
	}

	c.write("rekey.csv", string(text))
	r = c.run(0, "sync", "export.csv", "--rekey", c.path("rekey.csv"))
	if len(r.Operations) > 0 || len(r.Rekeys) > 0 || len(r.Held) > 0 || r.Summary.Unchanged != people {
		t.Errorf("with rekey.csv: %d operations, %d pairs, %d held, %d unchanged", len(r.Operations), len(r.Rekeys), len(r.Held),
			r.Summary.Unchanged)
	}
}
