package charset

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Who names an encoding names it once, and the export changes some day. A text
// that is surely in another encoding than the one that is named is refused as a
// whole: read as it is said to be, it would be hundreds of rejects beside people
// who are updated, or, in an encoding in which each byte is a character, no
// reject at all and names in tatters. UTF-8 and UTF-16 show for sure, so that
// only those are told from others. A byte that went astray makes no other
// encoding of a text.

// claim is what speaks for and against the encoding that was declared.
type claim struct {
	valid, invalid int // characters over ASCII in UTF-8, and bytes that are none
	lines          int // with such bytes
	inLine         bool
	half           bool   // the text so far ends within a character
	sample         []byte // the first piece with such bytes
}

// add looks at a piece of the text.
func (c *claim) add(piece []byte) {
	text := piece
	for n := 0; c.half && len(text) > 0 && n < utf8.UTFMax-1 && !utf8.RuneStart(text[0]); n++ {
		text = text[1:]
	}
	c.half = false
	before := c.invalid
	for len(text) > 0 {
		if n := ascii(text); n > 0 {
			c.inLine = c.inLine && bytes.IndexByte(text[:n], '\n') < 0
			text = text[n:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		switch {
		case r != utf8.RuneError || size > 1:
			c.valid++
		case !utf8.FullRune(text):
			c.half = true
			text = nil
			continue
		default:
			if c.invalid++; !c.inLine {
				c.lines++
			}
			c.inLine = true
		}
		text = text[size:]
	}
	if c.invalid > before && c.sample == nil {
		c.sample = bytes.Clone(piece)
	}
}

// belied is the error of a text that does not have the encoding which was
// declared; nil if nothing shows that. Once whole says that the text has been
// seen to its end, little is enough.
func (d *Decoder) belied(whole bool) error {
	c, most := &d.claim, 20
	if whole {
		most = 2
	}
	switch d.left[0].kind {
	case utf8Text:
		if c.lines >= most && 4*c.valid < c.invalid {
			return d.isOther(c.sample)
		}
	case oneByte, manyByte:
		if c.valid >= 3*most && 20*c.invalid <= c.valid || whole && d.left[0].kind == oneByte && c.valid > 0 && c.invalid == 0 {
			return d.isNamed("utf-8")
		}
	}
	return nil
}

// otherForm is the error of a text whose beginning, which has no mark, has
// another form than the encoding that was declared: half of the bytes of UTF-16
// are zero where it holds ids and delimiters, and no others are.
func (d *Decoder) otherForm() error {
	declared, is := d.left[0], unmarked16(d.src)
	switch {
	case declared.kind == utf16Text && is == nil && len(d.src) > 0 && bytes.IndexByte(d.src, 0) < 0:
		if _, valid, invalid := validUTF8(d.src); 4*valid >= invalid {
			return d.isNamed("utf-8")
		}
		return d.isOther(d.src)
	case is != nil && is != declared && declared != utf16Declared:
		return d.isNamed(is.Name)
	}
	return nil
}

func (d *Decoder) isNamed(name string) error {
	return &Error{fmt.Sprintf("is not in %s, as the settings say, but in %s, which its bytes show; correct the encoding in the settings "+
		"(--encoding), or leave it out", d.left[0].Name, name)}
}

// isOther is the error of a text that is not in UTF-8 either.
func (d *Decoder) isOther(sample []byte) error {
	left, err := detect(sample, detectable)
	if other := (*Error)(nil); errors.As(err, &other) {
		return &Error{fmt.Sprintf("is not in %s, as the settings say: it %s", d.left[0].Name, other.what)}
	}
	return d.isNamed(left[0].Name)
}
