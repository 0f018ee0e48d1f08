package importer

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/internal/slow"
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

// checkBooks reads texts as sources and holds the intake against itself.
func checkBooks(t testing.TB, opt Options, hash func(string) uint64, texts ...string) {
	t.Helper()
	sources := []string{"-"}
	opt.Stdin = strings.NewReader(texts[0])
	for _, text := range texts[1:] {
		sources = append(sources, write(t, "a.csv", text))
	}
	opt.look, opt.hash = true, hash
	r, err := Read(context.Background(), sources, opt)
	if err != nil {
		return
	}
	defer r.Close()
	in := r.Intake()
	if in.Rows != in.Users+in.Duplicates+in.Rejected || in.Rejected != in.Rejects.Len() {
		t.Fatalf("%q: %d rows are not %d users, %d duplicates and %d rejected", texts, in.Rows, in.Users, in.Duplicates, in.Rejected)
	}
	rows := 0
	for _, f := range in.Files {
		rows += f.Rows
	}
	if rows != in.Rows {
		t.Fatalf("%q: the files have %d rows, all of them %d", texts, rows, in.Rows)
	}
	users := map[string]bool{}
	for ref := range r.Len() {
		e, ok := r.Entry(ref)
		if !ok {
			continue
		}
		row, err := r.Load(ref)
		if err != nil {
			t.Fatalf("%q: %v", texts, err)
		}
		if users[row.User.UID] {
			t.Fatalf("%q: %q is there twice", texts, row.User.UID)
		}
		users[row.User.UID] = true
		if got, f, ok := r.Find(row.User.UID); !ok || got != ref || f != e {
			t.Fatalf("%q: %q is entry %d and found as %d, %v", texts, row.User.UID, ref, got, ok)
		}
	}
	if len(users) != in.Users {
		t.Fatalf("%q: %d users are there, %d counted", texts, len(users), in.Users)
	}
	for i, reject := range in.Rejects.All() {
		if len(reject.Defects) == 0 {
			t.Fatalf("%q: %v has no defect", texts, reject)
		}
		if opt.Duplicates == ErrorOnDuplicates && users[reject.UID] {
			t.Fatalf("%q: %q is a user and a reject", texts, reject.UID)
		}
		if i > 0 && in.Rejects.At(i-1).Source.File == reject.Source.File && in.Rejects.At(i-1).Source.Row >= reject.Source.Row {
			t.Fatalf("%q: %v stands behind %v", texts, reject, in.Rejects.At(i-1))
		}
	}
	checkLooked(t, r, users)
}

// checkLooked holds what a look tells of every row against the intake.
func checkLooked(t testing.TB, r *Roster, users map[string]bool) {
	t.Helper()
	fates := map[trace.Fate]int{}
	counting := map[user.Source]bool{}
	for _, s := range r.sources {
		if s.rows != nil {
			continue // a part of a file
		}
		// Every row of a source is a row, blank, or named as none.
		above, below := 0, 0
		for _, a := range s.skipped {
			if a.kind == aboveHeader {
				above++
			} else {
				below++
			}
		}
		if all := s.File.Rows + s.sights[blankRows].n + above + below + 1; all != s.last {
			t.Fatalf("%s has %d rows, and %d of them are accounted for", s.File.Path, s.last, all)
		}
	}
	l, err := r.looking(func(user.Source, string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range l.Rows {
		fates[row.Fate]++
		switch row.Fate {
		case trace.FateUsed:
			counting[row.Source] = true
			if !users[row.UID] {
				t.Fatalf("%s is used, and nobody is %q", row.Source, row.UID)
			}
		case trace.FateRejected:
			if row.Reject.Source != row.Source || row.Reject.UID != row.UID && row.Reject.UID != "" {
				t.Fatalf("%s (%q) has the reject %v", row.Source, row.UID, row.Reject)
			}
		case trace.FateBlank, trace.FateAside, trace.FateHeader:
			continue
		}
		if row.Fate == trace.FateDuplicate || row.Fate == trace.FateReplaced || row.Fate == trace.FateUnited ||
			row.Fate == trace.FateMended || row.Fate == trace.FateUnmended || row.Fate == trace.FateDropped {
			if row.Winner.Row == 0 || row.Winner == row.Source {
				t.Fatalf("%s gave way to %s", row.Source, row.Winner)
			}
		} else if row.Winner.Row != 0 {
			t.Fatalf("%s is %s, and %s counts instead", row.Source, row.Fate, row.Winner)
		}
	}
	in, drops := r.Intake(), 0
	for _, s := range r.sources {
		for _, a := range s.skipped {
			if a.kind == instruction {
				drops++
			}
		}
	}
	if fates[trace.FateUsed] != in.Users ||
		fates[trace.FateDuplicate]+fates[trace.FateReplaced]+fates[trace.FateUnited]+fates[trace.FateMended]+fates[trace.FateUnmended]+fates[trace.FateDropped] != in.Duplicates-drops || fates[trace.FateRejected] != in.Rejected {
		t.Fatalf("the rows are told as %v, and the intake has %d users, %d duplicates, %d rejected", fates, in.Users, in.Duplicates,
			in.Rejected)
	}
	for ref := range r.Len() {
		if _, ok := r.Entry(ref); !ok {
			continue
		}
		if row, err := r.Load(ref); err != nil || !counting[row.Source] {
			t.Fatalf("%s counts, and is told otherwise (%v)", row.Source, err)
		}
	}
}

func TestTheBooksBalance(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 12))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	for range slow.Times(100, 500) {
		var texts []string
		for range 1 + r.IntN(2) {
			var b strings.Builder
			b.WriteString(pick("", "", "List\n", "\n\nList, all\nof 2026\n", "sep=,\n"))
			b.WriteString(pick("uid,name,link\n", "name,uid,link\n", "uid;name;link\n"))
			comma := ","
			if strings.Contains(b.String(), "uid;") {
				comma = ";"
			}
			for range r.IntN(12) {
				cell := func(s ...string) string { return pick(append(s, "", "\"q\"\"q\"", "\"two\nlines\"")...) }
				b.WriteString(cell("anna", "ANNA", "ben", "b n", "b-n", "carl", "Anna"))
				b.WriteString(comma)
				b.WriteString(cell("anna", "ben", "Anna", "carl"))
				if r.IntN(8) > 0 {
					b.WriteString(comma + cell("https://a.example", "nowhere"))
				}
				b.WriteString(pick("\n", "\n", "\r\n", "\n\n", ",,,\n", "\"\n", "\xff\n", "\nuid,name,link\n", "\nTotal: 4\n", "\n,,3\n",
					"\n-- end --\n", "\r"))
			}
			b.WriteString(pick("", "", "x", "\"x", "anna,b,"))
			texts = append(texts, b.String())
		}
		opt := Options{Duplicates: Duplicates(r.IntN(3)), Rules: user.Rules{Rewrite: user.Rewrite(r.IntN(3)), EmptyClears: r.IntN(2) == 0}}
		var hash func(string) uint64
		if r.IntN(3) == 0 {
			hash = func(uid string) uint64 { return uint64(len(uid)) << 60 }
		}
		checkBooks(t, opt, hash, texts...)
	}
}

func FuzzRow(f *testing.F) {
	f.Add("uid,name,tags\nanna,Anna,a|b\n\nanna,Anna,b|a\n", uint8(0))
	f.Add("name;login\n\"x\ny\";b\nz;\xff\n", uint8(5))
	f.Add("uid,state,metadata,metadata.a\na,left,{},x\nA,1,\"{\"\"k\"\":1}\",", uint8(2))
	f.Add("uid,created at,last login\na,1673421419,2023-01-11 07:16\nb,11.01.2023,\nA,1673421419000,2023-01-11T07:16Z\n", uint8(16))
	f.Add("List\nuid;name\na;\x81\nuid;name\nb;M\u00c3\u00bcller\nTotal: 2", uint8(96))
	f.Add("\xff\xfeu\x00i\x00d\x00\r\x00a\x00", uint8(32))
	f.Fuzz(func(t *testing.T, text string, choices uint8) {
		opt := Options{
			Duplicates: Duplicates(choices % 3),
			Rules:      user.Rules{Rewrite: user.Rewrite(choices / 4 % 3), EmptyClears: choices&8 != 0},
			Dates:      choices&16 != 0,
			Settings:   columns.Settings{FixMojibake: choices&32 != 0},
		}
		if choices&64 != 0 {
			names := slices.Sorted(maps.Keys(scripts))
			opt.Encoding = names[int(choices>>1)%len(names)]
		}
		checkBooks(t, opt, nil, text)
	})
}

func TestManyReadARosterAtOnce(t *testing.T) {
	var b strings.Builder
	b.WriteString("uid,name\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "u%d,Name %d\n", i, i)
	}
	path := write(t, "a.csv", b.String())
	// Some uids share a hash, so that the spool is read as well.
	r, err := Read(context.Background(), []string{path}, Options{hash: func(uid string) uint64 {
		h := uint64(14695981039346656037)
		for i := range min(len(uid), 4) {
			h = (h ^ uint64(uid[i])) * 1099511628211
		}
		return h
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var running sync.WaitGroup
	for g := range 4 {
		running.Go(func() {
			for i := g; i < 3000; i += 4 {
				uid := fmt.Sprintf("u%d", i)
				ref, _, ok := r.Find(uid)
				row, err := r.Load(ref)
				if !ok || err != nil || row.User.UID != uid || row.User.Name != fmt.Sprintf("Name %d", i) || row.Source.Row != i+2 {
					t.Errorf("%s: %v %v %+v", uid, ok, err, row)
					return
				}
			}
		})
	}
	running.Wait()
}

func TestFindDoesNotAllocate(t *testing.T) {
	r := csvText(t, Options{}, "uid\nanna\nben\n")
	if n := testing.AllocsPerRun(100, func() { r.Find("anna"); r.Find("nobody") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTheSpoolIsNobodyElses(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	r := csvText(t, Options{}, "uid,metadata.@private.email\na,a@example.com\n")
	if runtime.GOOS != "windows" {
		if files, _ := os.ReadDir(dir); len(files) > 1 || len(files) == 1 && !files[0].IsDir() {
			t.Errorf("%v can be opened by others", files)
		}
	}
	// What was read is what counts, whatever becomes of the file.
	path := r.Intake().Files[0].Path
	if err := os.WriteFile(path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if row, err := r.Load(0); err != nil || row.User.UID != "a" {
		t.Errorf("%+v %v", row, err)
	}
	// A workbook leaves nothing behind either.
	wb := book(t, [][]any{{"uid"}, {"x"}}, nil)
	mustRead(t, Options{}, wb)
	left, err := filepath.Glob(filepath.Join(dir, "*.xlsx"))
	if err != nil || len(left) > 0 {
		t.Errorf("%q is left, %v", left, err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "nowhere"))
	if _, err := Read(context.Background(), []string{path}, Options{}); err == nil || !strings.Contains(err.Error(), "set TMPDIR") {
		t.Errorf("%v", err)
	}
}

// manyRows is a text of several chunks.
func manyRows() string {
	b := []byte("uid\n")
	for i := 0; len(b) < 4*delimited.ChunkSize; i++ {
		b = fmt.Appendf(b, "user-number-%d\n", i)
	}
	return string(b)
}

func TestReadingIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	rows := strings.NewReader(strings.Repeat(manyRows()[len("uid\n"):], 50))
	in := io.MultiReader(strings.NewReader("uid\n"), rows)
	_, err := Read(ctx, []string{"-"}, Options{Stdin: in, Progress: func(int) { cancel() }})
	if err != context.Canceled {
		t.Errorf("%v", err)
	}
	if rows.Len() == 0 {
		t.Error("read to the end all the same")
	}
}

func TestProgressCountsRows(t *testing.T) {
	var got []int
	r := csvText(t, Options{Progress: func(n int) { got = append(got, n) }}, manyRows())
	if len(got) < 2 || got[len(got)-1] != r.Intake().Rows || got[0] >= got[1] {
		t.Errorf("%v of %d", got, r.Intake().Rows)
	}
}

// TestEntriesAreWhatTheirRowsAre reads rows whose cells repeat, between cells
// that are corrected and cells that are refused, and holds what stays in memory
// of each against its row read again, in full; and the repairs that were
// counted against those of the rows one by one.
func TestEntriesAreWhatTheirRowsAre(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	for _, rules := range []user.Rules{{}, {EmptyClears: true}, {Rewrite: user.RewriteSlug}, {Rekey: map[string]string{"u7": "old-7"}}} {
		var text strings.Builder
		text.WriteString("uid,name,avatar,role,tags,state,status message,metadata.department\n")
		const rows = 20_000
		for i := range rows {
			fmt.Fprintf(&text, "%s%d,%s,%s,%s,%s,%s,%s,%s\n", pick("u", "u", "u", "U", " u"), i,
				pick("Anna", "Anna ", "Jose\u0301", "José", " Anna  B", fmt.Sprint("N", i)), pick("https://a.example/1",
					"https://b.example/1",
					"https://a.example/é", ""),
				pick("admin", "Admin", "", "admin "), pick("a|b", "a | b", "b;a;b", "é|a", "\"[\"\"a\"\"]\"", ""), pick("active",
					"Active", "no", "",
					"inactive "),
				pick("Hi", "Hi\u200b", "", "'=1"), pick("Sales", "Sales ", "", "Sales", "Sa  les", "'+1"))
		}
		opt := Options{Rules: rules, Stdin: strings.NewReader(text.String())}
		roster, err := Read(context.Background(), []string{"-"}, opt)
		if err != nil {
			t.Fatal(err)
		}
		if in := roster.Intake(); in.Users != rows && !rules.EmptyClears {
			t.Fatalf("%d users of %d rows, %v", in.Users, rows, in.Rejects.At(0))
		}
		var repairs user.Repairs
		var print user.Fingerprint
		for ref := range roster.Len() {
			row, err := roster.Load(ref)
			e, ok := roster.Entry(ref)
			if err != nil || !ok {
				t.Fatal(ref, err)
			}
			u, _ := rules.Row(roster.sources[0].Header.Columns, row.Cells, &repairs)
			mask := u.Mask()
			if want := (user.Entry{Print: print.OfRow(roster.layout, &u, mask), Mask: mask, State: u.State}); e != want {
				t.Fatalf("%q is %+v, not %+v", row.Cells, e, want)
			}
		}
		if roster.repairs != repairs {
			t.Errorf("%+v: repairs are counted as %+v, and were %+v", rules, roster.repairs, repairs)
		}
		roster.Close()
	}
}
