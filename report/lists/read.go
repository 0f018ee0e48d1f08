package lists

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/comma"
)

// ReadPlaces reads users.csv: where each user without an operation was left.
func ReadPlaces(r io.Reader) (*plan.Places, error) {
	places, in := &plan.Places{}, comma.NewReader(r)
	for row := 0; ; row++ {
		cells, err := in.Read()
		switch {
		case err == io.EOF:
			return places, nil
		case err != nil:
			return nil, fmt.Errorf("row %d: %w", row, err)
		case row == 0 || len(cells) < 2 || new(plan.Verb).UnmarshalText([]byte(cells[1])) == nil:
			continue // what does not belong there is found where the file is compared
		}
		var at plan.Place
		if err := at.UnmarshalText([]byte(cells[1])); err != nil {
			return nil, fmt.Errorf("row %d: %s: %w", row, cells[0], err)
		}
		uid, _ := user.Undefuse(cells[0])
		name := ""
		if len(cells) > 2 { // earlier versions wrote none
			name, _ = user.Undefuse(cells[2])
		}
		places.Add(uid, name, at)
	}
}

// ReadRejects gives rejects their own cells out of rejects.csv, where there is no plan
// that has them.
func ReadRejects(r io.Reader, rejects []user.Reject) error {
	in := comma.NewReader(r)
	var header []string
	for i := -1; i < len(rejects); i++ {
		row, err := in.Read()
		n := len(row) - len(report.AddedColumns)
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("row %d: %w", i+1, err)
		case n < 0:
			return fmt.Errorf("row %d: there are %s", i+1, phrase.Counted(len(row), "cell"))
		case i < 0:
			if header = slices.Clone(row[:n]); n > 0 && header[n-1] == report.ExtraColumn {
				header = header[:n-1]
			}
			continue
		}
		x := &rejects[i]
		x.Header, x.Cells = header, slices.Clone(row[:n])
		_, x.Was = user.CutMark(row[len(row)-1])
	}
	return nil
}

// UsersFrom gives, in order, so many users of users.csv of a report directory whose uid
// begins with a text, and their names: the first ones, and the last of all, so what all
// of them begin with is what these do. Of what can't be read there are none.
func UsersFrom(dir, prefix string, most int) (users [][2]string) {
	f, err := os.Open(filepath.Join(dir, report.UsersName))
	if err != nil {
		return nil
	}
	defer f.Close()
	var rows, last []byte
	lines := bufio.NewScanner(f)
	for n := 0; lines.Scan(); {
		switch row := lines.Bytes(); { // a uid begins with no quote but one of CSV, or of ours
		case !bytes.HasPrefix(bytes.TrimLeft(row, `"'`), []byte(prefix)) || bytes.HasPrefix(row, []byte(comma.ByteOrderMark)):
			continue
		case n < most-1:
			rows = append(append(rows, row...), '\n')
		default:
			last = append(last[:0], row...)
		}
		n++
	}
	for in := comma.NewReader(bytes.NewReader(append(rows, last...))); ; {
		cells, err := in.Read()
		if err != nil {
			return users
		}
		if len(cells) > 2 { // earlier versions wrote no name
			uid, _ := user.Undefuse(cells[0])
			name, _ := user.Undefuse(cells[2])
			users = append(users, [2]string{uid, name})
		}
	}
}

// PlaceOf is where the plan left a user, by users.csv of a report directory;
// not itemized is a report that has no such file. No place is somebody whom the
// run did not know, or a user with an operation.
func PlaceOf(dir, uid string) (place plan.Place, itemized bool, err error) {
	f, err := os.Open(filepath.Join(dir, report.UsersName))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer f.Close()
	places, err := ReadPlaces(f)
	if err != nil {
		return 0, false, fmt.Errorf("%s: %w", f.Name(), err)
	}
	for left := range places.All() {
		if left.UID == uid {
			place = left.Place
		}
	}
	return place, true, nil
}
