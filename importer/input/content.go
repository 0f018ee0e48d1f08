package input

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// What a file is, its content says, and its name only what it should be:
// people rename files to make them fit.

// sheetFormats are the formats whose names say a spreadsheet.
var sheetFormats = map[string]bool{"xlsx": true, "xlsm": true, "xls": true, "ods": true, "numbers": true}

// contents are what byContent finds out, in words.
var contents = map[string]string{"xlsx": "a workbook", "csv": "text"}

// documents are marks of what is not text of rows, in lower case. The surest
// come first: an XML spreadsheet has a <Table>, too.
var documents = []struct{ mark, what string }{
	{"urn:schemas-microsoft-com:office:spreadsheet", "an XML spreadsheet of 2003"},
	{"urn:oasis:names:tc:opendocument", "a flat OpenDocument file (.fods)"},
	{"<html", "an HTML page, as programs of the web export it"},
	{"<!doctype html", "an HTML page, as programs of the web export it"},
	{"<table", "an HTML table, as programs of the web export it"},
	{"<meta", "an HTML page, as programs of the web export it"},
	{"<?xml", "an XML file"},
	{"%pdf-", "a PDF"},
	{"{\\rtf", "an RTF document"},
}

// packed are by its first bytes what a file is that no program of tables reads, and what to do.
var packed = map[string]string{
	"\x1F\x8B":   "compressed with gzip; give it a name that ends in .gz, or unpack it",
	"BZh91AY&SY": "compressed with bzip2; unpack it", "\xFD7zXZ\x00": "compressed with xz; unpack it",
	"\x28\xB5\x2F\xFD": "compressed with zstd; unpack it", "7z\xBC\xAF\x27\x1C": "an archive of 7-Zip; unpack it",
	"Rar!\x1A\x07": "a RAR archive; unpack it", "PAR1\x15": "a Parquet file; export it as CSV",
	"SQLite format 3\x00": "an SQLite database; export its table as CSV",
}

// byContent is the format in which a file is to be read, or what it is if it
// can't be.
func byContent(path, format string, in *bufio.Reader) (string, error) {
	head, err := in.Peek(4096)
	if err != nil && err != io.EOF {
		return format, nil // whoever reads on says what is wrong
	}
	if len(head) == 0 {
		return format, nil
	}
	if other := beside(path, head); other != "" {
		return "", fmt.Errorf("%s: %s", path, other)
	}
	for mark, what := range packed {
		if bytes.HasPrefix(head, []byte(mark)) {
			return "", fmt.Errorf("%s: is %s", path, what)
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")), bytes.HasPrefix(head, OLE):
		if format == "xlsm" {
			return format, nil
		}
		return "xlsx", nil
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), " \t\r\n"))
	if len(text) > 0 && bytes.IndexByte([]byte("<%{"), text[0]) >= 0 {
		for _, d := range documents {
			at := bytes.Index(text, []byte(d.mark))
			if at == 0 || at > 0 && bytes.HasPrefix(text, []byte("<")) && sheetFormats[format] {
				return "", fmt.Errorf("%s: is %s, whatever its name says; open it in a spreadsheet program and save it as .xlsx or .csv",
					path, d.what)
			}
		}
	}
	switch what := jsonText(text); {
	case format == "jsonl" && bytes.HasPrefix(text, []byte("[")):
		return "", fmt.Errorf("%s: is a JSON array, and not JSON lines; write each of its objects on a line of its own", path)
	case format != "jsonl" && what != "":
		return "", fmt.Errorf("%s: %s", path, what)
	}
	if !sheetFormats[format] {
		return format, nil
	}
	marked := bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF"))
	if bytes.IndexByte(head, 0) >= 0 && !marked {
		return "", fmt.Errorf("%s: is not a workbook, whatever its name says; export it again", path)
	}
	return "csv", nil
}

// beside says that a file is what programs keep beside the one that is meant.
func beside(path string, head []byte) string {
	name := filepath.Base(path)
	if other, ok := strings.CutPrefix(name, "._"); ok && bytes.HasPrefix(head, []byte{0, 5, 0x16, 7}) {
		return fmt.Sprintf("is what macOS keeps beside %q, and holds nobody; name that file", other)
	}
	if other, ok := strings.CutPrefix(name, "~$"); ok && sheetFormats[strings.TrimPrefix(filepath.Ext(name), ".")] &&
		!bytes.HasPrefix(head, []byte("PK")) {
		return fmt.Sprintf("is the mark that a spreadsheet program leaves while it has %q open, and holds nobody; name that file", other)
	}
	return ""
}

// jsonText says that a text, in lower case, is JSON not a table; "" if it is
// none. No header begins in this way.
func jsonText(text []byte) string {
	if len(text) == 0 {
		return ""
	}
	inner := bytes.TrimLeft(text[1:], " \t\r\n")
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	switch {
	case len(inner) == 0:
		return ""
	case text[0] == '{' && bytes.Contains(line, []byte(`"uid"`)) && (len(bytes.TrimSpace(rest)) == 0 ||
		bytes.HasPrefix(bytes.TrimSpace(rest), []byte("{"))):
		return "holds JSON lines, not a table; give it a name that ends in .jsonl"
	case text[0] == '{' && bytes.IndexByte([]byte(`"}`), inner[0]) >= 0:
		return "is a JSON object, as a service answers when something is wrong, not a table; look into it, and export again as CSV"
	case text[0] == '[' && bytes.IndexByte([]byte(`{["]`), inner[0]) >= 0:
		return "is a JSON array, not a table; export it as CSV, or write each of its objects on a line of its own into a file that " +
			"ends in .jsonl"
	}
	return ""
}

// OLE begins the container of old .xls files and of encrypted workbooks.
var OLE = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}
