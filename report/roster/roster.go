// Package roster writes the users of an app so that they read back as a roster. It
// refuses to know of runs and their reports.
package roster

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/report/comma"
	"cometsync/report/sheet"
)

// userColumns are the columns of exported users, under the names by which
// the importer knows them.
var userColumns = []user.Field{
	user.UID, user.Name, user.Avatar, user.Link, user.Role, user.Tags,
	user.StatusMessage, user.State, user.Metadata, user.CreatedAt, user.LastActiveAt,
}

// Write writes remote users as csv, xlsx or jsonl, in the order that they
// have. What it writes reads back as a roster that asks for no change; as
// jsonl it is also what a sandbox starts from.
func Write(w io.Writer, format string, users []user.User, made time.Time) error {
	switch format {
	case "csv":
		return usersCSV(w, users)
	case "xlsx":
		return usersXLSX(w, users, made)
	case "jsonl":
		return usersJSON(w, users)
	}
	return fmt.Errorf("no format %q", format)
}

// userCell is a field as the importer reads it back.
func userCell(u *user.User, f user.Field) string {
	switch f {
	case user.Tags:
		for _, t := range u.Tags {
			if strings.ContainsAny(t, "|;,") || strings.HasPrefix(t, "[") {
				return user.JSON(u.Tags)
			}
		}
		return strings.Join(u.Tags, "|")
	case user.State:
		if u.State == user.Deactivated {
			return "deactivated"
		}
		return "active"
	case user.Metadata:
		return u.Metadata
	case user.CreatedAt:
		return seconds(u.CreatedAt)
	case user.LastActiveAt:
		return seconds(u.LastActiveAt)
	}
	return u.String(f)
}

func seconds(t int64) string {
	if t == 0 {
		return ""
	}
	return strconv.FormatInt(t, 10)
}

func usersCSV(w io.Writer, users []user.User) error {
	cells := make([]string, len(userColumns))
	for i, f := range userColumns {
		cells[i] = f.String()
	}
	c := comma.New(w, cells...)
	for i := range users {
		for j, f := range userColumns {
			cells[j] = user.Defuse(userCell(&users[i], f))
		}
		c.Record(cells)
	}
	return c.Flush()
}

func usersXLSX(w io.Writer, users []user.User, made time.Time) (err error) {
	if len(users) >= sheet.MaxRows {
		return fmt.Errorf("%s users are more than a sheet has room for; export them as csv or jsonl", phrase.Thousands(len(users)))
	}
	b, err := sheet.New("cometsync export", made, nil)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, b.Close()) }()
	all := sheet.Sheet{Name: "Users", Frozen: 2, Rows: len(users), Write: func(s *sheet.Rows) {
		for i := 0; i < len(users); i += s.Step(len(users)) {
			for col, f := range userColumns {
				s.Editable(col, sheetText(userCell(&users[i], f)), s.Styles.Text) // text, always: a uid is not a number
			}
			if !s.End() {
				return
			}
		}
	}}
	for _, f := range userColumns {
		all.Columns = append(all.Columns, sheet.Column{f.String(), 50})
	}
	if err := b.Add(all); err != nil {
		return err
	}
	return b.Write(w)
}

// sheetText is a text as a workbook can hold it so that it reads back: what
// already has a spreadsheet's apostrophe gets another one, and control
// characters, which XML can't hold and the importer takes out, are left out.
func sheetText(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\r':
			return '\n'
		case c < ' ' && c != '\t' && c != '\n':
			return -1
		}
		return c
	}, user.Verbatim(s))
}

// userJSON is a user in the API's form.
type userJSON struct {
	UID           string          `json:"uid"`
	Name          string          `json:"name"`
	Avatar        string          `json:"avatar,omitempty"`
	Link          string          `json:"link,omitempty"`
	Role          string          `json:"role,omitempty"`
	StatusMessage string          `json:"statusMessage,omitempty"`
	Tags          []string        `json:"tags,omitempty"`
	Metadata      json.RawMessage `json:"metadata,omitempty"`
	CreatedAt     int64           `json:"createdAt,omitempty"`
	UpdatedAt     int64           `json:"updatedAt,omitempty"`
	LastActiveAt  int64           `json:"lastActiveAt,omitempty"`
	DeactivatedAt int64           `json:"deactivatedAt,omitempty"`
}

func usersJSON(w io.Writer, users []user.User) error {
	b := bufio.NewWriterSize(w, 64<<10)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	for i := range users {
		u := &users[i]
		j := userJSON{
			UID: u.UID, Name: u.Name, Avatar: u.Avatar, Link: u.Link, Role: u.Role, StatusMessage: u.StatusMessage, Tags: u.Tags,
			CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, LastActiveAt: u.LastActiveAt, DeactivatedAt: u.DeactivatedAt,
		}
		if u.Metadata != "" {
			j.Metadata = json.RawMessage(u.Metadata)
		}
		if u.State == user.Deactivated && j.DeactivatedAt == 0 {
			// The service need not say since when; that it is so must not be lost.
			j.DeactivatedAt = max(1, u.UpdatedAt)
		}
		if err := e.Encode(j); err != nil {
			return fmt.Errorf("%s: %w", u.UID, err)
		}
	}
	return b.Flush()
}
