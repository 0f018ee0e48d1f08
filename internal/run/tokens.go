package run

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"cometsync/internal/notice"
	"cometsync/internal/plan"
)

// tokenFile takes the auth tokens of the users that a run creates: who has it
// can log in as any of them. Every row is handed to the system at once, so
// that a run that dies loses none that it was given. A nil one is not asked for.
type tokenFile struct {
	mu      sync.Mutex
	file    *os.File
	written int
}

// openTokens makes the file, if one was asked for, and touches none that is there.
func (r *Run) openTokens() (*tokenFile, error) {
	if r.Opt.AuthTokens == "" {
		return nil, nil
	}
	f, err := os.OpenFile(r.Opt.AuthTokens, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--auth-tokens: %w", err)
	}
	t := &tokenFile{file: f, written: -1} // the header is not a token
	return t, t.add("uid", "authToken")
}

// add writes one user's token. Messages must not repeat it.
func (t *tokenFile) add(uid, token string) error {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write([]string{uid, token}); err != nil {
		return err
	}
	w.Flush()
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.file.WriteString(b.String()); err != nil {
		return fmt.Errorf("auth tokens: %w", err)
	}
	t.written++
	return nil
}

// close makes the rows durable. Without any, the file goes again.
func (t *tokenFile) close() error {
	if t == nil {
		return nil
	}
	err := errors.Join(t.file.Sync(), t.file.Close())
	if t.written == 0 && err == nil {
		err = os.Remove(t.file.Name())
	}
	return err
}

// noticeTokens says before anybody loses them that auth tokens are to be revoked,
// and of an undo whose it can't bring back.
func (r *Run) noticeTokens() {
	losing, gone := 0, 0
	for i := range r.Plan.Operations {
		if o := &r.Plan.Operations[i]; r.Opt.RevokeTokens && o.Verb == plan.Deactivate && !o.Withheld {
			losing++
		}
	}
	for i := range r.Undone {
		if r.Undone[i].Result.Revoked {
			gone++
		}
	}
	if losing > 0 {
		r.notice(notice.TokensRevoked, losing, "--revoke-tokens: the auth tokens of %d users are revoked before they are deactivated, "+
			"which can't be undone", losing)
	}
	if gone > 0 {
		r.notice(notice.TokensGone, gone, "the run revoked the auth tokens of %d users, and an undo can't bring them back: whoever comes "+
			"back needs a new one", gone)
	}
}

// settleRevoked says of a deactivation that was on record as sent when its run
// died what became of the user's auth tokens: they were revoked before it.
func settleRevoked(config plan.Config, o *plan.Operation, settled *plan.Result) {
	switch {
	case o.Verb != plan.Deactivate || !config.Is("revoke-tokens", "true"):
	case settled.Did.Has(plan.Deactivate):
		settled.Revoked = true
	default:
		settled.Message += "; its auth tokens may have been revoked, for good"
	}
}
