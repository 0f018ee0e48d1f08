package importer

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The corpus is files as school systems, HR suites, shops, databases and
// people with a spreadsheet really hand them on. Each lies in testdata/corpus
// with what has to be read of it beside it, for people to try the program on
// and to review; what made them is in the tables of corpus_text_test.go
// and corpus_books_test.go.
//
//	go test ./importer -run TestCorpus -update            rewrites the goldens
//	go test ./importer -run TestCorpus -update -corpus    the files, too
var corpusFiles = flag.Bool("corpus", false, "rewrite the files of testdata/corpus")

const corpusDir = "../testdata/corpus"

// awkward is a file of the corpus.
type awkward struct {
	name  string
	about string // whose file it is, and what is awkward about it
	bytes string // "": another program made it
	ways  []way  // to read it; none is one without options
}

// way is options under which a file is read once more, with a golden of its own.
type way struct {
	name string // in the golden's; "" is none
	said string // the options, as people give them
	opt  Options
}

func TestCorpus(t *testing.T) {
	all := slices.Concat(corpusTexts, corpusBooks)
	known := map[string]bool{".gitattributes": true}
	t.Chdir(corpusDir)
	for _, a := range all {
		known[a.name] = true
		if *corpusFiles && a.bytes != "" {
			if err := os.WriteFile(a.name, []byte(a.bytes), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		ways := a.ways
		if len(ways) == 0 {
			ways = []way{{}}
		}
		for _, w := range ways {
			golden := a.name + ".golden"
			if w.name != "" {
				golden = a.name + "." + w.name + ".golden"
			}
			known[golden] = true
			t.Run(strings.TrimSuffix(golden, ".golden"), func(t *testing.T) {
				file, err := os.ReadFile(a.name)
				if err != nil {
					t.Fatal(err)
				}
				if a.bytes != "" && string(file) != a.bytes || len(file) > 20<<10 {
					t.Errorf("the file is not what the table says, or is large: %d bytes", len(file))
				}
				got := corpusText(t, a, w)
				checkGolden(t, golden, got)
			})
		}
	}
	files, err := filepath.Glob("*")
	if err != nil || len(all) < 50 {
		t.Errorf("%d files, %v", len(all), err)
	}
	for _, f := range files {
		if !known[f] {
			t.Errorf("%s stands in no table", f)
		}
	}
}

// corpusText is what a file gives: the error that stops it, or its users,
// rejects and notices.
func corpusText(t *testing.T, a awkward, w way) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(a.about + "\n")
	if w.said != "" {
		b.WriteString(w.said + "\n")
	}
	r, err := Read(context.Background(), []string{a.name}, w.opt)
	if err != nil {
		fmt.Fprintf(&b, "\nerror: %v\n", err)
		return b.String()
	}
	defer func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}()
	in := r.Intake()
	if in.Rows != in.Users+in.Duplicates+in.Rejected || in.Rejected != in.Rejects.Len() {
		t.Errorf("%d rows are not %d users, %d duplicates and %d rejected", in.Rows, in.Users, in.Duplicates, in.Rejected)
	}
	for _, f := range in.Files {
		if f.Sheet != "" {
			fmt.Fprintf(&b, "sheet %q\n", f.Sheet)
		}
	}
	b.WriteString("\n" + show(t, r) + "\n")
	for _, e := range in.EndsEarly {
		fmt.Fprintf(&b, "ends early: %s\n", e)
	}
	b.WriteString(intakeText(in))
	for _, r := range in.Rejects.All() {
		for _, c := range r.Claims {
			fmt.Fprintf(&b, "row %d claims %s %s %q\n", r.Source.Row, c.Because, c.Key, c.Value)
		}
	}
	return b.String()
}

// The rejects of every file, handed back as they are, lose nobody and make
// nobody a user.
func TestCorpusRejectsHandedBack(t *testing.T) {
	t.Chdir(corpusDir)
	files := 0
	for _, a := range slices.Concat(corpusTexts, corpusBooks) {
		for _, w := range append(a.ways, way{}) {
			users, rejects, in, ok := mention(t, w.opt, a.name)
			if !ok || in.Rejects.Len() == 0 {
				continue
			}
			files++
			users2, rejects2, in2, ok := mention(t, w.opt, a.name, write(t, "rejects.csv", rejectsText(t, in)))
			if !ok {
				t.Errorf("%s: its rejects can't be read with it", a.name)
				continue
			}
			for uid := range rejects {
				if uid != "" && !rejects2[uid] && !users2[uid] {
					t.Errorf("%s: the reject of %q is gone; now there are %q", a.name, uid, in2.Rejects.Slice())
				}
			}
			if !maps.Equal(users, users2) {
				t.Errorf("%s: the users were %v, and are %v; now there are %q", a.name, users, users2, in2.Rejects.Slice())
			}
		}
	}
	if files < 20 {
		t.Errorf("%d files have rejects", files)
	}
}
