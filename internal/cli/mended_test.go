package cli_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"
)

// correct writes a copy of a report's rejects.csv with rows changed, by their
// first cell: to which cells of their own.
func (c *custody) mend(from, to string, rows map[string]string, clear ...string) {
	c.t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		c.t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF")))).ReadAll()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, row := range all[1:] {
		uid := row[0]
		if slices.Contains(clear, uid) {
			row[len(row)-2] = "" // _code
		}
		if own, ok := rows[uid]; ok {
			copy(row, strings.Split(own, ","))
			delete(rows, uid)
		}
	}
	if len(rows) > 0 {
		c.t.Fatalf("%s lacks %v:\n%s", from, rows, text)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(all); err != nil {
		c.t.Fatal(err)
	}
	c.write(to, b.String())
}

// TestRejectsMendedByHand: whatever somebody corrects in rejects.csv comes in,
// and what is still wrong comes in once it is corrected in the next one.
func TestRejectsMendedByHand(t *testing.T) {
	c := newCustody(t)
	c.write("app.jsonl", `{"uid":"gone","name":"Gone"}`+"\n"+`{"uid":"zoe","name":"Zoe"}`+"\n")
	c.write("school.csv", "uid,name,link,role\nzoe,Zoe,,\n"+
		"1?,Anna,,\n"+
		"2?,Ben,,\n"+
		"x,Carl,,\nx,Dora,,\n"+
		"e,Emil,nowhere,\n"+
		"f,Finn,,boss\n"+
		"g,\"Gus\" Oz,,\n"+
		"h,Hal,nowhere,\n")
	const rejects = "report-school.csv/rejects.csv"
	if r := c.run(0, "plan", "school.csv", "--max-deactivate", "none"); len(r.Rejects) != 8 {
		t.Fatalf("%d rejects: %+v", len(r.Rejects), r.Rejects)
	}
	c.mend(c.path(rejects), "one.csv", map[string]string{
		"1?": "anna,Anna", "2?": "b n,Benno", "x": "y,Carla", "e": "emil,Emil,nor", "f": "finn,Finn,,chief",
	}, "g", "h")
	r := c.run(0, "plan", "school.csv", c.path("one.csv"), "--max-deactivate", "none")
	// b n and e are still broken, finn's role is none of the app either, and
	// that h's link is one is not a decision.
	if len(r.Rejects) != 4 || r.count("create") != 4 {
		t.Fatalf("%+v", r)
	}
	c.mend(c.path(rejects), "two.csv", map[string]string{
		"b n": "ben,Benno", "emil": "em,Emil,https://x.org", "finn": "fi,Finn,,default", "h": "hal,Hal,",
	})
	for _, args := range [][]string{{c.path("one.csv"), c.path("two.csv")}, {c.path("two.csv"), c.path("one.csv")}} {
		r = c.run(10, "plan", "school.csv", append(args, "--detailed-exitcode", "--max-deactivate", "none")...)
		var uids []string
		for _, o := range r.Operations {
			uids = append(uids, o.Op+" "+o.UID)
		}
		const want = "create anna, create ben, create em, create fi, create g, create hal, create x, create y, deactivate gone"
		if got := strings.Join(uids, ", "); got != want || len(r.Rejects) > 0 {
			t.Errorf("got  %s\nwant %s\n%+v", got, want, r.Rejects)
		}
	}
}
