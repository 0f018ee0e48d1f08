package importer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/slow"
	"cometsync/internal/user"
)

func TestRowsOfOneUIDArePutTogether(t *testing.T) {
	merge := Options{Duplicates: MergeRows}
	clears := merge
	clears.Rules.EmptyClears = true
	for _, c := range []struct {
		name    string
		opt     Options
		sources []string
		want    []string
	}{
		{"a row for each group", merge, []string{"uid,name,tags\nanna,Anna,staff\nben,Ben,staff\nanna,Anna,ops|staff\n"}, []string{
			`2 anna name="Anna" tags=["ops" "staff"]`, `3 ben name="Ben" tags=["staff"]`, "notice united-rows 1"}},
		{"two files", merge, []string{"uid,name\nanna,Anna\nben,Ben\n", "uid,role\nben,\nanna,teacher\n"}, []string{
			`2 anna name="Anna" role="teacher"`, `3 ben name="Ben"`, "notice united-rows 2"}},
		{"metadata by key", merge, []string{"uid,metadata,metadata.k\na,\"{\"\"x\"\":1,\"\"o\"\":{\"\"p\"\":1}}\",\n" +
			"a,\"{\"\"y\"\":2,\"\"x\"\":1.0,\"\"o\"\":{\"\"q\"\":[2]}}\",k\n"}, []string{
			`2 a metadata={"o":{"p":1,"q":[2]},"x":1,"y":2} k="k"`, "notice united-rows 1"}},
		{"alike rows are no more than that", merge, []string{"uid,name\na,A\nA,A\n"}, []string{`2 a name="A"`, "notice duplicate-rows 1",
			"notice repaired 1"}},
		{"another name", merge, []string{"uid,name\na,A\na,B\n"}, []string{`reject 2 uid="a" uid duplicate-uid "a"`,
			`reject 3 uid="a" uid duplicate-uid "a"`}},
		{"another value of a key", merge, []string{"uid,metadata.k\na,1\na,2\n"}, []string{`reject 2 uid="a" uid duplicate-uid "a"`,
			`reject 3 uid="a" uid duplicate-uid "a"`}},
		{"another value within an object", merge, []string{"uid,metadata\na,\"{\"\"o\"\":{\"\"p\"\":1}}\"\n" +
			"a,\"{\"\"o\"\":{\"\"p\"\":2}}\"\n"},
			[]string{`reject 2 uid="a" uid duplicate-uid "a"`, `reject 3 uid="a" uid duplicate-uid "a"`}},
		{"a key and an object", merge, []string{"uid,metadata.k\na,1\n", "uid,metadata\na,\"{\"\"k\"\":2}\"\n"},
			[]string{`reject 2 uid="a" uid duplicate-uid "a"`, `reject 2 uid="a" uid duplicate-uid "a"`}},
		{"another state", merge, []string{"uid,state\na,active\na,left\n"}, []string{`reject 2 uid="a" uid duplicate-uid "a"`,
			`reject 3 uid="a" uid duplicate-uid "a"`}},
		{"a file without the state", merge, []string{"uid,name\na,A\n", "uid,state\na,left\n"}, []string{`2 a name="A" deactivated`,
			"notice united-rows 1"}},
		{"more tags than one may have", merge, []string{"uid,tags\na," + manyTags(0) + "\na," + manyTags(20) + "\n"},
			[]string{`reject 2 uid="a" uid duplicate-uid "a"`, `reject 3 uid="a" uid duplicate-uid "a"`}},
		{"one of them is broken", merge, []string{"uid,tags,link\na,x,\na,y,nowhere\n"}, []string{`reject 2 uid="a" uid duplicate-uid "a"`,
			`reject 3 uid="a" link link-invalid "nowhere"`}},
		{"an empty cell that clears", clears, []string{"uid,link\na,\na,https://x.org\n"}, []string{`reject 2 uid="a" uid ` +
			`duplicate-uid "a"`,
			`reject 3 uid="a" uid duplicate-uid "a"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var paths []string
			for i, text := range c.sources {
				paths = append(paths, write(t, fmt.Sprintf("%d.csv", i), text))
			}
			expect(t, mustRead(t, c.opt, paths...), c.want...)
		})
	}
}

func manyTags(from int) string {
	var tags []string
	for i := range 20 {
		tags = append(tags, fmt.Sprintf("t%d", from+i))
	}
	return strings.Join(tags, "|")
}

// TestTheOrderOfRowsIsNothingToMerging: neither to whom there is, nor to what is
// said of them, nor to what is in memory of them.
func TestTheOrderOfRowsIsNothingToMerging(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 8))
	pick := func(s ...string) string { return s[rng.IntN(len(s))] }
	united := 0
	for range slow.Times(60, 300) {
		var rows []string
		for range 2 + rng.IntN(4) {
			rows = append(rows, pick("a", "a", "b")+","+pick("", "", "A", "A", "B")+","+pick("", "x", "y|x", "z")+","+pick("", "",
				"active")+","+
				pick("", `"{""x"":1}"`, `"{""y"":{""z"":1}}"`, `"{""y"":{""q"":1}}"`, `"{""x"":2}"`)+","+pick("", "", "k", "k", "l"))
		}
		say := func() string {
			r := csvText(t, Options{Duplicates: MergeRows}, "uid,name,tags,state,metadata,metadata.k\n"+strings.Join(rows, "\n")+"\n")
			var out []string
			for _, uid := range []string{"a", "b"} {
				ref, e, ok := r.Find(uid)
				if !ok {
					continue
				}
				row, err := r.Load(ref)
				if err != nil {
					t.Fatal(err)
				}
				var p user.Fingerprint
				if u := &row.User; e.Mask != user.Unprintable && p.OfRow(r.Layout(), u, e.Mask) != e.Print || u.Mask() != e.Mask ||
					u.State != e.State {
					t.Fatalf("%s is not remembered as it is: %q", uid, rows)
				}
				out = append(out, fmt.Sprintf("%s %q %q %v %s %v %v", row.User.UID, row.User.Name, user.TagSet(row.User.Tags),
					row.User.State,
					row.User.Metadata, row.User.Keys, row.User.Kept))
				united += len(row.Parts)
			}
			for _, x := range r.Intake().Rejects.All() {
				out = append(out, "reject "+x.UID)
			}
			in := r.Intake()
			if in.Rows != in.Users+in.Duplicates+in.Rejected {
				t.Fatalf("%d rows are not %d users, %d duplicates and %d rejects: %q", in.Rows, in.Users, in.Duplicates, in.Rejected, rows)
			}
			slices.Sort(out)
			return strings.Join(out, "\n")
		}
		want := say()
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if got := say(); got != want {
			t.Fatalf("%q: got\n%s\nin another order\n%s", rows, got, want)
		}
	}
	if united < 100 {
		t.Errorf("only %d rows were put together", united)
	}
}
