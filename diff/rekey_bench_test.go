package diff

import (
	"fmt"
	"slices"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/internal/user"
)

// BenchmarkRekey looks for pairs among 30,000 people who are unknown and 7,000 who
// are absent, with names of a small stock.
func BenchmarkRekey(b *testing.B) {
	const unknown, absent = 30_000, 7_000
	first := []string{"Anna", "Ben", "Zoë", "Dora", "Emil", "Farid", "Gül", "Hans", "Inês", "Jan"}
	last := []string{"Berg", "Koch", "Lang", "Maus", "Nowak", "Okafor", "Pham", "Şahin", "Ricci", "Schulz", "Tan", "Ueda"}
	name := func(i int) string { return first[i%len(first)] + " " + last[i/3%len(last)] }
	var rows, remote []string
	for i := range unknown {
		rows = append(rows, fmt.Sprintf("emp-%07d|%s|u%d@x.example|Department %d", i, name(i), i, i%17))
	}
	for i := range absent {
		remote = append(remote, fmt.Sprintf("old-%07d|%s||||{\"department\":\"Department %d\"}", i+unknown, name(i*7), i%17))
	}
	r := difftest.NewRoster(user.Rules{}, "uid|name|metadata.@private.email|metadata.department", rows...)
	users := difftest.Listing(difftest.RemoteHeader, remote...)
	policy := Policy{Rekeys: true}
	d := newDiffer(r, &policy)
	if err := d.page(users); err != nil {
		b.Fatal(err)
	}
	d.gather(unknown)
	if err := d.creations(); err != nil {
		b.Fatal(err)
	}
	operations, absentees := d.all.operations, d.all.absentees
	b.ReportAllocs()
	for b.Loop() {
		d.all.operations, d.all.absentees = slices.Clone(operations), slices.Clone(absentees)
		if err := d.rekey(d.plan()); err != nil {
			b.Fatal(err)
		}
	}
}
