package cli

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/plan"
)

// process is what a run needs of the process around it.
type process struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Environ        []string
	Now            func() time.Time
	Ask            <-chan os.Signal // each asks how the run is getting on; may be nil
}

// getenv is the last value of a variable, as a shell would take it.
func (p *process) getenv(name string) string {
	for i := len(p.Environ) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(p.Environ[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// session is what runs of one invocation share.
type session struct {
	process
	*events.Log
	opt     config.Options
	set     *pflag.FlagSet // the command's options, settled
	origins config.Origins
	run     *run // that was begun last; nil: none was

	id      string    // of the run
	started time.Time // when it began
	begun   time.Time // the same by a clock that nobody sets: how long things took goes by it
	hasty   bool      // whoever asks wants to know, and not to wait: there is no patience
}

// newSession gives the run its name and its beginning.
func newSession(p process) *session {
	s := &session{process: p, started: p.Now(), begun: time.Now()}
	random := make([]byte, 3)
	_, _ = rand.Read(random) // never fails
	s.id = s.started.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(random)
	s.Log = events.New(events.Source{Run: s.id, App: s.appLabel, Now: p.Now, Args: p.Args, Stderr: p.Stderr, Ask: p.Ask})
	return s
}

// appLabel is the app that events are about: its id, or its address.
func (a *session) appLabel() string {
	switch {
	case a.opt.Sandbox != "":
		return "sandbox"
	case a.opt.AppID == "" && a.opt.BaseURL == "":
		return ""
	}
	return appName(plan.Target{AppID: a.opt.AppID, BaseURL: a.opt.BaseURL}.Normal())
}

// terminalOf says whether a stream is one, and how wide it is.
func terminalOf(stream any) (width int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	return width, true
}

// version is the module's version, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				v += "-" + s.Value[:12]
			}
		}
	}
	return v
}
