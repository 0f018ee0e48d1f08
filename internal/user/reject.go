package user

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"cometsync/internal/notice"
)

// Defect is one thing that is wrong with a row.
type Defect struct {
	Column  string `json:"column"` // the header as the source spells it; "" where it is the row as a whole
	Code    Code   `json:"code,omitzero"`
	Message string `json:"message"`          // what is wrong and what to do about it
	Value   string `json:"value"`            // the cell as it was read
	Private bool   `json:"private,omitzero"` // the cell is of a @private column: reports mask the value
}

// Reject is a row that can't be used, with everything that is wrong with it.
type Reject struct {
	Source  Source
	UID     string  // normalised; "" while no valid uid can be read from the row
	Claims  []Claim // whom else it may stand for; of them a saved plan has the second keys alone, without values
	Defects []Defect
	Header  []string // the source's own columns; shared between rejects
	Cells   []string // the row as it was read
	Was     string   // of a row that stands for one of a source and can't be used either: that one's mark; see Mark
}

// String is the reject on one line: place, column, value, message.
func (r Reject) String() string {
	if len(r.Defects) == 0 {
		return r.Source.String()
	}
	d := r.Defects[0]
	if d.Column == "" {
		return fmt.Sprintf("%s: %s", r.Source, d.Message)
	}
	if d.Private || d.Value == "" {
		return fmt.Sprintf("%s:%s: %s", r.Source, d.Column, d.Message)
	}
	return fmt.Sprintf("%s:%s: %q: %s", r.Source, d.Column, d.Value, d.Message)
}

// Notice is something that the reader should know and that stops nothing.
type Notice struct {
	Code    notice.Code `json:"code"`
	Message string      `json:"message"`
	Count   int         `json:"count,omitzero"` // how many rows or cells it is about; 0 where it does not apply
}

// File is one source as it was read.
type File struct {
	Path     string `json:"path"`
	SHA256   string `json:"sha256"` // of the bytes as they lie on disk, in hexadecimal
	Format   string `json:"format"` // csv, tsv, xlsx; with .gz where it was compressed
	Sheet    string `json:"sheet,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Rows     int    `json:"rows"`
}

// Mapping is a column that was understood.
type Mapping struct {
	File   string `json:"file"`
	Header string `json:"header"`
	Field  string `json:"field"`
}

// Intake is what became of the rows of all sources of one run. Every row is
// one of Users, Duplicates, Rejected: Rows is their sum.
type Intake struct {
	Files          []File    `json:"files"`
	Rows           int       `json:"rows"`
	Users          int       `json:"users"`
	Duplicates     int       `json:"duplicates"`
	Rejected       int       `json:"rejected"`
	IgnoredColumns []string  `json:"ignoredColumns"`
	Columns        []Mapping `json:"columns"` // the columns that were understood, in each source's order
	Managed        []string  `json:"managed"` // the columns that were mapped, by canonical name, in order
	Notices        []Notice  `json:"notices"`
	Rejects        Rejects   `json:"rejects"`   // one for each rejected row, in source order
	EndsEarly      []string  `json:"endsEarly"` // sources that were cut off, each with what shows it; a guard refuses them
	// sheets that were not read and may hold people: while there is one, nobody is known to be absent
	LeftOut []string `json:"leftOut,omitempty"`
}

// Unreadable says how many rejects have no readable uid, and gives the first.
func (in *Intake) Unreadable() (n int, first *Reject) {
	for i, x := range in.Rejects.All() {
		if x.UID == "" {
			if first == nil {
				own := in.Rejects.At(i)
				first = &own
			}
			n++
		}
	}
	return n, first
}

// A rejected row is corrected outside of the program and comes back. Its place is
// only a number, which is another row's once the source is exported again, and
// its cells are there to be changed. So the row goes out with a mark of what it
// was, and the row that is at its place has that mark or is another one.

const (
	markBytes = 6
	markBegin = "[row "
)

// Mark tells the row of a reject from others at its place: a hash of the row's
// number and its cells. It does not depend on where the source lies. Bytes that
// are not text are not part of it: a saved plan does not keep them.
func (r *Reject) Mark() string {
	if r.Was != "" {
		return r.Was
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d", r.Source.Row)
	for _, c := range r.Cells {
		c = strings.ReplaceAll(strings.ToValidUTF8(c, ""), "\uFFFD", "")
		fmt.Fprintf(h, ",%d:%s", len(c), c) // the length, or two cells could be as another two
	}
	return hex.EncodeToString(h.Sum(nil)[:markBytes])
}

// WithMark is a message that ends with a row's mark.
func WithMark(message, mark string) string {
	if message != "" {
		message += " "
	}
	return message + markBegin + mark + "]"
}

// CutMark takes the mark out of a message, whatever somebody has written
// around it; of several the last. mark is "" if there is none.
func CutMark(message string) (text, mark string) {
	for rest := message; ; {
		i := strings.LastIndex(rest, markBegin)
		if i < 0 {
			return message, ""
		}
		mark, after, ok := strings.Cut(message[i+len(markBegin):], "]")
		if raw, err := hex.DecodeString(mark); ok && err == nil && len(raw) == markBytes {
			return strings.TrimSuffix(message[:i], " ") + after, strings.ToLower(mark)
		}
		rest = rest[:i]
	}
}
