package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/directory"
	"cometsync/report/lists"
	"cometsync/report/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func mustNew(t testing.TB, in report.Input) *report.Report {
	t.Helper()
	r, err := report.New(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// rendered is what a format makes of a report.
func rendered(t testing.TB, write func(io.Writer, *report.Report) error, r *report.Report) string {
	t.Helper()
	return render(t, func(w io.Writer) error { return write(w, r) })
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got; rewrite with -update):\n%s", path, diff)
	}
}

func TestGoldens(t *testing.T) {
	r := mustNew(t, partial())
	golden(t, "report.json", rendered(t, wire.Write, r))
	golden(t, "head.json", rendered(t, wire.WriteHead, r))
	golden(t, "operations.csv", rendered(t, lists.WriteOperations, r))
	golden(t, "rejects.csv", rendered(t, lists.WriteRejects, r))
	golden(t, "rekeyed.json", rendered(t, wire.Write, mustNew(t, rekeyed())))
	golden(t, "rekey.csv", rendered(t, lists.WriteRekey, mustNew(t, rekeyed())))
	golden(t, "conflicts.csv", rendered(t, lists.WriteConflicts, mustNew(t, undone())))
	golden(t, "decided.json", rendered(t, wire.Write, mustNew(t, decided())))
	golden(t, "users.csv", rendered(t, lists.WritePlaces, mustNew(t, placed(partial()))))
	golden(t, "undone.json", rendered(t, wire.Write, mustNew(t, undone())))
	// The tests of what a reviewer made of a plan begin with these.
	for name, in := range map[string]report.Input{"review": toReview(), "undoing": undoing()} {
		golden(t, "plan-"+name+".json", render(t, func(w io.Writer) error { return plan.Encode(w, in.Plan, &in.Intake) }))
	}
	for _, name := range []string{"partial", "pending", "refused", "validated", "died", "stopped", "undone", "rekeyed", "replanned",
		"leaving"} {
		golden(t, "summary-"+name+".md", render(t, mustNew(t, fixtures[name]()).WriteSummary))
	}
	for name, in := range fixtures {
		r := mustNew(t, in())
		golden(t, "terminal-"+name+".txt", render(t, func(w io.Writer) error {
			return r.WriteTerminal(w, report.Terminal{Width: 100, Dir: "cometsync-reports/" + r.In.Run.ID})
		}))
	}
	narrow := render(t, func(w io.Writer) error { return r.WriteTerminal(w, report.Terminal{Width: 50, Color: true}) })
	golden(t, "terminal-colour-narrow.txt", narrow)
}

func TestBooksMustBalance(t *testing.T) {
	for name, spoil := range map[string]func(*report.Input){
		"a row too many":              func(in *report.Input) { in.Intake.Rows++ },
		"a user too few":              func(in *report.Input) { in.Intake.Users-- },
		"a file's rows":               func(in *report.Input) { in.Intake.Files[0].Rows--; in.Intake.Files[0].Rows-- },
		"a reject that is not listed": func(in *report.Input) { in.Intake.Rejects = user.ListOf(in.Intake.Rejects.Slice()[1:]) },
		"a reject that is not counted": func(in *report.Input) {
			in.Plan.Rejects = append(in.Plan.Rejects,
				in.Plan.Rejects[0])
			in.Intake.Users++
		},
		"a remote user that is nowhere":      func(in *report.Input) { in.Plan.Unchanged-- },
		"an operation without an outcome":    func(in *report.Input) { in.Results[0] = plan.Result{} },
		"an outcome that there is not":       func(in *report.Input) { in.Results[0].Outcome = 99 },
		"a verb that there is not":           func(in *report.Input) { in.Plan.Operations[0].Verb = 99 },
		"fewer outcomes than operations":     func(in *report.Input) { in.Results = in.Results[1:] },
		"outcomes without a plan":            func(in *report.Input) { in.Plan = nil },
		"operations in another order":        func(in *report.Input) { o := in.Plan.Operations; o[0], o[1] = o[1], o[0] },
		"a user twice":                       func(in *report.Input) { o := in.Plan.Operations; o[1] = o[0] },
		"a run without a result":             func(in *report.Input) { in.Run.Result = 0 },
		"a conflict with nobody":             func(in *report.Input) { in.Plan.Conflicts = []plan.Conflict{{UID: "who"}} },
		"a conflict too few":                 func(in *report.Input) { *in = undone(); in.Plan.Conflicts = in.Plan.Conflicts[1:] },
		"a conflict that is not gone":        func(in *report.Input) { *in = undone(); in.Plan.Conflicts[1].Gone = false },
		"a conflict that is gone":            func(in *report.Input) { *in = undone(); in.Plan.Conflicts[0].Gone = true },
		"a decision too few":                 func(in *report.Input) { *in = decided(); in.Decisions.Of = in.Decisions.Of[1:] },
		"more late rejects than users there": func(in *report.Input) { in.Intake.Users = 0; in.Intake.Rows = 6 },
	} {
		in := partial()
		spoil(&in)
		if r, err := report.New(in); err == nil || !strings.Contains(err.Error(), "do not balance") {
			t.Errorf("%s: report %v, error %v; want an error", name, r != nil, err)
		}
	}
}

func TestEveryRejectInSourceOrder(t *testing.T) {
	r := mustNew(t, partial())
	var places []string
	for _, x := range r.Rejects.Each() {
		places = append(places, x.Source.String())
	}
	want := []string{"data/staff.csv:20", "data/staff.csv:21", "data/staff.csv:22", "data/hr.xlsx[People]:5", "data/hr.xlsx[People]:6"}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Error(diff)
	}
	if r.Rejects.Len() != 5 || r.Intake.Users != 1239 || r.Intake.Rejected != 5 {
		t.Errorf("rejected %d, users %d, counted as rejected %d", r.Rejects.Len(), r.Intake.Users, r.Intake.Rejected)
	}
}

// everyFormat renders all that a report may write, by name.
func everyFormat(t testing.TB, in report.Input) map[string]string {
	r := mustNew(t, in)
	t.Helper()
	out := map[string]string{
		"terminal": render(t, func(w io.Writer) error { return r.WriteTerminal(w, report.Terminal{}) }),
		"head":     rendered(t, wire.WriteHead, r),
		"table":    render(t, func(w io.Writer) error { return r.WriteOperations(w, report.Terminal{}) }),
	}
	for _, f := range directory.Files(r) {
		if f.Write != nil {
			out[f.Name] = render(t, f.Write)
		}
	}
	return out
}

// text is what a reader of a format can get at.
func text(t testing.TB, name, content string) string {
	t.Helper()
	if name != "report.xlsx" {
		return content
	}
	var b strings.Builder
	for _, rows := range sheetsOf(t, content) {
		fmt.Fprintln(&b, rows)
	}
	return b.String()
}

func TestPrivateValuesAreMasked(t *testing.T) {
	holds := map[string]bool{"plan.json": true, "rejects.csv": true}
	for name, content := range everyFormat(t, partial()) {
		if got := strings.Contains(text(t, name, content), secret); got != holds[name] {
			t.Errorf("%s holds a private value: %v, want %v", name, got, holds[name])
		}
	}
	in := partial()
	in.ShowPrivate = true
	shown := everyFormat(t, in)
	for _, name := range []string{"report.json", "operations.csv", "report.html", "report.xlsx"} {
		if !strings.Contains(text(t, name, shown[name]), secret) {
			t.Errorf("%s masks although private values are to be shown", name)
		}
	}
}

func TestMaskSaysThatThereIsAValue(t *testing.T) {
	var doc struct {
		Operations []struct {
			UID     string
			Changes []struct {
				Field         string
				Before, After any
			}
		}
	}
	if err := json.Unmarshal([]byte(everyFormat(t, partial())["report.json"]), &doc); err != nil {
		t.Fatal(err)
	}
	for _, o := range doc.Operations {
		for _, c := range o.Changes {
			if strings.Contains(c.Field, user.Private) {
				if c.After != report.Mask || (o.UID == "up-4") != (c.Before == report.Mask) {
					t.Errorf("%s %s: before %v, after %v", o.UID, c.Field, c.Before, c.After)
				}
			}
		}
	}
}

func TestJSONIsJSON(t *testing.T) {
	for name, in := range fixtures {
		r := mustNew(t, in())
		var whole, head map[string]any
		if err := json.Unmarshal([]byte(rendered(t, wire.Write, r)), &whole); err != nil {
			t.Fatalf("%s: report.json: %v", name, err)
		}
		if err := json.Unmarshal([]byte(rendered(t, wire.WriteHead, r)), &head); err != nil {
			t.Fatalf("%s: head: %v", name, err)
		}
		for _, key := range []string{"schema", "run", "target", "source", "remote", "guard", "summary", "rejects", "operations", "api",
			"verify"} {
			if _, ok := whole[key]; !ok {
				t.Errorf("%s: report.json has no %q", name, key)
			}
		}
		for _, key := range []string{"rejects", "held", "rekeys", "leaving", "conflicts", "operations"} {
			if _, ok := whole[key].([]any); !ok {
				t.Errorf("%s: %q is %v, want a list", name, key, whole[key])
			}
			delete(whole, key)
		}
		if diff := cmp.Diff(whole, head); diff != "" {
			t.Errorf("%s: the head differs from report.json: %s", name, diff)
		}
		if nulls := nullLists(whole, ""); len(nulls) > 0 {
			t.Errorf("%s: null at %v", name, nulls)
		}
	}
}

func nullLists(v any, path string) (found []string) {
	switch v := v.(type) {
	case nil:
		return []string{path}
	case map[string]any:
		for k, v := range v {
			found = append(found, nullLists(v, path+"."+k)...)
		}
	}
	return found
}

func TestStringsAreWrittenAsEncodingJSONReadsThem(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphabet := []string{"a", "\"", "\\", "\n", "\r", "\t", "\x00", "\x1f", "\x7f", "é", "\u2028", "\u2029", "😀", "\xff", "\xe2\x82",
		"</script>", "\u202e", " "}
	for range 20_000 {
		var s string
		for range rng.IntN(12) {
			s += alphabet[rng.IntN(len(alphabet))]
		}
		b := wire.AppendString([]byte("x"), s)
		var got string
		if err := json.Unmarshal(b[1:], &got); err != nil {
			t.Fatalf("%q: %s: %v", s, b, err)
		}
		var want string
		std, _ := json.Marshal(strings.ToValidUTF8(s, "\uFFFD"))
		if err := json.Unmarshal(std, &want); err != nil {
			t.Fatal(err)
		}
		if got != want || !utf8.Valid(b) {
			t.Fatalf("%q: %s reads as %q, want %q", s, b, got, want)
		}
	}
}

func TestValueThatIsNotJSONBecomesAString(t *testing.T) {
	for value, want := range map[string]string{"": "null", `{"a":1}`: `{"a":1}`, `{"a":`: `"{\"a\":"`, "1 2": `"1 2"`,
		"\"\xff\xfe\"": "\"\uFFFD\""} {
		if got := string(wire.AppendValue(nil, value)); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// traps are texts that run where somebody opens them with another character
// between cells than the comma.
var traps = []string{
	"x;=1+1;y", `x;"=1+1";y`, "x;@SUM(1)", "x;+1+1", "x;-1+1", "x;＝1+1", "x; =1+1", "x;\t=1+1", "x;\n=1+1", "x\n=1+1", "x\r=1+1",
	"x\t=1+1", "x|=1+1|y", `x;""=1+1&""`, "=1+1", " =1+1", `"=1+1"`, "x;'=1+1", "'x;=1+1", "x;", ";", "=a;-b|@c\n+d",
}

func TestTerminalObeysNothing(t *testing.T) {
	r := mustNew(t, partial())
	plain := render(t, func(w io.Writer) error { return r.WriteTerminal(w, report.Terminal{}) })
	if strings.ContainsAny(plain, "\x1b\u202E\x07") {
		t.Errorf("control characters in %q", plain)
	}
	for _, name := range []string{"clean", "nothing"} {
		out := render(t, func(w io.Writer) error {
			return mustNew(t, fixtures[name]()).WriteTerminal(w, report.Terminal{Width: 100, Dir: "d"})
		})
		if n := strings.Count(out, "\n"); n > 27 {
			t.Errorf("%s: %d lines", name, n)
		}
	}
}

func TestNumbersAndTexts(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", -999: "-999", 1234567: "1,234,567"} {
		if got := phrase.Thousands(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for s, want := range map[string]string{"abcdef": "abc…", "abcd": "abcd", "äöüß": "äöüß", "äöüßx": "äöü…"} {
		if got := phrase.Shorten(s, 4); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
	for value, want := range map[string]string{"": "", `"a"`: "a", `"a\"b"`: `a"b`, `["a","b"]`: "a, b", `{"a":1}`: `{"a":1}`, "12": "12",
		`"\u00e9"`: "é", `"a"b"`: `"a"b"`} {
		if got := report.ValueText(value); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
