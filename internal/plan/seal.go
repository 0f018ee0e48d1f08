package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
)

// A saved plan ends with the hash of all that stands before it, so that one who
// applies it knows that it is what was reviewed, to the byte. The hash is no
// signature: it tells of accidents and of hands that edit, and not of somebody
// who is set on deceiving and makes the hash anew.
const (
	sealBegin = `,"hash":"`
	sealEnd   = "\"}\n"
	sealSize  = len(sealBegin) + 2*sha256.Size + len(sealEnd)
)

// AlteredError is the error of a plan that is not as it was written: it was
// edited, laid out anew or cut off, or is none at all.
type AlteredError struct {
	Problem string // what was found: "it is cut off after 3 operations"
}

func (e *AlteredError) Error() string {
	return "not a plan as it was saved: " + e.Problem + "; plan again"
}

func altered(format string, args ...any) *AlteredError {
	return &AlteredError{fmt.Sprintf(format, args...)}
}

// sealed reads a plan and hashes what passes, but for the seal, of which it
// can't be known before the end that it is that.
type sealed struct {
	r    io.Reader
	hash hash.Hash
	last []byte // no more than a seal's length, not hashed yet
	err  error  // the reader's own
}

func newSealed(r io.Reader) *sealed { return &sealed{r: r, hash: sha256.New()} }

func (s *sealed) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if over := len(s.last) + n - sealSize; over > 0 {
		of := min(over, len(s.last))
		s.hash.Write(s.last[:of])
		s.hash.Write(b[:over-of])
		s.last = append(s.last[:0], s.last[of:]...)
		s.last = append(s.last, b[over-of:n]...)
	} else {
		s.last = append(s.last, b[:n]...)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// check compares the hash of what was read, all of it, with the one that it ends with.
func (s *sealed) check() (sum string, err error) {
	sum = hex.EncodeToString(s.hash.Sum(nil))
	if string(s.last) != sealBegin+sum+sealEnd {
		return "", altered("it was changed after it was written, since its hash does not fit")
	}
	return sum, nil
}
