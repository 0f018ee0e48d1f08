package report

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"

	"cometsync/internal/phrase"
)

// against is written what a file should be, and compares it with what the file is,
// as it comes, so that neither is in memory.
type against struct {
	in   *bufio.Reader // the file
	got  []byte
	at   int64 // bytes that are alike
	line int   // line breaks in them

	last   []byte // of them, the last
	want   []byte // what follows them in what is written, as much as is shown
	differ bool
}

// shownBytes is how much of what differs is looked at.
const shownBytes = 8 << 10

// errEnough ends a rendering of which nothing more is needed.
var errEnough = errors.New("the rest is not compared")

func newAgainst(r io.Reader) *against { return &against{in: bufio.NewReaderSize(r, 64<<10)} }

func (w *against) Write(b []byte) (int, error) {
	if w.differ {
		if w.want = append(w.want, b[:min(len(b), shownBytes)]...); len(w.want) >= shownBytes {
			return 0, errEnough
		}
		return len(b), nil
	}
	if cap(w.got) < len(b) {
		w.got = make([]byte, len(b))
	}
	n, err := io.ReadFull(w.in, w.got[:len(b)])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, err
	}
	got, same := w.got[:n], 0
	if bytes.Equal(got, b) {
		same = n
	} else {
		for same < n && got[same] == b[same] {
			same++
		}
		w.differ = true
		w.want = append(w.want, b[same:min(len(b), same+shownBytes)]...)
	}
	w.at += int64(same)
	w.line += bytes.Count(b[:same], []byte("\n"))
	if w.last = append(w.last, b[max(0, same-shownBytes):same]...); len(w.last) > 2*shownBytes {
		w.last = append(w.last[:0], w.last[len(w.last)-shownBytes:]...)
	}
	w.got = got[same:] // what follows in the file
	return len(b), nil
}

// end says whether the file is what was written, and nothing more; rest is what
// follows in it where it is not.
func (w *against) end() (alike bool, rest []byte, err error) {
	if w.differ {
		rest = w.got
	}
	more, err := w.in.Peek(shownBytes)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	rest = append(bytes.Clone(rest[:min(len(rest), shownBytes)]), more...)
	return !w.differ && len(rest) == 0, rest, err
}

const missing = "it is missing"

// compare compares a file of the report with what it should be, and says where
// they differ first; "" is nowhere. By is what says how it should be; "" is a file that
// holds private values, of which nothing may be shown.
func (a *audit) compare(name string, write func(io.Writer) error, by string) (problem string, err error) {
	f, err := a.open(name)
	if err != nil {
		return "", err
	}
	if f == nil {
		return missing, nil
	}
	defer f.Close()
	w := newAgainst(f)
	err = write(w)
	if err != nil && !errors.Is(err, errEnough) {
		return "", fmt.Errorf("rendering %s again: %w", name, err)
	}
	alike, rest, err := w.end()
	switch {
	case err != nil:
		return "", fmt.Errorf("auditing %s: %w", name, err)
	case alike:
		return "", nil
	case w.at == 0 && len(rest) == 0:
		return "it is empty", nil
	case path.Ext(name) == ".xlsx":
		return differingPart(f, write, by)
	case path.Ext(name) == ".csv":
		return w.record(f, name == rejectsName, by)
	}
	return w.place(rest, by), nil
}

var (
	keyOf       = regexp.MustCompile(`"([^"\\]+)": ?[^:]*$`)
	operationOf = regexp.MustCompile(`^ *,?\{"op":"([a-z]+)","uid":"([^"\\]*)"`)
)

// place says on which line a text differs, and in what.
func (w *against) place(rest []byte, by string) string {
	begun := w.last[bytes.LastIndexByte(w.last, '\n')+1:]
	upTo := func(b []byte) string {
		line, _, _ := bytes.Cut(b, []byte("\n"))
		return string(line)
	}
	got, want := upTo(rest), upTo(w.want)
	text := fmt.Sprintf("line %d", w.line+1)
	if of := operationOf.FindStringSubmatch(string(begun) + want); of != nil {
		text += fmt.Sprintf(" (%s %s)", of[1], of[2])
	}
	key := keyOf.FindSubmatchIndex(begun)
	switch {
	case len(rest) == 0:
		return text + ": it ends there, and more belongs to it"
	case len(w.want) == 0:
		return text + ": it goes on there, and should end"
	case by == "" && key != nil:
		return fmt.Sprintf("%s: %s is not as it should be", text, begun[key[2]:key[3]])
	case by == "":
		return text + " is not as it should be"
	}
	from := max(0, len(begun)-shownBefore)
	if key != nil {
		from = key[0]
	}
	for from > 0 && begun[from]&0xC0 == 0x80 { // within a character
		from--
	}
	lead := string(begun[from:])
	return fmt.Sprintf("%s: it says %s; by %s: %s", text, shortly(lead+got), by, shortly(lead+want))
}

// following says by what.
func following(by string) string {
	if by == "" {
		return ""
	}
	return " by " + by
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

// record says in which row and column a table differs, and in what. Of rejects,
// which hold private values, it shows nothing but what should be behind them.
func (w *against) record(f *os.File, rejects bool, by string) (string, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	in := newCells(f)
	var header, got []string
	var begun int64
	row := -1
	for in.at <= w.at {
		begun = in.at
		cells, err := in.next()
		row++
		if err == io.EOF {
			return fmt.Sprintf("it ends after %s, and there are more%s", phrase.Counted(max(row-1, 0), "row"), following(by)), nil
		}
		if err != nil {
			return fmt.Sprintf("row %d can't be read: %v", row, err), nil
		}
		if got = append(got[:0], cells...); row == 0 {
			header = append(header, cells...)
		}
	}
	if row == 0 {
		return "its header is not the one that belongs to it", nil
	}
	if len(w.want) == 0 {
		return fmt.Sprintf("row %d: there is no such row%s", row, following(by)), nil
	}
	lead := min(w.at-begun, int64(len(w.last)))
	want, err := newCells(io.MultiReader(bytes.NewReader(w.last[int64(len(w.last))-lead:]), bytes.NewReader(w.want))).next()
	if err != nil && err != io.EOF && len(want) == 0 || len(want) != len(got) || len(want) != len(header) {
		return fmt.Sprintf("row %d has %s, and should have %d", row, phrase.Counted(len(got), "cell"), len(header)), nil
	}
	for i, name := range header {
		switch own := rejects && i < len(header)-len(placeColumns); {
		case got[i] == want[i]:
		case own || by == "":
			return fmt.Sprintf("row %d: %s is not as it should be", row, name), nil
		case rejects:
			return fmt.Sprintf("row %d: by %s, %s is %q", row, by, name, shortly(want[i])), nil
		default:
			of := strings.TrimSpace(strings.Join(want[:min(2, len(want))], " "))
			return fmt.Sprintf("row %d (%s): %s is %q, and by %s %q", row, of, name, shortly(got[i]), by, shortly(want[i])), nil
		}
	}
	return fmt.Sprintf("row %d is written in another way", row), nil
}

// differingPart says in which part a workbook differs. One that is packed in
// another way, and says the same, does not.
func differingPart(f *os.File, write func(io.Writer) error, by string) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	got, err := zip.NewReader(f, info.Size())
	if err != nil {
		return "it is no workbook", nil
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
	if info, err = should.Stat(); err != nil {
		return "", err
	}
	want, err := zip.NewReader(should, info.Size())
	if err != nil {
		return "", err
	}
	for i, part := range want.File {
		if i >= len(got.File) || got.File[i].Name != part.Name {
			return fmt.Sprintf("it has no part %s where that belongs", part.Name), nil
		}
		if problem, err := comparePart(got.File[i], part, sheetOf(want, part.Name), by); problem != "" || err != nil {
			return problem, err
		}
	}
	if n := len(want.File); len(got.File) > n {
		return fmt.Sprintf("it has a part that does not belong to it: %s", got.File[n].Name), nil
	}
	return "", nil
}

// sheetOf is the name of the sheet that a part of a workbook is, else the part's.
func sheetOf(book *zip.Reader, part string) string {
	var n int
	if _, err := fmt.Sscanf(part, "xl/worksheets/sheet%d.xml", &n); err != nil {
		return "part " + part
	}
	f, err := book.Open("xl/workbook.xml")
	if err != nil {
		return "part " + part
	}
	defer f.Close()
	text, _ := io.ReadAll(f)
	if names := sheetNames.FindAllSubmatch(text, n); len(names) == n {
		return "sheet " + string(names[n-1][1])
	}
	return "part " + part
}

func comparePart(got, want *zip.File, name string, by string) (string, error) {
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
	w := newAgainst(in)
	if _, err = io.Copy(w, from); err != nil && !errors.Is(err, errEnough) {
		return fmt.Sprintf("%s can't be read: %v", name, err), nil
	}
	alike, rest, err := w.end()
	if err != nil {
		return fmt.Sprintf("%s can't be read: %v", name, err), nil
	}
	if alike {
		return "", nil
	}
	begun := w.last[bytes.LastIndexByte(w.last, '>')+1:]
	text, end := name, "<"
	if at := cellOf.FindAllSubmatchIndex(w.last, -1); len(at) > 0 {
		last := at[len(at)-1]
		text, end, begun = fmt.Sprintf("%s, cell %s", name, w.last[last[2]:last[3]]), "</c>", w.last[last[0]:]
	}
	if by == "" {
		return text + ": it is not as it should be", nil
	}
	shown := func(more []byte) string {
		cell, _, _ := strings.Cut(string(begun)+string(more), end)
		return shortly(markup.ReplaceAllString(cell, ""))
	}
	if is, should := shown(rest), shown(w.want); is != should {
		return fmt.Sprintf("%s: it says %q, and by %s %q", text, is, by, should), nil
	}
	return fmt.Sprintf("%s: it is laid out in another way than follows from %s", text, by), nil
}

var (
	sheetNames = regexp.MustCompile(`<sheet name="([^"]*)"`)

	cellOf = regexp.MustCompile(`<c r="([A-Z]+[0-9]+)"`)
	markup = regexp.MustCompile(`<[^>]*>?`)
)
