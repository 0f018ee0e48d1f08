package workbook

import (
	"archive/zip"
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/readahead"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Limits bound what a workbook may be. What is hostile is stopped by them,
// and what a person could have made is far below.
type Limits struct {
	Part      int64 // bytes of a part, unpacked
	Ratio     int64 // bytes that one byte of the archive may become ...
	RatioFrom int64 // ... in parts that are larger than this
	Tag       int   // bytes of a tag
	Depth     int   // elements in each other
	Sheets    int
	Styles    int
	Rows      int   // the last row's number
	Columns   int   // the last column's
	Cell      int   // bytes of a cell's text; a spreadsheet keeps 32,767 characters
	Row       int   // bytes of the text of all cells of a row
	Strings   int   // shared strings
	Shared    int64 // bytes of them all
	Merges    int   // merged cells that are remembered; the rest are counted
}

// Usual are the limits of what a spreadsheet program opens.
func Usual() Limits {
	return Limits{
		Part: 8 << 30, Ratio: 400, RatioFrom: 256 << 20, Tag: 1 << 20, Depth: 64, Sheets: 4096, Styles: 1 << 17,
		Rows: 1 << 20, Columns: 1 << 14, Cell: 256 << 10, Row: 8 << 20, Strings: 1 << 25, Shared: 1 << 30, Merges: 1000,
	}
}

// parts are the files of the archive by name, in lower case: writers do not
// agree on the case, nor all on the slash.
type parts map[string]*zip.File

func partsOf(z *zip.Reader) parts {
	p := parts{}
	for _, f := range z.File {
		p[strings.ToLower(nameOf(f.Name))] = f
	}
	return p
}

// nameOf is the name of a part as all writers mean it: some put backslashes
// into it, or percent signs for characters that need none.
func nameOf(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return strings.TrimPrefix(name, "/")
}

func (p parts) find(name string) *zip.File { return p[strings.ToLower(name)] }

// open begins to unpack a part, as UTF-8 and without a mark.
func (b *Book) open(f *zip.File) (*part, error) {
	if f.Flags&1 != 0 {
		return nil, damage("%s is encrypted in the archive", f.Name)
	}
	if size := f.UncompressedSize64; size > uint64(b.limits.Part) {
		return nil, limit("%s unpacks to %d bytes, and at most %d are read", f.Name, size, b.limits.Part)
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, reading(err))
	}
	p := &part{&bounded{in: in, name: f.Name, packed: int64(f.CompressedSize64), limits: &b.limits}, in}
	if f.UncompressedSize64 > large {
		// What it has unpacked is taken apart meanwhile.
		ahead, _ := readahead.NewReadCloserSize(*p, 5, 128<<10) // the sizes are as they have to be
		p = &part{ahead, ahead}
	}
	p.Reader, err = asUTF8(p.Reader)
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("%s: %w", f.Name, reading(err))
	}
	return p, nil
}

// large is how many bytes a part has that is unpacked in a goroutine of its own.
const large = 512 << 10

// part is a part being unpacked. It may be closed twice.
type part struct {
	io.Reader
	io.Closer
}

// bounded stops what unpacks to more than it may: an archive need not keep to
// the sizes that its directory says.
type bounded struct {
	in     io.Reader
	name   string
	n      int64
	packed int64
	limits *Limits
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.in.Read(p)
	b.n += int64(n)
	switch {
	case b.n > b.limits.Part:
		return 0, limit("%s unpacks to more than %d bytes", b.name, b.limits.Part)
	case b.n > b.limits.RatioFrom && b.n/b.limits.Ratio > b.packed:
		return 0, limit("%s unpacks to more than %d times its size, as no sheet of people does", b.name, b.limits.Ratio)
	}
	return n, err
}

// asUTF8 takes a byte order mark off a text, and makes UTF-8 of UTF-16.
func asUTF8(in io.Reader) (io.Reader, error) {
	r := bufio.NewReaderSize(in, 16)
	head, err := r.Peek(3)
	if len(head) < 2 && err != nil && err != io.EOF {
		return nil, err
	}
	order := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		r.Discard(3)
		return r, nil
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("<\x00")):
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\x00<")):
		order = unicode.BigEndian
	default:
		return r, nil
	}
	return transform.NewReader(r, unicode.UTF16(order, unicode.UseBOM).NewDecoder()), nil
}

// relation is one part's pointer to another.
type relation struct{ id, kind, target string }

// relations are those of a part, which are kept beside it.
func (b *Book) relations(of string) ([]relation, error) {
	dir, name := path.Split(of)
	f := b.parts.find(dir + "_rels/" + name + ".rels")
	if f == nil {
		return nil, nil
	}
	var all []relation
	err := b.elements(f, func(x *scanner) error {
		if string(x.name) != "Relationship" {
			return nil
		}
		if len(all) == b.limits.Sheets {
			return limit("%s has more than %d relations", f.Name, b.limits.Sheets)
		}
		var r relation
		err := x.attributes(func(name, value []byte) error {
			switch string(name) {
			case "Id":
				r.id = string(value)
			case "Type":
				_, r.kind = path.Split(string(value))
			case "Target":
				r.target = string(value)
			}
			return nil
		})
		from := dir
		if strings.IndexAny(r.target, `/\`) == 0 {
			from = ""
		}
		r.target = path.Join(from, nameOf(r.target))
		all = append(all, r)
		return err
	})
	return all, err
}

// HasPivot reports whether a sheet shows a pivot table.
func (b *Book) HasPivot(s Sheet) bool {
	if s.part == nil {
		return false
	}
	related, err := b.relations(nameOf(s.part.Name))
	return err == nil && slices.ContainsFunc(related, func(r relation) bool { return r.kind == "pivotTable" })
}

// elements calls f with each element of a part as it begins.
func (b *Book) elements(f *zip.File, each func(x *scanner) error) error {
	in, err := b.open(f)
	if err != nil {
		return err
	}
	defer in.Close()
	x := newScanner(in, &b.limits)
	for {
		t, err := x.next()
		if t == startTag {
			err = each(x)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if t == theEnd {
			return nil
		}
	}
}
