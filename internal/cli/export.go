package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/formats"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/internal/run"
	"cometsync/report/roster"
	"cometsync/report/wire"
)

func (a *app) exportCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "export",
		Short: "Write the app's users as CSV, XLSX or JSON lines",
		Long: `Export writes all of the app's users, active and deactivated, sorted by uid. What
it writes is a source: a plan made of it at once has nothing to do. As JSON
lines it is also a state file for --sandbox. It holds @private metadata.`,
		Example: "cometsync export --config cometsync.yaml --out users.xlsx",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.export(cmd.Context()) },
	}, config.OfTarget|config.InExport)
}

func (a *app) export(ctx context.Context) error {
	format, out := a.Opt.Format, a.Opt.Out
	if format == "" {
		format = "csv"
		if ext := strings.TrimPrefix(strings.ToLower(filepath.Ext(out)), "."); out != "-" && ext != "" {
			format = ext
			if !slices.Contains(a.Opt.Find("format").Words, ext) {
				return usage("--out %s: its extension names no format that can be written (.csv, .xlsx, .jsonl); --format says which", out)
			}
		}
	}
	a.Opt.Format = format
	if out == "-" && a.asksForJSON() {
		return usage("--output json: standard output has the users themselves; name a file for them with --out")
	}
	if _, tty := run.TerminalOf(a.Stdout); tty && out == "-" && format == "xlsx" {
		return usage("a workbook is nothing for a terminal; name a file with --out")
	}
	if _, err := os.Stat(filepath.Dir(out)); err != nil { // before the app is read
		return fmt.Errorf("export: %w; make that directory, or name another with --out", err)
	}
	target, err := a.Opt.Target(a.Origins)
	if err != nil {
		return err
	}
	key, err := a.APIKey(target)
	if err != nil {
		return err
	}
	connection, err := a.Connect(&target, key, a.Opt.Sandbox, nil)
	if err != nil {
		return err
	}
	defer connection.Close()

	users, odd, err := a.Users(ctx, connection)
	if err != nil {
		return err
	}
	var who []string
	for i := range odd {
		who = append(who, fmt.Sprintf("%q (%s)", odd[i].UID, odd[i].Odd))
	}
	if len(who) > 0 {
		a.Tell(events.ExportLeftOut, "users", len(who), "who", strings.Join(who, ", "))
	}
	write := func(w io.Writer) error { return roster.Write(w, format, users, a.Now()) }
	if out == "-" {
		return write(a.Stdout)
	}
	put := journal.WriteWhole
	if info, err := os.Stat(out); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		put = writeInto // a device or a pipe, whose place no file is to take
	}
	if err := put(out, write); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	a.Tell(events.ExportWritten, "users", len(users), "file", out)
	if a.Opt.Output != "json" {
		return nil
	}
	return wire.WriteDocument(a.Stdout, struct {
		Schema  string      `json:"schema"`
		Target  plan.Target `json:"target"`
		File    string      `json:"file"`
		Format  string      `json:"format"`
		Users   int         `json:"users"`
		LeftOut []string    `json:"leftOut"` // uids, each with why
	}{formats.Export.String(), target, out, format, len(users), who})
}

// asksForJSON reports whether the command line asks for JSON, where the configuration or
// the environment may ask for that of every command.
func (a *app) asksForJSON() bool {
	return a.Opt.Output == "json" && a.Origins["output"].Kind == config.FromFlag
}

func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
