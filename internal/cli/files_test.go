package cli_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

// cmdJSON looks at a value of a JSON file. A path goes down by names, indices,
// len (how many there are) and KEY=VALUE (the first element that has it); *
// stands for every element, of which there has to be one. Without a value, it
// has to be there.
//
//	json r/report.json operations/uid=anna/outcome applied
//	! json r/report.json operations/uid=anna
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH [VALUE]")
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.UseNumber()
	var root any
	ts.Check(d.Decode(&root))
	found := lookup(root, strings.Split(args[1], "/"))
	if len(args) == 2 {
		if neg != (len(found) == 0) {
			ts.Fatalf("%s: %d values", args[1], len(found))
		}
		return
	}
	if len(found) == 0 {
		ts.Fatalf("%s: is not there", args[1])
	}
	for _, v := range found {
		if (shown(v) == args[2]) == neg {
			ts.Fatalf("%s: %s", args[1], shown(v))
		}
	}
}

func shown(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// lookup is the values at a path, all but one of them by way of a *.
func lookup(v any, path []string) []any {
	if len(path) == 0 {
		return []any{v}
	}
	step, rest := path[0], path[1:]
	switch v := v.(type) {
	case map[string]any:
		if step == "len" {
			return []any{json.Number(strconv.Itoa(len(v)))}
		}
		if child, ok := v[step]; ok {
			return lookup(child, rest)
		}
	case []any:
		if step == "len" {
			return []any{json.Number(strconv.Itoa(len(v)))}
		}
		key, value, keyed := strings.Cut(step, "=")
		index, err := strconv.Atoi(step)
		var found []any
		for i, child := range v {
			switch {
			case step == "*":
				found = append(found, lookup(child, rest)...)
			case err == nil && i == index, keyed &&
				slices.ContainsFunc(lookup(child, []string{key}), func(v any) bool { return shown(v) == value }):
				return lookup(child, rest)
			}
		}
		return found
	}
	return nil
}

// cmdMode wants the permissions of files and directories. Of a directory all
// that lies below it is looked at: files have the mode, and directories the
// same with the right to enter.
//
//	mode 0600 cometsync-reports
func cmdMode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: mode PERMISSIONS PATH...")
	}
	n, err := strconv.ParseUint(args[0], 8, 9)
	ts.Check(err)
	for _, top := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(n)
			if d.IsDir() {
				want |= want & 0o444 >> 2
			}
			if got := info.Mode().Perm(); got != want {
				return fmt.Errorf("%s: mode %04o, want %04o", path, got, want)
			}
			return nil
		}))
	}
}

// cmdOnly wants a directory to hold just the given names.
//
//	only . roster.csv cometsync-reports
func cmdOnly(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: only DIR NAME...")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var got []string
	for _, e := range entries {
		if name := e.Name(); name != ".tmp" { // testscript's own
			got = append(got, name)
		}
	}
	want := slices.Sorted(slices.Values(args[1:]))
	if !slices.Equal(got, want) {
		ts.Fatalf("%s holds %q, want %q", args[0], got, want)
	}
}

// cmdAbsent wants a text to be in none of the files, and in no part of a
// workbook. Negated, it wants it to be in each.
//
//	absent anna@example.org r/report.json r/report.xlsx
func cmdAbsent(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: absent TEXT PATH...")
	}
	looked := 0
	for _, top := range args[1:] {
		ts.Check(filepath.WalkDir(ts.MkAbs(top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			looked++
			has, err := contains(path, args[0])
			if err == nil && has != neg {
				err = fmt.Errorf("%s: has %q: %v", path, args[0], has)
			}
			return err
		}))
	}
	if looked == 0 {
		ts.Fatalf("no file to look at")
	}
}

func contains(path, text string) (bool, error) {
	b, err := os.ReadFile(path)
	if err != nil || bytes.Contains(b, []byte(text)) || !strings.HasSuffix(path, ".xlsx") {
		return bytes.Contains(b, []byte(text)), err
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return false, err
	}
	for _, f := range z.File {
		part, err := readPart(f)
		if err != nil || bytes.Contains(part, []byte(text)) {
			return err == nil, err
		}
	}
	return false, nil
}

func readPart(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(in)
}

// cmdGzip packs a file.
//
//	gzip roster.csv roster.csv.gz
func cmdGzip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: gzip FROM TO")
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(ts.ReadFile(args[0])))
	ts.Check(errors.Join(err, z.Close(), os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o600)))
}

// cmdCrop cuts a file off after so many per cent of its bytes, or one part of
// a workbook, whose archive stays whole.
//
//	crop 50 roster.csv.gz
//	crop 50 roster.xlsx xl/worksheets/sheet1.xml
func cmdCrop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 && len(args) != 3 {
		ts.Fatalf("usage: crop PERCENT FILE [PART]")
	}
	percent, err := strconv.Atoi(args[0])
	ts.Check(err)
	whole := []byte(ts.ReadFile(args[1]))
	cut := whole[:len(whole)*percent/100]
	if len(args) == 3 {
		cut, err = cropPart(whole, args[2], percent)
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), cut, 0o600))
}

func cropPart(whole []byte, name string, percent int) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	cropped := false
	for _, f := range z.File {
		part, err := readPart(f)
		if err != nil {
			return nil, err
		}
		if f.Name == name {
			cropped = true
			part = part[:len(part)*percent/100]
		}
		to, err := w.Create(f.Name)
		if err != nil {
			return nil, err
		}
		if _, err := to.Write(part); err != nil {
			return nil, err
		}
	}
	if !cropped {
		return nil, fmt.Errorf("the workbook has no part %s", name)
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// cmdSheets makes a workbook with a sheet for each CSV file, called as the file is.
//
//	sheets classes.xlsx 5A.csv 5B.csv
func cmdSheets(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: sheets BOOK CSV...")
	}
	f := excelize.NewFile()
	defer f.Close()
	for i, name := range args[1:] {
		sheet := strings.TrimSuffix(filepath.Base(name), ".csv")
		if i == 0 {
			ts.Check(f.SetSheetName("Sheet1", sheet))
		} else {
			_, err := f.NewSheet(sheet)
			ts.Check(err)
		}
		in := csv.NewReader(strings.NewReader(ts.ReadFile(name)))
		in.FieldsPerRecord = -1
		rows, err := in.ReadAll()
		ts.Check(err)
		for j, row := range rows {
			ts.Check(f.SetSheetRow(sheet, fmt.Sprintf("A%d", j+1), &row))
		}
	}
	ts.Check(f.SaveAs(ts.MkAbs(args[0])))
}

// cmdBytes makes a file of bytes in hexadecimal.
//
//	bytes book.xlsx d0cf11e0
func cmdBytes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bytes FILE HEX")
	}
	b, err := hex.DecodeString(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// cmdCrowd makes N users, u1 to uN: a sandbox's state, or a roster.
//
//	crowd 2500 app.jsonl
//	crowd 2500 roster.csv
func cmdCrowd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: crowd N FILE")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	csv := strings.HasSuffix(args[1], ".csv")
	if csv {
		b.WriteString("uid,name\n")
	}
	for i := range n {
		if csv {
			fmt.Fprintf(&b, "u%d,User %d\n", i+1, i+1)
		} else {
			fmt.Fprintf(&b, `{"uid":"u%d","name":"User %d","createdAt":%d}`+"\n", i+1, i+1, 1_700_000_000+i)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}
