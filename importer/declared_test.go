package importer

import (
	"context"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
)

// A text that is surely in another encoding than the one that is named is
// refused as a whole, with the encoding that it has.
func TestTextInAnotherEncodingThanIsNamed(t *testing.T) {
	t.Parallel()
	const few = "uid,name\na,Jörg Müller\nb,Ben\nc,Zoë Weiß\n"
	cyrillic := "uid,name\na,Пётр Иванов\nb,Сергей Смирнов\nc,Анна Кузнецова\nd,Ольга Попова\n"
	late := strings.Repeat("x,Anna\n", delimited.ChunkSize/7*2) // ASCII
	many := strings.Repeat("x,Jörg Müller\n", delimited.ChunkSize/7)
	for _, c := range []struct{ named, is, text, want string }{
		{"utf-8", "windows-1252", few, "is not in utf-8, as the settings say, but in windows-1252, "},
		{"utf-8", "windows-1252", few + late, "in windows-1252"},
		{"utf-8", "windows-1252", "uid,name\n" + late + few, "in windows-1252"},
		{"utf-8", "windows-1252", "uid,name\n" + many, "in windows-1252"},
		{"utf-8", "windows-1251", cyrillic, "in windows-1251"},
		{"utf-8", "utf-8", "uid,name\na,\xD8\xF8\xAC\nb,\xE4\xA0\xDF\nc,\xC9\xE3\n", "is not in utf-8, as the settings say: it "},
		{"utf-8", "utf-16le", few, "in utf-16le"},
		{"windows-1252", "utf-8", few, "is not in windows-1252, as the settings say, but in utf-8, "},
		{"windows-1252", "utf-8", "uid,name\n" + late + few, "in utf-8"},
		{"windows-1252", "utf-8", "uid,name\n" + many, "in utf-8"},
		{"windows-1252", "utf-8", "uid,name\na,Müller\n", "in utf-8"},
		{"windows-1252", "utf-16be", few, "in utf-16be"},
		{"iso-8859-1", "utf-8", few, "in utf-8"},
		{"windows-1251", "utf-8", cyrillic, "in utf-8"},
		{"shift_jis", "utf-8", "uid,name\na,山田太郎\nb,中村花子\n", "in utf-8"},
		{"utf-16", "utf-8", few, "is not in utf-16, as the settings say, but in utf-8"},
		{"utf-16", "windows-1252", few, "in windows-1252"},
		{"utf-16le", "utf-8", "uid,name\na,Anna\n", "in utf-8"},
		{"utf-16le", "utf-16be", few, "in utf-16be"},
		// One byte that went astray, and texts that are as they are said to be.
		{"utf-8", "utf-8", few + "d,Ann\xE9\n", ""},
		{"utf-8", "utf-8", "uid,name\na,Anna\nd,Ann\xE9\n", ""},
		{"utf-8", "utf-8", few + late, ""},
		{"utf-8", "utf-8", "uid,name\n" + many, ""},
		{"windows-1252", "windows-1252", few, ""},
		{"windows-1252", "windows-1252", "uid,name\na,MÃ¼ller\nb,Müller\n", ""},
		{"windows-1251", "windows-1251", cyrillic, ""},
		{"ibm850", "ibm850", few, ""},
		{"utf-16", "utf-16le", few, ""},
		{"utf-16le", "utf-16le", few, ""},
		{"windows-1252", "utf-8", "\uFEFF" + few, ""}, // its mark counts, and is told
		{"windows-1252", "utf-8", "uid,name\na,Anna\n", ""},
	} {
		text := c.text
		if c.is != "utf-8" {
			text = encoded(t, c.text, c.is)
		}
		for _, path := range []string{write(t, "a.csv", text), write(t, "a.csv.gz", zipped(t, text))} {
			r, err := Read(context.Background(), []string{path}, Options{Settings: columns.Settings{Encoding: c.named}})
			if err == nil {
				if c.want != "" {
					t.Errorf("%s named %s: %.300s", c.is, c.named, show(t, r))
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			} else if c.want == "" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s named %s: %v, want %q", c.is, c.named, err, c.want)
			}
		}
	}
}
