package verify

import (
	"archive/zip"
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
		return differingPart(f, info.Size(), write, by)
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

// differingLine says on which line a text differs, and in what.
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

// differingPart says in which part a workbook differs. One that is packed in
// another way, and says the same, does not.
func differingPart(f *os.File, size int64, write func(io.Writer) error, by string) (string, error) {
	got, err := zip.NewReader(f, size)
	if err != nil {
		return "it is not a workbook", nil
	}
	should, err := os.CreateTemp("", "cometsync-verify-")
	if err != nil {
		return "", err
	}
	defer os.Remove(should.Name())
	defer should.Close()
	if err := write(should); err != nil {
		return "", err
	}
	if size, err = should.Seek(0, io.SeekEnd); err != nil {
		return "", err
	}
	want, err := zip.NewReader(should, size)
	if err != nil {
		return "", err
	}
	for i, part := range want.File {
		if i >= len(got.File) || got.File[i].Name != part.Name {
			return fmt.Sprintf("it has no part %s where that belongs", part.Name), nil
		}
		if problem, err := differingCell(got.File[i], part, sheetOf(want, part.Name), by); problem != "" || err != nil {
			return problem, err
		}
	}
	if n := len(want.File); len(got.File) > n {
		return fmt.Sprintf("it has a part that does not belong to it: %s", got.File[n].Name), nil
	}
	return "", nil
}

var (
	sheetNames = regexp.MustCompile(`<sheet name="([^"]*)"`)
	cellOf     = regexp.MustCompile(`^<c r="([A-Z]+[0-9]+)"`)
)

// sheetOf is the name of the sheet that a part of a workbook is, else the part's.
func sheetOf(book *zip.Reader, part string) string {
	var n int
	if _, err := fmt.Sscanf(part, "xl/worksheets/sheet%d.xml", &n); err == nil {
		if f, err := book.Open("xl/workbook.xml"); err == nil {
			defer f.Close()
			text, _ := io.ReadAll(f)
			if names := sheetNames.FindAllSubmatch(text, n); len(names) == n {
				return "sheet " + string(names[n-1][1])
			}
		}
	}
	return "part " + part
}

// differingCell says in which cell a part differs, and in what.
func differingCell(got, want *zip.File, name, by string) (string, error) {
	in, err := got.Open()
	if err != nil {
		return fmt.Sprintf("%s can't be read: %v", name, err), nil
	}
	defer in.Close()
	from, err := want.Open()
	if err != nil {
		return "", err
	}
	defer from.Close()
	is, should := bufio.NewReaderSize(in, 64<<10), bufio.NewReaderSize(from, 64<<10)
	for at := name; ; {
		tag, err := is.ReadBytes('>')
		other, end := should.ReadBytes('>')
		if err != nil && err != io.EOF {
			return fmt.Sprintf("%s can't be read: %v", at, err), nil
		}
		if cell := cellOf.FindSubmatch(other); cell != nil {
			at = name + ", cell " + string(cell[1])
		}
		if bytes.Equal(tag, other) {
			if end != nil {
				return "", nil
			}
			continue
		}
		switch said, expected := restOf(is, tag), restOf(should, other); {
		case by == "":
			return at + ": it is not as it should be", nil
		case said != expected:
			return fmt.Sprintf("%s: it says %q, and by %s %q", at, shortly(said), by, shortly(expected)), nil
		default:
			return fmt.Sprintf("%s: it is laid out in another way than follows from %s", at, by), nil
		}
	}
}

var markup = regexp.MustCompile(`<[^>]*>`)

// restOf is what a cell says from a tag on.
func restOf(part *bufio.Reader, tag []byte) string {
	for err := error(nil); err == nil && !bytes.HasSuffix(tag, []byte("</c>")) && !bytes.HasSuffix(tag, []byte("/>")); {
		var more []byte
		more, err = part.ReadBytes('>')
		tag = append(tag, more...)
	}
	return markup.ReplaceAllString(string(tag), "")
}
