package run

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"cometsync/internal/clock"
	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/plan"
)

// Process is what a run needs of the process around it.
type Process struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string
	Now            func() time.Time
	Ask            <-chan os.Signal // each asks how the run is getting on; may be nil
}

// Getenv is the last value of a variable, as a shell would take it.
func (p *Process) Getenv(name string) string {
	for i := len(p.Environ) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(p.Environ[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// Session is what runs of one invocation share.
type Session struct {
	Process
	*events.Log
	Opt     config.Options
	Set     *pflag.FlagSet // the command's options, settled
	Origins config.Origins
	Last    *Run // that was begun last; nil: none was

	ID      string       // of the run
	Started time.Time    // when it began
	Begun   time.Time    // the same by a clock that nobody sets: how long things took goes by it
	Clock   *clock.Clock // nil: this machine's
	Hasty   bool         // whoever asks wants to know, and not to wait: there is no patience
}

// NewSession gives the run its name and its beginning.
func NewSession(p Process) *Session {
	s := &Session{Process: p, Started: p.Now(), Begun: time.Now()}
	random := make([]byte, 3)
	_, _ = rand.Read(random) // never fails
	s.ID = s.Started.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(random)
	s.Log = events.New(events.Source{Run: s.ID, App: s.appLabel, Now: p.Now, Args: p.Args, Stderr: p.Stderr, Ask: p.Ask,
		Width: func() int {
			width, _ := TerminalOf(p.Stderr)
			return width
		}})
	return s
}

// appLabel is the app that events are about: its id, or its address.
func (a *Session) appLabel() string {
	switch {
	case a.Opt.Sandbox != "":
		return "sandbox"
	case a.Opt.AppID == "" && a.Opt.BaseURL == "":
		return ""
	}
	return AppName(plan.Target{AppID: a.Opt.AppID, BaseURL: a.Opt.BaseURL}.Normal())
}

// TerminalOf reports whether a stream is one, and how wide it is; 0 if it does not say.
func TerminalOf(stream any) (width int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, _ = term.GetSize(int(f.Fd()))
	return width, true
}
