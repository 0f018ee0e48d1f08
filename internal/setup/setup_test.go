package setup

import (
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"cometsync/internal/plan"
)

// TestWords has a text with all that a form takes for its own as one word of each.
func TestWords(t *testing.T) {
	const odd = `50% of "x" \% it's`
	for name, c := range map[string][2]string{
		"systemd":       {systemdWord(odd), `"50%% of \"x\" \\%% it's"`},
		"systemd plain": {systemdWord(specifier + "S/reports"), `%S/reports`},
		"systemd none":  {systemdWord(""), `""`},
		"cron":          {cronWord("50%"), `'50\%'`},
		"cron plain":    {cronWord("/srv/a.csv"), `/srv/a.csv`},
		"yaml":          {yamlText(odd), `"50% of \"x\" \\% it's"`},
		"yaml plain":    {yamlText("metadata.department"), `metadata.department`},
		"yaml word":     {yamlText("Yes"), `"Yes"`},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %s, want %s", name, c[0], c[1])
		}
	}
}

// TestJob has a job see what it reads, and refuses what no form can hold.
func TestJob(t *testing.T) {
	n := &Job{Target: plan.Target{AppID: "abc", Region: "eu"}, Binary: "/usr/local/bin/cometsync", Words: []string{"sync"},
		Sources: []string{"/srv/in/a", "/srv/in", "/home/ann/x"}, Dir: "/srv", Key: "/etc/key"}
	n.Hand("config", "/etc/c.yaml")
	want := []string{"sync", "--config=%d/config", "--report-dir=%S/reports/{run}", "--quiet"}
	if got := n.Arguments("%d/", "%S"); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := n.Mounts(); !slices.Equal(got, []string{"/home/ann/x", "/srv"}) {
		t.Errorf("it mounts %q", got)
	}
	if got := n.Unseen(); !slices.Equal(got, []string{"/home/ann/x"}) || !n.InHomes() {
		t.Errorf("it does not see %q", got)
	}
	if text := n.Text("all"); strings.Count(text, "sync --config=") == 0 || n.Text("at") != "" {
		t.Errorf("all forms are %s", text)
	}
	if err := n.Check(); err != nil {
		t.Error(err)
	}
	n.Words = append(n.Words, "--scope=tag=a\nb")
	if n.Check() == nil {
		t.Error("a unit can hold two lines in a word")
	}
}

// TestYAML reads back what is written as YAML.
func TestYAML(t *testing.T) {
	for _, s := range []string{"", "a b", "no", "~", "a: b", "#x", "é ß 漢 😀", "\x00\x1f\x7f\u0085\u00a0\u2028\ufeff", "\"\\'\n\t", "0x10", "- a", "\U0010fffe"} {
		var got string
		if err := yaml.Unmarshal([]byte(yamlText(s)), &got); err != nil || got != s {
			t.Errorf("%q is written as %s, and read as %q, %v", s, yamlText(s), got, err)
		}
	}
}
