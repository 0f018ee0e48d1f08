package year

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// harm is a kind of bad night: what is wrong with the export, the configuration
// or the app's answers, and which guards have to say so.
type harm struct {
	name   string
	guards []string // that trip, whatever else does; none: it can't be read at all
	do     func(y *year, e *export) (args []string)
}

// harms is every kind of bad night, but for those that take a time of their own.
var harms = []harm{
	{"a page is missing", []string{"lost-block"}, func(_ *year, e *export) []string {
		e.cut(pupils, 120, 132)
		return nil
	}},
	{"a long page is missing", []string{"lost-block", "max-deactivate"}, func(_ *year, e *export) []string {
		e.cut(pupils, 100, 200)
		return nil
	}},
	{"cut at a row's end", []string{"lost-tail"}, func(_ *year, e *export) []string {
		e.cut(pupils, len(e.tables[pupils].rows)-30, len(e.tables[pupils].rows))
		return nil
	}},
	{"cut within a row", []string{"source-ends-early"}, func(_ *year, e *export) []string {
		text := e.text(staff)
		e.raw[staff] = text[:strings.LastIndex(text, "active")] + `"act`
		return nil
	}},
	{"a department is missing", []string{"lost-group"}, func(_ *year, e *export) []string {
		e.remove(func(row []string) bool { return row[departmentColumn] == "IT" })
		return nil
	}},
	{"a role is missing", []string{"lost-group"}, func(_ *year, e *export) []string {
		e.remove(func(row []string) bool { return row[roleColumn] == "assistant" })
		return nil
	}},
	{"everybody is read as having left", []string{"max-deactivate"}, func(_ *year, e *export) []string {
		e.column(stateColumn, func([]string, int) string { return "left" })
		return nil
	}},
	{"a column has become constant", []string{"field-changes"}, func(_ *year, e *export) []string {
		e.column(classColumn, func([]string, int) string { return "5A" })
		return nil
	}},
	{"a column has become empty", []string{"emptied-cells"}, func(_ *year, e *export) []string {
		e.column(departmentColumn, func([]string, int) string { return "" })
		return nil
	}},
	{"some cells of a column have become empty", []string{"emptied-cells"}, func(_ *year, e *export) []string {
		e.column(classColumn, func(row []string, i int) string {
			if i < 10 {
				return ""
			}
			return row[classColumn]
		})
		return nil
	}},
	{"a column has moved up by a row", []string{"field-changes"}, func(_ *year, e *export) []string {
		rows := e.tables[pupils].rows
		first := rows[0][managerColumn]
		e.column(managerColumn, func(row []string, i int) string {
			if i+1 < len(rows) {
				return rows[i+1][managerColumn]
			}
			return first
		})
		return nil
	}},
	{"a column is sorted by itself", []string{"field-changes"}, func(_ *year, e *export) []string {
		var cells []string
		for _, row := range e.tables[pupils].rows {
			cells = append(cells, row[classColumn])
		}
		slices.Sort(cells)
		e.column(classColumn, func(_ []string, i int) string { return cells[i] })
		return nil
	}},
	{"a part of a column has moved up by a row", []string{"field-changes"}, func(_ *year, e *export) []string {
		rows := e.tables[pupils].rows[200:250]
		for i := range rows[1:] {
			rows[i][managerColumn] = rows[i+1][managerColumn]
		}
		return nil
	}},
	{"names are in capitals", []string{"field-changes"}, func(_ *year, e *export) []string {
		e.column(nameColumn, func(row []string, _ int) string { return strings.ToUpper(row[nameColumn]) })
		return nil
	}},
	{"text is decoded twice", []string{"max-rejects"}, func(_ *year, e *export) []string {
		e.column(nameColumn, func(row []string, _ int) string { return twice(row[nameColumn]) })
		return nil
	}},
	{"a column is gone", []string{"lost-column"}, func(_ *year, e *export) []string {
		for i := range e.tables {
			t := &e.tables[i]
			t.header = slices.Delete(slices.Clone(t.header), classColumn, classColumn+1)
			for r := range t.rows {
				t.rows[r] = slices.Delete(slices.Clone(t.rows[r]), classColumn, classColumn+1)
			}
		}
		return nil
	}},
	{"the configuration swaps columns", []string{"field-changes"}, func(*year, *export) []string {
		return []string{"--map", "metadata.department=metadata.class", "--map", "metadata.class=metadata.department"}
	}},
	{"four columns are wrong in parts", []string{"max-update"}, func(_ *year, e *export) []string {
		for i, row := range e.tables[pupils].rows[30:98] {
			row[[]int{nameColumn, classColumn, tagsColumn, avatarColumn}[i%4]] += "-x"
		}
		return nil
	}},
	{"a query joins too narrowly", []string{"max-deactivate"}, func(_ *year, e *export) []string {
		i := 0
		e.remove(func([]string) bool { i++; return i%14 == 0 })
		return nil
	}},
	{"another school's people", []string{"max-deactivate", "max-create"}, func(_ *year, e *export) []string {
		for i := range e.tables {
			for r, row := range e.tables[i].rows {
				row[uidColumn] = fmt.Sprintf("p7%04d", 1000*i+r)
				row[nameColumn], row[mailColumn] = "Pupil "+fmt.Sprint(r), fmt.Sprintf("x%d-%d@other.example.net", i, r)
			}
		}
		return nil
	}},
	{"another school's people beside one's own", []string{"max-create"}, func(_ *year, e *export) []string {
		for i := range 25 {
			e.tables[pupils].rows = append(e.tables[pupils].rows,
				[]string{fmt.Sprintf("p8%04d", i), fmt.Sprintf("Other Pupil %d", i), "pupil", "school", "active", "Upper school", "9A", "",
					fmt.Sprintf("y%d@other.example.net", i), ""})
		}
		return nil
	}},
	{"a source without a row", []string{"source-without-rows"}, func(_ *year, e *export) []string {
		e.tables[contractors].rows = nil
		return nil
	}},
	{"no row at all", []string{"empty-roster"}, func(_ *year, e *export) []string {
		e.remove(func([]string) bool { return true })
		return nil
	}},
	{"some people have new uids", []string{"re-keyed"}, func(_ *year, e *export) []string {
		for i, row := range e.tables[pupils].rows[40:57] {
			row[uidColumn] = fmt.Sprintf("p9%04d", i)
			if i%4 == 3 { // and can't be known again
				row[nameColumn], row[mailColumn] = "Somebody "+fmt.Sprint(i), fmt.Sprintf("z%d@pupils.example.org", i)
			}
		}
		return nil
	}},
	{"a spreadsheet took the zeros off", []string{"re-keyed"}, func(_ *year, e *export) []string {
		for _, row := range e.tables[staff].rows {
			row[uidColumn] = strings.TrimLeft(row[uidColumn], "0")
		}
		return nil
	}},
	{"who has left is there again", []string{"max-reactivate"}, func(y *year, e *export) []string {
		n := 0
		for _, p := range y.school.people {
			if p.left > 0 && p.source == pupils && y.night > p.shown && n < 8 {
				e.tables[pupils].rows = append(e.tables[pupils].rows, []string{p.uid, p.name, p.role, p.tags, "active", p.department,
					p.class, p.manager, p.mail, p.avatar})
				n++
			}
		}
		return nil
	}},
	{"last night's files are still there", []string{"source-age"}, func(y *year, e *export) []string {
		*e = *y.exports[len(y.exports)-1].clone()
		e.age = 40
		return nil
	}},
	{"a file is there twice", []string{"max-deactivate"}, func(_ *year, e *export) []string {
		e.tables[pupils] = e.clone().tables[staff]
		return nil
	}},
	{"a web page", nil, func(_ *year, e *export) []string {
		e.raw[pupils] = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><p>Your session has ended.</p></body></html>\n"
		return nil
	}},
	{"an empty file", nil, func(_ *year, e *export) []string {
		e.raw[pupils] = ""
		return nil
	}},
	{"a file is missing", nil, func(_ *year, e *export) []string {
		e.absent[staff] = true
		return nil
	}},
	{"a scope that nobody is in", []string{"scope-empty"}, func(*year, *export) []string {
		return []string{"--scope", "role=pupill"}
	}},
	{"pairs that the app belies", []string{"pairs-belied"}, func(y *year, _ *export) []string {
		there := y.school.of(func(p *person) bool { return p.source == pupils })
		gone := y.school.people[slices.IndexFunc(y.school.people, func(p *person) bool { return p.left > 0 && p.shown < y.night })]
		return []string{"--rekey", y.write("rekey.csv", "old_uid,new_uid,decision\n"+gone.uid+","+there[20].uid+",\n")}
	}},
	{"the app shows half of its users", []string{"listing-incomplete"}, func(y *year, _ *export) []string {
		y.fault("list:short=100%")
		return nil
	}},
}

func (e *export) cut(source, from, to int) {
	e.tables[source].rows = slices.Delete(e.tables[source].rows, from, to)
}

func (e *export) remove(which func(row []string) bool) {
	for i := range e.tables {
		e.tables[i].rows = slices.DeleteFunc(e.tables[i].rows, which)
	}
}

// column changes the cells of the pupils' and the staff's, each file from its first row.
func (e *export) column(column int, cell func(row []string, i int) string) {
	for _, source := range []int{pupils, staff} {
		for i, row := range e.tables[source].rows {
			if source == pupils || column == stateColumn || column == departmentColumn || column == nameColumn {
				row[column] = cell(row, i)
			}
		}
	}
}

// text is a table as it is written.
func (e *export) text(source int) string {
	if text, ok := e.raw[source]; ok {
		return text
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(e.tables[source].header) // into memory
	_ = w.WriteAll(e.tables[source].rows)
	return b.String()
}

// twice is UTF-8 taken for Latin-1.
func twice(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteRune(rune(c))
	}
	return b.String()
}
