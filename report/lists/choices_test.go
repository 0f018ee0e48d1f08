package lists

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cometsync/report"
)

// Of many users so many are given, and what all of them begin with is what these do.
func TestUsersFromAreBounded(t *testing.T) {
	dir := t.TempDir()
	var file strings.Builder
	file.WriteString("\uFEFFuid,place,name\r\n")
	for i := range 300 {
		fmt.Fprintf(&file, "u-%03d,unchanged,\"Ann, %d\"\r\n", i, i)
	}
	file.WriteString("'-odd,kept,'=Eve\r\nold,kept\r\n")
	if err := os.WriteFile(filepath.Join(dir, report.UsersName), []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string]string{
		"":      "u-000 Ann, 0|u-001 Ann, 1",
		"u-":    "u-000 Ann, 0|u-001 Ann, 1|u-299 Ann, 299",
		"u-12":  "u-120 Ann, 120|u-121 Ann, 121|u-129 Ann, 129",
		"u-123": "u-123 Ann, 123",
		"-":     "-odd =Eve",
		"uid":   "",
		"x":     "",
	} {
		var got []string
		for _, u := range UsersFrom(dir, prefix, 3) {
			got = append(got, u[0]+" "+u[1])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q", prefix, got)
		}
	}
	if got := UsersFrom(filepath.Join(dir, "none"), "", 3); got != nil {
		t.Errorf("without a file: %q", got)
	}
}
