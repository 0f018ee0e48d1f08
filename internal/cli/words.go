package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/cometchat"
	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/plan"
)

// explained is an error of a call in words: what is the matter, what was changed,
// and what to do. The error itself comes behind them.
type explained struct {
	words string
	err   error
}

func (e *explained) Error() string { return e.words + " (" + e.err.Error() + ")" }
func (e *explained) Unwrap() error { return e.err }

// troubles are how each is told, and what helps; %s is what names the app.
var troubles = map[cometchat.Trouble][2]string{
	cometchat.NoTrouble:   {"The app refused a request.", ""},
	cometchat.Unreachable: {"The app could not be reached.", "Check the network%s."},
	cometchat.NoProxy:     {"The proxy did not connect to the app.", "Check HTTPS_PROXY and NO_PROXY, and what the proxy allows."},
	cometchat.Untrusted:   {"The app's address has no certificate that can be trusted.", "Check the clock%s, and whether a proxy on the way opens connections: its certificate has to be among the system's."},
	cometchat.Silent:      {"The app did not answer in time.", "Try again later, or give it longer with --timeout."},
	cometchat.KeyRefused:  {"The app refused the API key.", "It has to be a REST API key (fullAccess) of this app; check it%s."},
	cometchat.AppClosed:   {"The app, or its plan, does not allow this.", "See the CometChat dashboard."},
	cometchat.NotTheAPI:   {"What answered is not the app's API.", "Check %s."},
	cometchat.Failing:     {"The app's service failed.", "Try again later."},
	cometchat.Busy:        {"The app is asked too often.", "Try again later, or with a lower --rate-core and --rate-standard."},
	cometchat.Garbled:     {"The app's answer can't be read.", "Check whether something on the way changes it%s, and try again later."},
}

// inWords puts an error of a call into words, once; others stay as they are.
func (a *session) inWords(err error) error {
	var done *explained
	calls := events.FailedCalls(err)
	if len(calls) == 0 || errors.As(err, &done) {
		return err
	}
	t := calls[0].Trouble()
	if t == cometchat.Interrupted {
		return err
	}
	named, and := "--app-id and --region", ", "
	switch {
	case a.opt.Sandbox != "":
		named = "the sandbox"
	case a.opt.BaseURL != "":
		named = "--base-url"
	}
	if !strings.Contains(named, " and ") {
		and = " and "
	}
	advice := strings.NewReplacer("Check %s", "Check "+named, "%s", and+named).Replace(troubles[t][1])
	return &explained{strings.TrimSpace(troubles[t][0] + " " + a.changed() + " " + advice), err}
}

// unchanged is an error of a run that could not go on, and had written nothing: its first
// line, which is a mail's, says so.
type unchanged struct{ error }

func (e unchanged) Unwrap() error { return e.error }

func (e unchanged) Error() string {
	first, rest, more := strings.Cut(e.error.Error(), "\n")
	if first += "; nothing was changed"; more {
		first += "\n" + rest
	}
	return first
}

// placed has an error say where in the configuration the option or the source stands that
// it is about, and that nothing was changed if a run that writes could not go on.
func (a *app) placed(err error) error {
	var told *explained
	if err == nil || errors.As(err, &told) {
		return err
	}
	option, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "--"), ":")
	option, _, _ = strings.Cut(option, " ")
	place := a.opt.Place(err.Error())
	if from := a.origins[option]; from.Kind == config.FromFile && strings.HasPrefix(err.Error(), "--") {
		place, _, _ = strings.Cut(from.Where, ": ")
	}
	if place != "" {
		err = fmt.Errorf("%s: %w", place, err)
	}
	writes := slices.Contains(watched, a.command) || a.command == "undo"
	said := strings.Contains(err.Error(), "nothing was ") // sent, or written
	if exit.Of(err) == exit.Failed && writes && !said && (a.run == nil || a.run.connection == nil || a.run.connection.Stats().Writes == 0) {
		return unchanged{err}
	}
	return err
}

// changed says what a run has written to the app when a call failed.
func (a *session) changed() string {
	r := a.run
	if r == nil || r.connection == nil || r.connection.Stats().Writes == 0 {
		return "Nothing was changed."
	}
	done, unknown, all := 0, 0, 0
	for i := range r.results {
		switch r.results[i].Outcome {
		case plan.Applied:
			done++
		case plan.Unknown:
			unknown++
		case plan.Withheld:
			continue
		}
		all++
	}
	switch {
	case done == all && all > 0:
		return fmt.Sprintf("All operations (%d) were carried out; what is missing is the look at the app afterwards.", all)
	case unknown > 0:
		return fmt.Sprintf("%d of %d operations were carried out, and of %d nobody knows whether they were; run the same command again to go on.", done, all, unknown)
	case done == 0 && len(r.plan.NewRoles) > 0:
		return fmt.Sprintf("None of %d operations was carried out, and roles may have been created; run the same command again to go on.", all)
	}
	return fmt.Sprintf("%d of %d operations were carried out; run the same command again to go on.", done, all)
}
