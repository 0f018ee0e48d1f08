package store

import (
	"fmt"
	"io"
	"os"
	"unsafe"
)

// Spool keeps the text of all sources, one after the other, in a temporary
// file without a name: memory follows the number of users and not the size of
// their files, and a source that is overwritten while the run goes on does
// not change what was read. It is readable for its owner alone, and gone when
// the process is, however that ends.
type Spool struct {
	file *os.File
	path string // to be removed on close; "" once it is unlinked
	Size int64
}

func NewSpool() (*Spool, error) {
	f, err := os.CreateTemp("", "cometsync-*.spool") // 0600
	if err != nil {
		return nil, fmt.Errorf("temporary file for the rows: %w; set TMPDIR to a directory that can be written", err)
	}
	s := &Spool{file: f}
	if os.Remove(f.Name()) != nil {
		s.path = f.Name() // not every system lets an open file be unlinked
	}
	return s, nil
}

// Append appends text and returns where it lies.
func (s *Spool) Append(text []byte) (place int64, err error) {
	place = s.Size
	n, err := s.file.Write(text)
	s.Size += int64(n)
	if err != nil {
		return 0, fmt.Errorf("temporary file for the rows: %w; it needs as much room as the sources unpacked: set TMPDIR to a directory "+
			"that has it", err)
	}
	return place, nil
}

// ReadAt reads the text at place.
func (s *Spool) ReadAt(text []byte, place int64) (int, error) { return s.file.ReadAt(text, place) }

// Text is the text at place, up to n bytes of it.
func (s *Spool) Text(place int64, n int) (string, error) {
	buf := make([]byte, n)
	n, err := s.file.ReadAt(buf, place)
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("temporary file for the rows: %w", err)
	}
	return unsafe.String(unsafe.SliceData(buf), n), nil // nobody changes it
}

// Close gives the file back, if there is one.
func (s *Spool) Close() error {
	if s == nil {
		return nil
	}
	err := s.file.Close()
	if s.path != "" {
		if e := os.Remove(s.path); err == nil {
			err = e
		}
	}
	return err
}
