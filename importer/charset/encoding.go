// Package charset makes UTF-8 of a text in any encoding that an export may have,
// finds out which one that is, and finds text that was decoded twice. It refuses to
// know of rows and cells, of settings, and of where the bytes come from.
package charset

import (
	"fmt"
	"slices"
	"strings"

	xencoding "golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"cometsync/internal/phrase"
)

// kind is the way in which an encoding's bytes become characters.
type kind uint8

const (
	noKind kind = iota
	utf8Text
	utf16Text
	oneByte  // each byte is a character
	manyByte // ASCII, and characters of several bytes
)

// Encoding is an encoding that a source can have.
type Encoding struct {
	Name string   // as reports and --encoding spell it
	also []string // other names that people know it by
	kind kind

	bigEndian bool               // of utf16Text
	table     *charmap.Charmap   // of oneByte
	many      xencoding.Encoding // of manyByte

	script script   // what its text is written in, where it can be found out
	tongue []tongue // the languages of a Latin script
	common string   // characters that names are made of, of manyByte
}

var (
	utf8Coding  = &Encoding{Name: "utf-8", kind: utf8Text}
	utf16Little = &Encoding{Name: "utf-16le", kind: utf16Text}
	utf16Big    = &Encoding{Name: "utf-16be", kind: utf16Text, bigEndian: true}
	windows1252 = &Encoding{Name: "windows-1252", also: []string{"cp1252"}, kind: oneByte, table: charmap.Windows1252, script: latin,
		tongue: western}
	utf16Declared = &Encoding{Name: "utf-16", kind: utf16Text} // its order is found
)

// detectable are the encodings that bytes can show, the usual before the rare:
// where two say the same of a text, it is the first.
var detectable = []*Encoding{
	windows1252,
	{Name: "windows-1250", also: []string{"cp1250"}, kind: oneByte, table: charmap.Windows1250, script: latin, tongue: central},
	{Name: "windows-1254", also: []string{"cp1254"}, kind: oneByte, table: charmap.Windows1254, script: latin, tongue: turkish},
	{Name: "iso-8859-2", also: []string{"latin2"}, kind: oneByte, table: charmap.ISO8859_2, script: latin, tongue: central},
	{Name: "iso-8859-15", also: []string{"latin9"}, kind: oneByte, table: charmap.ISO8859_15, script: latin, tongue: western},
	{Name: "windows-1251", also: []string{"cp1251"}, kind: oneByte, table: charmap.Windows1251, script: cyrillic},
	{Name: "iso-8859-5", kind: oneByte, table: charmap.ISO8859_5, script: cyrillic},
	{Name: "windows-1253", also: []string{"cp1253"}, kind: oneByte, table: charmap.Windows1253, script: greek},
	{Name: "iso-8859-7", kind: oneByte, table: charmap.ISO8859_7, script: greek},
	{Name: "windows-1255", also: []string{"cp1255"}, kind: oneByte, table: charmap.Windows1255, script: hebrew},
	{Name: "windows-1256", also: []string{"cp1256"}, kind: oneByte, table: charmap.Windows1256, script: arabic},
	{Name: "iso-8859-6", kind: oneByte, table: charmap.ISO8859_6, script: arabic},
	{Name: "shift_jis", also: []string{"cp932", "sjis", "windows-31j"}, kind: manyByte, many: japanese.ShiftJIS, common: japaneseNames},
	{Name: "euc-jp", kind: manyByte, many: japanese.EUCJP, common: japaneseNames},
	{Name: "euc-kr", also: []string{"cp949"}, kind: manyByte, many: korean.EUCKR, common: koreanNames},
	{Name: "gb18030", also: []string{"gbk", "gb2312", "cp936"}, kind: manyByte, many: simplifiedchinese.GB18030, common: chineseNames},
	{Name: "big5", also: []string{"cp950"}, kind: manyByte, many: traditionalchinese.Big5, common: traditionalNames},
}

// declarable are those that have to be named, since their text reads as well
// under one of the others.
var declarable = []*Encoding{
	utf8Coding, utf16Declared, utf16Little, utf16Big,
	{Name: "iso-8859-1", also: []string{"latin1"}, kind: oneByte, table: charmap.ISO8859_1},
	{Name: "iso-8859-3", kind: oneByte, table: charmap.ISO8859_3},
	{Name: "iso-8859-4", kind: oneByte, table: charmap.ISO8859_4},
	{Name: "iso-8859-8", kind: oneByte, table: charmap.ISO8859_8},
	{Name: "iso-8859-9", kind: oneByte, table: charmap.ISO8859_9},
	{Name: "iso-8859-10", kind: oneByte, table: charmap.ISO8859_10},
	{Name: "iso-8859-13", kind: oneByte, table: charmap.ISO8859_13},
	{Name: "iso-8859-14", kind: oneByte, table: charmap.ISO8859_14},
	{Name: "iso-8859-16", kind: oneByte, table: charmap.ISO8859_16},
	{Name: "ibm437", also: []string{"cp437"}, kind: oneByte, table: charmap.CodePage437},
	{Name: "ibm850", also: []string{"cp850"}, kind: oneByte, table: charmap.CodePage850},
	{Name: "ibm852", also: []string{"cp852"}, kind: oneByte, table: charmap.CodePage852},
	{Name: "ibm855", also: []string{"cp855"}, kind: oneByte, table: charmap.CodePage855},
	{Name: "ibm858", also: []string{"cp858"}, kind: oneByte, table: charmap.CodePage858},
	{Name: "ibm866", also: []string{"cp866"}, kind: oneByte, table: charmap.CodePage866},
	{Name: "koi8-r", kind: oneByte, table: charmap.KOI8R},
	{Name: "koi8-u", kind: oneByte, table: charmap.KOI8U},
	{Name: "macintosh", also: []string{"mac", "macroman"}, kind: oneByte, table: charmap.Macintosh},
	{Name: "windows-874", also: []string{"cp874", "tis-620"}, kind: oneByte, table: charmap.Windows874},
	{Name: "windows-1257", also: []string{"cp1257"}, kind: oneByte, table: charmap.Windows1257},
	{Name: "windows-1258", also: []string{"cp1258"}, kind: oneByte, table: charmap.Windows1258},
}

// Named is the encoding of a name; nil for "" and auto.
func Named(name string) (*Encoding, error) {
	plain := func(name string) string {
		return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
	}
	wanted := plain(name)
	if wanted == "" || wanted == "auto" {
		return nil, nil
	}
	var names, listed []string
	for _, c := range slices.Concat(declarable, detectable) {
		spellings := append([]string{c.Name}, c.also...)
		if slices.ContainsFunc(spellings, func(s string) bool { return plain(s) == wanted }) {
			return c, nil
		}
		names = append(names, spellings...)
		if len(c.also) > 0 {
			listed = append(listed, fmt.Sprintf("%s (%s)", c.Name, strings.Join(c.also, ", ")))
		} else {
			listed = append(listed, c.Name)
		}
	}
	hint := ""
	if n := phrase.Nearest(name, names); n != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", n)
	}
	slices.Sort(listed)
	return nil, fmt.Errorf("%q is not an encoding that can be read%s; those are auto, %s", name, hint, strings.Join(listed, ", "))
}

// char is the character of a byte; false if it has none. Control characters
// above ASCII are none: no text holds them, and where they turn up, the text
// is of another encoding.
func (c *Encoding) char(b byte) (rune, bool) {
	r := c.table.DecodeByte(b)
	return r, r != '\uFFFD' && (r < 0x80 || r > 0x9F)
}

// alike reports whether encodings of one byte a character read some bytes, those
// over ASCII, in the same way.
func alike(a, b *Encoding, bytes *[128]bool) bool {
	for i, seen := range bytes {
		if seen && a.table.DecodeByte(byte(i+128)) != b.table.DecodeByte(byte(i+128)) {
			return false
		}
	}
	return true
}
