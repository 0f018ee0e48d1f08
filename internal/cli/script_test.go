package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"cometsync/internal/formats"
	"cometsync/internal/formats/formatstest"
)

// TestScript runs the scripts of testdata/script against the program as it is
// built from this tree, in processes of its own, so that signals, exit codes,
// files and connections are the real ones.
//
// A script has testscript's own commands and those of the table below. It runs
// in an empty directory with HOME and XDG_STATE_HOME inside it, with $TESTDATA
// naming the sample files, and with no COMETCHAT_ or COMETSYNC_ variable but
// those that it sets, and no patience: an app that does not answer is none. Its
// first comment says what it guards.
func TestScript(t *testing.T) {
	t.Parallel()
	testdata, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	bin := build(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(testdata, "script"),
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"absent":    cmdAbsent,
			"await":     cmdAwait,
			"books":     cmdBooks,
			"bytes":     cmdBytes,
			"call":      cmdCall,
			"code":      cmdCode,
			"crop":      cmdCrop,
			"sheets":    cmdSheets,
			"crowd":     cmdCrowd,
			"elsewhere": cmdElsewhere,
			"event":     cmdEvent,
			"grouped":   cmdGrouped,
			"gzip":      cmdGzip,
			"journal":   cmdJournal,
			"json":      cmdJSON,
			"mode":      cmdMode,
			"only":      cmdOnly,
			"people":    cmdPeople,
			"pings":     cmdPings,
			"recorder":  cmdRecorder,
			"sandbox":   cmdSandbox,
			"signal":    cmdSignal,
			"status":    cmdStatus,
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, ".home")
			env.Values[signalled{}] = new(*exec.Cmd)
			env.Values[sandboxes{}] = new(*exec.Cmd)
			env.Values[recorders{}] = new(*recorder)
			env.Setenv("BIN", bin)
			env.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
			env.Setenv("HOME", home)
			env.Setenv("XDG_STATE_HOME", filepath.Join(home, "state"))
			env.Setenv("TESTDATA", testdata)
			env.Setenv("COMETSYNC_PATIENCE", "0s")
			env.Setenv("TZ", "UTC")
			// The race detector would have every process linger for a second, and what
			// lives for a tenth of one need not collect its garbage.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Setenv("GOGC", "off")
			env.Defer(func() { schemasHold(env) })
			return os.Mkdir(home, 0o700)
		},
	})
}

// schemasHold fails a script that leaves a file which is not as the schema of its format
// has it: whoever adds a key to a file adds it to the schema.
func schemasHold(env *testscript.Env) {
	_ = filepath.WalkDir(env.WorkDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasPrefix(filepath.Ext(path), ".json") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && filepath.Ext(path) == ".jsonl" && bytes.HasPrefix(text, []byte(`{"head":"`+formats.Journal.String()+`"`)) {
			for line := range bytes.Lines(text) {
				if problem := formatstest.Validate(formats.Journal, line); problem != nil && json.Valid(line) {
					env.T().Fatal(path, ": ", string(line), ": ", problem)
				}
			}
		}
		if err != nil || !json.Valid(text) {
			return nil
		}
		for _, f := range formats.All() {
			if f.Schema() != nil && bytes.Contains(text[:min(len(text), 100)], []byte(strconv.Quote(f.String()))) {
				if problem := formatstest.Validate(f, text); problem != nil {
					env.T().Fatal(path, ": ", problem)
				}
			}
		}
		return nil
	})
}
