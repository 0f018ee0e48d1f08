package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"cometsync/internal/user"
)

// many are rejects of every form, more than a book keeps in memory.
func many() []user.Reject {
	header, other := []string{"uid", "name"}, []string{"Nr", "uid", "name"}
	rejects := []user.Reject{
		{},
		{Source: user.Source{File: "a.csv", Row: 2}, Header: header, Cells: []string{}, Claims: []user.Claim{}, Defects: []user.Defect{}},
		{Source: user.Source{File: "b.xlsx", Sheet: "People", Row: 1 << 20}, Header: header[:1], UID: "anna", Was: "mark",
			Cells: []string{"", "\xff"}},
	}
	for i := range 30_000 {
		x := user.Reject{
			Source: user.Source{File: "a.csv", Row: i + 3}, UID: fmt.Sprint("u", i), Header: header, Cells: []string{fmt.Sprint("u", i),
				strings.Repeat("ä", i%50)},
			Defects: []user.Defect{{Column: "name", Code: user.NameTooLong, Message: fmt.Sprintf("row %d", i), Value: "x",
				Private: i%2 == 0},
				{Code: user.CellsExtra, Message: "more cells"}},
			Claims: []user.Claim{{Because: user.SameKey, Key: "a.b", Value: fmt.Sprint(i)}, {Because: user.SameName, Value: "anna"}},
		}
		if i%3 == 0 {
			x.Header, x.Claims, x.Defects = other, nil, x.Defects[:1]
		}
		rejects = append(rejects, x)
	}
	rejects = append(rejects, user.Reject{Source: user.Source{Row: 7}, Cells: []string{strings.Repeat("long", 3*pageAhead)}})
	return append(rejects, rejects[:1000]...)
}

func booked(t *testing.T, rejects []user.Reject) (user.Rejects, *Rejects, *os.File) {
	b := &Rejects{}
	at := make([]int64, len(rejects))
	for i := range rejects {
		var err error
		if at[i], err = b.Add(&rejects[i]); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { b.Close() })
	if b.spool == nil {
		return b.List(at), b, nil
	}
	return b.List(at), b, b.spool.file
}

func TestABookGivesBackWhatItWasGiven(t *testing.T) {
	want := many()
	l, b, file := booked(t, want)
	if file == nil || b.Size == 0 {
		t.Fatal("the book did not have to make room")
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for i, x := range l.All() {
				if !reflect.DeepEqual(*x, want[i]) {
					t.Errorf("%d: %+v, want %+v", i, *x, want[i])
					return
				}
			}
			for i := len(want) - 1; i >= 0; i -= 7 {
				if x := l.At(i); !reflect.DeepEqual(x, want[i]) {
					t.Errorf("%d: %+v, want %+v", i, x, want[i])
					return
				}
			}
		})
	}
	wg.Wait()
	if a, b := l.At(10).Header, l.At(11).Header; &a[0] != &b[0] {
		t.Error("two rejects of a file have a header each")
	}
	at := func(place user.Source) *user.Reject {
		return l.Find(func(x user.Reject) bool { return x.Source == place })
	}
	if l.Len() != len(want) || l.Err() != nil || at(user.Source{File: "a.csv", Row: 9}).UID != "u6" ||
		at(user.Source{File: "c.csv"}) != nil {
		t.Errorf("%d, %v", l.Len(), l.Err())
	}
}

// What is taken out of a list stays what it is.
func TestWhatABookGaveIsNotChanged(t *testing.T) {
	want := many()[:40]
	l, _, file := booked(t, want)
	if got := l.Slice(); file != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestABookThatCannotBeReadSaysSo(t *testing.T) {
	for what, spoil := range map[string]func(f *os.File) error{
		"closed":  func(f *os.File) error { return f.Close() },
		"cut":     func(f *os.File) error { return f.Truncate(5) },
		"damaged": func(f *os.File) error { _, err := f.WriteAt(make([]byte, 200), 0); return err },
		"changed": func(f *os.File) error { _, err := f.WriteAt([]byte{0xff, 0xff, 0xff, 0xff}, 4); return err },
	} {
		l, _, file := booked(t, many())
		if err := spoil(file); err != nil {
			t.Fatal(err)
		}
		if x := l.At(0); l.Err() == nil || !reflect.DeepEqual(x, user.Reject{}) {
			t.Errorf("%s: %+v, %v", what, x, l.Err())
		}
		all, b, _ := booked(t, many())
		b.spool.file = file
		n := 0
		for range all.All() {
			n++
		}
		if n != all.Len() || all.Err() == nil {
			t.Errorf("%s: %d, %v", what, n, all.Err())
		}
	}
}

func TestABookWithoutRoom(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "nowhere"))
	b := Rejects{}
	x := user.Reject{Cells: []string{strings.Repeat("x", tailSize)}}
	if _, err := b.Add(&x); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Add(&x); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
