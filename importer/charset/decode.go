package charset

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"cometsync/internal/phrase"
)

// Decoder makes UTF-8 of a text, whatever its encoding. What it can't decode
// becomes three bytes that no UTF-8 has, see undecoded: the row that they
// stand in is refused, and nothing can be read out of them by mistake.
//
// Text in UTF-8 passes as it is, with what is wrong in it.
type Decoder struct {
	in  io.Reader
	src []byte // read and not decoded yet
	out []byte // decoded and not handed out yet
	at  int    // in out
	err error  // of in

	// left are the encodings that the text can have. Several say the same of
	// all that was read so far.
	left     []*Encoding
	begun    bool
	declared bool
	claim    utf8Count // of a text whose encoding was declared
	suspect  []byte    // its first piece that is not UTF-8
	Found    bool      // the encoding was found out from how words read
	Marked   string    // the encoding that a mark named against what was declared
	pairs    []uint32  // what two bytes are in pairsOf, see pair
	pairsOf  *Encoding
	chars    [128]string // what bytes over ASCII are, of charsOf
	charsOf  *Encoding
}

// surelyUTF8 is how many characters of UTF-8 have to be before anything
// else for what follows to be broken, and no other encoding.
const surelyUTF8 = 5

func NewDecoder(in io.Reader, declared *Encoding) *Decoder {
	d := &Decoder{in: in}
	if declared != nil {
		d.left, d.declared = []*Encoding{declared}, true
	}
	return d
}

// Encoding is what the text was read as.
func (d *Decoder) Encoding() *Encoding {
	if len(d.left) == 0 {
		return utf8Coding // ASCII
	}
	return d.left[0]
}

// fill reads until n bytes are there, or the text ends.
func (d *Decoder) fill(n int) {
	if cap(d.src) < n {
		d.src = append(make([]byte, 0, n), d.src...)
	}
	for len(d.src) < n && d.err == nil {
		var got int
		got, d.err = d.in.Read(d.src[len(d.src):n])
		d.src = d.src[:len(d.src)+got]
	}
}

func (d *Decoder) Read(p []byte) (int, error) {
	for d.at == len(d.out) {
		d.out, d.at = d.out[:0], 0
		switch {
		case !d.begun:
			d.begun = true
			d.fill(detectBytes)
			if err := d.begin(); err != nil {
				return 0, err
			}
		case len(d.src) == 0 && d.err == nil && len(d.left) == 1 && d.left[0].kind == utf8Text && !d.declared:
			n, err := d.in.Read(p) // most sources, without a copy
			d.err = err
			return n, err
		default:
			if len(d.src) < detectBytes/2 {
				d.fill(detectBytes)
			}
		}
		if len(d.src) == 0 {
			if d.declared && d.err != nil {
				if err := d.belied(true); err != nil {
					return 0, err
				}
			}
			return 0, d.err
		}
		if err := d.decode(); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.out[d.at:])
	d.at += n
	return n, nil
}

func (d *Decoder) begin() error {
	c, size := MarkOf(d.src)
	if bytes.HasPrefix(d.src, []byte("\xFF\xFE\x00\x00")) {
		return &Error{"is UTF-32, which can't be read; save it as UTF-8"}
	}
	if bytes.Contains(d.src, []byte("\x1b$")) {
		return &Error{"switches its encoding with escape characters, as ISO-2022-JP does, which can't be read; save it as UTF-8"}
	}
	switch {
	case c != nil:
		if d.declared && d.left[0] != c && (d.left[0] != utf16Declared || c.kind != utf16Text) {
			d.Marked, d.declared = c.Name, false
		}
		d.left, d.src = []*Encoding{c}, d.src[size:]
	case d.declared:
		if err := d.otherForm(); err != nil {
			return err
		}
		if d.left[0] == utf16Declared {
			if c = unmarked16(d.src); c == nil {
				return unclear("has no mark of UTF-16, and may be utf-16le or utf-16be")
			}
			d.left[0] = c
		}
	case !d.declared:
		if c = unmarked16(d.src); c != nil {
			d.left, d.Found = []*Encoding{c}, true
		}
	}
	return nil
}

// decode makes text of what is in src, but for a character that its end cuts off.
func (d *Decoder) decode() error {
	n := ascii(d.src)
	if d.declared {
		if d.claim.add(d.src); d.claim.invalid > 0 && d.suspect == nil {
			d.suspect = bytes.Clone(d.src)
		}
		if err := d.belied(false); err != nil {
			return err
		}
	}
	if len(d.left) == 0 && n == len(d.src) {
		d.pass(n)
		return nil
	}
	if err := d.settle(n); err != nil {
		return err
	}
	if len(d.left) == 0 {
		d.pass(n)
		return nil
	}
	switch c := d.left[0]; c.kind {
	case utf8Text:
		d.pass(len(d.src))
	case utf16Text:
		d.utf16(c)
	case oneByte:
		d.oneByte(c)
	case manyByte:
		d.manyByte(c)
	}
	return nil
}

// settle finds out the encoding, as far as what is in src needs it. Up to n,
// that is ASCII.
func (d *Decoder) settle(n int) error {
	among := d.left
	switch {
	case len(d.left) == 1:
		return nil
	case len(d.left) == 0:
		d.fill(detectBytes)
		var u utf8Count
		u.add(d.src[n:])
		switch {
		case u.valid == 0 && u.invalid == 0 && d.err == nil:
			return nil // the character that it begins with is not read yet
		case u.valid == 0 && u.invalid == 0:
			return unclear("ends in the only byte that is not ASCII, and may be cut off")
		case u.first >= surelyUTF8, 4*u.valid >= u.invalid:
			d.left = []*Encoding{utf8Coding}
			return nil
		}
		among = detectable
	default:
		var seen [128]bool
		same := true
		for at := n; at < len(d.src); {
			seen[d.src[at]-128] = true
			at++
			at += ascii(d.src[at:])
		}
		for _, c := range among[1:] {
			same = same && alike(among[0], c, &seen)
		}
		if same {
			return nil
		}
	}
	left, err := detect(d.src, among)
	if err != nil {
		return err
	}
	d.left, d.Found = left, true
	return nil
}

// pass hands n bytes on as they are.
func (d *Decoder) pass(n int) {
	d.out = append(d.out, d.src[:n]...)
	d.src = d.src[:copy(d.src, d.src[n:])]
}

// taken takes n bytes off src; what stays is a character that has no end yet,
// or never gets one.
func (d *Decoder) taken(n int) {
	d.src = d.src[:copy(d.src, d.src[n:])]
	if len(d.src) > 0 && d.err == io.EOF {
		d.src, d.err = d.src[:0], io.ErrUnexpectedEOF
	}
}

func (d *Decoder) utf16(c *Encoding) {
	const littleASCII, bigASCII = 0xFF80FF80FF80FF80, 0x80FF80FF80FF80FF // bits that four ASCII characters have not
	more, shift := uint64(littleASCII), 0
	if c.bigEndian {
		more, shift = bigASCII, 8
	}
	src := d.src
	out := slices.Grow(d.out, len(src)/2*3)
	at := 0
	for at+1 < len(src) {
		if len(src)-at >= 8 {
			if w := binary.LittleEndian.Uint64(src[at:]); w&more == 0 {
				w >>= shift
				out = append(out, byte(w), byte(w>>16), byte(w>>32), byte(w>>48))
				at += 8
				continue
			}
		}
		r := c.unit(src[at:])
		if utf16.IsSurrogate(r) {
			if at+3 >= len(src) && d.err == nil {
				break
			}
			pair := utf8.RuneError
			if at+3 < len(src) {
				pair = utf16.DecodeRune(r, c.unit(src[at+2:]))
			}
			if pair == utf8.RuneError {
				out = undecoded(out, src[at])
				at += 2
				continue
			}
			r = pair
			at += 2
		}
		out = utf8.AppendRune(out, r)
		at += 2
	}
	d.out = out
	if left := src[at:]; len(left) == 1 && d.err == io.EOF && strings.IndexByte(padding, left[0]) >= 0 && len(out) > 0 &&
		strings.IndexByte("\r\n"+padding, out[len(out)-1]) >= 0 {
		d.out, at = append(out, left[0]), len(src) // after the text, and no half of a character
	}
	d.taken(at)
}

func (d *Decoder) oneByte(c *Encoding) {
	if d.charsOf != c {
		d.charsOf = c
		for i := range d.chars {
			b := byte(utf8.RuneSelf + i)
			if r, ok := c.char(b); ok {
				d.chars[i] = string(r)
			} else {
				d.chars[i] = string(undecoded(nil, b))
			}
		}
	}
	for at := 0; at < len(d.src); {
		n := ascii(d.src[at:])
		d.out = append(d.out, d.src[at:at+n]...)
		for at += n; at < len(d.src) && d.src[at] >= utf8.RuneSelf; at++ {
			d.out = append(d.out, d.chars[d.src[at]-utf8.RuneSelf]...)
		}
	}
	d.taken(len(d.src))
}

func (d *Decoder) manyByte(c *Encoding) {
	at := 0
	for at < len(d.src) {
		if n := ascii(d.src[at:]); n > 0 {
			d.out = append(d.out, d.src[at:at+n]...)
			at += n
			continue
		}
		if r, size := d.pair(c, d.src[at:]); size > 0 {
			d.out = utf8.AppendRune(d.out, r)
			at += size
			continue
		}
		text, size := c.character(d.src[at:])
		if size == 0 {
			break // the rest of it is not read yet
		}
		d.out = append(d.out, text...)
		at += size
	}
	d.taken(at)
}

// pair is the character that src begins with and how many bytes it has, if
// that is one or two; 0 is another number, or none. What two bytes are is asked
// once: to have single characters decoded takes long.
func (d *Decoder) pair(c *Encoding, src []byte) (r rune, size int) {
	const known, sizeAt = 1 << 31, 24
	if len(src) < 2 {
		return 0, 0
	}
	if d.pairsOf != c {
		d.pairs, d.pairsOf = make([]uint32, 1<<16), c
	}
	p := &d.pairs[uint16(src[0])<<8|uint16(src[1])]
	if *p == 0 {
		*p = known
		text, n := c.character(src[:2])
		if r, size := utf8.DecodeRune(text); r != utf8.RuneError && size == len(text) {
			*p |= uint32(r) | uint32(n)<<sizeAt
		}
	}
	return rune(*p & (1<<sizeAt - 1)), int(*p &^ known >> sizeAt)
}

// character is the text of the character that src begins with, in an encoding of
// several bytes a character, and how many bytes it has; 0 is one without an end.
func (c *Encoding) character(src []byte) (text []byte, size int) {
	const most = 4
	text = make([]byte, 16)
	for n := 1; n <= min(most, len(src)); n++ {
		wrote, size, _ := c.many.NewDecoder().Transform(text, src[:n], false)
		switch {
		case size == 0:
			continue
		case !bytes.HasPrefix(text, []byte("\uFFFD")):
			return text[:wrote], size
		case wrote > len("\uFFFD"):
			size = 1 // and what is after it is a character by itself
		}
		return undecoded(nil, src[0]), size
	}
	if len(src) < most {
		return nil, 0
	}
	return undecoded(nil, src[0]), 1
}

// undecoded appends what stands for a byte that can't be decoded: it begins
// with one that UTF-8 never has, and tells the byte.
func undecoded(out []byte, b byte) []byte {
	return append(out, 0xFF, 0x80|b>>4, 0x80|b&0x0F)
}

// badByte is the first byte of a cell that is not text, and how many
// characters are before it; false if there is none.
func badByte(cell string) (b byte, before int, ok bool) {
	for i := 0; i < len(cell); {
		r, size := utf8.DecodeRuneInString(cell[i:])
		if r == utf8.RuneError && size == 1 {
			if rest := cell[i:]; rest[0] == 0xFF && len(rest) > 2 && rest[1]&0xF0 == 0x80 && rest[2]&0xF0 == 0x80 {
				return rest[1]<<4 | rest[2]&0x0F, before, true
			}
			return cell[i], before, true
		}
		before++
		i += size
	}
	return 0, 0, false
}

// Undecodable says where a cell can't be decoded, and what to do.
func Undecodable(cell, encoding string) string {
	b, before, _ := badByte(cell)
	where := "at its beginning"
	if before > 0 {
		where = "after " + phrase.Counted(before, "character")
	}
	return fmt.Sprintf("byte 0x%02X %s is not valid %s; correct the cell, or name the file's encoding with --encoding", b, where, encoding)
}
