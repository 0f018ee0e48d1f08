package importer

import (
	"strings"

	"cometsync/importer/charset"
	"cometsync/importer/sheet"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// What is known to be damaged is written nowhere: its row is refused, unless the
// settings say that it is to be mended, or that it is right as it is.

// untangle looks for text that was decoded twice in the scanner's record, and for
// what was lost of it, and returns its cells, mended if that is wanted. Where nobody has said what is to
// become of it, it is noted as what is wrong with the record.
func (w *worker) untangle(s *source, b *batch, line int) []string {
	w.mended = append(w.mended[:0], w.scan.Cells...)
	s.Header.Mend(w.mended, func(column int, from, to string) {
		b.sights[decodedTwice].n++
		private := s.Header.Private(column) || strings.Contains(from, user.Private)
		// An example is for everybody to see.
		if !private {
			b.sights[decodedTwice].show(line, from)
		}
		if s.Settings.FixMojibake {
			b.repairs.Mended++
			return
		}
		if !s.Settings.KeepMojibake {
			w.tangles = append(w.tangles, sheet.Doubted{Defect: decodedTwiceDefect(s.Header.Title(column), from, to, private)})
		}
	})
	for i, cell := range w.mended[:min(len(s.Header.Names), len(w.mended))] {
		if !s.Settings.KeepMojibake && s.Header.Reads(i) && strings.Contains(cell, charset.Lost) {
			private := s.Header.Private(i) || strings.Contains(cell, user.Private)
			w.tangles = append(w.tangles, sheet.Doubted{Defect: user.Defect{Column: s.Header.Title(i), Code: user.DecodedTwice, Value: cell,
				Private: private,
				Message: "has lost a character on its way (U+FFFD is in its place); export it as UTF-8, correct it, or say with --keep-mojibake " +
					"that it is right as it is"}})
		}
	}
	for i := range w.tangles {
		if d := &w.tangles[i]; s.Header.OfUID(d.Defect) {
			d.Number, _ = s.UIDCell(w.mended)
		}
	}
	if s.Settings.FixMojibake {
		return w.mended
	}
	return w.scan.Cells
}

func decodedTwiceDefect(column, from, to string, private bool) user.Defect {
	reads := ""
	if !private {
		reads = " and was " + quoteShort(to)
	}
	return user.Defect{Column: column, Code: user.DecodedTwice, Value: from, Private: private,
		Message: "was decoded twice on its way" + reads + "; export it as UTF-8, have --fix-mojibake mend it, or say with --keep-mojibake " +
			"that it is right as it is"}
}

// noticeTangled tells of text that was decoded twice, with an example.
func (r *Roster) noticeTangled(s *source) {
	seen := s.sights[decodedTwice]
	if seen.n == 0 {
		return
	}
	example := ""
	if seen.text != "" {
		meant, _ := charset.Mend(seen.text)
		example = ", such as " + quoteShort(seen.text) + ", which is " + quoteShort(meant) + " (" + s.Place(seen.row).String() + ")"
	}
	what := "; --fix-mojibake mends it, and --keep-mojibake says that it is right as it is"
	switch {
	case s.Settings.FixMojibake:
		what = "; it was mended"
	case s.Settings.KeepMojibake:
		what = "; it is kept"
	}
	r.notice(notice.DecodedTwice, seen.n, "%s: the text of %s was decoded twice%s%s", s.Name(), phrase.Plural(seen.n, "cell"), example, what)
}

// quoteShort quotes the beginning of a text.
func quoteShort(text string) string {
	if r := []rune(text); len(r) > 60 {
		text = string(r[:57]) + "…"
	}
	return `"` + user.Text(text) + `"`
}
