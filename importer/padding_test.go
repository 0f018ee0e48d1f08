package importer

import (
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
)

// What follows a text's last line, and is none of it, is left alone.
func TestBytesBehindTheText(t *testing.T) {
	const text = "uid,name\na,Anna\nb,Ben\n"
	for _, pad := range []string{"\x1A", "\x00", strings.Repeat("\x00", 100), "\x1A\x1A\x00\x00", "\x1A\n", "\x1A\x00\x00\r\n", " \x1A",
		" \x00"} {
		for _, end := range []string{"\n", "\r\n", "\r"} {
			for _, name := range []string{"utf-8", "utf-16le", "utf-16be"} {
				whole := strings.ReplaceAll(text, "\n", end)
				for _, file := range []string{encoded(t, whole+pad, name), encoded(t, whole, name) + pad} {
					if name != "utf-8" && len(file)%2 > 0 && len(pad) > 1 {
						continue // nobody writes that
					}
					if name != "utf-8" && !strings.HasSuffix(file, encoded(t, pad, name)) && len(pad) > 1 && strings.Trim(pad,
						"\x00") != "" {
						continue
					}
					for _, path := range []string{write(t, "a.csv", file), write(t, "a.csv.gz", zipped(t, file))} {
						for _, said := range []string{name, ""} {
							r := mustRead(t, Options{Settings: columns.Settings{Encoding: said}}, path)
							got, in := show(t, r), r.Intake()
							if in.Users != 2 || in.Rejected > 0 || len(in.EndsEarly) > 0 || !strings.Contains(got,
								"notice end-of-file-bytes 0\n") ||
								strings.Contains(got, "zero-bytes") {
								t.Errorf("%q as %q: %q, %s", file, said, in.EndsEarly, got)
							}
						}
					}
				}
			}
		}
	}
	for _, c := range []struct {
		name, text string
		users      int
		early      bool
	}{
		{"a.csv", text + "c,Carl\x1A", 3, false}, // DOS says that it is whole
		{"a.csv", text + "c\x1A", 2, true},
		{"a.csv", text + "c,Carl\x00\x00", 2, true}, // it was never written to its end
		{"a.csv", text + "c,\"Carl\n\x1A", 2, true},
		{"a.csv", text + strings.Repeat("\x00", 3*delimited.ChunkSize), 2, false},
		{"a.csv", "uid,name\n" + strings.Repeat("a,Anna\n", delimited.ChunkSize/7) + "\x1A", delimited.ChunkSize / 7, false},
		{"a.jsonl", "{\"uid\":\"a\",\"name\":\"A\"}\n{\"uid\":\"b\",\"name\":\"B\"}\n\x1A", 2, false},
		{"a.jsonl", "{\"uid\":\"a\",\"name\":\"A\"}\n{\"uid\":\"b\",\"name\":\"B\"}\x1A", 2, false},
		{"a.jsonl", "{\"uid\":\"a\",\"name\":\"A\"}\n{\"uid\":\"b\",\"name\":\"B\"}\r\n\x00\x00\x00", 2, false},
		{"a.jsonl", "{\"uid\":\"a\",\"name\":\"A\"}\n{\"uid\":\"b\",\"na\x00\x00\x00", 1, true},
	} {
		in := mustRead(t, Options{}, write(t, c.name, c.text)).Intake()
		if in.Users+in.Duplicates != c.users || len(in.EndsEarly) > 0 != c.early {
			t.Errorf("%.100q: %+v", c.text, in)
		}
	}
}
