package importer

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestManyRejectsLieInAFile: a roster that is all rejects takes no more memory
// than one that can be used, and its file is gone with it.
func TestManyRejectsLieInAFile(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var b strings.Builder
	b.WriteString("uid,name,avatar\n")
	const n = 30_000
	for i := range n {
		fmt.Fprintf(&b, "u%d,Anna %d,not-a-url\n", i, i)
	}
	fmt.Fprintf(&b, "u7,Ben,\nu%d,Carl,\nu%d,Dora,\n", n, n)
	path := write(t, "a.csv", b.String())
	r, err := Read(t.Context(), []string{path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.book.Size == 0 {
		t.Fatal("they are in memory")
	}
	rejects := r.Intake().Rejects
	if rejects.Len() != n+3 {
		t.Errorf("%d rejects", rejects.Len())
	}
	for i, x := range rejects.All() {
		row := fmt.Sprintf("u%d Anna %d not-a-url", i, i)
		if got := strings.Join(x.Cells, " "); x.Source.Row != i+2 || i < n && (got != row || x.Defects[0].Value != "not-a-url") {
			t.Fatalf("%d: %+v", i, *x)
		}
	}
	// What the rows with its uid have it claim is put beside what it was.
	if got := fmt.Sprint(rejects.At(7).Claims, rejects.At(n).Claims,
		rejects.At(n+2).Claims); got != "[{same-name anna 7 }] [{same-name ben }] [{same-name dora }]" {
		t.Error(got)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if rejects.At(0); rejects.Err() == nil {
		t.Error("nobody is told that they can't be read any more")
	}
}
