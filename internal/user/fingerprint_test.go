package user

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"cometsync/internal/jsontext"
)

func TestLayout(t *testing.T) {
	l := NewLayout()
	a, b := l.KeyBit([]string{"a"}), l.KeyBit([]string{"a", "b"})
	if a == b || l.KeyBit([]string{"a"}) != a || l.KeyBit([]string{"a", "b"}) != b || l.KeyBit([]string{"a.b"}) == b {
		t.Error("paths and bits do not stand for each other")
	}
	if a < FirstBit {
		t.Errorf("bit %d is a field's", a)
	}
	last := 0
	for i := range 100 {
		last = l.KeyBit([]string{fmt.Sprint("k", i)})
	}
	if last != NoBit {
		t.Errorf("the path that came too late has bit %d", last)
	}
	if l.KeyBit([]string{"a"}) != a {
		t.Error("the first path has lost its bit")
	}
}

func TestMask(t *testing.T) {
	key := []KeyCell{{Path: []string{"a"}, Bit: FirstBit}}
	for _, c := range []struct {
		u    User
		want Mask
	}{
		{User{Has: FieldsOf(UID, State)}, 0},
		{User{Has: FieldsOf(UID, Name, Tags)}, 1<<Name | 1<<Tags},
		{User{Has: FieldsOf(Metadata)}, 1 << Metadata},
		{User{Keys: key}, 1 << FirstBit},
		{User{Has: FieldsOf(Metadata), Keys: key}, Unprintable},
		{User{Has: FieldsOf(Metadata), Clear: FieldsOf(Metadata)}, Unprintable},
		{User{Keys: []KeyCell{{Bit: NoBit}}}, Unprintable},
	} {
		if got := c.u.Mask(); got != c.want {
			t.Errorf("%+v: %b, want %b", c.u, got, c.want)
		}
	}
}

// unchanged compares a roster row with a remote user in full: what the print
// stands for.
func unchanged(t *testing.T, row, remote *User) bool {
	for _, f := range []Field{Name, Avatar, Link, StatusMessage} {
		if row.Has.Has(f) && row.String(f) != Text(remote.String(f)) {
			return false
		}
	}
	role := FoldRole(remote.Role)
	if role == "" {
		role = DefaultRole
	}
	if row.Has.Has(Role) && row.Role != role {
		return false
	}
	if row.Has.Has(Tags) && !slices.Equal(TagSet(row.Tags), TagSet(remote.Tags)) {
		return false
	}
	have := Object{}
	if remote.Metadata != "" {
		have = object(t, remote.Metadata)
	}
	want, err := row.Apply(have, false)
	if err != nil {
		t.Fatal(err)
	}
	return EqualValues(have, want)
}

// TestPrintsStandForComparing draws rows and remote users that often agree,
// and holds equal prints against comparing them in full, both ways. A
// metadata object is the one exception: the remote may hold more than the row.
func TestPrintsStandForComparing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	l := NewLayout()
	l.HoldsObject()
	columns := []Column{
		column("uid"), column("name"), column("avatar"), column("link"), column("role"), column("tags"), column("statusMessage"),
		column("metadata"), column("metadata.a"), column("metadata.b.c"), column("metadata.b.d"), column("metadata.@private.e"),
	}
	for i := range columns {
		if columns[i].Path != nil {
			columns[i].Bit = l.KeyBit(columns[i].Path)
		}
	}
	value := func() string {
		return pick(`"x"`, `"x"`, `"x"`, `" x "`, `""`, `"42"`, `42`, `true`, `null`, `[]`, `{}`, `{"c":"x"}`, `{"c":"x","d":"42"}`)
	}
	var p Fingerprint
	equal, objects := 0, 0
	for range 50_000 {
		cells := []string{
			"anna", pick("", "Anna", "A  B"), pick("", "https://a.example"), pick("", "https://b.example/x"), pick("", "admin", "Default"),
			pick("", "a|b", "b,a,b", "c"), pick("", "Hi"), "", pick("", "x", "42", "true"), pick("", "x", "42"), pick("", "", "42"),
			pick("", "x"),
		}
		var mapped []Column
		var kept []string
		for i, c := range columns {
			// The object and keys above it can't be printed together.
			if c.Field == UID || c.Field != Metadata && r.IntN(4) > 0 || c.Path != nil && r.IntN(3) == 0 {
				mapped = append(mapped, c)
				kept = append(kept, cells[i])
			}
		}
		object := r.IntN(8) == 0
		if object {
			mapped, kept = append(mapped[:1:1], columns[7]), append(kept[:1:1], `{"a":`+value()+`}`)
		}
		row, defects := Rules{EmptyClears: r.IntN(3) == 0}.Row(mapped, kept, &Repairs{})
		if defects != nil {
			continue // a name can't be cleared
		}
		remote := User{
			UID: "anna", Name: pick("Anna", " Anna", "A B", "", " "), Avatar: pick("", " ", "https://a.example"), Link: pick("",
				"https://b.example/x"),
			Role: pick("", "admin", "ADMIN", "default"), StatusMessage: pick("", "Hi", "Hi "),
			Tags: [][]string{nil, {"a", "b"}, {"b", " a"}, {"c", "c"}}[r.IntN(4)],
		}
		if r.IntN(4) > 0 {
			fields := []string{}
			for _, f := range []string{`"a":`, `"b":`, `"z":`} {
				if r.IntN(2) == 0 {
					fields = append(fields, f+value())
				}
			}
			if r.IntN(2) == 0 {
				fields = append(fields, `"@private":{"e":`+value()+`}`)
			}
			remote.Metadata = "{" + strings.Join(fields, ",") + "}"
		}
		mask := row.Mask()
		if mask == Unprintable {
			continue
		}
		var q Fingerprint
		same := p.Of(l, &row, mask) == q.Of(l, &remote, mask)
		if q.Same(l, &remote, mask, p.Sum(mask)) != same {
			t.Fatalf("what is as it should be is not that of\n%+v\n%+v", row, remote)
		}
		if p.OfRow(l, &row, mask) != p.Of(l, &row, mask) {
			t.Fatalf("two prints of %+v", row)
		}
		full := unchanged(t, &row, &remote)
		if same && !full {
			t.Fatalf("equal prints of\n%+v\n%+v", row, remote)
		}
		if full && !same {
			if !object {
				t.Fatalf("different prints of\n%+v\n%+v", row, remote)
			}
			objects++
		}
		if same {
			equal++
		}
	}
	if equal < 1000 || objects == 0 {
		t.Errorf("only %d pairs agreed, %d by more than their prints", equal, objects)
	}
}

func TestPrintsOfDifferentFieldsDiffer(t *testing.T) {
	l := NewLayout()
	var p Fingerprint
	mask := Mask(1<<Name | 1<<StatusMessage)
	a := p.Of(l, &User{Name: "x", StatusMessage: "y"}, mask)
	if b := p.Of(l, &User{Name: "y", StatusMessage: "x"}, mask); a == b {
		t.Error("values may change places")
	}
	// What a print was taken of before must not show.
	p.Of(l, &User{Tags: []string{"a"}, Metadata: `{"k":1}`}, mask)
	if b := p.Of(l, &User{Name: "x", StatusMessage: "y"}, mask); a != b {
		t.Error("a print depends on the one before")
	}
}

// FuzzSame holds the short way to the same print, by texts as they stand and by metadata
// that was taken apart already, against the long one, and both against comparing in full.
func FuzzSame(f *testing.F) {
	f.Add("Anna", " Anna ", "Staff", "STAFF", "a|b", "b", `{"a":"x","b":{"c":42}}`, "x", "42")
	f.Add("A  B", "A B", "", "", "a", "a ", `{"b":{"c":"y","c":true},"a":[],"a":""}`, "", "true")
	f.Add("Zoe\u0308", "Zo\u00eb", "default", "", "", "", `{"a":"\u00e9 \/","b":[],"z":{"a":"x"}}`, "\u00e9 /", "")
	f.Add("x", "x", "r", "r", "t", "t", `["a"]`, "x", "y")
	f.Fuzz(func(t *testing.T, name, shown, role, has, tags, tag, metadata, a, c string) {
		l := NewLayout()
		columns := []Column{column("uid"), column("name"), column("role"), column("tags"), column("metadata.a"), column("metadata.b.c")}
		for i := range columns {
			if columns[i].Path != nil {
				columns[i].Bit = l.KeyBit(columns[i].Path)
			}
		}
		row, defects := Rules{}.Row(columns, []string{"u", name, role, tags, a, c}, &Repairs{})
		if defects != nil || !utf8.ValidString(shown+has+tag+metadata) {
			return
		}
		remote := User{UID: "u", Name: shown, Role: has, Tags: []string{tag, "b", tag}, Metadata: metadata}
		var p Fingerprint
		mask := row.Mask()
		print := p.OfRow(l, &row, mask)
		same := p.Of(l, &remote, mask) == print
		for range 2 {
			if p.Same(l, &remote, mask, print) != same {
				t.Fatalf("the short way says %t of\n%+v\n%+v", !same, row, remote)
			}
			d := jsontext.New(metadata)
			if _, remote.Tokens = d.Tokens(nil, 0); d.End() != nil {
				remote.Tokens = nil
			}
		}
		if o, err := ReadObject(metadata); same && (err == nil && o != nil || metadata == "") && !unchanged(t, &row, &remote) {
			t.Fatalf("equal prints of\n%+v\n%+v", row, remote)
		}
	})
}
