package report

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Evidence is what is known of a run from elsewhere, which is its journal. What
// is nil or "" is not at hand.
type Evidence struct {
	Run     string
	Result  string // as Result spells it
	Plan    *plan.Plan
	Intake  *user.Intake
	Results []plan.Result // of each operation; one without an outcome is not on record
	Sums    string        // SHA-256 of SHA256SUMS, as Write gave it
}

// Finding is something that is not as it should be.
type Finding struct {
	File    string // its name in the directory
	Problem string // what is found, and what was to be expected
}

// Audited is what came of an audit.
type Audited struct {
	Run       string // that the report is of
	PlanHash  string // that plan.json ends with; "" if there is none that can be read
	Inputs    []user.File
	Findings  []Finding
	Checked   []string // what was found to be right
	Unchecked []string // what could not be checked, and why
}

// Audit checks a report against itself, from its files alone: that each is as
// it was written, and that what one of them says follows from what another
// lists. Whoever edits a report and makes its sums anew has to edit all of its
// files alike; and what is at hand of the run's journal shows even that.
//
// What it finds is in Audited. An error is a directory that can't be read.
func Audit(dir string, against Evidence) (*Audited, error) {
	a := &audit{dir: dir, against: against, out: &Audited{}, found: map[string]int{}}
	if err := a.sums(); err != nil {
		return nil, err
	}
	if err := a.planFile(); err != nil {
		return nil, err
	}
	if err := a.reportFile(); err != nil {
		return nil, err
	}
	if err := a.usersFile(); err != nil {
		return nil, err
	}
	if err := a.pages(); err != nil {
		return nil, err
	}
	for _, f := range formats {
		if n := a.found[f.name] - maxFindings; n > 0 {
			a.out.Findings = append(a.out.Findings, Finding{f.name, fmt.Sprintf("and %s more like these", phrase.Thousands(n))})
		}
	}
	return a.out, nil
}

// maxFindings is how many findings of one file are listed: a file that has
// lost a line in its midst differs from there on.
const maxFindings = 20

type audit struct {
	dir     string
	against Evidence
	out     *Audited
	found   map[string]int // findings by file

	plan   *plan.Plan   // plan.json's, else the journal's
	intake *user.Intake // likewise
	planOf string       // which of the two: "plan.json" or "the journal"
	saved  bool         // there is a plan.json

	head  headJSON // report.json's, as far as it was read
	read  bool     // report.json was read to its end
	held  []string // uids
	moved []string // uids in conflict that are not gone

	leaving []string // uids
	counts  [plan.Deactivate + 1]Count
}

// find notes a finding. Nothing in it may be a private value.
func (a *audit) find(file, format string, args ...any) {
	if a.found[file]++; a.found[file] <= maxFindings {
		a.out.Findings = append(a.out.Findings, Finding{file, fmt.Sprintf(format, args...)})
	}
}

func (a *audit) checked(format string, args ...any) {
	a.out.Checked = append(a.out.Checked, fmt.Sprintf(format, args...))
}

func (a *audit) unchecked(format string, args ...any) {
	a.out.Unchecked = append(a.out.Unchecked, fmt.Sprintf(format, args...))
}

// open gives a file of the report; nil if there is none, or something else by
// its name, which need not even have an end.
func (a *audit) open(name string) (*os.File, error) {
	path := filepath.Join(a.dir, name)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, fmt.Errorf("auditing %s: %w", name, err)
	}
	return f, nil
}

// sums compares the files that there are with those that were written.
func (a *audit) sums() error {
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return fmt.Errorf("auditing a report: %w", err)
	}
	want, known, err := a.sumsFile()
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		have[name] = true
		switch _, listed := want[name]; {
		case name == sumsName:
		case !e.Type().IsRegular():
			a.find(name, "it is no regular file")
			delete(want, name)
		case known && !listed && !isPart(name):
			a.unchecked("%s: it is no part of the report", name) // such as decisions that were saved beside it
		case known && !listed:
			a.find(name, "it was not written with the report: %s does not list it", sumsName)
		}
	}
	fits := 0
	for _, name := range slices.Sorted(maps.Keys(want)) {
		sum := want[name]
		if !have[name] {
			a.find(name, "it is missing, and %s lists it", sumsName)
			continue
		}
		got, err := a.hash(name)
		if err != nil {
			return err
		}
		if got != sum {
			a.find(name, "it was changed after it was written: its SHA-256 is %s, and %s has %s", got, sumsName, sum)
			continue
		}
		fits++
	}
	for _, f := range formats {
		if f.idle == nil && !have[f.name] && want[f.name] == "" {
			a.find(f.name, "it is missing, and every report has one")
		}
	}
	if known && fits == len(want) {
		a.checked("%s: each of %s fits its sum", sumsName, phrase.Counted(fits, "file"))
	}
	return nil
}

// hash is the SHA-256 of a file, in hexadecimal; "" if there is none.
func (a *audit) hash(name string) (string, error) {
	f, err := a.open(name)
	if f == nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("auditing %s: %w", name, err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// sumsFile reads the sums by name; known says that there are some.
func (a *audit) sumsFile() (sums map[string]string, known bool, err error) {
	f, err := a.open(sumsName)
	switch {
	case err != nil:
		return nil, false, err
	case f == nil:
		a.find(sumsName, "it is missing, and every report has one; an earlier version wrote none")
		return nil, false, nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return nil, false, fmt.Errorf("auditing %s: %w", sumsName, err)
	}
	switch got := fmt.Sprintf("%x", sha256.Sum256(text)); {
	case a.against.Sums == "":
		a.unchecked("%s itself: no journal is at hand that has its hash, so that somebody may have made the sums anew", sumsName)
	case got != a.against.Sums:
		a.find(sumsName, "it was made anew: its SHA-256 is %s, and the journal has %s", got, a.against.Sums)
	default:
		a.checked("%s: its own hash is the one in the journal", sumsName)
	}
	sums, last := map[string]string{}, ""
	for line := range bytes.Lines(text) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "  ")
		if !ok || !bytes.HasSuffix(line, []byte("\n")) || len(sum) != 2*sha256.Size || strings.Trim(sum, "0123456789abcdef") != "" || name <= last || !isPart(name) || name == sumsName {
			a.find(sumsName, "%q is no line that belongs in it", strings.TrimSuffix(string(line), "\n"))
			continue
		}
		sums[name], last = sum, name
	}
	return sums, true, nil
}

// pages checks what is for people to look at: whether it is a file of its kind
// and of this run. Whatever else they say is in their sums' care.
func (a *audit) pages() error {
	id := a.out.Run
	if id == "" {
		return nil
	}
	var right []string
	for _, name := range []string{"summary.md", "report.html", "report.xlsx"} {
		f, err := a.open(name)
		if f == nil {
			if err != nil {
				return err
			}
			continue // told already
		}
		problem, err := pageProblem(f, name, id)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("auditing %s: %w", name, err)
		}
		if problem != "" {
			a.find(name, "%s", problem)
			continue
		}
		right = append(right, name)
	}
	if len(right) > 0 {
		a.checked("%s: of run %s", phrase.And(right), id)
		a.unchecked("what %s say: nothing but their sums, and the run that they name", phrase.And(right))
	}
	return nil
}

// pageProblem says what is wrong with a page; "" for nothing.
func pageProblem(f *os.File, name, id string) (problem string, err error) {
	names := false
	switch name {
	case "report.xlsx":
		var whole bool
		if names, whole, err = bookMentions(f, id); err == nil && !whole {
			return "it is no workbook", nil
		}
	default:
		const begin = "<!DOCTYPE html>"
		in := bufio.NewReader(f)
		if head, _ := in.Peek(len(begin)); name == "report.html" && string(head) != begin {
			return fmt.Sprintf("it does not begin with %q", begin), nil
		}
		names, err = mentions(in, id)
	}
	if err == nil && !names {
		problem = "it does not name run " + id + ", which report.json is of"
	}
	return problem, err
}
