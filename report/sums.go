package report

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// sumsName is the file with the hashes of all others of a report, such that
// sha256sum -c finds any that is not as it was written.
const sumsName = "SHA256SUMS"

// hashed passes on what is written, and hashes it, so that nothing has to be
// read again.
type hashed struct {
	to   io.Writer
	hash hash.Hash
}

func newHashed(to io.Writer) *hashed { return &hashed{to, sha256.New()} }

func (h *hashed) Write(b []byte) (int, error) {
	n, err := h.to.Write(b)
	h.hash.Write(b[:n]) // never fails
	return n, err
}

// sum is the hash of all that was written, in hexadecimal.
func (h *hashed) sum() string { return fmt.Sprintf("%x", h.hash.Sum(nil)) }

// writeSums writes the hashes of files by their names, and gives the hash of
// what it wrote: who has that has the whole report.
func writeSums(dir string, sums map[string]string) (sum string, err error) {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(&text, "%s  %s\n", sums[name], name)
	}
	sum, err = writeFile(filepath.Join(dir, sumsName), func(w io.Writer) error {
		_, err := io.WriteString(w, text.String())
		return err
	})
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", sumsName, err)
	}
	return sum, nil
}
