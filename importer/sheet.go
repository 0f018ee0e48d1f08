package importer

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// sheetPart is a worksheet and the part of the archive that it lies in.
type sheetPart struct {
	name   string
	hidden bool
	part   *zip.File
}

// sheetsOf lists a workbook's worksheets in their order. Sheets of other
// kinds (charts, dialogues) hold no rows.
func sheetsOf(z *zip.Reader) ([]sheetPart, error) {
	parts := map[string]*zip.File{}
	for _, f := range z.File {
		parts[strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))] = f
	}
	bookPath := "xl/workbook.xml"
	if root, err := relations(parts, "_rels/.rels"); err == nil {
		for _, r := range root {
			if strings.HasSuffix(r.Type, "/officeDocument") {
				bookPath = strings.TrimPrefix(r.Target, "/")
			}
		}
	}
	dir, name := path.Split(bookPath)
	rels, err := relations(parts, dir+"_rels/"+name+".rels")
	if err != nil {
		return nil, err
	}
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := decodePart(parts, bookPath, &book); err != nil {
		return nil, err
	}
	var sheets []sheetPart
	for _, s := range book.Sheets {
		id := ""
		for _, a := range s.Attrs {
			if a.Name.Local == "id" {
				id = a.Value
			}
		}
		r, ok := rels[id]
		if !ok || !strings.HasSuffix(r.Type, "/worksheet") {
			continue
		}
		target := path.Join(dir, r.Target)
		if strings.HasPrefix(r.Target, "/") {
			target = r.Target[1:]
		}
		part := parts[strings.ToLower(target)]
		if part == nil {
			return nil, fmt.Errorf("the sheet %q has no part %q", s.Name, target)
		}
		sheets = append(sheets, sheetPart{s.Name, s.State != "" && s.State != "visible", part})
	}
	return sheets, nil
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

func relations(parts map[string]*zip.File, name string) (map[string]relation, error) {
	var list struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := decodePart(parts, name, &list); err != nil {
		return nil, err
	}
	byID := map[string]relation{}
	for _, r := range list.Relations {
		byID[r.ID] = r
	}
	return byID, nil
}

// maxPart bounds the parts that describe a workbook; they take some kilobytes.
const maxPart = 8 << 20

func decodePart(parts map[string]*zip.File, name string, into any) error {
	f := parts[strings.ToLower(name)]
	if f == nil {
		return fmt.Errorf("it has no part %q", name)
	}
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer in.Close()
	if err := xml.NewDecoder(io.LimitReader(in, maxPart)).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// checkSheet unpacks a sheet's part to its end and looks whether its elements
// close, down to the worksheet itself. The row iterator takes XML that breaks
// off for the end of the sheet and says nothing, and so do its error methods:
// a writer that died would look like a shorter roster. Nor does it say
// anything where rows or cells are not in their order: it makes others of
// them, or one of two.
//
// last is the number of the last row that was begun.
func checkSheet(f *zip.File) (last int, err error) {
	in, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer in.Close()
	return checkXML(bufio.NewReaderSize(in, 1<<16))
}

// orderError is a sheet whose rows or cells do not stand in their order.
type orderError struct{ what string }

func (e *orderError) Error() string { return e.what }

func checkXML(in *bufio.Reader) (last int, err error) {
	var open []string // elements
	column := 0       // of the row's last cell
	var tag []byte
	closed := false
	for {
		if err := skipPast(in, '<'); err == io.EOF {
			break
		} else if err != nil {
			return last, err
		}
		if tag, err = readTag(in, tag[:0]); err == io.EOF {
			return last, errors.New("a tag breaks off")
		} else if err != nil {
			return last, err
		}
		switch {
		case len(tag) == 0:
			return last, errors.New("a tag without a name")
		case tag[0] == '?' || tag[0] == '!':
			continue
		case tag[0] == '/':
			name := string(bytes.TrimSpace(tag[1:]))
			if len(open) == 0 || open[len(open)-1] != name {
				return last, fmt.Errorf("</%s> closes nothing", name)
			}
			open = open[:len(open)-1]
			closed = len(open) == 0
			continue
		case closed:
			return last, errors.New("elements stand behind the end")
		}
		empty := tag[len(tag)-1] == '/'
		name, attributes := tag, []byte(nil)
		if i := bytes.IndexAny(tag, " \t\r\n/"); i >= 0 {
			name, attributes = tag[:i], tag[i:]
		}
		local := name[bytes.IndexByte(name, ':')+1:]
		if len(open) == 0 && string(local) != "worksheet" {
			return last, fmt.Errorf("it begins with <%s>", name)
		}
		switch {
		case string(local) == "row" && within(open, "sheetData"):
			if last, err = rowNumber(attributes, last); err != nil {
				return last, err
			}
			column = 0
		case string(local) == "c" && within(open, "row"):
			if column, err = columnNumber(attributes, column, last); err != nil {
				return last, err
			}
		}
		if empty {
			closed = len(open) == 0
			continue
		}
		open = append(open, intern(name))
	}
	switch {
	case len(open) > 0:
		return last, fmt.Errorf("<%s> is not closed", open[len(open)-1])
	case !closed:
		return last, errors.New("it is empty")
	}
	return last, nil
}

// intern makes a string of an element's name, without allocating for the two
// that a sheet has by the million.
func intern(name []byte) string {
	switch string(name) {
	case "c":
		return "c"
	case "v":
		return "v"
	case "row":
		return "row"
	case "is":
		return "is"
	case "t":
		return "t"
	}
	return string(name)
}

// within says whether the innermost open element has a name.
func within(open []string, local string) bool {
	if len(open) == 0 {
		return false
	}
	name := open[len(open)-1]
	return name[strings.IndexByte(name, ':')+1:] == local
}

// mostRows is how many rows a sheet can have.
const mostRows = 1 << 20

// rowNumber is the r attribute of a row, or one more than the last.
func rowNumber(attributes []byte, last int) (int, error) {
	value, ok := reference(attributes)
	if !ok {
		return last + 1, nil
	}
	n, err := strconv.Atoi(string(value))
	switch {
	case (err != nil || n < 1 || n > mostRows) && last == 0:
		return last, &orderError{fmt.Sprintf("the first row has the number %.40q, which no row can have", value)}
	case err != nil || n < 1 || n > mostRows:
		return last, &orderError{fmt.Sprintf("the row behind %d has the number %.40q, which no row can have", last, value)}
	case n == last:
		return last, &orderError{fmt.Sprintf("two rows have the number %d", n)}
	case n < last:
		return last, &orderError{fmt.Sprintf("row %d stands behind row %d", n, last)}
	}
	return n, nil
}

// columnNumber is the column in the r attribute of a cell, or one more than
// the last.
func columnNumber(attributes []byte, last, row int) (int, error) {
	value, ok := reference(attributes)
	if !ok || len(value) == 0 {
		return last + 1, nil
	}
	n := 0
	for _, c := range value {
		if c |= 0x20; c < 'a' || c > 'z' || n > 1<<20 {
			break
		}
		n = n*26 + int(c-'a') + 1
	}
	switch {
	case n == 0:
		return last, &orderError{fmt.Sprintf("row %d has a cell with the reference %.40q, which no cell can have", row, value)}
	case n == last:
		return last, &orderError{fmt.Sprintf("row %d has two cells in column %s", row, columnLetters(n-1))}
	case n < last:
		return last, &orderError{fmt.Sprintf("in row %d, a cell in column %s stands behind one in column %s", row, columnLetters(n-1), columnLetters(last-1))}
	}
	return n, nil
}

// referenceStarts are the ways in which an r attribute begins; the first is
// the one that writers use.
var referenceStarts = func() (starts [][]byte) {
	for _, quote := range []string{`"`, `'`} {
		for _, space := range []string{" ", "\t", "\r", "\n"} {
			starts = append(starts, []byte(space+"r="+quote))
		}
	}
	return starts
}()

// reference is the r attribute of a row or a cell.
func reference(attributes []byte) ([]byte, bool) {
	for _, start := range referenceStarts {
		if _, rest, ok := bytes.Cut(attributes, start); ok {
			value, _, _ := bytes.Cut(rest, start[len(start)-1:])
			return value, true
		}
	}
	return nil, false
}

// skipPast reads up to a byte and over it.
func skipPast(in *bufio.Reader, b byte) error {
	for {
		_, err := in.ReadSlice(b)
		if err != bufio.ErrBufferFull {
			return err
		}
	}
}

// readTag reads a tag whose '<' has been read, over its '>'. Of comments and
// character data, only a mark remains.
func readTag(in *bufio.Reader, tag []byte) ([]byte, error) {
	head, _ := in.Peek(8)
	switch {
	case bytes.HasPrefix(head, []byte("!--")):
		return []byte("!"), skipPastText(in, "-->")
	case bytes.HasPrefix(head, []byte("![CDATA[")):
		return []byte("!"), skipPastText(in, "]]>")
	}
	for {
		part, err := in.ReadSlice('>')
		tag = append(tag, part...)
		if err == bufio.ErrBufferFull {
			if len(tag) > maxPart {
				return nil, errors.New("a tag without end")
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		if !inQuotes(tag) {
			return tag[:len(tag)-1], nil
		}
	}
}

// skipPastText reads up to a text that ends in '>' and over it.
func skipPastText(in *bufio.Reader, text string) error {
	var tail []byte
	for {
		part, err := in.ReadSlice('>')
		tail = append(tail, part[max(0, len(part)-len(text)):]...)
		tail = tail[max(0, len(tail)-len(text)):]
		if err == nil && string(tail) == text {
			return nil
		}
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
	}
}

// inQuotes says whether a tag so far ends within an attribute's value.
func inQuotes(tag []byte) bool {
	var quote byte
	for _, c := range tag {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote != 0
}
