package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"cometsync/internal/formats"
	"cometsync/internal/user"
)

func TestDecode(t *testing.T) {
	p := balanced(t)
	text := encode(t, p, intake())
	got, in, hash, err := Decode(iotest.OneByteReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, p) {
		t.Errorf("the plan is\n%+v\nwant\n%+v", got, p)
	}
	if !reflect.DeepEqual(in, intake()) {
		t.Errorf("the intake is\n%+v\nwant\n%+v", in, intake())
	}
	if a, b := in.Rejects.At(0).Header, in.Rejects.At(1).Header; &a[0] != &b[0] {
		t.Error("two rejects of a file have a header each")
	}
	before, _, _ := bytes.Cut(text, []byte(`,"hash"`))
	if want := fmt.Sprintf("%x", sha256.Sum256(before)); hash != want {
		t.Errorf("the hash is %s, want %s", hash, want)
	}
	if _, in, _, err := Decode(bytes.NewReader(encode(t, p, nil))); err != nil || in != nil {
		t.Errorf("without an intake: %+v, %v", in, err)
	}
	// Longer than what is read at once, wherever a reading ends.
	for range 3000 {
		p.Notices = append(p.Notices, user.Notice{Code: "more", Message: strings.Repeat("m", 100)})
	}
	text = encode(t, p, intake())
	for _, r := range []io.Reader{bytes.NewReader(text), iotest.HalfReader(bytes.NewReader(text)),
		iotest.DataErrReader(bytes.NewReader(text))} {
		if got, _, _, err := Decode(r); err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("a long plan: %v", err)
		}
	}
}

// sealing gives a text the hash that fits it, as somebody may who means it.
func sealing(text string) string {
	text, _, _ = strings.Cut(text, sealBegin)
	return fmt.Sprintf("%s%s%x%s", text, sealBegin, sha256.Sum256([]byte(text)), sealEnd)
}

func TestDecodeRefuses(t *testing.T) {
	text := string(encode(t, balanced(t), intake()))
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, []byte(text), "", "\t"); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(text, "\n")
	without := func(i int) string { return strings.Join(lines[:i], "") + strings.Join(lines[i+1:], "") }
	whole, _, _ := strings.Cut(text, sealBegin)
	update := balanced(t).Operations[2]
	for _, c := range []struct{ want, text string }{
		{"cut off after 0 operations", ""},
		{"cut off after 1 ", strings.Join(lines[:2], "")},
		{"cut off after 4 ", strings.TrimSuffix(text, "}\n")},
		{"there is text after its end", text + "{}"},
		{"there is text after its end", text + "x"},
		{"there is text after its end", text + "\n"},
		{"laid out anew", spaced.String()},
		{"its hash does not fit", strings.ReplaceAll(text, "\n", "\r\n")},
		{"its hash does not fit", strings.Replace(text, sealBegin, `, "hash":"`, 1)},
		{"its hash does not fit", strings.Replace(text, sealBegin, `,"hash":null,"x":"`, 1)},
		{"its hash does not fit", whole + sealBegin + strings.ToUpper(text[len(whole)+len(sealBegin):len(text)-len(sealEnd)]) + sealEnd},
		{"its hash does not fit", without(3)},
		{"it has no hash", whole + "}\n"},
		{"or is none", "{}"},
		{"or is none", "uid,name"},
		{"cut off after 0 operations", lines[0]},
		{"or is none", "[]\n"},
		{"or is none", "PK\x03\x04\n"},
		{`it does not say which format it has, and this version reads cometsync.plan/v1`, sealing(`{"a":1,"operations":[`)},
		{`its format is "other/v9", and`, sealing(strings.Replace(text, formats.Plan.String(), "other/v9", 1))},
		{"does not hold together: 9 remote users, but 8", sealing(without(3))},
		{"operations are out", sealing(strings.Replace(text, lines[3], lines[2], 1))},
		{"the id of operation 1, to reactivate r, is not", sealing(strings.Replace(text, "20260301-", "20260302-", 1))},
		{"the id of operation 3, to update u, is not", sealing(strings.Replace(text, balanced(t).ID(&update), "0123456789abcdef", 1))},
		{"the id of operation 3, to update v, is not", sealing(strings.Replace(text, `"uid":"u"`, `"uid":"v"`, 1))},
		{"the hash of its options does not fit", sealing(strings.Replace(text, `"10%"`, `"90%"`, 1))},
		{`operation 3: unknown operation "erase"`, strings.Replace(text, `"op":"update"`, `"op":"erase"`, 1)},
		{`unknown field "salary"`, strings.Replace(text, `"field":"statusMessage"`, `"field":"salary"`, 1)},
		{"the plan's head: ", strings.Replace(text, `"newRoles"`, `"guards"`, 1)},
		{"has header 7 of 2", sealing(strings.Replace(text, `"header":2`, `"header":7`, 1))},
		{"has header -1 of 2", sealing(strings.Replace(text, `"header":2`, `"header":-1`, 1))},
		{"the plan's head: ", sealing(strings.Replace(text, `"kept":1`, `"kept":"1"`, 1))},
	} {
		p, in, hash, err := Decode(strings.NewReader(c.text))
		var changed *AlteredError
		if !errors.As(err, &changed) || !strings.Contains(err.Error(), c.want) || !strings.HasSuffix(err.Error(), "; plan again") {
			t.Errorf("err is %v, want %s", err, c.want)
		}
		if p != nil || in != nil || hash != "" {
			t.Errorf("%s: a plan was given: %+v", c.want, p)
		}
	}
}

// A reader that fails says nothing about the plan.
func TestDecodeReadingFails(t *testing.T) {
	text := encode(t, balanced(t), nil)
	for _, n := range []int{0, 1, len(text) / 2, len(text) - 1, len(text)} {
		r := io.MultiReader(bytes.NewReader(text[:n]), iotest.ErrReader(errFull))
		var changed *AlteredError
		if _, _, _, err := Decode(r); !errors.Is(err, errFull) || errors.As(err, &changed) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// Whatever byte of a plan was changed, it is not a plan any more.
func TestDecodeAltered(t *testing.T) {
	text := encode(t, balanced(t), intake())
	refused := func(what string, at int, text []byte) {
		t.Helper()
		p, _, _, err := Decode(bytes.NewReader(text))
		var changed *AlteredError
		if p != nil || !errors.As(err, &changed) {
			t.Fatalf("%s at %d is read, with %v", what, at, err)
		}
	}
	for i := range text {
		if i%13 > 0 && i < len(text)-2*sealSize {
			continue
		}
		for _, bit := range []byte{1, 0x20, 0x80} {
			flipped := bytes.Clone(text)
			flipped[i] ^= bit
			refused("a flip", i, flipped)
		}
		refused("a cut", i, slices.Delete(bytes.Clone(text), i, i+1))
		for _, b := range []byte(" \n0\",") {
			refused("an insertion", i, slices.Insert(bytes.Clone(text), i, b))
		}
		refused("the end", i, text[:i])
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for i := range lines[1:] {
		refused("a line's end", i, bytes.Join(lines[:i], nil))
		refused("a lost line", i, bytes.Join(slices.Delete(slices.Clone(lines), i, i+1), nil))
	}
}
