package diff_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"cometsync/diff"
	"cometsync/diff/guard"
	"cometsync/importer"
	"cometsync/internal/user"
)

// The plan says what would be done to whom, and which guards refuse it.
func ExampleCompute() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "staff.csv")
	if err := os.WriteFile(source, []byte("uid,name\nanna-k,Anna Karenina\nben-m,Ben Müller\n"), 0o600); err != nil {
		panic(err)
	}
	roster, err := importer.Read(context.Background(), []string{source}, importer.Options{})
	if err != nil {
		panic(err)
	}
	defer roster.Close()

	remote := func(each func(page []user.User) error) (gap string, err error) {
		return "", each([]user.User{{UID: "anna-k", Name: "Anna K", Role: "default"},
			{UID: "carl-s", Name: "Carl Schmidt", Role: "default"}})
	}
	nobody, err := guard.ParseLimit("0")
	if err != nil {
		panic(err)
	}
	p, err := diff.Compute(roster, remote, diff.Policy{Basis: guard.Basis{Max: guard.Limits{Deactivate: nobody}}})
	if err != nil {
		panic(err)
	}
	for _, o := range p.Operations {
		fmt.Println(o.Verb, o.UID)
		for _, c := range o.Changes {
			fmt.Println(" ", c.Field, c.Before, "→", c.After)
		}
	}
	for _, g := range p.Guards {
		fmt.Printf("%s: %d, and the limit is %s\n", g.Name, g.Actual, g.Limit)
	}
	// Output:
	// create ben-m
	//   name  → "Ben Müller"
	// update anna-k
	//   name "Anna K" → "Anna Karenina"
	// deactivate carl-s
	// max-deactivate: 1, and the limit is 0
}
