package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/history"
	"cometsync/internal/journal"
)

// choices are what a shell offers for the next argument of a command, by what its usage
// calls that. It asks nobody but the files of earlier runs, and is told of no error: a
// message would stand in the middle of what somebody types.
func (a *app) choices(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	none, inOrder := cobra.ShellCompDirectiveNoFileComp, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder
	words := strings.Fields(cmd.Use)[1:]
	if len(words) == 0 || len(args) >= len(words) && !strings.HasSuffix(words[len(words)-1], "...") {
		return nil, none
	}
	switch word := words[min(len(args), len(words)-1)]; strings.Trim(word, "[].") {
	case "SOURCE", "A", "B":
		return config.FileChoices(config.SourceFiles)
	case "PLAN":
		return config.FileChoices("json")
	case "DIR":
		return config.FileChoices("/")
	case "RUN":
		_, _ = a.Opt.Resolve(cmd.Context(), cmd.Flags(), a.Getenv)
		found := a.History().RunChoices(typed, func(s *journal.Summary) bool { return cmd.Name() != "undo" || s.Sent > 0 })
		if len(found) == 0 && slices.Contains([]string{"explain", "verify"}, cmd.Name()) { // which take a report as well
			return config.FileChoices("/")
		}
		return described(found), inOrder
	case "UID|FILE:ROW":
		_, _ = a.Opt.Resolve(cmd.Context(), cmd.Flags(), a.Getenv)
		earlier := a.History()
		earlier.Passed = nil
		return described(earlier.UserChoices(args[0], typed)), none
	case "COMMAND|TOPIC":
		var found []history.Choice
		for _, c := range cmd.Root().Commands() {
			if !c.Hidden {
				found = append(found, history.Choice{Name: c.Name(), About: c.Short})
			}
		}
		return described(found), inOrder
	}
	return nil, none
}

func described(choices []history.Choice) (list []string) {
	for _, c := range choices {
		list = append(list, cobra.CompletionWithDesc(c.Name, c.About))
	}
	return list
}
