package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/internal/slow"
)

// stopping is a source that interrupts the run once some bytes were read.
type stopping struct {
	in   io.Reader
	left int
	stop func()
}

func (s *stopping) Read(p []byte) (int, error) {
	if s.left <= 0 {
		s.stop()
		return s.in.Read(p)
	}
	n, err := s.in.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

var errInterrupted = errors.New("interrupted")

// TestStopsWhereverItIsInterrupted reads up to a point and no further. What
// does not end then is found by the test's own timeout.
func TestStopsWhereverItIsInterrupted(t *testing.T) {
	t.Parallel()
	var csv strings.Builder
	csv.WriteString("uid,name\n")
	for i := range 2500 {
		fmt.Fprintf(&csv, "u%d,%0100d\n", i, i)
	}
	long := strings.Repeat("x", 20_000)
	sheet := excelize.NewFile()
	for i := range 80 {
		if err := sheet.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &[]any{"uid", long + fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	book, err := sheet.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	points := slow.Times(100, 500)
	for name, text := range map[string][]byte{"csv": []byte(csv.String()), "xlsx": book.Bytes()} {
		t.Run(name, func(t *testing.T) {
			for n := range points {
				ctx, cancel := context.WithCancelCause(t.Context())
				in := &stopping{bytes.NewReader(text), len(text) * n / points, func() { cancel(errInterrupted) }}
				if _, err := Read(ctx, []string{"-"}, Options{Stdin: in}); !errors.Is(err, errInterrupted) {
					t.Fatalf("behind %d of %d parts: %v", n, points, err)
				}
			}
		})
	}
}

// TestGivesUpSheetsWithoutUID reads sheets that are so long that they are
// unpacked ahead, and gives them up after the header.
func TestGivesUpSheetsWithoutUID(t *testing.T) {
	t.Parallel()
	var rows [][]any
	for i := range 80 {
		rows = append(rows, []any{"person", strings.Repeat("x", 20_000) + fmt.Sprint(i)})
	}
	path := book(t, rows, nil)
	for range slow.Times(6, 30) {
		if _, err := Read(t.Context(), []string{path}, Options{}); err == nil || !strings.Contains(err.Error(), "uid") {
			t.Fatal(err)
		}
	}
}

// TestStopsWaitingForOthers interrupts a run whose source says nothing.
func TestStopsWaitingForOthers(t *testing.T) {
	silent, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		io.WriteString(w, "uid\nanna\n") //nolint:errcheck // nobody reads on
		cancel(errInterrupted)
	}()
	if _, err := Read(ctx, []string{"-"}, Options{Stdin: silent}); !errors.Is(err, errInterrupted) {
		t.Error(err)
	}
	if _, err := input.Await(ctx, func() (int, error) { select {} }); !errors.Is(err, errInterrupted) {
		t.Error(err)
	}
}

func TestLinesWithoutEnd(t *testing.T) {
	endless := write(t, "users.jsonl", `{"uid":"`+strings.Repeat("x", 2*delimited.MaxRecord)+"\n")
	if _, err := Read(t.Context(), []string{endless}, Options{}); err == nil || !strings.Contains(err.Error(),
		"line 1 is not a JSON object of a user (it is longer than 8,388,608 bytes)") {
		t.Error(err)
	}
}
