package input

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-faster/jx"
	exact "github.com/go-json-experiment/json"

	"cometsync/importer/charset"
	"cometsync/importer/delimited"
	"cometsync/internal/formats"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// userLine is a user as the API has it, one a line: what an export writes as
// JSON lines. Fields that a roster does not have are passed over.
type userLine struct {
	UID           string          `json:"uid"`
	Name          string          `json:"name"`
	Avatar        string          `json:"avatar"`
	Link          string          `json:"link"`
	Role          string          `json:"role"`
	Tags          []string        `json:"tags"`
	StatusMessage string          `json:"statusMessage"`
	Metadata      json.RawMessage `json:"metadata"`
	CreatedAt     int64           `json:"createdAt"`
	LastActiveAt  int64           `json:"lastActiveAt"`
	DeactivatedAt int64           `json:"deactivatedAt"`
}

// lineHeader are the columns that lines are rendered into.
var lineHeader = []string{"uid", "name", "avatar", "link", "role", "tags", "statusMessage", "state", "metadata", "createdAt",
	"lastActiveAt"}

// Lines renders JSON lines as CSV, a record for each line, below a
// header that is not a line of the file. A line that is not a user (it is blank, or
// declares a role) becomes a blank one, so that lines keep their numbers.
type Lines struct {
	in   *bufio.Reader
	text []byte
	out  bytes.Buffer
	line int
	err  error
	Keys LineKeys

	Padded bool // bytes are after the last line that are not text
}

type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string {
	return fmt.Sprintf("line %d is not a JSON object of a user (%v); correct it", e.line, e.err)
}

// NewLines renders the lines of a source.
func NewLines(path string, in io.Reader) (*Lines, error) {
	r := &Lines{in: bufio.NewReaderSize(in, 1<<16)}
	if _, err := r.in.Peek(1); err == io.EOF {
		return nil, Empty(path)
	}
	r.record(lineHeader)
	return r, nil
}

func (r *Lines) Read(p []byte) (int, error) {
	for r.out.Len() == 0 && r.err == nil {
		r.err = r.next()
	}
	if r.out.Len() == 0 {
		return 0, r.err
	}
	return r.out.Read(p)
}

// read reads a line, good until the next one is. No user is as long as what
// would have to be held of one without an end.
func (r *Lines) read() ([]byte, error) {
	r.text = r.text[:0]
	for {
		piece, err := r.in.ReadSlice('\n')
		r.text = append(r.text, piece...)
		switch {
		case err != bufio.ErrBufferFull:
			return r.text, err
		case len(r.text) > delimited.MaxRecord:
			return nil, &lineError{r.line + 1, phrase.Errorf("it is longer than %d bytes", delimited.MaxRecord)}
		}
	}
}

func (r *Lines) next() error {
	text, err := r.read()
	if err != nil && (err != io.EOF || len(text) == 0) {
		return err
	}
	r.line++
	whole := err == nil
	if r.line == 1 {
		text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	}
	text = bytes.TrimSpace(text)
	if end := charset.TextEnd(text); end < len(text) {
		if _, err := r.in.Peek(1); err == io.EOF {
			text, r.Padded = text[:end], true
		}
	}
	if len(text) == 0 {
		r.out.WriteByte('\n')
		return nil
	}
	var u userLine
	if err := json.Unmarshal(text, &u); err != nil {
		if !whole {
			return io.ErrUnexpectedEOF // the last line stops in the middle
		}
		if errors.As(err, new(*json.UnmarshalTypeError)) {
			err = cmp.Or(formats.Spoken(exact.Unmarshal(text, &u, exact.MatchCaseInsensitiveNames(true))), err)
		}
		return &lineError{r.line, err}
	}
	keys, err := uniqueKeys(text)
	if err != nil {
		return &lineError{r.line, err}
	}
	if u.UID == "" && u.Name != "" && u.Role != "" && u.CreatedAt == 0 {
		r.out.WriteByte('\n') // a role, as a sandbox keeps them
		return nil
	}
	for _, key := range keys {
		r.Keys.add(key)
	}
	state := "active"
	if u.DeactivatedAt > 0 {
		state = "deactivated"
	}
	tags, err := json.Marshal(u.Tags)
	if err != nil {
		return &lineError{r.line, err}
	}
	if len(u.Tags) == 0 {
		tags = nil
	}
	metadata := string(u.Metadata)
	if metadata == "null" {
		metadata = ""
	}
	r.record([]string{u.UID, u.Name, u.Avatar, u.Link, u.Role, string(tags), u.StatusMessage, state, metadata, seconds(u.CreatedAt),
		seconds(u.LastActiveAt)})
	return nil
}

// uniqueKeys looks for a key that appears twice in an object, in whatever
// case: encoding/json takes the last one and says nothing. Objects within it
// are metadata, which is looked at when the cell is.
func uniqueKeys(text []byte) (keys []string, err error) {
	d := jx.GetDecoder()
	defer jx.PutDecoder(d)
	d.ResetBytes(text)
	keys = make([]string, 0, 16)
	var twice error
	err = d.Obj(func(d *jx.Decoder, key string) error {
		for _, k := range keys {
			if strings.EqualFold(k, key) {
				twice = fmt.Errorf("the key %.100q appears twice in it", key)
				return twice
			}
		}
		keys = append(keys, key)
		return d.Skip()
	})
	if twice != nil {
		return nil, twice // without the decoder's words around it
	}
	return keys, err
}

// record writes cells so that reading, which undoes defusing, gives them back.
func (r *Lines) record(cells []string) {
	text := r.out.AvailableBuffer()
	for i, c := range cells {
		if i > 0 {
			text = append(text, ',')
		}
		text = delimited.AppendCell(text, []byte(user.Verbatim(c)), ',')
	}
	r.out.Write(append(text, '\n'))
}

func seconds(t int64) string {
	if t == 0 {
		return ""
	}
	return strconv.FormatInt(t, 10)
}
