package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/formats"
	"cometsync/internal/history"
	"cometsync/internal/run"
	"cometsync/internal/setup"
	"cometsync/report/wire"
)

func (a *app) nightly(cmd *cobra.Command, args []string, form string) error {
	for _, word := range args {
		if slices.Contains(setup.JobForms, word) && !history.Exists(word) {
			return usage("%s: stands where a source would; --nightly=%s prints this form", word, word)
		}
	}
	n, err := a.nightlyJob(cmd, args)
	if err != nil {
		return err
	}
	text := n.Text(form)
	if text == "" {
		return usage("--nightly %q: must be systemd, cron, kubernetes or all", form)
	}
	if kind := a.Origins["ping-url"].Kind; kind == config.FromFlag || kind == config.FromEnvironment {
		a.Tell(events.PingPrinted)
	}
	if unseen := n.Unseen(); len(unseen) > 0 && (form == "systemd" || form == "all") {
		a.Tell(events.NightlyUnseen, "paths", strings.Join(unseen, ", "))
	}
	lists, _ := (&run.Run{Session: a.Session, Target: n.Target}).ProtectLists()
	if form != "cron" && len(lists) > 0 && !slices.ContainsFunc(lists, history.Exists) { // crontabs are of whoever has the list
		a.Tell(events.NightlyUnprotected, "list", lists[0])
	}
	text = a.Mask.Text(text)
	if a.Opt.Output == "json" {
		return wire.WriteDocument(a.Stdout, struct {
			Schema string `json:"schema"`
			Form   string `json:"form"`
			Text   string `json:"text"`
		}{formats.Job.String(), form, text})
	}
	_, err = fmt.Fprint(a.Stdout, text)
	return err
}

func (a *app) nightlyJob(cmd *cobra.Command, args []string) (*setup.Job, error) {
	sources, err := a.Opt.Sources(args)
	if err != nil {
		return nil, err
	}
	n := &setup.Job{Binary: setup.OwnBinary(), Words: []string{"sync"}, Grace: a.Opt.Grace, Version: run.Version()}
	if n.Target, err = a.Opt.Target(a.Origins); err != nil {
		return nil, err
	}
	if _, err := a.Opt.Policy(); err != nil {
		return nil, err
	}
	switch {
	case n.Target.Sandbox:
		return nil, usage("--sandbox: is for trying out; name the app that is to be synced every night")
	case len(a.Opt.Allow) > 0:
		return nil, usage("--allow: lets a guard trip in one run, at one number, and has no place in what runs every night")
	case slices.Contains(sources, history.StandardInput):
		return nil, usage("-: nobody writes to standard input at night; name files")
	}
	for _, path := range sources {
		n.Sources = append(n.Sources, filepath.Dir(config.Absolute(path)))
	}
	for _, path := range args {
		n.Words = append(n.Words, config.Absolute(path))
	}
	if len(args) == 0 && slices.ContainsFunc(a.Opt.Own, func(s config.OwnSource) bool { return !filepath.IsAbs(s.Path) }) {
		n.Dir = config.Absolute(".")
	}
	a.hand(n)
	// of another app: they would set this one's back
	inherited, of := cmd.InheritedFlags(), (&app{Session: &run.Session{}}).syncCommand().Flags()
	a.Set.VisitAll(func(f *pflag.Flag) {
		if of.Lookup(f.Name) != nil || inherited.Lookup(f.Name) != nil {
			n.Option(f, a.Origins[f.Name].Kind)
		}
	})
	return n, n.Check()
}

// hand finds the files of the job that only the run needs to know.
func (a *app) hand(n *setup.Job) {
	n.Key = "/etc/cometsync/api-key"
	if a.Opt.KeyFile != "" {
		n.Key = config.Absolute(a.Opt.KeyFile)
	}
	protect := ""
	lists, _ := (&run.Run{Session: a.Session, Target: n.Target}).ProtectLists()
	for _, list := range lists { // the first is the one that users are added to
		if protect == "" && history.Exists(list) {
			protect = list
		}
	}
	n.Hand("config", a.Opt.Config)
	n.Hand("protect-list", protect)
	n.Hand("password-file", a.Opt.Passwords)
}
