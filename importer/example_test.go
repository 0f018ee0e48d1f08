package importer_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"cometsync/importer"
	"cometsync/importer/columns"
)

// Rows become users or rejects, and each says where it came from.
func ExampleRead() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "staff.csv")
	if err := os.WriteFile(source, []byte("Staff ID;Full name;Room\nanna-k;Anna Karenina;12\nben m;Ben Müller;14\n"), 0o600); err != nil {
		panic(err)
	}

	roster, err := importer.Read(context.Background(), []string{source}, importer.Options{
		Settings: columns.Settings{Map: map[string]string{"Staff ID": "uid"}},
	})
	if err != nil {
		panic(err)
	}
	defer roster.Close()

	if ref, _, ok := roster.Find("anna-k"); ok {
		row, err := roster.Load(ref)
		fmt.Println(row.User.Name, "is in row", row.Source.Row, err)
	}
	in := roster.Intake()
	fmt.Println("users:", in.Users, "rejected:", in.Rejected, "left alone:", in.IgnoredColumns)
	for _, reject := range in.Rejects.All() {
		fmt.Println(reject.Source.Row, reject.Defects[0].Message)
	}
	// Output:
	// Anna Karenina is in row 2 <nil>
	// users: 1 rejected: 1 left alone: [Room]
	// 3 only a-z 0-9 - _ are allowed; correct it, or let --uid-rewrite slug make it "ben-m"
}
