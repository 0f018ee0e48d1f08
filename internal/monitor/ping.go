package monitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cometsync/internal/plan"
)

// Ping is the address of a cron monitor: itself for a success, with /start behind
// its path when the job begins, and with /fail when it fails, as Healthchecks and
// those like it take them.
//
// Whoever has the address can call there, so that it is a secret as a key is: no
// error has it, and neither has a request to where an answer redirects.
type Ping struct{ address *url.URL }

// The signals of a job.
const (
	Start   = "start"
	Success = ""
	Fail    = "fail"
)

// ParsePing takes an address over https, or on this machine. Its error does not
// repeat it.
func ParsePing(text string) (Ping, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http", u.Fragment != "":
		return Ping{}, errors.New("is not of the form https://HOST/PATH")
	case !private(u):
		return Ping{}, errors.New("is plain http, which is for loopback addresses only; use https")
	}
	return Ping{u}, nil
}

// private reports that nobody on the way reads the address.
func private(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && plan.Loopback(u.Hostname())
}

const (
	pingTime  = 5 * time.Second // an attempt
	pingPause = time.Second     // before another one
	mostHops  = 3
)

// Send gives a signal, at most so many times while it is not heard.
func (p Ping) Send(ctx context.Context, signal string, attempts int) (err error) {
	for attempt := range attempts {
		if attempt > 0 {
			select {
			case <-ctx.Done():
				return err
			case <-time.After(pingPause):
			}
		}
		var again bool
		if again, err = p.send(ctx, signal); err == nil || !again {
			return err
		}
	}
	return err
}

func (p Ping) send(ctx context.Context, signal string) (again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	address := *p.address
	if signal != Success {
		address = *address.JoinPath(signal)
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return false, errors.New("the address can't be asked")
	}
	q.Header.Set("User-Agent", "cometsync")
	answer, err := pinger.Do(q)
	if err != nil {
		if told, ok := errors.AsType[*url.Error](err); ok { // says the address
			err = told.Err
		}
		return true, errors.New(p.hide(err.Error()))
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10)
	if answer.StatusCode/100 != 2 {
		again = answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests
		return again, fmt.Errorf("it answered %d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	return false, nil
}

// hide takes what is secret of the address out of a text.
func (p Ping) hide(text string) string {
	parts := append(strings.Split(p.address.EscapedPath(), "/"), strings.Split(p.address.Path, "/")...)
	for _, secret := range append(parts, p.address.RawQuery, p.address.User.String()) {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

var pinger = &http.Client{CheckRedirect: func(q *http.Request, via []*http.Request) error {
	q.Header.Del("Referer") // it is the address
	switch {
	case len(via) > mostHops:
		return errors.New("it redirects too often")
	case !private(q.URL):
		return errors.New("it redirects to plain http")
	}
	return nil
}}
