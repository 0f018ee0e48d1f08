package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cometsync/internal/phrase"
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

// sums compares the files that there are with those that were written.
func (a *audit) sums() error {
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return fmt.Errorf("auditing a report: %w", err)
	}
	want, known, err := a.sumsFile()
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, e := range entries {
		name := e.Name()
		have[name] = true
		switch _, listed := want[name]; {
		case name == sumsName:
		case !e.Type().IsRegular():
			a.find(name, "it is no regular file")
			delete(want, name)
		case known && !listed && !isPart(name):
			a.unchecked("%s: it is no part of the report", name) // such as decisions that were saved beside it
		case known && !listed:
			a.find(name, "it was not written with the report: %s does not list it", sumsName)
		}
	}
	fits := 0
	for _, name := range slices.Sorted(maps.Keys(want)) {
		sum := want[name]
		if !have[name] {
			a.find(name, "it is missing, and %s lists it", sumsName)
			continue
		}
		got, err := hashFile(filepath.Join(a.dir, name))
		if err != nil {
			return fmt.Errorf("auditing %s: %w", name, err)
		}
		if got != sum {
			a.find(name, "it was changed after it was written: its SHA-256 is %s, and %s has %s", got, sumsName, sum)
			continue
		}
		fits++
	}
	for _, f := range formats {
		if f.idle == nil && !have[f.name] && want[f.name] == "" {
			a.find(f.name, "it is missing, and every report has one")
		}
	}
	if known && fits == len(want) {
		a.checked("%s: each of %s fits its sum", sumsName, phrase.Counted(fits, "file"))
	}
	return nil
}

// hashFile is the SHA-256 of a file, in hexadecimal.
func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := newHashed(io.Discard)
	_, err = io.Copy(h, f)
	return h.sum(), err
}

// sumsFile reads the sums by name; known says that there are some.
func (a *audit) sumsFile() (sums map[string]string, known bool, err error) {
	f, err := a.open(sumsName)
	switch {
	case err != nil:
		return nil, false, err
	case f == nil:
		a.find(sumsName, "it is missing, and every report has one; an earlier version wrote none")
		return nil, false, nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return nil, false, fmt.Errorf("auditing %s: %w", sumsName, err)
	}
	switch got := fmt.Sprintf("%x", sha256.Sum256(text)); {
	case a.against.Sums == "":
		a.unchecked("%s itself: no journal is at hand that has its hash, so that somebody may have made the sums anew", sumsName)
	case got != a.against.Sums:
		a.find(sumsName, "it was made anew: its SHA-256 is %s, and the journal has %s", got, a.against.Sums)
	default:
		a.checked("%s: its own hash is the one in the journal", sumsName)
	}
	sums, last := map[string]string{}, ""
	for line := range bytes.Lines(text) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "  ")
		whole := ok && bytes.HasSuffix(line, []byte("\n")) && len(sum) == 2*sha256.Size && strings.Trim(sum, "0123456789abcdef") == ""
		if !whole || name <= last || !isPart(name) || name == sumsName {
			a.find(sumsName, "%q is no line that belongs in it", strings.TrimSuffix(string(line), "\n"))
			continue
		}
		sums[name], last = sum, name
	}
	return sums, true, nil
}
