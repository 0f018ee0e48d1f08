package importer

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// delimited reads a CSV or one of its relatives: what its bytes, its lines and
// its cells are is for the text to show, as far as the user does not say it.
func (r *Roster) delimited(ctx context.Context, s *source, in io.Reader, m *mapping, opt Options) error {
	declared, err := codingOf(opt.Encoding)
	if err != nil {
		return fmt.Errorf("%s: encoding: %w", s.file.Path, err)
	}
	s.decoder = newDecoder(in, declared)
	switch {
	case opt.Delimiter != 0:
		s.comma, s.fixed = opt.Delimiter, true
	case strings.HasPrefix(s.file.Format, "tsv"):
		s.comma, s.fixed = '\t', true
	}
	err = r.text(ctx, s, s.decoder, m)
	s.file.Encoding = s.encoding()
	if err == nil {
		r.noticeEncoding(s)
	}
	return err
}

// encoding is what the text was read as so far.
func (s *source) encoding() string {
	if s.decoder == nil {
		return s.file.Encoding
	}
	return s.decoder.coding().name
}

// Delimiter reads the name of a delimiter, or the character itself; 0 is auto.
func Delimiter(name string) (byte, error) {
	switch strings.ToLower(name) {
	case "", "auto":
		return 0, nil
	case ",", "comma":
		return ',', nil
	case ";", "semicolon":
		return ';', nil
	case "\t", `\t`, "tab":
		return '\t', nil
	case "|", "pipe":
		return '|', nil
	}
	return 0, fmt.Errorf("%q is no delimiter; it is comma, semicolon, tab, pipe or auto", name)
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
	if comma = line[4]; strings.IndexByte(",;\t|:^~ ", comma) < 0 {
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

func delimiterName(comma byte) string {
	switch comma {
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	case '|':
		return "vertical bar"
	}
	return "comma"
}

// elsewise says that a record which has not as many cells as the header would
// have them if it were separated as another file is; or else what to do.
func (w *worker) elsewise(s *source, text, or string) string {
	want := len(s.header.names)
	if s.sheet || want < 2 || w.scan.spans {
		return or
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
			return fmt.Sprintf("; it is separated by %ss, and not by %ss; separate it as the others are", delimiterName(comma), delimiterName(s.comma))
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
