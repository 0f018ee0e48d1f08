package record

import (
	"slices"
	"strings"
	"unicode/utf8"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

// A row that can't be used may mean others than whom its uid names: the rules
// for one cell are in user.Claims, and here is which cells of a row are asked.
// A claim too many holds somebody who could have gone; one too few removes
// somebody because of a row that could not be read.

const (
	// mostCellClaims is how many cells of a row that has shifted claim somebody.
	mostCellClaims = 200
	// mostLineClaims is how many lines of a cell that has swallowed them do.
	mostLineClaims = 1000
)

// Claim has the reject of the record say whom its row may mean: also by the number that a sheet
// keeps where the uid's cell shows another text. The cells are copied already.
func (r *Record) Claim(reject *user.Reject, match [][]string) {
	if r.Shifted(reject.Defects) {
		r.claimShifted(reject, match)
		return
	}
	if cell, ok := r.UIDCell(reject.Cells); ok {
		reject.ClaimWritten(cell)
	}
	for _, m := range r.Doubted {
		if m.Number != "" {
			reject.Claim(user.Claims(m.Number)...)
		}
	}
	if reject.UID != "" {
		reject.Claim(user.Claims(reject.UID)...)
	}
	for _, path := range match {
		reject.ClaimKey(path, r.KeyValue(reject.Cells, path))
	}
	if slices.ContainsFunc(reject.Defects, func(d user.Defect) bool { return d.Code == user.CellsExtra }) {
		// A note beside the table, or a name that was split at a comma before it
		// was a sheet: then the uid is as many cells further on as are too many.
		surplus := len(columns.Trimmed(reject.Cells)) - len(r.Header.Names)
		for i := r.Header.UID + 1; i <= r.Header.UID+surplus && i < len(reject.Cells); i++ {
			if uid := user.FoldUID(reject.Cells[i]); user.ValidUID(uid) && uid != reject.UID {
				reject.Claim(user.Claim{Because: user.SameCell, Value: uid})
			}
		}
	}
}

// claimShifted has each cell claim whom it could name, and each line of a cell
// in which rows may have gone. What looks like an e-mail address is taken for
// the value of whatever second key there is: no column says which it is.
func (r *Record) claimShifted(reject *user.Reject, match [][]string) {
	seen := map[user.Claim]bool{}
	claim := func(c user.Claim) {
		if !seen[c] {
			seen[c] = true
			reject.Claims = append(reject.Claims, c)
		}
	}
	add := func(cell string) {
		cell, _ = user.Undefuse(cell)
		cell = strings.Trim(strings.TrimSpace(cell), `"`)
		if !utf8.ValidString(cell) {
			return
		}
		if uid := user.FoldUID(cell); user.ValidUID(uid) && uid != reject.UID {
			claim(user.Claim{Because: user.SameCell, Value: uid})
		}
		for _, c := range user.Claims(cell) {
			if c.Because == user.SameNumber || c.Because == user.RoundedAlike {
				claim(c)
			}
		}
		if strings.Contains(cell, "@") {
			for _, path := range match {
				reject.ClaimKey(path, cell)
			}
		}
	}
	lines := 0
	for _, cell := range reject.Cells[:min(len(reject.Cells), mostCellClaims)] {
		add(cell)
		rest := cell
		for strings.Contains(rest, "\n") && lines < mostLineClaims {
			var line string
			line, rest, _ = strings.Cut(rest, "\n")
			r.claimLine(line, add)
			lines++
		}
		if rest != cell {
			r.claimLine(rest, add)
		}
	}
	if cell, ok := r.UIDCell(reject.Cells); ok && !strings.Contains(cell, "\n") {
		reject.Claim(user.Claims(cell)...)
	}
}

// claimLine has a line that a cell may have swallowed claim whom its first
// cell names, and the cell that would be the uid's.
func (r *Record) claimLine(line string, add func(cell string)) {
	pieces := strings.Split(strings.TrimSuffix(line, "\r"), string(rune(r.Comma)))
	add(pieces[0])
	if at := r.Header.UID; at > 0 && at < len(pieces) {
		add(pieces[at])
	}
}
