package review

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
	"cometsync/report"
)

// pageSaves is the file that the page makes of a plan, with one decision on all.
func pageSaves(t testing.TB, p *plan.Plan, of string) map[string]any {
	t.Helper()
	entries := make([]pageEntry, len(p.Operations))
	for i := range p.Operations {
		o := &p.Operations[i]
		entries[i] = pageEntry{p.ID(o), o.UID, o.Verb.String(), of}
	}
	return map[string]any{"schema": formats.Decisions.String(), "run": p.Run, "decisions": entries}
}

func toJSON(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDecisionsOfThePage(t *testing.T) {
	p := saved(t, toReview())
	up2 := indexOf(t, p, "up-2")
	for name, c := range map[string]struct {
		edit    func(all []pageEntry) []pageEntry
		differ  map[string]string // from "hold"; "" is undecided
		rejects []string
		notices string
	}{
		"as it is": {func(all []pageEntry) []pageEntry { return all }, nil, nil, ""},
		"shuffled": {func(all []pageEntry) []pageEntry { slices.Reverse(all); return all }, nil, nil, ""},
		"one left out": {func(all []pageEntry) []pageEntry { return slices.Delete(all, up2, up2+1) }, map[string]string{"up-2": ""}, nil,
			""},
		"one undecided": {func(all []pageEntry) []pageEntry { all[up2].Decision = ""; return all }, map[string]string{"up-2": ""}, nil, ""},
		"no word of ours": {func(all []pageEntry) []pageEntry { all[up2].Decision = "later"; return all },
			map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(up2+1, " up-2 decision decision-invalid")}, ""},
		"another operation": {func(all []pageEntry) []pageEntry { all[up2].Operation = "create"; return all },
			map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(up2+1, " up-2 operation decision-unknown")}, ""},
		"another id": {func(all []pageEntry) []pageEntry { all[up2].ID = "00"; return all }, map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(up2+1, " up-2 id decision-unknown")}, ""},
		"another user": {func(all []pageEntry) []pageEntry { all[up2].UID = "nobody"; return all }, map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(up2+1, " up-2 uid decision-unknown")}, ""},
		"twice": {func(all []pageEntry) []pageEntry { return append(all, all[up2]) }, nil, nil, "decision-repeated 1"},
	} {
		doc := pageSaves(t, p, "hold")
		doc["decisions"] = c.edit(doc["decisions"].([]pageEntry))
		d, err := decisions("d.json", toJSON(t, doc), p, plan.Hold)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkDecisions(t, p, d)
		want := map[string]string{}
		for _, o := range p.Operations {
			want[o.UID] = "hold"
		}
		maps.Copy(want, c.differ)
		maps.DeleteFunc(want, func(_, of string) bool { return of == "" })
		if diff := cmp.Diff(want, made(p, d)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(append([]string{}, c.rejects...), complaints(d)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := noticed(d); got != c.notices {
			t.Errorf("%s: notices %q, want %q", name, got, c.notices)
		}
		for _, x := range d.Rejects {
			if want := fmt.Sprintf("entry %d: ", x.Source.Row); !strings.HasPrefix(x.Defects[0].Message, want) {
				t.Errorf("%s: the message %q does not begin with its place", name, x.Defects[0].Message)
			}
		}
	}
}

// Pairs are decided by themselves: what can't be used of them holds no operation.
func TestPairsOfThePage(t *testing.T) {
	in := toReview()
	in.Plan.Rekeys = []plan.Rekey{{Old: "a1", New: "a2", Confidence: 90}, {Old: "b1", New: "b2", Confidence: 90}}
	pairs := func(all ...string) (list []pair) {
		for _, text := range all {
			words := strings.Fields(text)
			list = append(list, pair{Old: words[0], New: words[1], Decision: words[2]})
		}
		return list
	}
	for name, c := range map[string]struct {
		pairs   []pair
		want    plan.DecidedPairs
		of      string
		rejects []string
		notices string
	}{
		"none": {nil, plan.DecidedPairs{}, "", nil, ""},
		"both": {pairs("a1 a2 same", "b1 b2 Different"), plan.DecidedPairs{Same: 1, Different: 1}, "same different", nil,
			"decision-pairs 2"},
		"again": {pairs("a1 a2 same", "a1 a2 same"), plan.DecidedPairs{Same: 1}, "same undecided", nil, "decision-pairs 1"},
		"spelt": {pairs("A1 A2 same"), plan.DecidedPairs{Same: 1}, "same undecided", nil, "decision-pairs 1"},
		"twice": {pairs("a1 a2 same", "b1 b2 same", "A1 a2 different", "a1 a2 same"), plan.DecidedPairs{Same: 1}, "undecided same",
			[]string{"1 a1 decision decision-twice", "3 a1 decision decision-twice", "4 a1 decision decision-twice"}, "decision-pairs 1"},
		"unknown": {pairs("a1 b2 same", "zz b2 same"), plan.DecidedPairs{}, "",
			[]string{"1 a1 old decision-unknown", "2 zz old decision-unknown"}, ""},
		"no word": {pairs("a1 a2 twins"), plan.DecidedPairs{}, "", []string{"1 a1 decision decision-invalid"}, ""},
	} {
		doc := pageSaves(t, in.Plan, "hold")
		doc["pairs"] = c.pairs
		d, err := decisions("d.json", toJSON(t, doc), in.Plan, plan.Apply)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d.Pairs != c.want || strings.Join(d.OfPairs, " ") != c.of || noticed(d) != c.notices ||
			d.Undecided != plan.Apply || len(d.Rejected) > 0 {
			t.Errorf("%s: %+v, notices %q, held %v; want %+v, %q", name, d.Pairs, noticed(d), d.Rejected, c.want, c.notices)
		}
		if diff := cmp.Diff(append([]string{}, c.rejects...), complaints(d)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Those of the workbook count alike; what nobody has decided is no decision.
func TestPairsOfTheWorkbook(t *testing.T) {
	in := toReview()
	rows := [][]any{{"Decision", "Old UID", "Old name", "New UID"}, {"same", "a1", "Ann", "a2"}, {"Different ", "b1", "Bea", "b2"},
		{"twins", "c1", "Cem", "c2"}, {nil, "d1", "Dee", "d2"}, {"undecided", "e1", "Eva", "e2"}}
	book := amend(t, bookOf(t, in), func(f *excelize.File) error {
		_, err := f.NewSheet(report.RekeySheet)
		for i, row := range rows {
			err = cmpOr(err, f.SetSheetRow(report.RekeySheet, fmt.Sprintf("A%d", i+1), &row))
		}
		return err
	})
	for _, row := range rows[1:] {
		in.Plan.Rekeys = append(in.Plan.Rekeys, plan.Rekey{Old: row[1].(string), New: row[3].(string), Confidence: 90})
	}
	d, err := decisions("report.xlsx", book, in.Plan, plan.Hold)
	if err != nil {
		t.Fatal(err)
	}
	want := plan.DecidedPairs{Same: 1, Different: 1}
	of := strings.Join(d.OfPairs, " ")
	if d.Pairs != want || of != "same different undecided undecided undecided" || noticed(d) != "decision-pairs 2" || len(d.Rejected) > 0 {
		t.Errorf("%+v, %s, notices %q, held %v", d.Pairs, of, noticed(d), d.Rejected)
	}
	if diff := cmp.Diff([]string{"4 c1 decision decision-invalid"}, complaints(d)); diff != "" {
		t.Error(diff)
	}
}

func TestNoDecisionsOfThePage(t *testing.T) {
	p := saved(t, toReview())
	with := func(key string, value any) string {
		doc := pageSaves(t, p, "apply")
		if doc[key] = value; value == nil {
			delete(doc, key)
		}
		return string(toJSON(t, doc))
	}
	whole := with("more", 1)
	if _, err := decisions("d", []byte(whole), p, plan.Hold); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"another form": {with("schema", "cometsync.plan/v1"), `its format is "cometsync.plan/v1", and`},
		"no form":      {with("schema", nil), `has no "schema"`},
		"another run": {with("run", "20260101T000000Z-aaaa"),
			"was decided on the plan of run 20260101T000000Z-aaaa, and this plan is of run 20260802T031500Z-7f3a"},
		"no run":          {with("run", nil), `has no "run"`},
		"no decisions":    {with("decisions", nil), `has no "decisions"`},
		"no list":         {with("decisions", "all"), "not as a page saves"},
		"a list of words": {with("decisions", []string{"apply"}), "not as a page saves"},
		"a number":        {with("decisions", []map[string]any{{"uid": 12}}), "not as a page saves"},
		"a key twice": {`{"schema":"` + formats.Decisions.String() + `","run":"` + p.Run + `","run":"x"}`,
			`duplicate object member name "run"`},
		"a part twice": {`{"decisions":[{"uid":"up-2","decision":"apply","decision":"hold"}]}`,
			`duplicate object member name "decision" within "/decisions/0"`},
		"text behind":      {whole + "{}", "after top-level value"},
		"cut off, at once": {"{", "is cut off after 0 entries"},
	} {
		if _, err := decisions("d", []byte(c.text), p, plan.Hold); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	for n := 1; n < len(whole); n++ {
		if _, err := decisions("d", []byte(whole[:n]), p, plan.Hold); err == nil {
			t.Fatalf("a file that is cut off after %d of %d bytes is taken for whole", n, len(whole))
		}
	}
}
