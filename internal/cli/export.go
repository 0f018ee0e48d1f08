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
	"sync"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/formats"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/internal/run"
	"cometsync/internal/user"
	"cometsync/report/roster"
	"cometsync/report/wire"
)

func (a *app) exportCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the app's users as CSV, XLSX or JSON lines",
		Long: `Export writes all of the app's users, active and deactivated, sorted by uid. What
it writes is a source: a plan made of it at once has nothing to do. As JSON
lines it is also a state file for --sandbox. It holds @private metadata.`,
		Example: "cometsync export --config cometsync.yaml --out users.xlsx",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.export(cmd.Context()) },
	}
	a.Opt.Flags(c, config.OfTarget|config.InExport)
	return c
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

	users, odd, err := a.list(ctx, connection)
	if err != nil {
		return err
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
	}{formats.Export.String(), target, out, format, len(users), odd})
}

// asksForJSON reports whether the command line asks for JSON, where the configuration or
// the environment may ask for that of every command.
func (a *app) asksForJSON() bool {
	return a.Opt.Output == "json" && a.Origins["output"].Kind == config.FromFlag
}

// writeInto writes into what is there.
func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// list reads all users, sorted by uid, but for odd ones.
func (a *app) list(ctx context.Context, c *run.Connection) (users []user.User, odd []string, err error) {
	p := a.Progress("listing users", 0)
	defer p.Done()
	var mu sync.Mutex
	listing, err := c.Remote(ctx, nil, nil, func(page []user.User) error {
		p.Of(c.Counted())
		p.Add(len(page))
		mu.Lock()
		defer mu.Unlock()
		for i := range page {
			users = append(users, page[i].Clone())
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("listing the app's users: %w", err)
	}
	if listing.Gap != "" {
		return nil, nil, fmt.Errorf("the app's user list can't be shown to be complete: %s; run again", listing.Gap)
	}
	users = slices.DeleteFunc(users, func(u user.User) bool {
		if u.Odd != user.NoField {
			odd = append(odd, fmt.Sprintf("%q (%s)", u.UID, u.Odd))
		}
		return u.Odd != user.NoField
	})
	if len(odd) > 0 {
		slices.Sort(odd)
		a.Tell(events.ExportLeftOut, "users", len(odd), "who", strings.Join(odd, ", "))
	}
	slices.SortFunc(users, func(a, b user.User) int { return strings.Compare(a.UID, b.UID) })
	return users, odd, nil
}
