package verify

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/report"
	"cometsync/report/comma"
)

const missing = "it is missing"

// compare compares a file of the report with what it should be, and says where they
// differ first; "" is nowhere. By is what says how it should be; "" is a file that holds
// private values, of which nothing may be shown.
func (a *audit) compare(name string, write func(io.Writer) error, by string) (problem string, err error) {
	sum, is := a.have[name]
	if !is {
		return missing, nil
	}
	hash := sha256.New()
	if err := write(hash); err != nil {
		return "", fmt.Errorf("rendering %s again: %w", name, err)
	}
	if fmt.Sprintf("%x", hash.Sum(nil)) == sum {
		return "", nil
	}
	f, err := os.Open(filepath.Join(a.dir, name))
	if err != nil {
		return "", fmt.Errorf("auditing %s: %w", name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return "", fmt.Errorf("auditing %s: %w", name, err)
	case info.Size() == 0:
		return "it is empty", nil
	case filepath.Ext(name) == ".xlsx":
		return differingBook(f, info.Size(), write, by)
	}
	want, to := io.Pipe()
	defer want.Close()
	go func() { to.CloseWithError(write(to)) }()
	if filepath.Ext(name) == ".csv" {
		return differingRow(f, want, name == report.RejectsName, by), nil
	}
	return differingLine(bufio.NewReader(f), bufio.NewReader(want), by), nil
}

// differingRow says in which row and column a table differs, and in what. Of rejects,
// which hold private values, it shows nothing but what should be after them.
func differingRow(got, want io.Reader, rejects bool, by string) string {
	is, should := comma.NewReader(got), comma.NewReader(want)
	following := ""
	if by != "" {
		following = " by " + by
	}
	var header []string
	for row := 0; ; row++ {
		have, err := is.Read()
		cells, end := should.Read()
		switch {
		case err == io.EOF && end == io.EOF:
			return "it is written in another way"
		case err == io.EOF:
			return fmt.Sprintf("it ends after %s, and there are more%s", phrase.Counted(max(row-1, 0), "row"), following)
		case err != nil:
			return fmt.Sprintf("row %d can't be read: %v", row, err)
		case end != nil:
			return fmt.Sprintf("row %d: there is no such row%s", row, following)
		case row == 0 && !slices.Equal(have, cells):
			return "its header is not the one that belongs to it"
		case row == 0:
			header = slices.Clone(cells)
		case len(have) != len(cells):
			return fmt.Sprintf("row %d has %s, and should have %d", row, phrase.Counted(len(have), "cell"), len(cells))
		}
		for i, name := range header {
			switch own := rejects && i < len(header)-len(report.AddedColumns); {
			case have[i] == cells[i]:
			case own || by == "":
				return fmt.Sprintf("row %d: %s is not as it should be", row, name)
			case rejects:
				return fmt.Sprintf("row %d: by %s, %s is %q", row, by, name, shortly(cells[i]))
			default:
				of := strings.TrimSpace(strings.Join(cells[:min(2, len(cells))], " "))
				return fmt.Sprintf("row %d (%s): %s is %q, and by %s %q", row, of, name, shortly(have[i]), by, shortly(cells[i]))
			}
		}
	}
}

var (
	keyOf       = regexp.MustCompile(`"([^"\\]+)": ?[^:]*$`)
	operationOf = regexp.MustCompile(`^ *,?\{"op":"([a-z]+)","uid":"([^"\\]*)"`)
)

func differingLine(got, want *bufio.Reader, by string) string {
	for line := 1; ; line++ {
		is, err := got.ReadBytes('\n')
		should, end := want.ReadBytes('\n')
		if bytes.Equal(is, should) && err == nil && end == nil {
			continue
		}
		text := fmt.Sprintf("line %d", line)
		if of := operationOf.FindSubmatch(should); of != nil {
			text += fmt.Sprintf(" (%s %s)", of[1], of[2])
		}
		same := 0
		for same < min(len(is), len(should)) && is[same] == should[same] {
			same++
		}
		key := keyOf.FindSubmatchIndex(is[:same])
		switch {
		case same == len(is):
			return text + ": it ends there, and more belongs to it"
		case same == len(should):
			return text + ": it goes on there, and should end"
		case by == "" && key != nil:
			return fmt.Sprintf("%s: %s is not as it should be", text, is[key[2]:key[3]])
		case by == "":
			return text + " is not as it should be"
		}
		from := max(0, same-shownBefore)
		if key != nil {
			from = key[0]
		}
		for from > 0 && is[from]&0xC0 == 0x80 { // within a character
			from--
		}
		return fmt.Sprintf("%s: it says %s; by %s: %s", text, shortly(string(is[from:])), by, shortly(string(should[from:])))
	}
}

func shortly(s string) string {
	return phrase.Visible(phrase.Shorten(strings.TrimRight(strings.TrimSpace(s), ","), shownText))
}

// shownBefore is how many bytes before the first that differs are shown,
// and shownText how many characters in all.
const (
	shownBefore = 30
	shownText   = 80
)
