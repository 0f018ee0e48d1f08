package journal

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/go-json-experiment/json"

	"cometsync/internal/formats"
)

// chain links each line to all lines before it: a line ends with a hash over
// the hash of the line before and its own text up to there.
type chain struct {
	digest hash.Hash
	last   []byte // the hash of the last line, in hexadecimal; empty before the first
	sum    [sha256.Size]byte
	hex    [hashDigits]byte
}

// A line ends with hashKey, hashDigits digits and hashEnd, and a line break.
const (
	hashKey    = `,"hash":"`
	hashDigits = 32
	hashEnd    = `"}`
	hashLen    = len(hashKey) + hashDigits + len(hashEnd)
)

// link gives the hash of the line that has text before its hash, as the next one.
func (c *chain) link(text []byte) []byte {
	c.begin()
	c.digest.Write(text)
	return c.end()
}

// begin has the digest take the text of the next line, and end gives its hash.
func (c *chain) begin() {
	if c.digest == nil {
		c.digest = sha256.New()
	}
	c.digest.Reset()
	c.digest.Write(c.last)
}

func (c *chain) end() []byte {
	sum := c.digest.Sum(c.sum[:0])
	hex.Encode(c.hex[:], sum[:hashDigits/2])
	c.last = c.hex[:]
	return c.last
}

// append adds an object, whose closing brace is left off, to lines.
func (c *chain) append(lines, text []byte) []byte {
	lines = append(lines, text...)
	lines = append(lines, hashKey...)
	lines = append(lines, c.link(text)...)
	return append(lines, hashEnd+"\n"...)
}

// write writes a line to a file whose text, without its closing brace, is too
// long to be held.
func (c *chain) write(to io.Writer, text func(io.Writer) error) error {
	c.begin()
	b := bufio.NewWriterSize(io.MultiWriter(to, c.digest), readBuffer)
	if err := text(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(to, hashKey+string(c.end())+hashEnd+"\n")
	return err
}

// from goes on after a line with the given hash.
func (c *chain) from(hash []byte) {
	copy(c.hex[:], hash)
	c.last = c.hex[:len(hash)]
}

func body(line []byte) []byte { return line[:len(line)-hashLen] }

// split parts a line, without its line break, into the text before the hash
// and the hash.
func split(line []byte) (text, hash []byte, ok bool) {
	n := len(line) - hashLen
	if n <= 0 || line[0] != '{' || string(line[n:n+len(hashKey)]) != hashKey || string(line[len(line)-len(hashEnd):]) != hashEnd {
		return nil, nil, false
	}
	return line[:n], line[n+len(hashKey) : n+len(hashKey)+hashDigits], true
}

// DamageError is a journal that is not as it was written.
type DamageError struct {
	Path    string
	Line    int // from 1: the first that does not fit
	Problem string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("journal: %s:%d: %s; restore the file from a copy, or move it away to go on without it", e.Path, e.Line, e.Problem)
}

// errTorn is the end of a file whose last line has no line break.
var errTorn = errors.New("the last line is torn")

// lines reads the lines of a journal and follows their chain.
type lines struct {
	path  string
	in    *bufio.Reader
	chain chain
	long  []byte // a line that passes the reader's buffer
	n     int    // lines read
}

func follow(path string, in io.Reader) *lines {
	return &lines{path: path, in: bufio.NewReaderSize(in, readBuffer)}
}

// readBuffer holds many lines of most kinds.
const readBuffer = 64 << 10

// next is the next line without its line break, valid until the call after. At
// the end it fails with io.EOF or errTorn, and with a *DamageError
// where the file is not as it was written.
func (l *lines) next() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		l.long = append(l.long[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = l.in.ReadSlice('\n')
			l.long = append(l.long, line...)
		}
		line = l.long
	}
	switch {
	case errors.Is(err, io.EOF) && len(line) > 0:
		return nil, errTorn
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		return nil, wrap(err)
	}
	l.n++
	line = line[:len(line)-1]
	text, hash, ok := split(line)
	if ok && string(l.chain.link(text)) == string(hash) {
		return line, nil
	}
	if l.n == 1 {
		if err := newer(line); err != nil {
			return nil, unread(l.path, err)
		}
	}
	if !ok {
		return nil, l.damage("no line of a journal")
	}
	return nil, l.damage("it was changed after it was written, here or in the line before: the hashes do not fit")
}

// newer returns what is wrong with the first line of a journal of a newer version, which may
// chain its lines in another way; nil for any other line.
func newer(line []byte) error {
	var h headRecord
	var of *formats.Error
	if json.Unmarshal(line, &h) == nil && errors.As(formats.Journal.Check(h.Schema, h.Version), &of) && of.Newer {
		return of
	}
	return nil
}

// unread is a journal of a format that this version does not read.
func unread(path string, err error) error {
	return fmt.Errorf("journal: %s: %w; use the version that wrote it, or a newer one", path, err)
}

func (l *lines) damage(problem string) error {
	return &DamageError{Path: l.path, Line: l.n, Problem: problem}
}

// batch is lines whose hashes fit, with their line breaks, and what came after
// them, if anything but more did.
type batch struct {
	text []byte
	err  error
}

// ahead reads all lines in a goroutine of its own: following the chain takes as
// long as understanding what the lines say. It ends with the file, or when
// stop is closed; then the channel is. A batch that is done with goes to used.
func (l *lines) ahead(stop <-chan struct{}) (batches <-chan batch, used chan<- []byte) {
	out, back := make(chan batch, 1), make(chan []byte, 3)
	go func() {
		defer close(out)
		for err := error(nil); err == nil; {
			var text []byte
			select {
			case text = <-back:
			default:
			}
			text = text[:0]
			for len(text) < readBuffer && err == nil {
				var line []byte
				if line, err = l.next(); err == nil {
					text = append(append(text, line...), '\n')
				}
			}
			select {
			case out <- batch{text, err}:
			case <-stop:
				return
			}
		}
	}()
	return out, back
}
