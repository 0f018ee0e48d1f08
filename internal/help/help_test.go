package help

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTopicsAsTextOfATerminal(t *testing.T) {
	for _, topic := range Topics {
		text := topic.Text(80)
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\n")
			asTyped := strings.HasPrefix(line, "    ") && strings.Contains(topic.Markdown(), "\n"+line+"\n")
			if utf8.RuneCountInString(line) > 80 && !asTyped {
				t.Errorf("%s: wider than %d columns: %q", topic.Name, 80, line)
			}
			if markup := strings.ContainsAny(line, "`") || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "|"); markup &&
				!asTyped {
				t.Errorf("%s: markup is left: %q", topic.Name, line)
			}
		}
	}
}

// The words of a topic are all printed, in their order, however they are laid out.
func TestNothingOfATopicIsLost(t *testing.T) {
	words := func(s string) string { // marks and breaks of lines may move
		return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return strings.ContainsRune(" \n#*`|-;\\", c) }), "")
	}
	for _, topic := range Topics {
		text := topic.Markdown()
		for _, row := range heads(text) {
			text = strings.Replace(text, row, "", 1)
		}
		if got, want := words(topic.Text(80)), words(text); got != want {
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Errorf("%s: …%.80s…\nas text: …%.80s…", topic.Name, want[max(i-20, 0):], got[max(i-20, 0):])
					break
				}
			}
		}
	}
}

// heads are those of a text's tables, which are not printed.
func heads(text string) (list []string) {
	lines := strings.Split(text, "\n")
	for i := range lines {
		if strings.HasPrefix(lines[i], "| ---") {
			list = append(list, lines[i-1]+"\n"+lines[i]+"\n")
		}
	}
	return list
}

func TestTableHasItsRowsWithoutTheHead(t *testing.T) {
	rows := Topic{Name: "exit-codes"}.Table()
	if len(rows) != 9 || strings.Join(rows[0], ": ") != "0: done; nothing failed" || rows[8][0] != "130, 143" {
		t.Errorf("%q", rows)
	}
}

// A bar within a cell is text.
func TestRowKeepsABarThatIsText(t *testing.T) {
	if got := row("| `tags` | `a\\|b` or *c* |"); len(got) != 2 || got[0] != "tags" || got[1] != "a|b or c" {
		t.Errorf("%q", got)
	}
}

// The README says the same as the topics: each of its tables is one of theirs, but
// for those of numbers and of commands.
func TestREADMEHasTheTablesOfTheTopics(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, topic := range Topics {
		all.WriteString(topic.Markdown())
		if !strings.Contains(string(readme), "help "+topic.Name) {
			t.Errorf("the README does not point to help %s", topic.Name)
		}
	}
	tables := 0
	for _, head := range heads(string(readme)) {
		if !strings.Contains(all.String(), head) {
			continue // the commands, the speed
		}
		tables++
		_, table, _ := strings.Cut(string(readme), head)
		table, _, _ = strings.Cut(table, "\n\n")
		if !strings.Contains(all.String(), head+table+"\n") {
			t.Errorf("no topic has the README's table as it is:\n%s%s", head, table)
		}
	}
	if tables != 4 {
		t.Errorf("the README has %d tables of topics", tables)
	}
}
