package importer

import (
	"reflect"
	"testing"

	"cometsync/internal/user"
)

// A row that is read in the memory of another has nothing of it, whatever lists the two have.
func TestLoadInto(t *testing.T) {
	r := mustRead(t, Options{Duplicates: MergeRows}, write(t, "staff.csv", `uid,name,tags,metadata.team,metadata.site
anna,Anna,a|b|c,Blue,Bonn
bob,Bob,,,
cem,Cem,d,,Kiel
anna,Anna,a|b|c,,Bonn
dora,"Dora
K",e|f,Red,
eve,Eve,,,"Ulm"`))
	for first := range r.Len() {
		for second := range r.Len() {
			var row user.Row
			if err := r.LoadInto(first, &row); err != nil {
				t.Fatal(err)
			}
			if err := r.LoadInto(second, &row); err != nil {
				t.Fatal(err)
			}
			want, err := r.Load(second)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range []*user.Row{&row, &want} { // an empty list is none
				row.User.Tags = append([]string(nil), row.User.Tags...)
				row.User.Keys = append([]user.KeyCell(nil), row.User.Keys...)
				row.User.Kept = append([][]string(nil), row.User.Kept...)
			}
			if !reflect.DeepEqual(row, want) {
				t.Errorf("%s after %d:\n got %+v\nwant %+v", want.User.UID, first, row, want)
			}
		}
	}
	ref, _, _ := r.Find("bob")
	var row user.Row
	allocs := func(load func()) float64 { return testing.AllocsPerRun(20, load) }
	anew := allocs(func() { _, _ = r.Load(ref) })
	if again := allocs(func() { _ = r.LoadInto(ref, &row) }); again >= anew {
		t.Errorf("%v pieces of memory for a row in that of another, %v for one of its own", again, anew)
	}
}
