package history

import (
	"cmp"
	"slices"
	"strings"

	"cometsync/internal/journal"
	"cometsync/internal/phrase"
	"cometsync/report/lists"
)

// Choice is what a shell offers, and what it says of it.
type Choice struct{ Name, About string }

// mostChoices is how many are offered: more are looked through by nobody.
const mostChoices = 100

// RunChoices are the runs whose ids begin with a text, the last one first.
func (h *Store) RunChoices(prefix string, fits func(*journal.Summary) bool) (choices []Choice) {
	runs, _ := h.Runs(h.Named) // whoever completes a word is told of no error
	runs = slices.DeleteFunc(RealFirst(runs), func(r Run) bool { return !r.Believed() || !fits(&r.Summary) })
	slices.Reverse(runs)
	for i := range runs {
		r := &runs[i]
		result := cmp.Or(r.Running(), "unfinished")
		if r.End != nil {
			result = r.End.Result
		}
		about := r.Head.StartedAt.UTC().Format("2006-01-02 15:04 UTC") + ", " + r.Head.Command + ", " + result
		if i == 0 && strings.HasPrefix("last", prefix) {
			choices = append(choices, Choice{"last", about})
		}
		if strings.HasPrefix(r.Head.Run, prefix) {
			choices = append(choices, Choice{r.Head.Run, about})
		}
	}
	if n := len(choices); n > mostChoices { // with the last, they have the beginning in common that all have
		choices = append(choices[:mostChoices-1], choices[n-1])
	}
	return choices
}

// UserChoices are users of a run whose uids begin with a text.
func (h *Store) UserChoices(run, prefix string) (choices []Choice) {
	dir := named(run)
	if dir == "" {
		found, err := h.Find(run, func(*journal.Summary) bool { return true })
		if err != nil {
			return nil
		}
		dir = found.reports()
	}
	for _, u := range lists.UsersFrom(dir, prefix, mostChoices) {
		choices = append(choices, Choice{u[0], phrase.Visible(u[1])})
	}
	return choices
}
