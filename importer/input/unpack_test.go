package input

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestBoundsWhatUnpacks(t *testing.T) {
	pack := func(text string) *bytes.Buffer {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		io.WriteString(z, text) //nolint:errcheck // it goes to memory
		z.Close()
		return &out
	}
	read := func(text string, most, from int64) error {
		in, err := gunzip("x", pack(text))
		if err != nil {
			t.Fatal(err)
		}
		u := in.(*unpacking)
		u.most, u.from = most, from
		_, err = io.Copy(io.Discard, u)
		return err
	}
	zeros := strings.Repeat("0", 1<<20)
	for _, c := range []struct {
		most, from int64
		want       string
	}{
		{1 << 20, 1 << 20, ""},
		{1<<20 - 1, 1 << 20, "unpacks to more than 1,048,575 bytes, as no roster should"},
		{1 << 20, 1 << 19, "unpacks to more than 400 times its size, as no roster should"},
	} {
		err := read(zeros, c.most, c.from)
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.HasPrefix(got, c.want) && c.want != "" {
			t.Errorf("%v: %v, want %q", c, err, c.want)
		}
	}
	const want = "a.csv.gz: unpacks, as no roster should; if it is one, unpack it first and name the unpacked file"
	if err := Fault(&sizeError{"unpacks"}, "a.csv.gz"); err == nil || err.Error() != want {
		t.Errorf("%v, want %q", err, want)
	}
}
