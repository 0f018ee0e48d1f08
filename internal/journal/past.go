package journal

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
)

// What an app's last good run read is kept in one file, written whole: a line of
// JSON that says what is in it; then, as little-endian numbers, for each source
// the hashes of its uids, 8 bytes each, their combinations of filled cells,
// 2 bytes each, and their cells, 1 byte each; then the hashes of all other uids
// that any good run's roster had; and at the end the SHA-256 of all before it.
// That is 10 bytes and one for each managed column for each user of the roster,
// and 8 for each who was one. The first version had no cells, and among the
// other uids the roster's as well.

const pastFile = "last-good-run"

type pastJSON struct {
	Schema string `json:"schema"`
	Target string `json:"target"`
	*plan.Past
	Sources []pastSourceJSON `json:"sources"`
	Known   int              `json:"known"`
}

type pastSourceJSON struct {
	plan.PastSource
	Users int `json:"users"`
}

// GoodRuns are the last good runs of a directory, one for each scope.
func GoodRuns(dir string) map[string]bool {
	paths, _ := filepath.Glob(filepath.Join(dir, pastFile+"*"))
	runs := map[string]bool{}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		head := pastJSON{Past: &plan.Past{}}
		if json.NewDecoder(f).Decode(&head) == nil {
			runs[head.Run] = true
		}
		f.Close()
	}
	return runs
}

// pastPath is where what the last good run in a scope read is kept.
func pastPath(dir, scope string) string {
	if scope == "" {
		return filepath.Join(dir, pastFile)
	}
	sum := sha256.Sum256([]byte(scope))
	return filepath.Join(dir, pastFile+"-"+hex.EncodeToString(sum[:8]))
}

// SavePast keeps what a good run of a target read, whole or not at all, in place
// of what was kept of the one before in the same scope.
func SavePast(dir string, target plan.Target, p *plan.Past) error {
	var b bytes.Buffer
	err := WritePast(&b, target, p)
	if err == nil {
		err = replace(pastPath(dir, p.Scope), b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("what this run read could not be kept for the guards of the next one: %w", err)
	}
	return nil
}

// WritePast is SavePast into any file, for what the run of a plan read: whoever
// applies the plan has it from there.
func WritePast(w io.Writer, target plan.Target, p *plan.Past) error {
	head := pastJSON{Schema: formats.LastGoodRun.String(), Target: target.Key(), Past: p, Known: len(p.Known)}
	for i := range p.Sources {
		head.Sources = append(head.Sources, pastSourceJSON{p.Sources[i], len(p.Sources[i].UIDs)})
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	h := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, h), 1<<16) // which keeps the first error
	_, _ = out.Write(append(text, '\n'))
	var b [8]byte
	hashes := func(uids []uint64) {
		for _, uid := range uids {
			_, _ = out.Write(binary.LittleEndian.AppendUint64(b[:0], uid))
		}
	}
	for i := range p.Sources {
		hashes(p.Sources[i].UIDs)
		for _, set := range p.Sources[i].Sets {
			_, _ = out.Write(binary.LittleEndian.AppendUint16(b[:0], set))
		}
		_, _ = out.Write(p.Sources[i].Cells)
	}
	hashes(p.Known)
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = w.Write(h.Sum(nil))
	return err
}

// LoadPast gives what the last good run of a target in a scope left; nil if there
// is none. With an error, too, there is none, and the run goes on without it.
func LoadPast(dir string, target plan.Target, scope string) (*plan.Past, error) {
	return ReadPast(pastPath(dir, scope), target)
}

// ReadPast is LoadPast of any file.
func ReadPast(path string, target plan.Target) (*plan.Past, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var p *plan.Past
	if err == nil {
		p, err = decodePast(b, target)
	}
	if err != nil {
		return nil, fmt.Errorf("what the last good run left: %s: %w; the guards that compare with it are off until the next good run",
			path, err)
	}
	return p, nil
}

func decodePast(b []byte, target plan.Target) (*plan.Past, error) {
	if len(b) < sha256.Size {
		return nil, errors.New("it is not whole")
	}
	body := b[:len(b)-sha256.Size]
	line, rest, _ := bytes.Cut(body, []byte("\n"))
	head := pastJSON{Past: &plan.Past{}}
	if err := json.Unmarshal(line, &head); err != nil {
		return nil, errors.New("it is not as it was written")
	}
	if err := formats.LastGoodRun.Check(head.Schema, ""); err != nil { // of another format, the rest may be another one, too
		return nil, err
	}
	if sum := sha256.Sum256(body); !bytes.Equal(sum[:], b[len(body):]) {
		return nil, errors.New("it is not as it was written")
	}
	if head.Target != target.Key() {
		return nil, nil // another target's, which ran in this directory before
	}
	want := 8 * head.Known
	for _, s := range head.Sources {
		if n := len(s.Readings); n > 0 && n != len(s.Columns) {
			return nil, errors.New("does not hold what it says")
		}
		want += (10 + len(s.Readings)) * s.Users
	}
	if want != len(rest) {
		return nil, errors.New("does not hold what it says")
	}
	hashes := func(n int) []uint64 {
		out := make([]uint64, n)
		for i := range out {
			out[i] = binary.LittleEndian.Uint64(rest[8*i:])
		}
		rest = rest[8*n:]
		return out
	}
	p := head.Past
	for i := range head.Sources {
		s := &head.Sources[i]
		s.UIDs, s.Sets = hashes(s.Users), make([]uint16, s.Users)
		for i := range s.Sets {
			if s.Sets[i] = binary.LittleEndian.Uint16(rest[2*i:]); int(s.Sets[i]) >= len(s.Filled) {
				return nil, errors.New("does not hold what it says")
			}
		}
		rest = rest[2*s.Users:]
		if n := len(s.Readings) * s.Users; n > 0 {
			s.Cells, rest = bytes.Clone(rest[:n]), rest[n:] // the file, most of which is numbers by now, is not kept
		}
		p.Sources = append(p.Sources, s.PastSource)
	}
	p.Known = hashes(head.Known)
	if head.Schema != formats.LastGoodRun.String() { // the first
		p.Known = (&plan.Past{Known: p.Known}).Next("", "", head.At, p.Sources, nil, nil).Known
	}
	return p, nil
}
