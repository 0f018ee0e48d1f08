package importer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"cometsync/importer/charset"
)

// delimited reads a CSV or one of its relatives: what its bytes, its lines and
// its cells are is for the text to show, as far as the user does not say it.
func (r *Roster) delimited(ctx context.Context, s *source, in io.Reader, m *mapping, opt Options) error {
	declared, err := charset.Named(opt.Encoding)
	if err != nil {
		return fmt.Errorf("%s: encoding: %w", s.file.Path, err)
	}
	s.decoder = charset.NewDecoder(in, declared)
	err = r.text(ctx, s, s.delimit(opt.Delimiter, s.decoder), m)
	s.file.Encoding = s.encoding()
	if err == nil {
		r.noticeEncoding(s)
	}
	return err
}

// delimit has a text read with the delimiter that is asked for, or that the
// file's name says.
func (s *source) delimit(delimiter rune, text io.Reader) io.Reader {
	switch {
	case delimiter >= utf8.RuneSelf:
		s.comma, s.fixed = standIn, true
		return &wideDelimiter{in: text, delimiter: []byte(string(delimiter)), fresh: true}
	case delimiter != 0:
		s.comma, s.fixed = byte(delimiter), true
	case strings.HasPrefix(s.file.Format, "tsv"):
		s.comma, s.fixed = '\t', true
	}
	return text
}

// encoding is what the text was read as so far.
func (s *source) encoding() string {
	if s.decoder == nil {
		return s.file.Encoding
	}
	return s.decoder.Encoding().Name
}

// delimiterWords are the names of delimiters; others are named by themselves.
var delimiterWords = map[byte]string{',': "comma", ';': "semicolon", '\t': "tab", '|': "pipe"}

// Delimiter reads the name of a delimiter, or the character itself; 0 is auto.
func Delimiter(name string) (rune, error) {
	switch strings.ToLower(name) {
	case "", "auto":
		return 0, nil
	case `\t`:
		return '\t', nil
	}
	for c, word := range delimiterWords {
		if strings.EqualFold(name, word) {
			return rune(c), nil
		}
	}
	if code, err := strconv.ParseUint(strings.TrimPrefix(name, `\x`), 16, 7); err == nil && len(name) == len(`\x1f`) && name[0] == '\\' {
		name = string(rune(code))
	}
	c, size := utf8.DecodeRuneInString(name)
	if size != len(name) || c == utf8.RuneError || strings.ContainsRune("\"\r\n\x00\uFEFF", c) {
		return 0, fmt.Errorf("%q can't be a delimiter; it is auto, comma, semicolon, tab, pipe, or a single character but a quote or a line end, such as ^ or \\x1f", name)
	}
	return c, nil
}

// DelimiterWord is a delimiter as Delimiter reads it.
func DelimiterWord(comma rune) string {
	word := ""
	if comma < utf8.RuneSelf {
		word = delimiterWords[byte(comma)]
	}
	switch {
	case word != "":
		return word
	case comma < ' ' || comma == 0x7F:
		return fmt.Sprintf(`\x%02x`, comma)
	}
	return string(comma)
}

// sepLine is the delimiter that a text's first line says, as spreadsheets
// write and read it, and the line's size.
func sepLine(text []byte) (comma byte, size int) {
	line, _, ok := bytes.Cut(text, []byte("\n"))
	if !ok || len(line) > 10 {
		return 0, 0
	}
	size = len(line) + 1
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) > 2 && line[0] == '"' && line[len(line)-1] == '"' {
		line = line[1 : len(line)-1]
	}
	if len(line) != 5 || !strings.EqualFold(string(line[:4]), "sep=") {
		return 0, 0
	}
	comma = line[4]
	if _, err := Delimiter(string(rune(comma))); err != nil || comma >= utf8.RuneSelf || unicode.IsLetter(rune(comma)) || unicode.IsDigit(rune(comma)) {
		return 0, 0
	}
	return comma, size
}

// garbled says that the header has bytes that are no text in its encoding; ""
// if it has none.
func (s *source) garbled() string {
	if s.decoder == nil || !slices.ContainsFunc(s.raw, func(cell string) bool { return strings.ContainsRune(asHeader(cell), '\uFFFD') }) {
		return ""
	}
	if s.settings.Encoding == "" {
		return fmt.Sprintf("the header has bytes that are no text in %s; name the file's encoding with --encoding", s.encoding())
	}
	return fmt.Sprintf("the header has bytes that are no text in %s, so that the file is in another encoding; correct the encoding that the settings say, or leave it out", s.encoding())
}

// delimiterName is a delimiter as a sentence has it.
func delimiterName[C byte | rune](comma C) string {
	word := ""
	if comma < utf8.RuneSelf {
		word = delimiterWords[byte(comma)]
	}
	switch {
	case comma == '|':
		return "vertical bar"
	case word != "":
		return word
	}
	return strconv.Quote(string(rune(comma)))
}

// commaName is the delimiter of a source as a sentence has it.
func (s *source) commaName() string {
	if wide := s.settings.Delimiter; s.comma == standIn && wide >= utf8.RuneSelf {
		return strconv.Quote(string(wide))
	}
	return delimiterName(s.comma)
}

func delimiterNames(comma byte) string {
	if delimiterWords[comma] == "" {
		return delimiterName(comma)
	}
	return delimiterName(comma) + "s"
}

// elsewise says that a record which has not as many cells as the header would
// have them if it were separated as another file is; or else what to do.
func (w *worker) elsewise(s *source, text, or string) string {
	want := len(s.header.names)
	if s.sheet || want < 2 || w.scan.spans {
		return or
	}
	if len(w.scan.cells) == 1 && text[0] == '"' && count(w.scan.cells[0], s.comma) == want {
		return "; the row is in quotes as a whole; take the outer ones off, and make the doubled ones single"
	}
	for _, comma := range delimiters {
		if comma == s.comma {
			continue
		}
		scan := scanner{comma: comma}
		if end := scan.next(text, 0); end != len(text) || scan.open || scan.stray || len(scan.cells) != want || prose(scan.cells) {
			continue
		}
		if cell, ok := s.uidCell(scan.cells); ok && w.isUID(s, cell) {
			return fmt.Sprintf("; it is separated by %s, and not by %s; separate it as the others are", delimiterNames(comma), delimiterNames(s.comma))
		}
	}
	return or
}

// lineEnds sees to it that lines end in a line feed: where none does, and
// carriage returns stand alone, those do.
func (c *chunker) lineEnds() {
	if !onlyReturns(c.buf, c.err != nil) {
		return
	}
	returns := &returnReader{in: c.in}
	c.buf = c.buf[:returns.feed(c.buf)]
	c.in = returns
}

// onlyReturns says whether the lines of a text end in carriage returns alone.
// What stands in quotes is no line end.
func onlyReturns(text []byte, whole bool) bool {
	returns, feeds, quoted := 0, 0, false
	for i, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n':
			feeds++
		case b == '\r' && (i+1 < len(text) && text[i+1] != '\n' || i+1 == len(text) && whole):
			returns++
		}
	}
	return returns > 0 && (feeds == 0 || bytes.IndexByte(text, '\n') < 0)
}

// returnReader makes line feeds of carriage returns, and of those that have
// one behind them.
type returnReader struct {
	in       io.Reader
	returned bool // the last byte was a carriage return
}

func (r *returnReader) Read(p []byte) (int, error) {
	for {
		n, err := r.in.Read(p)
		if n = r.feed(p[:n]); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// feed does so in place, and returns what is left.
func (r *returnReader) feed(text []byte) int {
	n := 0
	for _, b := range text {
		after := r.returned
		r.returned = b == '\r'
		switch {
		case b == '\r':
			b = '\n'
		case b == '\n' && after:
			continue
		}
		text[n] = b
		n++
	}
	return n
}
