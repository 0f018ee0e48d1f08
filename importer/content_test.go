package importer

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/input"
)

func TestByContent(t *testing.T) {
	data, err := os.ReadFile(book(t, [][]any{{"uid", "name"}, {"anna", "Anna"}}, nil))
	if err != nil {
		t.Fatal(err)
	}
	archive := func(files ...string) string {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, name := range files {
			if _, err := z.Create(name); err != nil {
				t.Fatal(err)
			}
		}
		z.Close()
		return out.String()
	}
	for name, c := range map[string][2]string{
		"book.csv": {string(data), "xlsx"}, "book.xls": {string(data), "xlsx"}, "book.txt": {string(data), "xlsx"},
		"book.csv.gz": {zipped(t,
			string(data)), "xlsx.gz"}, "book.ods": {string(data), "xlsx"},
		"text.xlsx": {"uid,name\nanna,Anna\n", "csv"}, "text.xls": {"uid\tname\nanna\tAnna\n", "csv"}, "text.xlsm.gz": {zipped(t,
			"uid;name\nanna;Anna\n"), "csv.gz"},
	} {
		r := mustRead(t, Options{}, write(t, name, c[0]))
		if got := show(t, r); !strings.HasPrefix(got, `2 anna name="Anna"`) || !strings.Contains(got, "notice format 0") ||
			r.Intake().Files[0].Format != c[1] {
			t.Errorf("%s: %s %+v", name, got, r.Intake().Files)
		}
	}
	r := mustRead(t, Options{Stdin: bytes.NewReader(data)}, "-")
	if got := show(t, r); got != `2 anna name="Anna"`+"\n" && got != `2 anna name="Anna"` {
		t.Errorf("standard input: %q", got)
	}
	var packed strings.Builder
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, "uid,name\nanna,Anna\n")
	z.Close()
	ole := string(input.OLE) + strings.Repeat("\x00", 600)
	for _, c := range [][3]string{
		{"page.xls", "\uFEFF \n<HTML><table><tr><td>uid", "is an HTML page, as programs of the web export it, whatever its name says; " +
			"open it in a spreadsheet program and save it as .xlsx or .csv"},
		{"page.csv", "<!DOCTYPE html><p>log in", "is an HTML page"},
		{"table.xls", "<table><tr>", "is an HTML table"},
		{"old.xls", `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook ` +
			`xmlns="urn:schemas-microsoft-com:office:spreadsheet">`, "is an XML spreadsheet of 2003"},
		{"flat.ods", `<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">`,
			"is a flat OpenDocument file"},
		{"data.csv", `<?xml version="1.0"?><users/>`, "is an XML file"},
		{"doc.xlsx", "%PDF-1.7", "is a PDF"},
		{"staff.xls", ole + "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00\x00\x00",
			"is an old .xls workbook; open it in a spreadsheet program and save it as .xlsx"},
		{"staff.csv", ole + "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00\x00\x00", "is an old .xls workbook"},
		{"staff.ods", archive("mimetype", "content.xml"), "is an OpenDocument file (.ods); save it as .xlsx or .csv"},
		{"staff.numbers", archive("Index/Document.iwa"), "is a Numbers document (.numbers); save it as .xlsx or .csv"},
		{"staff.xlsx", archive("readme"), "is an archive without a workbook in it"},
		{"staff.csv", packed.String(), "is compressed with gzip; give it a name that ends in .gz, or unpack it"},
		{"staff.xlsx", packed.String(), "is compressed with gzip"},
		{"staff.csv", "7z\xBC\xAF\x27\x1C\x00\x04uid,name\nanna,Anna\n", "is an archive of 7-Zip; unpack it"},
		{"staff.jsonl", "SQLite format 3\x00\x10", "is an SQLite database; export its table as CSV"},
	} {
		path := write(t, c[0], c[1])
		if _, err := Read(context.Background(), []string{path}, Options{}); err == nil || !strings.HasPrefix(err.Error(), path+": "+c[2]) {
			t.Errorf("%s: %v, want %s", c[0], err, c[2])
		}
	}
}

func TestEncryptedWorkbooks(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	fillSheet(t, f, "Sheet1", [][]any{{"uid", "name"}, {"anna", "Anna"}})
	path := filepath.Join(t.TempDir(), "locked.xlsx")
	if err := f.SaveAs(path, excelize.Options{Password: "s3cret"}); err != nil {
		t.Fatal(err)
	}
	expect(t, mustRead(t, Options{Password: "s3cret"}, path), `2 anna name="Anna"`)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, password, want string }{
		{path, "", "the workbook is encrypted; save it without a password, or name a file that holds its password with --password-file"},
		{path, "other", "the password in --password-file does not open the workbook"},
		{write(t, "cut.xlsx", string(data[:len(data)/2])), "s3cret", "save it without a password"},
	} {
		if _, err := Read(context.Background(), []string{c.path}, Options{Password: c.password}); err == nil ||
			!strings.Contains(err.Error(),
				c.want) {
			t.Errorf("password %q: %v, want %s", c.password, err, c.want)
		} else if c.password != "" && strings.Contains(err.Error(), c.password) {
			t.Errorf("%v tells the password", err)
		}
	}
}
