package review

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/comma"
	"cometsync/report/lists"
)

// saved is a plan as it is after it was saved and opened.
func saved(t testing.TB, in report.Input) *plan.Plan {
	t.Helper()
	var b bytes.Buffer
	if err := plan.Encode(&b, in.Plan, &in.Intake); err != nil {
		t.Fatal(err)
	}
	p, _, _, err := plan.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// indexOf is the operation on a user.
func indexOf(t testing.TB, p *plan.Plan, uid string) int {
	t.Helper()
	i := slices.IndexFunc(p.Operations, func(o plan.Operation) bool { return o.UID == uid })
	if i < 0 {
		t.Fatalf("no operation on %s", uid)
	}
	return i
}

// made is what became of the operations, by uid; those that are undecided are
// left out.
func made(p *plan.Plan, d *plan.Decisions) map[string]string {
	all := map[string]string{}
	for i := range p.Operations {
		switch {
		case d.Rejected[i]:
			all[p.Operations[i].UID] = "rejected"
		case d.Of[i] != plan.Undecided:
			all[p.Operations[i].UID] = d.Of[i].String()
		}
	}
	return all
}

// complaints are the rejects, each as row, uid, column, code.
func complaints(d *plan.Decisions) []string {
	all := []string{}
	for _, x := range d.Rejects {
		for _, defect := range x.Defects {
			all = append(all, fmt.Sprintf("%d %s %s %s", x.Source.Row, x.UID, defect.Column, defect.Code))
		}
	}
	return all
}

func noticed(d *plan.Decisions) string {
	var all []string
	for _, n := range d.Notices {
		all = append(all, fmt.Sprintf("%s %d", n.Code, n.Count))
	}
	return strings.Join(all, ", ")
}

// checkDecisions holds what is so of all decisions: every operation is exactly
// one of decided, undecided and rejected, and nothing private is said.
func checkDecisions(t testing.TB, p *plan.Plan, d *plan.Decisions) {
	t.Helper()
	if len(d.Of) != len(p.Operations) {
		t.Fatalf("%d decisions on %d operations", len(d.Of), len(p.Operations))
	}
	sum := len(d.Rejected)
	for _, of := range []plan.Decision{plan.Undecided, plan.Apply, plan.Hold, plan.Never} {
		sum += d.Count(of)
	}
	if sum != len(p.Operations) {
		t.Errorf("%d operations are accounted for, of %d", sum, len(p.Operations))
	}
	for i := range d.Rejected {
		if i < 0 || i >= len(p.Operations) {
			t.Errorf("there is no operation %d to reject", i)
		} else if d.Of[i] != plan.Undecided {
			t.Errorf("operation %d is rejected, and decided on", i)
		}
	}
	if len(d.Rejected) > 0 && len(d.Rejects) == 0 {
		t.Error("operations are rejected, and no row is")
	}
	for _, x := range d.Rejects {
		if x.Source.File != d.File || x.Source.Row < 1 || len(x.Defects) == 0 {
			t.Errorf("a reject without its place or its defect: %+v", x)
		}
		for _, defect := range x.Defects {
			if strings.Contains(defect.Message+defect.Value, secret) {
				t.Errorf("a private value is said: %+v", defect)
			}
		}
	}
}

func TestDecisionsInCSV(t *testing.T) {
	in := toReview()
	p := saved(t, in)
	id := func(uid string) string { return p.ID(&p.Operations[indexOf(t, p, uid)]) }
	for name, c := range map[string]struct {
		text    string
		want    map[string]string
		rejects []string
		notices string
	}{
		"plain": {"uid,decision\ngone-1,hold\nnew-1,apply\nup-2,never\n", map[string]string{"gone-1": "hold",
			"new-1": "apply", "up-2": "never"}, nil, ""},
		"semicolons and BOM":    {"\uFEFFUID;Decision\r\ngone-1; HOLD \r\n", map[string]string{"gone-1": "hold"}, nil, ""},
		"tabs, columns swapped": {"decision\tuid\nnever\tnew-2\n", map[string]string{"new-2": "never"}, nil, ""},
		"folded uid":            {"uid,decision\n  GONE-1 ,hold\n", map[string]string{"gone-1": "hold"}, nil, ""},
		"undecided":             {"uid,decision\ngone-1,\nnew-1, \nup-2\n", map[string]string{}, nil, ""},
		"no word of ours": {"uid,decision\ngone-1,yes\n", map[string]string{"gone-1": "rejected"},
			[]string{"2 gone-1 decision decision-invalid"}, ""},
		"unknown user": {"uid,decision\nnobody,apply\nup-2,hold\n1.23457E+18,hold\n", map[string]string{"up-2": "hold"},
			[]string{"2 nobody uid decision-unknown", "4  uid decision-unknown"}, ""},
		"no uid": {"uid,decision\n,apply\n", map[string]string{}, []string{"2  uid uid-missing"}, ""},
		"no uid, but an id": {"uid,id,decision\n," + "ID(up-2)" + ",apply\n", map[string]string{"up-2": "rejected"},
			[]string{"2 up-2 uid uid-missing"}, ""},
		"another user's id": {"uid,id,decision\nup-3,ID(up-2),apply\n", map[string]string{"up-2": "rejected", "up-3": "rejected"},
			[]string{"2 up-3 id decision-unknown"}, ""},
		"operation and id": {"uid,operation,id,decision\nup-2,Update,ID(up-2),hold\n", map[string]string{"up-2": "hold"}, nil, ""},
		"another operation": {"uid,op,decision\nup-2,create,hold\n", map[string]string{"up-2": "rejected"},
			[]string{"2 up-2 op decision-unknown"}, ""},
		"another plan's id": {"uid,id,decision\nup-2,0011223344556677,apply\n", map[string]string{"up-2": "rejected"},
			[]string{"2 up-2 id decision-unknown"}, ""},
		"other columns": {"name,uid,decision,why\nA,up-2,hold,x\n", map[string]string{"up-2": "hold"}, nil,
			"decision-columns-ignored 2"},
		"twice alike": {"uid,decision\nup-2,hold\nup-2,Hold\n", map[string]string{"up-2": "hold"}, nil, "decision-repeated 1"},
		"twice, differently": {"uid,decision\nup-2,hold\nup-3,apply\nUP-2,apply\n", map[string]string{"up-2": "rejected",
			"up-3": "apply"}, []string{"2 up-2 decision decision-twice", "4 up-2 decision decision-twice"}, ""},
		"twice, once not": {"uid,decision\nup-2,hold\nup-2,\n", map[string]string{"up-2": "rejected"},
			[]string{"2 up-2 decision decision-twice", "3 up-2 decision decision-twice"}, ""},
		"three times": {"uid,decision\nup-2,hold\nup-2,apply\nup-2,never\n", map[string]string{"up-2": "rejected"},
			[]string{"2 up-2 decision decision-twice", "3 up-2 decision decision-twice", "4 up-2 decision decision-twice"}, ""},
		"well, then broken": {"uid,decision\nup-2,hold\nup-2,what\n", map[string]string{"up-2": "rejected"},
			[]string{"3 up-2 decision decision-invalid"}, ""},
		"withheld stays":        {"uid,decision\ngone-2,apply\n", map[string]string{}, nil, "decision-withheld 1"},
		"withheld by its word":  {"uid,decision\ngone-2, Withheld\n", map[string]string{}, nil, ""},
		"withheld is held":      {"uid,decision\ngone-2,hold\n", map[string]string{"gone-2": "hold"}, nil, ""},
		"withheld is protected": {"uid,decision\ngone-2,never\n", map[string]string{"gone-2": "never"}, nil, ""},
		"not withheld": {"uid,decision\ngone-1,withheld\n", map[string]string{"gone-1": "rejected"},
			[]string{"2 gone-1 decision decision-invalid"}, ""},
		"rows as they are shown": {"uid,note,decision\n\nup-2,\"a\nb\n\",what\n\r\n\nup-3,x,what\n", map[string]string{"up-2": "rejected",
			"up-3": "rejected"}, []string{"3 up-2 decision decision-invalid", "6 up-3 decision decision-invalid"},
			"decision-columns-ignored 1"},
		"a delimiter in a cell": {"uid,note,decision\nup-2,a,b,hold\n", map[string]string{"up-2": "rejected"},
			[]string{"2 up-2  cells-extra"}, "decision-columns-ignored 1"},
		"cells of nothing":         {"uid,decision\nup-2,hold,,\n,,,\n", map[string]string{"up-2": "hold"}, nil, ""},
		"quoted, as defused":       {"uid,decision\n\"'up-2\",hold\n", map[string]string{}, []string{"2  uid decision-unknown"}, ""},
		"nothing below the header": {"uid,decision\n", map[string]string{}, nil, ""},
	} {
		for _, op := range p.Operations {
			c.text = strings.ReplaceAll(c.text, "ID("+op.UID+")", id(op.UID))
		}
		d, err := decisions("d.csv", []byte(c.text), p, plan.Hold)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkDecisions(t, p, d)
		if diff := cmp.Diff(c.want, made(p, d)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff(append([]string{}, c.rejects...), complaints(d)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := noticed(d); got != c.notices {
			t.Errorf("%s: notices %q, want %q", name, got, c.notices)
		}
		if d.SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte(c.text))) || d.Undecided != plan.Hold {
			t.Errorf("%s: %s, %v", name, d.SHA256, d.Undecided)
		}
	}
}

// A uid may begin with what spreadsheets take for a formula.
func TestDecisionsOnDefusedUIDs(t *testing.T) {
	in := toReview()
	in.Plan.Operations[indexOf(t, in.Plan, "up-2")].UID = "-up"
	in.Plan.Sort()
	in.Results = in.Plan.Unsent()
	p := saved(t, in)
	text := render(t, func(w io.Writer) error { return lists.WriteOperations(w, mustNew(t, in)) })
	if !strings.Contains(text, ",'-up,") {
		t.Fatal("operations.csv does not defuse a uid")
	}
	header, rest, _ := strings.Cut(text, "\n")
	var b strings.Builder
	b.WriteString("decision," + strings.TrimPrefix(header, comma.ByteOrderMark) + "\n")
	for line := range strings.Lines(rest) {
		b.WriteString("hold," + line)
	}
	d, err := decisions("operations.csv", []byte(b.String()), p, plan.Hold)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Rejects) > 0 || d.Count(plan.Hold) != len(p.Operations) {
		t.Errorf("%d held of %d, %v", d.Count(plan.Hold), len(p.Operations), complaints(d))
	}
}

// A file of decisions takes no more memory than what it may decide on.
func TestDecisionsAreBounded(t *testing.T) {
	p := saved(t, toReview())
	shared := func(text string, times int) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, content := range map[string]string{
			"_rels/.rels":                `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
			"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="Operations" r:id="b"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="b" Type="x/worksheet" Target="sheet.xml"/><Relationship Id="c" Type="x/sharedStrings" Target="strings.xml"/></Relationships>`,
			"xl/sheet.xml":               `<worksheet><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>`,
			"xl/strings.xml":             "<sst>" + strings.Repeat(text, times) + "</sst>",
		} {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, content); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	head := fmt.Sprintf(`{"schema":%q,"run":%q,`, formats.Decisions.String(), p.Run)
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"a wide header":    {[]byte("uid,decision" + strings.Repeat(",", 2<<20)), "line 1 is longer than 1024 KiB"},
		"a wide row":       {[]byte("uid,decision\nup-2,hold\n" + strings.Repeat(",", 2<<20)), "line 3 is longer than 1024 KiB"},
		"texts":            {shared("<si><t>"+strings.Repeat("x", 30_000)+"</t></si>", 700), "shared texts take more than"},
		"texts of nothing": {shared("<si/>", 3_000_000), "shared texts"},
		"rows":             {[]byte("uid,decision\n" + strings.Repeat("nobody,hold\n", 20_000)), "more than 10,000 rows can't be used"},
		"a deep value":     {[]byte(head + `"x":` + strings.Repeat("[", 2<<20)), "is not as a page saves decisions"},
	} {
		_, err := decisions("d", c.content, p, plan.Hold)
		if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 500 {
			t.Errorf("%s: the error is %.600v", name, err)
		}
	}
}

func TestNoFileOfDecisions(t *testing.T) {
	p := saved(t, toReview())
	for name, c := range map[string]struct{ text, want string }{
		"empty":               {" \n", "is empty"},
		"UTF-16":              {"\xff\xfeu\x00i\x00", "UTF-16"},
		"another code page":   {"uid,decision\nup-2,hold\nM\xfcller,hold\n", "d:3: holds bytes that are not UTF-8"},
		"binary":              {"uid,decision\x00", "is not text"},
		"old workbook":        {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old .xls workbook"},
		"no decision":         {"uid,name\nup-2,hold\n", "no columns uid and decision"},
		"no uid":              {"user,decision\nup-2,hold\n", "no columns uid and decision"},
		"two uids":            {"uid,UID,decision\n", `two columns say the same, "uid" and "UID"`},
		"two decisions":       {"uid;decision; Decision\n", "two columns say the same"},
		"two operations":      {"uid,op,operation,decision\n", "two columns say the same"},
		"a quote without end": {"uid,decision\nup-2,\"hold\nup-3,hold\n", "line 2"},
		"a quote astray":      {"uid,decision\nup-2,ho\"ld\n", "line 2"},
		"a header cut off":    {"uid,\"deci", "line 1"},
		"an archive of text":  {"PK and so on", "the file is damaged"},
	} {
		_, err := decisions("d", []byte(c.text), p, plan.Hold)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.csv"), p, plan.Hold); err == nil || !strings.Contains(err.Error(), "none.csv") {
		t.Errorf("a file that is not there: %v", err)
	}
	large := filepath.Join(t.TempDir(), "large.csv")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, maxDecisions+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(large, p, plan.Hold); err == nil || !strings.Contains(err.Error(), "larger than 256 MiB") {
		t.Errorf("a file that is too large: %v", err)
	}
}

func TestDecisionsAreReadByContent(t *testing.T) {
	p := saved(t, toReview())
	path := filepath.Join(t.TempDir(), "decisions.xlsx")
	if err := os.WriteFile(path, []byte("uid;decision\nup-2;apply\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for given, want := range map[plan.Decision]plan.Decision{plan.Apply: plan.Apply, plan.Hold: plan.Hold, plan.Undecided: plan.Hold,
		plan.Never: plan.Hold} {
		d, err := Read(path, p, given)
		if err != nil || d.File != path || d.Undecided != want || d.Count(plan.Apply) != 1 {
			t.Errorf("%v: %+v, %v", given, d, err)
		}
	}
}

// pageEntry is what the page saves of an operation.
type pageEntry struct {
	ID        string `json:"id"`
	UID       string `json:"uid"`
	Operation string `json:"operation"`
	Decision  string `json:"decision"`
}

// FuzzDecisions holds what is so of all texts that are read as decisions.
func FuzzDecisions(f *testing.F) {
	p := saved(f, toReview())
	for _, seed := range []string{
		"uid,decision\nup-2,hold\nup-2,apply\nnobody,never\n,\n", "UID;ID;Decision\r\nup-2;x;\"ho\nld\"\r\n",
		"op\tuid\tdecision\n\n\nupdate\tup-3\tnever",
		"uid,decision\ngone-2,apply\ngone-2,withheld\n",
		string(toJSON(f, pageSaves(f, p, "hold"))), `{"schema":"` + formats.Decisions.String() + `","run":"` + p.Run +
			`","decisions":[{"uid":"up-2","decision":null}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		d, err := decisions("d", content, p, plan.Hold)
		if err != nil {
			return
		}
		checkDecisions(t, p, d)
		for _, x := range d.Rejects {
			if x.UID != "" && !user.ValidUID(x.UID) {
				t.Errorf("the uid %q", x.UID)
			}
		}
	})
}
