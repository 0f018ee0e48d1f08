package report

import (
	"fmt"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// A word that nobody understands stands in every row of a column, and what
// there is to do about it is one thing: rows of one file with one and the same
// fault are told in one line. rejects.csv and the lists that programs read
// have every row.

// alikes is rejects that are told in one line.
type alikes struct {
	first int // of the rejects
	rows  int
}

// fault is what rejects of one kind have in common.
type fault struct {
	file, sheet, column, value, message string
	code                                user.Code
}

// kinds are the first rejects that are new and told by themselves, alike ones together:
// at most so many lines; rest is how many rows are in none of them.
func (r *Report) kinds(lines int) (kinds []alikes, rest int) {
	at := map[fault]int{}
	told := 0
	for i, x := range r.rejects.each() {
		if r.rejectedBefore(i) || r.before.nRejects == 0 && r.grouped() > 0 && wantsRole(x) {
			continue
		}
		told++
		common := fault{file: x.Source.File, sheet: x.Source.Sheet}
		single := len(x.Defects) == 1 && x.Defects[0].Value != ""
		if single {
			d := &x.Defects[0]
			common.column, common.value, common.message, common.code = d.Column, d.Value, d.Message, d.Code
			if d.Code == user.TimeAmbiguous {
				common.value = "" // what is wrong is how all of them are written
			}
			if k, ok := at[common]; ok {
				kinds[k].rows++
				continue
			}
		}
		if len(kinds) == lines {
			continue
		}
		if single {
			at[common] = len(kinds)
		}
		kinds = append(kinds, alikes{i, 1})
	}
	for _, k := range kinds {
		told -= k.rows
	}
	return kinds, told
}

// others says how many rows are alike; "" of a single one.
func (k alikes) others() string {
	if k.rows == 1 {
		return ""
	}
	return fmt.Sprintf(" (and %s like it)", phrase.Counted(k.rows-1, "row"))
}
