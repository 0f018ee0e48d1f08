package report_test

import (
	"maps"
	"strings"
	"testing"

	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/xlsx"
)

// TestTheSheetForMending: each cell of the rejected rows is a text, also an empty
// one, and what is private is not shown unless it is asked for.
func TestTheSheetForMending(t *testing.T) {
	header := []string{"uid", "Mail", "First", "About", "Plain"}
	in := report.Input{Run: report.Run{Result: report.Partial}, Intake: user.Intake{
		Rows: 3, Rejected: 3, Files: []user.File{{Path: "a.csv", Rows: 3}},
		Columns: []user.Mapping{
			{File: "a.csv", Header: "Mail", Field: "metadata.@private.email"},
			{File: "a.csv", Header: "{ First }-x", Field: "metadata.@private.first"},
			{File: "b.csv", Header: "Plain", Field: "metadata.@private.plain"},
		},
		Rejects: user.ListOf([]user.Reject{
			{Source: user.Source{File: "a.csv", Row: 2}, Header: header,
				Cells: []string{"00042", "s3cret", "s3cret", `{"@private":"s3cret"}`,
					"=1+1"}, Defects: []user.Defect{{Column: "plain", Code: user.LinkInvalid, Message: "x"}}},
			{Source: user.Source{File: "a.csv", Row: 3}, Header: header,
				Cells:   []string{"00043", "", "s3cret", "", strings.Repeat("long", 9000)},
				Defects: []user.Defect{{Code: user.LinkInvalid, Message: "x"}}},
			{Source: user.Source{File: "a.csv", Row: 4}, Header: header, Cells: []string{"s3cret"},
				Defects: []user.Defect{{Code: user.CellsMissing, Message: "x"}}},
		}),
	}}
	for _, private := range []bool{false, true} {
		in.ShowPrivate = private
		f := open(t, rendered(t, xlsx.Write, mustNew(t, in)))
		rows, err := f.GetRows("Mend")
		if err != nil {
			t.Fatal(err)
		}
		const h = user.Hidden
		want := [][]string{
			{"uid", "Mail", "First", "About", "Plain", "_file", "_row", "_column", "_code", "_message"},
			{"00042", h, h, h, "'=1+1", "a.csv", "2"},
			{"00043", "", h, "", h, "a.csv", "3"},
			{h, "", "", "", "", "a.csv", "4"},
		}
		if private {
			want[1][1], want[1][2], want[1][3], want[2][2], want[3][0] = "s3cret", "s3cret", `{"@private":"s3cret"}`, "s3cret", "s3cret"
		}
		for i := range want {
			if got := rows[i][:len(want[i])]; strings.Join(got, "|") != strings.Join(want[i], "|") {
				t.Errorf("private %v, row %d: %q, want %q", private, i+1, got, want[i])
			}
		}
		prompts := map[string]string{"I1:I4": report.UnderCode, "B1:B4": report.UnderHidden, "C1:C4": report.UnderHidden,
			"E1:E4": report.UnderHidden}
		if private {
			prompts = map[string]string{"I1:I4": report.UnderCode}
		}
		told := map[string]string{} // whoever goes to a cell
		all, err := f.GetDataValidations("Mend")
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			told[v.Sqref] = *v.Prompt
		}
		if !maps.Equal(told, prompts) {
			t.Errorf("private %v: told is %q", private, told)
		}
		for _, cell := range []string{"A2", "B3", "E2", "G2", "J4", "A99"} {
			id, err := f.GetCellStyle("Mend", cell)
			if err != nil {
				t.Fatal(err)
			}
			style, err := f.GetStyle(id)
			if err != nil || style.NumFmt != 49 || (len(style.Fill.Color) > 0) != (cell == "E2") {
				t.Errorf("%s is not text, or has another colour: %+v %v", cell, style, err)
			}
		}
	}
}

// TestWhatTakesOutACellTooManyIsYellow: the cells that are too many, if they have text, and
// the code, by which the row is said to be right.
func TestWhatTakesOutACellTooManyIsYellow(t *testing.T) {
	many := []user.Defect{{Code: user.CellsExtra, Message: "x"}}
	in := report.Input{Run: report.Run{Result: report.Partial}, Intake: user.Intake{
		Rows: 2, Rejected: 2, Files: []user.File{{Path: "a.csv", Rows: 2}},
		Columns: []user.Mapping{{File: "a.csv", Header: "mail", Field: "metadata.@private.mail"}},
		Rejects: user.ListOf([]user.Reject{
			{Source: user.Source{File: "a.csv", Row: 2}, Header: []string{"uid", "mail"}, Cells: []string{"a", "b", "c"}, Defects: many},
			{Source: user.Source{File: "a.csv", Row: 3}, Header: []string{"uid", "mail"}, Cells: []string{"a", "b", ""}, Defects: many},
		}),
	}}
	f := open(t, rendered(t, xlsx.Write, mustNew(t, in)))
	for cell, want := range map[string]bool{"A2": false, "B2": false, "C2": true, "G2": true, "C3": false, "G3": true, "H3": false} {
		id, err := f.GetCellStyle("Mend", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := f.GetStyle(id)
		if err != nil || (len(style.Fill.Color) > 0) != want {
			t.Errorf("%s is yellow, or is not: %+v %v", cell, style, err)
		}
	}
}
