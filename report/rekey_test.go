package report_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/comma"
	"cometsync/report/directory"
	"cometsync/report/lists"
	"cometsync/report/wire"
	"cometsync/report/xlsx"
)

// Every reason to hold somebody has words of its own for people, and of a key
// none tells more than its name.
func TestWhyHeld(t *testing.T) {
	want := map[string]string{
		"held-1":        "the row has this user's uid",
		"00123":         "the row's uid is the same number without leading zeros",
		"1234567890123": "a spreadsheet rounded the row's uid, and this one rounds to it",
		"anna":          "same metadata.@private.email",
		"muller-7":      "the row's uid is not valid, and this is what is left of it",
		"shifted":       "a cell of that broken row has this uid",
	}
	r := mustNew(t, rekeyed())
	pairs := 0
	for h := range r.Held() {
		switch words := want[h.UID]; {
		case h.New != "":
			pairs++
			if h.Why != "probably the row's person under another uid" || h.Wrong() != "nothing: it is the row of "+h.New {
				t.Errorf("%s, of a pair, is held: %s; %s", h.UID, h.Why, h.Wrong())
			}
		case h.Why != words:
			t.Errorf("%s is held: %s, want %s", h.UID, h.Why, words)
		}
	}
	if pairs != len(r.Plan.Rekeys) {
		t.Errorf("%d of pairs are held, want %d", pairs, len(r.Plan.Rekeys))
	}
	for name, c := range map[string]struct {
		l         user.MatchReason
		uid, want string
	}{
		"zeros in front of the row's": {user.SameNumber, "123", "the row's uid is the same number with leading zeros"},
		"a key that nobody knows":     {user.SameKey, "x", "same value under a second key"},
		"an earlier version's":        {0, "x", "the row has this user's uid"},
		"the name of a doubtful row":  {user.SameName, "x", "the row has this user's name, and its uid is in another row as well"},
		"a prefix":                    {user.SameAffix, "x", "probably the row's person under another uid"},
	} {
		if got := report.HeldBy(&plan.Held{UID: c.uid, Because: c.l}, nil, nil); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	for cell, want := range map[string]string{
		"10000.0": "the row's uid is the same number, written in another way",
		"10,000":  "the row's uid is the same number, written in another way",
		"010000":  "the row's uid is the same number without leading zeros",
		" 10000 ": "the row's uid is the same number without leading zeros",
	} {
		held := &plan.Held{UID: "010000", Because: user.SameNumber}
		if got := report.HeldBy(held, &user.Reject{Cells: []string{"Ann", cell}}, nil); got != want {
			t.Errorf("%q: %s, want %s", cell, got, want)
		}
	}
	// A saved plan has no claims, and knows the keys by its options.
	in := rekeyed()
	in.Intake.Rejects.Slice()[0].Claims = nil
	for h := range mustNew(t, in).Held() {
		if h.UID == "anna" && h.Why != "same metadata.@private.email or name" {
			t.Errorf("without claims, anna is held: %s", h.Why)
		}
	}
}

// Whom a reject holds stands with it, as far as a list has room.
func TestRejectsNameWhomTheyHold(t *testing.T) {
	in := rekeyed()
	for i := range 30 {
		in.Plan.Held = append(in.Plan.Held, plan.Held{UID: fmt.Sprintf("x-%02d", i), Source: hr(5), Because: user.SameCell})
		in.Plan.Remote.Active++
	}
	in.Plan.Sort()
	r := mustNew(t, in)
	if text := rendered(t, wire.Write, r); !strings.Contains(text, `"holds":["00123","1234567890123","anna","muller-7"]`) ||
		!strings.Contains(text, `"x-18","x-19"]}`) || strings.Contains(text, `"x-19","x-20"`) {
		t.Error("report.json does not say whom rejects hold")
	}
	page := htmlOf(t, in)
	rows := sheetsOf(t, rendered(t, xlsx.Write, r))["Rejects"]
	for _, want := range []string{"holds 00123, 1234567890123, anna, muller-7", "x-18, x-19 and 10 more"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
		if !slices.ContainsFunc(rows, func(row []string) bool { return strings.HasSuffix(row[len(row)-1], want) }) {
			t.Errorf("the workbook does not say %q", want)
		}
	}
}

func TestRekeyCSV(t *testing.T) {
	in := rekeyed()
	text := rendered(t, lists.WriteRekey, mustNew(t, in))
	if !strings.HasPrefix(text, comma.ByteOrderMark) {
		t.Fatalf("it begins with %.10q", text)
	}
	rows, err := csv.NewReader(strings.NewReader(text[len(comma.ByteOrderMark):])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		for j := range rows[i] {
			if user.Defuse(rows[i][j]) != rows[i][j] && !strings.HasPrefix(rows[i][j], "'") {
				t.Errorf("a spreadsheet would run %q", rows[i][j])
			}
			rows[i][j], _ = user.Undefuse(rows[i][j])
		}
	}
	want := [][]string{
		{"old_uid", "new_uid", "reason", "confidence", "old_name", "new_name", "decision", "_file", "_sheet", "_row"},
		{"rounded", "1234567890120000", "rounded-number", "80%", "Rita", "Rita", "", "data/staff.csv", "", "32"},
		{"slugged", "slug-ged", "invalid-uid", "80%", "Sam", "Sam", "", "data/staff.csv", "", "33"},
		{"eva.old", "e-abc", "name-and-department", "90%", "Eva ABC", "Eva abc\u202Etxt", "", "data/hr.xlsx", "People", "7"},
		{"corp-mia", "mia@example", "prefix-or-domain", "95%", "Mia `Ode`", "Mia Ode", "", "data/staff.csv", "", "31"},
		{"zoe.key", "-zoe", "same-key", "97%", "Zoe", "Zoe", "", "data/staff.csv", "", "34"},
		{"000456", "456", "leading-zeros", "99%", "=1+1", "<img src=x onerror=alert(1)>", "", "data/staff.csv", "", "30"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	for _, f := range directory.Files(mustNew(t, partial())) {
		if f.Name == report.RekeyName && f.Write != nil {
			t.Error("there is a rekey.csv without pairs")
		}
	}
}

func TestRekeySheet(t *testing.T) {
	in := rekeyed()
	content := rendered(t, xlsx.Write, mustNew(t, in))
	f := open(t, content)
	rows := sheetsOf(t, content)["Re-key"]
	want := []string{"undecided", "000456", "=1+1", "456", "<img src=x onerror=alert(1)>", "the uids are one number, but for leading zeros",
		"99%", "data/staff.csv", "", "30"}
	if len(rows) != 7 || !slices.Equal(rows[6], want) || rows[0][0] != "Decision" {
		t.Fatalf("the sheet is %q", rows)
	}
	for _, cell := range []string{"B7", "D7", "D2"} {
		if kind, err := f.GetCellType("Re-key", cell); err != nil || kind != excelize.CellTypeInlineString {
			t.Errorf("the uid in %s is a cell of type %v, %v", cell, kind, err)
		}
	}
	choices, err := f.GetDataValidations("Re-key")
	if err != nil || len(choices) != 1 || choices[0].Sqref != "A2:A7" || choices[0].Formula1 != `"same,different,undecided"` {
		t.Errorf("the choices are %+v, %v", choices, err)
	}
	for _, n := range f.GetDefinedName() {
		if n.Scope == "Re-key" && !strings.HasPrefix(n.RefersTo, "'Re-key'!") {
			t.Errorf("%s refers to %s", n.Name, n.RefersTo)
		}
	}
}

// Whoever looks at the first pairs looks at those that need it most; programs
// have all of them, by the old uid.
func TestTheLeastSurePairsComeFirst(t *testing.T) {
	in := rekeyed()
	r := mustNew(t, in)
	sure := []string{"rounded", "slugged", "eva.old", "corp-mia", "zoe.key", "000456"}
	by := []string{"000456", "corp-mia", "eva.old", "rounded", "slugged", "zoe.key"}
	page := htmlOf(t, in)
	_, page, _ = strings.Cut(page, `<h2 id="rekeys">`)
	_, list, _ := strings.Cut(rendered(t, wire.Write, r), `"rekeys": [`)
	terminal := render(t, func(w io.Writer) error { return r.WriteTerminal(w, report.Terminal{Width: 1000}) })
	_, terminal, _ = strings.Cut(terminal, report.RekeyTitle)
	_, summary, _ := strings.Cut(render(t, r.WriteSummary), report.RekeyTitle)
	for what, c := range map[string]struct {
		text, before string
		want         []string
	}{
		"rekey.csv":   {rendered(t, lists.WriteRekey, r), "\n", sure},
		"terminal":    {terminal, "\n    ", sure},
		"summary.md":  {strings.ReplaceAll(summary, "`", ""), "\n- ", sure[:5]},
		"page":        {page, "<code><bdi>", sure},
		"report.json": {list, `{"old":"`, by},
	} {
		at := -1
		for _, uid := range c.want {
			i := strings.Index(c.text, c.before+uid)
			if i <= at {
				t.Errorf("%s: %s is at %d, and the one before at %d", what, uid, i, at)
			}
			at = i
		}
	}
	rows := sheetsOf(t, rendered(t, xlsx.Write, r))["Re-key"]
	for i, uid := range sure {
		if rows[i+1][1] != uid {
			t.Errorf("the workbook has %q in row %d, want %s", rows[i+1], i+2, uid)
		}
	}
}

// Open pairs are told everywhere, with what to do; the path is the one at which
// rekey.csv is.
func TestPairsAreTold(t *testing.T) {
	in := rekeyed()
	r := mustNew(t, in)
	const todo = "look through it (empty means: one person) and write different into the column decision where a pair is two people"
	saved := "have each pair under a new uid decided, and put that file beside your configuration: " + r.DecisionsFile() +
		", which the page saves, or a copy of report.xlsx (its sheet Re-key) or of rekey.csv (empty there means: one person)"
	again := ", from then on always with --rekey " + r.DecisionsFile() + " (or the copy)"
	terminal := func(t2 report.Terminal) string {
		t2.Width = 1000
		return render(t, func(w io.Writer) error { return r.WriteTerminal(w, t2) })
	}
	if !strings.Contains(r.Verdict(), "Done in part:") || !strings.Contains(r.Verdict(), ", 6 people probably have a new uid,") {
		t.Error(r.Verdict())
	}
	for what, c := range map[string]struct {
		text string
		want []string
	}{
		"terminal": {terminal(report.Terminal{Dir: "the reports"}), []string{
			"Probably the same people under a new uid: 6 pairs; neither account was touched\n",
			"corp-mia (Mia `Ode`) → mia@example (Mia Ode): the uids differ in their prefix or domain alone, 95% sure (by " +
				"data/staff.csv:31)",
			"and 1 more in rekey.csv",
			"  2. copy 'the reports/rekey.csv' beside your configuration, " + todo + "\n",
			"  3. run again to finish, from then on always with --rekey COPY: what is done is not done twice\n",
		}},
		"terminal without files": {terminal(report.Terminal{}), []string{"zoe.key (Zoe) → -zoe (Zoe): same metadata.@private.email or name, " +
			"97% sure", "  2. run again to finish, with --report-dir DIR, which writes rekey.csv to decide in: what is done"}},
		"summary.md": {render(t, r.WriteSummary), []string{"\n2. copy rekey.csv beside your configuration, " + todo +
			"\n3. run again to finish, from then on always with --rekey COPY: ", "`rekey.csv`"}},
		"page": {unbroken(htmlOf(t, in)), []string{
			`<h2 id="rekeys">Probably the same people under a new uid <span class="n">6</span></h2>`, "Neither account was " +
				"touched",
			"<li>say of each undecided pair under a new uid whether it is one person: 6 pairs</li>",
			"<li>" + saved + "</li><li>run again to finish" + again + ": what is done is not done twice</li>",
			"What to do: " + saved + ", then run again" + again + ".</p>",
			"&lt;img src=x onerror=alert(1)&gt;",
		}},
		"workbook": {summaryOf(t, in), []string{saved, again}},
	} {
		for _, want := range c.want {
			if !strings.Contains(c.text, want) {
				t.Errorf("%s does not say %q:\n%.3000s", what, want, c.text)
			}
		}
	}
	without := mustNew(t, partial())
	page, _, _ := strings.Cut(htmlOf(t, partial()), "<script") // which says it once there are any
	for what, text := range map[string]string{"terminal": render(t, func(w io.Writer) error {
		return without.WriteTerminal(w,
			report.Terminal{})
	}), "summary.md": render(t, without.WriteSummary), "page": page} {
		if strings.Contains(text, report.RekeyTitle) || strings.Contains(text, "--rekey") {
			t.Errorf("%s tells of pairs, and there are none", what)
		}
	}
	// Where nothing else is to be done, the pairs are.
	alone := rekeyed()
	p := alone.Plan
	p.Unchanged += len(p.Operations) - p.Count(plan.Create)
	p.Operations, alone.Results, p.Rejects, p.NewRoles, p.Withholdings = nil, nil, nil, nil, nil
	alone.Intake.Rejects, alone.Intake.Users, alone.Intake.Rejected = user.Rejects{}, 1244, 0
	alone.Verify = report.Verify{Ran: true}
	r = mustNew(t, alone)
	if got, want := r.Verdict(), "No user was changed, but 6 people probably have a new uid."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := steps(r, report.PlanName), "copy rekey.csv beside your configuration, "+todo+
		" | run again, from then on always with --rekey "+
		"COPY"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := steps(r, ""), "run again, with --report-dir DIR, which writes rekey.csv to decide in"; got != want {
		t.Errorf("without files: %s, want %s", got, want)
	}
	if strings.Contains(r.Verified(), "nothing remains") {
		t.Error(r.Verified())
	}
}

// Of pairs that somebody has decided on, nobody is asked again.
func TestPairsThatAreDecided(t *testing.T) {
	for decided, c := range map[plan.DecidedPairs]struct{ asked, with string }{
		{}:                      {"6 pairs", ""},
		{Same: 1, Different: 1}: {"4 pairs", "2 of 6 pairs"},
		{Same: 4, Different: 2}: {"", "pairs"},
	} {
		in := rekeyed()
		in.Decisions = &plan.Decisions{File: "decisions-r.json", Undecided: plan.Apply, Of: make([]plan.Decision, len(in.Plan.Operations)),
			Pairs: decided}
		r := mustNew(t, in)
		asked := ""
		for _, step := range r.Looking() {
			if _, n, found := strings.Cut(step, "say of each undecided pair under a new uid whether it is one person: "); found {
				asked = n
			}
		}
		if asked != c.asked {
			t.Errorf("%+v: asked of %q, want %q", decided, asked, c.asked)
		}
		want := ", from then on always with --rekey decisions-r.json, which has what is decided on " + c.with
		for _, text := range []string{steps(r, report.PlanName), r.RekeyTodo(), strings.Join(r.ToDo()[1].Steps, "; ")} {
			if c.with != "" && (!strings.Contains(text+":", want+":") || strings.Contains(text, "rekey.csv")) {
				t.Errorf("%+v: %q does not say %q", decided, text, want)
			}
		}
	}
}

// A user whom a row that can't be used holds may be of a pair as well: then both
// are told, and it counts among those whom such rows hold.
func TestHeldByARowAndOfAPair(t *testing.T) {
	in := rekeyed()
	alone, _, _ := mustNew(t, in).HeldAlone()
	i := slices.IndexFunc(in.Plan.Held, func(h plan.Held) bool { return h.UID == "eva.old" })
	in.Plan.Held[i].Source, in.Plan.Held[i].Because = staff(20), user.SameKey
	r := mustNew(t, in)
	if n, _, first := r.HeldAlone(); n != alone+1 || len(first) != report.SomeOf {
		t.Errorf("%d are held but for pairs, want %d; named are %d", n, alone+1, len(first))
	}
	const why, reject = "same metadata.@private.email; and e-abc is probably its new uid", "only a-z 0-9 - _ are allowed"
	for h := range r.Held() {
		if h.UID == "eva.old" && (h.Why != why || h.New != "" || !strings.Contains(h.Wrong(), reject)) {
			t.Errorf("it is held: %s; %s", h.Why, h.Wrong())
		}
	}
	for format, words := range said(t, in) {
		if format != "terminal" && format != "summary.md" && !strings.Contains(words, why) { // which have no room for it
			t.Errorf("%s does not say why it is held", format)
		}
		if !strings.Contains(words, "name and department are the same") {
			t.Errorf("%s does not name the pair", format)
		}
	}
}

// The books do not balance if the users of a pair are touched or not held.
func TestPairsMustBalance(t *testing.T) {
	for name, spoil := range map[string]func(*report.Input){
		"not held":             func(in *report.Input) { in.Plan.Rekeys[0].Old = "000455" },
		"created all the same": func(in *report.Input) { in.Plan.Rekeys[1].New = "new-1" },
		"updated all the same": func(in *report.Input) { in.Plan.Rekeys[1].New = "up-5" },
		"one user, not two":    func(in *report.Input) { in.Plan.Rekeys[1].New = in.Plan.Rekeys[1].Old },
		"out of order":         func(in *report.Input) { slices.Reverse(in.Plan.Rekeys) },
	} {
		in := rekeyed()
		spoil(&in)
		if _, err := report.New(in); err == nil || !strings.Contains(err.Error(), "the books do not balance: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
