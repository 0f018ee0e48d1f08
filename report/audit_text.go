package report

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/go-faster/jx"
)

// mentions says whether a text has a word in it, which need not be in memory
// as a whole for that.
func mentions(r io.Reader, word string) (bool, error) {
	buf := make([]byte, 0, 64<<10+len(word))
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if bytes.Contains(buf, []byte(word)) {
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if keep := len(word) - 1; len(buf) > keep {
			buf = append(buf[:0], buf[len(buf)-keep:]...)
		}
	}
}

// bookMentions looks a word up in a workbook; whole says that it is one.
func bookMentions(f *os.File, word string) (found, whole bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return false, false, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil || !slices.ContainsFunc(z.File, func(part *zip.File) bool { return part.Name == "xl/workbook.xml" }) {
		return false, false, nil
	}
	for _, part := range z.File {
		in, err := part.Open()
		if err != nil {
			return false, false, nil
		}
		if !found {
			found, err = mentions(in, word)
		}
		if errors.Join(err, in.Close()) != nil {
			return false, false, nil
		}
	}
	return found, true, nil
}

// same compares texts that went different ways into two files: CSV has no
// carriage return before a line feed, and what stood for a run of bytes that
// were no text may be one sign or several.
func same(a, b string) bool { return a == b || plain(a) == plain(b) }

func plain(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	for strings.Contains(s, "\uFFFD\uFFFD") {
		s = strings.ReplaceAll(s, "\uFFFD\uFFFD", "\uFFFD")
	}
	return s
}

// sameValue compares values that are JSON.
func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	var x, y bytes.Buffer
	if json.Compact(&x, []byte(a)) != nil || json.Compact(&y, []byte(b)) != nil {
		return false
	}
	return x.String() == y.String() || plain(x.String()) == plain(y.String())
}

// exact reads JSON that has all keys of a struct, none besides, and none twice.
func exact(raw []byte, into any) error {
	d := jx.DecodeBytes(raw)
	if err := noneTwice(d); err != nil {
		return err
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	return strict.Decode(into)
}

// noneTwice refuses objects that have a key twice: of two values, one reader
// would take the first and another the last.
func noneTwice(d *jx.Decoder) error {
	switch d.Next() {
	case jx.Object:
		seen := map[string]bool{}
		keys, err := d.ObjIter()
		if err != nil {
			return err
		}
		for keys.Next() {
			key := strings.ToLower(string(keys.Key()))
			if seen[key] {
				return fmt.Errorf("the key %.100q stands twice", key)
			}
			seen[key] = true
			if err := noneTwice(d); err != nil {
				return err
			}
		}
		return keys.Err()
	case jx.Array:
		list, err := d.ArrIter()
		if err != nil {
			return err
		}
		for list.Next() {
			if err := noneTwice(d); err != nil {
				return err
			}
		}
		return list.Err()
	default:
		return d.Skip()
	}
}

// ordered reads an object whose keys stand in the order in which they are
// written; those that end in ? may be left out. So none is passed over, and
// none is read twice.
func ordered(d *jx.Decoder, keys []string, read func(key string) error) error {
	at := 0
	next := func(have func(key string) bool) error {
		for ; at < len(keys); at++ {
			key, optional := strings.CutSuffix(keys[at], "?")
			if have(key) {
				at++
				return read(key)
			}
			if !optional {
				return fmt.Errorf("there is no %q where it belongs", key)
			}
		}
		return errNoKey
	}
	object, err := d.ObjIter()
	if err != nil {
		return err
	}
	for object.Next() {
		found := object.Key()
		if err := next(func(key string) bool { return key == string(found) }); err != nil {
			if errors.Is(err, errNoKey) {
				err = fmt.Errorf("there is a key that does not belong there")
			}
			return err
		}
	}
	if err := object.Err(); err != nil {
		return err
	}
	if err := next(func(string) bool { return false }); !errors.Is(err, errNoKey) {
		return err
	}
	return nil
}

var errNoKey = errors.New("no such key")

// eachElement reads the elements of a list.
func eachElement(d *jx.Decoder, read func() error) error {
	list, err := d.ArrIter()
	if err != nil {
		return err
	}
	for list.Next() {
		if err := read(); err != nil {
			return err
		}
	}
	return list.Err()
}
