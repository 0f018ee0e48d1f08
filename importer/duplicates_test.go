package importer

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"cometsync/importer/store"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

func TestDuplicates(t *testing.T) {
	const (
		alike = "uid,name,tags,metadata,metadata.k\nanna,Anna,a|b,\"{\"\"x\"\":1,\"\"y\"\":2}\",k\nben,Ben,,,\nAnna, Anna " +
			",\"b,a\",\"{\"\"y\"\":2.0,\"\"x\"\":1}\",k\nANNA,Anna,a|b|a,\"{\"\"x\"\":1,\"\"y\"\":2}\",k\n"
		differ   = "uid,name\nanna,Anna\nben,Ben\nanna,Anne\nanna,Anna\n"
		rejected = "uid,name,link\nanna,Anna,\nben,Ben,\nanna,Anna,nowhere\n"
		earlier  = "uid,name,link\nanna,Anna,nowhere\nben,Ben,\nanna,Anna,\n"
		only     = "uid,link\nanna,nowhere\nanna,neither\n"
	)
	for _, c := range []struct {
		name       string
		duplicates Duplicates
		text       string
		want       []string
	}{
		{"alike count once", ErrorOnDuplicates, alike, []string{
			`2 anna name="Anna" tags=["a" "b"] metadata={"x":1,"y":2} k="k"`, `3 ben name="Ben"`,
			"notice duplicate-rows 2", "notice repaired 3"}},
		{"all that differ are rejects, also those alike", ErrorOnDuplicates, differ, []string{
			`3 ben name="Ben"`, `reject 2 uid="anna" uid duplicate-uid "anna"`, `reject 4 uid="anna" uid duplicate-uid "anna"`,
			`reject 5 uid="anna" uid duplicate-uid "anna"`}},
		{"first", FirstWins, differ, []string{`2 anna name="Anna"`, `3 ben name="Ben"`, "notice duplicate-rows 1",
			"notice superseded-rows 1"}},
		{"last", LastWins, differ, []string{`5 anna name="Anna"`, `3 ben name="Ben"`, "notice duplicate-rows 1",
			"notice superseded-rows 1"}},
		{"a reject makes one of the usable row", ErrorOnDuplicates, rejected, []string{
			`3 ben name="Ben"`, `reject 2 uid="anna" uid duplicate-uid "anna"`, `reject 4 uid="anna" link link-invalid "nowhere"`}},
		{"also behind it", ErrorOnDuplicates, earlier, []string{
			`3 ben name="Ben"`, `reject 2 uid="anna" link link-invalid "nowhere"`, `reject 4 uid="anna" uid duplicate-uid "anna"`}},
		// Whichever wins: who is in a reject is held.
		{"the first is usable", FirstWins, rejected, []string{
			`3 ben name="Ben"`, `reject 2 uid="anna" uid duplicate-uid "anna"`, `reject 4 uid="anna" link link-invalid "nowhere"`}},
		{"the last is a reject", LastWins, rejected, []string{
			`3 ben name="Ben"`, `reject 2 uid="anna" uid duplicate-uid "anna"`, `reject 4 uid="anna" link link-invalid "nowhere"`}},
		{"the first is a reject", FirstWins, earlier, []string{
			`3 ben name="Ben"`, `reject 2 uid="anna" link link-invalid "nowhere"`, `reject 4 uid="anna" uid duplicate-uid "anna"`}},
		{"the last is usable", LastWins, earlier, []string{
			`3 ben name="Ben"`, `reject 2 uid="anna" link link-invalid "nowhere"`, `reject 4 uid="anna" uid duplicate-uid "anna"`}},
		{"rejects need no other reason", ErrorOnDuplicates, only, []string{`reject 2 uid="anna" link link-invalid "nowhere"`,
			`reject 3 uid="anna" link link-invalid "neither"`}},
		{"a state tells two apart", ErrorOnDuplicates, "uid,state\na,active\na,left\n", []string{
			`reject 2 uid="a" uid duplicate-uid "a"`, `reject 3 uid="a" uid duplicate-uid "a"`}},
		{"a cell that is not there does too", ErrorOnDuplicates, "uid,name\na,A\na,\n", []string{
			`reject 2 uid="a" uid duplicate-uid "a"`, `reject 3 uid="a" uid duplicate-uid "a"`}},
		// Masks of an object below keys can only be compared in full.
		{"what has no print is compared in full", ErrorOnDuplicates, "uid,metadata,metadata.k\na,\"{\"\"x\"\":1}\",k\n" +
			"a,\"{\"\"x\"\":2}\",k\n",
			[]string{
				`reject 2 uid="a" uid duplicate-uid "a"`, `reject 3 uid="a" uid duplicate-uid "a"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, csvText(t, Options{Duplicates: c.duplicates}, c.text), c.want...)
		})
	}
}

// TestDuplicatesAreComparedWhileReading is for the race detector: rows are
// read back from the spool while it is being written.
func TestDuplicatesAreComparedWhileReading(t *testing.T) {
	text := manyRows()
	rows := strings.Count(text, "\n") - 1
	r := csvText(t, Options{}, text+text[len("uid\n"):])
	if in := r.Intake(); in.Users != rows || in.Duplicates != rows {
		t.Errorf("%d users and %d duplicates of twice %d rows", in.Users, in.Duplicates, rows)
	}
}

func TestDuplicatesNameEachOther(t *testing.T) {
	a := write(t, "a.csv", "uid,name\nanna,1\nanna,2\nx,X\n")
	b := write(t, "b.csv", "uid,name\nanna,3\n"+strings.Repeat("anna,4\n", 5))
	r := mustRead(t, Options{}, a, b)
	rejects := r.Intake().Rejects.Slice()
	if len(rejects) != 8 {
		t.Fatalf("%v", rejects)
	}
	for i, want := range []string{
		"appears in row 3, " + b + ":2, " + b + ":3, " + b + ":4, " + b + ":5 and 2 more too",
		"appears in row 2, " + b + ":2",
		"appears in " + a + ":2, " + a + ":3, row 3, row 4, row 5 and 2 more too",
	} {
		if !strings.Contains(rejects[i].Defects[0].Message, want) {
			t.Errorf("%q does not say %q", rejects[i].Defects[0].Message, want)
		}
	}
}

func TestTheMessageSaysThatARowIsBroken(t *testing.T) {
	r := csvText(t, Options{}, "uid,link\na,\na,nowhere\n")
	if m := r.Intake().Rejects.At(0).Defects[0].Message; !strings.Contains(m,
		"the uid appears in row 3 too, and not all of these rows can be used") {
		t.Error(m)
	}
}

func TestSourcesMakeOneRoster(t *testing.T) {
	a := write(t, "a.csv", "uid,name\nanna,Anna\nben,Ben\n")
	b := write(t, "b.tsv", "metadata.floor\tlogin\n3\tcarl\n\tBEN\n")
	r := mustRead(t, Options{Duplicates: LastWins}, a, b)
	expect(t, r, `2 anna name="Anna"`, `3 ben`, `2 carl floor="3"`, "notice superseded-rows 1", "notice repaired 1")
	if got := strings.Join(r.Intake().Managed, " "); got != "uid name metadata.floor" {
		t.Errorf("managed %s", got)
	}
	if f := r.Intake().Files; len(f) != 2 || f[0].Rows != 2 || f[1].Rows != 2 || f[0].SHA256 == f[1].SHA256 {
		t.Errorf("%+v", f)
	}
	// One file twice, or by two patterns: it is read once.
	r = mustRead(t, Options{}, a, filepath.Dir(a)+"/./a.csv", filepath.Dir(a)+"/*.csv", filepath.Dir(a)+"/a.*")
	if in := r.Intake(); in.Users != 2 || in.Duplicates != 0 || len(in.Files) != 1 || in.Files[0].Path != a {
		t.Errorf("%+v", in)
	}
}

func TestSlugsThatCollide(t *testing.T) {
	text := "uid,name\nA B,1\na-b,1\nc.d,2\nC.D,2\n"
	for _, d := range []Duplicates{ErrorOnDuplicates, FirstWins, LastWins} {
		r := csvText(t, Options{Duplicates: d, Rules: user.Rules{Rewrite: user.RewriteSlug}}, text)
		got := show(t, r)
		for _, want := range []string{
			`reject 2 uid="a-b" uid uid-collision "A B"`,
			`reject 3 uid="a-b" uid uid-collision "a-b"`,
			"notice duplicate-rows 1", // c.d and C.D are one id
			"notice uid-rewritten 3",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("--duplicates %s: %s does not say %s", d, got, want)
			}
		}
		if _, _, ok := r.Find("c-d"); !ok || r.Intake().Users != 1 {
			t.Errorf("--duplicates %s: %s", d, got)
		}
		if m := r.Intake().Rejects.At(0).Defects[0].Message; !strings.Contains(m, `"a b", "a-b"`) || !strings.Contains(m, "row 3") {
			t.Errorf("%s", m)
		}
	}
}

// The vendor's mapping tells the cases of an id apart, and two that become one
// are rejects whatever --duplicates says.
func TestVendorUIDsThatCollide(t *testing.T) {
	opt := Options{Duplicates: FirstWins, Rules: user.Rules{Rewrite: user.RewriteCometChat}}
	expect(t, csvText(t, opt, "uid,name\nCarl,1\ncarl,2\nCARL,3\nx,4\nCarl,1\n carl_18uuw,5\n王,6\n"),
		`3 carl name="2"`, `4 carl_186c8 name="3"`, `5 x name="4"`, `8 __mtn name="6"`,
		`reject 2 uid="carl_18uuw" uid uid-collision "Carl"`, `reject 6 uid="carl_18uuw" uid uid-collision "Carl"`,
		`reject 7 uid="carl_18uuw" uid uid-collision " carl_18uuw"`, "notice repaired 1", "notice uid-rewritten 4")
}

func TestLettersThatFoldCollideAndMergeNobody(t *testing.T) {
	r := csvText(t, Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}, "uid\nkarl\n\u212Aarl\njosé\njose\nŁukasz\nukasz\n")
	expect(t, r, `7 ukasz`,
		`reject 2 uid="karl" uid uid-collision "karl"`, "reject 3 uid=\"karl\" uid uid-collision \"\u212Aarl\"",
		`reject 4 uid="jose" uid uid-collision "josé"`, `reject 5 uid="jose" uid uid-collision "jose"`,
		`reject 6 uid="" uid uid-invalid "Łukasz"`,
		"notice uid-rewritten 2")
}

func TestRewrittenUIDsAreNamed(t *testing.T) {
	rewritten := func(sources ...string) string {
		in := mustRead(t, Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}, sources...).Intake()
		n := in.Notices[len(in.Notices)-1]
		if n.Code != "uid-rewritten" || !strings.HasPrefix(n.Message, phrase.Counted(n.Count, "uid was",
			"uids were")+" rewritten by --uid-rewrite slug: ") {
			t.Errorf("%+v", in.Notices)
		}
		return n.Message
	}
	a := write(t, "a.csv", "name,uid\nJ,José Ñ\nA,anna\n\nB,'=b c\n")
	want := `2 uids were rewritten by --uid-rewrite slug: "José Ñ" became "jose-n" (` + a + `:2), "=b c" became "b-c" (` + a + `:5)`
	if got := rewritten(a); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// Many are named up to a number, across sources, in their order; a text
	// without end does not make a message without end.
	var many strings.Builder
	many.WriteString("uid\n" + strings.Repeat("!", 10_000) + "x\n")
	for i := range 30 {
		fmt.Fprintf(&many, "u %d\n", i)
	}
	got := rewritten(a, write(t, "b.csv", many.String()))
	if strings.Count(got, " became ") != mostRewrites || !strings.Contains(got, `"u 16" became "u-16"`) ||
		!strings.HasSuffix(got, ", and 13 more") || len(got) > 5000 {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

// TestHashesThatCollide reads with hashes that say next to nothing: uids are
// still told apart, by reading them from the spool.
func TestHashesThatCollide(t *testing.T) {
	for _, hash := range []func(string) uint64{
		func(string) uint64 { return 0 },
		func(uid string) uint64 { return uint64(len(uid)) << 62 },
		func(uid string) uint64 { return uint64(uid[len(uid)-1]) },
	} {
		path := write(t, "a.csv", "uid,name,link\nanna,A,\nbob,B,\ncarl,C,\nben,D,nowhere\nbob,B,\ncarl,Other,\nx,X,\nben,D,\n")
		r, err := Read(context.Background(), []string{path}, Options{hash: hash})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		expect(t, r,
			`2 anna name="A"`, `3 bob name="B"`, `8 x name="X"`,
			`reject 4 uid="carl" uid duplicate-uid "carl"`, `reject 5 uid="ben" link link-invalid "nowhere"`,
			`reject 7 uid="carl" uid duplicate-uid "carl"`, `reject 9 uid="ben" uid duplicate-uid "ben"`,
			"notice duplicate-rows 1")
		for _, uid := range []string{"carl", "ben", "dora", "y", "bo"} {
			if ref, _, ok := r.Find(uid); ok && r.index.At(ref).Flags&store.Shared != 0 {
				t.Errorf("%q is found as %d", uid, ref)
			}
		}
		foundTogether(t, r, "anna", "nobody", "x", "bob", "ben", "carl", "bob", "dora")
	}
}

// foundTogether holds what is found of a page against what is found of each user, in
// pages that are looked up in more than one part, and none.
func foundTogether(t *testing.T, r *Roster, uids ...string) {
	t.Helper()
	for _, n := range []int{0, 1, len(uids), 255, 256, 257, 1000} {
		page := make([]user.User, n)
		for i := range page {
			page[i].UID = uids[i%len(uids)]
		}
		found := r.FindAll(page, []user.Found{{Ref: 77}})
		if len(found) != 1+n || found[0].Ref != 77 {
			t.Fatalf("%d found, after %+v", len(found), found[0])
		}
		for i, got := range found[1:] {
			ref, e, ok := r.Find(page[i].UID)
			if want := (user.Found{Ref: ref, Entry: e, OK: ok}); got != want {
				t.Errorf("%q, the %dth of %d, is found as %+v, not %+v", page[i].UID, i, n, got, want)
			}
		}
	}
}

func TestDuplicatesSpellThemselves(t *testing.T) {
	for text, want := range map[string]Duplicates{"error": ErrorOnDuplicates, "first": FirstWins, "last": LastWins, "merge": MergeRows} {
		var d Duplicates
		if err := d.UnmarshalText([]byte(text)); err != nil || d != want || d.String() != text {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
	if err := new(Duplicates).UnmarshalText([]byte("firts")); err == nil || !strings.Contains(err.Error(), "error, first, last or merge") {
		t.Errorf("%v", err)
	}
}

// Ten thousands of ids may come to one uid: each is looked at once, and not once
// for each of the others, which would take minutes.
func TestManyIDsOfOneUID(t *testing.T) {
	var b strings.Builder
	b.WriteString("uid,name\n")
	for i := range 30_000 {
		fmt.Fprintf(&b, "a%sb,Anna\n", strings.NewReplacer("0", ".", "1", "!").Replace(fmt.Sprintf("%015b", i)))
	}
	r := csvText(t, Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}, b.String())
	if n := r.Intake().Rejected; n != 30_000 {
		t.Errorf("%d are rejects", n)
	}
}
