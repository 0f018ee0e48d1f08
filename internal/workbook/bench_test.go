package workbook

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// benchBook is a sheet of people, 12 columns of text, inline or shared.
func benchBook(b *testing.B, shared bool) (path string, rows int) {
	b.Helper()
	rows = 50_000
	if n, err := strconv.Atoi(os.Getenv("COMETSYNC_BENCH_ROWS")); err == nil {
		rows = n
	}
	path = filepath.Join(b.TempDir(), "people.xlsx")
	out, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := zip.NewWriter(out)
	part := func(name string, fill func(w io.Writer)) {
		p, err := w.Create(name)
		if err != nil {
			b.Fatal(err)
		}
		fill(p)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, f := range plainBook("")[:4] {
		part(f.name, func(w io.Writer) { io.WriteString(w, f.text) })
	}
	text := func(i, j int) string {
		switch j {
		case 0, 2, 3, 10, 11: // differs from row to row
			return fmt.Sprintf("https://people.example.com/%d/%07d", j, rnd.IntN(1e7))
		}
		return fmt.Sprintf("Department of %d", rnd.IntN(900))
	}
	var all strings.Builder
	count := 0
	part("xl/worksheets/sheet1.xml", func(w io.Writer) {
		var line bytes.Buffer
		io.WriteString(w, head)
		for i := range rows {
			line.Reset()
			fmt.Fprintf(&line, `<row r="%d" spans="1:12">`, i+1)
			for j := range 12 {
				if shared {
					fmt.Fprintf(&line, `<c r="%s%d" t="s"><v>%d</v></c>`, Letters(j), i+1, count)
					all.WriteString("<si><t>" + text(i, j) + "</t></si>")
					count++
				} else {
					fmt.Fprintf(&line, `<c r="%s%d" t="inlineStr"><is><t>%s</t></is></c>`, Letters(j), i+1, text(i, j))
				}
			}
			line.WriteString("</row>")
			w.Write(line.Bytes())
		}
		io.WriteString(w, foot)
	})
	if shared {
		part("xl/sharedStrings.xml", func(w io.Writer) {
			fmt.Fprintf(w, `<sst count="%d" uniqueCount="%d">%s</sst>`, count, count, all.String())
		})
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
	return path, rows
}

func BenchmarkRows(b *testing.B) {
	for name, shared := range map[string]bool{"inline": false, "shared": true} {
		path, want := benchBook(b, shared)
		b.Run(name+"/rows", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				in, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				info, _ := in.Stat()
				book, err := Open(in, info.Size(), Usual())
				if err != nil {
					b.Fatal(err)
				}
				rows, err := book.Rows(book.Sheets()[0])
				if err != nil {
					b.Fatal(err)
				}
				n, cells := 0, 0
				for rows.Next() {
					n++
					cells += len(rows.Row().Cells)
				}
				rows.Close()
				in.Close()
				if rows.Err() != nil || n != want || cells != 12*want {
					b.Fatal(n, cells, rows.Err())
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapInuse)/1e6, "MB-heap")
			}
			b.ReportMetric(float64(want)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
		// The yardsticks: the same sheet unpacked, and nothing else.
		b.Run(name+"/flate", func(b *testing.B) {
			for b.Loop() {
				z, err := zip.OpenReader(path)
				if err != nil {
					b.Fatal(err)
				}
				raw, err := z.File[4].OpenRaw()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, flate.NewReader(raw)); err != nil {
					b.Fatal(err)
				}
				z.Close()
			}
		})
		b.Run(name+"/unzip", func(b *testing.B) {
			program, err := exec.LookPath("unzip")
			if err != nil {
				b.Skip(err)
			}
			for b.Loop() {
				c := exec.Command(program, "-p", path, "xl/worksheets/sheet1.xml")
				c.Stdout = writerOnly{io.Discard}
				if err := c.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// writerOnly makes the program write into a pipe, as it does for whoever reads it.
type writerOnly struct{ io.Writer }
