package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"cometsync/internal/formats"
	"cometsync/internal/man"
	"cometsync/internal/phrase"
	"cometsync/internal/run"
	"cometsync/report/wire"
)

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages",
		Long: `Man writes a page of section 1 for each command into a directory, which is made
if it is not there. One version writes the same bytes every time; with
SOURCE_DATE_EPOCH in the environment, the pages have its date.`,
		Example: "cometsync man /usr/local/share/man/man1",
		Args:    exactly(1, "cometsync man takes the directory that the pages are written to"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.man(cmd.Root(), args[0]) },
	}
}

func (a *app) man(root *cobra.Command, dir string) error {
	date, err := a.manDate()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	pages := []string{}
	var write func(c *cobra.Command) error
	write = func(c *cobra.Command) error {
		pages = append(pages, man.Name(c)+".1")
		if err := os.WriteFile(filepath.Join(dir, man.Name(c)+".1"), []byte(man.Page(c, date)), 0o644); err != nil {
			return err
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				if err := write(sub); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := write(root); err != nil {
		return err
	}
	switch {
	case a.Opt.Output == "json":
		return wire.WriteDocument(a.Stdout, struct {
			Schema string   `json:"schema"`
			Dir    string   `json:"dir"`
			Pages  []string `json:"pages"`
		}{formats.Manual.String(), dir, pages})
	case a.Opt.Quiet:
		return nil
	}
	_, err = fmt.Fprintf(a.Stdout, "%d pages are in %s; man -l %s shows the first\n", len(pages), dir,
		phrase.ShellWord(filepath.Join(dir, man.Name(root)+".1")))
	return err
}

// manDate is the date of the pages: the one that is asked for, else that of the
// commit which the program was built from; "" where nobody knows.
func (a *app) manDate() (string, error) {
	if epoch := a.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return "", usage("SOURCE_DATE_EPOCH: %q: must be seconds since 1970", epoch)
		}
		return time.Unix(seconds, 0).UTC().Format(time.DateOnly), nil
	}
	if at := run.BuiltFrom().Time; !at.IsZero() {
		return at.Format(time.DateOnly), nil
	}
	return "", nil
}
