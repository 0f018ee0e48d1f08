package events

import (
	"io"
	"sync"
)

// afterwards keeps what is told under --quiet until the result is: what cron mails
// begins with the result, and not with a warning that was found on the way to it.
type afterwards struct {
	to io.Writer

	mu   sync.Mutex
	kept []byte
	told bool // from now on nothing is kept
}

// mostLate bounds what is kept.
const mostLate = 1 << 20

func (w *afterwards) Write(text []byte) (int, error) {
	w.mu.Lock()
	w.kept = append(w.kept, text...)
	release := w.told || len(w.kept) > mostLate
	w.mu.Unlock()
	if release {
		w.Release()
	}
	return len(text), nil
}

// Release tells what was kept, and keeps nothing more.
func (w *afterwards) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = w.to.Write(w.kept) // standard error; nobody could be told
	w.kept, w.told = nil, true
}
