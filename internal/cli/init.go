package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/importer/input"
	"cometsync/importer/survey"
	"cometsync/internal/config"
	"cometsync/internal/history"
	"cometsync/internal/phrase"
	"cometsync/internal/run"
	"cometsync/internal/setup"
	"cometsync/report/wire"
)

func (a *app) initCommand() *cobra.Command {
	o := &a.Opt
	c := a.Opt.Flags(&cobra.Command{
		Use:   "init SOURCE...",
		Short: "Look at a file and propose a configuration",
		Long: `Init looks at the beginning of each source and writes what it understood into a
commented configuration.

That is format, encoding, delimiter, sheet, header row, and
each column with its proposed field and three of its values. What it was unsure
of is named, for you to decide. A JSON Schema for editors is written beside it.

What the configuration is for decides what becomes of users whom the file lacks:
--for nightly proposes missing: known, max-source-age: 36h and, below 500 people,
grace-runs: 2; --for migration proposes missing: keep. --ask asks on the terminal.

It needs no network and no key. The values of the comments are people's: the
file is readable by you alone.

With --nightly it writes nothing, and prints what starts a sync every night, with
the configuration and the options at hand: it then takes those of sync.`,
		Example: "cometsync init staff.csv --for nightly --write cometsync.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Nightly != "" {
				return a.nightly(cmd, args, o.Nightly)
			}
			if f := a.syncOnly(cmd); f != "" {
				return usage("--%s: is an option of sync, which init takes with --nightly alone", f)
			}
			p := &setup.Proposal{To: o.Write, Made: a.Now(), Use: setup.Purpose(o.Use)}
			if o.Ask {
				var err error
				if cmd.Flags().Changed("for") {
					return usage("--ask: --for says already what the configuration is for")
				}
				if p.Use, err = a.askPurpose(cmd.Context()); err != nil {
					return err
				}
			}
			return a.init(cmd.Context(), args, p)
		},
	}, config.InRead|config.InInit)
	f := c.Flags()
	f.Lookup("nightly").NoOptDefVal = "all"
	own := map[string]bool{}
	f.VisitAll(func(f *pflag.Flag) { own[f.Name] = true })
	f.AddFlagSet(a.syncCommand().Flags())
	f.VisitAll(func(f *pflag.Flag) { f.Hidden = !own[f.Name] })
	return c
}

// syncOnly is a flag of the command line that is not for looking at files; "" for none.
func (a *app) syncOnly(cmd *cobra.Command) (name string) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Changed && f.Hidden && a.Origins[f.Name].Kind == config.FromFlag {
			name = f.Name
		}
	})
	return name
}

func (a *app) init(ctx context.Context, args []string, p *setup.Proposal) error {
	to, force := p.To, a.Opt.Force
	sources, err := a.Opt.Sources(args)
	if err != nil {
		return err
	}
	opt, err := input.Await(ctx, a.Opt.Reading)
	if err != nil {
		return err
	}
	if to != "-" && !force {
		if _, err := os.Lstat(to); err == nil {
			return usage("%s: already exists; write to another file with --write, or over it with --force", to)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return usage("%s: %v", to, err)
		}
	}
	paths, _, err := input.Expand(sources)
	if err != nil {
		return err
	}
	schemaPath := filepath.Join(filepath.Dir(to), config.SchemaName)
	for _, path := range append([]string{schemaPath}, paths...) {
		if sameFile(path, to) {
			return usage("%s: would be written over %s; name another file with --write", to, path)
		}
	}
	p.Sources = sources
	for _, path := range paths {
		if path == history.StandardInput {
			return usage("-: init looks at files, which it can name in the configuration; save standard input to one")
		}
		s, err := survey.Of(ctx, path, opt)
		if err != nil {
			return err
		}
		p.Surveyed = append(p.Surveyed, s)
	}
	if to == "-" && a.asksForJSON() {
		return usage("--output json: standard output has the configuration itself; name a file for it with --write")
	}
	if to == "-" {
		_, err := a.Stdout.Write(p.Text())
		return err
	}
	schema, err := config.Schema()
	if err != nil {
		return err
	}
	if was, err := os.ReadFile(schemaPath); err == nil && !bytes.Contains(was, []byte(config.SchemaTitle)) && !force {
		return usage("%s: already exists, and is not a schema of cometsync; move it, or write over it with --force", schemaPath)
	}
	if err := os.WriteFile(schemaPath, schema, 0o644); err != nil {
		return err
	}
	// A file that is there may be readable by others, and what is written holds people.
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(to, p.Text(), 0o600); err != nil {
		return err
	}
	switch {
	case a.Opt.Output == "json":
		return wire.WriteDocument(a.Stdout, p.Document())
	case a.Opt.Quiet:
		return nil
	}
	_, err = fmt.Fprint(a.Stdout, p.Summary())
	return err
}

func sameFile(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// askPurpose asks on the terminal what the configuration is for.
func (a *app) askPurpose(ctx context.Context) (setup.Purpose, error) {
	words := a.Opt.Find("for").Words
	if _, ok := run.TerminalOf(a.Stdin); !ok {
		return "", usage("--ask: there is no terminal to ask on; say it with --for %s", phrase.Or(words))
	}
	fmt.Fprintf(a.Stderr, "What is this configuration for?\n  1  %s: a job keeps the app in line with the file\n  2  %s: the people of "+
		"the file come into the app, and nobody leaves it\n", setup.ForNightly, setup.ForMigration)
	in := bufio.NewScanner(a.Stdin)
	for range 3 {
		fmt.Fprint(a.Stderr, "1 or 2 [1]: ")
		answered, err := input.Await(ctx, func() (bool, error) { return in.Scan(), nil })
		if err != nil {
			return "", err
		}
		switch answer := strings.ToLower(strings.TrimSpace(in.Text())); {
		case !answered:
			return "", usage("--ask: nobody answered; say it with --for %s", phrase.Or(words))
		case slices.Contains(words, answer):
			return setup.Purpose(answer), nil
		case answer == "" || answer == "1":
			return setup.ForNightly, nil
		case answer == "2":
			return setup.ForMigration, nil
		}
	}
	return "", usage("--ask: no answer was 1 or 2; say it with --for %s", phrase.Or(words))
}
