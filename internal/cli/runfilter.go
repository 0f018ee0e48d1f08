package cli

import (
	"strconv"
	"strings"
	"time"

	"cometsync/internal/history"
	"cometsync/report/runs"
)

// listed gives what says of each run, the newest first, whether it is listed;
// besides says that they were given beside a run.
func (a *app) listed(now time.Time, besides bool) (wanted func(*history.Run, *runs.Line) bool, err error) {
	var from time.Time
	if a.Opt.Since != "" {
		if from, err = when(a.Opt.Since, now); err != nil {
			return nil, err
		}
	}
	switch {
	case besides:
		return nil, usage("--failed, --since and --limit are for the list of runs; leave them out, or leave out the run")
	}
	n := 0
	return func(r *history.Run, l *runs.Line) bool {
		well := l.ExitCode == 0 && l.Damaged == "" && (!l.Unfinished || l.Running != "")
		if a.Opt.Failed && well || r.At.Before(from) || a.Opt.Limit > 0 && n == a.Opt.Limit {
			return false
		}
		n++
		return true
	}, nil
}

// when reads a time, or how long ago it was.
func when(text string, now time.Time) (time.Time, error) {
	for _, form := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", time.DateTime, time.RFC3339} {
		if at, err := time.Parse(form, text); err == nil {
			return at, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n < 1_000_000 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, usage("--since %q: neither a date or time, such as 2026-11-30 or 2026-11-30T03:15, nor how long ago, such as 36h "+
		"or 7d", text)
}
