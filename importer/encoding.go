package importer

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

// coding is an encoding that a source can have.
type coding struct {
	name string // as reports and --encoding spell it
	kind kind

	bigEndian bool               // of utf16Text
	table     *charmap.Charmap   // of oneByte
	many      xencoding.Encoding // of manyByte

	script script   // what its text is written in, where it can be found out
	tongue []tongue // the languages of a Latin script
	common string   // characters that names are made of, of manyByte
}

var (
	utf8Coding    = &coding{name: "utf-8", kind: utf8Text}
	utf16Little   = &coding{name: "utf-16le", kind: utf16Text}
	utf16Big      = &coding{name: "utf-16be", kind: utf16Text, bigEndian: true}
	windows1252   = &coding{name: "windows-1252", kind: oneByte, table: charmap.Windows1252, script: latin, tongue: western}
	utf16Declared = &coding{name: "utf-16", kind: utf16Text} // its order is found
)

// detectable are the encodings that bytes can show, the usual before the rare:
// where two say the same of a text, it is the first.
var detectable = []*coding{
	windows1252,
	{name: "windows-1250", kind: oneByte, table: charmap.Windows1250, script: latin, tongue: central},
	{name: "windows-1254", kind: oneByte, table: charmap.Windows1254, script: latin, tongue: turkish},
	{name: "iso-8859-2", kind: oneByte, table: charmap.ISO8859_2, script: latin, tongue: central},
	{name: "iso-8859-15", kind: oneByte, table: charmap.ISO8859_15, script: latin, tongue: western},
	{name: "windows-1251", kind: oneByte, table: charmap.Windows1251, script: cyrillic},
	{name: "iso-8859-5", kind: oneByte, table: charmap.ISO8859_5, script: cyrillic},
	{name: "windows-1253", kind: oneByte, table: charmap.Windows1253, script: greek},
	{name: "iso-8859-7", kind: oneByte, table: charmap.ISO8859_7, script: greek},
	{name: "windows-1255", kind: oneByte, table: charmap.Windows1255, script: hebrew},
	{name: "windows-1256", kind: oneByte, table: charmap.Windows1256, script: arabic},
	{name: "iso-8859-6", kind: oneByte, table: charmap.ISO8859_6, script: arabic},
	{name: "shift_jis", kind: manyByte, many: japanese.ShiftJIS, common: japaneseNames},
	{name: "euc-jp", kind: manyByte, many: japanese.EUCJP, common: japaneseNames},
	{name: "euc-kr", kind: manyByte, many: korean.EUCKR, common: koreanNames},
	{name: "gb18030", kind: manyByte, many: simplifiedchinese.GB18030, common: chineseNames},
	{name: "big5", kind: manyByte, many: traditionalchinese.Big5, common: traditionalNames},
}

// declarable are those that have to be named, since their text reads as well
// under one of the others.
var declarable = []*coding{
	utf8Coding, utf16Declared, utf16Little, utf16Big,
	{name: "iso-8859-1", kind: oneByte, table: charmap.ISO8859_1},
	{name: "iso-8859-3", kind: oneByte, table: charmap.ISO8859_3},
	{name: "iso-8859-4", kind: oneByte, table: charmap.ISO8859_4},
	{name: "iso-8859-8", kind: oneByte, table: charmap.ISO8859_8},
	{name: "iso-8859-9", kind: oneByte, table: charmap.ISO8859_9},
	{name: "iso-8859-10", kind: oneByte, table: charmap.ISO8859_10},
	{name: "iso-8859-13", kind: oneByte, table: charmap.ISO8859_13},
	{name: "iso-8859-14", kind: oneByte, table: charmap.ISO8859_14},
	{name: "iso-8859-16", kind: oneByte, table: charmap.ISO8859_16},
}

// otherNames are names that people know encodings by, without their dashes.
var otherNames = map[string]string{
	"latin1": "iso88591", "latin2": "iso88592", "latin9": "iso885915",
	"cp932": "shiftjis", "sjis": "shiftjis", "windows31j": "shiftjis",
	"gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030",
	"cp949": "euckr", "cp950": "big5",
	"cp1250": "windows1250", "cp1251": "windows1251", "cp1252": "windows1252", "cp1253": "windows1253",
	"cp1254": "windows1254", "cp1255": "windows1255", "cp1256": "windows1256",
}

// codingOf is the encoding of a name; nil for "" and auto.
func codingOf(name string) (*coding, error) {
	plain := func(name string) string {
		return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
	}
	wanted := plain(name)
	if wanted == "" || wanted == "auto" {
		return nil, nil
	}
	if other, ok := otherNames[wanted]; ok {
		wanted = other
	}
	var names []string
	for _, c := range slices.Concat(declarable, detectable) {
		if plain(c.name) == wanted {
			return c, nil
		}
		names = append(names, c.name)
	}
	hint := ""
	if n := Nearest(name, names); n != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", n)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("%q is no encoding that can be read%s; those are auto, %s", name, hint, strings.Join(names, ", "))
}

// CheckEncoding says what is wrong with the name of an encoding, before any
// source is read.
func CheckEncoding(name string) error {
	_, err := codingOf(name)
	return err
}

// char is the character of a byte; false if it has none. Control characters
// above ASCII are none: no text holds them, and where they turn up, the text
// is of another encoding.
func (c *coding) char(b byte) (rune, bool) {
	r := c.table.DecodeByte(b)
	return r, r != '\uFFFD' && (r < 0x80 || r > 0x9F)
}

// alike says whether encodings of one byte a character read some bytes, those
// over ASCII, in the same way.
func alike(a, b *coding, bytes *[128]bool) bool {
	for i, seen := range bytes {
		if seen && a.table.DecodeByte(byte(i+128)) != b.table.DecodeByte(byte(i+128)) {
			return false
		}
	}
	return true
}
