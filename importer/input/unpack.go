package input

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"

	"cometsync/importer/charset"
	"cometsync/internal/phrase"
)

// What a source may unpack to: beyond that it is made to fill a disk, which a
// roster that a person exported is far below. Sizes that an archive claims are
// not believed; what comes out of it is counted.
const (
	maxUnpacked  = 8 << 30
	maxRatio     = 400       // bytes that one byte may become ...
	ratioApplies = 256 << 20 // ... in what is larger than this
)

// Bound is what an archive of a size may unpack to.
func Bound(size int64) int64 { return min(maxUnpacked, max(ratioApplies, maxRatio*size)) }

// gunzip unpacks, and has the archive's faults told by what to do about them.
func gunzip(path string, in io.Reader) (io.Reader, error) {
	u := &unpacking{packed: io.LimitedReader{R: in, N: math.MaxInt64}, most: maxUnpacked, from: ratioApplies}
	var err error
	u.in, err = gzip.NewReader(bufio.NewReaderSize(&u.packed, 1<<16))
	switch err {
	case nil:
		return u, nil
	case io.EOF:
		return nil, Empty(path)
	case io.ErrUnexpectedEOF:
		return nil, fmt.Errorf("%s: is cut off in its first bytes; export or copy it again", path)
	case gzip.ErrHeader:
		return nil, fmt.Errorf("%s: is not a gzip archive; take the .gz off its name, or pack it again", path)
	}
	return nil, fmt.Errorf("%s: %w; try again", path, err)
}

// unpacking is an archive's content, as long as it stays within bounds.
type unpacking struct {
	in     io.Reader
	packed io.LimitedReader // without a limit; it counts what is read
	n      int64
	most   int64
	from   int64
}

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	u.n += int64(n)
	switch {
	case u.n > u.most:
		return 0, &sizeError{phrase.Sprintf("unpacks to more than %d bytes", u.most)}
	case u.n > u.from && u.n/maxRatio > math.MaxInt64-u.packed.N:
		return 0, &sizeError{fmt.Sprintf("unpacks to more than %d times its size", maxRatio)}
	}
	return n, err
}

type sizeError struct{ what string }

func (e *sizeError) Error() string {
	return e.what + ", as no roster should; if it is one, unpack it first and name the unpacked file"
}

// Fault is what is wrong with a text that could not be read to its end,
// whether it was cut off or not.
func Fault(err error, path string) error {
	var corrupt flate.CorruptInputError
	var line *lineError
	var encoding *charset.Error
	var over *sizeError
	switch {
	case errors.As(err, &line), errors.As(err, &encoding), errors.As(err, &over):
		return fmt.Errorf("%s: %w", path, err)
	case err == nil || err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
		return nil
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		return fmt.Errorf("%s: the archive is damaged (%w); export or copy it again", path, err)
	}
	return fmt.Errorf("%s: %w; try again", path, err)
}
