package report

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// xmlReader reads a part of a workbook, tag by tag. It is for parts with cells
// by the million, for which encoding/xml takes ten times as long, and it is
// strict about what shows that a part is whole: every element closes, in its
// order, and nothing stands behind the root.
type xmlReader struct {
	in   *bufio.Reader
	root string // the local name of the outermost element

	open   []string // elements, with their prefixes
	tag    []byte   // the current one, without its brackets
	name   string   // its local name
	text   []byte   // the text before it, since the tag before
	empty  bool     // the opening tag closes itself; that is told next
	closed bool     // the root has closed
}

const (
	maxXMLText = 1 << 20 // no cell, escaped however it may be, is as long
	maxXMLTag  = 1 << 16
)

// next reads up to the next tag and over it, and says whether it opens or
// closes an element. At the proper end, the error is io.EOF.
func (x *xmlReader) next() (opens bool, err error) {
	if x.empty {
		x.empty = false
		x.text = x.text[:0]
		return false, x.close([]byte(x.open[len(x.open)-1]))
	}
	x.text = x.text[:0]
	for {
		if err := x.readText(); err != nil {
			return false, err
		}
		skipped, err := x.readTag()
		if err != nil {
			return false, err
		}
		if !skipped {
			break
		}
	}
	tag := x.tag
	if len(tag) == 0 {
		return false, errors.New("a tag without a name")
	}
	if tag[0] == '/' {
		return false, x.close(bytes.TrimSpace(tag[1:]))
	}
	if x.closed {
		return false, errors.New("elements stand behind the end")
	}
	if tag[len(tag)-1] == '/' {
		x.empty = true
		tag = tag[:len(tag)-1]
	}
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		tag = tag[:i]
	}
	full := internName(tag)
	x.name = localName(full)
	if len(x.open) == 0 && x.name != x.root {
		return false, fmt.Errorf("it begins with <%.40s>", full)
	}
	if len(x.open) > 100 {
		return false, errors.New("elements without end in each other")
	}
	x.open = append(x.open, full)
	return true, nil
}

func (x *xmlReader) close(name []byte) error {
	if len(x.open) == 0 || x.open[len(x.open)-1] != string(name) {
		return fmt.Errorf("</%.40s> closes nothing", name)
	}
	x.name = localName(x.open[len(x.open)-1])
	x.open = x.open[:len(x.open)-1]
	x.closed = len(x.open) == 0
	return nil
}

// parent is the local name of the element that the current tag stands in.
func (x *xmlReader) parent(opens bool) string {
	n := len(x.open) - 1
	if opens {
		n--
	}
	if n < 0 {
		return ""
	}
	return localName(x.open[n])
}

// readText reads up to a '<' and over it.
func (x *xmlReader) readText() error {
	for {
		part, err := x.in.ReadSlice('<')
		switch {
		case err == nil:
			x.text = append(x.text, part[:len(part)-1]...)
			if len(x.text) > maxXMLText {
				return errors.New("a text that is longer than a cell can be")
			}
			return nil
		case err == bufio.ErrBufferFull:
			x.text = append(x.text, part...)
			if len(x.text) > maxXMLText {
				return errors.New("a text that is longer than a cell can be")
			}
		case err != io.EOF:
			return err
		case len(x.open) > 0:
			return fmt.Errorf("<%.40s> is not closed", x.open[len(x.open)-1])
		case !x.closed:
			return errors.New("it is empty")
		case len(bytes.TrimSpace(append(x.text, part...))) > 0:
			return errors.New("text stands behind the end")
		default:
			return io.EOF
		}
	}
}

// readTag reads a tag whose '<' has been read. Comments and instructions are
// skipped; character data becomes text.
func (x *xmlReader) readTag() (skipped bool, err error) {
	head, _ := x.in.Peek(8)
	switch {
	case bytes.HasPrefix(head, []byte("!--")):
		return true, x.until("-->", func([]byte) {})
	case bytes.HasPrefix(head, []byte("![CDATA[")):
		_, _ = x.in.Discard(len("![CDATA["))
		return true, x.until("]]>", func(part []byte) {
			x.text = append(x.text, bytes.ReplaceAll(part, []byte("&"), []byte("&amp;"))...)
		})
	case bytes.HasPrefix(head, []byte("?")):
		return true, x.until("?>", func([]byte) {})
	case bytes.HasPrefix(head, []byte("!")):
		return false, errors.New("it has a document type, which no workbook has")
	}
	x.tag = x.tag[:0]
	for {
		part, err := x.in.ReadSlice('>')
		x.tag = append(x.tag, part...)
		switch {
		case err == io.EOF:
			return false, errors.New("a tag breaks off")
		case err != nil && err != bufio.ErrBufferFull:
			return false, err
		case len(x.tag) > maxXMLTag:
			return false, errors.New("a tag without end")
		case err == nil && !inAttribute(x.tag):
			x.tag = x.tag[:len(x.tag)-1]
			return false, nil
		}
	}
}

// until reads up to a text that ends in '>' and over it.
func (x *xmlReader) until(end string, each func(part []byte)) error {
	var all []byte
	for {
		part, err := x.in.ReadSlice('>')
		all = append(all, part...)
		switch {
		case err == io.EOF:
			return errors.New("a tag breaks off")
		case err != nil && err != bufio.ErrBufferFull:
			return err
		case len(all) > maxXMLText:
			return errors.New("a comment or text without end")
		case err == nil && bytes.HasSuffix(all, []byte(end)):
			each(all[:len(all)-len(end)])
			return nil
		}
	}
}

// inAttribute says whether a tag so far ends within an attribute's value.
func inAttribute(tag []byte) bool {
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

// attribute is the value of an attribute of the current tag; nil if it has
// none by that name.
func (x *xmlReader) attribute(name string) []byte {
	rest := x.tag
	for {
		equals := bytes.IndexByte(rest, '=')
		if equals < 0 {
			return nil
		}
		key := bytes.TrimSpace(rest[:equals])
		key = key[bytes.LastIndexAny(key, " \t\r\n")+1:]
		rest = bytes.TrimLeft(rest[equals+1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return nil
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return nil
		}
		if string(key) == name {
			return rest[1 : 1+end]
		}
		rest = rest[end+2:]
	}
}

// unescaped appends a text with its entities as the characters that they are.
func unescaped(b, text []byte) ([]byte, error) {
	for {
		amp := bytes.IndexByte(text, '&')
		if amp < 0 {
			return append(b, text...), nil
		}
		b = append(b, text[:amp]...)
		end := bytes.IndexByte(text[amp:], ';')
		if end < 0 {
			return nil, errors.New("an & that begins no character")
		}
		name := string(text[amp+1 : amp+end])
		text = text[amp+end+1:]
		switch name {
		case "amp":
			b = append(b, '&')
		case "lt":
			b = append(b, '<')
		case "gt":
			b = append(b, '>')
		case "quot":
			b = append(b, '"')
		case "apos":
			b = append(b, '\'')
		default:
			digits, is := strings.CutPrefix(name, "#")
			base := 10
			if hexadecimal, ok := strings.CutPrefix(digits, "x"); ok {
				digits, base = hexadecimal, 16
			}
			n, err := strconv.ParseUint(digits, base, 32)
			if !is || err != nil || n > utf8.MaxRune {
				return nil, fmt.Errorf("&%.20s; is no character", name)
			}
			b = utf8.AppendRune(b, rune(n))
		}
	}
}

func localName(name string) string { return name[strings.IndexByte(name, ':')+1:] }

// internName makes a string of an element's name, without allocating for those
// that a sheet has by the million.
func internName(name []byte) string {
	for _, known := range [...]string{"c", "v", "t", "is", "row", "si", "r", "f"} {
		if string(name) == known {
			return known
		}
	}
	return string(name)
}
