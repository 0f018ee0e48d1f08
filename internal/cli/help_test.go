package cli_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/internal/formats"
	"cometsync/internal/phrase"
)

// commandPaths are all commands, and topics.
var (
	commandPaths = []string{"init", "validate", "diff", "rehearse", "doctor", "plan", "apply", "sync", "undo", "runs",
		"explain", "verify", "export", "sandbox",
		"man", "version", "help", "completion", "completion bash", "completion zsh", "completion fish", "completion powershell"}
	topicNames = []string{"sources", "configuration", "nightly", "review", "guards", "exit-codes", "reports", "api", "events", "codes",
		"formats"}
)

// saying is what a command prints that is to end well.
func saying(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	code, stdout, stderr := invoke(t, time.Now, environ, args...)
	if code != 0 || stderr != "" || stdout == "" {
		t.Fatalf("%q exits with %d, and prints %q", args, code, stderr)
	}
	return stdout
}

func widest(text string) (width int) {
	for line := range strings.Lines(text) {
		width = max(width, phrase.Columns(strings.TrimRight(line, "\n")))
	}
	return width
}

// --help of each command is one screen, of 24 lines, and says where the rest is.
func TestHelpIsOneScreen(t *testing.T) {
	for _, path := range append([]string{""}, commandPaths...) {
		args := append(strings.Fields(path), "--help")
		text := saying(t, nil, args...)
		if n, width := strings.Count(text, "\n"), widest(text); n > 24 || width > 80 {
			t.Errorf("%q has %d lines of %d columns:\n%s", args, n, width, text)
		}
		if end := text[strings.LastIndex(text, "\n\n")+2:]; !strings.HasPrefix(end, "cometsync help ") {
			t.Errorf("%q does not say where the rest is: %q", args, end)
		}
		if short := saying(t, nil, append(strings.Fields(path), "-h")...); short != text {
			t.Errorf("%q: -h is not --help", args)
		}
	}
	if got := saying(t, nil); got != saying(t, nil, "--help") {
		t.Errorf("without a command:\n%s", got)
	}
}

// What help says is as wide as it may be, and no wider.
func TestHelpFitsTheWidth(t *testing.T) {
	for _, path := range append(append([]string{""}, commandPaths...), topicNames...) {
		args := append([]string{"help"}, strings.Fields(path)...)
		text := saying(t, nil, args...)
		if width := widest(text); width > 80 {
			t.Errorf("%q has %d columns:\n%s", args, width, text)
		}
		wide := saying(t, []string{"COLUMNS=110"}, args...)
		if widest(wide) > 110 || len(strings.Fields(wide)) != len(strings.Fields(text)) {
			t.Errorf("%q with 110 columns:\n%s", args, wide)
		}
	}
	if wide := widest(saying(t, []string{"COLUMNS=110"}, "help", "sync")); wide <= 80 {
		t.Errorf("of 110 columns only %d are used", wide)
	}
}

// Everything of an option is in help and in the man page, its group above it.
func TestHelpOfACommandIsComplete(t *testing.T) {
	text := saying(t, nil, "help", "sync")
	last := -1
	for _, group := range []string{"App", "Reading", "Matching", "Limits", "Applying", "Reports", "General"} {
		at := strings.Index(text, "\n"+group+":\n")
		if at < last {
			t.Errorf("%s is not in its place:\n%s", group, text)
		}
		last = at
	}
	options := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool { return !strings.HasPrefix(line, "  -") })
	if len(options) != 77 {
		t.Errorf("there are %d options", len(options))
	}
	_, pages := manPages(t)
	plain := strings.NewReplacer(`\-`, "-", `\fB`, "", `\fR`, "", `\fI`, "", "=", " ", `\(aq`, "'").Replace(pages["cometsync-sync.1"])
	for _, line := range options {
		if !strings.Contains(plain, "\n"+strings.ReplaceAll(strings.TrimSpace(line), "=", " ")+"\n") {
			t.Errorf("the man page has no %q", line)
		}
	}
	for _, want := range []string{
		"  --missing WORD\n      active users that the roster lacks: deactivate, known (but for strangers,\n" +
			"      whom the roster of no earlier run had), or keep\n" +
			"      [default: deactivate] [env: COMETSYNC_MISSING] [key: missing]\n",
		"      [env: COMETCHAT_REGION, COMETSYNC_REGION] [key: region]\n",
		"  -n, --dry-run\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no\n%s\nin\n%s", want, text)
		}
	}
	if _, allow, _ := strings.Cut(text, "  --allow NAME=ACTUAL\n"); strings.Contains(allow[:strings.Index(allow, "\n  --")], "[") {
		t.Errorf("--allow is of the command line alone:\n%s", allow)
	}
}

// help lists all commands and topics, and knows which one a slip is meant for.
func TestHelpListsCommandsAndTopics(t *testing.T) {
	text := saying(t, []string{"COMETSYNC_NONSENSE=1", "COMETSYNC_CONFIG=missing.yaml"}, "help")
	for _, name := range append(topicNames, commandPaths[:len(commandPaths)-4]...) {
		if name != "help" && !strings.Contains(text, " "+name+" ") {
			t.Errorf("%s is not listed:\n%s", name, text)
		}
	}
	for slip, want := range map[string]string{
		"guadrs": `there is no help on "guadrs"; did you mean "guards"?; cometsync help lists the commands and topics`,
		"snyc":   `there is no help on "snyc"; did you mean "sync"?; cometsync help lists the commands and topics`,
		"xyz":    `there is no help on "xyz"; cometsync help lists the commands and topics`,
	} {
		if code, stdout, stderr := invoke(t, time.Now, nil, "help", slip); code != 2 || stdout != "" || stderr != "cometsync: "+want+"\n" {
			t.Errorf("%s: %d, %q, %q", slip, code, stdout, stderr)
		}
	}
}

// Of each format with a schema, help prints it; the topic on formats names all of them.
func TestHelpPrintsSchemas(t *testing.T) {
	text := strings.Join(strings.Fields(saying(t, nil, "help", "formats")), " ")
	for _, f := range formats.All() {
		if !strings.Contains(text, f.String()+" "+f.What) {
			t.Errorf("%s is not among the formats", f)
		}
		if want := f.Schema(); want != nil {
			if got := saying(t, nil, "help", f.Name+".json"); got != string(want) || !strings.Contains(text, f.Name+".json") {
				t.Errorf("help %s.json prints %.60q", f.Name, got)
			}
		}
	}
	if !strings.Contains(text, "compared with; v1 is read, too") || strings.Count(text, "read, too") != 1 {
		t.Error("it is not said what is read, too")
	}
}

// Too few arguments, or too many, are a usage error with a sentence, whatever the command.
func TestArgumentsAreCounted(t *testing.T) {
	least := map[string]int{"init": 1, "validate": 1, "diff": 2, "rehearse": 1, "plan": 1, "apply": 1, "sync": 1, "undo": 1, "explain": 2,
		"verify": 1, "man": 1, "completion": 1}
	any := []string{"init", "validate", "rehearse", "doctor", "plan", "sync"}
	refused := func(args []string) {
		code, stdout, stderr := invoke(t, time.Now, nil, args...)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "cometsync: ") || strings.Contains(stderr, "arg(s)") {
			t.Errorf("%q exits with %d and prints %q and %q", args, code, stdout, stderr)
		}
	}
	for _, path := range commandPaths {
		args, n := strings.Fields(path), least[path]
		if n > 0 {
			refused(append(args, []string{"x", "y"}[:n-1]...))
		}
		if !slices.Contains(any, path) {
			refused(append(args, "x", "y", "z"))
		}
	}
	refused([]string{"runs", "last", "x"})
	refused([]string{"completion", "x"})
	refused([]string{"completion", "bash", "x"})
}
