package importer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// keptOf reads sources, whose columns it gives with what is kept of how they are
// read, and the hashes of everybody's cells by uid and column. Whoever loads a row has
// them, too.
func keptOf(t *testing.T, opt Options, texts ...string) (cells map[string]byte, columns map[string]plan.Reading, text uint64) {
	t.Helper()
	opt.Cells = true
	var paths []string
	for i, text := range texts {
		paths = append(paths, write(t, fmt.Sprintf("%d.csv", i), text))
	}
	r := mustRead(t, opt, paths...)
	cells, columns = map[string]byte{}, map[string]plan.Reading{}
	kept := r.Sources()
	r.HashCells()
	for ref := range r.Len() {
		if row, err := r.Load(ref); err == nil {
			i := slices.IndexFunc(kept, func(s plan.PastSource) bool { return s.Path == row.Source.File })
			at, n := slices.Index(kept[i].UIDs, user.HashUID(row.User.UID)), len(kept[i].Columns)
			if want := string(kept[i].Cells[at*n:][:n]); row.Hashes != want {
				t.Errorf("%s: the hashes of its row are %q, and %q are kept", row.User.UID, row.Hashes, want)
			}
		}
	}
	for _, s := range kept {
		if len(s.Cells) != len(s.UIDs)*len(s.Columns) || len(s.Readings) != len(s.Columns) {
			t.Fatalf("%s: %d cells of %d users, %d of %d columns", s.Path, len(s.Cells), len(s.UIDs), len(s.Readings), len(s.Columns))
		}
		for c, name := range s.Columns {
			columns[name] = s.Readings[c]
			for i, hash := range s.UIDs {
				uid := fmt.Sprint(hash)
				for _, u := range []string{"anna", "ben", "carl"} {
					if user.HashUID(u) == hash {
						uid = u
					}
				}
				cells[uid+" "+name] = s.Cells[i*len(s.Columns)+c]
			}
		}
		text = s.Text
	}
	return cells, columns, text
}

// differing are the keys whose values are not the same.
func differing[V comparable](a, b map[string]V) []string {
	var out []string
	for k := range a {
		if a[k] != b[k] {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

func TestCellsAreKeptAsTheyStandInTheFile(t *testing.T) {
	const before = "uid,name,Dept,tags,state\nanna,Anna,Sales,a|b,active\n\nben,Ben,,b,active\nbad uid,X,Y,,\ncarl,Carl,IT,,left\n"
	opt := Options{Settings: columns.Settings{Map: map[string]string{"Dept": "metadata.department"}}}
	was, _, _ := keptOf(t, opt, before)
	if got := was["ben metadata.department"]; got != 0 {
		t.Errorf("an empty cell is kept as %d", got)
	}
	for _, c := range []struct {
		name, after string
		want        []string
	}{
		{"nothing", before, nil},
		{"another order, and another column",
			"state,tags,Dept,Desk,name,uid\nleft,,IT,1,Carl,carl\nactive,b,,2,Ben,ben\nactive,a|b,Sales,3,Anna,anna\n", nil},
		{"one cell", strings.Replace(before, "Sales", "Sale", 1), []string{"anna metadata.department"}},
		{"a cell that was empty", strings.Replace(before, "Ben,,", "Ben,IT,", 1), []string{"ben metadata.department"}},
		{"rows above", strings.Replace(before, "\nanna", "\nzoe,Zoe,IT,,\ndora,Dora,IT,,\nanna", 1), nil},
		{"two columns of two people", strings.NewReplacer("Anna", "Anne", "b,active", "c,active").Replace(before),
			[]string{"anna name", "anna tags", "ben tags"}},
	} {
		now, _, _ := keptOf(t, opt, c.after)
		if got := differing(was, now); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q differ, want %q", c.name, got, c.want)
		}
	}
}

func TestPartsOfANameAreOneColumn(t *testing.T) {
	const before = "uid,First,Last\nanna,Anna,A\nben,,B\n"
	opt := Options{Settings: columns.Settings{Map: map[string]string{"First": "firstName", "Last": "lastName"}}}
	was, columns, _ := keptOf(t, opt, before)
	if got := columns["name"].Headers; len(columns) != 1 || !slices.Equal(got, []string{"First", "Last"}) {
		t.Errorf("%d columns, and the name is read from %q", len(columns), got)
	}
	for after, want := range map[string][]string{
		before: nil, "uid,Last,First\nanna,A,Anna\nben,B,\n": nil,
		strings.Replace(before, "Anna,A", "Anna,Z", 1): {"anna name"}, strings.Replace(before, "Anna,A", "Anne,A",
			1): {"anna name"}, strings.Replace(before, ",B", "B,", 1): {"ben name"},
	} {
		now, _, _ := keptOf(t, opt, after)
		if got := differing(was, now); !slices.Equal(got, want) {
			t.Errorf("%q: %q differ, want %q", after, got, want)
		}
	}
}

func TestMergedRowsKeepTheCellsOfAll(t *testing.T) {
	opt := Options{Duplicates: MergeRows}
	one, two := "uid,name,tags\nanna,Anna,a\nben,Ben,b\nanna,Anna,c\n", "uid,tags\nben,x\n"
	was, _, _ := keptOf(t, opt, one, two)
	for _, c := range []struct {
		one, two string
		want     []string
	}{
		{one, two, nil},
		{strings.Replace(one, "Anna,c", "Anna,d", 1), two, []string{"anna tags"}},
		{one, strings.Replace(two, "x", "y", 1), []string{"ben tags"}},
	} {
		now, _, _ := keptOf(t, opt, c.one, c.two)
		if got := differing(was, now); !slices.Equal(got, c.want) {
			t.Errorf("%q and %q: %q differ, want %q", c.one, c.two, got, c.want)
		}
	}
}

// How a column is read is kept of it alone: what settings say of another one is
// none of its business.
func TestReadingsOfColumns(t *testing.T) {
	const text = "uid,First,Last,role,tags,avatar,Dept\nanna,Anna,A,boss,a|b,https://x.org/a.png,Sales\n"
	general := func() columns.Settings {
		return columns.Settings{Map: map[string]string{"Dept": "metadata.department"}, Join: map[string]string{"name": "{First} {Last}"}}
	}
	cells, was, wasText := keptOf(t, Options{Settings: general()}, text)
	for _, c := range []struct {
		name   string
		change func(*Options)
		want   []string
		text   bool
	}{
		{"nothing", func(*Options) {}, nil, false},
		{"values", func(o *Options) { o.Values = map[string]map[string]string{"role": {"boss": "admin"}} }, []string{"role"}, false},
		{"the text of empty cells", func(o *Options) { o.Defaults = map[string]string{"role": "guest"} }, []string{"role"}, false},
		{"what tags are split at", func(o *Options) { o.TagsSeparator = ";" }, []string{"tags"}, false},
		{"where addresses begin", func(o *Options) { o.Base = "https://y.org/" }, []string{"avatar"}, false},
		{"a template", func(o *Options) { o.Join["name"] = "{Last}, {First}" }, []string{"name"}, false},
		{"empty cells clear", func(o *Options) { o.Rules.EmptyClears = true }, []string{"avatar", "metadata.department", "name", "role",
			"tags"}, false},
		{"text decoded twice", func(o *Options) { o.FixMojibake = true }, []string{"avatar", "metadata.department", "name", "role", "tags"},
			false},
		{"another encoding", func(o *Options) { o.Encoding = "windows-1252" }, nil, true},
		{"another row for a uid", func(o *Options) { o.Duplicates = LastWins }, nil, true},
	} {
		opt := Options{Settings: general()}
		c.change(&opt)
		cellsNow, now, nowText := keptOf(t, opt, text)
		var got []string
		for name := range was {
			if fmt.Sprint(was[name]) != fmt.Sprint(now[name]) {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) || (nowText != wasText) != c.text {
			t.Errorf("%s: %q are read in another way, want %q; the text is: %t", c.name, got, c.want, nowText != wasText)
		}
		if c.name != "a template" && len(differing(cells, cellsNow)) > 0 {
			t.Errorf("%s: cells differ: %q", c.name, differing(cells, cellsNow))
		}
	}
	if got := was["name"].Headers; !slices.Equal(got, []string{"First", "Last"}) {
		t.Errorf("the name is read from %q", got)
	}
}

func TestCellsThatCannotBeReadAgain(t *testing.T) {
	r := mustRead(t, Options{Cells: true}, write(t, "a.csv", "uid,name\nanna,Anna\n"))
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	if err := r.cells.Close(); err != nil {
		t.Fatal(err)
	}
	if r.Sources(); r.Err() == nil {
		t.Error("what is kept of the roster is made of cells that were not read")
	}
	r.cells = nil // is closed already
}
