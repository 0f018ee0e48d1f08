package sheet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/input"
	"cometsync/internal/phrase"
	"cometsync/internal/workbook"
)

// maxLocked is how large an encrypted workbook may be, which is opened in memory.
const maxLocked = 256 << 20

// unlocked is a workbook's archive, or what the file is if it is none.
func unlocked(path string, in io.ReaderAt, size int64, password string) (io.ReaderAt, int64, error) {
	head := make([]byte, min(size, 1<<20))
	if _, err := in.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, 0, fmt.Errorf("%s: %w; try again", path, err)
	}
	if !bytes.HasPrefix(head, input.OLE) {
		return in, size, nil
	}
	locked, old := hasStream(in, head, "EncryptedPackage"), hasStream(in, head, "Workbook") || hasStream(in, head, "Book")
	switch {
	case old && !locked:
		return nil, 0, fmt.Errorf("%s: is an old .xls workbook; open it in a spreadsheet program and save it as .xlsx", path)
	case !locked:
		return nil, 0, fmt.Errorf("%s: is an old .xls workbook or an encrypted one; save it as .xlsx without a password", path)
	case password == "":
		return nil, 0, fmt.Errorf("%s: the workbook is encrypted; save it without a password, or name a file that holds its password with "+
			"--password-file", path)
	case size > maxLocked:
		return nil, 0, phrase.Errorf("%s: the workbook is encrypted and takes %d bytes, and at most %d can be opened so; save it "+
			"without a password", path, size, maxLocked)
	}
	data := make([]byte, size)
	if _, err := in.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, 0, fmt.Errorf("%s: %w; try again", path, err)
	}
	open, err := decrypt(data, password)
	switch {
	case errors.Is(err, excelize.ErrWorkbookPassword):
		return nil, 0, fmt.Errorf("%s: the password in --password-file does not open the workbook; correct it", path)
	case err != nil:
		return nil, 0, fmt.Errorf("%s: the encrypted workbook can't be opened (%w); save it without a password", path, err)
	case !bytes.HasPrefix(open, []byte("PK")):
		return nil, 0, fmt.Errorf("%s: the password in --password-file does not open the workbook, or it is not an .xlsx; correct it, or "+
			"save it without a password", path)
	}
	return bytes.NewReader(open), int64(len(open)), nil
}

// decrypt opens an encrypted workbook. What excelize makes of a damaged one is
// an error at best.
func decrypt(data []byte, password string) (open []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("it is damaged")
		}
	}()
	return excelize.Decrypt(data, &excelize.Options{Password: password})
}

// hasStream reports whether a container has a stream of a name: in its first
// megabyte, or where it says that its directory is.
func hasStream(in io.ReaderAt, head []byte, name string) bool {
	var wide []byte
	for i := range len(name) {
		wide = append(wide, name[i], 0)
	}
	if bytes.Contains(head, wide) {
		return true
	}
	if len(head) < 52 {
		return false
	}
	sector := int64(1) << (binary.LittleEndian.Uint16(head[30:]) & 15)
	at := (int64(binary.LittleEndian.Uint32(head[48:])) + 1) * sector
	directory := make([]byte, 16<<10)
	n, _ := in.ReadAt(directory, at)
	return bytes.Contains(directory[:n], wide)
}

// Open opens a workbook, with a password if it is encrypted.
func Open(path string, raw *input.Archive, password string) (*workbook.Book, error) {
	open, size, err := unlocked(path, raw, raw.Size, password)
	if err != nil {
		return nil, err
	}
	book, err := workbook.Open(open, size, workbook.Usual())
	if err != nil {
		return nil, Unusable(path, err)
	}
	return book, nil
}

// Unusable is the error of a workbook that can't be read at all.
func Unusable(where string, err error) error {
	var other *workbook.OtherError
	var over *workbook.LimitError
	switch {
	case errors.As(err, &other):
		return fmt.Errorf("%s: %w; save it as .xlsx or .csv", where, err)
	case errors.As(err, &over):
		return fmt.Errorf("%s: %w; is it a roster?", where, err)
	}
	return fmt.Errorf("%s: the workbook is damaged (%w); export or copy it again", where, err)
}
