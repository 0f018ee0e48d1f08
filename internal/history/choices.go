package history

import (
	"cmp"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"cometsync/internal/journal"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/lists"
)

// Choice is what a shell offers, and what it says of it.
type Choice struct{ Name, About string }

// mostChoices is how many are offered: more are looked through by nobody.
const mostChoices = 100

// RunChoices are the runs whose ids begin with a text, the last one first.
func (h *Store) RunChoices(prefix string, fits func(*journal.Summary) bool) (choices []Choice) {
	runs, _ := h.Runs(h.Named) // whoever completes a word is told of no error
	runs, _ = RealFirst(runs)
	runs = slices.DeleteFunc(slices.Clone(runs), func(r Run) bool { return !r.Believed() || !fits(&r.Summary) })
	slices.Reverse(runs)
	for i := range runs {
		r := &runs[i]
		result := cmp.Or(r.Running(), "unfinished")
		if r.End != nil {
			result = r.End.Result
		}
		about := phrase.Here().Moment(r.Head.StartedAt) + ", " + r.Head.Command + ", " + result
		if i == 0 && strings.HasPrefix("last", prefix) {
			choices = append(choices, Choice{"last", about})
		}
		if strings.HasPrefix(r.Head.Run, prefix) {
			choices = append(choices, Choice{r.Head.Run, about})
		}
	}
	return fewest(choices)
}

// UserChoices are users of a run whose uids begin with a text: of users.csv in its reports,
// else those whom its journal, its plan or its report names.
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
	if dir != "" && Exists(filepath.Join(dir, report.UsersName)) {
		return choices
	}
	e, err := h.Evidence(run)
	if err == nil {
		err = e.readPlan()
	}
	if err != nil {
		return nil
	}
	p := cmp.Or(e.Plan, &plan.Plan{})
	names := map[string]string{}
	add := func(uid, name string) {
		if strings.HasPrefix(uid, prefix) && uid != "" {
			names[uid] = cmp.Or(names[uid], name)
		}
	}
	for i := range p.Operations {
		add(p.Operations[i].UID, p.Operations[i].Name)
	}
	for _, x := range p.Held {
		add(x.UID, x.Name)
	}
	for _, x := range p.Leaving {
		add(x.UID, x.Name)
	}
	for _, x := range p.Conflicts {
		add(x.UID, x.Name)
	}
	for _, x := range p.Rekeys {
		add(x.Old, x.OldName)
		add(x.New, x.NewName)
	}
	for _, x := range e.rejects() {
		add(x.UID, "")
	}
	for _, uid := range slices.Sorted(maps.Keys(names)) {
		choices = append(choices, Choice{uid, phrase.Visible(names[uid])})
	}
	return fewest(choices)
}

// fewest are so many choices as are offered: the first ones and the last, so what all of
// them begin with is what these do.
func fewest(choices []Choice) []Choice {
	if n := len(choices); n > mostChoices {
		choices = append(choices[:mostChoices-1], choices[n-1])
	}
	return choices
}
