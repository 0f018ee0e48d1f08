package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/internal/config"
	"cometsync/internal/exit"
	"cometsync/internal/formats"
	"cometsync/internal/help"
	"cometsync/internal/man"
	"cometsync/internal/phrase"
	"cometsync/internal/run"
)

// Process is what the command line needs of the process around it.
type Process = run.Process

// Interrupt is the signal that ended a run.
type Interrupt = exit.Interrupt

// Leave ends the process at once.
func Leave(code int) { exit.Now(code) }

type app struct {
	*run.Session
	watch   *watch  // nil: nobody watches over this
	wrong   []error // of the options
	command string  // the command, once its options are settled, if it is one that is told
}

// Main runs one command and gives the exit code.
func Main(ctx context.Context, p Process) int {
	a := &app{Session: run.NewSession(p)}
	defer context.AfterFunc(ctx, a.Late.Release)()
	a.KeepSecret(a.Getenv("COMETCHAT_API_KEY"))
	root := a.root()
	root.SetArgs(p.Args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
		err = cause
	}
	err = a.placed(a.InWords(err))
	if _, silent := errors.AsType[exit.Silent](err); err != nil && !silent {
		a.beginAnyway(ctx, cmd)
		if a.Opt.LogFormat != "json" {
			fmt.Fprintf(a.Words, "cometsync: %v\n", err)
		}
		a.tellFailure(err)
	}
	a.Late.Release()
	a.endWatch(ctx, exit.Of(err))
	a.finish(ctx, err)
	a.Log.Close()
	return exit.Of(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "cometsync",
		Short: "Bring the users of a CometChat app in line with a roster",
		Long: `cometsync brings the users of a CometChat app in line with a CSV or XLSX roster.

It reads and checks the roster, compares it with the app's users, shows the plan,
applies it, verifies, and writes a report. The example needs no app: it works on
the embedded sandbox.`,
		Example:           "cometsync sync testdata/roster.csv --sandbox testdata/remote.jsonl",
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.prepare(cmd) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				hint := ""
				if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
					hint = fmt.Sprintf("; did you mean %q?", near[0])
				}
				return usage("unknown command %q%s; cometsync help lists the commands", args[0], hint)
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	root.Version = run.Version()
	root.SetVersionTemplate("cometsync {{.Version}}\n")
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		hint := ""
		if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
			if n := config.Nearest(unknown.GetSpecifiedName(), flagNames(cmd)); n != "" {
				hint = fmt.Sprintf("; did you mean --%s?", n)
			}
		}
		if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			f := invalid.GetFlag()
			err = fmt.Errorf("invalid argument %q for \"--%s\" flag: %s", invalid.GetValue(), f.Name, config.Wanted(f, invalid.Unwrap()))
		}
		return usage("%v%s; %s", err, hint, lists(cmd))
	})
	a.Opt.Flags(root, config.InAll)
	root.PersistentFlags().SortFlags = false
	root.PersistentFlags().BoolP("help", "h", false, "a screen of help; cometsync help COMMAND says everything")
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { fmt.Fprint(a.Stdout, man.Screen(cmd, a.readingWidth())) })
	root.SetHelpCommand(a.helpCommand())
	root.SetHelpCommandGroupID("program")
	root.SetCompletionCommandGroupID("program")
	for _, g := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"prepare", "Prepare", []*cobra.Command{a.initCommand(), a.validateCommand(), a.diffCommand(), a.rehearseCommand(),
			a.doctorCommand()}},
		{"change", "Change", []*cobra.Command{a.planCommand(), a.applyCommand(), a.syncCommand(), a.undoCommand()}},
		{"look-back", "Look back", []*cobra.Command{a.runsCommand(), a.explainCommand(), a.verifyCommand()}},
		{"app", "App", []*cobra.Command{a.exportCommand(), a.sandboxCommand()}},
		{"program", "Program", []*cobra.Command{a.manCommand(), a.versionCommand()}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID, c.ValidArgsFunction = g.id, a.choices
			root.AddCommand(c)
		}
	}
	for _, t := range help.Topics {
		root.AddCommand(a.topic(t.Name, t.Short, t.Text))
	}
	root.AddCommand(a.topic("events", "What --log-format json and --log-file tell", eventsText),
		a.topic("codes", "What the codes of rejects and notices mean", codesText),
		a.topic("formats", "Formats of files, their numbers and schemas", formatsText))
	for _, f := range formats.All() {
		if text := f.Schema(); text != nil {
			schema := a.topic(f.Name+".json", "", func(int) string { return string(text) })
			schema.Hidden = true // the topic on formats names it
			root.AddCommand(schema)
		}
	}
	completionCommand(root)
	return root
}

func init() { cobra.EnableCommandSorting = false } // they are in the order in which people need them

// completionCommand has cobra's own command refuse arguments as the others do.
func completionCommand(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	c, _, _ := root.Find([]string{"completion"})
	c.Args = exactly(1, "completion takes one shell: bash, zsh, fish or powershell")
	c.RunE = func(_ *cobra.Command, args []string) error {
		return usage("completion %s: not a shell that is known; it takes bash, zsh, fish or powershell", args[0])
	}
	for _, shell := range c.Commands() {
		shell.Args = noArguments
	}
}

// lists says where the options of a command are listed.
func lists(cmd *cobra.Command) string {
	return strings.TrimSpace("cometsync help "+man.Below(cmd)) + " lists the options"
}

// topic is a page of help, which is laid out once somebody asks for it.
func (a *app) topic(name, short string, text func(width int) string) *cobra.Command {
	c := &cobra.Command{Use: name, Short: short}
	c.SetHelpFunc(func(*cobra.Command, []string) { fmt.Fprint(a.Stdout, text(a.readingWidth())) })
	return c
}

func formatsText(width int) string {
	var b strings.Builder
	b.WriteString(phrase.Hang("", "A file says which format it has as its schema. Keys may be added under the same number, so programs "+
		"should pass over those that they do not know. There is a JSON Schema, of what this version writes, for plan.json, "+
		"report.json, decisions.json, target.json and did-not-stick.json, and of each line of a journal for journal.json: "+
		"\"cometsync help plan.json\" prints it, and so on.", width) + "\n")
	for _, f := range formats.All() {
		what := f.What
		for n := f.Oldest; n > 0 && n < f.Number; n++ {
			what += fmt.Sprintf("; v%d is read, too", n)
		}
		b.WriteString(phrase.Hang(fmt.Sprintf("  %-28s ", f), what, width))
	}
	return b.String()
}

// helpCommand explains a command or a topic in full. It needs no options, so a wrong
// one in the environment or the configuration does not keep anybody from reading of it.
func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND|TOPIC]",
		Short:             "Explain a command or a topic in full",
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		ValidArgsFunction: a.choices,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, _ := cmd.Root().Find(args)
			switch {
			case len(rest) > 0:
				hint := ""
				if near := phrase.Nearest(rest[0], commandNames(found)); near != "" {
					hint = fmt.Sprintf("; did you mean %q?", near)
				}
				return usage("there is no help on %q%s; cometsync help lists the commands and topics", strings.Join(args, " "), hint)
			case man.IsTopic(found):
				return found.Help()
			}
			_, err := fmt.Fprint(a.Stdout, man.Reference(found, a.readingWidth()))
			return err
		},
	}
}

func commandNames(c *cobra.Command) (names []string) {
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	return names
}

// readingWidth is how wide help is laid out: wide lines are hard to read.
func (a *app) readingWidth() int { return min(cmp.Or(a.Terminal("").Width, 80), 120) }

func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// prepare resolves the options before a command runs: a flag beats the
// environment beats the configuration beats the default.
func (a *app) prepare(cmd *cobra.Command) error {
	if cmd.Name() == cobra.ShellCompRequestCmd { // whose options are those of another command
		return nil
	}
	var err error
	if a.Origins, err = a.Opt.Resolve(cmd.Context(), cmd.Flags(), a.Getenv); err != nil {
		return err
	}
	if err := a.Opt.CheckVariables(a.Environ, finishVariables); err != nil {
		return err
	}
	// What keeps every night quiet must not hush whoever asks by hand. Doctor tells
	// of the options of a sync, and speaks all the same.
	if a.Origins["quiet"].Kind == config.FromFile && (cmd.Name() != "sync" || a.Opt.DryRun) && cmd.Name() != "doctor" {
		a.Opt.Quiet = false
	}
	a.wrong = a.Opt.Check(cmd.Flags())
	a.Set = cmd.Flags()
	if err := a.openLog(); err != nil {
		return err
	}
	a.WatchWire()
	a.begin(cmd)
	if len(a.wrong) > 0 && cmd.Name() != "doctor" { // which tells all of them
		return a.wrong[0]
	}
	if a.watches() {
		return a.beginWatch(cmd.Context())
	}
	return nil
}

// openLog settles where events go, by the options as far as they are known.
func (a *app) openLog() error {
	_, tty := run.TerminalOf(a.Stderr)
	return a.Log.Open(&a.Opt, tty)
}

func usage(format string, args ...any) error { return config.Errorf(format, args...) }

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s takes no arguments, and was given %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// exactly refuses another number of arguments, in these words.
func exactly(n int, what string) cobra.PositionalArgs { return between(n, n, what) }

func between(least, most int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usage("%s", what)
		}
		return nil
	}
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and what it was built from",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			b := run.BuiltFrom()
			if a.Opt.Output == "json" {
				e := json.NewEncoder(a.Stdout)
				e.SetIndent("", "  ")
				return e.Encode(b)
			}
			commit := "unknown: built outside of a checkout"
			if b.Commit != "" {
				commit = b.Commit + ", " + b.Time.Format(time.DateOnly)
			}
			if b.Modified {
				commit += ", with changes that are not committed"
			}
			_, err := fmt.Fprintf(a.Stdout, "cometsync %s\ncommit %s\nbuilt with %s for %s\n", b.Version, commit, b.Go, b.Platform)
			for _, line := range phrase.Wrap("formats "+strings.Join(b.Formats, " "), 80) {
				fmt.Fprintln(a.Stdout, line)
			}
			return err
		},
	}
}
