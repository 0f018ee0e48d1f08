package importer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cometsync/internal/user"
)

func readLines(t *testing.T, text string) (*Roster, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "users.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Read(t.Context(), []string{path}, Options{})
	if r != nil {
		t.Cleanup(func() { r.Close() })
	}
	return r, err
}

func TestLines(t *testing.T) {
	r, err := readLines(t, `{"role":"teacher","name":"Teacher"}

{"uid":"anna","name":"=cmd(), \"x\"","role":"teacher","tags":["a|b","c"],"metadata":{"@private":{"n":1.50}},"createdAt":5,"status":"offline"}
{"uid":"bob","name":"'Bob\nB","deactivatedAt":7,"metadata":null}
{"uid":"b c","name":"Eve"}`)
	if err != nil {
		t.Fatal(err)
	}
	in := r.Intake()
	if in.Rows != 3 || in.Users != 2 || in.Rejected != 1 || len(in.EndsEarly) > 0 || in.Files[0].Format != "jsonl" {
		t.Errorf("intake %+v", in)
	}
	if at := in.Rejects.At(0).Source.Row; at != 5 {
		t.Errorf("the reject is on line 5, and is said to be on %d", at)
	}
	ref, e, ok := r.Find("anna")
	if !ok || e.State != user.Active {
		t.Fatalf("anna: %v %v", e, ok)
	}
	row, err := r.Load(ref)
	if err != nil {
		t.Fatal(err)
	}
	u := row.User
	if u.Name != `=cmd(), "x"` || strings.Join(u.Tags, " ") != "a|b c" || u.Metadata != `{"@private":{"n":1.50}}` || row.Source.Row != 3 {
		t.Errorf("anna is %+v at %v", u, row.Source)
	}
	ref, e, ok = r.Find("bob")
	if !ok || e.State != user.Deactivated {
		t.Fatalf("bob: %v %v", e, ok)
	}
	if row, err = r.Load(ref); err != nil || row.User.Name != "'Bob B" || row.User.Has.Has(user.Metadata) {
		t.Errorf("bob is %+v, %v", row.User, err)
	}
}

func TestLinesThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "is empty"},
		{"{\"uid\":\"anna\"}\n{\"uid\":3}\n{}\n",
			"users.jsonl: line 2 is not a JSON object of a user (\"uid\" is a number, and should be a text)"},
		{"{\"uid\":\"anna\"}\n[1]\n", "line 2 is not a JSON object"},
		{"{\"uid\":\"anna\"}\n{\"uid\":\"u7\",\"name\":\"U\",\"uid\":\"x7\"}\n",
			"line 2 is not a JSON object of a user (the key \"uid\" appears twice in it"},
		{"{\"uid\":\"u7\",\"UID\":\"x7\"}", "line 1 is not a JSON object of a user (the key \"UID\" appears twice in it"},
		{"{\"uid\":\"u7\",\"u\\u0069d\":\"x7\"}", "the key \"uid\" appears twice in it"},
	} {
		_, err := readLines(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
	r, err := readLines(t, "{\"uid\":\"anna\",\"metadata\":{\"k\":1,\"k\":2},\"own\":{\"uid\":1}}\n")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, r, `reject 1 uid="anna" metadata metadata-invalid "{\"k\":1,\"k\":2}"`, "notice read-only-column 2",
		"notice ignored-column 1")
	r, err = readLines(t, "{\"uid\":\"anna\"}\n{\"uid\":\"bo")
	if err != nil {
		t.Fatal(err)
	}
	if in := r.Intake(); len(in.EndsEarly) != 1 || in.Users != 1 {
		t.Errorf("a last line that stops in the middle: %+v", in)
	}
}
