package review

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/sheet"
	"cometsync/report/xlsx"
)

// secret is a private value of the plan: no message may have it.
const secret = "s3cret-salary-91000"

// toReview is a plan that somebody is to decide on: every kind of operation,
// one of them withheld, with private values.
func toReview() report.Input { return planned("review", "plan") }

// undoing is a plan that takes a run back.
func undoing() report.Input { return planned("undoing", "undo") }

// planned is a plan of the report's own tests, not carried out.
func planned(name, command string) report.Input {
	f, err := os.Open(filepath.Join("..", "testdata", "plan-"+name+".json"))
	if err != nil {
		panic(err)
	}
	defer f.Close()
	p, intake, _, err := plan.Decode(f)
	if err != nil {
		panic(err)
	}
	at := time.Date(2026, 8, 2, 3, 15, 0, 0, time.UTC)
	p.Run = "20260802T031500Z-7f3a"
	return report.Input{
		Run: report.Run{ID: p.Run, Command: command, Version: "v1", StartedAt: at, FinishedAt: at.Add(time.Minute),
			Result: report.Pending},
		Target: p.Target, Plan: p, Intake: *intake, Results: p.Unsent(),
	}
}

func mustNew(t testing.TB, in report.Input) *report.Report {
	t.Helper()
	r, err := report.New(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// bookOf is the workbook of a plan.
func bookOf(t testing.TB, in report.Input) []byte {
	t.Helper()
	return []byte(render(t, func(w io.Writer) error { return xlsx.Write(w, mustNew(t, in)) }))
}

func open(t testing.TB, content []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// columnsOf are the columns of the sheet of operations.
func columnsOf(in report.Input) []sheet.Column { return xlsx.Show(in.Plan, false).Columns }

// uidsOf are the users of the sheet of operations, row by row.
func uidsOf(t testing.TB, book []byte) []string {
	t.Helper()
	rows, err := open(t, book).GetRows(report.OperationSheet)
	if err != nil {
		t.Fatal(err)
	}
	var uids []string
	for _, row := range rows[1:] {
		uids = append(uids, row[2])
	}
	return uids
}

func start(t *testing.T, path string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, path, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(path), err, out)
	}
}
