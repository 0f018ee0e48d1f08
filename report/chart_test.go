package report_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/chart"
	"cometsync/report/html"
)

// tagged is a plan of n operations, each of which gets the role and the tags
// that of gives it.
func tagged(n int, of func(i int) (role string, tags []string)) report.Input {
	in := large(n)
	in.Run.Command, in.Run.Result = "plan", report.Pending
	for i := range in.Plan.Operations {
		o := &in.Plan.Operations[i]
		o.Role, o.Tags = of(i)
	}
	in.Results = in.Plan.Unsent()
	return in
}

func chartOf(t *testing.T, in report.Input, id string) (chart.Chart, bool) {
	t.Helper()
	for _, c := range html.Charts(mustNew(t, in)) {
		if c.ID == id {
			return c, true
		}
	}
	return chart.Chart{}, false
}

// groupNames are the first cells of a chart's table, its head's included.
func groupNames(c chart.Chart) []string {
	var all []string
	if c.Head != nil {
		all = append(all, c.Head[0])
	}
	for _, row := range c.Rows {
		all = append(all, row[0])
	}
	return all
}

func TestChartParts(t *testing.T) {
	many := func(i int) string { return fmt.Sprintf("r%02d", i%20) }
	for _, c := range []struct {
		name string
		n    int
		of   func(i int) (string, []string)
		id   string
		want string
	}{
		{"by role", 100, func(i int) (string, []string) { return []string{"staff", "staff", ""}[i%3], nil }, "changes-by-role",
			"Role staff default"},
		{"too few", 4, func(i int) (string, []string) { return []string{"staff", "chef"}[i%2], nil }, "", ""},
		{"one group", 100, func(i int) (string, []string) { return "staff", nil }, "", ""},
		{"the small ones together", 100, func(i int) (string, []string) { return many(i), nil }, "changes-by-role",
			"Role r00 r01 r02 r03 r04 r05 r06 r07 12 other roles"},
		{"nine need no others", 90, func(i int) (string, []string) { return fmt.Sprintf("r%d", i%9), nil }, "changes-by-role",
			"Role r0 r1 r2 r3 r4 r5 r6 r7 r8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := tagged(c.n, c.of)
			have, _ := chartOf(t, in, c.id)
			if got := strings.Join(groupNames(have), " "); got != c.want {
				t.Errorf("groups %s, want %s", got, c.want)
			}
			for _, row := range have.Rows {
				sum := 0
				for _, cell := range row[1 : len(row)-1] {
					n, err := strconv.Atoi(cell)
					if err != nil {
						t.Fatal(err)
					}
					sum += n
				}
				if strconv.Itoa(sum) != row[len(row)-1] {
					t.Errorf("%q does not add up", row)
				}
			}
		})
	}
}

// A plan's chart shows what would be done; a run's shows what was.
func TestChartCountsWhatIsDone(t *testing.T) {
	in := tagged(100, func(i int) (string, []string) { return []string{"staff", "chef"}[i%2], nil })
	all := func(in report.Input) string {
		c, _ := chartOf(t, in, "changes-by-role")
		if c.Rows == nil {
			return ""
		}
		return c.Rows[0][len(c.Rows[0])-1] + "+" + c.Rows[1][len(c.Rows[1])-1] + " " + c.Title
	}
	if got, want := all(in), "50+50 What would change, by role: 100 changes in 2 roles"; got != want {
		t.Errorf("planned: %s, want %s", got, want)
	}
	n := 0
	for i := range in.Plan.Operations {
		if o := &in.Plan.Operations[i]; o.Verb == plan.Deactivate && o.Role == "chef" {
			o.Withheld = true
			n++
		}
	}
	in.Plan.Withholdings = []plan.Withholding{{Verb: plan.Deactivate, Guard: plan.Guard{Message: "rows"}}}
	in.Results = in.Plan.Unsent()
	if got, want := all(in), fmt.Sprintf("50+%d What would change, by role: the largest part, 50 of %d changes, is for staff", 50-n,
		100-n); n == 0 || got != want {
		t.Errorf("withheld: %s, want %s", got, want)
	}
	in.Run.Command, in.Run.Result = "sync", report.Partial
	for i := range in.Results {
		if in.Results[i].Outcome == plan.Skipped && i%10 < 8 {
			in.Results[i] = plan.Result{Outcome: plan.Applied, Attempts: 1}
		}
	}
	if got := all(in); !strings.Contains(got, "What was changed") ||
		!strings.Contains(got, " "+phrase.Thousands(mustNew(t, in).Total.Applied)+" changes") {
		t.Errorf("carried out: %s", got)
	}
}

// The bars are as long as their numbers say.
func TestBarsAreInProportion(t *testing.T) {
	in := tagged(400, func(i int) (string, []string) { return []string{"staff", "staff", "staff", "chef"}[i%4], nil })
	c, _ := chartOf(t, in, "changes-by-role")
	sum := map[string]float64{}
	for _, m := range regexp.MustCompile(`<rect class="c-(\w+)" x="[\d.]+%" y="\d+" width="([\d.]+)%"`).FindAllStringSubmatch(string(c.SVG),
		-1) {
		width, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum[m[1]] += width
	}
	for v, name := range map[plan.Verb]string{plan.Deactivate: "deactivate", plan.Create: "create", plan.Update: "update"} {
		if want := float64(in.Plan.Count(v)) * 84 / 300; sum[name] < want-.1 || sum[name] > want+.1 {
			t.Errorf("%s is %.2f%% long in all, want %.2f%%", name, sum[name], want)
		}
	}
}

// A chart stays well-formed, and has no element and no attribute that depends
// on texts from outside.
func TestChartsEscape(t *testing.T) {
	shape := func(role string) (elements, texts []string) {
		in := tagged(60, func(i int) (string, []string) { return []string{role, "b", "c"}[i/31+i/58], nil })
		for _, c := range html.Charts(mustNew(t, in)) {
			d := xml.NewDecoder(strings.NewReader(string(c.SVG)))
			for {
				token, err := d.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v", c.ID, err)
				}
				switch token := token.(type) {
				case xml.StartElement:
					elements = append(elements, fmt.Sprint(token))
					for _, a := range token.Attr {
						if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
							t.Errorf("the policy forbids %s", a.Name.Local)
						}
					}
				case xml.CharData:
					texts = append(texts, string(token))
				}
			}
			texts = append(texts, c.Title)
			for _, row := range c.Rows {
				texts = append(texts, row...)
			}
		}
		return elements, texts
	}
	want, _ := shape("harmless")
	for _, hostile := range []string{`<script>alert(1)</script>`, `"><b onclick="x">`, "</text></svg><p>", "a\u202Eb", "\x1b[31m",
		"&lt;b&gt;", strings.Repeat("字", 100)} {
		got, texts := shape(hostile)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %d elements, and they are not the same %d", hostile, len(got), len(want))
		}
		if all := strings.Join(texts, "\n"); strings.ContainsAny(all, "\u202E\x1b") ||
			!strings.Contains(all, chart.Fit(phrase.Visible(hostile), chart.Label)) {
			t.Errorf("%q is not shown: %q", hostile, texts)
		}
	}
}

// A browser draws each bar's total behind its end, and of few changes beside many a bar that is seen.
func testBars(t *testing.T, ctx context.Context) {
	in := tagged(2000, func(i int) (string, []string) {
		return map[int]string{7: "rare", 8: "seldom", 9: "seldom"}[i], nil
	})
	b := openTab(t, ctx, pageFile(t, in))
	type box struct{ Left, Right, Y float64 }
	boxes := func(selector string) []box {
		return ask[[]box](b, `[...document.querySelectorAll("`+selector+`")].map((e) => e.getBoundingClientRect())
			.map((r) => ({Left: r.left, Right: r.right, Y: (r.top + r.bottom) / 2}))`)
	}
	c, _ := chartOf(t, in, "changes-by-role")
	parts, totals := boxes(".chart > rect"), boxes(".chart .c-total")
	if len(totals) != len(c.Rows) || len(totals) < 3 {
		t.Fatalf("%d totals, and %d bars", len(totals), len(c.Rows))
	}
	small := 0
	for i, total := range totals {
		end := 0.0
		for _, part := range parts {
			if math.Abs(part.Y-total.Y) > 10 {
				continue
			}
			end = max(end, part.Right)
			switch width := part.Right - part.Left; {
			case width < 1.9:
				t.Errorf("a part of bar %d is %.1f pixels wide", i+1, width)
			case width < 2.1:
				small++
			}
		}
		if gap := total.Left - end; gap < 2 || gap > 10 {
			t.Errorf("the total of bar %d begins %.1f pixels behind its end", i+1, gap)
		}
	}
	if small == 0 {
		t.Error("no bar is as small as can be")
	}
}
