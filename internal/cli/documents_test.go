package cli

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/internal/help"
	"cometsync/internal/run"
)

// What README and help name is there: each option, and each command.
func TestWhatTheDocumentsNameExists(t *testing.T) {
	root := (&app{Session: &run.Session{}}).root()
	var options []string
	var gather func(c *cobra.Command)
	gather = func(c *cobra.Command) {
		take := func(f *pflag.Flag) { options = append(options, f.Name) }
		c.Flags().VisitAll(take)
		c.PersistentFlags().VisitAll(take)
		for _, sub := range c.Commands() {
			gather(sub)
		}
	}
	gather(root)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string]string{"README.md": string(readme)}
	for _, topic := range help.Topics {
		documents[topic.Name] = topic.Markdown()
	}
	option, command := regexp.MustCompile(`[ (\x60]--([a-z][a-z-]*)`), regexp.MustCompile(`(?m)(?:^ {4}|\x60)cometsync (?:help )?([a-z][a-z-]*(?:\.json)?)`)
	named := 0
	for name, text := range documents {
		for _, m := range option.FindAllStringSubmatch(text, -1) {
			if named++; !slices.Contains(options, m[1]) {
				t.Errorf("%s names --%s, which no command has", name, m[1])
			}
		}
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			if named++; m[1] != "completion" && m[1] != "help" && !slices.ContainsFunc(root.Commands(),
				func(c *cobra.Command) bool { return c.Name() == m[1] }) {
				t.Errorf("%s names the command %s, which does not exist", name, m[1])
			}
		}
	}
	if named < 100 {
		t.Errorf("only %d options and commands were found", named)
	}
}

func TestLength(t *testing.T) {
	for d, want := range map[time.Duration]string{
		26*time.Hour + 3*time.Minute: "26h3m", 36 * time.Hour: "36h", 20 * time.Minute: "20m",
		8007*time.Hour + 12*time.Minute: "about 334 days",
	} {
		if got := length(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
