package report_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"cometsync/internal/user"
	"cometsync/report"
)

// TestRejectsAreCountedByCause: whoever looks first sees how many rows have one
// cause, and how all of them are settled.
func TestRejectsAreCountedByCause(t *testing.T) {
	in := report.Input{Run: report.Run{Result: report.Partial, Command: "validate"}}
	in.Intake.Files = []user.File{{Path: "teachers.csv"}}
	var rejects []user.Reject
	add := func(n int, file string, d user.Defect) {
		for i := range n {
			d := d
			if strings.Contains(d.Value, "%d") {
				d.Value = fmt.Sprintf(d.Value, i)
			}
			rejects = append(rejects, user.Reject{Source: user.Source{File: file, Row: len(rejects) + 2}, UID: "u",
				Defects: []user.Defect{d}})
		}
	}
	avatar := user.Defect{Column: "avatar", Code: user.AvatarInvalid, Message: "not a web address; it has to begin with https://",
		Value: "pic%d.png"}
	add(1200, "teachers.csv", avatar)
	avatar.Value = "n/a"
	add(2309, "teachers.csv", avatar)
	add(2, "staff.csv", avatar)
	add(3, "teachers.csv", user.Defect{Column: "uid", Code: user.DuplicateUID, Message: "the uid appears in row %d too", Value: "u%d"})
	add(1, "teachers.csv", user.Defect{Column: "Private", Code: user.MetadataInvalid, Message: "no JSON", Value: "s3cret", Private: true})
	add(1, "teachers.csv", user.Defect{Code: user.CellsMissing, Message: "2 cells where the header has 3 columns"})
	in.Intake.Rejects, in.Intake.Rejected = user.ListOf(rejects), len(rejects)
	in.Intake.Rows, in.Intake.Files[0].Rows = in.Intake.Rejected, in.Intake.Rejected
	r := mustNew(t, in)
	want := []string{
		`3,509 × avatar: not a web address (teachers.csv), such as "n/a" (2,309 rows), "pic0.png" and "pic1.png"; all at once: leave the column alone with --map 'avatar=-'`,
		`3 × uid: the uid appears in several rows (teachers.csv), such as "u0", "u1" and "u2"; all at once: --duplicates first, last or merge`,
		`2 × avatar: not a web address (staff.csv), which is "n/a"; all at once: leave the column alone with --map 'avatar=-'`,
		`1 × Private: no JSON (teachers.csv)`,
		`1 × fewer cells than the header has columns (teachers.csv)`,
	}
	if got := r.CauseLines(report.SomeOf); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if got := r.CauseLines(2); len(got) != 3 || got[2] != "and 3 more causes, of 4 rows" {
		t.Errorf("%q", got)
	}
	for format, words := range said(t, in) {
		if format == "report.html" {
			continue
		}
		if !strings.Contains(words, want[0]) {
			t.Errorf("%s does not say it", format)
		}
		if !strings.Contains(words, "3,516 rows can't be used (3,509 × avatar: not a web address)") && format != "report.xlsx" {
			t.Errorf("%s does not say it first", format)
		}
	}
	// The page says each once, whatever the file, and has its rows below.
	page := unbroken(htmlOf(t, in))
	var heads, folded []string
	for _, m := range regexp.MustCompile(`<div class="cause"><h3>(.*?) <span class="n">(.*?)</span>`).FindAllStringSubmatch(page, -1) {
		heads = append(heads, m[2]+" × "+m[1])
	}
	for _, m := range regexp.MustCompile(`</p>\n<details><summary>(.*?)</summary>`).FindAllStringSubmatch(page, -1) {
		folded = append(folded, m[1])
	}
	if got, want := strings.Join(heads, "; "), "3,511 × avatar: not a web address; 3 × uid: the uid appears in several rows; "+
		"1 × Private: no JSON; 1 × Fewer cells than the header has columns"; got != want {
		t.Errorf("the page has %s", got)
	}
	if got := strings.Join(folded, "; "); got != "The first 500 of 3,511 rows; 3 rows; 1 row; 1 row" {
		t.Errorf("folded are %s", got)
	}
	for _, want := range []string{
		"What to do: it has to begin with https://. All at once: leave the column alone with --map &#39;avatar=-&#39;.",
		"Values: <bdi>&#34;n/a&#34; (2,311 rows)</bdi>.",
		`<bdi class="place">teachers.csv:2</bdi> <code>u</code> <bdi class="cell">pic0.png`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	rows := 0
	for _, n := range r.RowsByCause() {
		rows += n
	}
	if rows != len(rejects) {
		t.Errorf("%d rows have a cause, of %d", rows, len(rejects))
	}
	// Two rows with a cause each are told by themselves.
	in.Intake.Rejects = user.ListOf(rejects[len(rejects)-2:])
	in.Intake.Rejected, in.Intake.Rows, in.Intake.Files[0].Rows = 2, 2, 2
	if r := mustNew(t, in); r.CauseLines(report.SomeOf) != nil || r.MainCause() != "" {
		t.Errorf("%q", r.CauseLines(report.SomeOf))
	}
}

// Each cause says what to do, and of a relative address more than to leave the column alone.
func TestCausesSayWhatToDo(t *testing.T) {
	in := report.Input{Run: report.Run{Result: report.Partial, Command: "validate"}}
	in.Intake.Files = []user.File{{Path: "staff.csv", Rows: 3}}
	var rejects []user.Reject
	for i, d := range []user.Defect{
		{Column: "avatar", Code: user.AvatarInvalid, Message: "not a web address; it has to begin with https://", Value: "/photos/a.png"},
		{Column: "uid", Code: user.UIDMissing, Message: "the row has no uid; fill it in"},
		{Column: "role", Code: user.RoleUnknown, Message: "the app has no such role; correct it", Value: "boss"},
		{Column: "role", Code: user.RoleInvalid, Message: "only a-z 0-9 - _; use the role's id, not its title", Value: "Lehrer"},
	} {
		rejects = append(rejects, user.Reject{Source: user.Source{File: "staff.csv", Row: i + 2}, Defects: []user.Defect{d}})
	}
	const torn = "torn; close the quote"
	for range 2 {
		rejects = append(rejects, user.Reject{Source: user.Source{File: "staff.csv", Row: len(rejects) + 2},
			Defects: []user.Defect{{Code: user.QuoteBroken, Message: torn}}})
	}
	in.Intake.Rejects, in.Intake.Rejected, in.Intake.Rows, in.Intake.Files[0].Rows = user.ListOf(rejects), 6, 6, 6
	page := unbroken(htmlOf(t, in))
	if strings.Contains(page, torn) {
		t.Error("the page says twice what a cause says")
	}
	for _, want := range []string{
		"Or: give --base, the address where relative ones begin, or leave the column alone with --map &#39;avatar=-&#39;.",
		"What to do: fill it in. Or: write drop under _code",
		"What to do: create the role in the dashboard",
		"Or: say under values.role which roles the texts stand for.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
}

// TestCausesAreOfOneKind: under one code uids are wrong in several ways, and each is told
// by itself, with what would settle it at once, if anything does.
func TestCausesAreOfOneKind(t *testing.T) {
	in := report.Input{Run: report.Run{Result: report.Partial, Command: "validate"}}
	in.Intake.Files = []user.File{{Path: "staff.csv", Rows: 9}}
	var rejects []user.Reject
	uid := []user.Column{{Header: "No.", Slot: user.Slot{Field: user.UID}}}
	for _, cell := range []string{"1.23457E+15", "2.3E+15", "00521.0", "00522.0", "N/A", "José Ñ", strings.Repeat("x", 130)} {
		_, defects := user.Rules{}.Row(uid, []string{cell}, &user.Repairs{})
		rejects = append(rejects, user.Reject{Source: user.Source{File: "staff.csv", Row: len(rejects) + 2}, Defects: defects})
	}
	for _, shown := range []string{"00521", "2026/03/05"} {
		rejects = append(rejects, user.Reject{Source: user.Source{File: "staff.csv", Row: len(rejects) + 2},
			Defects: []user.Defect{{Column: "No.", Code: user.UIDNumeric, Message: "A2 holds a number", Value: shown}}})
	}
	in.Intake.Rejects, in.Intake.Rejected, in.Intake.Rows = user.ListOf(rejects), 9, 9
	want := []string{
		`2 × No.: looks like a number that a spreadsheet has rounded, and the id can't be derived from it (staff.csv), such as ` +
			`"1.23457E+15" and "2.3E+15"`,
		`2 × No.: looks like a number as a spreadsheet writes it, and the id can't be derived from it (staff.csv), such as ` +
			`"00521.0" and "00522.0"`,
		`2 × No.: only a-z 0-9 - _ are allowed (staff.csv), such as "N/A" and "José Ñ"; all at once: --uid-rewrite slug or cometchat, ` +
			`which make uids of other texts`,
		`2 × No.: a number from which the uid can't be derived (staff.csv), such as "00521" and "2026/03/05"; all at once: format the ` +
			`column as text`,
	}
	if got := mustNew(t, in).CauseLines(4)[:4]; strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	in.Intake.Rejects, in.Intake.Rejected, in.Intake.Rows, in.Intake.Files[0].Rows = user.ListOf(rejects[6:8]), 2, 2, 2
	page := unbroken(htmlOf(t, in))
	for _, want := range []string{"--uid-rewrite cometchat, which makes uids of other texts", "with --numeric-uid displayed"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
}
