package charset

import (
	"bytes"
	"errors"
	"fmt"
)

// Who names an encoding names it once, and the export changes some day. A text
// that is surely in another encoding than the one that is named is refused as a
// whole: read as it is said to be, it would be hundreds of rejects beside people
// who are updated, or, in an encoding in which each byte is a character, no
// reject at all and names in tatters. UTF-8 and UTF-16 show for sure, so that
// only those are told from others. A byte that went astray makes no other
// encoding of a text.

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
			return d.isOther(d.suspect)
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
		var u utf8Count
		if u.add(d.src); 4*u.valid >= u.invalid {
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
