package setup

import (
	"fmt"
	"strings"

	"cometsync/internal/phrase"
)

// crontab is the lines for the crontab of an account.
func (n *Job) crontab() string {
	words := append(n.command(func(f handed) string { return f.path }, ""), "--api-key-file="+n.Key)
	dir := n.Dir
	if dir == "" {
		dir = Absolute(".")
	}
	return fmt.Sprintf(`# crontab -e, as the account that may read the sources and the key. Reports go to
# cometsync-reports in the directory that the line goes to. Whatever is printed is
# mailed: nothing, when everything went well. A second run is kept out by the
# first one's lock.
MAILTO=root
PATH=/usr/local/bin:/usr/bin:/bin
%d %d * * * cd %s && %s
`, nightlyMinute, nightlyHour, cronWord(dir), each(words, cronWord))
}

// cronWord is a text as sh takes it for one word, once cron has passed it on. For
// cron a % ends the command, unless a \ is before it. What becomes of a \ before
// another one the crons of this world do not agree on, so that no two stand side
// by side, nor one before a %: between them a quotation ends, and another begins.
func cronWord(s string) string {
	s = phrase.ShellWord(s)
	for _, c := range []string{`\`, `%`} {
		for strings.Contains(s, `\`+c) {
			s = strings.ReplaceAll(s, `\`+c, `\''`+c)
		}
	}
	return strings.ReplaceAll(s, "%", `\%`)
}
