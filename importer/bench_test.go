package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/user"
)

// people writes a roster of n rows and 12 columns, 250 bytes a row.
func people(w io.Writer, n int) {
	b := bufio.NewWriterSize(w, 1<<16)
	defer b.Flush()
	b.WriteString("uid,name,avatar,link,role,tags,status " +
		"message,state,metadata.department,metadata.location,metadata.@private.email,metadata.@private.employee\n")
	first := []string{"Anna", "José", "Mehmet", "Olu", "Mei", "Søren", "Priya", "Tom"}
	last := []string{"Müller", "Garcia", "Yilmaz", "Adeyemi", "Chen", "Nielsen", "Sharma", "Baker"}
	for i := range n {
		f, l := first[i%8], last[i/8%8]
		fmt.Fprintf(b, "emp-%07d,%s "+
			"%s,https://cdn.example.com/avatars/%02x/%07d.png,https://people.example.com/profiles/%07d,%s,staff|site-%d|team-%d,",
			i, f, l, i%256, i, i, []string{"member", "manager", "admin"}[i%3], i%40, i%900)
		if i%10 == 0 {
			b.WriteString(`"On call, back at 5"`)
		} else {
			b.WriteString("Available on weekdays")
		}
		fmt.Fprintf(b, ",active,Department %d,Building %d,person%07d@example.com,E%08d\n", i%120, i%17, i, i)
	}
}

// peopleFile is such a roster on disk.
func peopleFile(b *testing.B, n int) (path string, size int64) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "people.csv")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	people(f, n)
	if size, err = f.Seek(0, io.SeekEnd); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path, size
}

// benchRows is how many rows the benchmarks read: COMETSYNC_BENCH_ROWS, or
// few enough for a quick look.
func benchRows(b *testing.B, fallback int) int {
	if n, err := strconv.Atoi(os.Getenv("COMETSYNC_BENCH_ROWS")); err == nil {
		return n
	}
	return fallback
}

func BenchmarkReadCSV(b *testing.B) {
	n := benchRows(b, 200_000)
	path, size := peopleFile(b, n)
	b.SetBytes(size)
	b.ReportAllocs()
	var kept uint64
	for b.Loop() {
		r, err := Read(context.Background(), []string{path}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if r.Intake().Users != n {
			b.Fatalf("%d users of %d rows, %v", r.Intake().Users, n, r.Intake().Rejects.At(0))
		}
		b.StopTimer()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		kept = m.HeapAlloc
		r.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(kept)/float64(n), "B/user")
}

// BenchmarkReadEncodedCSV reads the same people from files in other encodings.
func BenchmarkReadEncodedCSV(b *testing.B) {
	n := benchRows(b, 200_000)
	var text bytes.Buffer
	people(&text, n)
	for _, name := range []string{"utf-8", "windows-1252", "utf-16le", "gb18030"} {
		b.Run(name, func(b *testing.B) {
			path := write(b, "people.csv", encoded(b, text.String(), name))
			opt := Options{}
			if name == "gb18030" { // has these letters, and is not known by them
				opt.Encoding = name
			}
			for b.Loop() {
				r, err := Read(context.Background(), []string{path}, opt)
				if err != nil {
					b.Fatal(err)
				}
				if f := r.Intake().Files[0]; r.Intake().Users != n || f.Encoding != name {
					b.Fatalf("%d users of %d rows, read as %s", r.Intake().Users, n, f.Encoding)
				}
				r.Close()
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkEncodingCSV is the yardstick: encoding/csv over the same file, and
// nothing else; with a record of its own for each row, as it comes, and with
// one for all.
func BenchmarkEncodingCSV(b *testing.B) {
	n := benchRows(b, 200_000)
	path, size := peopleFile(b, n)
	for _, reuse := range []bool{false, true} {
		b.Run(fmt.Sprintf("reuse=%v", reuse), func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				f, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				c := csv.NewReader(f)
				c.ReuseRecord = reuse
				rows := -1
				for {
					if _, err := c.Read(); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
					rows++
				}
				if rows != n {
					b.Fatal(rows)
				}
				f.Close()
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkReadXLSX reads the same people from a workbook.
func BenchmarkReadXLSX(b *testing.B) {
	n := benchRows(b, 20_000)
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	var text bytes.Buffer
	people(&text, n)
	records, err := csv.NewReader(&text).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	for i, record := range records {
		row := make([]any, len(record))
		for j, cell := range record {
			row[j] = cell
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "people.xlsx")
	if err := f.SaveAs(path); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := Read(context.Background(), []string{path}, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if r.Intake().Users != n || len(r.Intake().EndsEarly) > 0 {
			b.Fatalf("%d users, %q", r.Intake().Users, r.Intake().EndsEarly)
		}
		r.Close()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkFind(b *testing.B) {
	const n = 200_000
	path, _ := peopleFile(b, n)
	r, err := Read(context.Background(), []string{path}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	page := make([]user.User, n)
	for i := range page {
		page[i].UID = fmt.Sprintf("emp-%07d", i*7919%n)
	}
	var found []user.Found
	b.Run("one", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if _, _, ok := r.Find(page[i%n].UID); !ok {
				b.Fatal(page[i%n].UID)
			}
			i++
		}
	})
	b.Run("page", func(b *testing.B) {
		for from := 0; b.Loop(); from = (from + 1000) % n {
			found = r.FindAll(page[from:from+1000], found[:0])
			if !found[0].OK {
				b.Fatal(page[from].UID)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/user")
	})
}
