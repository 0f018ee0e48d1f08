package cli

import (
	"context"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/exit"
)

func (a *app) explainCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "explain RUN UID|FILE:ROW",
		Short: "Tell why a user was changed, or was not; offline",
		Long: `Explain tells the story of one user, or of one row of a source, in an earlier
run, also of rows that were skipped and users that were not touched.

It tells which row, what was repaired in it, which rule held, which guard, what was sent
and what came back. It reads the run's journal, its reports, and its sources as far as they
are still the same, and asks nobody else.

RUN is a run's id, the beginning of it, or last; or the directory with the
reports of a run or a plan. A row is named as reports name it: staff.csv:14, or
staff.xlsx[HR]:14. Of a user or a row that the run did not know it says so, and
exits with 1.`,
		Example: "cometsync explain last anna-k",
		Args:    exactly(2, "explain takes a run (or the directory with its reports), and a uid or FILE:ROW"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.explain(cmd.Context(), args[0], args[1]) },
	}, config.OfEarlier|config.InPrivate)
}

func (a *app) explain(ctx context.Context, name, subject string) error {
	e, err := a.History().Evidence(name)
	if err != nil {
		return err
	}
	s, err := e.Story(ctx, subject)
	if err != nil {
		return err
	}
	s.ShowPrivate = a.Opt.ShowPrivate
	if a.Opt.Output == "json" {
		err = s.WriteJSON(a.Stdout)
	} else {
		err = s.WriteTerminal(a.Stdout, a.Terminal(e.Dir))
	}
	if err == nil && s.Unknown() {
		return exit.Silent(exit.Failed)
	}
	return err
}
