package importer

import (
	"strings"

	"cometsync/importer/charset"
	"cometsync/importer/sheet"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// What is known to be damaged is written nowhere: its row is refused, unless the
// settings say that it is to be corrected, or that it is right as it is.

// untangle looks for text that was decoded twice in the scanner's record, and for
// what was lost of it, and returns its cells, corrected if that is wanted. Where nobody has said what is to
// become of it, it is noted as what is wrong with the record.
func (w *worker) untangle(line int) []string {
	marks := len(w.Doubted)
	w.mended = append(w.mended[:0], w.Scan.Cells...)
	w.Header.Mend(w.mended, func(column int, from, to string) {
		w.batch.sights[decodedTwice].n++
		private := w.Header.Private(column) || strings.Contains(from, user.Private)
		// An example is for everybody to see.
		if !private {
			w.batch.sights[decodedTwice].show(line, from)
		}
		if w.Mapping.FixMojibake {
			w.repairs[user.Mended]++
			return
		}
		if !w.Mapping.KeepMojibake {
			w.Doubted = append(w.Doubted, sheet.Doubted{Defect: decodedTwiceDefect(w.Header.Title(column), from, to, private)})
		}
	})
	for i, cell := range w.mended[:min(len(w.Header.Names), len(w.mended))] {
		if !w.Mapping.KeepMojibake && w.Header.Reads(i) && strings.Contains(cell, charset.Lost) {
			private := w.Header.Private(i) || strings.Contains(cell, user.Private)
			w.Doubted = append(w.Doubted, sheet.Doubted{Defect: user.Defect{Column: w.Header.Title(i), Code: user.DecodedTwice, Value: cell,
				Private: private,
				Message: "has lost a character on its way (U+FFFD is in its place); export it as UTF-8, correct it, or say with " +
					"--keep-mojibake that it is right as it is"}})
		}
	}
	for i := range w.Doubted[marks:] {
		if d := &w.Doubted[marks+i]; w.Header.OfUID(d.Defect) {
			d.Number, _ = w.UIDCell(w.mended)
		}
	}
	if w.Mapping.FixMojibake {
		return w.mended
	}
	return w.Scan.Cells
}

func decodedTwiceDefect(column, from, to string, private bool) user.Defect {
	reads := ""
	if !private {
		reads = " and was " + quoteShort(to)
	}
	return user.Defect{Column: column, Code: user.DecodedTwice, Value: from, Private: private,
		Message: "was decoded twice on its way" + reads + "; export it as UTF-8, let --fix-mojibake repair it, or say with " +
			"--keep-mojibake that it is right as it is"}
}

func quoteShort(text string) string { return `"` + user.Text(phrase.Shorten(text, 58)) + `"` }
