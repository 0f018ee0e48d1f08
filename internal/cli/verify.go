package cli

import (
	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/exit"
	"cometsync/internal/run"
)

func (a *app) verifyCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "verify RUN",
		Short: "Prove an earlier run's reports from its files; offline",
		Long: `Verify takes nothing on trust: it proves a run's reports from the files alone.

It hashes the inputs again,
checks the hashes of the plan, of every report and of the journal's chain, adds up
every total from what is listed, and renders every report again from the plan, the
journal and report.json, to compare it to the byte. It names each file that does not
fit, with the first line, row or cell that differs, and exits with 3 if one does not,
or could not be checked. Of a report that another version of the program wrote, the
sums, hashes and totals are checked. A source that a later run found replaced, as a nightly export
is, is named and not counted.

RUN is a run's id, the beginning of it, or last; or the directory with the
reports of a run or a plan.`,
		Example: "cometsync verify last",
		Args:    exactly(1, "verify takes one run: its id, the beginning of it, last, or the directory with its reports"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.verify(args[0]) },
	}, config.OfEarlier|config.InVerify)
}

func (a *app) verify(name string) error {
	earlier := a.History()
	if name == "last" {
		// Whether the last one can be believed is what is to be found out.
		var err error
		if name, err = earlier.Latest(); err != nil {
			return err
		}
	}
	e, err := earlier.Evidence(name)
	if err != nil {
		return err
	}
	v, err := earlier.Verify(e, run.Version(), a.Opt.Inputs)
	if err != nil {
		return err
	}
	if a.Opt.Output == "json" {
		err = v.WriteJSON(a.Stdout)
	} else if !a.Opt.Quiet || !v.Holds() {
		err = v.WriteTerminal(a.Stdout, a.Terminal(""))
	}
	if err == nil && !v.Holds() {
		return exit.Silent(exit.Part)
	}
	return err
}
