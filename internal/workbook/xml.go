package workbook

import (
	"bytes"
	"fmt"
	"io"
)

// token is what the scanner has found.
type token uint8

const (
	noToken token = iota
	startTag
	endTag
	textPiece
	theEnd
)

// scanner takes the XML of one part apart, in a window that slides over it:
// what it gives is good until the next call. encoding/xml does the same work
// at a tenth of the speed.
//
// It knows no namespaces: names are told by what follows their prefix.
// No document type is taken, and so no entity but the five that XML has.
type scanner struct {
	in     io.Reader
	limits *Limits
	buf    []byte // the window
	at     int    // where the rest of it begins
	err    error  // what ended the text: io.EOF, or worse

	name  []byte // of the element that begins or ends, without its prefix
	attrs []byte // what is left of its attributes
	text  []byte // a piece of text, decoded

	open    []byte // the full names of the open elements
	starts  []int  // where each of them begins
	empty   bool   // the element has ended with its start
	cdata   bool   // the text is within a CDATA section
	closed  bool   // the root has ended
	decoded []byte // room for text that is not as it is
}

const window = 64 << 10

func newScanner(in io.Reader, limits *Limits) *scanner {
	return &scanner{in: in, limits: limits, buf: make([]byte, 0, window)}
}

// depth is how many elements are open; the root's own is one.
func (x *scanner) depth() int { return len(x.starts) }

// parent is the name of the element around the innermost open one.
func (x *scanner) parent() string {
	n := len(x.starts)
	if n < 2 {
		return ""
	}
	return string(local(x.open[x.starts[n-2]:x.starts[n-1]]))
}

// next finds the next tag or piece of text. A text may come in several pieces.
func (x *scanner) next() (token, error) {
	if x.empty {
		x.empty = false
		x.pop()
		return endTag, nil
	}
	for {
		if x.at == len(x.buf) && !x.more() {
			return x.finish()
		}
		rest := x.buf[x.at:]
		switch {
		case x.cdata:
			if t, err := x.section(rest); t != noToken || err != nil {
				return t, err
			}
		case rest[0] != '<':
			if t, err := x.piece(rest); t != noToken || err != nil {
				return t, err
			}
		default:
			if t, err := x.tag(); t != noToken || err != nil {
				return t, err
			}
		}
	}
}

// more makes the window reach further, and reports whether it does.
func (x *scanner) more() bool {
	if x.at > 0 {
		x.buf = x.buf[:copy(x.buf, x.buf[x.at:])]
		x.at = 0
	}
	if len(x.buf) == cap(x.buf) {
		x.buf = append(make([]byte, 0, 2*cap(x.buf)), x.buf...)
	}
	before := len(x.buf)
	for x.err == nil && len(x.buf) == before {
		var n int
		n, x.err = x.in.Read(x.buf[before:cap(x.buf)])
		x.buf = x.buf[:before+n]
	}
	return len(x.buf) > before
}

// cut is the error of a text that ends where it must not.
func (x *scanner) cut(what string) error {
	if x.err != nil && x.err != io.EOF {
		return reading(x.err)
	}
	return &CutError{what}
}

func (x *scanner) finish() (token, error) {
	n := len(x.starts)
	switch {
	case x.err != io.EOF:
		return noToken, reading(x.err)
	case n > 0:
		return noToken, &CutError{fmt.Sprintf("<%.40s> is not closed", x.open[x.starts[n-1]:])}
	case !x.closed:
		return noToken, &CutError{"it is empty"}
	}
	return theEnd, nil
}

// piece takes text up to a tag, or as much of it as the window has.
func (x *scanner) piece(rest []byte) (token, error) {
	n := bytes.IndexByte(rest, '<')
	if n < 0 {
		n = len(rest)
		if whole := wholeUntil(rest); x.err == nil {
			n = whole
		} else if whole < n && rest[whole] == '&' {
			return noToken, x.cut("a text is cut off")
		}
		if n == 0 { // half an entity, or of a line end
			x.more()
			return noToken, nil
		}
	}
	x.at += n
	if len(x.starts) == 0 {
		if len(bytes.Trim(rest[:n], " \t\r\n")) > 0 {
			return noToken, damage("text is outside of all elements")
		}
		return noToken, nil
	}
	var err error
	x.text, err = x.decode(rest[:n])
	return textPiece, err
}

// wholeUntil is how much of a text that goes on can be decoded by now.
func wholeUntil(b []byte) int {
	n := len(b)
	tail := b[max(0, n-longestEntity):]
	if i := bytes.LastIndexByte(tail, '&'); i >= 0 && bytes.IndexByte(tail[i:], ';') < 0 {
		n -= len(tail) - i
	}
	if n > 0 && b[n-1] == '\r' {
		n--
	}
	return n
}

// section takes what the window has of a CDATA section.
func (x *scanner) section(rest []byte) (token, error) {
	n := bytes.Index(rest, []byte("]]>"))
	switch {
	case n >= 0:
		x.at += n + 3
		x.cdata = false
	case len(rest) > 4: // two may be half of its end, and a \r half of a line's
		if n = len(rest) - 2; rest[n-1] == '\r' {
			n--
		}
		x.at += n
	default:
		if !x.more() {
			return noToken, x.cut("a CDATA section is not closed")
		}
		return noToken, nil
	}
	x.text = withoutCR(x.room(n), rest[:n])
	return textPiece, nil
}

// room is a buffer for n decoded bytes.
func (x *scanner) room(n int) []byte {
	if cap(x.decoded) < n {
		x.decoded = make([]byte, 0, 2*n)
	}
	return x.decoded[:0]
}

func (x *scanner) tag() (token, error) {
	for {
		rest := x.buf[x.at:]
		if len(rest) > 1 && (rest[1] == '!' || rest[1] == '?') {
			return noToken, x.aside()
		}
		n := tagEnd(rest)
		if n > x.limits.Tag || n < 0 && len(rest) > x.limits.Tag {
			return noToken, limit("a tag takes more than %d bytes", x.limits.Tag)
		}
		if n >= 0 {
			x.at += n + 1
			return x.element(rest[1:n])
		}
		if !x.more() {
			return noToken, x.cut("a tag is cut off")
		}
	}
}

// tagEnd is where a tag ends: at the first '>' outside of quotes.
func tagEnd(b []byte) int {
	n := bytes.IndexByte(b, '>')
	if n < 0 || n > 1 && b[1] == '/' ||
		bytes.IndexByte(b[:n], '\'') < 0 && bytes.Count(b[:n], []byte{'"'})%2 == 0 {
		return n
	}
	var quote byte
	for i, c := range b {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

func (x *scanner) element(tag []byte) (token, error) {
	if len(tag) > 0 && tag[0] == '/' {
		name, n := trimRight(tag[1:]), len(x.starts)
		if n == 0 || !bytes.Equal(x.open[x.starts[n-1]:], name) {
			return noToken, damage("</%.40s> closes nothing", name)
		}
		x.name = local(name)
		x.pop()
		return endTag, nil
	}
	x.empty = len(tag) > 0 && tag[len(tag)-1] == '/'
	if x.empty {
		tag = tag[:len(tag)-1]
	}
	n := 0
	for n < len(tag) && !space(tag[n]) {
		n++
	}
	name := tag[:n]
	switch {
	case n == 0:
		return noToken, damage("a tag without a name")
	case !validName(name):
		return noToken, damage("a tag has the name %.40q, which none can have", name)
	case x.closed:
		return noToken, damage("elements follow the end")
	case len(x.starts) == x.limits.Depth:
		return noToken, limit("elements are nested more than %d deep", x.limits.Depth)
	}
	x.starts = append(x.starts, len(x.open))
	x.open = append(x.open, name...)
	x.name, x.attrs = local(name), tag[n:]
	return startTag, nil
}

// pop ends the innermost element.
func (x *scanner) pop() {
	n := len(x.starts) - 1
	x.open = x.open[:x.starts[n]]
	x.starts = x.starts[:n]
	x.closed = n == 0
}

// aside passes over what is not an element: a comment, an instruction. A CDATA
// section is entered.
func (x *scanner) aside() error {
	const cdata = "<![CDATA["
	for len(x.buf)-x.at < len(cdata) && x.more() {
	}
	rest := x.buf[x.at:]
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		x.at += 4
		return x.past("-->", "a comment is not closed")
	case bytes.HasPrefix(rest, []byte(cdata)):
		if len(x.starts) == 0 {
			return damage("text is outside of all elements")
		}
		x.at += len(cdata)
		x.cdata = true
		return nil
	case rest[1] == '?':
		if err := x.declaration(); err != nil {
			return err
		}
		return x.past("?>", "a tag is cut off")
	case x.err != nil && len(rest) < len(cdata):
		return x.cut("a tag is cut off")
	}
	return damage("it declares a document type or entities, and no spreadsheet does")
}

// declaration looks whether <?xml names an encoding that is not read.
func (x *scanner) declaration() error {
	const longest = 256
	for len(x.buf)-x.at < longest && !bytes.Contains(x.buf[x.at:], []byte("?>")) && x.more() {
	}
	head, _, _ := bytes.Cut(x.buf[x.at:min(len(x.buf), x.at+longest)], []byte("?>"))
	_, encoding, ok := bytes.Cut(head, []byte("encoding"))
	if !ok || !bytes.HasPrefix(head, []byte("<?xml ")) {
		return nil
	}
	name := bytes.ToLower(bytes.Trim(encoding[:min(len(encoding), 40)], " \t\r\n=\"'"))
	name, _, _ = bytes.Cut(name, []byte(" "))
	name = bytes.Trim(name, "\"'")
	switch string(name) {
	case "utf-8", "utf8", "us-ascii", "ascii", "utf-16", "utf-16le", "utf-16be":
		return nil
	}
	return damage("it is written in %.20q, and only UTF-8 and UTF-16 are read", name)
}

// past passes over everything up to a mark, and over it.
func (x *scanner) past(mark, unclosed string) error {
	for {
		rest := x.buf[x.at:]
		if n := bytes.Index(rest, []byte(mark)); n >= 0 {
			x.at += n + len(mark)
			return nil
		}
		x.at += max(0, len(rest)-len(mark)+1)
		if !x.more() {
			return x.cut(unclosed)
		}
	}
}

// enclosed takes a text between two pieces of markup in one step, if b begins with
// them, has them whole, and nothing is wrong with the text; before is without the end
// of its last tag. Three cells of four tags each are found so in the time of one.
func (x *scanner) enclosed(b []byte, before, after string) (inside, behind []byte, ok bool) {
	const keepsSpace = ` xml:space="preserve">`
	if len(b) <= len(before) || string(b[:len(before)]) != before {
		return nil, nil, false
	}
	b = b[len(before):]
	if b[0] == '>' {
		b = b[1:]
	} else if b, ok = bytes.CutPrefix(b, []byte(keepsSpace)); !ok {
		return nil, nil, false
	}
	n := bytes.IndexByte(b, '<')
	if n < 0 || n > x.limits.Cell || len(b) < n+len(after) || string(b[n:n+len(after)]) != after {
		return nil, nil, false
	}
	inside, err := x.decode(b[:n])
	return inside, b[n+len(after):], err == nil
}

// skip passes over the rest of the element that has just begun.
func (x *scanner) skip() error {
	for depth := x.depth(); x.depth() >= depth; {
		if _, err := x.next(); err != nil {
			return err
		}
	}
	return nil
}
