package run

import (
	"errors"
	"strings"

	"cometsync/internal/cometchat"
	"cometsync/internal/events"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// Explained is an error of a call in words: what is the matter, what was changed,
// and what to do. The error itself comes after them.
type Explained struct {
	Words string
	Err   error
}

func (e *Explained) Error() string { return e.Words + " (" + e.Err.Error() + ")" }
func (e *Explained) Unwrap() error { return e.Err }

// troubles are how each is told, and what helps; %s is what names the app.
var troubles = map[cometchat.Trouble][2]string{
	cometchat.NoTrouble:   {"The app refused a request.", ""},
	cometchat.Unreachable: {"The app could not be reached.", "Check the network%s."},
	cometchat.NoProxy:     {"The proxy did not connect to the app.", "Check HTTPS_PROXY and NO_PROXY, and what the proxy allows."},
	cometchat.Untrusted: {"The app's address has no certificate that can be trusted.",
		"Check the clock%s, and whether a proxy on the way opens connections: its certificate has to be among the system's."},
	cometchat.Silent:     {"The app did not answer in time.", "Try again later, or give it longer with --timeout."},
	cometchat.KeyRefused: {"The app refused the API key.", "It has to be a REST API key (fullAccess) of this app; check it%s."},
	cometchat.AppClosed:  {"The app, or its plan, does not allow this.", "See the CometChat dashboard."},
	cometchat.NotTheAPI:  {"What answered is not the app's API.", "Check %s."},
	cometchat.Failing:    {"The app's service failed.", "Try again later."},
	cometchat.Busy:       {"The app gets too many requests.", "Try again later, or with a lower --rate-core and --rate-standard."},
	cometchat.Garbled:    {"The app's answer can't be read.", "Check whether something on the way changes it%s, and try again later."},
}

// InWords puts an error of a call into words, once; others stay as they are.
func (a *Session) InWords(err error) error {
	var done *Explained
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
	case a.Opt.Sandbox != "":
		named = "the sandbox"
	case a.Opt.BaseURL != "":
		named = "--base-url"
	}
	if !strings.Contains(named, " and ") {
		and = " and "
	}
	advice := strings.NewReplacer("Check %s", "Check "+named, "%s", and+named).Replace(troubles[t][1])
	return &Explained{strings.TrimSpace(troubles[t][0] + " " + a.changed() + " " + advice), err}
}

// changed says what a run has written to the app when a call failed.
func (a *Session) changed() string {
	r := a.Last
	if r == nil || r.Connection == nil || r.Connection.Stats().Writes == 0 {
		return "Nothing was changed."
	}
	done, unknown, all := 0, 0, 0
	for i := range r.Results {
		switch r.Results[i].Outcome {
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
		return phrase.Sprintf("All operations (%d) were carried out; what is missing is the look at the app afterwards.", all)
	case unknown > 0:
		return phrase.Sprintf("%d of %d operations were carried out, and of %d nobody knows whether they were; run the same command "+
			"again to go on.", done, all, unknown)
	case done == 0 && len(r.Plan.NewRoles) > 0:
		return phrase.Sprintf("None of %d operations was carried out, and roles may have been created; run the same command again to go "+
			"on.", all)
	}
	return phrase.Sprintf("%d of %d operations were carried out; run the same command again to go on.", done, all)
}
